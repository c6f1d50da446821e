// Generated from schemas/ by `npm run generate`. Do not edit.

import type { Validator } from '@airbyte/cdk-typescript-compat';
import type { AuditLogsState, SourceConfig } from './types';

/** Whether JSON has the shape of {@link SourceConfig}. */
export declare const isSourceConfig: Validator<SourceConfig>;

/** Whether JSON has the shape of {@link AuditLogsState}. */
export declare const isAuditLogsState: Validator<AuditLogsState>;
