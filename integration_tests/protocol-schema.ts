/**
 * JSON Schemas of the messages that a source writes, one for each `type`, after the Airbyte protocol 0.3.2. The protocol
 * allows unknown keys everywhere; here they are refused, so that a misspelled key is found instead of being ignored.
 */

/** An object with exactly these keys, all of them required but those that end in `?`. */
function exactly(properties: Readonly<Record<string, object>>): object {
  const entries = Object.entries(properties);
  return {
    type: 'object',
    additionalProperties: false,
    required: entries.flatMap(([key]) => (key.endsWith('?') ? [] : [key])),
    properties: Object.fromEntries(entries.map(([key, schema]) => [key.replace(/\?$/, ''), schema])),
  };
}

const text = { type: 'string' };
const sentence = { type: 'string', minLength: 1 };
const flag = { type: 'boolean' };
const free = { type: 'object' };
const webAddress = { type: 'string', format: 'uri' };
/** Later than 2020: seconds in place of milliseconds would be before. */
const epochMs = { type: 'integer', minimum: 1_577_836_800_000 };
const path = { type: 'array', items: text, minItems: 1 };

const descriptor = exactly({ name: sentence, 'namespace?': text });

const stream = exactly({
  name: sentence,
  json_schema: free,
  supported_sync_modes: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: { enum: ['full_refresh', 'incremental'] },
  },
  'source_defined_cursor?': flag,
  'default_cursor_field?': path,
  'source_defined_primary_key?': { type: 'array', items: path },
  'namespace?': text,
  'is_resumable?': flag,
  'is_file_based?': flag,
});

const specification = exactly({
  connectionSpecification: free,
  'documentationUrl?': webAddress,
  'changelogUrl?': webAddress,
  'supportsIncremental?': flag,
  'supported_destination_sync_modes?': { type: 'array' },
  'advanced_auth?': free,
  'protocol_version?': { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
});

const connectionStatus = {
  oneOf: [
    exactly({ status: { const: 'SUCCEEDED' }, 'message?': text }),
    exactly({ status: { const: 'FAILED' }, message: sentence }),
  ],
};

const log = exactly({
  level: { enum: ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] },
  message: sentence,
  'stack_trace?': text,
});

const record = exactly({
  stream: sentence,
  data: { type: 'object', minProperties: 1 },
  emitted_at: epochMs,
  'namespace?': text,
  'meta?': free,
});

const state = exactly({
  type: { const: 'STREAM' },
  stream: exactly({ stream_descriptor: descriptor, stream_state: { type: 'object', minProperties: 1 } }),
  sourceStats: exactly({ recordCount: { type: 'number', multipleOf: 1, minimum: 0 } }),
});

const error = exactly({
  message: sentence,
  'internal_message?': text,
  'stack_trace?': text,
  failure_type: { enum: ['system_error', 'config_error', 'transient_error'] },
  'stream_descriptor?': descriptor,
});

const estimate = exactly({
  name: sentence,
  type: { const: 'STREAM' },
  'namespace?': text,
  row_estimate: { type: 'integer', minimum: 0 },
  'byte_estimate?': { type: 'integer', minimum: 0 },
});

const streamStatus = exactly({
  stream_descriptor: descriptor,
  status: { enum: ['STARTED', 'RUNNING', 'COMPLETE', 'INCOMPLETE'] },
  'reasons?': {
    type: 'array',
    items: exactly({ type: { const: 'RATE_LIMITED' }, 'rate_limited?': exactly({ 'quota_reset?': epochMs }) }),
  },
});

const trace = {
  oneOf: [
    exactly({ type: { const: 'ERROR' }, emitted_at: epochMs, error }),
    exactly({ type: { const: 'ESTIMATE' }, emitted_at: epochMs, estimate }),
    exactly({ type: { const: 'STREAM_STATUS' }, emitted_at: epochMs, stream_status: streamStatus }),
  ],
};

const message = (type: string, key: string, content: object): [string, object] => [
  type,
  exactly({ type: { const: type }, [key]: content }),
];

/** The schema of each message by its `type`. */
export const messageSchemas: ReadonlyMap<string, object> = new Map([
  message('SPEC', 'spec', specification),
  message('CONNECTION_STATUS', 'connectionStatus', connectionStatus),
  message('CATALOG', 'catalog', exactly({ streams: { type: 'array', items: stream } })),
  message('RECORD', 'record', record),
  message('STATE', 'state', state),
  message('LOG', 'log', log),
  message('TRACE', 'trace', trace),
]);
