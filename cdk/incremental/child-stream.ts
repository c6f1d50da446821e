import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import type { ReadContext, Stream } from '../src/source';
import { inOrder } from './in-order';
import { gathered, hasRoomForRows } from './slices';
import { describe, rowStream } from './stream';
import type { StreamOptions } from './stream-options';

/** A stream of what lies below the rows of another. */
export interface ChildStreamOptions {
  readonly name: string;
  /** JSON Schema of a child. `cursorField` need not be in it. */
  readonly schema: JsonObject;
  /** Fields that tell children apart, those of all parents. */
  readonly primaryKey: readonly string[];
  /** The rows above; the very options of their own stream, where they have one. */
  readonly parent: StreamOptions;
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
 * A child stream. Incrementally it brings the children of those parents that have changed, all of them: so the API has
 * to show a change of a child in its parent's cursor. The position moves behind a page of parents only when the children
 * of all of them were delivered.
 */
export function childStream(options: ChildStreamOptions): Stream {
  const { name, parent, primaryKey, cursorField, children, workers = 4 } = options;
  const cursor = cursorField === undefined ? undefined : parent.cursor;
  const field = parent.cursor?.field;
  const childCursor = cursor === undefined || cursorField === undefined ? undefined : { ...cursor, field: cursorField };
  const descriptor = describe({
    name,
    primaryKey,
    schema:
      childCursor === undefined ? options.schema : withColumn(options.schema, childCursor.field, propertyOf(parent)),
    ...(childCursor === undefined ? {} : { cursor: childCursor }),
  });
  return rowStream(parent, { descriptor, stateKey: childCursor?.field }, (parents, context) =>
    inOrder(parents, {
      workers,
      hasRoom: hasRoomForRows,
      read: async (row) => {
        const rows = await gathered(children(row, context));
        const isMarked = childCursor !== undefined && field !== undefined;
        return {
          kind: 'result',
          result: isMarked ? rows.map((child) => ({ ...child, [childCursor.field]: row[field] })) : rows,
        };
      },
    }),
  );
}

function propertyOf({ schema, cursor }: StreamOptions): unknown {
  const { properties } = schema;
  return isJsonObject(properties) && cursor !== undefined ? properties[cursor.field] : {};
}

function withColumn(schema: JsonObject, name: string, column: unknown): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return { ...schema, properties: { ...properties, [name]: properties[name] ?? column } };
}
