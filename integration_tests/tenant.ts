import { expect } from '@jest/globals';
import type { JsonObject, SyncMode } from '@airbyte/cdk-typescript-compat';
import { generateEntries, type GeneratorOptions } from '../simulated-tenant/entry-generator';
import { SimulatedTenant, type SimulatedTenantOptions } from '../simulated-tenant/simulated-tenant';
import type { TenantEntry } from '../simulated-tenant/tenant-entry';
import { STANDARD_SIZES } from '../src/audit-logs/windows';
import { type ConnectorRun, type Inputs, run, STREAM_NAME } from './connector';

/** One minute, hour and day in ms. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A key that looks different in JSON and in a URL, so that masking only one of its forms shows. */
export const API_KEY = 'integration"key\\7Q/x+Z=&%41';

/** So many entries don't fit into one window. */
export const MORE_THAN_A_WINDOW = 2 * STANDARD_SIZES.pages * STANDARD_SIZES.perPage + 600;

/** Runs a test with a tenant of its own. */
export async function withTenant(
  options: SimulatedTenantOptions,
  test: (tenant: SimulatedTenant) => Promise<void>,
): Promise<void> {
  const tenant = await SimulatedTenant.start({ apiKey: API_KEY, ...options });
  try {
    await test(tenant);
  } finally {
    await tenant.stop();
  }
}

/** Entries of the last 30 days, the newest an hour old. */
export function pastEntries(count: number, options: Partial<GeneratorOptions> = {}): TenantEntry[] {
  const now = Date.now();
  return generateEntries({ seed: 7, count, from: now - 30 * DAY, to: now - HOUR, ...options });
}

/** The form of `backfill_start_time`. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** The settings for a tenant. Reads its whole past. */
export function configFor(tenant: SimulatedTenant, settings: JsonObject = {}): JsonObject {
  return {
    tenant_domain: tenant.domain,
    api_key: API_KEY,
    ca_certificate: tenant.caCertificate,
    backfill_start_time: isoTime(Date.now() - 60 * DAY),
    ...settings,
  };
}

/** The same without a start. */
export function configFromNow(tenant: SimulatedTenant, settings: JsonObject = {}): JsonObject {
  return configFor(tenant, { backfill_start_time: null, ...settings });
}

/** The configured catalog, with the explicit nulls of the platform. @param generations ids of generations and sync */
export function catalogOf(mode: SyncMode = 'incremental', generations: JsonObject = {}): JsonObject {
  const stream = {
    name: STREAM_NAME,
    namespace: null,
    json_schema: {},
    supported_sync_modes: [mode],
    is_resumable: null,
  };
  const rest = { cursor_field: null, primary_key: null, destination_sync_mode: 'append', generation_id: null };
  return { streams: [{ stream, sync_mode: mode, ...rest, ...generations }] };
}

/** The state file that the platform writes of a stream state; none without one. */
export function stateFile(state: JsonObject | undefined): readonly JsonObject[] {
  if (state === undefined) return [];
  return [{ type: 'STREAM', stream: { stream_descriptor: { name: STREAM_NAME }, stream_state: state } }];
}

/** What a read is given in addition to its tenant. */
export interface ReadOptions extends Omit<Inputs, 'config' | 'catalog' | 'state'> {
  /** Settings in addition to those of `configFor`. */
  readonly settings?: JsonObject;
  /** The stream state to go on from. */
  readonly from?: JsonObject | undefined;
  readonly mode?: SyncMode;
}

/** The files of a read. */
export function inputsOf(tenant: SimulatedTenant, { settings, from, mode, ...inputs }: ReadOptions = {}): Inputs {
  return {
    config: configFor(tenant, settings),
    catalog: catalogOf(mode),
    state: stateFile(from),
    ...inputs,
  };
}

/** Reads a tenant to the end, and expects that to go well. */
export async function readTenant(tenant: SimulatedTenant, options: ReadOptions = {}): Promise<ConnectorRun> {
  const result = await run('read', inputsOf(tenant, options));
  expect({ exitCode: result.exitCode, errors: result.errors }).toEqual({ exitCode: 0, errors: [] });
  return result;
}

/** The last state of a read. */
export function lastState(result: ConnectorRun): JsonObject {
  const state = result.states.at(-1);
  if (state === undefined) throw new Error('The read has no state.');
  return state;
}

/** The ids of entries as records have them. */
export const idsOf = (entries: readonly TenantEntry[]): string[] => entries.map(({ id }) => String(id));

/** Expects each id exactly once and no other, in any order. Says how many are wrong, and some of them. */
export function expectEachOnce(ids: readonly string[], expected: readonly string[]): void {
  const [got, wanted] = [new Set(ids), new Set(expected)];
  const wrong = {
    missing: expected.filter((id) => !got.has(id)),
    unexpected: ids.filter((id) => !wanted.has(id)),
    repeated: got.size === ids.length ? [] : ids.filter((id, index) => ids.includes(id, index + 1)),
  };
  const report = Object.fromEntries(
    Object.entries(wrong).map(([what, which]) => [
      what,
      which.length === 0 ? [] : [which.length, ...which.slice(0, 5)],
    ]),
  );
  expect(report).toEqual({ missing: [], unexpected: [], repeated: [] });
}

/** Expects the records ascending by time, then by id where ids are numbers. */
export function expectAscending(result: ConnectorRun): void {
  const descending = result.records.findIndex((record, index) => {
    const before = result.records[index - 1];
    return before !== undefined && compare(before, record) > 0;
  });
  expect(descending).toBe(-1);
}

function compare(a: JsonObject, b: JsonObject): number {
  const [timeA, timeB] = [String(a['timestamp']), String(b['timestamp'])];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return Number(a['id']) - Number(b['id']) || 0;
}
