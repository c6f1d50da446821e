import { kindOf, tally } from '../kinds';
import { idsOf, type ProbePage } from '../page';
import { tooFew, type Question } from '../question';

const ANSWERS = {
  integers: 'Ids are whole numbers: state keeps them as short differences.',
  UUIDs: 'Ids are UUIDs: state keeps them as texts, so the ids of a long lookback take more of it.',
  mixed: 'Ids are of several kinds: each is kept as it came.',
  other: 'Ids are neither whole numbers nor UUIDs: they are kept as texts, as they came.',
  'missing in some entries': 'Some entries have no id: a hash of their content stands for it, and a WARN says so.',
} as const;

type Answers = keyof typeof ANSWERS;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Finds out what ids are made of. */
export const ids: Question<Answers> = {
  id: 'ids',
  asks: 'Are ids integers or UUIDs, and does one come twice on a page?',
  mostRequests: 0,
  answers: ANSWERS,
  ask: ({ entries, samples: { newest, older } }) => {
    if (entries.length === 0) return Promise.resolve(tooFew());
    const kinds = entries.map(({ id }) => idKind(id));
    const figures = {
      entries: entries.length,
      kinds: tally(kinds),
      most_digits: Math.max(0, ...idsOf(newest.rows).map((id) => (/^\d+$/.test(id) ? id.length : 0))),
      twice_on_a_page: [newest, ...older].map(repeatedIn).reduce((sum, count) => sum + count, 0),
    };
    return Promise.resolve({ answer: answerOf(new Set(kinds)), figures });
  },
};

type IdKind = 'integer' | 'integer as text' | 'UUID' | 'other text' | 'missing' | 'other';

function idKind(id: unknown): IdKind {
  if (typeof id === 'string') return UUID.test(id) ? 'UUID' : /^\d+$/.test(id) ? 'integer as text' : 'other text';
  if (kindOf(id) === 'missing' || id === null) return 'missing';
  return Number.isInteger(id) ? 'integer' : 'other';
}

function answerOf(kinds: ReadonlySet<IdKind>): Answers {
  if (kinds.has('missing')) return 'missing in some entries';
  if (kinds.size > 1) return 'mixed';
  if (kinds.has('integer') || kinds.has('integer as text')) return 'integers';
  return kinds.has('UUID') ? 'UUIDs' : 'other';
}

const repeatedIn = ({ rows }: ProbePage): number => rows.length - new Set(idsOf(rows)).size;
