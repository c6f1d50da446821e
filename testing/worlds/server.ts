import { seededRandom, seedOfItem } from '../../simulated-tenant/random';
import type { RangeEdge } from '../../simulated-tenant/page-query';
import { rowOrders, type CountRule, type RowOrder } from '../../simulated-tenant/page-content';
import type { EntryId, TenantEntry } from '../../simulated-tenant/tenant-entry';
import type { Fault } from '../../simulated-tenant/tenant-faults';
import type { Refusal, Replica, TenantSettings, TenantSettingsOptions } from '../../simulated-tenant/tenant-settings';
import type { Dice } from './dice';
import type { WorldKind } from './world';

/** What a server is drawn for. */
interface ServerOptions {
  readonly kind: WorldKind;
  readonly entries: readonly TenantEntry[];
  /** Epoch ms. */
  readonly startsAt: number;
  /** The most entries in three seconds: what a request for one second returns at most. */
  readonly densest: number;
  readonly isSparse: boolean;
  readonly disliked: ReadonlySet<EntryId>;
}

const EDGES: readonly RangeEdge[] = ['exact_exclusive', 'exact_inclusive', 'second_exclusive', 'second_inclusive'];

/** Rows that may be inserted where entries are densest already. */
const INSERTED = 60;

/** Draws how a server responds. Each lies in its own way, but all return an entry in some response. */
export function drawServer(dice: Dice, options: ServerOptions): TenantSettingsOptions {
  const { kind, isSparse, disliked } = options;
  // A refused row is not found where it lies on another page each time.
  const orders = rowOrders.filter((each) => disliked.size === 0 || !each.startsWith('shuffled'));
  const order = dice.likely(kind, { else: 0.1, order: 0.6, weight: 0.2, all: 0.4 })
    ? dice.pick(orders)
    : 'newest_first';
  const mayWithhold = dice.likely(kind, { else: 0.03, order: 0.08 });
  const hasLies = dice.likely(kind, { else: 0.1, order: 0.6, weight: 0.3, all: 0.4 });
  const isHeavy = !isSparse && dice.likely(kind, { else: 0, weight: 1, all: 0.4 });
  const isLate = dice.likely(kind, { else: 0.03, stores: 1, all: 0.4 });
  // A page with a withheld row looks like a last one, and a refused page after it like one after the end. Only a true count
  // tells, which two stores do not have in common.
  const isWithholding = mayWithhold && disliked.size === 0 && !isHeavy && !isLate && !order.startsWith('shuffled');
  return {
    afterEdge: dice.pick(EDGES),
    beforeEdge: dice.pick(EDGES),
    boundSeconds: isSparse ? dice.pick(['cut', 'rounded'] as const) : 'read',
    order,
    orderSeed: dice.whole(1, 1e9),
    ...(isWithholding ? drawWithholding(dice.part(1)) : hasLies ? drawMeta(dice.part(2)) : {}),
    ...(dice.chance(0.2)
      ? { maxPerPage: dice.whole(20, 24), overMaxPerPage: dice.pick(['clamp', 'default'] as const) }
      : {}),
    pastEnd: dice.pick(PAST_END.filter((answer) => !isServerError(answer) || dice.chance(0.3))),
    ...(isHeavy ? drawWeight(dice.part(3), options.densest + INSERTED, order) : {}),
    ...(isLate ? drawLateness(dice.part(4), options) : {}),
    ...(disliked.size === 0 ? {} : { poison: ({ id }) => disliked.has(id), poisonResponse: dice.pick(DISLIKES) }),
    ignoresFilters: dice.chance(0.02),
    errorStyle: dice.pick(['object', 'array', 'text'] as const),
    dateHeader: dice.chance(0.95),
  };
}

/** Whether a response that returned too little would be noticed by the counts. */
export const hasHonestCounts = ({ count, meta, replica, withholds }: TenantSettingsOptions): boolean =>
  withholds === undefined &&
  (count === undefined || count.kind === 'true') &&
  meta?.present !== false &&
  meta?.count !== false &&
  replica?.withoutCount !== true;

/** Whether an answer may mean that too much was asked for. */
export const isServerError = (answer: string | number): boolean => typeof answer === 'number' && answer >= 500;

const DISLIKES: readonly Fault[] = [
  { kind: 'status', status: 403 },
  { kind: 'status', status: 406 },
  { kind: 'status', status: 451 },
  { kind: 'status', status: 400 },
  { kind: 'status', status: 500 },
  { kind: 'redirect' },
  { kind: 'reset' },
];

function drawMeta(dice: Dice): TenantSettingsOptions {
  const count = drawCount(dice);
  const pagesOf = dice.pick(['count', 'rows'] as const);
  const nextPage = dice.chance(0.6);
  const meta = {
    present: dice.chance(0.88),
    count: dice.chance(0.75),
    pages: dice.chance(0.6),
    nextPage,
    nextPageNumber: dice.chance(0.6),
    pagesOf,
    lastNextPage: dice.pick(['null', 'null_string'] as const),
  };
  // A page that calls itself larger than it is can't be known for a full one, unless something else says what follows.
  const speaksOfMore = (nextPage && pagesOf === 'rows') || (meta.count && count.kind === 'true');
  const perPage = dice.pick<'none' | number>(speaksOfMore ? ['none', 7, 33, 500] : ['none', 7]);
  return { count, meta: dice.chance(0.3) ? { ...meta, perPage } : meta };
}

function drawCount(dice: Dice): CountRule {
  const seed = dice.whole(1, 1e9);
  const huge = dice.pick([Number.MAX_SAFE_INTEGER, 1e13, 1e6, 1000]);
  const lying = dice.pick([1, 2, 3, dice.whole(4, 20)]);
  return dice.pick<CountRule>([
    { kind: 'true' },
    { kind: 'offset', by: dice.whole(-3, 3) },
    { kind: 'offset', by: (request) => Math.floor(seededRandom(seedOfItem(seed, request))() * 7) - 3 },
    { kind: 'rounded', to: 10 },
    { kind: 'capped', at: dice.whole(1, 120) },
    { kind: 'stale', ageMs: dice.magnitude(1000, 900_000) },
    { kind: 'frozen' },
    { kind: 'page_rows' },
    { kind: 'stated', count: dice.chance(0.3) ? () => huge : (request) => (request === lying ? huge : undefined) },
  ]);
}

const PAST_END: readonly TenantSettings['pastEnd'][] = [
  'empty',
  'last_page',
  'first_page',
  404,
  400,
  422,
  416,
  500,
  504,
];

const HEAVY: readonly Refusal[] = [500, 502, 503, 504, 413, 'hang'];

/** @param most how many rows a request for a second returns at most */
function drawWeight(dice: Dice, most: number, order: RowOrder): TenantSettingsOptions {
  // Pages of a few rows each, in another order each time, take thousands of requests.
  const isTiny = dice.chance(0.1) && !order.startsWith('shuffled');
  const depth = dice.pick<'empty' | Refusal>(['empty', 400, 404, 416, 422, 500, 504]);
  // Some can't return all of a dense second.
  const deepest = dice.chance(0.2) ? dice.whole(20, most) : most + dice.whole(0, 100);
  return {
    ...(dice.chance(0.4) ? { depthLimit: { rows: deepest, response: depth } } : {}),
    ...(dice.chance(0.35) ? { heavyRange: { rows: most + dice.whole(0, 200), response: dice.pick(HEAVY) } } : {}),
    ...(dice.chance(0.25)
      ? { heavyPage: { rows: isTiny ? dice.whole(3, 7) : dice.whole(8, 22), response: dice.pick(HEAVY) } }
      : {}),
    ...(dice.chance(0.15) ? { heavyPage: { bytes: dice.whole(1_800, 5_000), response: dice.pick(HEAVY) } } : {}),
  };
}

/** Rows that are counted, and never returned. Nothing but the count tells of them, so it is true. */
function drawWithholding(dice: Dice): TenantSettingsOptions {
  const seed = dice.whole(1, 1e9);
  const share = dice.pick([0.02, 0.1, 0.3]);
  const numberOf = ({ id }: TenantEntry): number => Number(String(id).replaceAll('-', '').slice(-9));
  return { withholds: (entry) => seededRandom(seedOfItem(seed, numberOf(entry)))() < share };
}

/** A store that is seconds to hours behind, for some of the requests, in turns or for all; or the log stalls. */
function drawLateness(dice: Dice, { startsAt }: ServerOptions): TenantSettingsOptions {
  const seed = dice.whole(1, 1e9);
  const share = dice.pick([0.1, 0.5, 0.9]);
  const [least, most] = dice.pick([
    [1000, 50_000],
    [60_000, 3_600_000],
    [600_000, 10_800_000],
  ] as const);
  const lagMs = dice.magnitude(least, most);
  const lag = dice.chance(0.85) ? { lagMs } : { lagEntries: dice.magnitude(1, 10) };
  const replica: Replica = {
    ...lag,
    withoutCount: dice.chance(0.2),
    serves: dice.chance(0.4) ? undefined : (request) => seededRandom(seedOfItem(seed, request))() < share,
  };
  const stallFrom = startsAt + dice.whole(-1_800_000, 7_200_000);
  const stall = { from: stallFrom, to: stallFrom + dice.magnitude(60_000, 7_200_000) };
  return {
    // A page is refused for good, not by the replica alone.
    ...(dice.chance(0.7) ? { replica, pastEnd: dice.pick(PAST_END.filter((answer) => !isServerError(answer))) } : {}),
    ...(dice.chance(0.2) ? { storeLagMs: dice.magnitude(1000, 3_600_000) } : {}),
    ...(dice.chance(0.2) ? { stalls: [stall] } : {}),
  };
}
