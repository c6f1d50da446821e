import type { Stream } from '@airbyte/cdk-typescript-compat';
import schema from '../../schemas/audit_logs.json';
import type { Config } from '../config';
import type { Environment } from '../tines/connect';
import { parseState } from './state';
import { readAuditLogs } from './sync';
import type { WindowSizes } from './windows';

/**
 * The audit logs of the tenant: incremental by `timestamp`, with the primary key `id`. A full refresh honours a given state
 * in the same way.
 */
export const auditLogsStream = (config: Config, environment: Environment, sizes?: WindowSizes): Stream => ({
  descriptor: {
    name: 'audit_logs',
    json_schema: schema,
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: ['timestamp'],
    source_defined_primary_key: [['id']],
    is_resumable: true,
  },
  open: (request) => {
    const saved = request.state === undefined ? undefined : parseState(request.state, config);
    return (context) => readAuditLogs({ config, environment, request, saved, sizes }, context);
  },
});
