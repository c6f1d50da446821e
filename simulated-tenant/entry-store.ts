import type { PageQuery } from './page-query';
import { compareEntries, type EntryId, type TenantEntry } from './tenant-entry';

/** An entry and the time from which it is visible, epoch ms. */
interface Arrival {
  readonly entry: TenantEntry;
  readonly at: number;
}

/** What a store needs to know. */
export interface EntryStoreOptions {
  /** The server's clock, epoch ms; it must not run backwards. */
  readonly now: () => number;
  /** From when an entry is visible, epoch ms; asked once, when it is added. */
  readonly visibleFrom: (entry: TenantEntry) => number;
}

const KEPT_FILTERS = 8;

/** The entries of a tenant, those that aren't visible yet included. */
export class EntryStore {
  readonly #now: () => number;
  readonly #visibleFrom: (entry: TenantEntry) => number;
  readonly #visible = new SortedEntries();
  /** In the order in which they became visible. */
  #arrivals: Arrival[] = [];
  /** Entries that aren't visible yet, the next one last. */
  #pending: Arrival[] = [];
  readonly #filtered = new Map<string, readonly TenantEntry[]>();
  #highestId = 0;
  /** All ids; known once `unusedIds` has looked for gaps. */
  #usedIds: Set<EntryId> | undefined;
  /** Ids are not given twice, unless a snapshot is restored. */
  readonly #purgedIds: EntryId[] = [];

  constructor({ now, visibleFrom }: EntryStoreOptions) {
    this.#now = now;
    this.#visibleFrom = visibleFrom;
  }

  /** Adds entries, in any order. Those that should be visible already become so at the earliest at `notBefore`, epoch ms. */
  add(entries: readonly TenantEntry[], notBefore: number): void {
    const now = this.#release();
    for (const { id } of entries) {
      if (typeof id !== 'number') continue;
      this.#highestId = Math.max(this.#highestId, id);
      this.#usedIds?.add(id);
    }
    const arrivals = entries.map((entry) => ({ entry, at: Math.max(notBefore, this.#visibleFrom(entry)) }));
    const due = arrivals.filter(({ at }) => at <= now);
    this.#show(due.sort((a, b) => a.at - b.at));
    if (due.length === arrivals.length) return;
    this.#pending = this.#pending.concat(arrivals.filter(({ at }) => at > now)).sort((a, b) => b.at - a.at);
  }

  /**
   * Forgets the visible entries from before a time (epoch ms). Returns how many there were. They still count among those
   * that arrived last: what a replica has shown it goes on showing.
   */
  purgeOlderThan(at: number): number {
    this.#release();
    const index = firstIndex(this.#visible.rows, (row) => row.at >= at);
    for (const { id } of this.#visible.rows.slice(0, index)) this.#purgedIds.push(id);
    this.#visible.dropBefore(index);
    this.#filtered.clear();
    return index;
  }

  /** See `TenantModel.restore`. */
  restore(at: number): readonly TenantEntry[] {
    this.#release();
    const index = firstIndex(this.#visible.rows, (row) => row.at >= at);
    const gone = this.#visible.rows.slice(index);
    this.#visible.dropFrom(index);
    const isGone = new Set(gone);
    this.#arrivals = this.#arrivals.filter(({ entry }) => !isGone.has(entry));
    this.#usedIds = undefined;
    this.#filtered.clear();
    return gone;
  }

  /** The entries that are visible now, oldest first: a view, valid until the store changes. */
  visible(): readonly TenantEntry[] {
    this.#release();
    return this.#visible.rows;
  }

  /** How many entries there are that aren't visible yet. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Ids that no entry has, see `TenantModel.unusedIds`. */
  unusedIds(at: number, count: number): number[] {
    const { rows } = this.#visible;
    const next = rows[firstIndex(rows, (row) => row.at >= at)]?.id;
    const unused: number[] = [];
    if (typeof next === 'number') {
      const all = [...rows, ...this.#pending.map(({ entry }) => entry)];
      const used = (this.#usedIds ??= new Set([...this.#purgedIds, ...all.map(({ id }) => id)]));
      for (let id = next - 1; id > 0 && unused.length < count; id--) if (!used.has(id)) unused.push(id);
    }
    for (let id = this.#highestId + 1; unused.length < count; id++) unused.push(id);
    return unused.sort((a, b) => a - b);
  }

  /** The visible entries that pass the query's filters, oldest first. */
  matching({ userIds, operationNames }: PageQuery): readonly TenantEntry[] {
    const all = this.visible();
    if (userIds.length === 0 && operationNames.length === 0) return all;
    const key = JSON.stringify([userIds, operationNames]);
    const known = this.#filtered.get(key);
    if (known !== undefined) return known;
    const [users, names] = [new Set(userIds), new Set(operationNames)];
    const rows = all.filter(
      ({ userId, operationName }) =>
        (users.size === 0 || (userId !== undefined && users.has(String(userId)))) &&
        (names.size === 0 || (operationName !== undefined && names.has(operationName))),
    );
    if (this.#filtered.size >= KEPT_FILTERS) this.#filtered.clear();
    this.#filtered.set(key, rows);
    return rows;
  }

  /** The entries that became visible after a time (epoch ms), and in any case the last `atLeast`. */
  arrivedAfter(time: number, atLeast = 0): ReadonlySet<TenantEntry> {
    const arrived = new Set<TenantEntry>();
    for (let index = this.#arrivals.length - 1; index >= 0; index--) {
      const arrival = this.#arrivals[index];
      if (arrival === undefined || (arrived.size >= atLeast && arrival.at <= time)) break;
      arrived.add(arrival.entry);
    }
    return arrived;
  }

  /** Makes the pending entries visible whose time has come, and returns the time. */
  #release(): number {
    const now = this.#now();
    const due: Arrival[] = [];
    for (let next = this.#pending.at(-1); next !== undefined && next.at <= now; next = this.#pending.at(-1)) {
      due.push(next);
      this.#pending.pop();
    }
    this.#show(due);
    return now;
  }

  /** `arrivals`: ascending, none before those shown already. */
  #show(arrivals: readonly Arrival[]): void {
    if (arrivals.length === 0) return;
    this.#visible.insert(arrivals.map(({ entry }) => entry));
    for (const arrival of arrivals) this.#arrivals.push(arrival);
    this.#filtered.clear();
  }
}

const FEW_ENTRIES = 64;

/** Entries in the tenant's order, oldest first, found by time without a scan. */
class SortedEntries {
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
