import type { JsonObject } from '../src/protocol';
import type { ReadContext, StreamItem } from '../src/source';
import type { CursorValue } from './cursor-kind';
import type { CursorPosition } from './cursor-position';
import { gathered, sliced, timeSlices, unsliced, type Batch } from './slices';
import type { CursorOptions, Deliver, StreamOptions } from './stream-options';

/** One read by a cursor. */
export interface CursorReadOptions {
  readonly options: StreamOptions;
  readonly cursor: CursorOptions;
  readonly position: CursorPosition;
  readonly deliver: Deliver;
  readonly context: ReadContext;
}

/** Takes batches of rows in, delivers what is new in them, and makes a checkpoint wherever one is safe. */
export class CursorRead {
  readonly #read: CursorReadOptions;
  /** Everything before it was delivered, in whichever order rows come. */
  #base: CursorValue | undefined;
  #isAscending: boolean;
  #isCheckpointed = false;
  readonly #warned = new Set<string>();

  constructor(read: CursorReadOptions) {
    this.#read = read;
    this.#base = read.position.cursor;
    this.#isAscending = read.cursor.order === 'ascending';
  }

  /** The items of the read. */
  async *items(): AsyncGenerator<StreamItem, void> {
    if (this.#base !== undefined) yield { startFrom: this.#state(this.#base) };
    for await (const batch of this.#batches()) {
      yield* this.#delivered(batch);
      if (!batch.endsSlice && !this.#isAscending) continue;
      if (batch.endsSlice) this.#base = this.#read.position.cursor;
      yield this.#checkpoint();
    }
    if (!this.#isCheckpointed) yield this.#checkpoint();
  }

  #batches(): AsyncIterable<Batch> {
    const { options, cursor, context, position } = this.#read;
    const { from } = position;
    const { now = Date.now, read } = options;
    if (cursor.slices === undefined || from === undefined) return unsliced(read({ from, to: undefined }, context));
    return sliced(timeSlices(from, cursor.slices, now()), cursor.slices.workers, async (range) => {
      const rows = await gathered(read(range, context));
      // Of a server that gives more than it was asked for, every slice takes its own.
      return rows.filter((row) => {
        const value = position.valueOf(row);
        return !position.isBefore(value, range.from) && (range.to === undefined || position.isBefore(value, range.to));
      });
    });
  }

  async *#delivered({ rows, endsSlice }: Batch): AsyncGenerator<StreamItem, void> {
    const { position, deliver, context } = this.#read;
    if (this.#isAscending && !endsSlice && !this.#comesInOrder(rows)) yield* this.#loseOrder();
    const fresh = rows.filter((row) => position.take(row));
    if (fresh.some((row) => position.valueOf(row) === undefined)) this.#warnOfUndated();
    if (fresh.length === 0) return;
    this.#isCheckpointed = false;
    for await (const records of deliver(fresh, context)) yield { records };
  }

  /** Whether no row lies before what a read that went on from the rows before it would ask for. */
  #comesInOrder(rows: readonly JsonObject[]): boolean {
    const { position } = this.#read;
    let highest = position.cursor;
    return rows.every((row) => {
      const value = position.valueOf(row);
      const isInOrder =
        !position.isBefore(value, position.resumesAt(highest)) || position.isBefore(value, position.from);
      if (position.isBefore(highest, value)) highest = value;
      return isInOrder;
    });
  }

  /** Takes back what was checkpointed too early, before what comes late is delivered. */
  *#loseOrder(): Generator<StreamItem, void> {
    const { cursor, context, options } = this.#read;
    this.#isAscending = false;
    context.log(
      'WARN',
      `The rows of stream "${options.name}" do not come in the order of "${cursor.field}", as declared: should this read be interrupted, the next begins where this one did.`,
    );
    if (this.#isCheckpointed) yield { checkpoint: this.#state(this.#base) };
    this.#isCheckpointed = false;
  }

  #checkpoint(): StreamItem {
    this.#isCheckpointed = true;
    this.#read.position.settle();
    return { checkpoint: this.#state(this.#read.position.cursor) };
  }

  #state(cursor: CursorValue | undefined): JsonObject {
    return this.#read.position.state(cursor, (count) => {
      this.#warn(
        `The state of stream "${this.#read.options.name}" would be too large: ${count} records or more come again in the next sync.`,
      );
    });
  }

  #warnOfUndated(): void {
    const { options, cursor } = this.#read;
    this.#warn(
      `Some rows of stream "${options.name}" have no "${cursor.field}": they come again in every sync that shows them.`,
    );
  }

  #warn(message: string): void {
    const kind = message.replace(/\d+/g, '');
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#read.context.log('WARN', message);
  }
}
