import { type Fault, tooManyRequests } from '../../simulated-tenant/tenant-faults';
import type { Dice } from './dice';
import { OPERATION_NAMES, USER_IDS } from './entries';
import type { Pace, WorldKind } from './world';

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
  | { readonly kind: 'insertion'; readonly insertion: Insertion }
  /** Tines forgets what is older than so many ms. */
  | { readonly kind: 'purge'; readonly olderThanMs: number };

/** What a hand makes of the saved state: its `timestamp` is moved by so many ms, and the rest left as it is, or left out. */
export interface HandEdit {
  readonly byMs: number;
  readonly leavesRest: boolean;
}

/** Which entries the configured filters let through; all where both are empty. */
export interface Filters {
  readonly userIds: readonly number[];
  readonly operationNames: readonly string[];
}

/** One sync, and what precedes it. Times in ms. */
export interface SyncPlan {
  readonly pauseMs: number;
  readonly before: readonly Insertion[];
  /** By the number of the request. */
  readonly events: ReadonlyMap<number, Event>;
  /** Appears with every request. */
  readonly flood: Insertion | undefined;
  /** A share of all requests, small ones too, that gets one of these instead. */
  readonly failing: { readonly share: number; readonly faults: readonly Fault[]; readonly seed: number } | undefined;
  /** Requests that are answered with no rows and a count of 0, whatever there is; numbers, both included. */
  readonly empty: { readonly from: number; readonly to: number } | undefined;
  readonly hand: HandEdit | undefined;
  /** Whether, after an error that names a second, the state is set beyond it, as the error says. */
  readonly takesRemedy: boolean;
  /** A snapshot of so long ago is restored, and ids are given again. */
  readonly restoreMs: number | undefined;
  /** Whether what refuses disliked entries is gone from now on. */
  readonly isForgiving: boolean;
  readonly filters: Filters;
  /** How far the configured start differs from the world's. */
  readonly startShiftMs: number;
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
  /** Airbyte asks for everything anew. */
  readonly isRefresh: boolean;
}

/** A sync that nothing disturbs. */
export const quietSync = (
  pauseMs: number,
  like: Pick<SyncPlan, 'filters' | 'lookbackMinutes' | 'skewMs'>,
): SyncPlan => ({
  pauseMs,
  before: [],
  events: new Map(),
  flood: undefined,
  failing: undefined,
  empty: undefined,
  hand: undefined,
  takesRemedy: true,
  restoreMs: undefined,
  isForgiving: true,
  filters: like.filters,
  startShiftMs: 0,
  lookbackMinutes: like.lookbackMinutes,
  workers: 10,
  requestsPerMinute: 950,
  reaches: 1,
  stopAtRequest: undefined,
  latencyMs: { from: 100, to: 100, seed: 1 },
  skewMs: like.skewMs,
  skewedRequest: undefined,
  isRefresh: false,
});

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LOOKBACKS = [1, 10, 10, 10, 60, 600, 10_080] as const;

/** What syncs are drawn for. */
interface SyncsOptions {
  readonly kind: WorldKind;
  readonly pace: Pace;
  readonly aheadMs: number;
  readonly isSparse: boolean;
  /** Where counts are not honest, nothing tells an empty response from an empty range. */
  readonly countsAreHonest: boolean;
  readonly canRestore: boolean;
}

/** Draws the syncs of a world. */
export function drawSyncs(dice: Dice, options: SyncsOptions): SyncPlan[] {
  const usual = { lookback: dice.pick(LOOKBACKS), filters: drawFilters(dice, options.kind === 'life' ? 0.25 : 0.08) };
  return dice.several(options.pace.count, (index) => drawSync(dice.part(index), { ...options, ...usual, index }));
}

interface SyncOptions extends SyncsOptions {
  readonly lookback: number;
  readonly filters: Filters;
  readonly index: number;
}

function drawSync(dice: Dice, options: SyncOptions): SyncPlan {
  const { kind, pace, aheadMs, isSparse, index } = options;
  const lookbackMinutes = dice.likely(kind, { else: 0.1, life: 0.2 }) ? dice.pick(LOOKBACKS) : options.lookback;
  const insertion = (): Insertion => drawInsertion(dice, lookbackMinutes * MINUTE_MS, isSparse);
  const busy = dice.pick([0, 0, 2, 6]);
  const event = (): Event => drawEvent(dice, insertion);
  const from = dice.pick([20, 100, 1000]);
  return {
    pauseMs: index === 0 ? 1000 : dice.chance(0.85) ? pace.intervalMs : dice.magnitude(1000, 2 * pace.intervalMs),
    before: dice.several(dice.pick([0, 0, 0, 1, 3]), insertion),
    events: new Map(dice.several(dice.whole(0, busy), () => [dice.magnitude(1, 60), event()] as const)),
    flood: dice.chance(0.01) && !isSparse ? { ...insertion(), count: dice.whole(1, 3) } : undefined,
    failing: dice.likely(kind, { else: 0, faults: 0.35, weight: 0.05, stores: 0.05, all: 0.12 })
      ? drawFailing(dice)
      : undefined,
    empty:
      options.countsAreHonest && dice.likely(kind, { else: 0.01, faults: 0.3, stores: 0.06, all: 0.12 })
        ? drawEmptyRun(dice)
        : undefined,
    hand: index > 0 && dice.likely(kind, { else: 0.03, life: 0.2, all: 0.08 }) ? drawHandEdit(dice) : undefined,
    takesRemedy: dice.chance(0.7),
    restoreMs:
      options.canRestore && index > 0 && dice.likely(kind, { else: 0.01, life: 0.08, all: 0.03 })
        ? dice.magnitude(20 * MINUTE_MS, DAY_MS)
        : undefined,
    isForgiving: dice.chance(0.1),
    filters: dice.likely(kind, { else: 0.02, life: 0.12, all: 0.05 }) ? drawFilters(dice, 0.6) : options.filters,
    startShiftMs: dice.chance(0.1) ? -dice.magnitude(MINUTE_MS, 30 * DAY_MS) : 0,
    lookbackMinutes,
    workers: dice.pick([1, 2, 3, 10]),
    requestsPerMinute: dice.pick([950, 950, 30]),
    reaches: dice.chance(0.2) ? dice.share() : 1,
    stopAtRequest: dice.chance(0.06) ? dice.magnitude(1, 60) : undefined,
    latencyMs: { from, to: from * dice.pick([1, 4, 30]), seed: dice.whole(1, 1e9) },
    skewMs: drawSkew(dice, aheadMs, dice.likely(kind, { else: 0.02, stores: 0.2, all: 0.2 })),
    skewedRequest: dice.chance(0.1) ? dice.magnitude(1, 20) : undefined,
    isRefresh: index > 0 && dice.chance(0.04),
  };
}

/** The `Date` is that of the tenant's clock, unless it is askew by itself. */
function drawSkew(dice: Dice, aheadMs: number, isAskew: boolean): number {
  return isAskew ? dice.pick([-1, 1]) * dice.magnitude(500, 2 * DAY_MS) : aheadMs;
}

function drawFilters(dice: Dice, likely: number): Filters {
  const hasFilters = dice.chance(likely);
  return {
    userIds: hasFilters && dice.chance(0.5) ? [dice.pick(USER_IDS)] : [],
    operationNames: hasFilters && dice.chance(0.7) ? [dice.pick(OPERATION_NAMES)] : [],
  };
}

function drawHandEdit(dice: Dice): HandEdit {
  const byMs = dice.magnitude(MINUTE_MS, 5 * DAY_MS);
  return { byMs: dice.chance(0.75) ? -byMs : byMs, leavesRest: dice.chance(0.75) };
}

function drawEmptyRun(dice: Dice): { from: number; to: number } {
  const from = dice.magnitude(1, 12);
  return { from, to: from + dice.magnitude(1, 10) - 1 };
}

function drawFailing(dice: Dice): SyncPlan['failing'] {
  const retryAfter = String(dice.whole(0, 20));
  const faults: readonly Fault[] = [
    { kind: 'status', status: 503 },
    { kind: 'status', status: 502 },
    { kind: 'status', status: 500 },
    { kind: 'reset' },
    { kind: 'status', status: 503, headers: { 'retry-after': retryAfter } },
    tooManyRequests(dice.chance(0.5) ? retryAfter : undefined),
  ];
  return {
    share: dice.pick([0.05, 0.2, 0.3, 0.5]),
    faults: dice.chance(0.5) ? [dice.pick(faults)] : faults,
    seed: dice.whole(1, 1e9),
  };
}

function drawInsertion(dice: Dice, lookbackMs: number, isSparse: boolean): Insertion {
  const lateMs = dice.pick([
    0,
    dice.whole(0, 3000),
    dice.whole(0, lookbackMs),
    dice.whole(0, lookbackMs),
    dice.magnitude(1000, 30 * DAY_MS),
  ]);
  const ids = dice.pick(['of_their_time', 'highest'] as const);
  if (isSparse) return { lateMs, count: 1, ids };
  const count = dice.chance(0.05) ? dice.whole(7, 30) : dice.whole(1, 6);
  return dice.chance(0.2) ? { lateMs, beside: dice.share(), count, ids } : { lateMs, count, ids };
}

function drawEvent(dice: Dice, insertion: () => Insertion): Event {
  const what = dice.share();
  if (what < 0.5) return { kind: 'insertion', insertion: insertion() };
  if (what < 0.55) return { kind: 'purge', olderThanMs: dice.magnitude(MINUTE_MS, 20 * DAY_MS) };
  if (what < 0.65) return { kind: 'fault', fault: drawRefusal(dice) };
  return { kind: 'fault', fault: drawFault(dice) };
}

function drawRefusal(dice: Dice): Fault {
  return dice.chance(0.25) ? { kind: 'redirect' } : { kind: 'status', status: dice.pick([401, 403, 404]) };
}

function drawFault(dice: Dice): Fault {
  return dice.pick<Fault>([
    { kind: 'reset' },
    { kind: 'reset_in_body' },
    { kind: 'cut_json' },
    { kind: 'hang' },
    { kind: 'html' },
    { kind: 'empty' },
    { kind: 'status', status: dice.pick([500, 502, 503, 504, 408]) },
    { kind: 'status', status: 503, headers: { 'retry-after': String(dice.whole(0, 20)) } },
    tooManyRequests(dice.chance(0.7) ? String(dice.whole(0, 20)) : undefined),
  ]);
}
