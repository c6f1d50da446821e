import { createHash } from 'node:crypto';
import { ConfigError, type JsonObject } from '@airbyte/cdk-typescript-compat';
import {
  compactId,
  DeliveredIds,
  MAX_ID_CHARACTERS,
  type DeliveredIdsJson,
  type LookbackPosition,
} from '@airbyte/cdk-typescript-compat/incremental';
import type { Config } from '../config';
import type { AuditLogsState } from '../generated/types';
import { isAuditLogsState } from '../generated/validators';
import { formatSeconds, formatTimestamp, LAST_SECOND, parseTimestamp } from '../tines/time';

/** A saved state, read for the settings of this sync. */
export interface SavedState extends LookbackPosition {
  /** Which of these settings is another one than in the sync that saved the state: a reason for a WARN. */
  readonly changed: 'tenant' | 'filters' | undefined;
  /** Whether the same tenant was read before: key and domain have worked. */
  readonly isOfTenant: boolean;
  /** What is known of the sync that saved it; undefined in states written by hand, or by a version before 0.3. */
  readonly lastSync: LastSync | undefined;
}

/** What a later sync learns of the one that writes a state. */
export interface LastSync {
  /** When it began, by the later of the server's clock and this machine's. Epoch s. */
  readonly at: number;
  /** The earliest second that was ever asked for. Epoch s. */
  readonly start: number;
  readonly lookbackMinutes: number;
}

/** The settings that say whose entries are read, and which of them. */
export type Scope = Pick<Config, 'domain' | 'userIds' | 'operationNames' | 'excludedOperations'>;

/**
 * Reads the state of an earlier sync, also one of version 0.1 or 0.2. A state of only a timestamp, written by hand, starts
 * there, and so does one whose timestamp was changed by hand: it isn't the copy of it in `last_sync`, or lies before
 * `recent_from`. Its ids are left out then, and so they are where the tenant has changed.
 * @throws ConfigError that names the key which can't be read, and what to do
 */
export function parseState(json: JsonObject, scope: Scope): SavedState {
  if (!isAuditLogsState(json)) throw stateError(violatedKey());
  const timestamp = timestampOf(json.timestamp, 'timestamp');
  const recentFrom = timestampOf(json.recent_from ?? json.timestamp, 'recent_from');
  const delivered = readIds(json.recent_ids ?? {});
  const changed = changeSince(json.config ?? undefined, scope);
  const lastSync = json.last_sync ?? undefined;
  const written = lastSync === undefined ? timestamp : timestampOf(lastSync.timestamp, 'last_sync');
  const isChangedByHand = timestamp !== written || timestamp < recentFrom;
  return {
    timestamp,
    id: changed === 'tenant' || typeof json.id !== 'string' ? undefined : compactId(json.id),
    recentFrom: Math.floor((isChangedByHand ? timestamp : recentFrom) / 1000),
    delivered: changed === 'tenant' || isChangedByHand ? new DeliveredIds() : delivered,
    changed,
    isOfTenant: typeof json.config === 'string' && changed !== 'tenant',
    lastSync: lastSync === undefined ? undefined : readLastSync(lastSync),
  };
}

/** The state's JSON, a copy. Order of keys as documented. */
export function formatState(position: LookbackPosition, scope: Scope, lastSync: LastSync): AuditLogsState {
  const { tenant, filters } = fingerprintsOf(scope);
  const timestamp = formatTimestamp(position.timestamp) ?? formatSeconds(LAST_SECOND);
  return {
    timestamp,
    id: position.id === undefined ? null : String(position.id),
    recent_from: formatSeconds(position.recentFrom),
    recent_ids: position.delivered.toJSON(),
    config: `${tenant}.${filters}`,
    last_sync: {
      timestamp,
      at: formatSeconds(lastSync.at),
      start: formatSeconds(lastSync.start),
      lookback_minutes: lastSync.lookbackMinutes,
    },
  };
}

/** No version wrote more ids, and each takes a hundred bytes of memory though it may be two in the state. */
function readIds(json: DeliveredIdsJson): DeliveredIds {
  if (JSON.stringify(json).length > MAX_ID_CHARACTERS) {
    throw stateError('recent_ids', `must have no more than ${MAX_ID_CHARACTERS} characters`);
  }
  const delivered = DeliveredIds.fromJSON(json);
  if (delivered === undefined) throw stateError('recent_ids');
  return delivered;
}

function readLastSync({ at, start, lookback_minutes }: NonNullable<AuditLogsState['last_sync']>): LastSync {
  return {
    at: Math.floor(timestampOf(at, 'last_sync') / 1000),
    start: Math.floor(timestampOf(start, 'last_sync') / 1000),
    lookbackMinutes: lookback_minutes,
  };
}

/** @param saved `config` of the state; undefined in a state written by hand */
function changeSince(saved: string | undefined, scope: Scope): SavedState['changed'] {
  if (saved === undefined || saved === fingerprintOfVersion01(scope)) return undefined;
  const { tenant, filters } = fingerprintsOf(scope);
  const [savedTenant, savedFilters] = saved.split('.');
  if (savedTenant !== tenant) return 'tenant';
  return savedFilters === filters ? undefined : 'filters';
}

function fingerprintsOf(scope: Scope): { tenant: string; filters: string } {
  const filters = [scope.userIds.toSorted(), scope.operationNames.toSorted()];
  // States from before this setting have no trace of it.
  if (scope.excludedOperations.length > 0) filters.push(scope.excludedOperations.toSorted());
  return { tenant: fingerprint([scope.domain]), filters: fingerprint(filters) };
}

/** One for both: where it differs, the tenant may have changed. */
function fingerprintOfVersion01({ domain, userIds, operationNames }: Scope): string {
  return fingerprint([domain, userIds.toSorted(), operationNames.toSorted()]);
}

/** 16 hex digits, in which no setting can be read. */
function fingerprint(settings: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
}

/** What the first violation is about: one without a path is that `timestamp`, the only required key, is missing. */
function violatedKey(): string {
  return isAuditLogsState.errors?.[0]?.instancePath.split('/')[1] ?? 'timestamp';
}

/** Epoch ms. */
function timestampOf(text: string, key: string): number {
  const timestamp = parseTimestamp(text);
  if (timestamp === undefined) throw stateError(key);
  return timestamp;
}

const EXPECTED: Readonly<Record<string, string>> = {
  timestamp: 'must be a time such as "2025-01-31T00:00:00.000Z"',
  recent_from: 'must be a time such as "2025-01-31T00:00:00.000Z"',
  recent_ids: 'must be an object of ids by their time, as this connector wrote it',
  id: 'must be a text',
  config: 'must be a text',
  last_sync: 'must be an object, as this connector wrote it',
};

function stateError(key: string, rule = EXPECTED[key] ?? 'is not as expected'): ConfigError {
  return new ConfigError(
    `The saved state of the stream audit_logs can't be read: "${key}" ${rule}. Mend it, or reset the stream in Airbyte to read everything again.`,
  );
}
