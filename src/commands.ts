/**
 * What the commands other than `spec` need: the program loads it as a file of its own, when the first of them is called
 * (docs/performance.md).
 */
export { createHttp } from '@airbyte/cdk-typescript-compat/http';
export { auditLogsStream } from './audit-logs/stream';
export { checkConnection } from './check';
export { parseConfig } from './config';
