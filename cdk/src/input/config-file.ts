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
  const json = await session.stop.guard(readJsonFile('config file', path, session.readFile));
  session.config.take(source.spec().connectionSpecification, json);
  if (!isJsonObject(json)) throw new ConfigError(`The config file "${path}" must hold a JSON object.`);
  const given = Object.entries(json).filter(([, value]) => value !== null);
  return source.parseConfig(Object.fromEntries(given));
}
