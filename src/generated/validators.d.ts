// Generated from schemas/ by `npm run generate`. Do not edit.

import type { AuditLogsState, SourceConfig } from './types';

/** What a validator finds wrong, as ajv describes it. */
export interface SchemaViolation {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** A precompiled validator. `errors` belongs to the latest call. */
export interface SchemaGuard<T> {
  (json: unknown): json is T;
  errors?: readonly SchemaViolation[] | null;
}

/** True when `json` has the shape of {@link SourceConfig}; otherwise `isSourceConfig.errors` says why not. */
export declare const isSourceConfig: SchemaGuard<SourceConfig>;

/** True when `json` has the shape of {@link AuditLogsState}; otherwise `isAuditLogsState.errors` says why not. */
export declare const isAuditLogsState: SchemaGuard<AuditLogsState>;
