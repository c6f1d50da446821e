import { createHash } from 'node:crypto';
import { ConfigError, type JsonObject } from '@airbyte/cdk-typescript-compat';
import type { Config } from '../config';
import type { AuditLogsState } from '../generated/types';
import { isAuditLogsState } from '../generated/validators';
import { normalizeTimestamp } from './timestamp';

/** A saved state, read: timestamps are normalized. */
export interface SavedState {
  readonly timestamp: string;
  readonly id: string | undefined;
  readonly recentFrom: string;
  readonly recentIds: ReadonlyMap<string, readonly string[]>;
  /** Undefined in a state written by hand. */
  readonly config: string | undefined;
}

/**
 * Reads the state of an earlier sync. A state of only a timestamp, written by hand, starts there.
 * @throws ConfigError that says what is wrong in it
 */
export function parseState(json: JsonObject): SavedState {
  if (!isAuditLogsState(json)) throw stateError(violatedKey());
  const timestamp = timestampOf(json.timestamp, 'timestamp');
  const from = timestampOf(json.recent_from ?? json.timestamp, 'recent_from');
  // A timestamp moved back by hand is meant.
  const recentFrom = from < timestamp ? from : timestamp;
  const recentIds = new Map<string, readonly string[]>();
  for (const [key, ids] of Object.entries(json.recent_ids ?? {})) {
    const until = timestampOf(key, 'recent_ids');
    recentIds.set(until, [...(recentIds.get(until) ?? []), ...ids]);
  }
  return { timestamp, id: json.id ?? undefined, recentFrom, recentIds, config: json.config ?? undefined };
}

function violatedKey(): string {
  const violation = isAuditLogsState.errors?.[0];
  const missing = violation?.params['missingProperty'];
  return typeof missing === 'string' ? missing : (violation?.instancePath.split('/')[1] ?? 'timestamp');
}

function timestampOf(text: string, key: string): string {
  const timestamp = normalizeTimestamp(text);
  if (timestamp === undefined) throw stateError(key);
  return timestamp;
}

const EXPECTED: Readonly<Record<string, string>> = {
  timestamp: 'must be a time such as "2025-01-31T00:00:00.000Z"',
  recent_from: 'must be a time such as "2025-01-31T00:00:00.000Z"',
  recent_ids: 'must be an object of lists of ids by their time',
  id: 'must be a text',
  config: 'must be a text',
};

function stateError(key: string): ConfigError {
  return new ConfigError(
    `The saved state of the stream audit_logs can't be read: "${key}" ${EXPECTED[key] ?? 'is not as expected'}. Mend it, or reset the stream in Airbyte to read everything again.`,
  );
}

/** The state's JSON. Order of keys as documented. */
export function formatState(state: SavedState): AuditLogsState {
  return {
    timestamp: state.timestamp,
    id: state.id ?? null,
    recent_from: state.recentFrom,
    recent_ids: Object.fromEntries([...state.recentIds].map(([timestamp, ids]) => [timestamp, [...ids]])),
    config: state.config ?? null,
  };
}

/** Tells whether tenant and filters are still the same: 16 hex digits, in which no setting can be read. */
export function configFingerprint(config: Pick<Config, 'domain' | 'userIds' | 'operationNames'>): string {
  const parts = [config.domain, config.userIds.toSorted(), config.operationNames.toSorted()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
