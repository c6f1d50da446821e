import { oddEntry, type Oddity } from '../../../simulated-tenant/odd-entry';
import { entryOf, type TenantEntry } from '../../../simulated-tenant/tenant-entry';
import type { Dice } from './dice';
import type { WorldKind } from './world';

/** How a tenant's entries look. */
export interface EntryStyle {
  /** Which times they have: after and before go by `created_at` where there are both. */
  readonly times: 'created_at' | 'timestamp' | 'both';
  /** Of `both`: how far `timestamp` may be from `created_at`, in ms. */
  readonly deltaMs: { readonly from: number; readonly to: number };
  readonly ids: 'numbers' | 'uuids';
}

/** Draws how a tenant's entries look. */
export function drawEntryStyle(dice: Dice, kind: WorldKind): EntryStyle {
  const hasBoth = kind === 'time' || kind === 'all' ? dice.chance(0.4) : dice.chance(0.05);
  const from = dice.pick([0, 1500, -120_000]);
  return {
    times: hasBoth ? 'both' : dice.pick(['created_at', 'created_at', 'timestamp'] as const),
    deltaMs: { from, to: from + dice.magnitude(1, 240_000) },
    ids: dice.chance(0.75) ? 'numbers' : 'uuids',
  };
}

/** An entry in a style. `number`: its id, or what that is made of. */
export function entryAt(number: number, at: number, { times, ids, deltaMs }: EntryStyle): TenantEntry {
  const id = ids === 'numbers' ? number : `0000-${(number * 7919) % 1000}-${number}`;
  const created_at = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const delta = deltaMs.from + ((number * 7919) % (deltaMs.to - deltaMs.from + 1));
  const timestamp = new Date(times === 'both' ? at + delta : at).toISOString();
  const time =
    times === 'created_at' ? { created_at } : times === 'timestamp' ? { timestamp } : { created_at, timestamp };
  return entryOf({ id, ...time, inputs: null }, { at });
}

/** Ids have gaps, in which late entries find theirs. */
const ID_STEP = 10;
const FIRST_ID = 1_000_000;

/** What the entries of a world are drawn for. */
interface EntriesOptions {
  readonly kind: WorldKind;
  readonly style: EntryStyle;
  /** Epoch ms. */
  readonly before: number;
}

/** Entries with gaps of all sizes, ties, and seconds full of them: from now backwards, so that some are recent. */
export function drawEntries(dice: Dice, { kind, style, before }: EntriesOptions): TenantEntry[] {
  let at = before - 1;
  const largest = dice.pick([2_000, 60_000, 3_600_000, 300_000_000]);
  const density = dice.pick([0.02, 0.02, kind === 'weight' ? 0.15 : 0.05]);
  // Dense seconds take many requests in each sync: a few of them show what many would.
  const [densest, mostDense] = dice.chance(0.08) ? [240, 400] : [60, 100];
  let dense = 0;
  const times = dice
    .several(dice.magnitude(1, dice.chance(0.08) ? 200 : 90) - 1, () => {
      at -= dice.magnitude(1, dice.chance(0.6) ? largest : 900);
      const count = dice.chance(density) ? Math.min(dice.magnitude(2, densest), 1 + mostDense - dense) : 1;
      dense += count - 1;
      return dice.several(count, () => at);
    })
    .flat()
    .reverse();
  const order = idOrder(dice, times.length);
  const entries = times.map((time, index) => entryAt(FIRST_ID + ID_STEP * (order[index] ?? index), time, style));
  return [...entries, ...oddEntries(dice, times)].sort((a, b) => a.at - b.at);
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
function oddEntries(dice: Dice, times: readonly number[]): TenantEntry[] {
  if (times.length === 0 || !dice.chance(0.1)) return [];
  const oddities: readonly Oddity[] = ['year_1', 'lower_case', 'without_id', 'without_time', 'null', 'text'];
  return oddities
    .filter(() => dice.chance(0.3))
    .map((oddity, index) => oddEntry({ oddity, at: dice.pick(times), id: 500 + index }));
}
