import { isJsonObject, type JsonObject } from '@airbyte/cdk-typescript-compat';
import type { StoredBody } from '@airbyte/cdk-typescript-compat/http';
import { parsePage, type SlicedPage } from '../src/tines/page';
import { isoSeconds } from '../src/tines/request';

export { isoSeconds };

/** A request for one page, as it is sent. */
export interface PageQuery {
  /** As text: also what the connector itself never sends. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** From 1; 1 unless given. */
  readonly page?: number;
  readonly perPage: number;
  /** Filters and their values, such as `operation_name[]`. */
  readonly filters?: readonly (readonly [name: string, value: string])[];
}

/** The path and query of a page. */
export function targetOf({ after, before, page = 1, perPage, filters = [] }: PageQuery): string {
  const query = new URLSearchParams();
  if (after !== undefined) query.set('after', after);
  if (before !== undefined) query.set('before', before);
  for (const [name, value] of filters) query.append(name, value);
  query.set('per_page', String(perPage));
  query.set('page', String(page));
  return `/api/v1/audit_logs?${query.toString()}`;
}

/** One row as the connector reads it, and as it came. */
export interface Row {
  /** Digits as given; a hash of the content where there is none. */
  readonly id: string;
  /** Epoch s that `after` and `before` refer to; NaN where there is no time. */
  readonly second: number;
  /** Undefined where the row is no object. Its integers may be rounded: only kinds are looked at. */
  readonly entry: JsonObject | undefined;
}

/** One page of audit logs. */
export interface ProbePage {
  /** In the order in which they came. */
  readonly rows: readonly Row[];
  /** Undefined where there is none. */
  readonly meta: JsonObject | undefined;
  /** What `meta` counts, as the connector reads it. */
  readonly count: number | undefined;
  /** Epoch ms by the server's clock, cut to the second. */
  readonly serverNow: number;
}

/** More rows than that are no page, whatever was asked for. */
const MOST_ROWS = 25_000;

/** Reads a body, and frees it. @returns undefined for what is no page of audit logs */
export function readPage(body: StoredBody, serverNow: number): ProbePage | undefined {
  const text = body.bytes.toString();
  const page = parsePage(body, { rows: MOST_ROWS });
  if (typeof page === 'string') return undefined;
  try {
    const json: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (!isJsonObject(json)) return undefined;
    const { audit_logs: entries, meta } = json;
    return {
      rows: rowsOf(page, Array.isArray(entries) ? entries : []),
      meta: isJsonObject(meta) ? meta : undefined,
      count: page.meta.count,
      serverNow,
    };
  } finally {
    page.release();
  }
}

function rowsOf(page: SlicedPage, entries: readonly unknown[]): readonly Row[] {
  return entries.map((entry, index) => ({
    id: String(page.idOf(index)),
    second: page.secondOf(index),
    entry: isJsonObject(entry) ? entry : undefined,
  }));
}

/** The ids of rows, in their order. */
export const idsOf = (rows: readonly Row[]): readonly string[] => rows.map(({ id }) => id);

/** Whether two lists of rows show the same ids in the same order. */
export function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
}
