import type { ProbePage } from '../page';
import { tooFew, type Question } from '../question';
import { isoSeconds } from '../seconds';

const ANSWERS = {
  'the maximum, 500':
    'A larger per_page is cut to 500, so that the 500 which the connector asks for are the most there is.',
  'more than 500': 'Larger pages can be had than documented: the connector could read with fewer requests.',
  'fewer than 500':
    'A per_page above 500 falls back to fewer rows, while 500 itself is given: the connector must never ask for more than 500.',
  'fewer than 500, also when 500 are asked for':
    'This server caps pages lower than documented: the connector learns that from the first full page, and needs more requests.',
  refused: 'A per_page above 500 is an error: the connector must never ask for more than 500.',
} as const;

const DOCUMENTED = 500;
const LARGER = 1000;

/** Finds out what a `per_page` above the documented maximum gives. */
export const perPage: Question<keyof typeof ANSWERS> = {
  id: 'per-page',
  asks: 'What does a per_page above the documented 500 give?',
  mostRequests: 2,
  answers: ANSWERS,
  ask: async (tenant) => {
    const before = isoSeconds(tenant.settledBefore);
    const documented = await tenant.page({ before, perPage: DOCUMENTED });
    const larger = await tenant.ask({ before, perPage: LARGER });
    const figures = { rows_with_500: documented.rows.length, per_page_said_with_500: said(documented) ?? 'nothing' };
    if (larger.page === undefined) return { answer: 'refused', figures: { ...figures, with_1000: larger.refusal } };
    const all = {
      ...figures,
      rows_with_1000: larger.page.rows.length,
      per_page_said_with_1000: said(larger.page) ?? 'nothing',
    };
    const [usual, most] = [sizeOf(documented, DOCUMENTED), sizeOf(larger.page, LARGER)];
    if (usual === undefined || most === undefined) return tooFew(all);
    if (usual < DOCUMENTED) return { answer: 'fewer than 500, also when 500 are asked for', figures: all };
    if (most > DOCUMENTED) return { answer: 'more than 500', figures: all };
    return { answer: most === DOCUMENTED ? 'the maximum, 500' : 'fewer than 500', figures: all };
  },
};

/** What `meta` says that the page's size is. */
function said({ meta }: ProbePage): number | undefined {
  const value = meta?.['per_page'];
  return typeof value === 'number' ? value : undefined;
}

/** How many rows a page gets: what came, where more are counted or it is full, and what `meta` says otherwise. */
function sizeOf(page: ProbePage, asked: number): number | undefined {
  const { length } = page.rows;
  return length >= Math.min(asked, DOCUMENTED) || (page.count !== undefined && page.count > length)
    ? length
    : said(page);
}
