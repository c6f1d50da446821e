import type {
  AirbyteStream,
  ConnectionStatus,
  ConnectorSpecification,
  JsonObject,
  JsonRecords,
  LogLevel,
  RecordMeta,
  StreamDescriptor,
  SyncMode,
} from './protocol';

/** Writes a LOG message. Secrets are masked; still, never pass headers or a record's contents. */
export type Log = (level: LogLevel, message: string) => void;

/** What every command of a source is handed. */
export interface CommandContext {
  readonly log: Log;
  /** Aborted when the process is asked to stop (SIGTERM, SIGINT) or nobody reads its output any more. */
  readonly signal: AbortSignal;
  /** Masks a secret that was obtained while running, as those of the config are: in every LOG, TRACE and failed check. */
  readonly mask: (secret: string) => void;
  /**
   * Asks the platform to store a changed config (CONTROL CONNECTOR_CONFIG), such as a refresh token that was exchanged.
   * @param changes merged into the given config as a JSON merge patch (RFC 7396): null removes a key. Secrets in it are
   *   masked from now on
   */
  readonly saveConfig: (changes: object) => void;
}

/** What the reader of a stream is handed. */
export interface ReadContext extends CommandContext {
  /**
   * Says that reading stands still for a rate limit (STREAM_STATUS RUNNING with the reason RATE_LIMITED).
   * @param until when it goes on, epoch ms
   */
  readonly rateLimited: (until: number) => void;
}

/**
 * A source connector: it speaks through what it is handed, and never touches stdout. What `spec` doesn't need is best
 * imported by the methods that do: the command `spec` waits for nothing else.
 */
export interface Source<Config> {
  /** The response of `spec`. Called by every command: keep it cheap. */
  spec(): ConnectorSpecification;

  /**
   * Validates the user's config. Properties that are null are absent already: the platform writes null for what is not set.
   * @throws ConfigError whose message names the field by its title and says what to type
   */
  parseConfig(json: JsonObject): Config | Promise<Config>;

  /**
   * Tries the config out. A ConnectorError thrown here becomes FAILED with its message; anything else is a fault of
   * the source (TRACE ERROR, exit 1).
   */
  check(config: Config, context: CommandContext): Promise<ConnectionStatus>;

  /**
   * What becomes of a stream in the configured catalog that the source no longer has. `fail`, the default: nothing is
   * read. `skip`: the others are read, and the read ends as one in which that stream failed.
   */
  readonly missingStreams?: 'fail' | 'skip';

  /** The streams that `discover` lists and `read` reads, each with a name of its own (in its namespace). */
  streams(config: Config, context: CommandContext): readonly Stream[] | Promise<readonly Stream[]>;
}

/** What one read asks of a stream: the saved state, and what the configured catalog says of the stream. */
export interface OpenRequest {
  /**
   * What the platform saved after an earlier read; undefined in a first read and in a refresh. In a full refresh, only of
   * a stream that says `is_resumable`: the platform then goes on with a read that was cut off.
   */
  readonly state: JsonObject | undefined;
  readonly syncMode: SyncMode;
  /** Which generation of the stream's data this read adds to. Absent where the platform knows no refreshes. */
  readonly generationId?: number | undefined;
  /** The destination deletes the data of lower ones once the read has succeeded: see {@link isRefresh}. */
  readonly minimumGenerationId?: number | undefined;
  /** The platform's number of this sync. */
  readonly syncId?: number | undefined;
  /** Path of the cursor that the user chose, where the stream leaves the choice (no `source_defined_cursor`). */
  readonly cursorField?: readonly string[] | undefined;
  /** Paths of the primary key that the user chose, where the stream leaves the choice. */
  readonly primaryKey?: readonly (readonly string[])[] | undefined;
  /**
   * Names of the columns that are written: those that the user selected, the cursor and the primary key. Undefined where
   * no declared column is left out. A stream that yields JSON text leaves the others out itself.
   */
  readonly columns?: readonly string[] | undefined;
}

/**
 * Whether the platform asks for everything anew, and may delete what it had once the read succeeds (Airbyte's docs,
 * "Refreshing your data"): there is no state and no generation but the current one. A first sync looks the same with
 * PyAirbyte, which always sends generation 1, minimum 1 and sync 1: there is nothing to lose.
 */
export function isRefresh({ state, generationId, minimumGenerationId, syncId }: OpenRequest): boolean {
  if (state !== undefined || generationId === undefined || syncId === 1) return false;
  return generationId >= 1 && minimumGenerationId === generationId;
}

/** One stream of a source. */
export interface Stream {
  /** What `discover` says of it; `descriptor.name` is its name everywhere. */
  readonly descriptor: AirbyteStream;

  /**
   * Makes a reader for one read. All streams are opened before the first is read.
   * @throws ConfigError when the state can't be understood; the message says what is wrong in it. The command
   *   line adds the state file's name. Never start from scratch instead.
   */
  open(request: OpenRequest): StreamReader;
}

/**
 * One read of one stream: a generator function whose items are written in their order. The next one is only asked for
 * when the output can take more; until then the objects or bytes of an item must stay as they are.
 *
 * A read that ends well has yielded a checkpoint after its last record, also when there was nothing to read. When the
 * read is to stop, `context.signal` is aborted and items are taken for a short while more, until a checkpoint leaves no
 * record without one; then the generator is ended (`return()`), so that its `finally` blocks run.
 * @throws ConnectorError for what the user is to see; everything else is reported as a system_error
 */
export type StreamReader = (context: ReadContext) => AsyncIterable<StreamItem> | Iterable<StreamItem>;

/** A state, or a function that makes it. */
export type StateOrMaker = object | (() => object);

/** A state, made where it isn't yet. */
export function stateOf(state: StateOrMaker): object {
  return isMaker(state) ? state() : state;
}

/** Whether a state is still to be made. */
export const isMaker = (state: StateOrMaker): state is () => object => typeof state === 'function';

/** What a {@link StreamReader} yields. */
export type StreamItem =
  /** RECORDs, as objects or as JSON text. `meta` is that of each of them. */
  | { readonly records: readonly object[] | JsonRecords; readonly meta?: RecordMeta }
  /**
   * A state from which a later read can go on: everything before it was delivered. Not each becomes a STATE at once. A
   * function is only called where its state becomes one, at any time before the next checkpoint: it makes the state of
   * this place. `takesBack`: it takes an earlier one back, so it becomes a STATE at once.
   */
  | { readonly checkpoint: StateOrMaker; readonly takesBack?: boolean }
  /** Where the read stands before its first checkpoint, should it fail, be stopped or stay silent until then. */
  | { readonly startFrom: StateOrMaker }
  /** How many records this read will bring: TRACE ESTIMATE. */
  | { readonly estimate: number };

/**
 * The stream that the platform or a person means: that of the same name and namespace, or else the only one of that
 * name, because namespaces get lost (a state written by hand has none) and added (a connection may have its own).
 */
export function findStream(streams: readonly Stream[], named: StreamDescriptor): Stream | undefined {
  const sameName = streams.filter(({ descriptor }) => descriptor.name === named.name);
  return sameName.length === 1 ? sameName[0] : sameName.find(({ descriptor }) => isSame(descriptor, named));
}

/** Whether two descriptors name one stream. */
export function isSame(one: StreamDescriptor, other: StreamDescriptor): boolean {
  return one.name === other.name && (one.namespace ?? '') === (other.namespace ?? '');
}

/** The first of several descriptors that names the stream of one before it. */
export function repeatedIn(streams: readonly StreamDescriptor[]): StreamDescriptor | undefined {
  return streams.find((one, index) => streams.findIndex((other) => isSame(one, other)) !== index);
}

/** A stream's name as people read it. */
export function titleOf({ name, namespace }: StreamDescriptor): string {
  return namespace === undefined ? `"${name}"` : `"${name}" of the namespace "${namespace}"`;
}

/** Only the name and, where it has one, the namespace. */
export function descriptorOf({ name, namespace }: StreamDescriptor): StreamDescriptor {
  return namespace === undefined ? { name } : { name, namespace };
}

/**
 * A state that says nothing but that there is none. Airbyte's Python CDK writes the same (`NO_CURSOR_STATE_KEY`): the
 * platform takes no STATE for a sign of life, or for the end of a stream, that is empty.
 */
export const NO_STATE: JsonObject = { __ab_no_cursor_state_message: true };

/** Whether a state says that there is none: it is empty, or {@link NO_STATE}. */
export function saysNothing(state: JsonObject): boolean {
  return Object.keys(state).every((key) => Object.hasOwn(NO_STATE, key));
}
