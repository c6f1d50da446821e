import type {
  AirbyteStream,
  ConnectionStatus,
  ConnectorSpecification,
  JsonObject,
  JsonRecords,
  LogLevel,
  SyncMode,
} from './protocol';

/** Writes a LOG message. Secrets of the config are masked; still, never pass headers or a record's contents. */
export type Log = (level: LogLevel, message: string) => void;

/** What every command of a source is handed. */
export interface CommandContext {
  readonly log: Log;
  /** Aborted when the process is asked to stop (SIGTERM, SIGINT) or nobody reads its output any more. */
  readonly signal: AbortSignal;
}

/**
 * A source connector, written once for all commands. What `spec` doesn't need is best imported by the methods that do:
 * whoever asks for the spec waits for nothing else. `Config` is what `parseConfig` makes of the user's JSON.
 * Nothing of a source ever touches stdout: it speaks through what it is handed.
 */
export interface Source<Config> {
  /** The answer of `spec`. Called by every command: keep it cheap. */
  spec(): ConnectorSpecification;

  /**
   * Validates the user's config. Nulls at the top level have been removed already (the platform writes them for
   * absent optional fields).
   * @throws ConfigError whose message names the field by its title and says what to type.
   */
  parseConfig(json: JsonObject): Config | Promise<Config>;

  /**
   * Tries the config out. A ConnectorError thrown here becomes FAILED with its message; anything else is a fault of
   * the source (TRACE ERROR, exit 1).
   */
  check(config: Config, context: CommandContext): Promise<ConnectionStatus>;

  /** The streams that `discover` lists and `read` reads. */
  streams(config: Config, context: CommandContext): readonly Stream[] | Promise<readonly Stream[]>;
}

/** What one read asks of a stream: the saved state, and what the configured catalog says of the stream. */
export interface OpenRequest {
  /** What the platform saved after an earlier read; undefined in a first read and in a refresh. */
  readonly state: JsonObject | undefined;
  readonly syncMode: SyncMode;
  /** Which generation of the stream's data this read adds to. Absent where the platform knows no refreshes. */
  readonly generationId?: number | undefined;
  /**
   * The destination deletes the data of all lower generations once the read has succeeded. The same as `generationId`
   * and no state: everything is to be read anew (airbyte_protocol.yaml, ConfiguredAirbyteStream).
   */
  readonly minimumGenerationId?: number | undefined;
  /** The platform's number of this sync. */
  readonly syncId?: number | undefined;
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

/** One read of one stream. */
export interface StreamReader {
  /**
   * Reads the stream to its end, or until `context.signal` is aborted: then it returns (or throws) soon, having
   * checkpointed what it safely could. It must call `output.checkpoint` at least once when it ends well.
   * @throws ConnectorError for what the user is to see; everything else is reported as a system_error.
   */
  read(output: StreamOutput, context: CommandContext): Promise<void>;
}

/** Where a stream's reader puts what it has read. Messages keep the order of the calls. */
export interface StreamOutput {
  /**
   * Emits RECORDs. Resolves when the pipe can take more: await it before reading on (backpressure). Until then the
   * objects or bytes must stay as they are. Bytes are trusted to be what {@link JsonRecords} says.
   */
  records(data: readonly JsonObject[] | JsonRecords): Promise<void>;

  /** Emits a STATE from which a later read can go on, and flushes. It counts the records since the last. */
  checkpoint(state: JsonObject): Promise<void>;

  /**
   * Says that this is where the read stands although nothing was read yet: not written, but sent should the read
   * fail or be stopped before its first checkpoint, and by `heartbeat`.
   */
  startFrom(state: JsonObject): void;

  /** Sends the current STATE again: while waiting long, only RECORD and STATE count as a sign of life. */
  heartbeat(): Promise<void>;

  /** Says that reading stands still for a rate limit until `quotaReset` (epoch ms): STREAM_STATUS RUNNING, RATE_LIMITED. */
  rateLimited(quotaReset: number): Promise<void>;

  /** Says how many records this read will bring: TRACE ESTIMATE. */
  estimate(rows: number): void;
}
