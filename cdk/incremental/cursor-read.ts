import type { JsonObject } from '../src/protocol';
import type { StateOrMaker, StreamItem } from '../src/source';
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
  readonly cursor: { readonly order: 'ascending' | 'none'; readonly slices?: SliceOptions };
  readonly read: ReadRows;
  readonly deliver: Deliver;
  readonly position: CursorPosition;
  /** Of the rows that a state names. */
  readonly maxCharacters: number;
  /** Called with the same words once. */
  readonly warn: (message: string) => void;
}

/** The items of a read: takes pages and slices in, delivers what is new in them, and makes a checkpoint wherever one is safe. */
export async function* cursorRead(options: CursorReadOptions): AsyncGenerator<StreamItem, void> {
  const { cursor, read, deliver, position, maxCharacters, warn } = options;
  const { name, field, from } = position;
  /** Everything before it was delivered when the read began. */
  const base = position.cursor;
  let isAscending = cursor.order === 'ascending';
  let isCheckpointed = false;

  const stateAt = (value: CursorValue | undefined): StateOrMaker =>
    position.state(value, maxCharacters, (count) => {
      warn(`The state of stream "${name}" would be too large: ${count} records or more come again in the next sync.`);
    });
  /** The pages of a range, with a warning where a row that moves meanwhile may push another to one that was read. */
  async function* asked(range: CursorRange): AsyncGenerator<readonly JsonObject[], void> {
    const pages = read(range);
    let isFirst = true;
    for await (const rows of pages) {
      if (!isFirst && rows.length > 0 && isAscending && isCounted(pages)) {
        warn(
          `The pages of stream "${name}" are counted, and its rows come in the order of "${field}": one that changes meanwhile moves to the end, and pushes another to a page that was read already, where it is missed. The source should go on after the last row (afterLast, sinceLast).`,
        );
      }
      isFirst = false;
      yield rows;
    }
  }
  /** Takes back what was checkpointed too early, before what comes late is delivered. */
  function* loseOrder(): Generator<StreamItem, void> {
    isAscending = false;
    warn(
      `The rows of stream "${name}" do not come in the order of "${field}", as declared: should this read be interrupted, the next begins where this one did.`,
    );
    if (isCheckpointed) yield { checkpoint: stateAt(base), takesBack: true };
    isCheckpointed = false;
  }
  async function* delivered(rows: readonly JsonObject[]): AsyncGenerator<StreamItem, void> {
    const fresh = rows.filter((row) => position.take(row));
    if (fresh.some((row) => position.valueOf(row) === undefined)) {
      warn(`Some rows of stream "${name}" have no "${field}": they come again in every sync that shows them.`);
    }
    if (fresh.length === 0) return;
    isCheckpointed = false;
    for await (const records of deliver(fresh)) yield { records };
  }
  /** Where something was delivered since the last one. */
  function* checkpoint(): Generator<StreamItem, void> {
    if (isCheckpointed) return;
    isCheckpointed = true;
    position.settle();
    yield { checkpoint: stateAt(position.cursor) };
  }

  if (base !== undefined) yield { startFrom: stateAt(base) };
  const isSliced = cursor.slices !== undefined && from !== undefined;
  for await (const rows of isSliced ? slicesOf(cursor.slices, position, asked) : asked({ from, to: undefined })) {
    if (!isSliced && isAscending && !position.isAscending(rows)) yield* loseOrder();
    yield* delivered(rows);
    if (isSliced || isAscending) yield* checkpoint();
  }
  yield* checkpoint();
}

/** The rows of slices, in order, each whole. */
function slicesOf(
  { length, workers }: SliceOptions,
  position: CursorPosition,
  read: ReadRows,
): AsyncIterable<readonly JsonObject[]> {
  return inOrder(position.slices(length), {
    workers,
    hasRoom: hasRoomForRows,
    // Of a server that gives more than it was asked for, every slice takes its own.
    read: async (range) => ({
      kind: 'result',
      result: (await gathered(read(range))).filter((row) => position.isIn(row, range)),
    }),
  });
}
