import type { Odds } from './dice';
import type { WorldKind } from './world';

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

/** Of the syncs of a kind of worlds, how many may go unchecked for a reason. */
const MOST_OF_SYNCS: readonly (readonly [reason: keyof Tally, share: Odds])[] = [
  ['stopped', { else: 0.03 }],
  ['failed', { else: 0.02, order: 0.03, faults: 0.09, all: 0.04 }],
  ['excused', { else: 0.005 }],
  ['postponed', { else: 0.01, stores: 0.04, faults: 0.1, all: 0.06 }],
];

/** The reasons for which more syncs went unchecked than is to be expected of a kind, however many were played. */
export function excesses(kind: WorldKind, tally: Tally): string[] {
  return MOST_OF_SYNCS.flatMap(([reason, share]) => {
    const expected = (share[kind] ?? share.else) * tally.syncs;
    // Four times the standard deviation of what chance alone would draw.
    const most = Math.ceil(expected + 4 * Math.sqrt(expected) + 4);
    if (tally[reason] <= most) return [];
    return [`TOO MANY: ${tally[reason]} of ${tally.syncs} syncs of the kind ${kind} are ${reason}, ${most} may be`];
  });
}
