/** Which rows to get of a range: empty lists get all. */
export interface AuditLogsFilters {
  readonly userIds: readonly string[];
  readonly operationNames: readonly string[];
}

/** One page of a range. */
export interface PageRequest {
  /** Epoch s; absent: from the oldest. Whether the API includes the second itself is not documented. */
  readonly after?: number | undefined;
  /** Epoch s; absent: to the newest. */
  readonly before?: number | undefined;
  /** From 1. */
  readonly page: number;
  /** 1 to 500 (https://www.tines.com/api/audit-logs); the server may send fewer. */
  readonly perPage: number;
}

/** How long Tines keeps audit logs, in s: two years (https://www.tines.com/docs/admin/audit-logs). */
export const RETENTION_SECONDS = 2 * 365 * 24 * 3600;

/** A range of seconds (epoch s): `from` is in it, `to` is not; without `to` it is open to whatever is newest. */
export interface Range {
  readonly from: number;
  readonly to: number | undefined;
}

/** A range with an end. */
export interface ClosedRange extends Range {
  readonly to: number;
}

/** The lower end of a range that reaches back to the oldest entry: its request has no `after`. Epoch s. */
export const BEGINNING = 0;

/** The length of a closed range in s. */
export const lengthOf = ({ from, to }: ClosedRange): number => to - from;

/** The middle of a closed range that is longer than a second, as the first second of its newer half. Epoch s. */
export const middleOf = (range: ClosedRange): number => range.from + Math.max(1, Math.floor(lengthOf(range) / 2));

/** Whether a range is one second, which can't be cut any further: the API takes whole seconds only. */
export const isOneSecond = (range: Range): boolean => range.to !== undefined && range.to - range.from <= 1;

/** The path and query of a page. */
export function auditLogsPath({ after, before, page, perPage }: PageRequest, filters: AuditLogsFilters): string {
  const query = new URLSearchParams();
  if (after !== undefined) query.set('after', isoSeconds(after));
  if (before !== undefined) query.set('before', isoSeconds(before));
  addFilter(query, 'user_id', filters.userIds);
  addFilter(query, 'operation_name', filters.operationNames);
  query.set('per_page', String(perPage));
  query.set('page', String(page));
  return `/api/v1/audit_logs?${query.toString()}`;
}

/** The request in words, for the log. */
export function describeRequest({ after, before, page, perPage }: PageRequest): string {
  const from = after === undefined ? '' : ` after ${isoSeconds(after)}`;
  const to = before === undefined ? '' : ` before ${isoSeconds(before)}`;
  return `page ${page} of the audit logs${from}${to} (${perPage} a page)`;
}

/** One value goes without brackets, as Tines' own SDK sends it; the bracket form is documented for several. */
function addFilter(query: URLSearchParams, name: string, values: readonly string[]): void {
  for (const value of values) query.append(values.length === 1 ? name : `${name}[]`, value);
}

/** The one form of time that the API is known to take: whole seconds, UTC. @param seconds epoch s */
export const isoSeconds = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
