import type { JsonObject } from '../src/protocol';
import type { ReadContext } from '../src/source';
import type { CursorValue } from './cursor-kind';
import type { ReadRange, SliceOptions } from './slices';

/** How a stream goes forward. */
export interface CursorOptions {
  /** The field of the rows, declared in the schema: its type there says how values are compared. */
  readonly field: string;
  /** Where a first read begins. Left out: with everything. */
  readonly start?: CursorValue | undefined;
  /**
   * `ascending`: the API gives rows in the order of the cursor, so every page can be followed by a checkpoint. This is
   * checked: where a row shows otherwise, the checkpoint goes back to where it is safe, and waits for the end. Only a
   * read that is killed before such a row comes can lose it.
   * `none`: checkpoints only at the end of the read, or of a slice.
   */
  readonly order: 'ascending' | 'none';
  /** How far behind the cursor rows may still appear: in ms for times, in units for numbers. Defaults to 0. */
  readonly lookback?: number;
  /** Cuts a range of times, from `start` on, and reads several slices at a time. */
  readonly slices?: SliceOptions;
}

/** A stream of rows that an API lists. */
export interface StreamOptions {
  readonly name: string;
  /** JSON Schema of a row, with every field declared: the platform drops others. */
  readonly schema: JsonObject;
  /** Fields that tell rows apart. */
  readonly primaryKey: readonly string[];
  /** Asks for a range, page by page. Without a cursor the range is everything. */
  readonly read: (range: ReadRange, context: ReadContext) => AsyncIterable<readonly JsonObject[]>;
  /** Left out: the stream can only be read as a whole. */
  readonly cursor?: CursorOptions;
  /** Epoch ms. Defaults to this machine's clock. */
  readonly now?: () => number;
}

/** Delivers rows as records: of the rows themselves, or of what lies below them. */
export type Deliver = (rows: readonly JsonObject[], context: ReadContext) => AsyncIterable<readonly JsonObject[]>;
