import { ConfigError } from '../src/errors';
import type { AirbyteStream, ConnectionStatus, JsonObject } from '../src/protocol';
import type { CommandContext, OpenRequest, ReadContext, Source, Stream, StreamReader } from '../src/source';

/** What a {@link fakeSource} does where a test wants something else than the usual. */
export interface FakeBehaviour {
  readonly check?: (context: CommandContext) => Promise<ConnectionStatus>;
  readonly parseConfig?: (json: JsonObject) => JsonObject | Promise<JsonObject>;
  /** In place of "cats" and "dogs". */
  readonly streams?: () => readonly Stream[] | Promise<readonly Stream[]>;
  /** More about "cats" in the catalog. */
  readonly descriptor?: Partial<AirbyteStream>;
  readonly missingStreams?: 'fail' | 'skip';
  readonly spec?: JsonObject;
  /** What happens when the stream "cats" is opened. */
  readonly open?: (request: OpenRequest) => void;
  /** How "cats" and "dogs" are read. */
  readonly cats?: FakeRead;
  readonly dogs?: FakeRead;
}

/** Reads a stream. `state`: what it was opened with. */
export type FakeRead = (context: ReadContext, state: JsonObject | undefined) => ReturnType<StreamReader>;

const SPEC: JsonObject = {
  type: 'object',
  required: ['token'],
  properties: { token: { type: 'string', airbyte_secret: true }, colour: { type: 'string' } },
};

/** A source with two streams, "cats" and "dogs". It wants a config with a `token`. */
export function fakeSource(behaviour: FakeBehaviour = {}): Source<JsonObject> {
  return {
    spec: () => ({ connectionSpecification: behaviour.spec ?? SPEC, supportsIncremental: true }),
    parseConfig: behaviour.parseConfig ?? parseConfig,
    check: (_, context) => behaviour.check?.(context) ?? Promise.resolve({ status: 'SUCCEEDED' }),
    ...(behaviour.missingStreams === undefined ? {} : { missingStreams: behaviour.missingStreams }),
    streams:
      behaviour.streams ??
      (() => [
        fakeStream({ name: 'cats', ...behaviour.descriptor }, behaviour.cats ?? oneRecord, behaviour.open),
        fakeStream({ name: 'dogs' }, behaviour.dogs ?? oneRecord),
      ]),
  };
}

function parseConfig(json: JsonObject): JsonObject {
  if (typeof json['token'] === 'string') return json;
  throw new ConfigError('Token is missing: type the token of your zoo.');
}

const oneRecord: FakeRead = () => [{ records: [{ id: '1' }] }, { checkpoint: { id: '1' } }];

/** A stream that is read by `read`. */
export function fakeStream(
  descriptor: Partial<AirbyteStream>,
  read: FakeRead = oneRecord,
  open?: (request: OpenRequest) => void,
): Stream {
  return {
    descriptor: {
      name: 'cats',
      json_schema: { type: 'object', properties: { id: { type: 'string' } } },
      supported_sync_modes: ['full_refresh', 'incremental'],
      ...descriptor,
    },
    open: (request): StreamReader => {
      open?.(request);
      return (context) => read(context, request.state);
    },
  };
}

/** A configured catalog of these streams. */
export function catalogOf(...names: readonly string[]): JsonObject {
  return {
    streams: names.map((name) => ({
      stream: { name, namespace: null, json_schema: {}, supported_sync_modes: ['full_refresh'] },
      sync_mode: 'incremental',
      destination_sync_mode: 'append',
      cursor_field: null,
      primary_key: null,
      generation_id: null,
    })),
  };
}

/** A state message as the platform hands it over. */
export function stateOf(name: string, state: JsonObject | null): JsonObject {
  return { type: 'STREAM', stream: { stream_descriptor: { name, namespace: null }, stream_state: state } };
}
