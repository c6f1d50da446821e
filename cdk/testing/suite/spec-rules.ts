import { isJsonObject } from '../../src/json-text';
import type { ConnectorSpecification, JsonObject } from '../../src/protocol';

/** What Airbyte's form can't show, and its acceptance tests refuse. */
const FORBIDDEN = ['$ref', 'anyOf', 'allOf', 'not', 'if', 'then', 'else', 'prefixItems'];
/** Names of settings whose values nobody should see. */
const SECRET_NAME = /(^|_)(password|passphrase|secret|token|api_key|private_key)$/;

/** What is wrong with a spec, as far as Airbyte's form and its acceptance tests go. Empty: nothing. */
export function specProblems({ connectionSpecification: schema }: ConnectorSpecification): readonly string[] {
  return [
    ...(schema['type'] === 'object' ? [] : ['The spec is not of type "object".']),
    ...problemsOfObject(schema, 'the spec'),
  ];
}

function problemsOfObject(schema: JsonObject, where: string): readonly string[] {
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const orders = properties.flatMap(([, property]) => (isJsonObject(property) ? [property['order']] : []));
  const given = orders.filter((order) => order !== undefined);
  const isClosed = schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== true;
  return [
    ...(new Set(given).size === given.length ? [] : [`Two settings of ${where} have the same "order".`]),
    ...(isClosed ? [`${where} must allow additional properties: the platform may add some.`] : []),
    ...properties.flatMap(([key, property]) => problemsOfSetting(key, isJsonObject(property) ? property : {})),
  ];
}

function problemsOfSetting(key: string, schema: JsonObject): readonly string[] {
  const forbidden = FORBIDDEN.filter((keyword) => keyword in schema);
  const options: readonly unknown[] = Array.isArray(schema['oneOf']) ? schema['oneOf'] : [];
  return [
    ...forbidden.map((keyword) => `"${key}" uses "${keyword}".`),
    ...problemsOfWords(key, schema),
    ...(schema['type'] === 'array' && schema['items'] === undefined ? [`"${key}" is a list without "items".`] : []),
    ...(schema['format'] === 'date-time' && schema['pattern'] === undefined
      ? [`"${key}" is a time without a "pattern".`]
      : []),
    ...(SECRET_NAME.test(key) && schema['type'] === 'string' && schema['airbyte_secret'] !== true
      ? [`"${key}" looks like a secret and is not marked with "airbyte_secret".`]
      : []),
    ...options.flatMap((option) => (isJsonObject(option) ? problemsOfObject(option, `"${key}"`) : [])),
    ...('properties' in schema ? problemsOfObject(schema, `"${key}"`) : []),
  ];
}

/** A constant is chosen by the form, not typed. */
function problemsOfWords(key: string, schema: JsonObject): readonly string[] {
  if ('const' in schema) return [];
  const missing = ['title', 'description'].filter((word) => typeof schema[word] !== 'string' || schema[word] === '');
  return missing.map((word) => `"${key}" has no "${word}".`);
}
