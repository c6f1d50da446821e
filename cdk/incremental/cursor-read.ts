import type { JsonObject } from '../src/protocol';
import type { StreamItem } from '../src/source';
import type { CursorValue } from './cursor-kind';
import type { CursorPosition, CursorRange } from './cursor-position';
import { gathered, hasRoomForRows, inOrder } from './in-order';
import { isCounted } from './paginate';

/** Asks for a range, page by page. */
export type ReadRows = (range: CursorRange) => AsyncIterable<readonly JsonObject[]>;

/** Delivers rows as records: of the rows themselves, or of what lies below them. */
export type Deliver = (rows: readonly JsonObject[]) => AsyncIterable<readonly JsonObject[]>;

/** How a range of time is read in slices. */
export interface SliceOptions {
  /** In ms. */
  readonly length: number;
  /** How many are read at the same time. Each is held in memory until its turn comes. */
  readonly workers: number;
}

/** One read by a cursor. */
export interface CursorReadOptions {
  readonly order: 'ascending' | 'none';
  readonly slices: SliceOptions | undefined;
  readonly read: ReadRows;
  readonly deliver: Deliver;
  readonly position: CursorPosition;
  /** Of the rows that a state names. */
  readonly maxCharacters: number;
  /** Called with the same words once. */
  readonly warn: (message: string) => void;
}

/** Takes pages and slices in, delivers what is new in them, and makes a checkpoint wherever one is safe. */
export class CursorRead {
  readonly #slices: SliceOptions | undefined;
  readonly #read: ReadRows;
  readonly #deliver: Deliver;
  readonly #position: CursorPosition;
  readonly #maxCharacters: number;
  readonly #warn: (message: string) => void;
  /** Everything before it was delivered when the read began. */
  readonly #base: CursorValue | undefined;
  #isAscending: boolean;
  #isCheckpointed = false;

  constructor({ order, slices, read, deliver, position, maxCharacters, warn }: CursorReadOptions) {
    this.#slices = slices;
    this.#read = read;
    this.#deliver = deliver;
    this.#position = position;
    this.#maxCharacters = maxCharacters;
    this.#warn = warn;
    this.#base = position.cursor;
    this.#isAscending = order === 'ascending';
  }

  /** The items of the read. */
  async *items(): AsyncGenerator<StreamItem, void> {
    const { from } = this.#position;
    if (this.#base !== undefined) yield { startFrom: this.#state(this.#base) };
    const isSliced = this.#slices !== undefined && from !== undefined;
    yield* isSliced ? this.#inSlices(this.#slices) : this.#pages({ from, to: undefined });
    yield* this.#checkpoint();
  }

  async *#pages(range: CursorRange): AsyncGenerator<StreamItem, void> {
    for await (const rows of this.#asked(range)) {
      if (this.#isAscending && !this.#position.isAscending(rows)) yield* this.#loseOrder();
      yield* this.#delivered(rows);
      if (this.#isAscending) yield* this.#checkpoint();
    }
  }

  /** Slices are delivered in order, each whole. */
  async *#inSlices({ length, workers }: SliceOptions): AsyncGenerator<StreamItem, void> {
    const slices = inOrder(this.#position.slices(length), {
      workers,
      hasRoom: hasRoomForRows,
      read: async (range) => {
        const rows = await gathered(this.#asked(range));
        // Of a server that gives more than it was asked for, every slice takes its own.
        return { kind: 'result', result: rows.filter((row) => this.#position.isIn(row, range)) };
      },
    });
    for await (const rows of slices) {
      yield* this.#delivered(rows);
      yield* this.#checkpoint();
    }
  }

  /** The pages of a range, with a warning where a row that moves meanwhile may push another to one that was read. */
  async *#asked(range: CursorRange): AsyncGenerator<readonly JsonObject[], void> {
    const pages = this.#read(range);
    let isFirst = true;
    for await (const rows of pages) {
      if (!isFirst && rows.length > 0 && this.#isAscending && isCounted(pages)) {
        this.#warn(
          `The pages of stream "${this.#position.name}" are counted, and its rows come in the order of "${this.#position.field}": one that changes meanwhile moves to the end, and pushes another to a page that was read already, where it is missed. The source should go on after the last row (afterLast, sinceLast).`,
        );
      }
      isFirst = false;
      yield rows;
    }
  }

  async *#delivered(rows: readonly JsonObject[]): AsyncGenerator<StreamItem, void> {
    const fresh = rows.filter((row) => this.#position.take(row));
    if (fresh.some((row) => this.#position.valueOf(row) === undefined)) {
      this.#warn(
        `Some rows of stream "${this.#position.name}" have no "${this.#position.field}": they come again in every sync that shows them.`,
      );
    }
    if (fresh.length === 0) return;
    this.#isCheckpointed = false;
    for await (const records of this.#deliver(fresh)) yield { records };
  }

  /** Takes back what was checkpointed too early, before what comes late is delivered. */
  *#loseOrder(): Generator<StreamItem, void> {
    this.#isAscending = false;
    this.#warn(
      `The rows of stream "${this.#position.name}" do not come in the order of "${this.#position.field}", as declared: should this read be interrupted, the next begins where this one did.`,
    );
    if (this.#isCheckpointed) yield { checkpoint: this.#state(this.#base), takesBack: true };
    this.#isCheckpointed = false;
  }

  /** Where something was delivered since the last one. */
  *#checkpoint(): Generator<StreamItem, void> {
    if (this.#isCheckpointed) return;
    this.#isCheckpointed = true;
    this.#position.settle();
    yield { checkpoint: this.#state(this.#position.cursor) };
  }

  #state(cursor: CursorValue | undefined): JsonObject | (() => JsonObject) {
    return this.#position.state(cursor, this.#maxCharacters, (count) => {
      this.#warn(
        `The state of stream "${this.#position.name}" would be too large: ${count} records or more come again in the next sync.`,
      );
    });
  }
}
