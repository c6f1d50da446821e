import { setMaxListeners } from 'node:events';
import type { ReadPaths, Sample } from './cli';
import { ConnectorError } from './errors';
import { missingError, readCatalogFile, type SelectedStream } from './input/catalog-file';
import { readStateFile } from './input/state-file';
import { errorTrace } from './output/error-trace';
import { StreamMessages, type OpenStream } from './output/stream-messages';
import type { JsonObject, StreamDescriptor } from './protocol';
import { streamsOf, type Session } from './session';
import {
  descriptorOf,
  findStream,
  titleOf,
  type Source,
  type Stream,
  type StreamItem,
  type StreamReader,
} from './source';
import { STOP_GRACE_MS, StoppedError, type After } from './stop';

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
  const { missingStreams = 'fail' } = source;
  const catalog = { streams, readFile: session.readFile, missingStreams };
  const selected = await session.stop.guard(readCatalogFile(paths.catalogPath, catalog));
  const states = await loadStates(paths.statePath, streams, session);
  return readAll(selected, states, paths.statePath, session);
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
  const selected = (found === undefined ? streams : [found]).map((stream): SelectedStream => {
    const isRefreshable = stream.descriptor.supported_sync_modes.includes('full_refresh');
    const request = { syncMode: isRefreshable ? 'full_refresh' : 'incremental' } as const;
    return { stream, leftOut: [], isResumable: false, request };
  });
  return readAll(selected, new Map(), undefined, session, sample.records);
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
    else if (state !== undefined) states.set(stream, state);
    else if (!isStateless(stream)) {
      log('INFO', `The state of stream ${title} is empty: it is read as in a first sync.`);
    }
  }
  return states;
}

/**
 * Opens all streams before the first is read, so that a state that can't be used is found before anything is sent, and
 * reads them.
 * @param mostRecords of each stream
 */
async function readAll(
  selected: readonly SelectedStream[],
  states: States,
  statePath: string | undefined,
  session: Session,
  mostRecords = Infinity,
): Promise<boolean> {
  const { stop, context } = session;
  const open: OpenStream[] = [];
  for (const one of selected) {
    const { stream, request, leftOut } = one;
    const title = titleOf(stream.descriptor);
    const descriptor = descriptorOf(stream.descriptor);
    if (leftOut.length > 0) {
      context.log('INFO', `Not selected in the catalog, so left out of stream ${title}: ${leftOut.join(', ')}.`);
    }
    const state = stateFor(one, states, session);
    try {
      const reader = stream.open({ ...request, state });
      open.push({ descriptor, isStateless: isStateless(stream), state, columns: request.columns, reader });
    } catch (error) {
      report(state === undefined || statePath === undefined ? error : inFile(error, statePath), descriptor, session);
      return false;
    }
  }
  let isGood = true;
  for (const stream of open) {
    if (stop.signal.aborted) return false;
    isGood = (await readStream(stream, session, mostRecords)) && isGood;
  }
  return isGood;
}

/** A full refresh does not go on from where an incremental read stood, unless the platform takes it for resumable. */
function stateFor({ stream, request, isResumable }: SelectedStream, states: States, session: Session) {
  const state = states.get(stream);
  if (state === undefined || request.syncMode === 'incremental' || isResumable) return state;
  const title = titleOf(stream.descriptor);
  session.context.log('INFO', `The state of stream ${title} is not used: a full refresh reads all of it.`);
  return undefined;
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

/**
 * Reads a stream to its end, its failure or a stop, and says how it ended.
 * @param mostRecords after so many it is ended as by a stop
 * @returns whether it was read to its end, or to so many records
 */
async function readStream(open: OpenStream, session: Session, mostRecords: number): Promise<boolean> {
  const { stop, context } = session;
  const messages = new StreamMessages(open, session, mostRecords);
  messages.status('STARTED');
  let failure: { readonly error: unknown } | undefined;
  try {
    await stop.guard(readItems(open.reader, messages, session, mostRecords < Infinity));
    if (stop.fault !== undefined) failure = { error: stop.fault };
  } catch (error) {
    failure = { error };
  }
  messages.end();
  const isGood = failure === undefined && !stop.signal.aborted;
  if (isGood && !messages.isFull) {
    messages.status('COMPLETE');
    return true;
  }
  messages.writeSafeState();
  messages.status('INCOMPLETE');
  if (failure !== undefined && !stop.requested) report(failure.error, open.descriptor, session);
  if (isGood) context.log('INFO', `Ended after ${mostRecords} of the records of stream ${titleOf(open.descriptor)}.`);
  return isGood;
}

/** For how long (ms) items of a reader that never waits are taken before signals and timers have their turn. */
const LONGEST_TURN_MS = 100;

async function readItems(
  reader: StreamReader,
  messages: StreamMessages,
  { stop, context, writer, now, after }: Session,
  isSample: boolean,
): Promise<void> {
  const rateLimited = (until: number): void => {
    messages.rateLimited(until);
  };
  const enough = new AbortController();
  // One signal for all reads of a sync: by it streams know what they share. Only a sample ends one of them before the others.
  const signal = isSample ? AbortSignal.any([stop.signal, enough.signal]) : stop.signal;
  setMaxListeners(0, signal);
  const items = itemsOf(reader({ ...context, signal, rateLimited }));
  try {
    let turn = now();
    for (let next = await items.next(); next.done !== true; next = await items.next()) {
      await messages.take(next.value);
      if (messages.isFull) {
        enough.abort(new StoppedError());
        return;
      }
      if (now() - turn > LONGEST_TURN_MS) {
        await new Promise(setImmediate);
        turn = now();
      }
      if (stop.signal.aborted && (messages.isCheckpointed || writer.closedBy !== undefined)) return;
    }
  } finally {
    await end(items, after);
  }
  if (!stop.signal.aborted) messages.complete();
}

async function* itemsOf(items: ReturnType<StreamReader>): AsyncGenerator<StreamItem, void> {
  yield* items;
}

/** Has the `finally` blocks of a generator run, whose errors are of no interest. One that hangs in them is abandoned. */
async function end(items: AsyncGenerator<StreamItem, void>, after: After): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = after(STOP_GRACE_MS, resolve);
    void items.return().then(cancel, cancel).then(resolve);
  });
}

/**
 * Tells that a stream failed.
 * @param error whatever was thrown
 */
function report(error: unknown, stream: StreamDescriptor, { writer, now }: Session): void {
  const unexpected = `Reading the stream ${titleOf(stream)} failed unexpectedly. Please report this to the authors of this source, with the log.`;
  writer.message(errorTrace(error, { unexpected, stream }, now()));
}
