import type { TenantEntry } from '../../../simulated-tenant/tenant-entry';
import type { TenantModelOptions } from '../../../simulated-tenant/tenant-model';
import type { Fault } from '../../../simulated-tenant/tenant-faults';
import type { WindowSizes } from '../../audit-logs/windows';
import { Dice } from './dice';
import { drawEntries, drawEntryStyle, type EntryStyle } from './world-entries';
import { drawServer } from './world-server';
import { drawSync } from './world-sync';

/**
 * What a world is mostly about. `order`: orders, counts, caps. `weight`: ranges and pages that are too heavy, depth
 * limits, dense seconds. `time`: replicas, stalls, lags, clocks askew, two times an entry. `all`: everything at once.
 */
export const worldKinds = ['order', 'weight', 'time', 'all'] as const;

/** One of the kinds of `worldKinds`. */
export type WorldKind = (typeof worldKinds)[number];

/** Entries that appear. */
export interface Insertion {
  /** How far back from its appearance it is dated, in ms. */
  readonly lateMs: number;
  /** Instead: with the time of an entry that is there, 0 (the oldest) to 1. */
  readonly beside?: number;
  readonly count: number;
  /** Whether their ids are those of their time, or higher than all. */
  readonly ids: 'of_their_time' | 'highest';
}

/** What happens at one request. */
export type Event =
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** As a fault, but only after the first right answer of the sync: before, it is final. */
  | { readonly kind: 'refusal'; readonly fault: Fault }
  | { readonly kind: 'insertion'; readonly insertion: Insertion }
  /** Tines forgets what is older than so many ms. */
  | { readonly kind: 'purge'; readonly olderThanMs: number };

/** One sync, and what precedes it. Times in ms. */
export interface SyncPlan {
  readonly pauseMs: number;
  readonly before: readonly Insertion[];
  /** By the number of the request. */
  readonly events: ReadonlyMap<number, Event>;
  readonly lookbackMinutes: number;
  readonly workers: number;
  readonly requestsPerMinute: number;
  /** How much of the output reaches the reader, 1: all. */
  readonly reaches: number;
  /** The request at which the program is asked to stop. */
  readonly stopAtRequest: number | undefined;
  /** Of the requests: between these, or now and then the longest. */
  readonly latencyMs: { readonly from: number; readonly to: number; readonly seed: number };
  /** Of the `Date`; of one request alone, if that is given. */
  readonly skewMs: number;
  readonly skewedRequest: number | undefined;
  /** Its first answer shows nothing. */
  readonly isFirstEmpty: boolean;
  /** Airbyte asks for everything anew. */
  readonly isRefresh: boolean;
}

/** Where the first sync starts: at a time, now, or at the oldest entry by a full refresh. */
export type WorldStart = 'backfill' | 'now' | 'full_refresh';

/** A tenant, how its server answers, and the syncs of it. */
export interface World {
  readonly kind: WorldKind;
  readonly seed: number;
  readonly startsAt: number;
  readonly entries: readonly TenantEntry[];
  readonly style: EntryStyle;
  readonly server: TenantModelOptions;
  readonly replicaSeed: number;
  readonly sizes: WindowSizes;
  readonly start: WorldStart;
  /** Of `backfill`, epoch ms. */
  readonly backfillFrom: number;
  readonly syncs: readonly SyncPlan[];
}

const DAY_MS = 24 * 3600 * 1000;
const START = Date.parse('2026-03-02T12:00:00.400Z');

/** The world of a seed: the same one on every machine. */
export function drawWorld(kind: WorldKind, seed: number): World {
  const dice = new Dice(seed ^ (worldKinds.indexOf(kind) * 0x01234567));
  const startsAt = START + dice.whole(0, 5000);
  const style = drawEntryStyle(dice.part(1), kind);
  const entries = drawEntries(dice.part(2), { kind, style, before: startsAt });
  const sizes = drawSizes(dice.part(3));
  const start = dice.pick<WorldStart>(['backfill', 'backfill', 'now', 'full_refresh']);
  const oldest = entries[0]?.at ?? startsAt;
  const backfillFrom = dice.chance(0.7) ? oldest - DAY_MS : startsAt - dice.magnitude(60_000, 60 * DAY_MS);
  const syncs = dice.several(dice.whole(1, 5), (index) => drawSync(dice.part(10 + index), kind, index));
  const server = drawServer(dice.part(4), { kind, entries, startsAt, inserted: insertedIn(syncs) });
  return {
    ...{ kind, seed, startsAt, entries, style, sizes, server, start, backfillFrom, syncs },
    replicaSeed: dice.whole(1, 1e9),
  };
}

function insertedIn(syncs: readonly SyncPlan[]): number {
  const insertions = syncs.flatMap(({ before, events }) => [
    ...before,
    ...[...events.values()].flatMap((event) => (event.kind === 'insertion' ? [event.insertion] : [])),
  ]);
  return insertions.reduce((sum, { count }) => sum + count, 0);
}

function drawSizes(dice: Dice): WindowSizes {
  return {
    perPage: dice.whole(20, 24),
    pages: dice.whole(1, 4),
    bytes: dice.pick([4_000, 10_000, 100_000]),
    bytesHeld: dice.pick([8_000, 40_000, 400_000]),
  };
}
