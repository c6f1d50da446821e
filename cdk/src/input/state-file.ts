import { ConfigError } from '../errors';
import { readJsonFile, type ReadFile } from './json-file';
import { isJsonObject } from '../json-text';
import type { JsonObject, StreamDescriptor } from '../protocol';
import { isSame, saysNothing, titleOf } from '../source';

/** What a state file says of one stream; `state` is undefined where it names the stream without a state. */
export interface StreamState {
  readonly stream: StreamDescriptor;
  readonly state: JsonObject | undefined;
}

/**
 * Reads the state that an earlier read has left, in any form the platform or a person may hand it over: an array
 * of state messages (STREAM, GLOBAL, LEGACY; each bare or inside of an AirbyteMessage), one of them alone, or a map
 * from streams' names to their states. `null`, `[]` and `{}` are no state, and so is a `stream_state` that is null,
 * absent, `{}` or says that there is none (`NO_STATE`). Of several states of one stream the last counts: later ones are newer.
 * @throws ConfigError for anything else: nothing in it is passed over, for that would mean to start from scratch
 */
export async function readStateFile(
  path: string,
  readFile: ReadFile,
  knownStreams: readonly string[],
): Promise<readonly StreamState[]> {
  const json = await readJsonFile('state file', path, readFile);
  const states: StreamState[] = [];
  try {
    for (const { stream, state } of json === null ? [] : statesIn(json, knownStreams)) {
      const before = states.findIndex((other) => isSame(other.stream, stream));
      if (before === -1) states.push({ stream, state });
      else if (state !== undefined) states[before] = { stream, state };
    }
    return states;
  } catch (error) {
    if (!(error instanceof Misunderstood)) throw error;
    throw new ConfigError(
      `The state file "${path}" can't be understood: ${error.message}. ` +
        'Hand over the state as it was saved, or none to read everything again.',
    );
  }
}

/** Ends the sentence "The state file can't be understood: ...". */
class Misunderstood extends Error {}

const LABELS: readonly string[] = ['type', 'stream', 'global', 'data', 'stream_descriptor'];

function statesIn(json: unknown, knownStreams: readonly string[]): readonly StreamState[] {
  if (Array.isArray(json)) return json.flatMap((entry: unknown, index) => ofMessage(entry, `entry ${index + 1}`));
  if (!isJsonObject(json) || LABELS.some((label) => (json[label] ?? null) !== null)) return ofMessage(json, 'it');
  const names = Object.keys(json).filter((key) => !LABELS.includes(key));
  // Without a label, only the name of a stream tells that this is a map of streams and not something else.
  if (names.length === 0) return [];
  if (names.some((name) => knownStreams.includes(name))) return ofMap(json, 'it');
  throw new Misunderstood('it is neither a state message nor a map with the name of a stream of this source');
}

function ofMessage(message: unknown, where: string): readonly StreamState[] {
  if (!isJsonObject(message)) throw new Misunderstood(`${where} is not a state message`);
  switch (message['type'] ?? impliedType(message)) {
    case 'STATE':
      return ofMessage(message['state'], `the "state" of ${where}`);
    case 'STREAM':
      return [ofStream(message['stream'], `the "stream" of ${where}`)];
    case 'STREAM_STATE':
      return [ofStream(message, where)];
    case 'GLOBAL':
      return ofGlobal(message['global'], `the "global" of ${where}`);
    case 'LEGACY':
      return ofMap(message['data'] ?? {}, `the "data" of ${where}`);
    default:
      throw new Misunderstood(`${where} has no known "type" of state`);
  }
}

/** The platform may leave out the type; by the protocol it is LEGACY then, but what is there says more. */
function impliedType(message: JsonObject): string {
  if (isJsonObject(message['stream'])) return 'STREAM';
  if (isJsonObject(message['global'])) return 'GLOBAL';
  if (isJsonObject(message['data'])) return 'LEGACY';
  return isJsonObject(message['stream_descriptor']) ? 'STREAM_STATE' : '';
}

function ofGlobal(global: unknown, where: string): readonly StreamState[] {
  if (!isJsonObject(global)) throw new Misunderstood(`${where} is not an object`);
  const shared = global['shared_state'] ?? {};
  if (!isJsonObject(shared) || Object.keys(shared).length > 0) {
    throw new Misunderstood(`${where} has a "shared_state", which this source never writes`);
  }
  const streams: unknown = global['stream_states'] ?? [];
  if (!Array.isArray(streams)) throw new Misunderstood(`${where} has no array "stream_states"`);
  return streams.map((entry: unknown, index) => ofStream(entry, `stream state ${index + 1} of ${where}`));
}

function ofStream(entry: unknown, where: string): StreamState {
  const descriptor: unknown = isJsonObject(entry) ? entry['stream_descriptor'] : undefined;
  if (!isJsonObject(entry) || !isJsonObject(descriptor) || typeof descriptor['name'] !== 'string') {
    throw new Misunderstood(`${where} has no "stream_descriptor" with a "name"`);
  }
  const { name, namespace } = descriptor;
  if ((namespace ?? null) === null) return streamState({ name }, entry['stream_state']);
  if (typeof namespace === 'string') return streamState({ name, namespace }, entry['stream_state']);
  throw new Misunderstood(`the "namespace" of ${where} is not a string`);
}

function ofMap(map: unknown, where: string): readonly StreamState[] {
  if (!isJsonObject(map)) throw new Misunderstood(`${where} is not an object`);
  return Object.entries(map).map(([name, state]) => streamState({ name }, state));
}

function streamState(stream: StreamDescriptor, state: unknown): StreamState {
  const given = state ?? {};
  if (!isJsonObject(given)) throw new Misunderstood(`the state of the stream ${titleOf(stream)} is not an object`);
  return { stream, state: saysNothing(given) ? undefined : given };
}
