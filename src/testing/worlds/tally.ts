/** What was played and checked. */
export interface Tally {
  worlds: number;
  syncs: number;
  requests: number;
  /** That reached the reader. */
  entries: number;
  faults: number;
  insertions: number;
  /** Syncs that were stopped, or whose first answer showed nothing: what was to be delivered by their end is not checked. */
  unended: number;
  /** Syncs that ended with an error, because a second has more rows than the server can show. */
  tooDeep: number;
  /** Of the others, those that lack an entry which the server may never have shown, and say so. */
  excused: number;
  /** Syncs with rows that are withheld, of a server that counts wrongly: they may call themselves complete. */
  unprovable: number;
  /** Records whose order was checked. */
  records: number;
  /** Of these, those of streamed seconds, which are in no order. */
  streamed: number;
  /** Of these, those that showed late or have no time: they may come with a later window than theirs. */
  late: number;
}

/** Nothing played. */
export const emptyTally = (): Tally => ({
  ...{ worlds: 0, syncs: 0, requests: 0, entries: 0, faults: 0, insertions: 0 },
  ...{ unended: 0, tooDeep: 0, excused: 0, unprovable: 0, records: 0, streamed: 0, late: 0 },
});

const FIELDS = [
  ...(['worlds', 'syncs', 'requests', 'entries', 'faults', 'insertions'] as const),
  ...(['unended', 'tooDeep', 'excused', 'unprovable', 'records', 'streamed', 'late'] as const),
];

/** Adds one to another. */
export function addTally(to: Tally, from: Tally): void {
  for (const field of FIELDS) to[field] += from[field];
}

/** Whether something that came from another process is one. */
export function isTally(value: unknown): value is Tally {
  return typeof value === 'object' && value !== null && 'worlds' in value && typeof value.worlds === 'number';
}
