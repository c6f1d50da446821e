import { type Random, seededRandom } from './random';
import { firstIndex } from './sorted-entries';
import type { TenantEntry } from './tenant-entry';

/**
 * Order of the rows over all pages. `newest_first`: by time, then id, descending, as in every captured answer.
 * `highest_id_first`: by id, descending, so that a late entry with a higher id stands among newer ones. `shuffled`:
 * another order in each answer. `shuffled_seconds`: newest first, but within a second another order in each answer.
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
    // By second, not by page: two pages of one answer's order would otherwise overlap.
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
