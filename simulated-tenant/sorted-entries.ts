import { compareEntries, type TenantEntry } from './tenant-entry';

const FEW_ENTRIES = 64;

/** Entries in the tenant's order, oldest first, found by time without a scan. */
export class SortedEntries {
  #rows: TenantEntry[] = [];

  /** The entries; a view that changes with them. */
  get rows(): readonly TenantEntry[] {
    return this.#rows;
  }

  /** Adds entries in any order. */
  insert(entries: readonly TenantEntry[]): void {
    const batch = entries.toSorted(compareEntries);
    const [first] = batch;
    const last = this.#rows.at(-1);
    if (first === undefined) return;
    if (last === undefined || compareEntries(last, first) <= 0) {
      for (const entry of batch) this.#rows.push(entry);
    } else if (batch.length <= FEW_ENTRIES) {
      for (const entry of batch) this.#rows.splice(this.#placeOf(entry), 0, entry);
    } else {
      this.#rows = this.#rows.concat(batch).sort(compareEntries);
    }
  }

  /** Removes all entries before the index. */
  dropBefore(index: number): void {
    this.#rows.splice(0, index);
  }

  /** Removes all entries from the index on. */
  dropFrom(index: number): void {
    this.#rows.splice(index);
  }

  #placeOf(entry: TenantEntry): number {
    return firstIndex(this.#rows, (row) => compareEntries(row, entry) > 0);
  }
}

/** The index of the first row for which `holds`, which must be false up to some row and true from there on. */
export function firstIndex(rows: readonly TenantEntry[], holds: (row: TenantEntry) => boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row === undefined || holds(row)) high = middle;
    else low = middle + 1;
  }
  return low;
}
