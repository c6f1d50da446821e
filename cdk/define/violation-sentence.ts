import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import type { SchemaViolation } from './schema-violation';

/**
 * What is wrong with a setting and what to type instead, for who fills in the form: by its title, and without its value.
 * @param schema the spec's `connectionSpecification`
 */
export function violationSentence(schema: JsonObject, violation: SchemaViolation): string {
  const name = nameOf(schema, violation.path);
  if (name === '') return 'The configuration must be a JSON object of settings.';
  return [`${name} ${problem(violation)}.`, whatToType(violation.schema)].join(' ').trimEnd();
}

/** `Client Secret (Authentication)`; `User IDs, item 2,`. Where there is no title, the key. */
function nameOf(schema: JsonObject, path: SchemaViolation['path']): string {
  const titles: string[] = [];
  let item = '';
  let place: JsonObject = schema;
  for (const step of path) {
    place = childOf(place, step);
    if (typeof step === 'number') item = `, item ${step + 1},`;
    else titles.push(typeof place['title'] === 'string' ? place['title'] : step);
  }
  const own = titles.pop() ?? '';
  return titles.length === 0 ? `${own}${item}` : `${own} (${titles.join(', ')})${item}`;
}

function childOf(schema: JsonObject, step: string | number): JsonObject {
  if (typeof step === 'number') return objectOr(schema['items'], {});
  const options: readonly unknown[] = Array.isArray(schema['oneOf']) ? schema['oneOf'] : [];
  const places = [schema, ...options.filter(isJsonObject)];
  const found = places.map(({ properties }) => (isJsonObject(properties) ? properties[step] : undefined));
  return objectOr(found.find(isJsonObject), {});
}

const objectOr = (value: unknown, otherwise: JsonObject): JsonObject => (isJsonObject(value) ? value : otherwise);

function problem({ keyword, schema }: SchemaViolation): string {
  const wanted = String(schema[keyword]);
  switch (keyword) {
    case 'required':
      return 'is missing';
    case 'type':
      return `must be ${typeName(schema['type'])}`;
    case 'format':
      return FORMATS[wanted] ?? 'is not valid';
    case 'minLength':
      return wanted === '1' ? 'must not be empty' : `must be at least ${wanted} characters long`;
    case 'maxLength':
      return `must be at most ${wanted} characters long`;
    case 'minimum':
      return `must be at least ${wanted}`;
    case 'maximum':
      return `must be at most ${wanted}`;
    case 'minItems':
      return `must have at least ${wanted} items`;
    case 'maxItems':
      return `must have at most ${wanted} items`;
    case 'pattern':
      return 'does not have the right form';
    default:
      return 'is not valid';
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'must be a date and time that exists, with a time zone',
  date: 'must be a date that exists',
  uri: 'must be a URL',
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

function typeName(type: unknown): string {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.map((name) => TYPES[String(name)] ?? String(name)).join(' or ');
}

/** What to type, from what the spec knows: the choices, the range, the form, or an example. */
function whatToType(schema: JsonObject): string {
  const choices = choicesOf(schema);
  if (choices !== '') return `Choose one of: ${choices}.`;
  const { minimum, maximum, pattern_descriptor: form, examples } = schema;
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    return `Type ${typeName(schema['type'])} from ${minimum} to ${maximum}.`;
  }
  if (typeof form === 'string') return `Type it like ${form}.`;
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  const isShown = schema['airbyte_secret'] !== true && (typeof example === 'string' || typeof example === 'number');
  return isShown ? `Type for example ${example}.` : '';
}

function choicesOf(schema: JsonObject): string {
  const listed: readonly unknown[] = Array.isArray(schema['enum']) ? schema['enum'] : [];
  const options: readonly unknown[] = Array.isArray(schema['oneOf']) ? schema['oneOf'] : [];
  return [...listed, ...options.filter(isJsonObject).map(({ title }) => title)].map(String).join(', ');
}
