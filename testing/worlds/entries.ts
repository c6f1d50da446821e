import { entryOf, oddEntry, type Oddity, type TenantEntry } from '../../simulated-tenant/tenant-entry';
import { pageOf } from '../page-of';
import type { Dice } from './dice';

/** How a tenant's entries look. */
export interface EntryStyle {
  /** Which times they have: after and before go by `created_at` where there are both. */
  readonly times: 'created_at' | 'timestamp' | 'both';
  /** Of `both`: how far `timestamp` may be from `created_at`, in ms. */
  readonly deltaMs: { readonly from: number; readonly to: number };
  readonly ids: 'numbers' | 'uuids';
}

/** The users and operations that entries name in turns: what filters choose from. */
export const USER_IDS = [1, 2, 3] as const;
export const OPERATION_NAMES = ['Login', 'StoryUpdate'] as const;

/** Draws how a tenant's entries look. @param hasBoth whether they have two times */
export function drawEntryStyle(dice: Dice, hasBoth: boolean): EntryStyle {
  const from = dice.pick([0, 1500, -120_000]);
  return {
    times: hasBoth ? 'both' : dice.pick(['created_at', 'created_at', 'timestamp'] as const),
    deltaMs: { from, to: from + dice.magnitude(1, 240_000) },
    ids: dice.chance(0.75) ? 'numbers' : 'uuids',
  };
}

/** What an entry is made of besides its style. */
export interface EntrySeed {
  /** Its id, or what that is made of. */
  readonly number: number;
  /** Epoch ms. */
  readonly at: number;
  /** From when it is visible, epoch ms; from `at` on unless given. */
  readonly visibleAt?: number;
}

/** An entry in a style. */
export function entryAt({ number, at, visibleAt }: EntrySeed, { times, ids, deltaMs }: EntryStyle): TenantEntry {
  const id = ids === 'numbers' ? number : `0000-${(number * 7919) % 1000}-${number}`;
  const created_at = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const delta = deltaMs.from + ((number * 7919) % (deltaMs.to - deltaMs.from + 1));
  const timestamp = new Date(times === 'both' ? at + delta : at).toISOString();
  const time =
    times === 'created_at' ? { created_at } : times === 'timestamp' ? { timestamp } : { created_at, timestamp };
  const hash = (number * 40_503) >>> 3;
  const user_id = USER_IDS[hash % USER_IDS.length];
  const operation_name = OPERATION_NAMES[(hash >>> 4) % OPERATION_NAMES.length];
  return entryOf({ id, ...time, user_id, operation_name }, visibleAt === undefined ? { at } : { at, visibleAt });
}

/** The life of a tenant: what was there when its first sync began, and what comes between its syncs. Times in ms. */
export interface Life {
  /** When the first sync begins, epoch. */
  readonly startsAt: number;
  /** How long it lasts from then on. */
  readonly lastsMs: number;
  /** How many entries come in that time, about. */
  readonly streamed: number;
  /** Its clock, by which entries are dated, is so far ahead. */
  readonly aheadMs: number;
  /** Whether no minute has many entries. */
  readonly isSparse: boolean;
  /** How likely it is that a second is full of entries. */
  readonly density: number;
}

/** Ids have gaps, in which late entries find theirs. */
const ID_STEP = 10;
const FIRST_ID = 1_000_000;

/** Draws all entries of a tenant's life, some of which show late, in the order of their times. */
export function drawEntries(dice: Dice, life: Life, style: EntryStyle): TenantEntry[] {
  const dense = new DenseSeconds(dice, life);
  const times = [...backlog(dice.part(1), life, dense), ...stream(dice.part(2), life, dense)];
  const order = idOrder(dice, times.length);
  const lateShare = dice.pick([0, 0, 0.02, 0.1]);
  const entries = times.map((shown, index) => {
    const lateMs = shown > life.startsAt && dice.chance(lateShare) ? dice.magnitude(1000, 1_200_000) : 0;
    const at = shown + life.aheadMs - lateMs;
    const number = FIRST_ID + ID_STEP * (order[index] ?? index);
    return entryAt(at === shown ? { number, at } : { number, at, visibleAt: shown }, style);
  });
  const odd = life.isSparse ? [] : oddEntries(dice, times, life.aheadMs);
  return [...entries, ...odd].sort((a, b) => a.at - b.at);
}

/** Dense seconds take many requests in each sync: a few of them tell what many would. */
class DenseSeconds {
  readonly #dice: Dice;
  readonly #density: number;
  readonly #largest: number;
  #left: number;

  constructor(dice: Dice, { density, isSparse }: Life) {
    this.#dice = dice;
    this.#density = isSparse ? 0 : density;
    [this.#largest, this.#left] = dice.chance(0.08) ? [200, 300] : [60, 90];
  }

  /** How many entries the next second has. */
  next(): number {
    if (!this.#dice.chance(this.#density)) return 1;
    const count = Math.min(this.#dice.magnitude(2, this.#largest), 1 + this.#left);
    this.#left -= count - 1;
    return count;
  }
}

/** From the first sync backwards, with gaps of all sizes, so that some are recent. */
function backlog(dice: Dice, { startsAt, isSparse }: Life, dense: DenseSeconds): number[] {
  let at = startsAt - 1;
  const smallest = isSparse ? 12_000 : 1;
  const largest = dice.pick([isSparse ? 30_000 : 2_000, 60_000, 3_600_000, 300_000_000]);
  return dice
    .several(dice.magnitude(1, dice.chance(0.08) ? 200 : 90) - 1, () => {
      at -= dice.magnitude(smallest, dice.chance(0.6) || isSparse ? largest : 900);
      return dice.several(dense.next(), () => at);
    })
    .flat()
    .reverse();
}

/** Evenly or in bursts over the time of all syncs. */
function stream(dice: Dice, { startsAt, lastsMs, streamed, isSparse }: Life, dense: DenseSeconds): number[] {
  const bursts = dice.chance(0.3) && !isSparse ? dice.several(3, () => dice.share()) : [];
  const step = lastsMs / Math.max(1, streamed);
  const times: number[] = [];
  for (let index = 0; times.length < streamed; index += 1) {
    const share = bursts.length > 0 && dice.chance(0.5) ? dice.pick(bursts) + dice.share() / 200 : undefined;
    const even = isSparse ? index * Math.max(12_000, step) : dice.share() * lastsMs;
    const at = startsAt + Math.floor(share === undefined ? even : Math.min(1, share) * lastsMs);
    times.push(...dice.several(dense.next(), () => at));
  }
  return times.sort((a, b) => a - b);
}

/** Mostly as the times are; some entries got their number earlier or later than their neighbours. */
function idOrder(dice: Dice, count: number): number[] {
  const order = dice.several(count, (index) => index);
  if (!dice.chance(0.3)) return order;
  for (let swaps = dice.magnitude(1, 10); swaps > 0 && count > 0; swaps -= 1) {
    const from = dice.whole(0, count - 1);
    const to = Math.min(count - 1, from + dice.magnitude(1, 40));
    [order[from], order[to]] = [order[to] ?? to, order[from] ?? from];
  }
  return order;
}

/** At most one of each oddity: rows without an id that are the same are one. */
function oddEntries(dice: Dice, times: readonly number[], aheadMs: number): TenantEntry[] {
  if (times.length === 0 || !dice.chance(0.06)) return [];
  const oddities: readonly Oddity[] = ['year_1', 'lower_case', 'without_id', 'without_time', 'null', 'text'];
  return oddities
    .filter(() => dice.chance(0.3))
    .map((oddity, index) => {
      const visibleAt = dice.pick(times);
      return oddEntry({ oddity, at: visibleAt + aheadMs, id: 500 + index, visibleAt });
    });
}

/** Whether an entry is none of the odd ones, whose ids are lower than all others. */
export const isRegular = ({ id }: Pick<TenantEntry, 'id'>): boolean => typeof id === 'string' || id >= 1000;

/** The id that an entry's record has: its own, or a hash where it has none. */
export function recordIdOf(entry: TenantEntry): string {
  return isRegular(entry) ? String(entry.id) : String(pageOf(`{"audit_logs":[${entry.text}]}`).idOf(0));
}

/** Whether a time can be read on an entry. */
export const hasTime = (entry: TenantEntry): boolean =>
  isRegular(entry) || pageOf(`{"audit_logs":[${entry.text}]}`).secondOf(0) > 0;

/** Epoch s. */
export const secondOf = ({ at }: TenantEntry): number => Math.floor(at / 1000);

/** How many entries lie within so many seconds of each entry's second, on both sides. */
export function neighbours(entries: readonly TenantEntry[], seconds: number): (entry: TenantEntry) => number {
  const counts = new Map<number, number>();
  for (const entry of entries) counts.set(secondOf(entry), (counts.get(secondOf(entry)) ?? 0) + 1);
  return (entry) => {
    let sum = 0;
    for (let second = secondOf(entry) - seconds; second <= secondOf(entry) + seconds; second += 1) {
      sum += counts.get(second) ?? 0;
    }
    return sum;
  };
}
