import type { PageRequest } from '../tines/client';
import { PageRefusedError, TooLargeError } from '../tines/errors';
import type { SlicedPage } from '../tines/page';
import type { PageMeta } from '../tines/page-meta';
import { pageOf } from './page-of';

/** A row of a {@link FakeServer}. Times are epoch s. */
export interface FakeRow {
  readonly id: string;
  /** NaN: it has no date. */
  readonly second: number;
  /** By which the server sorts and filters; `second` unless given. */
  readonly at?: number;
}

/** A page of rows, as an answer would show it. */
export function fakePage(rows: readonly FakeRow[], meta: Partial<PageMeta> = {}): SlicedPage {
  const logs = rows.map(({ id, second }) => ({
    id: /^[1-9]\d*$/.test(id) ? Number(id) : id,
    ...(Number.isNaN(second) ? {} : { created_at: new Date(second * 1000).toISOString() }),
  }));
  const { count, pages, next } = meta;
  const next_page = next === true ? 'https://tenant.example/?page=2' : null;
  return pageOf(
    JSON.stringify({ audit_logs: logs, meta: { count, pages, ...(next === undefined ? {} : { next_page }) } }),
  );
}

/** Ways of a {@link FakeServer}. */
export interface FakeServerOptions {
  readonly rows: readonly FakeRow[];
  readonly order?: 'newest_first' | 'oldest_first' | 'by_id' | 'random';
  /** What `meta.count` says: the truth, nothing, at most a number, or the rows of the page alone. */
  readonly count?: 'true' | 'absent' | 'own' | { readonly most: number } | { readonly offset: number };
  /** Whether `next_page` is named. */
  readonly next?: 'true' | 'absent' | 'always';
  readonly maxPerPage?: number;
  readonly edges?: 'in' | 'out';
  /** Whether a request is too heavy: asked with the number of rows that match. */
  readonly isTooHeavy?: (matching: readonly FakeRow[], request: PageRequest) => boolean;
  readonly withheld?: (row: FakeRow) => boolean;
  /** Rows from this offset on are refused. */
  readonly depth?: number;
  /** What is shown behind the last page; nothing unless given. */
  readonly pastEnd?: 'last_page' | 'first_page';
  /** Called before each answer, with its number from 1 on: it may change the rows. */
  readonly before?: (request: number, rows: FakeRow[]) => void;
  readonly random?: () => number;
  /** Epoch s. */
  readonly now?: number;
}

/** A server of pages in memory, in place of a client. */
export class FakeServer {
  readonly #options: FakeServerOptions;
  readonly requests: PageRequest[] = [];
  readonly #rows: FakeRow[];

  constructor(options: FakeServerOptions) {
    this.#options = options;
    this.#rows = [...options.rows];
  }

  page(request: PageRequest): Promise<{ page: SlicedPage; serverNow: number }> {
    this.requests.push(request);
    if (this.requests.length > 3000) return Promise.reject(new Error('more than 3000 requests'));
    const options = this.#options;
    options.before?.(this.requests.length, this.#rows);
    const matching = this.#sorted(this.#rows.filter((row) => this.#matches(row, request)));
    if (options.isTooHeavy?.(matching, request) === true)
      return Promise.reject(new TooLargeError(new Error('504'), { hasAnswered: true, isSync: true }));
    const perPage = Math.min(request.perPage, options.maxPerPage ?? Infinity);
    const skipped = (this.#pageNumber(request.page, Math.ceil(matching.length / perPage)) - 1) * perPage;
    if (skipped >= (options.depth ?? Infinity)) return Promise.reject(new PageRefusedError(400));
    const rows = matching.slice(skipped, skipped + perPage);
    const shown = rows.filter((row) => options.withheld?.(row) !== true);
    const page = fakePage(shown, this.#meta(matching.length, skipped + perPage, shown.length));
    return Promise.resolve({ page, serverNow: (options.now ?? 0) * 1000 });
  }

  #pageNumber(page: number, pages: number): number {
    const { pastEnd } = this.#options;
    if (pastEnd === undefined || page <= Math.max(1, pages)) return page;
    return pastEnd === 'first_page' ? 1 : pages;
  }

  #matches({ second, at = second }: FakeRow, { after, before }: PageRequest): boolean {
    const isIn = this.#options.edges === 'in';
    const isAfter = after === undefined || (isIn ? at >= after : at > after);
    return isAfter && (before === undefined || (isIn ? at <= before : at < before));
  }

  #sorted(rows: FakeRow[]): FakeRow[] {
    const { order = 'newest_first', random = Math.random } = this.#options;
    const at = (row: FakeRow): number => row.at ?? row.second;
    switch (order) {
      case 'newest_first':
        return rows.sort((a, b) => at(b) - at(a) || Number(b.id) - Number(a.id));
      case 'oldest_first':
        return rows.sort((a, b) => at(a) - at(b) || Number(a.id) - Number(b.id));
      case 'by_id':
        return rows.sort((a, b) => Number(b.id) - Number(a.id));
      case 'random':
        return rows
          .map((row) => ({ row, key: random() }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
    }
  }

  #meta(matching: number, end: number, own: number): Partial<PageMeta> {
    const { count = 'true', next = 'true' } = this.#options;
    const counted =
      count === 'true'
        ? matching
        : count === 'absent'
          ? undefined
          : count === 'own'
            ? own
            : 'most' in count
              ? Math.min(matching, count.most)
              : Math.max(0, matching + count.offset);
    return { count: counted, next: next === 'absent' ? undefined : next === 'always' || end < matching };
  }
}
