import type { AirbyteStream, JsonObject, SyncMode } from '../src/protocol';
import type { Source } from '../src/source';
import { runSource } from './run-source';

/** What a configured catalog says of a stream in addition to its description. */
export interface Configured {
  readonly sync_mode?: SyncMode;
  readonly destination_sync_mode?: string;
  readonly generation_id?: number | null;
  readonly minimum_generation_id?: number | null;
  readonly sync_id?: number | null;
}

/**
 * A configured catalog as the platform writes it, with its explicit nulls.
 * @param streams from the answer of `discover`
 * @param configured for all of them. Defaults to the first sync mode that a stream has, incremental before full refresh
 */
export function configuredCatalog(streams: readonly AirbyteStream[], configured: Configured = {}): JsonObject {
  return { streams: streams.map((stream) => configuredStream(stream, configured)) };
}

/**
 * The configured catalog of a source: its streams as `discover` lists them.
 * @param config with which `discover` is called
 * @param selected names of streams; all of them where it is left out
 * @param configured as for {@link configuredCatalog}
 * @throws Error that says why `discover` fails, or which stream there isn't
 */
export async function configuredCatalogOf<Config>(
  source: Source<Config> | (() => Promise<Source<Config>>),
  config: unknown,
  selected?: readonly string[],
  configured?: Configured,
): Promise<JsonObject> {
  const { catalog, errors } = await runSource(source, ['discover'], { config });
  if (catalog === undefined) throw new Error(`discover fails: ${errors.map(({ message }) => message).join(' ')}`);
  const missing = selected?.find((name) => catalog.streams.every((stream) => stream.name !== name));
  if (missing !== undefined) throw new Error(`The source has no stream "${missing}".`);
  const streams = catalog.streams.filter(({ name }) => selected?.includes(name) !== false);
  return configuredCatalog(streams, configured);
}

/** One stream of a configured catalog. */
export function configuredStream(stream: AirbyteStream, configured: Configured = {}): JsonObject {
  const modes = stream.supported_sync_modes;
  const sync_mode = modes.includes('incremental') ? 'incremental' : 'full_refresh';
  return {
    stream: { namespace: null, ...stream },
    sync_mode,
    destination_sync_mode: 'append',
    cursor_field: stream.default_cursor_field ?? null,
    primary_key: stream.source_defined_primary_key ?? null,
    generation_id: null,
    minimum_generation_id: null,
    sync_id: null,
    ...configured,
  };
}

/** A state file's content: the state of each stream by its name. */
export function stateFile(states: Readonly<Record<string, JsonObject | null>>): readonly JsonObject[] {
  return Object.entries(states).map(([name, stream_state]) => ({
    type: 'STREAM',
    stream: { stream_descriptor: { name, namespace: null }, stream_state },
  }));
}
