import { idsOf, type ProbePage } from '../page';
import { tooFew, type Question } from '../question';
import { isoSeconds } from '../seconds';

const ANSWERS = {
  agree: 'No answer lacked what one before had shown: there is nothing to tell that replicas are behind each other.',
  differ:
    'An answer lacked what one before had shown, so some come from a store that is behind: the lookback counts from what was shown, and a sync that was given less than its first answer counted is read again by the next one.',
} as const;

const ANSWERS_COMPARED = 4;
/** The newest rows are those that a store can lack. */
const ROWS_COMPARED = 100;

/** Finds out whether answers come from stores that are behind each other. */
export const replicas: Question<keyof typeof ANSWERS> = {
  id: 'replicas',
  asks: 'Do answers that follow each other lack what one before has shown?',
  mostRequests: ANSWERS_COMPARED,
  answers: ANSWERS,
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
