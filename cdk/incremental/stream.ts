import type { PageContext } from '../http/http-client';
import { isJsonObject } from '../src/json-text';
import type { AirbyteStream, JsonObject } from '../src/protocol';
import { NO_STATE, type ReadContext, type Stream, type StreamItem } from '../src/source';
import {
  authorError,
  columnOf,
  cursorKind,
  type AnyCursorKind,
  type CursorKind,
  type CursorScale,
  type CursorValue,
  type CursorValueOf,
} from './cursor-kind';
import { CursorPosition, type CursorRange } from './cursor-position';
import { cursorRead, type Deliver, type ReadRows, type SliceOptions } from './cursor-read';
import { MAX_ID_CHARACTERS } from './delivered-ids';
import { gathered, hasRoomForRows, inOrder } from './in-order';
import {
  keysFor,
  readPartitions,
  savedPartitions,
  sharedRead,
  Skips,
  type Missing,
  type PartitionKey,
  type Partitions,
} from './partitions';

/** How a stream goes forward. */
export interface CursorOptions<Kind extends AnyCursorKind = AnyCursorKind> {
  /** The field of the rows, declared in the schema. */
  readonly field: string;
  /**
   * What its values are. Left out, the schema of the field decides: `date-time` and `date` where its format is, `number`
   * where its type is, else `text`. Numbers that are times have to be called `epoch-seconds` or `epoch-milliseconds`.
   */
  readonly kind?: Kind;
  /** Where a first read begins. Left out: with everything. */
  readonly start?: CursorValueOf<Kind> | undefined;
  /**
   * `ascending`: the API gives rows in the order of the cursor, so there are checkpoints after pages. Where a row breaks it,
   * the checkpoint goes back and waits for the end: only a read that is killed before such a row comes can lose it.
   * `none`: checkpoints only at the end of the read, or of a slice.
   */
  readonly order: 'ascending' | 'none';
  /** How far before the cursor rows may still appear or change: in ms for times, in units for numbers. Defaults to 0. */
  readonly lookback?: number;
  /** Cuts a range of times, from `start` on, and reads several slices at a time. */
  readonly slices?: SliceOptions;
}

/**
 * What a stream's `read` is to ask for: rows with `from <= cursor < to`, in the form of the cursor's kind, `date-time` as
 * ISO 8601 in UTC with ms. To ask for more does no harm.
 */
export interface ReadRange<Value extends CursorValue = CursorValue, Key = undefined> extends CursorRange<Value> {
  /** Of which rows are asked for; undefined where the stream has no partitions. */
  readonly partition: Key;
}

/** A stream of rows that an API lists. `Row` is what a row is to `children` and `keysOf`. */
export interface StreamOptions<
  Row extends object = JsonObject,
  Kind extends AnyCursorKind = AnyCursorKind,
  Key extends PartitionKey | undefined = undefined,
> {
  readonly name: string;
  /** JSON Schema of a row, with every field declared: the platform drops others. That of a child need not have `cursorField`. */
  readonly schema: JsonObject;
  /** Fields that tell rows apart, those of all partitions. */
  readonly primaryKey: readonly string[];
  /** Asks for a range, page by page. Without a cursor the range is everything. */
  read(range: ReadRange<CursorValueOf<Kind>, Key>, context: PageContext): AsyncIterable<readonly (Row & JsonObject)[]>;
  /** Left out: the stream can only be read as a whole. */
  readonly cursor?: CursorOptions<Kind>;
  /**
   * What is read one by one, each with a cursor of its own: one that is new begins at the start, one that is gone is
   * forgotten. Left out: the stream is one list.
   */
  readonly partitions?: Partitions<Key>;
  /** What becomes of a partition, or of a parent of children, that answers 403, 404 or 410. Defaults to `fail`. */
  readonly missing?: Missing;
  /** How many partitions, or parents, are read at the same time; of each partition one page is held. Defaults to 4. */
  readonly workers?: number;
  /** Epoch ms. Defaults to this machine's clock. */
  readonly now?: () => number;
}

/** A stream of what lies below the rows of another: the schema and the key are those of a child. */
export interface ChildStreamOptions<
  Row extends object = JsonObject,
  Kind extends AnyCursorKind = AnyCursorKind,
  Key extends PartitionKey | undefined = undefined,
> extends Pick<StreamOptions, 'name' | 'schema' | 'primaryKey' | 'missing' | 'workers'> {
  /** The rows above; the very options of their own stream, where they have one. */
  readonly parent: StreamOptions<Row, Kind, Key>;
  /** Asks for the children of one parent, page by page. Called for several parents at a time. */
  children(parent: Row & JsonObject, context: PageContext): AsyncIterable<readonly JsonObject[]>;
  /**
   * The field of each child that gets its parent's cursor value, and the key of the state. Left out, or where the
   * parent has no cursor: the stream can only be read as a whole.
   */
  readonly cursorField?: string;
}

/** Any stream; `read` and `children` are methods, so that these are assignable. */
type AnyStreamOptions = StreamOptions<object, AnyCursorKind, PartitionKey | undefined>;
type AnyChildStreamOptions = ChildStreamOptions<object, AnyCursorKind, PartitionKey | undefined>;

/**
 * A stream that is read as a whole or, with a cursor, incrementally. After a checkpoint nothing before it is needed any
 * more: killed at any point, the next read goes on from the last one with nothing lost. Rows that are returned again,
 * because they lie at the edge or in the lookback, are known by their keys and don't come twice unless they have changed.
 * @throws ConnectorError (system_error) for what can't be read as it is described, or would be ignored
 */
export function stream<Row extends object, Kind extends AnyCursorKind, Key extends PartitionKey | undefined>(
  options: StreamOptions<Row, Kind, Key>,
): Stream {
  return rowStream(options, describe(options, options.schema, options.cursor?.field), () => ownRows);
}

/**
 * A child stream. Incrementally it brings the children of those parents that have changed, all of them: so the API has
 * to show a change of a child in its parent's cursor. The position moves past a page of parents only when the children
 * of all of them were delivered.
 * @throws ConnectorError (system_error) for a parent that can't be read as it is described
 */
export function childStream<Row extends object, Kind extends AnyCursorKind, Key extends PartitionKey | undefined>(
  options: ChildStreamOptions<Row, Kind, Key>,
): Stream {
  const any: AnyChildStreamOptions = options;
  const { parent, schema, missing, workers = 4 } = any;
  const field = parent.cursor?.field;
  const cursorField = field === undefined ? undefined : options.cursorField;
  const isMarked = cursorField !== undefined && field !== undefined;
  const marked = isMarked ? withColumn(schema, cursorField, columnOf(parent.name, parent.schema, field)) : schema;
  return rowStream(
    parent,
    describe(options, marked, cursorField),
    (context, skips) => (parents) =>
      inOrder(parents, {
        workers,
        hasRoom: hasRoomForRows,
        read: async (row) => {
          const rows = await gathered(skips.over(any.children(row, { ...context, missing }), missing));
          return {
            kind: 'result',
            result: isMarked ? rows.map((child) => ({ ...child, [cursorField]: row[field] })) : rows,
          };
        },
      }),
  );
}

/**
 * Partitions that are the rows of another stream, which may have partitions of its own. Its rows are read as a whole, once
 * in a sync, however many streams the result is handed to: only the keys stay in memory. Made before these streams, it
 * types their `partition`.
 * @param key of a row
 */
export function keysOf<Row extends object, Key extends PartitionKey>(
  parent: StreamOptions<Row, AnyCursorKind, PartitionKey | undefined>,
  key: (row: Row & JsonObject) => Key,
): Partitions<Key> {
  const { name, partitions, missing } = parent;
  const read = async (context: ReadContext): Promise<readonly Key[]> => {
    const skips = new Skips(name, context);
    const keys: Key[] = [];
    for (const partition of partitions === undefined ? [undefined] : keysFor(name, await partitions(context))) {
      const pages = parent.read({ from: undefined, to: undefined, partition }, { ...context, missing });
      for await (const rows of skips.over(pages, missing)) for (const row of rows) keys.push(key(row));
    }
    skips.report();
    return keys;
  };
  const syncs = new WeakMap<AbortSignal, Promise<readonly Key[]>>();
  return async (context) => {
    const keys = syncs.get(context.signal) ?? read(context);
    syncs.set(context.signal, keys);
    try {
      return await keys;
    } catch (error) {
      // The next stream tries again.
      syncs.delete(context.signal);
      throw error;
    }
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- as Deliver
async function* ownRows(rows: readonly JsonObject[]): AsyncGenerator<readonly JsonObject[], void> {
  yield rows;
}

/** What discover says of a stream. */
function describe(
  { name, primaryKey }: Pick<StreamOptions, 'name' | 'primaryKey'>,
  schema: JsonObject,
  cursorField: string | undefined,
): AirbyteStream {
  for (const field of primaryKey) columnOf(name, schema, field, 'primary key');
  const source_defined_primary_key = primaryKey.map((field) => [field]);
  const base = { name, json_schema: schema, ...(primaryKey.length === 0 ? {} : { source_defined_primary_key }) };
  if (cursorField === undefined) return { ...base, supported_sync_modes: ['full_refresh'] };
  return {
    ...base,
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: [cursorField],
    is_resumable: true,
  };
}

/** The fewest characters of rows that the state of a partition may name, however many partitions there are. */
const FEWEST_CHARACTERS = 500;

/** A stream that follows rows and delivers them, or what lies below them. */
function rowStream(
  options: AnyStreamOptions,
  descriptor: AirbyteStream,
  deliverFor: (context: ReadContext, skips: Skips) => Deliver,
): Stream {
  const { cursor, partitions, missing, workers } = options;
  if (partitions === undefined && (missing ?? workers) !== undefined)
    throw authorError(options.name, 'it has "missing" or "workers", but no "partitions"');
  const positionOf = positions(options, descriptor);
  const read = sharedRead(options);
  return {
    descriptor,
    open: ({ state }) => {
      const single = partitions === undefined ? positionOf(state) : undefined;
      const saved = savedPartitions(descriptor.name, partitions === undefined ? undefined : state);
      const known = new Map([...saved].map(([name, own]) => [name, positionOf(own)]));
      return async function* (context) {
        const skips = new Skips(descriptor.name, context);
        const deliver = deliverFor(context, skips);
        const warn = warner(context);
        const itemsOf = (position: CursorPosition | undefined, partition: PartitionKey | undefined, count: number) => {
          const readRows: ReadRows = ({ from, to }) => read({ from, to, partition }, { ...context, missing });
          if (cursor === undefined || position === undefined) return whole(readRows, deliver);
          const maxCharacters = Math.max(FEWEST_CHARACTERS, Math.floor(MAX_ID_CHARACTERS / count));
          return cursorRead({ cursor, read: readRows, deliver, position, maxCharacters, warn });
        };
        if (partitions === undefined) {
          yield* itemsOf(single, undefined, 1);
          if (single === undefined) yield { checkpoint: NO_STATE };
        } else {
          if (state !== undefined) yield { startFrom: state };
          const keys = keysFor(descriptor.name, await partitions(context));
          yield* readPartitions(keys, saved, workers ?? 4, (key) => {
            const position = known.get(JSON.stringify(key)) ?? positionOf(undefined);
            return skips.over(itemsOf(position, key, keys.length), missing);
          });
        }
        skips.report();
      };
    },
  };
}

/** Positions of a stream by their states; undefined where it has no cursor. What would be ignored of a cursor is refused. */
function positions(
  { name, schema, primaryKey, cursor, now = Date.now }: AnyStreamOptions,
  { name: stream, default_cursor_field: path }: AirbyteStream,
): (state: JsonObject | undefined) => CursorPosition | undefined {
  const stateKey = path?.[0];
  if (cursor === undefined || stateKey === undefined) return () => undefined;
  const { field, start, lookback = 0, slices } = cursor;
  for (const part of primaryKey) columnOf(name, schema, part, 'primary key');
  const kind = cursorKind(name, schema, cursor);
  const { scale, description } = kind;
  const its = `but its cursor "${field}" is ${description}`;
  if (start !== undefined && !kind.isValue(start))
    throw authorError(name, `"start" is ${JSON.stringify(start)}, ${its}`);
  if (!(lookback >= 0 && lookback < Infinity))
    throw authorError(name, `"lookback" is ${lookback}, where 0 or more is expected`);
  if (lookback > 0 && scale === undefined)
    throw authorError(name, `"lookback" is ${lookback}, ${its}, which has no distances`);
  if (slices !== undefined && scale?.isTime !== true)
    throw authorError(name, `it has "slices", ${its}, which is no time`);
  if (slices !== undefined && scale !== undefined && !isSliceable(kind, scale, slices.length))
    throw authorError(name, `the length of its "slices" is ${slices.length} ms, in which "${field}" does not move on`);
  const rules = { stream, name, stateKey, field, kind, start, lookback, primaryKey, now };
  return (state) => new CursorPosition(rules, state);
}

async function* whole(read: ReadRows, deliver: Deliver): AsyncGenerator<StreamItem, void> {
  for await (const rows of read({ from: undefined, to: undefined })) {
    for await (const records of deliver(rows)) yield { records };
  }
}

/** Logs warnings, those of the same words once. */
function warner({ log }: ReadContext): (message: string) => void {
  const logged = new Set<string>();
  return (message) => {
    const words = message.replace(/\d+/g, '');
    if (logged.has(words)) return;
    logged.add(words);
    log('WARN', message);
  };
}

const isSliceable = (kind: CursorKind, scale: CursorScale, length: number): boolean =>
  length > 0 && length < Infinity && kind.compare(scale.fromNumber(0), scale.fromNumber(length)) < 0;

function withColumn(schema: JsonObject, name: string, column: unknown): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return { ...schema, properties: { ...properties, [name]: properties[name] ?? column } };
}
