/** What the commands other than `spec` need: a file of its own, loaded with the first of them (docs/performance.md). */
export { createHttp } from '@airbyte/cdk-typescript-compat/http';
export { auditLogsStream } from './audit-logs/stream';
export { checkConnection } from './check';
export { parseConfig } from './config';
