import type { ProbePage, Row } from './page';
import type { PageQuery, ProbedTenant } from './probed-tenant';

/** What it means that nothing has happened in the tenant meanwhile. */
export const NO_NEW_ENTRIES =
  "No entry came while the probe ran, so this can't be told: run it again while somebody works in Tines.";

/** Asks again for what the newest sample was asked by. */
export const newestAgain = (tenant: ProbedTenant): Promise<ProbePage> => tenant.page(tenant.samples.newestQuery);

/** Rows that were not there before. Of a page that was cut, older ones than it had shown may have been behind it. */
export function newRows(before: ProbePage, now: ProbePage, { perPage }: PageQuery): readonly Row[] {
  const known = new Set(before.rows.map(({ id }) => id));
  const isCut = before.rows.length >= perPage || (before.count ?? 0) > before.rows.length;
  const oldest = isCut ? Math.min(...before.rows.map(({ second }) => second)) : -Infinity;
  return now.rows.filter(({ id, second }) => !known.has(id) && !(second <= oldest));
}
