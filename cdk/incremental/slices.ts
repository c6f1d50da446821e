import type { JsonObject } from '../src/protocol';
import type { CursorValue } from './cursor-kind';
import { inOrder } from './in-order';

/**
 * What a stream's source is to ask for: rows with `from <= cursor < to`. Times are ISO 8601 in UTC with ms. To ask for
 * more does no harm: rows before `from` are passed over, and those of other slices.
 */
export interface ReadRange {
  /** Undefined: from the first row on. */
  readonly from: CursorValue | undefined;
  /** Undefined: to the last row. */
  readonly to: CursorValue | undefined;
}

/** Rows that arrived together. */
export interface Batch {
  readonly rows: readonly JsonObject[];
  /** Whether everything of the range before this point is delivered with it. */
  readonly endsSlice: boolean;
}

/** How a range of time is read in slices. */
export interface SliceOptions {
  /** In ms. */
  readonly length: number;
  /** How many are read at the same time. Each is held in memory until its turn comes. */
  readonly workers: number;
}

/** How many rows may wait for their turn before no other slice is begun. */
export const MAX_WAITING_ROWS = 20_000;

/** Cuts a range of time: as many slices of a length as begin before `now` (epoch ms); the last has no end. */
export function* timeSlices(from: CursorValue, { length }: SliceOptions, now: number): Generator<ReadRange> {
  let begin = Date.parse(String(from));
  for (; begin + length < now; begin += length) yield { from: iso(begin), to: iso(begin + length) };
  yield { from: iso(begin), to: undefined };
}

/** A range in one slice, page by page. */
export async function* unsliced(pages: AsyncIterable<readonly JsonObject[]>): AsyncGenerator<Batch, void> {
  for await (const rows of pages) yield { rows, endsSlice: false };
}

/** Slices, several of them read at a time and given in order, each whole. */
export async function* sliced(
  slices: Iterable<ReadRange>,
  workers: number,
  read: (range: ReadRange) => Promise<readonly JsonObject[]>,
): AsyncGenerator<Batch, void> {
  const results = inOrder(slices, {
    read: async (range) => ({ kind: 'result', result: await read(range) }),
    workers,
    hasRoom: hasRoomForRows,
  });
  for await (const rows of results) yield { rows, endsSlice: true };
}

/** Bounds what {@link inOrder} holds. */
export function hasRoomForRows(held: readonly (readonly unknown[] | undefined)[]): boolean {
  return held.reduce((sum, rows) => sum + (rows?.length ?? 0), 0) < MAX_WAITING_ROWS;
}

/** All rows of an iterable of pages. */
export async function gathered(pages: AsyncIterable<readonly JsonObject[]>): Promise<readonly JsonObject[]> {
  const all: JsonObject[] = [];
  for await (const rows of pages) for (const row of rows) all.push(row);
  return all;
}

const iso = (ms: number): string => new Date(ms).toISOString();
