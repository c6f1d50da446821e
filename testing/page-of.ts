import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { type PageMeta, parsePage, type SlicedPage } from '../src/tines/page';
import type { Range } from '../src/tines/request';
import { RangeRequests, type Response } from '../src/tines/responses';

/** A row of a page that is made for a test. */
export interface PageRow {
  readonly id: CompactId;
  /** Epoch s; NaN: it has no date. */
  readonly second: number;
  readonly operation?: string;
  /** A text that makes it large. */
  readonly note?: string;
}

/** The page of a body that is one. @param free called when the page is released @throws Error where it is none */
export function pageOf(body: string | Buffer, free: () => void = () => undefined): SlicedPage {
  const page = parsePage({ bytes: Buffer.from(body), free });
  if (typeof page === 'string') throw new Error(`no page: ${page}`);
  return page;
}

/** A page of rows that says so much of itself and of the others. */
export function pageOfRows(rows: readonly PageRow[], meta: Partial<PageMeta> = {}, free?: () => void): SlicedPage {
  const { count, pages, next, perPage } = meta;
  const logs = rows.map(({ id, second, operation, note }) => ({
    id,
    operation_name: operation,
    note,
    created_at: Number.isNaN(second) ? undefined : new Date(second * 1000).toISOString(),
  }));
  const next_page_number = next === undefined ? undefined : next ? 2 : null;
  return pageOf(
    JSON.stringify({ audit_logs: logs, meta: { count, pages, next_page_number, per_page: perPage } }),
    free,
  );
}

/** A response to a request for so many rows of a range. */
export function responseOf(range: Range, page: SlicedPage, perPage = 500): Promise<Response> {
  const client = {
    page: () => Promise.resolve(page),
    isAnswered: () => Promise.resolve(true),
    serverNow: () => 0,
  };
  return new RangeRequests(client, perPage, () => undefined, new AbortController().signal).ask(range);
}
