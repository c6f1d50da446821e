import { ConfigError } from '../errors';
import { readJsonFile, type ReadFile } from './json-file';
import { isJsonObject } from '../json-text';
import type { JsonObject, SyncMode } from '../protocol';
import type { OpenRequest, Stream } from '../source';

/** A stream that the configured catalog asks for, and how. */
export interface SelectedStream extends Omit<OpenRequest, 'state'> {
  readonly stream: Stream;
}

/**
 * Reads a configured catalog and finds its streams among those of the source, in the catalog's order. Of each
 * entry only `stream.name`, `sync_mode` and the ids of a refresh matter; null is the same as absent.
 * @throws ConfigError for a stream or a sync mode that the source doesn't have, a stream that is there twice, or an id
 *   that is no whole number: to pass over it could mean to miss a refresh, after which older data is deleted
 */
export async function readCatalogFile(
  path: string,
  readFile: ReadFile,
  streams: readonly Stream[],
): Promise<readonly SelectedStream[]> {
  const file = `The configured catalog "${path}"`;
  const json = await readJsonFile('configured catalog', path, readFile);
  const entries: unknown = isJsonObject(json) ? json['streams'] : undefined;
  if (!Array.isArray(entries)) throw new ConfigError(`${file} must hold a JSON object with an array "streams".`);
  const selected = entries.map((entry: unknown, index) => select(entry, `${file}, entry ${index + 1},`, streams));
  const names = selected.map(({ stream }) => stream.descriptor.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigError(`${file} names the stream "${twice}" more than once.`);
  return selected;
}

function select(entry: unknown, where: string, streams: readonly Stream[]): SelectedStream {
  const configured: unknown = isJsonObject(entry) ? entry['stream'] : undefined;
  const name: unknown = isJsonObject(configured) ? configured['name'] : undefined;
  if (!isJsonObject(entry) || typeof name !== 'string')
    throw new ConfigError(`${where} has no "stream" with a "name".`);
  const stream = streams.find(({ descriptor }) => descriptor.name === name);
  if (stream === undefined) {
    const known = streams.map(({ descriptor }) => `"${descriptor.name}"`).join(', ');
    throw new ConfigError(`${where} names the stream "${name}", which doesn't exist. This source has: ${known}.`);
  }
  return {
    stream,
    syncMode: syncModeOf(entry['sync_mode'], where, stream),
    generationId: wholeNumber(entry, 'generation_id', where),
    minimumGenerationId: wholeNumber(entry, 'minimum_generation_id', where),
    syncId: wholeNumber(entry, 'sync_id', where),
  };
}

function wholeNumber(entry: JsonObject, key: string, where: string): number | undefined {
  const value = entry[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new ConfigError(`${where} has a "${key}" that is no whole number.`);
}

function syncModeOf(mode: unknown, where: string, stream: Stream): SyncMode {
  const supported = stream.descriptor.supported_sync_modes;
  const found = supported.find((known) => known === mode);
  if (found !== undefined) return found;
  const given = typeof mode === 'string' ? `the sync_mode "${mode}", which it doesn't know` : 'no valid sync_mode';
  throw new ConfigError(
    `${where} gives the stream "${stream.descriptor.name}" ${given}. It knows: ${supported.join(', ')}.`,
  );
}
