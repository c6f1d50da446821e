import { seedOfItem } from '../../simulated-tenant/random';
import type { EntryId, TenantEntry } from '../../simulated-tenant/tenant-entry';
import type { TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { Dice } from './dice';
import { drawEntries, drawEntryStyle, neighbours, type EntryStyle } from './entries';
import { drawServer, hasHonestCounts } from './server';
import { drawSyncs, type SyncPlan } from './syncs';

/**
 * What a world is mostly about. `life`: an ordinary tenant, whose users change settings and edit states. `order`: orders,
 * counts, pages, bounds. `stores`: replicas, stalls, lags, clocks askew. `faults`: a share of failing requests, empty
 * responses, content that is refused. `weight`: ranges and pages that are too large, depth limits, dense seconds. `all`:
 * everything at once.
 */
export const worldKinds = ['life', 'order', 'stores', 'faults', 'weight', 'all'] as const;

/** One of the kinds of `worldKinds`. */
export type WorldKind = (typeof worldKinds)[number];

/** Where the first sync starts: at a time, now, or at the oldest entry by a full refresh. */
export type WorldStart = 'backfill' | 'now' | 'full_refresh';

/** How large pages and windows are: so small that few entries make many of both. See `WindowSizes`. */
export interface WorldSizes {
  readonly perPage: number;
  readonly pages: number;
  readonly bytes: number;
  readonly bytesHeld: number;
}

/** A tenant, how its server responds, and the syncs of it. Times in ms, epoch. */
export interface World {
  readonly kind: WorldKind;
  readonly seed: number;
  readonly startsAt: number;
  /** The tenant's clock, by which it dates entries, is so far ahead of the connector's. */
  readonly aheadMs: number;
  readonly entries: readonly TenantEntry[];
  readonly style: EntryStyle;
  readonly server: TenantModelOptions;
  /** Ids of the entries that something in front of the tenant refuses to let through. */
  readonly disliked: ReadonlySet<EntryId>;
  readonly sizes: WorldSizes;
  readonly start: WorldStart;
  /** Of `backfill`. */
  readonly backfillFrom: number;
  readonly syncs: readonly SyncPlan[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse('2026-03-02T12:00:00.400Z');

/** The world of a seed: the same one on every machine. */
export function drawWorld(kind: WorldKind, seed: number): World {
  const dice = new Dice(seedOfItem(seed, worldKinds.indexOf(kind)));
  const startsAt = START + dice.whole(0, 5000);
  const isSparse = dice.likely(kind, { else: 0.03, order: 0.12, weight: 0, faults: 0 });
  const aheadMs = dice.likely(kind, { else: 0.02, life: 0.06, stores: 0.2, all: 0.2 })
    ? dice.pick([-1, 1]) * dice.magnitude(1000, 6 * HOUR_MS)
    : 0;
  const style = drawEntryStyle(dice.part(1), dice.likely(kind, { else: 0.03, stores: 0.15, all: 0.2 }));
  const pace = drawPace(dice.part(2));
  const density = dice.pick([0, 0.01, 0.02, kind === 'weight' ? 0.12 : 0.03]);
  const life = { startsAt, lastsMs: pace.count * pace.intervalMs, streamed: pace.streamed, aheadMs, isSparse, density };
  const entries = drawEntries(dice.part(3), life, style);
  const sizes = drawSizes(dice.part(4));
  const drawnStart = dice.pick<WorldStart>(['backfill', 'backfill', 'backfill', 'now', 'full_refresh']);
  const oldest = Math.min(startsAt, entries[0]?.at ?? startsAt);
  const backfillFrom = dice.chance(0.7) ? oldest - DAY_MS : startsAt - dice.magnitude(60_000, 60 * DAY_MS);
  const densest = Math.max(0, ...entries.map(neighbours(entries, 1)));
  const disliked = new Set(
    entries.length > 0 && dice.likely(kind, { else: 0, faults: 0.25, all: 0.08 })
      ? dice.several(dice.whole(1, 2), () => dice.pick(entries).id)
      : [],
  );
  const server = drawServer(dice.part(5), { kind, entries, startsAt, densest, isSparse, disliked });
  const { order, replica, storeLagMs, stalls, dateHeader } = server;
  const isLate = replica !== undefined || storeLagMs !== undefined || stalls !== undefined;
  // Where the log is late, only its newest entry tells where "now" is, and in another order nothing tells that one; where
  // there is none yet, only `Date` tells it of another clock.
  const isUntold = (isLate && order !== 'newest_first') || (dateHeader === false && aheadMs !== 0);
  const start = drawnStart === 'now' && isUntold ? 'backfill' : drawnStart;
  const syncs = drawSyncs(dice.part(6), {
    kind,
    pace,
    aheadMs,
    isSparse,
    countsAreHonest: hasHonestCounts(server),
    canRestore: style.ids === 'numbers' && server.replica === undefined,
  });
  return { kind, seed, startsAt, aheadMs, entries, style, server, disliked, sizes, start, backfillFrom, syncs };
}

/** How often a tenant is synced, and how many entries come in all that time. */
export interface Pace {
  readonly intervalMs: number;
  readonly count: number;
  readonly streamed: number;
}

function drawPace(dice: Dice): Pace {
  const intervalMs = dice.pick([5 * 60_000, HOUR_MS, HOUR_MS, HOUR_MS, DAY_MS]);
  const count = dice.pick([1, 2, 3, 4, 6, dice.whole(6, 10)]);
  const each = dice.pick([0, 2, 8, 25, 60, 120]);
  return { intervalMs, count, streamed: Math.min(360, Math.floor(count * each * (0.5 + dice.share()))) };
}

function drawSizes(dice: Dice): WorldSizes {
  return {
    perPage: dice.whole(20, 33),
    pages: dice.whole(2, 5),
    bytes: dice.pick([20_000, 100_000, 100_000]),
    bytesHeld: 2_000_000,
  };
}
