import { isJsonObject } from '../json-text';
import type { JsonObject } from '../protocol';

/** What stands in place of a secret. */
export const MASK = '****';

/**
 * A secret of one character can't be kept by masking: it would only make the log unreadable. An empty one is none.
 */
const SHORTEST_SECRET = 2;

/** The secrets of a run, each in every form in which it may appear in a text. */
export class Secrets {
  readonly #values = new Set<string>();
  #longestFirst: readonly string[] = [];

  /**
   * Adds the secrets of a config.
   * @param schema the spec's `connectionSpecification`; properties with `airbyte_secret: true` are secret, with all they
   *   hold, wherever they are nested
   * @param config the user's JSON as it was read, valid or not
   */
  addConfig(schema: JsonObject, config: unknown): void {
    collect(schema, config, this.#values);
    this.#prepare();
  }

  /** Adds one that is in no config. */
  add(secret: string): void {
    this.#values.add(secret);
    this.#prepare();
  }

  /** Replaces them in a text by {@link MASK}, the longest first. */
  readonly mask = (text: string): string =>
    this.#longestFirst.reduce((masked, form) => masked.replaceAll(form, MASK), text);

  #prepare(): void {
    const forms = new Set([...this.#values].flatMap(formsOf).filter((form) => form.length >= SHORTEST_SECRET));
    this.#longestFirst = [...forms].sort((a, b) => b.length - a.length);
  }
}

function collect(schema: unknown, value: unknown, found: Set<string>): void {
  if (!isJsonObject(schema) || value === undefined || value === null) return;
  if (schema['airbyte_secret'] === true) {
    collectAll(value, found);
    return;
  }
  for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
    const branches: unknown = schema[keyword];
    if (Array.isArray(branches)) for (const branch of branches) collect(branch, value, found);
  }
  if (Array.isArray(value)) {
    for (const item of value) collect(schema['items'], item, found);
  } else if (isJsonObject(value) && isJsonObject(schema['properties'])) {
    for (const [key, property] of Object.entries(schema['properties'])) collect(property, value[key], found);
  }
}

function collectAll(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'number') found.add(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) collectAll(child, found);
  }
}

/** A value as it may appear in a message: as it is, trimmed, and each of them inside of JSON and of a URL. */
function formsOf(value: string): string[] {
  return [value, value.trim()].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    ...uriForms(text),
    new URLSearchParams([['', text]]).toString().slice(1),
  ]);
}

function uriForms(text: string): string[] {
  try {
    return [encodeURIComponent(text), encodeURI(text)];
  } catch {
    // A lone surrogate has no such form.
    return [];
  }
}
