import type { Sync } from './sync';

/** How far the records of some syncs are from each entry once, in order. */
export interface Tally {
  /** Entries that never came. */
  readonly lost: number;
  /** Records of entries that had come before, in the same sync or an earlier one. */
  readonly repeated: number;
  /** Records that are older than one that came before them in the same sync. */
  readonly outOfOrder: number;
}

/** @param expected the ids of the entries that had to come */
export function tally(syncs: readonly Sync[], expected: readonly string[]): Tally {
  const delivered = syncs.flatMap(({ ids }) => ids);
  const distinct = new Set(delivered);
  return {
    lost: expected.filter((id) => !distinct.has(id)).length,
    repeated: delivered.length - distinct.size,
    outOfOrder: syncs.reduce((sum, { times }) => sum + outOfOrder(times), 0),
  };
}

function outOfOrder(times: readonly string[]): number {
  let latest = '';
  let found = 0;
  for (const time of times) {
    if (time < latest) found += 1;
    else latest = time;
  }
  return found;
}
