import { isJsonObject } from '../src/json-text';
import type { AirbyteStream, JsonObject } from '../src/protocol';
import { NO_STATE, type ReadContext, type Stream, type StreamItem } from '../src/source';
import {
  authorError,
  cursorKind,
  type AnyCursorKind,
  type CursorKind,
  type CursorScale,
  type CursorValueOf,
} from './cursor-kind';
import { CursorPosition, type CursorRules, type ReadRange } from './cursor-position';
import { CursorRead, type Deliver, type ReadRows, type SliceOptions } from './cursor-read';
import { gathered, hasRoomForRows, inOrder } from './in-order';

/** How a stream goes forward. */
export interface CursorOptions<Kind extends AnyCursorKind = AnyCursorKind> {
  /** The field of the rows, declared in the schema. */
  readonly field: string;
  /**
   * What its values are, which says how they are compared and what type they have in `start` and `read`. Left out, the
   * schema of the field decides: `date-time` and `date` where its format is, `number` where its type is, else `text`.
   * Numbers that are times have to be called `epoch-seconds` or `epoch-milliseconds`.
   */
  readonly kind?: Kind;
  /** Where a first read begins. Left out: with everything. */
  readonly start?: CursorValueOf<Kind> | undefined;
  /**
   * `ascending`: the API gives rows in the order of the cursor, so every page can be followed by a checkpoint. This is
   * checked: where a row breaks it, the checkpoint goes back to where it is safe, and waits for the end. Only a
   * read that is killed before such a row comes can lose it.
   * `none`: checkpoints only at the end of the read, or of a slice.
   */
  readonly order: 'ascending' | 'none';
  /**
   * How far before the cursor rows may still appear or change: in ms for all times, in units for numbers. Defaults to 0.
   * Refused for texts.
   */
  readonly lookback?: number;
  /** Cuts a range of times, from `start` on, and reads several slices at a time. Refused for what is no time. */
  readonly slices?: SliceOptions;
}

/** A stream of rows that an API lists. */
export interface StreamOptions<Kind extends AnyCursorKind = AnyCursorKind> {
  readonly name: string;
  /** JSON Schema of a row, with every field declared: the platform drops others. */
  readonly schema: JsonObject;
  /** Fields that tell rows apart. */
  readonly primaryKey: readonly string[];
  /** Asks for a range, page by page. Without a cursor the range is everything. */
  read(range: ReadRange<CursorValueOf<Kind>>, context: ReadContext): AsyncIterable<readonly JsonObject[]>;
  /** Left out: the stream can only be read as a whole. */
  readonly cursor?: CursorOptions<Kind>;
  /** Epoch ms. Defaults to this machine's clock. */
  readonly now?: () => number;
}

/** A stream of what lies below the rows of another. */
export interface ChildStreamOptions<Kind extends AnyCursorKind = AnyCursorKind> {
  readonly name: string;
  /** JSON Schema of a child. `cursorField` need not be in it. */
  readonly schema: JsonObject;
  /** Fields that tell children apart, those of all parents. */
  readonly primaryKey: readonly string[];
  /** The rows above; the very options of their own stream, where they have one. */
  readonly parent: StreamOptions<Kind>;
  /** Asks for the children of one parent, page by page. Called for several parents at a time. */
  readonly children: (parent: JsonObject, context: ReadContext) => AsyncIterable<readonly JsonObject[]>;
  /**
   * The field of each child that gets its parent's cursor value, and the key of the state. Left out, or where the
   * parent has no cursor: the stream can only be read as a whole.
   */
  readonly cursorField?: string;
  /** How many parents' children are read at the same time. Defaults to 4. */
  readonly workers?: number;
}

/**
 * A stream that is read as a whole or, with a cursor, incrementally. After a checkpoint nothing before it is needed any
 * more: killed at any point, the next read goes on from the last one with nothing lost. Rows that are returned again,
 * because they lie at the edge or in the lookback, are known by their keys and don't come twice unless they have changed.
 * @throws ConnectorError (system_error) for a cursor that can't be followed as it is described
 */
export function stream<Kind extends AnyCursorKind = AnyCursorKind>(options: StreamOptions<Kind>): Stream {
  return rowStream(options, describe(options, options.schema, options.cursor?.field), ownRows);
}

/**
 * A child stream. Incrementally it brings the children of those parents that have changed, all of them: so the API has
 * to show a change of a child in its parent's cursor. The position moves past a page of parents only when the children
 * of all of them were delivered.
 * @throws ConnectorError (system_error) for a parent's cursor that can't be followed as it is described
 */
export function childStream<Kind extends AnyCursorKind = AnyCursorKind>(options: ChildStreamOptions<Kind>): Stream {
  const { parent, children, schema, workers = 4 } = options;
  const field = parent.cursor?.field;
  const cursorField = field === undefined ? undefined : options.cursorField;
  const marked = cursorField === undefined ? schema : withColumn(schema, cursorField, propertyOf(parent));
  return rowStream(parent, describe(options, marked, cursorField), (parents, context) =>
    inOrder(parents, {
      workers,
      hasRoom: hasRoomForRows,
      read: async (row) => {
        const rows = await gathered(children(row, context));
        const isMarked = cursorField !== undefined && field !== undefined;
        return {
          kind: 'result',
          result: isMarked ? rows.map((child) => ({ ...child, [cursorField]: row[field] })) : rows,
        };
      },
    }),
  );
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

/** A stream that follows rows and delivers them, or what lies below them. */
function rowStream(options: StreamOptions, descriptor: AirbyteStream, deliver: Deliver): Stream {
  const { cursor, now = Date.now } = options;
  const read: ReadRows = (range, context) => options.read(range, context);
  const stateKey = descriptor.default_cursor_field?.[0];
  if (cursor === undefined || stateKey === undefined) {
    return { descriptor, open: () => (context) => readAll(read, deliver, context) };
  }
  const { order, slices } = cursor;
  const rules = { ...rulesOf(options, cursor), stream: descriptor.name, stateKey, now };
  return {
    descriptor,
    open: ({ state }) => {
      const position = new CursorPosition(rules, state);
      return (context) => new CursorRead({ order, slices, read, deliver, position, context }).items();
    },
  };
}

async function* readAll(read: ReadRows, deliver: Deliver, context: ReadContext): AsyncGenerator<StreamItem, void> {
  for await (const rows of read({ from: undefined, to: undefined }, context)) {
    for await (const records of deliver(rows, context)) yield { records };
  }
  yield { checkpoint: NO_STATE };
}

/** What a cursor's options come to. What would be ignored is refused. */
function rulesOf(
  { name, schema, primaryKey }: StreamOptions,
  cursor: CursorOptions,
): Pick<CursorRules, 'name' | 'field' | 'kind' | 'start' | 'lookback' | 'primaryKey'> {
  const { field, start, lookback = 0, slices } = cursor;
  const kind = cursorKind(name, schema, cursor);
  const { scale, description } = kind;
  if (start !== undefined && !kind.isValue(start))
    throw authorError(name, `"start" is ${JSON.stringify(start)}, but its cursor "${field}" is ${description}`);
  if (!(lookback >= 0 && lookback < Infinity))
    throw authorError(name, `"lookback" is ${lookback}, where 0 or more is expected`);
  if (lookback > 0 && scale === undefined)
    throw authorError(
      name,
      `"lookback" is ${lookback}, but its cursor "${field}" is ${description}, which has no distances`,
    );
  if (slices !== undefined && scale?.isTime !== true)
    throw authorError(name, `it has "slices", but its cursor "${field}" is ${description}, which is no time`);
  if (slices !== undefined && scale !== undefined && !isSliceable(kind, scale, slices.length))
    throw authorError(name, `the length of its "slices" is ${slices.length} ms, in which "${field}" does not move on`);
  return { name, field, kind, start, lookback, primaryKey };
}

const isSliceable = (kind: CursorKind, scale: CursorScale, length: number): boolean =>
  length > 0 && length < Infinity && kind.compare(scale.fromNumber(0), scale.fromNumber(length)) < 0;

function propertyOf({ schema, cursor }: StreamOptions): unknown {
  const { properties } = schema;
  return isJsonObject(properties) && cursor !== undefined ? properties[cursor.field] : {};
}

function withColumn(schema: JsonObject, name: string, column: unknown): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return { ...schema, properties: { ...properties, [name]: properties[name] ?? column } };
}
