import { boundsOf, settledRange, type ProbedTenant, type SecondRange } from '../probed-tenant';
import { isoSeconds, type ProbePage } from '../page';
import { tooFew, type Question } from '../question';

/** What it means that `meta` counts nothing. */
const NO_COUNTS =
  'There are no counts: the connector goes by full pages and by next pages instead, and can prove less.';

const COUNT_ANSWERS = {
  exact: 'meta.count is the number of rows, so what is left of a page can be left out where the counts add up.',
  'the rows of the page':
    'meta.count counts the rows of its own page: the connector never takes a full page for the whole because of its count.',
  'too low':
    'Counts are too low: the connector sees that when more rows show than are counted, and stops trusting them.',
  'too high':
    'Counts are too high, or rows are withheld: both look the same, and the last line of a read says how many are not shown.',
  'right and wrong': 'Counts vary from question to question: the first that does not fit ends their being trusted.',
  absent: NO_COUNTS,
} as const;

type CountAnswer = keyof typeof COUNT_ANSWERS;

const FEWEST_ROWS = 6;
const SMALL_PAGE = 5;

/** Finds out whether counts are right, where all rows that are counted fit a page. */
export const counts: Question<CountAnswer> = {
  id: 'counts',
  asks: 'Is meta.count the number of rows, where they fit a page?',
  mostRequests: 3,
  answers: COUNT_ANSWERS,
  ask: async (tenant) => {
    const [long, short] = [settledRange(tenant, FEWEST_ROWS, 200), settledRange(tenant, FEWEST_ROWS, 20)];
    if (long === undefined || short === undefined) return tooFew();
    const pages = [await wholeOf(tenant, long), await wholeOf(tenant, short)];
    const part = await tenant.page({ ...boundsOf(long), perPage: SMALL_PAGE });
    const [all = 0] = pages.map(({ rows }) => rows.length);
    const figures = {
      rows: all,
      counted: pages[0]?.count ?? 'nothing',
      rows_of_another_range: pages[1]?.rows.length ?? 0,
      counted_in_it: pages[1]?.count ?? 'nothing',
      counted_with_5_a_page: part.count ?? 'nothing',
    };
    const differences = pages.map(({ rows, count }) => (count === undefined ? undefined : count - rows.length));
    if (part.count === undefined || differences.includes(undefined)) return { answer: 'absent', figures };
    if (part.count === part.rows.length && all > part.rows.length) return { answer: 'the rows of the page', figures };
    return { answer: countAnswer([...differences.map((value) => value ?? 0), part.count - all]), figures };
  },
};

const wholeOf = (tenant: ProbedTenant, range: SecondRange): Promise<ProbePage> =>
  tenant.page({ ...boundsOf(range), perPage: 500 });

function countAnswer(differences: readonly number[]): CountAnswer {
  if (differences.every((difference) => difference === 0)) return 'exact';
  if (differences.every((difference) => difference < 0)) return 'too low';
  return differences.every((difference) => difference > 0) ? 'too high' : 'right and wrong';
}

const SUM_ANSWERS = {
  'they add up': 'Counts of large ranges are what their parts count, so progress and estimates are right.',
  'the whole counts less':
    'Counts of large ranges are capped, cached or estimated: estimates are too low, and only answers that show all their rows are taken for whole.',
  'the whole counts more':
    'Counts of large ranges are estimates: the last line of a read can name rows as not shown that do not exist.',
  absent: NO_COUNTS,
} as const;

/** Finds out whether counts of ranges far larger than a page are exact: those of two halves make that of the whole. */
export const countSums: Question<keyof typeof SUM_ANSWERS> = {
  id: 'count-sums',
  asks: 'Do the counts of two halves add up to that of the whole?',
  mostRequests: 4,
  answers: SUM_ANSWERS,
  ask: async (tenant) => {
    const { settled } = tenant;
    const cut = settled[settled.length >> 1]?.second;
    if (cut === undefined || settled.length < FEWEST_ROWS) return tooFew();
    const end = isoSeconds(tenant.settledBefore);
    const countOf = async (after: string | undefined, before: string) =>
      (await tenant.page({ after, before, perPage: 1 })).count;
    const whole = await countOf(undefined, end);
    const older = await countOf(undefined, isoSeconds(cut));
    const newer = await countOf(isoSeconds(cut), end);
    // Neither half has these, or both do: the edges of a range are another question.
    const atCut = await countOf(isoSeconds(cut - 1), isoSeconds(cut + 1));
    if (whole === undefined || older === undefined || newer === undefined || atCut === undefined) {
      return { answer: 'absent', figures: {} };
    }
    const figures = { whole, older, newer, at_the_cut: atCut };
    const more = older + newer - whole;
    if (Math.abs(more) <= atCut) return { answer: 'they add up', figures };
    return { answer: more > 0 ? 'the whole counts less' : 'the whole counts more', figures };
  },
};
