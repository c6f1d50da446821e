import { firstIndex } from './entry-store';
import { type Random, seededRandom } from './random';
import type { TenantEntry } from './tenant-entry';

/**
 * Order of the rows over all pages. `newest_first`: by time, then id, descending, as in every captured response.
 * `highest_id_first`: by id, descending, so that a late entry with a higher id stands among newer ones. `shuffled`:
 * another order in each response. `shuffled_seconds`: newest first, but within a second another order in each response.
 */
export const rowOrders = ['newest_first', 'highest_id_first', 'oldest_first', 'shuffled', 'shuffled_seconds'] as const;

/** One of the orders of `rowOrders`. */
export type RowOrder = (typeof rowOrders)[number];

/** Which rows a page shows. */
export interface PageCut {
  /** All rows that match, oldest first; not changed as long as it is the same array. */
  readonly rows: readonly TenantEntry[];
  /** The rows of the range: from this index. */
  readonly start: number;
  /** The rows of the range: to before this index. */
  readonly end: number;
  /** How many rows of the range come before the page. */
  readonly offset: number;
  readonly perPage: number;
  readonly order: RowOrder;
  /** Seed of the orders that are random. */
  readonly seed: number;
}

/** The rows of a page, in the order they are shown. */
export function pageRows(cut: PageCut): TenantEntry[] {
  const { rows, start, end, offset, perPage, order } = cut;
  const last = Math.min(start + offset + perPage, end);
  switch (order) {
    case 'newest_first': {
      const newest = Math.max(start, end - offset);
      return rows.slice(Math.max(start, newest - perPage), newest).reverse();
    }
    case 'oldest_first':
      return rows.slice(Math.min(start + offset, end), last);
    case 'highest_id_first':
      // The rows nearly ascend by id, which a merge sort makes the most of.
      return rows
        .slice(start, end)
        .sort(byId)
        .reverse()
        .slice(offset, offset + perPage);
    case 'shuffled':
      return shuffled(rows.slice(start, end), seededRandom(cut.seed)).slice(offset, offset + perPage);
    case 'shuffled_seconds':
      return shuffledSeconds(cut);
  }
}

/** Widens the page to whole seconds, so that rows change places across its edges, too. */
function shuffledSeconds({ rows, start, end, offset, perPage, seed }: PageCut): TenantEntry[] {
  const newest = Math.max(start, end - offset);
  const oldest = Math.max(start, newest - perPage);
  if (oldest === newest) return [];
  const [first, last] = [secondOf(rows[oldest]), secondOf(rows[newest - 1])];
  const from = Math.max(
    start,
    firstIndex(rows, (row) => secondOf(row) >= first),
  );
  const to = Math.min(
    end,
    firstIndex(rows, (row) => secondOf(row) > last),
  );
  const wide = rows.slice(from, to).reverse();
  const shown: TenantEntry[] = [];
  let second: TenantEntry[] = [];
  const flush = (): void => {
    // By second, not by page: two pages of one response's order would otherwise overlap.
    shown.push(...shuffled(second, seededRandom(seed ^ secondOf(second[0]))));
    second = [];
  };
  for (const row of wide) {
    if (second.length > 0 && secondOf(row) !== secondOf(second[0])) flush();
    second.push(row);
  }
  flush();
  return shown.slice(to - newest, to - newest + perPage);
}

function secondOf(row: TenantEntry | undefined): number {
  return Math.floor((row?.at ?? 0) / 1000);
}

/** Fisher-Yates, in place. */
function shuffled(rows: TenantEntry[], random: Random): TenantEntry[] {
  for (let index = rows.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [a, b] = [rows[index], rows[other]];
    if (a === undefined || b === undefined) continue;
    rows[index] = b;
    rows[other] = a;
  }
  return rows;
}

function byId(a: TenantEntry, b: TenantEntry): number {
  if (typeof a.id === 'number' && typeof b.id === 'number') return a.id - b.id;
  const [idA, idB] = [String(a.id), String(b.id)];
  return idA < idB ? -1 : idA > idB ? 1 : 0;
}

/**
 * What `meta.count` says. `offset`: so many more (fewer, if negative) than there are; a function of the request's
 * number, if it is another in each response. `capped`: at most `at`. `stale`: what there was `ageMs` ago, in ms.
 * `frozen`: what the first response to the same range and filters said. `page_rows`: the page's own number of rows.
 * `rounded`: to a multiple of `to`. `told`: this number, whatever there is, in the responses for which there is one.
 */
export type CountRule =
  | { readonly kind: 'true' }
  | { readonly kind: 'offset'; readonly by: number | ((requestNumber: number) => number) }
  | { readonly kind: 'capped'; readonly at: number }
  | { readonly kind: 'stale'; readonly ageMs: number }
  | { readonly kind: 'frozen' }
  | { readonly kind: 'page_rows' }
  | { readonly kind: 'rounded'; readonly to: number }
  | { readonly kind: 'stated'; readonly count: (requestNumber: number) => number | undefined };

/** What a count can be made of. */
export interface Counted {
  /** How many rows match. */
  readonly rows: number;
  /** How many rows the page shows. */
  readonly shown: number;
  readonly requestNumber: number;
  /** How many of the rows became visible within the last so many ms. */
  readonly fresh: (withinMs: number) => number;
  /** Range and filters of the query: what counts that are kept are kept by. */
  readonly question: () => string;
}

/** Counts as one server shows them. */
export class RowCounter {
  readonly #frozen = new Map<string, number>();

  /** The count to show, 0 or more. */
  count(rule: CountRule, { rows, shown, requestNumber, fresh, question }: Counted): number {
    switch (rule.kind) {
      case 'true':
        return rows;
      case 'offset':
        return Math.max(0, rows + (typeof rule.by === 'number' ? rule.by : rule.by(requestNumber)));
      case 'capped':
        return Math.min(rows, rule.at);
      case 'stale':
        return rows - fresh(rule.ageMs);
      case 'frozen': {
        const key = question();
        const count = this.#frozen.get(key) ?? rows;
        this.#frozen.set(key, count);
        return count;
      }
      case 'page_rows':
        return shown;
      case 'rounded':
        return Math.round(rows / rule.to) * rule.to;
      case 'stated':
        return rule.count(requestNumber) ?? rows;
    }
  }
}

/** What the response's `meta` looks like: servers differ. */
export interface MetaStyle {
  /** False: responses have no `meta` at all. */
  present: boolean;
  /** False: `count` is missing. */
  count: boolean;
  /** False: `pages` is missing. */
  pages: boolean;
  /** False: `next_page` is missing. */
  nextPage: boolean;
  /** False: `next_page_number` is missing, as on older self-hosted servers. */
  nextPageNumber: boolean;
  /** What `pages`, `next_page` and `next_page_number` follow: the count that is shown, or the rows that there are. */
  pagesOf: 'count' | 'rows';
  /** What `per_page` says: how many rows a page has at most, nothing, or a number whatever that is. */
  perPage: 'true' | 'none' | number;
  /** What `next_page` is on the last page: null, or the string "null" as one product's fixture has it. */
  lastNextPage: 'null' | 'null_string';
}

/** What `meta` tells about a page. */
export interface PageFacts {
  readonly domain: string;
  /** The query as it came; its `page` and `per_page` are replaced. */
  readonly query: URLSearchParams;
  readonly page: number;
  readonly perPage: number;
  /** The count as it is shown. */
  readonly count: number;
  /** How many rows there are. */
  readonly rows: number;
}

/**
 * The `meta` of a page, with the keys and the order of captured responses. Of a page past the end neither the previous
 * nor the next is named. Undefined where the style has none.
 */
export function pageMeta(facts: PageFacts, style: MetaStyle): object | undefined {
  if (!style.present) return undefined;
  const { domain, query, page, perPage, count, rows } = facts;
  const pages = Math.ceil((style.pagesOf === 'count' ? count : rows) / perPage);
  const url = pageUrls(domain, query, perPage);
  const hasNext = page < pages;
  const none = style.lastNextPage === 'null' ? null : 'null';
  return {
    current_page: url(page),
    previous_page: page > 1 && page <= pages ? url(page - 1) : null,
    ...(style.nextPage ? { next_page: hasNext ? url(page + 1) : none } : {}),
    ...(style.nextPageNumber ? { next_page_number: hasNext ? page + 1 : null } : {}),
    ...(style.perPage === 'none' ? {} : { per_page: style.perPage === 'true' ? perPage : style.perPage }),
    ...(style.pages ? { pages } : {}),
    ...(style.count ? { count } : {}),
  };
}

function pageUrls(domain: string, query: URLSearchParams, perPage: number): (page: number) => string {
  const kept = new URLSearchParams(query);
  kept.delete('page');
  kept.set('per_page', String(perPage));
  const start = `https://${domain}/api/v1/audit_logs?${kept.toString()}&page=`;
  return (page) => `${start}${page}`;
}
