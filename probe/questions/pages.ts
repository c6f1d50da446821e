import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { isoSeconds, sameRows, type ProbePage } from '../page';
import { boundsOf, settledRange, type PageOrRefusal, type ProbedTenant } from '../probed-tenant';
import { kindOf, tooFew, type Question } from '../question';

const PER_PAGE_ANSWERS = {
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
export const perPage: Question<keyof typeof PER_PAGE_ANSWERS> = {
  id: 'per-page',
  asks: 'What does a per_page above the documented 500 give?',
  mostRequests: 2,
  answers: PER_PAGE_ANSWERS,
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

const DEPTH_ANSWERS = {
  'to the end': 'Pages can be numbered as far as there are entries here: a second with many pages is read whole.',
  'empty from some depth on':
    'Deep pages are empty although entries are counted: only a second with more entries than that is at risk, and the last line of the log says what is missing.',
  'refused from some depth on':
    'Deep pages are refused: only a second with more entries than that is at risk, and the connector ends with an error that names it, or says what is missing.',
  'page 1 again':
    'Deep pages show page 1 again: only a second with more entries than that is at risk; the connector sees that nothing new comes and stops.',
} as const;

type DepthAnswer = keyof typeof DEPTH_ANSWERS;

/** Rows (from 0) at which other services are known to end, and some between. */
const DEPTHS = [20, 100, 1_000, 9_999, 10_000, 50_000, 100_000];
/** How often the depth between the last row that was returned and the first that was not is halved. */
const MOST_HALVINGS = 7;
/** How often a page may go unanswered: each has cost the server its full time. */
const MOST_TIMEOUTS = 2;

/** Finds out how deep `page` may go. Pages of one row are asked for, which are small. */
export const depth: Question<DepthAnswer> = {
  id: 'depth',
  asks: 'How deep may page go?',
  mostRequests: DEPTHS.length + 2 + MOST_HALVINGS,
  answers: DEPTH_ANSWERS,
  ask: async (tenant) => {
    const rows = new RowByRow(tenant);
    const counted = await rows.start();
    if (counted === undefined || counted <= (DEPTHS[0] ?? 0)) return tooFew({ rows_counted: counted ?? 'nothing' });
    let deepest = 0;
    for (const row of [...DEPTHS.filter((row) => row < counted - 1), counted - 1]) {
      const seen = await rows.look(row);
      if (seen === 'shown') deepest = row;
      else return await between(rows, { counted, deepest, missing: row, missingAs: seen });
    }
    return { answer: 'to the end', figures: { rows_counted: counted, rows_shown_down_to: deepest + 1 } };
  },
};

/** Where the rows end that are returned. */
interface End {
  readonly counted: number;
  readonly deepest: number;
  readonly missing: number;
  readonly missingAs: Exclude<Seen, 'shown'>;
}

async function between(rows: RowByRow, end: End) {
  let { deepest, missing, missingAs } = end;
  for (let halving = 0; halving < MOST_HALVINGS && missing - deepest > 1; halving += 1) {
    if (rows.timeouts >= MOST_TIMEOUTS) break;
    const middle = Math.floor((deepest + missing) / 2);
    const seen = await rows.look(middle);
    if (seen === 'shown') deepest = middle;
    else [missing, missingAs] = [middle, seen];
  }
  const figures = {
    rows_counted: end.counted,
    rows_shown_down_to: deepest + 1,
    rows_not_shown_from: missing + 1,
    refusal: rows.refusal,
  };
  return { answer: missingAs, figures };
}

type Seen = 'shown' | Exclude<DepthAnswer, 'to the end'>;

/** Looks at one row after the other, of everything that has settled. */
class RowByRow {
  readonly #tenant: ProbedTenant;
  #first: string | undefined;
  /** Why the last row that was refused was refused. */
  refusal = 'none';
  /** How many had no response in time. */
  timeouts = 0;

  constructor(tenant: ProbedTenant) {
    this.#tenant = tenant;
  }

  /** @returns how many rows are counted */
  async start(): Promise<number | undefined> {
    const { rows, count } = await this.#tenant.page(this.#query(0));
    this.#first = rows[0]?.id;
    return count;
  }

  /** @param row from 0 */
  async look(row: number): Promise<Seen> {
    const { page, refusal }: PageOrRefusal = await this.#tenant.ask(this.#query(row));
    if (page === undefined) {
      this.refusal = String(refusal);
      if (refusal === 'no answer in time') this.timeouts += 1;
      return 'refused from some depth on';
    }
    const [shown] = page.rows;
    if (shown === undefined) return 'empty from some depth on';
    return shown.id === this.#first ? 'page 1 again' : 'shown';
  }

  #query(row: number) {
    return { before: isoSeconds(this.#tenant.settledBefore), perPage: 1, page: row + 1 };
  }
}

const PAST_END_ANSWERS = {
  empty: 'A page behind the last is empty, which ends a numbered read as expected.',
  'refused as no such page':
    'A page behind the last is refused with a status that the connector takes for "there is no such page".',
  'refused otherwise':
    'A page behind the last is refused in a way that the connector does not take for its end: it would try again, so this has to be reported.',
  'the last page again': 'The last page comes again for ever: the connector sees that nothing new comes and stops.',
  'page 1 again': 'Page 1 comes again for ever: the connector sees that nothing new comes and stops.',
  'other rows': 'Other rows come than on any page: the connector reads on as long as new ones show.',
} as const;

type PastEndAnswer = keyof typeof PAST_END_ANSWERS;

const FEWEST_ROWS = 3;
const MOST_ROWS = 30;
const ROWS_A_PAGE = 2;
/** Statuses that the connector takes for the end of the pages. */
const NO_SUCH_PAGE: readonly unknown[] = [400, 404, 416, 422];

/** Finds out what comes for a page after the last one. */
export const pastEnd: Question<PastEndAnswer> = {
  id: 'past-end',
  asks: 'What does a page behind the last one answer?',
  mostRequests: 4,
  answers: PAST_END_ANSWERS,
  ask: async (tenant) => {
    const range = settledRange(tenant, FEWEST_ROWS, MOST_ROWS);
    if (range === undefined) return tooFew();
    const bounds = boundsOf(range);
    const { rows } = await tenant.page({ ...bounds, perPage: 500 });
    const pages = Math.ceil(rows.length / ROWS_A_PAGE);
    if (pages < 2) return tooFew({ rows: rows.length });
    const first = rows.slice(0, ROWS_A_PAGE);
    const last = (await tenant.page({ ...bounds, perPage: ROWS_A_PAGE, page: pages })).rows;
    const pageAfter = async (page: number): Promise<PastEndAnswer> => {
      const answer = await tenant.ask({ ...bounds, perPage: ROWS_A_PAGE, page });
      if (answer.page === undefined) {
        return NO_SUCH_PAGE.includes(answer.refusal) ? 'refused as no such page' : 'refused otherwise';
      }
      const shown = answer.page.rows;
      if (shown.length === 0) return 'empty';
      if (sameRows(shown, last)) return 'the last page again';
      return sameRows(shown, first) ? 'page 1 again' : 'other rows';
    };
    const next = await pageAfter(pages + 1);
    const far = await pageAfter(pages + 1000);
    return { answer: next, figures: { rows: rows.length, pages, far_behind: far } };
  },
};

const META_ANSWERS = {
  complete:
    'Count, pages and next page are all there, so the connector can tell a whole range from a part in each way it knows.',
  'in part': 'Parts of meta are missing, as on older servers: the connector goes by those that are there.',
  absent: 'There is no meta: the connector goes by whether pages are full, and asks for page 2 where one is.',
} as const;

const KNOWN_PARTS = [
  'current_page',
  'previous_page',
  'next_page',
  'next_page_number',
  'per_page',
  'pages',
  'count',
] as const;
/** What the connector reads. */
const USED_PARTS = ['next_page', 'next_page_number', 'pages', 'count'] as const;

/** Finds out what `meta` says, on a page that others follow and on one that is the last. */
export const meta: Question<keyof typeof META_ANSWERS> = {
  id: 'meta',
  asks: 'Which of count, pages, next_page and next_page_number does meta have, and what do they say on a last page?',
  mostRequests: 2,
  answers: META_ANSWERS,
  ask: async (tenant) => {
    const range = settledRange(tenant, 3, 30);
    if (range === undefined) return tooFew();
    const first = (await tenant.page({ ...boundsOf(range), perPage: 2 })).meta;
    const last = (await tenant.page({ ...boundsOf(range), perPage: 500 })).meta;
    if (first === undefined || last === undefined) return { answer: 'absent', figures: {} };
    const unknown = Object.keys(first).filter((name) => !KNOWN_PARTS.some((known) => known === name));
    const figures = {
      on_a_first_page: kindsIn(first),
      on_a_last_page: kindsIn(last),
      next_page_leads_to: targetKind(first['next_page'], tenant),
      unknown_parts: unknown.map((name) => tenant.nameOf(name)),
    };
    return { answer: USED_PARTS.every((name) => name in first) ? 'complete' : 'in part', figures };
  },
};

const kindsIn = (page: JsonObject): string => KNOWN_PARTS.map((name) => `${name} ${partKind(page[name])}`).join(', ');

/** One product's fixture has the text "null". */
const partKind = (value: unknown): string => (value === 'null' ? 'the text null' : kindOf(value));

/** Where the URL of the next page leads, without the URL. */
function targetKind(value: unknown, { domain }: ProbedTenant): string {
  if (typeof value !== 'string') return kindOf(value);
  const url = URL.parse(value);
  if (url === null) return 'no whole URL';
  return url.host === domain ? 'this tenant' : 'another host';
}
