import { isJsonObject } from '../json-text';
import type { AirbyteStream } from '../protocol';
import type { OpenRequest } from '../source';

/** Which columns of a stream are to be written. */
export interface ColumnSelection {
  /** As {@link OpenRequest.columns}. */
  readonly columns: readonly string[] | undefined;
  /** The declared columns that are not. */
  readonly leftOut: readonly string[];
}

/**
 * What a configured catalog selects of a stream's columns (Airbyte's column selection): those in the properties of its
 * schema. Cursor and primary key are always among them, names that the stream does not declare never; without properties
 * all columns are selected.
 * @param configured the schema in the configured catalog
 * @param chosen the cursor and key of the user, which count where the stream leaves the choice
 */
export function selectColumns(
  stream: AirbyteStream,
  configured: unknown,
  chosen: Pick<OpenRequest, 'cursorField' | 'primaryKey'>,
): ColumnSelection {
  const declared = propertiesOf(stream.json_schema);
  const selected = propertiesOf(configured);
  const needed = neededColumns(stream, chosen);
  const leftOut = declared.filter((name) => !selected.includes(name) && !needed.includes(name));
  if (selected.length === 0 || leftOut.length === 0) return { columns: undefined, leftOut: [] };
  const columns = new Set([...declared.filter((name) => !leftOut.includes(name)), ...needed]);
  return { columns: [...columns], leftOut };
}

function propertiesOf(schema: unknown): readonly string[] {
  const properties: unknown = isJsonObject(schema) ? schema['properties'] : undefined;
  return isJsonObject(properties) ? Object.keys(properties) : [];
}

/** The columns that hold the cursor and the primary key. */
function neededColumns(
  stream: AirbyteStream,
  { cursorField, primaryKey }: Pick<OpenRequest, 'cursorField' | 'primaryKey'>,
): readonly string[] {
  const ownCursor = stream.default_cursor_field;
  const cursor = stream.source_defined_cursor === true ? ownCursor : (cursorField ?? ownCursor);
  const paths = [cursor ?? [], ...(stream.source_defined_primary_key ?? primaryKey ?? [])];
  return paths.flatMap((path) => path.slice(0, 1));
}
