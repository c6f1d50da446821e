import type { Sample } from './cli';
import { ConnectorError } from './errors';
import { missingError, readCatalogFile, type SelectedStream } from './input/catalog-file';
import { readStateFile } from './input/state-file';
import type { OpenStream } from './output/stream-messages';
import type { JsonObject } from './protocol';
import { readStream, report } from './read-stream';
import { streamsOf, type Session } from './session';
import { descriptorOf, findStream, titleOf, type Source, type Stream } from './source';

/** Where the inputs of a read are. */
export interface ReadPaths {
  readonly catalogPath: string;
  readonly statePath: string | undefined;
}

/**
 * Reads the streams of the configured catalog, one after the other. A stream that fails says so in a TRACE ERROR and
 * doesn't keep the next from being read.
 * @returns whether all were read to their end
 * @throws ConnectorError when catalog or state can't be used; nothing was read then
 */
export async function read<Config>(
  source: Source<Config>,
  config: Config,
  paths: ReadPaths,
  session: Session,
): Promise<boolean> {
  const streams = await streamsOf(source, config, session);
  const { missingStreams } = source;
  const catalog = { streams, readFile: session.readFile, ...(missingStreams === undefined ? {} : { missingStreams }) };
  const selected = await session.stop.guard(readCatalogFile(paths.catalogPath, catalog));
  const states = await loadStates(paths.statePath, streams, session);
  return readAll(openAll(selected, states, paths.statePath, session), session);
}

/**
 * Reads the first records of streams as a full refresh, where they have one, and then ends them as a stop does: with the
 * last safe state, and INCOMPLETE.
 * @returns whether none failed
 * @throws ConfigError for a stream that there isn't
 */
export async function readSample<Config>(
  source: Source<Config>,
  config: Config,
  sample: Sample,
  session: Session,
): Promise<boolean> {
  const streams = await streamsOf(source, config, session);
  const named = sample.stream === undefined ? undefined : { name: sample.stream };
  const found = named === undefined ? undefined : findStream(streams, named);
  if (named !== undefined && found === undefined) throw missingError('--stream', named, streams);
  const selected = (found === undefined ? streams : [found]).map(asFullRefresh);
  return readAll(openAll(selected, new Map(), undefined, session), session, sample.records);
}

function asFullRefresh(stream: Stream): SelectedStream {
  const modes = stream.descriptor.supported_sync_modes;
  const syncMode = modes.includes('full_refresh') ? 'full_refresh' : 'incremental';
  return { stream, leftOut: [], isResumable: false, request: { syncMode } };
}

/** @param mostRecords of each stream */
async function readAll(
  open: readonly OpenStream[] | undefined,
  session: Session,
  mostRecords = Infinity,
): Promise<boolean> {
  let isGood = open !== undefined;
  for (const stream of open ?? []) {
    if (session.stop.signal.aborted) return false;
    isGood = (await readStream(stream, session, mostRecords)) && isGood;
  }
  return isGood;
}

type States = ReadonlyMap<Stream, JsonObject>;

async function loadStates(path: string | undefined, streams: readonly Stream[], session: Session): Promise<States> {
  const states = new Map<Stream, JsonObject>();
  if (path === undefined) return states;
  const names = streams.map(({ descriptor }) => descriptor.name);
  const { log } = session.context;
  for (const { stream: named, state } of await session.stop.guard(readStateFile(path, session.readFile, names))) {
    const stream = findStream(streams, named);
    const title = titleOf(named);
    if (stream === undefined) log('INFO', `The state of stream ${title} is not used: there is no such stream.`);
    else if (state === undefined) log('INFO', `The state of stream ${title} is empty: it is read as in a first sync.`);
    else states.set(stream, state);
  }
  return states;
}

/** Opens all streams before the first is read, so that a state that can't be used is found before anything is sent. */
function openAll(
  selected: readonly SelectedStream[],
  states: States,
  statePath: string | undefined,
  session: Session,
): readonly OpenStream[] | undefined {
  const open: OpenStream[] = [];
  for (const one of selected) {
    const { stream, request } = one;
    sayLeftOut(one, session);
    const descriptor = descriptorOf(stream.descriptor);
    const state = stateFor(one, states, session);
    try {
      const reader = stream.open({ ...request, state });
      open.push({ descriptor, isStateless: isStateless(stream), state, columns: request.columns, reader });
    } catch (error) {
      report(state === undefined || statePath === undefined ? error : inFile(error, statePath), descriptor, session);
      return undefined;
    }
  }
  return open;
}

/** A full refresh does not go on from where an incremental read stood, unless the platform takes it for resumable. */
function stateFor({ stream, request, isResumable }: SelectedStream, states: States, session: Session) {
  const state = states.get(stream);
  if (state === undefined || request.syncMode === 'incremental' || isResumable) return state;
  const { log } = session.context;
  log('INFO', `The state of stream ${titleOf(stream.descriptor)} is not used: a full refresh reads all of it.`);
  return undefined;
}

function sayLeftOut({ stream, leftOut }: SelectedStream, { context: { log } }: Session): void {
  if (leftOut.length === 0) return;
  const title = titleOf(stream.descriptor);
  log('INFO', `Not selected in the catalog, so left out of stream ${title}: ${leftOut.join(', ')}.`);
}

/** Whether no read of a stream ever goes on from a state. */
function isStateless({ descriptor }: Stream): boolean {
  return descriptor.is_resumable !== true && !descriptor.supported_sync_modes.includes('incremental');
}

function inFile(error: unknown, path: string): unknown {
  if (!(error instanceof ConnectorError)) return error;
  return new ConnectorError(`The state file "${path}" can't be used: ${error.message}`, error.failureType, {
    cause: error,
  });
}
