/** What was played and checked. */
export interface Tally {
  worlds: number;
  syncs: number;
  requests: number;
  /** That reached the reader. */
  records: number;
  faults: number;
  insertions: number;
  /** Virtual time, in ms. */
  virtualMs: number;
  /** Syncs that were stopped: what they had to deliver is owed by the next. */
  stopped: number;
  /** Syncs that ended with an error for which there is a reason in the world. */
  failed: number;
  /** Syncs that ended well and lack what may never have been returned, and say so. */
  excused: number;
  /** Syncs that ended well and lack what a store or an empty response hid from them: the next one owes it. */
  postponed: number;
  /** Syncs that ended well. */
  ended: number;
  /** Of these, those that called themselves complete. */
  complete: number;
}

const FIELDS = [
  'worlds',
  'syncs',
  'requests',
  'records',
  'faults',
  'insertions',
  'virtualMs',
  'stopped',
  'failed',
  'excused',
  'postponed',
  'ended',
  'complete',
] as const satisfies readonly (keyof Tally)[];

/** Nothing played. */
export const emptyTally = (): Tally => ({
  worlds: 0,
  syncs: 0,
  requests: 0,
  records: 0,
  faults: 0,
  insertions: 0,
  virtualMs: 0,
  stopped: 0,
  failed: 0,
  excused: 0,
  postponed: 0,
  ended: 0,
  complete: 0,
});

/** Adds one to another. */
export function addTally(to: Tally, from: Tally): void {
  for (const field of FIELDS) to[field] += from[field];
}

/** Of all syncs, how many may go unchecked, by the reason. */
const MOST_OF_SYNCS: readonly (readonly [field: keyof Tally, share: number])[] = [
  ['stopped', 0.06],
  ['failed', 0.06],
  ['excused', 0.01],
  ['postponed', 0.06],
];

/** Which reasons for not checking a sync were used more often than is to be expected; however many were played. */
export function excesses(tally: Tally): string[] {
  return MOST_OF_SYNCS.flatMap(([field, share]) => {
    const expected = share * tally.syncs;
    // Four times the standard deviation of what chance alone would draw.
    const most = Math.ceil(expected + 4 * Math.sqrt(expected) + 4);
    return tally[field] <= most ? [] : [`${tally[field]} of ${tally.syncs} syncs are ${field}: at most ${most} may be`];
  });
}
