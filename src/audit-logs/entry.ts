import type { SlicedPage } from '../tines/page';

/** One row of a page with what identifies it and orders it. */
export interface Entry {
  /** The API's id as text, or a hash of the content where it gave none. */
  readonly id: string;
  /** What becomes the record's cursor, normalized. */
  readonly timestamp: string;
  /** By which the API's ranges go, epoch s: until then the id is to be remembered. */
  readonly second: number;
  readonly page: SlicedPage;
  readonly row: number;
}

/** Oldest first; ids that are digits compare as numbers. For sorting. */
export function compareEntries(a: Entry, b: Entry): number {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  return compareIds(a.id, b.id);
}

const DIGITS = /^\d+$/;

/** Numbers before texts, numbers by value, texts by code unit. For sorting. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const aIsNumber = DIGITS.test(a);
  if (aIsNumber !== DIGITS.test(b)) return aIsNumber ? -1 : 1;
  if (aIsNumber && a.length !== b.length) {
    const difference = BigInt(a) - BigInt(b);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return a < b ? -1 : 1;
}
