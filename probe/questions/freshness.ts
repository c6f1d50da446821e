import { idsOf, isoSeconds, type PageQuery, type ProbePage, type Row } from '../page';
import type { ProbedTenant } from '../probed-tenant';
import { tooFew, type Question } from '../question';

/** What it means that nothing has happened in the tenant meanwhile. */
const NO_NEW_ENTRIES =
  "No entry came while the probe ran, so this can't be told: run it again while somebody works in Tines.";

/** Asks again for what the newest sample was asked by. */
const newestAgain = (tenant: ProbedTenant): Promise<ProbePage> => tenant.page(tenant.samples.newestQuery);

/** Rows that were not there before. Of a page that was cut, older ones than it returned may have been after it. */
function newRows(before: ProbePage, now: ProbePage, { perPage }: PageQuery): readonly Row[] {
  const known = new Set(before.rows.map(({ id }) => id));
  const isCut = before.rows.length >= perPage || (before.count ?? 0) > before.rows.length;
  const oldest = isCut ? Math.min(...before.rows.map(({ second }) => second)) : -Infinity;
  return now.rows.filter(({ id, second }) => !known.has(id) && !(second <= oldest));
}

const COUNT_ANSWERS = {
  'as new as the rows':
    'The count includes entries as soon as they are shown, so nothing is taken for whole too early.',
  'behind the rows':
    'Counts are cached: they are older than the rows beside them, which the connector sees as rows beyond the count, and stops trusting them.',
  'no new entries': NO_NEW_ENTRIES,
  absent: 'There are no counts that could be cached.',
} as const;

/** Finds out whether counts are cached: entries that came while the probe ran must be counted. */
export const countFreshness: Question<keyof typeof COUNT_ANSWERS> = {
  id: 'count-freshness',
  asks: 'Does meta.count include entries that have only just come?',
  mostRequests: 1,
  answers: COUNT_ANSWERS,
  ask: async (tenant) => {
    const [before, now] = [tenant.samples.newest, await newestAgain(tenant)];
    const added = newRows(before, now, tenant.samples.newestQuery).length;
    if (before.count === undefined || now.count === undefined)
      return { answer: 'absent', figures: { new_rows: added } };
    const figures = { new_rows: added, counted_more: now.count - before.count };
    if (added === 0) return { answer: 'no new entries', figures };
    return { answer: figures.counted_more >= added ? 'as new as the rows' : 'behind the rows', figures };
  },
};

const LATE_ANSWERS = {
  'in time':
    'The entries that came while the probe ran were shown at once: nothing speaks against the default Lookback Window.',
  late: 'Entries are shown after newer answers had been given: the Lookback Window must be longer than the latest of them.',
  'no new entries': NO_NEW_ENTRIES,
} as const;

/** An entry and a response of one second can come in either order. In s. */
const SAME_MOMENT = 2;

/** Finds out how late entries become visible: an earlier response did not return them, though their time had come. */
export const lateEntries: Question<keyof typeof LATE_ANSWERS> = {
  id: 'late-entries',
  asks: 'How long after its time does an entry become visible?',
  mostRequests: 1,
  answers: LATE_ANSWERS,
  ask: async (tenant) => {
    const before = tenant.samples.newest;
    const added = newRows(before, await newestAgain(tenant), tenant.samples.newestQuery);
    const latest = Math.max(0, ...added.map(({ second }) => Math.floor(before.serverNow / 1000) - second));
    const figures = { new_rows: added.length, latest_by_at_least_s: latest };
    if (added.length === 0) return { answer: 'no new entries', figures };
    return { answer: latest > SAME_MOMENT ? 'late' : 'in time', figures };
  },
};

const REPLICA_ANSWERS = {
  agree: 'No answer lacked what one before had shown: there is nothing to tell that replicas are behind each other.',
  differ:
    'An answer lacked what one before had shown, so some come from a store that is behind: the lookback counts from what was shown, and a sync that was given less than its first answer counted is read again by the next one.',
} as const;

const ANSWERS_COMPARED = 4;
/** The newest rows are those that a store can lack. */
const ROWS_COMPARED = 100;

/** Finds out whether responses come from stores that lag behind each other. */
export const replicas: Question<keyof typeof REPLICA_ANSWERS> = {
  id: 'replicas',
  asks: 'Do answers that follow each other lack what one before has shown?',
  mostRequests: ANSWERS_COMPARED,
  answers: REPLICA_ANSWERS,
  ask: async (tenant) => {
    const seconds = tenant.samples.newest.rows.map(({ second }) => second).filter((second) => !Number.isNaN(second));
    const oldest = seconds
      .sort((a, b) => b - a)
      .slice(0, ROWS_COMPARED)
      .at(-1);
    if (oldest === undefined) return tooFew();
    const pages: ProbePage[] = [];
    for (let count = 0; count < ANSWERS_COMPARED; count += 1) {
      pages.push(await tenant.page({ after: isoSeconds(oldest - 1), perPage: 500 }));
    }
    // A full page may leave out rows for another reason.
    if (pages.some(({ rows }) => rows.length >= 500)) return tooFew({ rows: pages[0]?.rows.length ?? 0 });
    const lacking = Math.max(0, ...pages.slice(1).map((page, index) => lackingIn(page, pages.slice(0, index + 1))));
    const figures = { answers: pages.length, rows: pages[0]?.rows.length ?? 0, most_rows_lacking: lacking };
    return { answer: lacking === 0 ? 'agree' : 'differ', figures };
  },
};

function lackingIn(page: ProbePage, before: readonly ProbePage[]): number {
  const shown = new Set(idsOf(page.rows));
  const known = new Set(before.flatMap(({ rows }) => idsOf(rows)));
  return [...known].filter((id) => !shown.has(id)).length;
}
