import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import type { Page } from './page';
import { lengthOf, type ClosedRange, type Range } from './range';

/**
 * How far outside of the range a row may lie before its date counts as odd, in s. The API is asked for a second more on
 * each side; a server that rounds to the minute is still right.
 */
export const EDGE_SECONDS = 300;

/** What a page shows of the range that it was asked for. Seconds are epoch s, of rows whose date isn't odd. */
export interface Shown {
  readonly rows: number;
  /** Rows of the range's own seconds, and rows without a date that fits. */
  readonly inside: number;
  /** Rows without a date that fits the range. */
  readonly odd: number;
  /** Of these, rows whose date can be read and lies far outside. */
  readonly far: number;
  /** Infinity where no row has a date. */
  readonly oldest: number;
  /** -Infinity where no row has a date. */
  readonly newest: number;
  /** The largest inversion of "newest first": by how many s a row is newer than one before it. 0: newest first. */
  readonly rise: number;
  /** The same for "oldest first". */
  readonly fall: number;
  /** How many rows are newer than the one right before them: about half in no order, few where some showed late. */
  readonly ascents: number;
}

/** Whether a row's date doesn't fit the range, or can't be read (NaN). */
export function isOdd(second: number, { from, to }: Range): boolean {
  return !(second >= from - EDGE_SECONDS && (to === undefined || second < to + EDGE_SECONDS));
}

/** Looks through the dates of a page's rows, once. */
export function survey(page: Page, range: Range): Shown {
  const { from, to = Infinity } = range;
  let [inside, odd, far, rise, fall, ascents] = [0, 0, 0, 0, 0, 0];
  let [oldest, newest, previous] = [Infinity, -Infinity, Infinity];
  for (let row = 0; row < page.size; row += 1) {
    const second = page.secondOf(row);
    if (isOdd(second, range)) {
      odd += 1;
      inside += 1;
      if (!Number.isNaN(second)) far += 1;
      continue;
    }
    if (second >= from && second < to) inside += 1;
    if (second > previous) ascents += 1;
    previous = second;
    rise = Math.max(rise, second - oldest);
    fall = Math.max(fall, newest - second);
    oldest = Math.min(oldest, second);
    newest = Math.max(newest, second);
  }
  return { rows: page.size, inside, odd, far, oldest, newest, rise, fall, ascents };
}

/** How many of a page's rows lie between two seconds, `from` included and `to` not. */
export function rowsBetween(page: Page, from: number, to: number): number {
  let rows = 0;
  for (let row = 0; row < page.size; row += 1) {
    const second = page.secondOf(row);
    if (second >= from && second < to) rows += 1;
  }
  return rows;
}

/** The ids of a page's rows. */
export function idsOf(page: Page): Set<CompactId> {
  const ids = new Set<CompactId>();
  for (let row = 0; row < page.size; row += 1) ids.add(page.idOf(row));
  return ids;
}

/** Whether most rows lie far outside of the range, as where a server doesn't know `after` and `before`. */
export const isRangeIgnored = ({ rows, far }: Shown): boolean => far > rows / 2;

/** How many entries a range has by the density of the part that a full page shows of it. */
export function estimatedRows({ rows, oldest, newest }: Shown, range: ClosedRange): number {
  const seconds = Math.max(1, newest - oldest + 1);
  return Math.ceil((rows * lengthOf(range)) / Math.min(seconds, lengthOf(range)));
}
