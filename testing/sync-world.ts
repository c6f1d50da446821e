import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { VirtualClock, type SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { entryOf, type TenantEntry } from '../simulated-tenant/tenant-entry';
import { TenantModel, type TenantModelOptions } from '../simulated-tenant/tenant-model';
import type { WindowSizes } from '../src/audit-logs/windows';
import { simulateSync, type SimulatedSync } from './simulated-sync';

/** When the clock of a {@link SyncWorld} starts unless another time is given, epoch ms. */
export const START = Date.parse('2026-03-02T12:00:00.400Z');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Pages of five rows and windows of twenty: few entries make many of both. */
export const SMALL_SIZES: WindowSizes = { perPage: 5, pages: 4, bytes: 20_000, bytesHeld: 100_000 };

/** An entry of the API's own shape. @param at epoch ms */
export const entryAt = (id: number, at: number, more: JsonObject = {}): TenantEntry =>
  entryOf(
    { id, created_at: `${new Date(at).toISOString().slice(0, 19)}Z`, operation_name: 'Login', inputs: null, ...more },
    { at },
  );

/** `count` entries, evenly from `from` to before `to` (epoch ms), ids from `firstId` on. */
export const entriesBetween = (count: number, from: number, to: number, firstId = 1): TenantEntry[] =>
  Array.from({ length: count }, (_, index) => entryAt(firstId + index, from + (index * (to - from)) / count));

/** `count` consecutive ids from `from` on, as text. */
export const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));

/** The ids of a run's records, in their order. */
export const idsOf = (run: SourceRun): string[] => run.records.map(({ data }) => String(data['id']));

/** In the order of the numbers, for what comes in no fixed order. */
export const ascending = (ids: readonly string[]): string[] => ids.toSorted((a, b) => Number(a) - Number(b));

/** The texts of a run's WARN lines. */
export const warnings = (run: SourceRun): string[] =>
  run.logs.filter(({ level }) => level === 'WARN').map(({ message }) => message);

/** The text of a run's last line in the log. */
export const lastLine = (run: SourceRun): string => run.logs.at(-1)?.message ?? '';

/** Settings of a backfill. @param from epoch ms */
export const backfill = (from: number): JsonObject => ({ backfill_start_time: new Date(from).toISOString() });

/** One tenant and its connector, from sync to sync. */
export interface SyncWorld {
  readonly clock: VirtualClock;
  readonly model: TenantModel;
  /** How many requests there were. */
  readonly requests: () => number;
  /** The last state, as the platform keeps it. */
  readonly state: () => JsonObject | undefined;
  /** Runs a sync to its end, from the last state. */
  readonly sync: (more?: Partial<SimulatedSync>) => Promise<SourceRun>;
}

/** What is given to every sync of a world, and how its tenant answers. */
export interface SyncWorldOptions extends TenantModelOptions {
  /** Epoch ms. */
  readonly start?: number;
  /** For every sync, unless that has its own. */
  readonly config?: JsonObject;
  /** Those of real life where it is `standard`. */
  readonly sizes?: WindowSizes | 'standard';
}

/** Makes a world, in which only syncs and tests let time pass. */
export function syncWorld(entries: readonly TenantEntry[], options: SyncWorldOptions = {}): SyncWorld {
  const { start = START, config, sizes = SMALL_SIZES, ...settings } = options;
  const clock = new VirtualClock(start);
  const model = new TenantModel({ ...settings, entries, now: () => clock.now() });
  let state: JsonObject | undefined;
  let requests = 0;
  return {
    clock,
    model,
    requests: () => requests,
    state: () => state,
    sync: async (more = {}) => {
      const run = await simulateSync({
        model,
        clock,
        state,
        sizes: sizes === 'standard' ? undefined : sizes,
        ...(config === undefined ? {} : { config }),
        ...more,
        onQuery: (query) => {
          requests += 1;
          more.onQuery?.(query);
        },
      });
      state = run.states.at(-1)?.stream.stream_state ?? state;
      return run;
    },
  };
}
