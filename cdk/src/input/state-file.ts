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
    if (json === null) return states;
    if (Array.isArray(json)) {
      json.forEach((entry: unknown, index) => {
        addMessage(entry, `entry ${index + 1}`, states);
      });
    } else if (isJsonObject(json) && isUnlabelled(json)) addUnlabelled(json, knownStreams, states);
    else addMessage(json, 'it', states);
    return states;
  } catch (error) {
    if (!(error instanceof Misunderstood)) throw error;
    throw new ConfigError(
      `The state file "${path}" can't be understood: ${error.message}. ` +
        'Hand over the state as it was saved, or none to read everything again.',
    );
  }
}

type States = StreamState[];

/** Ends the sentence "The state file can't be understood: ...". */
class Misunderstood extends Error {}

const LABELS: readonly string[] = ['type', 'stream', 'global', 'data', 'stream_descriptor'];

function isUnlabelled(json: JsonObject): boolean {
  return LABELS.every((label) => json[label] === undefined || json[label] === null);
}

function addUnlabelled(json: JsonObject, knownStreams: readonly string[], states: States): void {
  const given = Object.keys(json).filter((key) => !LABELS.includes(key));
  if (given.length === 0) return;
  // Without a label, only the name of a stream tells that this is a map of streams and not something else.
  if (!given.some((name) => knownStreams.includes(name))) {
    throw new Misunderstood('it is neither a state message nor a map with the name of a stream of this source');
  }
  addMap(json, 'it', states);
}

function addMessage(message: unknown, where: string, states: States): void {
  if (!isJsonObject(message)) throw new Misunderstood(`${where} is not a state message`);
  const type = message['type'] ?? impliedType(message);
  switch (type) {
    case 'STATE':
      addMessage(message['state'], `the "state" of ${where}`, states);
      return;
    case 'STREAM':
      addStream(message['stream'], `the "stream" of ${where}`, states);
      return;
    case 'STREAM_STATE':
      addStream(message, where, states);
      return;
    case 'GLOBAL':
      addGlobal(message['global'], `the "global" of ${where}`, states);
      return;
    case 'LEGACY':
      addMap(message['data'] ?? {}, `the "data" of ${where}`, states);
      return;
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

function addGlobal(global: unknown, where: string, states: States): void {
  if (!isJsonObject(global)) throw new Misunderstood(`${where} is not an object`);
  const shared = global['shared_state'] ?? {};
  if (!isJsonObject(shared) || Object.keys(shared).length > 0) {
    throw new Misunderstood(`${where} has a "shared_state", which this source never writes`);
  }
  const streams: unknown = global['stream_states'] ?? [];
  if (!Array.isArray(streams)) throw new Misunderstood(`${where} has no array "stream_states"`);
  streams.forEach((entry: unknown, index) => {
    addStream(entry, `stream state ${index + 1} of ${where}`, states);
  });
}

function addStream(stream: unknown, where: string, states: States): void {
  const descriptor: unknown = isJsonObject(stream) ? stream['stream_descriptor'] : undefined;
  const name: unknown = isJsonObject(descriptor) ? descriptor['name'] : undefined;
  const namespace: unknown = isJsonObject(descriptor) ? (descriptor['namespace'] ?? undefined) : undefined;
  if (!isJsonObject(stream) || typeof name !== 'string') {
    throw new Misunderstood(`${where} has no "stream_descriptor" with a "name"`);
  }
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw new Misunderstood(`the "namespace" of ${where} is not a string`);
  }
  addState(namespace === undefined ? { name } : { name, namespace }, stream['stream_state'], states);
}

function addMap(map: unknown, where: string, states: States): void {
  if (!isJsonObject(map)) throw new Misunderstood(`${where} is not an object`);
  for (const [name, state] of Object.entries(map)) addState({ name }, state, states);
}

function addState(stream: StreamDescriptor, state: unknown, states: States): void {
  const given = state ?? {};
  if (!isJsonObject(given)) throw new Misunderstood(`the state of the stream ${titleOf(stream)} is not an object`);
  const before = states.findIndex((other) => isSame(other.stream, stream));
  if (before === -1) states.push({ stream, state: saysNothing(given) ? undefined : given });
  else if (!saysNothing(given)) states[before] = { stream, state: given };
}
