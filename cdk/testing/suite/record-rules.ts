import { compileSchema, stepsOf, valueAt, type Validator } from '../../define/validator';
import { isJsonObject } from '../../src/json-text';
import type { AirbyteStream, JsonObject } from '../../src/protocol';

/** How many problems are reported: one row is like the next. */
const MOST = 5;

/** Where records are not as their stream says. Empty: nowhere. */
export async function recordProblems(
  stream: AirbyteStream,
  records: readonly JsonObject[],
): Promise<readonly string[]> {
  const isRecord = await compileSchema<JsonObject>(stream.json_schema, { allErrors: true });
  const problems = new Set<string>();
  for (const record of records) {
    for (const problem of problemsOf(stream, record, isRecord)) problems.add(`Stream ${stream.name}: ${problem}`);
    if (problems.size >= MOST) break;
  }
  return [...problems];
}

function problemsOf(
  { json_schema: schema, source_defined_primary_key: key = [] }: AirbyteStream,
  record: JsonObject,
  isRecord: Validator<JsonObject>,
): readonly string[] {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const undeclared = Object.keys(record).filter((field) => !Object.hasOwn(properties, field));
  const unset = key.filter((path) => (valueAt(record, path) ?? null) === null);
  return [
    ...violationsOf(record, isRecord).slice(0, 1),
    ...undeclared.map((field) => `a record has the field "${field}", which is not declared: the platform drops it.`),
    ...unset.map((path) => `a record has no "${path.join('.')}", which is of the primary key.`),
  ];
}

/** Null is the same as absent, unless the schema allows it. */
function violationsOf(record: JsonObject, isRecord: Validator<JsonObject>): readonly string[] {
  const withoutNulls = structuredClone(record);
  if (!isRecord(record)) {
    for (const path of (isRecord.errors ?? []).map(({ instancePath }) => stepsOf(instancePath))) {
      const parent = valueAt(withoutNulls, path.slice(0, -1));
      if (isJsonObject(parent) && valueAt(parent, path.slice(-1)) === null)
        Reflect.deleteProperty(parent, path.at(-1) ?? '');
    }
  }
  const errors = isRecord(withoutNulls) ? [] : (isRecord.errors ?? []);
  return errors.map(({ keyword, instancePath, params: { missingProperty } }) => {
    const missing = typeof missingProperty === 'string' ? [missingProperty] : [];
    return `a record breaks "${keyword}" at "${[...stepsOf(instancePath), ...missing].join('.')}".`;
  });
}

/** What tells one version of a record from all others: its primary key and its cursor; without a key all of it. */
export function identityOf(stream: AirbyteStream, record: JsonObject): string {
  const { source_defined_primary_key: key = [], default_cursor_field: cursor } = stream;
  if (key.length === 0) return JSON.stringify(record);
  return JSON.stringify(
    [...key, ...(cursor === undefined ? [] : [cursor])].map((path) => valueAt(record, path) ?? null),
  );
}
