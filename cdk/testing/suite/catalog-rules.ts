import { isJsonObject } from '../../src/json-text';
import type { AirbyteCatalog, AirbyteStream, JsonObject } from '../../src/protocol';

/** What destinations don't understand in the schema of a record. */
const FORBIDDEN = ['$ref', 'allOf', 'not', 'definitions', '$defs'];

/** What is wrong with the answer of `discover`, keys and cursors aside. Empty: nothing. */
export function catalogProblems({ streams }: AirbyteCatalog): readonly string[] {
  const names = streams.map(({ namespace, name }) => JSON.stringify([namespace ?? null, name]));
  return [
    ...(streams.length === 0 ? ['There are no streams.'] : []),
    ...(new Set(names).size === names.length ? [] : ['Two streams have the same name.']),
    ...streams.flatMap((stream) => problemsOfStream(stream).map((problem) => `Stream ${stream.name}: ${problem}`)),
  ];
}

function problemsOfStream({ json_schema: schema, supported_sync_modes: modes }: AirbyteStream): readonly string[] {
  return [
    ...(isJsonObject(schema['properties']) ? [] : ['its schema declares no properties.']),
    ...forbiddenIn(schema).map((keyword) => `its schema uses "${keyword}".`),
    ...(modes.length === 0 ? ['it can be read in no sync mode.'] : []),
  ];
}

/** What is wrong with the primary key and the cursor of a stream. Empty: nothing. */
export function keyProblems(stream: AirbyteStream): readonly string[] {
  const { json_schema: schema, default_cursor_field: cursor, source_defined_primary_key: key = [] } = stream;
  const isIncremental = stream.supported_sync_modes.includes('incremental');
  const fields = [
    ...key.map((path) => ['primary key', path] as const),
    ...(cursor === undefined ? [] : [['cursor', cursor] as const]),
  ];
  const problems = [
    ...(isIncremental && stream.source_defined_cursor === true && cursor === undefined
      ? ['it has a cursor of its own and does not name it.']
      : []),
    ...fields
      .filter(([, path]) => fieldSchema(schema, path) === undefined)
      .map(([what, path]) => `its ${what} "${path.join('.')}" is not declared in its schema.`),
    ...key
      .filter((path) => typesOf(fieldSchema(schema, path)).some((type) => type === 'object' || type === 'array'))
      .map((path) => `its primary key "${path.join('.')}" is no scalar.`),
  ];
  return problems.map((problem) => `Stream ${stream.name}: ${problem}`);
}

function forbiddenIn(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(forbiddenIn);
  if (!isJsonObject(schema)) return [];
  return Object.entries(schema).flatMap(([keyword, child]) =>
    // Names of properties are no keywords.
    keyword === 'properties' && isJsonObject(child)
      ? Object.values(child).flatMap(forbiddenIn)
      : [...(FORBIDDEN.includes(keyword) ? [keyword] : []), ...forbiddenIn(child)],
  );
}

/** The schema of a field; undefined where it isn't declared. */
export function fieldSchema(schema: JsonObject, path: readonly string[]): JsonObject | undefined {
  return path.reduce<JsonObject | undefined>((place, key) => {
    const properties = place?.['properties'];
    const property: unknown = isJsonObject(properties) ? properties[key] : undefined;
    return isJsonObject(property) ? property : undefined;
  }, schema);
}

/** The types that a schema allows. */
function typesOf(schema: JsonObject | undefined): readonly unknown[] {
  const type = schema?.['type'];
  return Array.isArray(type) ? type : [type];
}
