import { isJsonObject } from '../json-text';
import type { JsonObject } from '../protocol';

/** Keywords whose schemas speak of the value itself. */
const OF_THE_VALUE = ['oneOf', 'anyOf', 'allOf', 'if', 'then', 'else', 'not'];
/** Keywords whose schemas, by the names of properties, speak of the value itself. */
const OF_THE_VALUE_BY_NAME = ['dependentSchemas', 'dependencies'];
/** Keywords whose schemas speak of items; of an array of schemas, each of the item at its place. */
const OF_ITEMS = ['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains'];
/** Keywords whose schemas speak of the properties that no other keyword names. */
const OF_OTHER_PROPERTIES = ['additionalProperties', 'unevaluatedProperties'];

/**
 * The secrets of a config: what the schema marks with `airbyte_secret: true`, with all that it holds, wherever it is
 * nested. In doubt, such as in every branch of a `oneOf`, a value is secret.
 * @param schema the spec's `connectionSpecification`
 * @param value the user's JSON as it was read, valid or not
 */
export function secretsOf(schema: unknown, value: unknown): readonly string[] {
  if (!isJsonObject(schema) || value === undefined || value === null) return [];
  if (schema['airbyte_secret'] === true) return scalarsOf(value);
  const inside = Array.isArray(value)
    ? value.flatMap((item: unknown, index) => schemasOfItem(schema, index).flatMap((each) => secretsOf(each, item)))
    : isJsonObject(value)
      ? Object.entries(value).flatMap(([key, child]) =>
          schemasOfProperty(schema, key).flatMap((each) => secretsOf(each, child)),
        )
      : [];
  return [...schemasOfValue(schema).flatMap((each) => secretsOf(each, value)), ...inside];
}

function schemasOfValue(schema: JsonObject): readonly unknown[] {
  return [
    ...OF_THE_VALUE.flatMap((keyword) => schema[keyword]),
    ...OF_THE_VALUE_BY_NAME.flatMap((keyword) => entriesOf(schema[keyword]).map(([, each]) => each)),
  ];
}

function schemasOfItem(schema: JsonObject, index: number): readonly unknown[] {
  return OF_ITEMS.map((keyword) => {
    const given: unknown = schema[keyword];
    return Array.isArray(given) ? unknownAt(given, index) : given;
  });
}

function unknownAt(array: readonly unknown[], index: number): unknown {
  return array[index];
}

function schemasOfProperty(schema: JsonObject, key: string): readonly unknown[] {
  const named = entriesOf(schema['properties']).filter(([name]) => name === key);
  const matched = entriesOf(schema['patternProperties']).filter(([pattern]) => mayMatch(pattern, key));
  const known = [...named, ...matched].map(([, each]) => each);
  return known.length > 0 ? known : OF_OTHER_PROPERTIES.map((keyword) => schema[keyword]);
}

function mayMatch(pattern: string, key: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(key);
  } catch {
    return true;
  }
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

function scalarsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(scalarsOf) : [];
}
