import { readCatalogFile, type SelectedStream } from './input/catalog-file';
import { ConnectorError } from './errors';
import { errorTrace } from './output/error-trace';
import type { JsonObject, StreamDescriptor } from './protocol';
import type { Session } from './session';
import type { Source, StreamReader } from './source';
import { readStateFile, type SavedStates } from './input/state-file';
import { StreamMessages } from './output/stream-messages';

/** Where the inputs of a read are. */
export interface ReadPaths {
  readonly catalogPath: string;
  readonly statePath: string | undefined;
}

interface OpenStream {
  readonly stream: StreamDescriptor;
  readonly state: JsonObject | undefined;
  readonly reader: StreamReader;
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
  const streams = await session.stop.guard(Promise.resolve(source.streams(config, session.context)));
  const names = streams.map(({ descriptor }) => descriptor.name);
  const selected = await session.stop.guard(readCatalogFile(paths.catalogPath, session.readFile, streams));
  const states = await loadStates(paths.statePath, names, session);
  const open = openAll(selected, states, paths.statePath, session);
  if (open === undefined) return false;
  let complete = true;
  for (const stream of open) {
    if (session.stop.signal.aborted) return false;
    complete = (await readStream(stream, session)) && complete;
  }
  return complete;
}

async function loadStates(path: string | undefined, names: readonly string[], session: Session): Promise<SavedStates> {
  if (path === undefined) return new Map();
  const states = await session.stop.guard(readStateFile(path, session.readFile, names));
  const { log } = session.context;
  for (const [name, state] of states) {
    if (!names.includes(name)) log('INFO', `The state of stream "${name}" is not used: there is no such stream.`);
    else if (state === undefined) log('INFO', `The state of stream "${name}" is empty: it is read as in a first sync.`);
  }
  return states;
}

/** Opens all streams before the first is read, so that a state that can't be used is found before anything is sent. */
function openAll(
  selected: readonly SelectedStream[],
  states: SavedStates,
  statePath: string | undefined,
  session: Session,
): readonly OpenStream[] | undefined {
  const open: OpenStream[] = [];
  for (const { stream, ...asked } of selected) {
    const { name } = stream.descriptor;
    const state = states.get(name);
    try {
      open.push({ stream: { name }, state, reader: stream.open({ ...asked, state }) });
    } catch (error) {
      report(state === undefined || statePath === undefined ? error : inFile(error, statePath), { name }, session);
      return undefined;
    }
  }
  return open;
}

function inFile(error: unknown, path: string): unknown {
  if (!(error instanceof ConnectorError)) return error;
  return new ConnectorError(`The state file "${path}" can't be used: ${error.message}`, error.failureType, {
    cause: error,
  });
}

async function readStream({ stream, state, reader }: OpenStream, session: Session): Promise<boolean> {
  const { writer, stop, context, now, after } = session;
  const messages = new StreamMessages({ stream, state, writer, log: context.log, now, after });
  messages.status('STARTED');
  const failure = await failureOf(reader, messages, session);
  messages.end();
  if (failure === undefined && !stop.signal.aborted) {
    messages.status('COMPLETE');
    return true;
  }
  messages.repeatState();
  messages.status('INCOMPLETE');
  if (failure !== undefined && !stop.requested) report(failure.error, stream, session);
  return false;
}

interface Failure {
  readonly error: unknown;
}

async function failureOf(
  reader: StreamReader,
  messages: StreamMessages,
  session: Session,
): Promise<Failure | undefined> {
  const { stop } = session;
  try {
    await stop.guard(readAll(reader, messages, session));
    return stop.fault === undefined ? undefined : { error: stop.fault };
  } catch (error) {
    return { error };
  }
}

/** To leave the loop, in whichever way, ends the generator: its `finally` blocks run. */
async function readAll(
  reader: StreamReader,
  messages: StreamMessages,
  { stop, context, writer }: Session,
): Promise<void> {
  const rateLimited = (until: number): void => {
    messages.rateLimited(until);
  };
  for await (const item of reader({ ...context, rateLimited })) {
    await messages.take(item);
    if (stop.signal.aborted && (messages.isCheckpointed || writer.closedBy !== undefined)) return;
  }
  if (!messages.isCheckpointed && !stop.signal.aborted) {
    throw new Error('The stream ended without a checkpoint after its last record.');
  }
}

function report(error: unknown, stream: StreamDescriptor, { writer, now }: Session): void {
  const unexpected = `Reading the stream "${stream.name}" failed unexpectedly. Please report this to the authors of this source, with the log.`;
  writer.message(errorTrace(error, unexpected, now(), stream));
}
