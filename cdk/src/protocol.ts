// The Airbyte protocol, version 0.3.2, as far as a source uses it: airbyte_protocol.yaml in airbytehq/airbyte-protocol.

/** A JSON object: parsed from JSON, or only of what JSON can hold. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** How a stream is read; the platform writes it into the configured catalog. */
export type SyncMode = 'full_refresh' | 'incremental';

/** Names one stream of one source. */
export interface StreamDescriptor {
  readonly name: string;
  readonly namespace?: string;
}

/** The response of `spec`: what the user can configure. */
export interface ConnectorSpecification {
  readonly documentationUrl?: string;
  readonly changelogUrl?: string;
  readonly connectionSpecification: JsonObject;
  readonly supportsIncremental?: boolean;
  readonly protocol_version?: string;
  /** How the platform may obtain credentials by OAuth, so that the user need not type them. */
  readonly advanced_auth?: JsonObject;
}

/** The response of `check`. `message` is required here for FAILED: a failure explains itself. */
export type ConnectionStatus =
  { readonly status: 'SUCCEEDED' } | { readonly status: 'FAILED'; readonly message: string };

/** One stream in the response of `discover`. */
export interface AirbyteStream {
  readonly name: string;
  readonly json_schema: JsonObject;
  readonly supported_sync_modes: readonly SyncMode[];
  readonly source_defined_cursor?: boolean;
  readonly default_cursor_field?: readonly string[];
  readonly source_defined_primary_key?: readonly (readonly string[])[];
  readonly namespace?: string;
  readonly is_resumable?: boolean;
}

/** The response of `discover`. */
export interface AirbyteCatalog {
  readonly streams: readonly AirbyteStream[];
}

export type LogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE';

/**
 * Who has to act on an error: `config_error` the user (the platform stops retrying), `transient_error` nobody (the
 * platform retries), `system_error` the connector's authors.
 */
export type FailureType = 'config_error' | 'transient_error' | 'system_error';

export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE';

/**
 * What is said of a record in addition to its data: changes that its fields have undergone on their way
 * (airbyte_protocol.yaml, AirbyteRecordMessageMetaChange). `field` is the path of one.
 */
export interface RecordMeta {
  readonly changes?: readonly {
    readonly field: string;
    readonly change: 'NULLED' | 'TRUNCATED';
    readonly reason:
      | 'SOURCE_RECORD_SIZE_LIMITATION'
      | 'SOURCE_FIELD_SIZE_LIMITATION'
      | 'SOURCE_SERIALIZATION_ERROR'
      | 'SOURCE_RETRIEVAL_ERROR';
  }[];
}

export interface RecordMessage {
  readonly type: 'RECORD';
  readonly record: Emitted & {
    readonly namespace?: string;
    readonly stream: string;
    readonly data: JsonObject;
    readonly meta?: RecordMeta;
  };
}

/** `sourceStats.recordCount`: records since the previous STATE of that stream. */
export interface StateMessage {
  readonly type: 'STATE';
  readonly state: {
    readonly type: 'STREAM';
    readonly stream: { readonly stream_descriptor: StreamDescriptor; readonly stream_state: JsonObject };
    readonly sourceStats: { readonly recordCount: number };
  };
}

export interface ErrorTrace {
  readonly message: string;
  readonly internal_message?: string;
  readonly stack_trace?: string;
  readonly failure_type: FailureType;
  readonly stream_descriptor?: StreamDescriptor;
}

/** `reasons`: why a RUNNING stream stands still. `quota_reset`: epoch ms at which reading goes on. */
export interface StreamStatusTrace {
  readonly stream_descriptor: StreamDescriptor;
  readonly status: StreamStatus;
  readonly reasons?: readonly {
    readonly type: 'RATE_LIMITED';
    readonly rate_limited: { readonly quota_reset: number };
  }[];
}

/** `row_estimate`: how many records this sync will bring for the stream. */
export interface EstimateTrace extends StreamDescriptor {
  readonly type: 'STREAM';
  readonly row_estimate: number;
}

/** `emitted_at`: epoch ms. */
interface Emitted {
  readonly emitted_at: number;
}

export interface TraceMessage {
  readonly type: 'TRACE';
  readonly trace: Emitted &
    (
      | { readonly type: 'ERROR'; readonly error: ErrorTrace }
      | { readonly type: 'ESTIMATE'; readonly estimate: EstimateTrace }
      | { readonly type: 'STREAM_STATUS'; readonly stream_status: StreamStatusTrace }
    );
}

export interface LogMessage {
  readonly type: 'LOG';
  readonly log: { readonly level: LogLevel; readonly message: string; readonly stack_trace?: string };
}

/** Everything a source may write to stdout, one a line. CONTROL asks the platform to store a changed config. */
export type AirbyteMessage =
  | { readonly type: 'SPEC'; readonly spec: ConnectorSpecification }
  | { readonly type: 'CONNECTION_STATUS'; readonly connectionStatus: ConnectionStatus }
  | { readonly type: 'CATALOG'; readonly catalog: AirbyteCatalog }
  | { readonly type: 'CONTROL'; readonly control: Emitted & ConfigControl }
  | RecordMessage
  | StateMessage
  | LogMessage
  | TraceMessage;

interface ConfigControl {
  readonly type: 'CONNECTOR_CONFIG';
  readonly connectorConfig: { readonly config: JsonObject };
}

/**
 * Records of one stream as JSON text in UTF-8: record i is `bytes[ends[i - 1] ?? 0, ends[i])`. Each is a valid JSON
 * object that common readers take, its fields at most `MAX_LEVELS` levels deep, without line breaks, in which U+0085,
 * U+2028 and U+2029 are escaped: it is written as it is, so it holds no column that the catalog leaves out
 * (`OpenRequest.columns`).
 */
export interface JsonRecords {
  readonly bytes: Uint8Array;
  readonly ends: ArrayLike<number>;
}
