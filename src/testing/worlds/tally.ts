/** What was played and checked. */
export interface Tally {
  worlds: number;
  syncs: number;
  requests: number;
  entries: number;
  faults: number;
  insertions: number;
  /** Syncs that were checked. */
  checks: number;
  /** Of these, those whose end is not that of a whole sync: killed, stopped, or shown nothing at first. */
  skippedEnd: number;
  /** Of these, those whose records needn't ascend over all windows: something showed late, or has no time. */
  skippedOrder: number;
  /** Of these, those that lack an entry which the server may never have shown. */
  excused: number;
}

/** Nothing played. */
export const emptyTally = (): Tally => ({
  ...{ worlds: 0, syncs: 0, requests: 0, entries: 0, faults: 0, insertions: 0 },
  ...{ checks: 0, skippedEnd: 0, skippedOrder: 0, excused: 0 },
});

/** Adds one to another. */
export function addTally(to: Tally, from: Tally): void {
  to.worlds += from.worlds;
  to.syncs += from.syncs;
  to.requests += from.requests;
  to.entries += from.entries;
  to.faults += from.faults;
  to.insertions += from.insertions;
  to.checks += from.checks;
  to.skippedEnd += from.skippedEnd;
  to.skippedOrder += from.skippedOrder;
  to.excused += from.excused;
}

/** Whether something that came from another process is one. */
export function isTally(value: unknown): value is Tally {
  return typeof value === 'object' && value !== null && 'worlds' in value && typeof value.worlds === 'number';
}
