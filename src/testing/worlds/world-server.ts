import { rowOrders } from '../../../simulated-tenant/row-order';
import type { RangeEdge } from '../../../simulated-tenant/page-query';
import type { CountRule } from '../../../simulated-tenant/row-count';
import { seededRandom, seedOfItem } from '../../../simulated-tenant/random';
import type { TenantEntry } from '../../../simulated-tenant/tenant-entry';
import type {
  Refusal,
  Replica,
  TenantSettings,
  TenantSettingsOptions,
} from '../../../simulated-tenant/tenant-settings';
import type { Dice } from './dice';
import type { WorldKind } from './world';

/** What a server is drawn for. */
interface ServerOptions {
  readonly kind: WorldKind;
  readonly entries: readonly TenantEntry[];
  readonly startsAt: number;
  /** How many entries are inserted in all syncs. */
  readonly inserted: number;
}

const EDGES: readonly RangeEdge[] = ['exact_exclusive', 'exact_inclusive', 'second_exclusive', 'second_inclusive'];
/** Draws how a server answers. Each lies in its own way, but all show an entry in some answer. */
export function drawServer(dice: Dice, { kind, entries, startsAt, inserted }: ServerOptions): TenantSettingsOptions {
  const isAll = kind === 'all';
  const densest = densestSeconds(entries) + inserted + 1;
  const isWithholding = dice.part(4).chance(0.06);
  return {
    afterEdge: dice.pick(EDGES),
    beforeEdge: dice.pick(EDGES),
    order: dice.chance(kind === 'order' || isAll ? 0.7 : 0.2) ? dice.pick(rowOrders) : 'newest_first',
    orderSeed: dice.whole(1, 1e9),
    ...(isWithholding ? drawWithholding(dice.part(5)) : drawMeta(dice.part(1), kind)),
    ...(dice.chance(0.2)
      ? { maxPerPage: dice.whole(20, 24), overMaxPerPage: dice.pick(['clamp', 'default'] as const) }
      : {}),
    pastEnd: dice.pick(PAST_END.filter((answer) => !isServerError(answer) || dice.chance(0.3))),
    ...(kind === 'weight' || isAll ? drawWeight(dice.part(2), densest) : {}),
    ...(kind === 'time' || isAll ? drawTime(dice.part(3), startsAt) : {}),
    errorStyle: dice.pick(['object', 'array', 'text'] as const),
    dateHeader: dice.chance(0.95),
  };
}

function drawMeta(dice: Dice, kind: WorldKind): TenantSettingsOptions {
  const isHonest = dice.chance(kind === 'order' ? 0.3 : 0.6);
  if (isHonest) return {};
  const seed = dice.whole(1, 1e9);
  const count = dice.pick<CountRule>([
    { kind: 'true' },
    { kind: 'offset', by: dice.whole(-3, 3) },
    { kind: 'offset', by: (request) => Math.floor(seededRandom(seedOfItem(seed, request))() * 7) - 3 },
    { kind: 'capped', at: dice.whole(1, 120) },
    { kind: 'stale', ageMs: dice.magnitude(1000, 900_000) },
    { kind: 'frozen' },
    { kind: 'page_rows' },
  ]);
  return {
    count,
    meta: {
      present: dice.chance(0.85),
      count: dice.chance(0.75),
      pages: dice.chance(0.6),
      nextPage: dice.chance(0.6),
      nextPageNumber: dice.chance(0.6),
      pagesOf: dice.pick(['count', 'rows'] as const),
      lastNextPage: dice.pick(['null', 'null_string'] as const),
    },
  };
}

const PAST_END: readonly TenantSettings['pastEnd'][] = [
  ...(['empty', 'last_page', 'first_page'] as const),
  ...[404, 400, 422, 416, 500, 504],
];

/** Whether an answer may mean that too much was asked for. */
export const isServerError = (answer: string | number): boolean => typeof answer === 'number' && answer >= 500;

const HEAVY: readonly Refusal[] = [500, 502, 503, 504, 413, 'hang'];

function drawWeight(dice: Dice, densest: number): TenantSettingsOptions {
  const depth = dice.pick<'empty' | Refusal>(['empty', 400, 404, 416, 422, 500, 504]);
  // Some can't show all of a dense second.
  const deepest = dice.chance(0.2) ? dice.whole(1, densest) : densest + dice.whole(0, 100);
  return {
    ...(dice.chance(0.4) ? { depthLimit: { rows: deepest, answer: depth } } : {}),
    ...(dice.chance(0.35) ? { heavyRange: { rows: densest + dice.whole(0, 200), answer: dice.pick(HEAVY) } } : {}),
    ...(dice.chance(0.25)
      ? { heavyPage: { rows: dice.chance(0.1) ? dice.whole(3, 7) : dice.whole(8, 22), answer: dice.pick(HEAVY) } }
      : {}),
    ...(dice.chance(0.15) ? { heavyPage: { bytes: dice.whole(1_800, 5_000), answer: dice.pick(HEAVY) } } : {}),
  };
}

/** Rows that are counted, and never shown. Nothing but the count tells of them, so it is true. */
function drawWithholding(dice: Dice): TenantSettingsOptions {
  const seed = dice.whole(1, 1e9);
  const share = dice.pick([0.02, 0.1, 0.3]);
  const numberOf = ({ id }: TenantEntry): number => Number(String(id).replaceAll('-', '').slice(-9));
  return { withholds: (entry) => seededRandom(seedOfItem(seed, numberOf(entry)))() < share };
}

function drawTime(dice: Dice, startsAt: number): TenantSettingsOptions {
  const seed = dice.whole(1, 1e9);
  const share = dice.pick([0.1, 0.5, 0.9]);
  const lag = dice.chance(0.5) ? { lagMs: dice.magnitude(1000, 50_000) } : { lagEntries: dice.magnitude(1, 10) };
  const replica: Replica = {
    ...lag,
    withoutCount: dice.chance(0.5),
    serves: (request) => seededRandom(seedOfItem(seed, request))() < share,
  };
  const stallFrom = startsAt + dice.whole(-1_800_000, 1_800_000);
  const stall = { from: stallFrom, to: stallFrom + dice.magnitude(60_000, 7_200_000) };
  return {
    // A page is refused for good, not by the replica alone.
    ...(dice.chance(0.35) ? { replica, pastEnd: dice.pick(PAST_END.filter((answer) => !isServerError(answer))) } : {}),
    ...(dice.chance(0.3) ? { storeLagMs: dice.magnitude(1000, 3_600_000) } : {}),
    ...(dice.chance(0.3) ? { stalls: [stall] } : {}),
  };
}

/** The most entries of any three seconds that follow each other: a question for one shows its neighbours. */
export function densestSeconds(entries: readonly TenantEntry[]): number {
  let [most, first] = [0, 0];
  entries.forEach(({ at }, index) => {
    while (Math.floor((entries[first]?.at ?? at) / 1000) < Math.floor(at / 1000) - 2) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
