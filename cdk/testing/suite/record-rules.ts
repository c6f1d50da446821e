import { schemaViolation } from '../../define/schema-violation';
import { isJsonObject } from '../../src/json-text';
import type { AirbyteStream, JsonObject } from '../../src/protocol';

/** How many problems are told: one row is like the next. */
const MOST = 5;

/** Where records are not as their stream says. Empty: nowhere. */
export function recordProblems(stream: AirbyteStream, records: readonly JsonObject[]): readonly string[] {
  const problems = new Set<string>();
  for (const record of records) {
    for (const problem of problemsOf(stream, record)) problems.add(`Stream ${stream.name}: ${problem}`);
    if (problems.size >= MOST) break;
  }
  return [...problems];
}

function problemsOf(
  { json_schema: schema, source_defined_primary_key: key = [] }: AirbyteStream,
  record: JsonObject,
): readonly string[] {
  const violation = schemaViolation(schema, record);
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const undeclared = Object.keys(record).filter((field) => !Object.hasOwn(properties, field));
  const unset = key.filter((path) => (fieldOf(record, path) ?? null) === null);
  return [
    ...(violation === undefined ? [] : [`a record breaks "${violation.keyword}" at "${violation.path.join('.')}".`]),
    ...undeclared.map((field) => `a record has the field "${field}", which is not declared: the platform drops it.`),
    ...unset.map((path) => `a record has no "${path.join('.')}", which is of the primary key.`),
  ];
}

/** What tells one version of a record from all others: its primary key and its cursor; without a key all of it. */
export function identityOf(stream: AirbyteStream, record: JsonObject): string {
  const { source_defined_primary_key: key = [], default_cursor_field: cursor } = stream;
  if (key.length === 0) return JSON.stringify(record);
  return JSON.stringify(
    [...key, ...(cursor === undefined ? [] : [cursor])].map((path) => fieldOf(record, path) ?? null),
  );
}

function fieldOf(record: JsonObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), record);
}
