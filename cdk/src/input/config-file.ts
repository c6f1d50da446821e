import { ConfigError } from '../errors';
import { isJsonObject } from '../json-text';
import type { Session } from '../session';
import type { Source } from '../source';
import { readJsonFile } from './json-file';

/**
 * Reads and parses the user's config. From then on its secrets are masked in everything that is logged.
 * @throws ConfigError
 */
export async function loadConfig<Config>(source: Source<Config>, path: string, session: Session): Promise<Config> {
  const given = withoutNulls(await session.stop.guard(readJsonFile('config file', path, session.readFile)));
  session.takeConfig(source.spec().connectionSpecification, given);
  if (!isJsonObject(given)) throw new ConfigError(`The config file "${path}" must hold a JSON object.`);
  return session.stop.guard(Promise.resolve(source.parseConfig(given)));
}

/** Items of an array keep their places, so that a null among them stays. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const given = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(given.map(([key, child]) => [key, withoutNulls(child)]));
}

/** Merges changes into a config (JSON merge patch, RFC 7396). */
export function merged(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else if (value !== undefined) result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}
