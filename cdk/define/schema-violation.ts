import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { isDate, isDateTime } from './date-time';

/** The first place where a value does not fit its schema. */
export interface SchemaViolation {
  /** Keys and indexes that lead to the value; for `required`, to the one that is missing. */
  readonly path: readonly (string | number)[];
  /** The keyword of JSON Schema that is not met. */
  readonly keyword: string;
  /** The schema of the value; for `required`, of the one that is missing. */
  readonly schema: JsonObject;
}

/** Decides whether a value meets what a keyword wants. */
type Check = (wanted: unknown, value: unknown) => boolean;

/**
 * Finds out whether a value fits a JSON Schema (draft 7) of the kind that Airbyte takes for settings and records, where
 * references, `allOf`, `not` and conditions are not allowed. A `null` counts as absent among the `properties` unless
 * their schema allows it: the platform writes nulls for what is not set.
 * @returns the first violation, or undefined where there is none
 * @throws Error for a keyword that this validator doesn't know: to pass over it would accept what is not valid
 */
export function schemaViolation(schema: JsonObject, value: unknown): SchemaViolation | undefined {
  return violationAt(schema, value, []);
}

type Path = SchemaViolation['path'];

function violationAt(schema: JsonObject, value: unknown, path: Path): SchemaViolation | undefined {
  const unknown = UNSUPPORTED.find((keyword) => keyword in schema);
  if (unknown !== undefined)
    throw new Error(`The schema at "${path.join('.')}" uses "${unknown}", which is not supported.`);
  for (const [keyword, check] of Object.entries(CHECKS)) {
    if (keyword in schema && !check(schema[keyword], value)) return { path, keyword, schema };
  }
  return violationInside(schema, value, path) ?? violationOfChoice(schema, value, path);
}

function violationInside(schema: JsonObject, value: unknown, path: Path): SchemaViolation | undefined {
  if (Array.isArray(value)) return violationInItems(schema, value, path);
  return isJsonObject(value) ? violationInProperties(schema, value, path) : undefined;
}

/** Known, and left out for reasons: see {@link schemaViolation}. */
const UNSUPPORTED = [
  ...['$ref', 'allOf', 'not', 'if', 'then', 'else'],
  ...['patternProperties', 'propertyNames', 'dependencies', 'contains', 'additionalItems'],
];

/** The keywords that look at one value alone, `type` first: the others say nothing of values of another type. */
const CHECKS: Readonly<Record<string, Check>> = {
  type: (wanted, value) => (Array.isArray(wanted) ? wanted : [wanted]).some((type) => hasType(type, value)),
  const: (wanted, value) => isDeepStrictEqual(wanted, value),
  enum: (wanted, value) => Array.isArray(wanted) && wanted.some((allowed) => isDeepStrictEqual(allowed, value)),
  minLength: (wanted, value) => typeof value !== 'string' || charactersOf(value) >= Number(wanted),
  maxLength: (wanted, value) => typeof value !== 'string' || charactersOf(value) <= Number(wanted),
  pattern: (wanted, value) => typeof value !== 'string' || new RegExp(String(wanted), 'u').test(value),
  format: (wanted, value) => typeof value !== 'string' || hasFormat(wanted, value),
  minimum: (wanted, value) => typeof value !== 'number' || value >= Number(wanted),
  maximum: (wanted, value) => typeof value !== 'number' || value <= Number(wanted),
  exclusiveMinimum: (wanted, value) => typeof value !== 'number' || value > Number(wanted),
  exclusiveMaximum: (wanted, value) => typeof value !== 'number' || value < Number(wanted),
  multipleOf: (wanted, value) => typeof value !== 'number' || Number.isInteger(value / Number(wanted)),
  minItems: (wanted, value) => !Array.isArray(value) || value.length >= Number(wanted),
  maxItems: (wanted, value) => !Array.isArray(value) || value.length <= Number(wanted),
  uniqueItems: (wanted, value) => wanted !== true || !Array.isArray(value) || isUnique(value),
};

function hasType(type: unknown, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** Formats that Airbyte doesn't define are annotations. */
function hasFormat(format: unknown, text: string): boolean {
  switch (format) {
    case 'date-time':
      return isDateTime(text);
    case 'date':
      return isDate(text);
    case 'uri':
      return URL.canParse(text);
    default:
      return true;
  }
}

/** JSON Schema counts code points. */
const charactersOf = (text: string): number => Array.from(text).length;

const isUnique = (items: readonly unknown[]): boolean =>
  items.every((item, index) => !items.slice(0, index).some((earlier) => isDeepStrictEqual(earlier, item)));

function violationInItems(schema: JsonObject, value: readonly unknown[], path: Path): SchemaViolation | undefined {
  const items = schema['items'];
  if (Array.isArray(items))
    throw new Error(`The schema at "${path.join('.')}" lists its items, which is not supported.`);
  if (!isJsonObject(items)) return undefined;
  return first(value, (item, index) => violationAt(items, item, [...path, index]));
}

function violationInProperties(schema: JsonObject, value: JsonObject, path: Path): SchemaViolation | undefined {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const missing = requiredKeys(schema).find((key) => !isGiven(value[key], propertySchema(properties, key)));
  if (missing !== undefined) {
    return { path: [...path, missing], keyword: 'required', schema: propertySchema(properties, missing) };
  }
  return first(Object.entries(value), ([key, child]) => {
    if (!Object.hasOwn(properties, key)) return violationOfOther(schema, key, child, path);
    const property = propertySchema(properties, key);
    return isGiven(child, property) ? violationAt(property, child, [...path, key]) : undefined;
  });
}

function requiredKeys({ required }: JsonObject): readonly string[] {
  return Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [];
}

const propertySchema = (properties: JsonObject, key: string): JsonObject => {
  const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
  return isJsonObject(schema) ? schema : {};
};

function isGiven(value: unknown, schema: JsonObject): boolean {
  return value !== undefined && (value !== null || violationAt(schema, null, []) === undefined);
}

function violationOfOther(schema: JsonObject, key: string, value: unknown, path: Path): SchemaViolation | undefined {
  const others = schema['additionalProperties'];
  if (others === false) return { path: [...path, key], keyword: 'additionalProperties', schema };
  return isJsonObject(others) ? violationAt(others, value, [...path, key]) : undefined;
}

/**
 * `oneOf` and `anyOf`: where constants of the options tell which one is meant, the violation is the one in there, which
 * says more than that none fits.
 */
function violationOfChoice(schema: JsonObject, value: unknown, path: Path): SchemaViolation | undefined {
  for (const keyword of ['oneOf', 'anyOf']) {
    const listed: unknown = schema[keyword];
    if (!Array.isArray(listed)) continue;
    const meant = listed.filter(isJsonObject).filter((option) => isMeant(option, value));
    const violations = meant.map((option) => violationAt(option, value, path));
    if (violations.includes(undefined)) continue;
    return (violations.length === 1 ? violations[0] : undefined) ?? { path, keyword, schema };
  }
  return undefined;
}

/** Whether a value has the constants of an option. */
export function isMeant(option: JsonObject, value: unknown): boolean {
  if (!isJsonObject(option['properties'])) return true;
  if (!isJsonObject(value)) return false;
  return Object.entries(option['properties']).every(
    ([key, property]) => !isJsonObject(property) || !('const' in property) || property['const'] === value[key],
  );
}

function first<Item, Found>(
  items: readonly Item[],
  find: (item: Item, index: number) => Found | undefined,
): Found | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
