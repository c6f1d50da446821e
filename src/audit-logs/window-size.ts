import type { ServerFacts } from './server-facts';

/** How large the windows of a read are. */
export interface WindowSizes {
  /** Rows that a page is asked for. */
  readonly perPage: number;
  /** How many pages a window is cut to have, at most. */
  readonly pages: number;
  /** How many times that a window may have before it is cut again: entries come in bursts. */
  readonly slack: number;
  /** The bodies that a window is cut to have, in bytes. */
  readonly bytes: number;
  /** The bodies that all open windows may have together, in bytes. */
  readonly bytesHeld: number;
}

/**
 * Large enough that the page in which a window ends, half empty on average, is a small part of it; small enough that one
 * for each worker, and those that wait for their turn, are held in a few dozen megabytes.
 */
export const STANDARD_SIZES: WindowSizes = {
  perPage: 500,
  pages: 10,
  slack: 2.5,
  bytes: 4 * 1024 * 1024,
  bytesHeld: 64 * 1024 * 1024,
};

/** The most entries that are held of one window. */
export const LARGEST_WINDOW = mostRows(STANDARD_SIZES);

/** The most entries that are held of one window. */
export function mostRows({ pages, slack, perPage }: WindowSizes): number {
  return Math.floor(pages * slack * perPage);
}

/** A row's size before the first one was seen, in bytes. */
const USUAL_ROW_BYTES = 500;
/** Windows may be so much smaller than the largest, if that makes fewer half-empty pages. */
const SMALLEST_SHARE = 0.7;
/** The part of a page by which a window varies where entries come evenly. */
const VARIANCE = 0.2;

/** How many pages a window is cut to have at most, by the size of the rows seen so far. */
export function pagesPerWindow(sizes: WindowSizes, facts: ServerFacts): number {
  const pageBytes = facts.pageSize(sizes.perPage) * facts.rowBytes(USUAL_ROW_BYTES);
  return Math.max(1, Math.min(sizes.pages, Math.floor(sizes.bytes / pageBytes)));
}

/** The bodies of a window as it is cut to be, in bytes. */
export function expectedBytes(sizes: WindowSizes, facts: ServerFacts): number {
  return pagesPerWindow(sizes, facts) * facts.pageSize(sizes.perPage) * facts.rowBytes(USUAL_ROW_BYTES);
}

/** Into how many windows of equal length `rows` rows are cut: of those that fit, as many as take the fewest pages. */
export function windowsFor(rows: number, sizes: WindowSizes, facts: ServerFacts): number {
  // Each page repeats the oldest second of the one before.
  const pageRows = Math.max(1, facts.pageSize(sizes.perPage) - 1.2);
  const most = pagesPerWindow(sizes, facts);
  const least = Math.max(1, most * SMALLEST_SHARE);
  let best = Math.max(1, Math.ceil(rows / (most * pageRows)));
  let fewest = Infinity;
  for (let parts = best; parts <= Math.max(best, Math.ceil(rows / (least * pageRows))); parts += 1) {
    const pages = parts * Math.ceil(rows / parts / pageRows + VARIANCE);
    if (pages < fewest) [best, fewest] = [parts, pages];
  }
  return best;
}
