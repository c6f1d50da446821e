import type { Response } from '../tines/responses';

/** No server caps `per_page` below the API's default (https://www.tines.com/api/audit-logs). */
const SMALLEST_PAGE = 20;
/** Counts are not exact everywhere: a difference of so many rows, or of that share, may mean nothing. */
const INEXACT_ROWS = 20;
const INEXACT_SHARE = 0.05;
/** A row's size before the first one was seen, in bytes. */
const USUAL_ROW_BYTES = 500;

/**
 * What one sync has learned about its server from the responses so far. It decides how many requests are made, never
 * which entries are delivered.
 */
export class ServerFacts {
  #largest = SMALLEST_PAGE;
  #rows = 0;
  #bytes = 0;

  /** Takes note of a response. */
  add({ page: { size, bytes } }: Response): void {
    this.#largest = Math.max(this.#largest, size);
    this.#rows += size;
    this.#bytes += bytes;
  }

  /** Whether a page has as many rows as it can have, so that more may follow whatever `meta` says. */
  isFull({ page, perPage }: Response): boolean {
    return page.size >= (statedPageSize(page.meta.perPage, page.size, perPage) ?? this.pageSize(perPage));
  }

  /** How many rows a page of `perPage` is expected to have: as many as this server has put on one. */
  pageSize(perPage: number): number {
    return Math.min(perPage, this.#largest);
  }

  /** The average size of a row, in bytes. */
  get rowBytes(): number {
    return this.#rows === 0 ? USUAL_ROW_BYTES : this.#bytes / this.#rows;
  }
}

/** Whether so many rows are lacking that the count of them can't be called inexact. */
export const isMuch = (lack: number, counted: number): boolean => lack > INEXACT_ROWS + counted * INEXACT_SHARE;

/** `meta.per_page`, as far as it can be true. */
function statedPageSize(stated: number | undefined, rows: number, perPage: number): number | undefined {
  return stated !== undefined && stated > 0 && stated >= rows && stated <= perPage ? stated : undefined;
}
