import { ConfigError } from '../errors';
import { isJsonObject } from '../json-text';
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
