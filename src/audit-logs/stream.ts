import type { AirbyteStream, OpenRequest, Stream, StreamReader } from '@airbyte/cdk-typescript-compat';
import schema from '../../schemas/audit_logs.json';
import type { Config } from '../config';
import type { Environment } from '../tines/connect';
import { parseState } from './state';
import { readAuditLogs } from './sync';
import type { WindowSizes } from './windows';

/** The audit logs of the tenant: incremental by `timestamp`, with the primary key `id`. */
export class AuditLogsStream implements Stream {
  readonly #config: Config;
  readonly #environment: Environment;
  readonly #sizes: WindowSizes | undefined;
  readonly descriptor: AirbyteStream = {
    name: 'audit_logs',
    json_schema: schema,
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: ['timestamp'],
    source_defined_primary_key: [['id']],
    is_resumable: true,
  };

  constructor(config: Config, environment: Environment, sizes?: WindowSizes) {
    this.#config = config;
    this.#environment = environment;
    this.#sizes = sizes;
  }

  /** As {@link Stream.open}: a full refresh honours a given state in the same way. */
  open(request: OpenRequest): StreamReader {
    const saved = request.state === undefined ? undefined : parseState(request.state, this.#config);
    const inputs = { config: this.#config, environment: this.#environment, request, saved, sizes: this.#sizes };
    return (context) => readAuditLogs(inputs, context);
  }
}
