import { isJsonObject } from '../json-text';
import type { Secrets } from '../output/secrets';
import type { JsonObject } from '../protocol';

/** The user's config as it was given, before the source has parsed it, and what the source changes in it. */
export class GivenConfig {
  readonly #secrets: Secrets;
  #schema: JsonObject = {};
  #json: JsonObject = {};

  /** @param secrets gains the secrets of each version of the config */
  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /**
   * Takes note of a config.
   * @param schema the spec's `connectionSpecification`
   * @param json what was read, valid or not
   */
  take(schema: JsonObject, json: unknown): void {
    this.#secrets.addConfig(schema, json);
    this.#schema = schema;
    this.#json = isJsonObject(json) ? json : {};
  }

  /** Merges `changes` into the config (JSON merge patch, RFC 7396). @returns the whole of it */
  change(changes: object): JsonObject {
    this.take(this.#schema, merged(this.#json, changes));
    return this.#json;
  }
}

function merged(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else if (value !== undefined) result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}
