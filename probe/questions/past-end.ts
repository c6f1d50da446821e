import { sameRows } from '../page';
import { tooFew, type Question } from '../question';
import { boundsOf, settledRange } from '../seconds';

const ANSWERS = {
  empty: 'A page behind the last is empty, which ends a numbered read as expected.',
  'refused as no such page':
    'A page behind the last is refused with a status that the connector takes for "there is no such page".',
  'refused otherwise':
    'A page behind the last is refused in a way that the connector does not take for its end: it would try again, so this has to be reported.',
  'the last page again': 'The last page comes again for ever: the connector sees that nothing new comes and stops.',
  'page 1 again': 'Page 1 comes again for ever: the connector sees that nothing new comes and stops.',
  'other rows': 'Other rows come than on any page: the connector reads on as long as new ones show.',
} as const;

type Answers = keyof typeof ANSWERS;

const FEWEST_ROWS = 3;
const MOST_ROWS = 30;
const ROWS_A_PAGE = 2;
/** Statuses that the connector takes for the end of the pages. */
const NO_SUCH_PAGE: readonly unknown[] = [400, 404, 416, 422];

/** Finds out what a page behind the last one answers. */
export const pastEnd: Question<Answers> = {
  id: 'past-end',
  asks: 'What does a page behind the last one answer?',
  mostRequests: 4,
  answers: ANSWERS,
  ask: async (tenant) => {
    const range = settledRange(tenant, FEWEST_ROWS, MOST_ROWS);
    if (range === undefined) return tooFew();
    const bounds = boundsOf(range);
    const { rows } = await tenant.page({ ...bounds, perPage: 500 });
    const pages = Math.ceil(rows.length / ROWS_A_PAGE);
    if (pages < 2) return tooFew({ rows: rows.length });
    const first = rows.slice(0, ROWS_A_PAGE);
    const last = (await tenant.page({ ...bounds, perPage: ROWS_A_PAGE, page: pages })).rows;
    const behind = async (page: number): Promise<Answers> => {
      const answer = await tenant.ask({ ...bounds, perPage: ROWS_A_PAGE, page });
      if (answer.page === undefined) {
        return NO_SUCH_PAGE.includes(answer.refusal) ? 'refused as no such page' : 'refused otherwise';
      }
      const shown = answer.page.rows;
      if (shown.length === 0) return 'empty';
      if (sameRows(shown, last)) return 'the last page again';
      return sameRows(shown, first) ? 'page 1 again' : 'other rows';
    };
    const next = await behind(pages + 1);
    const far = await behind(pages + 1000);
    return { answer: next, figures: { rows: rows.length, pages, far_behind: far } };
  },
};
