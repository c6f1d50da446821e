import { ConfigError } from '../errors';
import { isJsonObject } from '../json-text';
import type { Secrets } from '../output/secrets';
import type { JsonObject } from '../protocol';
import type { Session } from '../session';
import type { Source } from '../source';
import { readJsonFile } from './json-file';

/**
 * Reads and parses the user's config. From then on its secrets are masked in everything that is logged.
 * @throws ConfigError
 */
export async function loadConfig<Config>(source: Source<Config>, path: string, session: Session): Promise<Config> {
  const json = await session.stop.guard(readJsonFile('config file', path, session.readFile));
  const given = isJsonObject(json) ? withoutNulls(json) : json;
  session.config.take(source.spec().connectionSpecification, given);
  if (!isJsonObject(given)) throw new ConfigError(`The config file "${path}" must hold a JSON object.`);
  return session.stop.guard(Promise.resolve(source.parseConfig(given)));
}

function withoutNulls(json: JsonObject): JsonObject {
  const given = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([key, value]) => [key, cleaned(value)]));
}

/** Items of an array keep their places, so that a null among them stays. */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  return isJsonObject(value) ? withoutNulls(value) : value;
}

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
