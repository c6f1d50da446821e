/** Which rows to get, beside the range: empty lists get all. */
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
  /** 1 to 500; the server may send fewer. */
  readonly perPage: number;
}

/** Most rows the API gives on a page (https://www.tines.com/api/audit-logs). */
export const MAX_PER_PAGE = 500;

/** The path and query of a page. */
export function auditLogsPath(request: PageRequest, filters: AuditLogsFilters): string {
  const query = new URLSearchParams();
  if (request.after !== undefined) query.set('after', isoSeconds(request.after));
  if (request.before !== undefined) query.set('before', isoSeconds(request.before));
  addFilter(query, 'user_id', filters.userIds);
  addFilter(query, 'operation_name', filters.operationNames);
  query.set('per_page', String(request.perPage));
  query.set('page', String(request.page));
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
