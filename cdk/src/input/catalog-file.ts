import { ConfigError } from '../errors';
import { isJsonObject } from '../json-text';
import type { AirbyteStream, JsonObject, StreamDescriptor, SyncMode } from '../protocol';
import { findStream, repeatedIn, titleOf, type OpenRequest, type Source, type Stream } from '../source';
import { readJsonFile, type ReadFile } from './json-file';

/** A stream that the configured catalog asks for, and how. */
export interface SelectedStream {
  readonly stream: Stream;
  readonly request: Omit<OpenRequest, 'state'>;
  /** Whether a full refresh goes on from a saved state: both the stream and the platform take it for resumable. */
  readonly isResumable: boolean;
  /** The columns that are not to be written. */
  readonly leftOut: readonly string[];
}

/** The streams to choose from. */
interface CatalogOptions extends Pick<Source<unknown>, 'missingStreams'> {
  readonly streams: readonly Stream[];
  readonly readFile: ReadFile;
}

/**
 * Reads a configured catalog and finds its streams among those of the source, in the catalog's order. Null is the same
 * as absent.
 * @throws ConfigError for a stream or a sync mode that the source doesn't have, a stream that is there twice, or an id
 *   that is no whole number: to pass over it could mean to miss a refresh, after which older data is deleted
 */
export async function readCatalogFile(path: string, options: CatalogOptions): Promise<readonly SelectedStream[]> {
  const file = `The configured catalog "${path}"`;
  const json = await readJsonFile('configured catalog', path, options.readFile);
  const entries: unknown = isJsonObject(json) ? json['streams'] : undefined;
  if (!Array.isArray(entries)) throw new ConfigError(`${file} must hold a JSON object with an array "streams".`);
  const selected = entries.map((entry: unknown, index) => select(entry, `${file}, entry ${index + 1},`, options));
  const twice = repeatedIn(selected.map(({ stream }) => stream.descriptor));
  if (twice !== undefined) throw new ConfigError(`${file} names the stream ${titleOf(twice)} more than once.`);
  return selected;
}

function select(entry: unknown, where: string, { streams, missingStreams }: CatalogOptions): SelectedStream {
  const configured: unknown = isJsonObject(entry) ? entry['stream'] : undefined;
  if (!isJsonObject(entry) || !isJsonObject(configured) || typeof configured['name'] !== 'string')
    throw new ConfigError(`${where} has no "stream" with a "name".`);
  const { name, namespace } = configured;
  const named = typeof namespace === 'string' ? { name, namespace } : { name };
  const stream =
    findStream(streams, named) ?? missingStream(named, missingError(where, named, streams), missingStreams);
  const chosen = { cursorField: pathOf(entry['cursor_field']), primaryKey: pathsOf(entry['primary_key']) };
  const { columns, leftOut } = selectColumns(stream.descriptor, configured['json_schema'], chosen);
  return {
    stream,
    leftOut,
    isResumable: stream.descriptor.is_resumable === true && configured['is_resumable'] !== false,
    request: {
      ...chosen,
      syncMode: syncModeOf(entry['sync_mode'], where, stream),
      columns,
      generationId: wholeNumber(entry, 'generation_id', where),
      minimumGenerationId: wholeNumber(entry, 'minimum_generation_id', where),
      syncId: wholeNumber(entry, 'sync_id', where),
    },
  };
}

/**
 * The error for a stream that a source doesn't have.
 * @param where begins the sentence: what names the stream
 */
export function missingError(where: string, named: StreamDescriptor, streams: readonly Stream[]): ConfigError {
  const known = streams.map(({ descriptor }) => titleOf(descriptor)).join(', ');
  return new ConfigError(
    `${where} names the stream ${titleOf(named)}, which doesn't exist. This source has: ${known}.`,
  );
}

/** Stands for a stream that doesn't exist: to read it fails, and keeps no other from being read. */
function missingStream(
  named: StreamDescriptor,
  error: ConfigError,
  missingStreams: Source<unknown>['missingStreams'],
): Stream {
  if (missingStreams !== 'skip') throw error;
  const read = function* (): Generator<never> {
    throw error;
  };
  return {
    descriptor: { ...named, json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] },
    open: () => read,
  };
}

function pathOf(value: unknown): readonly string[] | undefined {
  const names = Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  return names.length > 0 ? names : undefined;
}

function pathsOf(value: unknown): readonly (readonly string[])[] | undefined {
  const paths = Array.isArray(value) ? value.map(pathOf).filter((path) => path !== undefined) : [];
  return paths.length > 0 ? paths : undefined;
}

function wholeNumber(entry: JsonObject, key: string, where: string): number | undefined {
  const value = entry[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new ConfigError(`${where} has a "${key}" that is no whole number.`);
}

function syncModeOf(mode: unknown, where: string, { descriptor }: Stream): SyncMode {
  const supported = descriptor.supported_sync_modes;
  const found = supported.find((known) => known === mode);
  if (found !== undefined) return found;
  const given = typeof mode === 'string' ? `the sync_mode "${mode}", which it doesn't know` : 'no valid sync_mode';
  throw new ConfigError(
    `${where} gives the stream ${titleOf(descriptor)} ${given}. It knows: ${supported.join(', ')}.`,
  );
}

/**
 * What a configured catalog selects of a stream's columns (Airbyte's column selection): those in the properties of its
 * schema. Cursor and primary key are always among them, names that the stream does not declare never; without properties
 * all columns are selected.
 * @param configured the schema in the configured catalog
 * @param chosen the cursor and key of the user, which count where the stream leaves the choice
 */
export function selectColumns(
  stream: AirbyteStream,
  configured: unknown,
  { cursorField, primaryKey }: Pick<OpenRequest, 'cursorField' | 'primaryKey'>,
): Pick<OpenRequest, 'columns'> & Pick<SelectedStream, 'leftOut'> {
  const ownCursor = stream.default_cursor_field;
  const cursor = stream.source_defined_cursor === true ? ownCursor : (cursorField ?? ownCursor);
  const paths = [cursor ?? [], ...(stream.source_defined_primary_key ?? primaryKey ?? [])];
  const needed = paths.flatMap((path) => path.slice(0, 1));
  const declared = propertiesOf(stream.json_schema);
  const selected = propertiesOf(configured);
  const leftOut = declared.filter((name) => !selected.includes(name) && !needed.includes(name));
  if (selected.length === 0 || leftOut.length === 0) return { columns: undefined, leftOut: [] };
  const columns = new Set([...declared.filter((name) => !leftOut.includes(name)), ...needed]);
  return { columns: [...columns], leftOut };
}

function propertiesOf(schema: unknown): readonly string[] {
  const properties: unknown = isJsonObject(schema) ? schema['properties'] : undefined;
  return isJsonObject(properties) ? Object.keys(properties) : [];
}
