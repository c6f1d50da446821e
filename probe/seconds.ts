import type { ProbedTenant } from './probed-tenant';
import type { Row } from './page';
import { isoSeconds } from '../src/tines/request';

export { isoSeconds };

/** A second whose rows are known to exist, between others. */
export interface KnownSecond {
  /** Epoch s. */
  readonly second: number;
  /** How many rows the samples have of it. */
  readonly rows: number;
}

/** Rows beyond that may not fit a page with their neighbours. */
const MOST_ROWS_OF_A_SECOND = 100;

/** The last microsecond of a second, `2025-01-11T03:57:28.999999Z`, for epoch s. */
export const isoEndOf = (second: number): string => isoSeconds(second).replace('Z', '.999999Z');

/**
 * The settled second with the most rows, neither the first nor the last of the samples, so that there are older and newer
 * rows; undefined where there is none.
 */
export function knownSecond({ settled }: ProbedTenant): KnownSecond | undefined {
  const rowsOf = new Map<number, number>();
  for (const { second } of settled) rowsOf.set(second, (rowsOf.get(second) ?? 0) + 1);
  const inner = [...rowsOf].sort(([a], [b]) => a - b).slice(1, -1);
  const usable = inner.filter(([, rows]) => rows <= MOST_ROWS_OF_A_SECOND);
  const [most] = usable.sort(([, a], [, b]) => b - a);
  return most === undefined ? undefined : { second: most[0], rows: most[1] };
}

/** A range of whole seconds, `to` excluded, epoch s. */
export interface SecondRange {
  readonly from: number;
  readonly to: number;
}

/** The range of the newest settled rows, so many where there are that many; undefined where there are fewer than `least`. */
export function settledRange({ settled }: ProbedTenant, least: number, most: number): SecondRange | undefined {
  const rows = settled.slice(0, most);
  const [newest, oldest] = [rows.at(0), rows.at(-1)];
  if (rows.length < least || newest === undefined || oldest === undefined) return undefined;
  return { from: oldest.second, to: newest.second + 1 };
}

/** The bounds of a range, a second wider before it, as the connector asks for it. */
export const boundsOf = ({ from, to }: SecondRange): { readonly after: string; readonly before: string } => ({
  after: isoSeconds(from - 1),
  before: isoSeconds(to),
});

/** How many of the rows are of a second (epoch s). */
export const rowsOfSecond = (rows: readonly Row[], second: number): number =>
  rows.filter((row) => row.second === second).length;
