import type { AirbyteStream, JsonObject } from '../src/protocol';
import { NO_STATE, type OpenRequest, type ReadContext, type Stream, type StreamItem } from '../src/source';
import { cursorKind } from './cursor-kind';
import { CursorPosition, type CursorRules } from './cursor-position';
import { CursorRead } from './cursor-read';
import type { CursorOptions, Deliver, StreamOptions } from './stream-options';

/**
 * A stream that is read as a whole or, with a cursor, incrementally. After a checkpoint nothing before it is needed any
 * more: killed at any point, the next read goes on from the last one with nothing lost. Rows that it is shown again,
 * because they lie at the edge or in the lookback, are known by their keys and don't come twice.
 */
export function stream(options: StreamOptions): Stream {
  return rowStream(options, { descriptor: describe(options), stateKey: options.cursor?.field }, ownRows);
}

// eslint-disable-next-line @typescript-eslint/require-await -- as Deliver
async function* ownRows(rows: readonly JsonObject[]): AsyncGenerator<readonly JsonObject[], void> {
  yield rows;
}

/** What discover says of a stream of rows. */
export function describe({ name, schema, primaryKey, cursor }: Omit<StreamOptions, 'read'>): AirbyteStream {
  const source_defined_primary_key = primaryKey.map((field) => [field]);
  const base = { name, json_schema: schema, ...(primaryKey.length === 0 ? {} : { source_defined_primary_key }) };
  if (cursor === undefined) return { ...base, supported_sync_modes: ['full_refresh'] };
  return {
    ...base,
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: [cursor.field],
    is_resumable: true,
  };
}

/** A stream that follows rows and delivers them, or what lies below them. */
export function rowStream(
  options: StreamOptions,
  { descriptor, stateKey }: { readonly descriptor: AirbyteStream; readonly stateKey: string | undefined },
  deliver: Deliver,
): Stream {
  const { cursor } = options;
  if (cursor === undefined || stateKey === undefined) {
    return { descriptor, open: () => (context) => readAll(options, deliver, context) };
  }
  const rules = rulesOf(options, cursor, { stream: descriptor.name, stateKey });
  return {
    descriptor,
    open: ({ state }: OpenRequest) => {
      const position = new CursorPosition(rules, state);
      return (context) => new CursorRead({ options, cursor, position, deliver, context }).items();
    },
  };
}

async function* readAll(
  options: StreamOptions,
  deliver: Deliver,
  context: ReadContext,
): AsyncGenerator<StreamItem, void> {
  for await (const rows of options.read({ from: undefined, to: undefined }, context)) {
    for await (const records of deliver(rows, context)) yield { records };
  }
  yield { checkpoint: NO_STATE };
}

function rulesOf(
  { schema, primaryKey, now = Date.now }: StreamOptions,
  { field, start, lookback = 0, slices }: CursorOptions,
  names: { readonly stream: string; readonly stateKey: string },
): CursorRules {
  const kind = cursorKind(schema, field);
  if (start !== undefined && !kind.isValue(start))
    throw new Error(`The start of "${field}" must be ${kind.description}.`);
  if (slices !== undefined && kind.limit(0) === undefined)
    throw new Error(`"${field}" is no time: it can't be sliced.`);
  return { ...names, field, kind, start, lookback, primaryKey, limit: () => kind.limit(now()) };
}
