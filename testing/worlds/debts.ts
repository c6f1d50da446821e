import type { RecordMessage } from '@airbyte/cdk-typescript-compat';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import { isRegular, recordIdOf, secondOf } from './entries';
import type { Filters } from './syncs';

/** A breach of the law by the connector, or a mistake in the world. */
export class Breach extends Error {}

/** How far below a place a row whose time can't be read may lie and still come from there on, in s. */
const ODD_EDGE_SECONDS = 120;

/**
 * What is owed to the reader, and what it got. Known without the connector's help: neither its state nor its log is read
 * here. Times are epoch s of the tenant.
 */
export class Debts {
  /** Records have ids; where a snapshot was restored, entries of other times may share one. */
  readonly #byId = new Map<string, TenantEntry[]>();
  readonly #owed = new Set<TenantEntry>();
  readonly #got = new Set<TenantEntry>();
  /** In the order of delivery, since the reader can last have gone back. */
  #order: TenantEntry[] = [];
  /** Entries that a first sync from now takes as there before. */
  readonly #old = new Set<TenantEntry>();
  readonly #forbidden = new Set<TenantEntry>();
  readonly #overdue = new Set<TenantEntry>();
  #filters: Filters = { userIds: [], operationNames: [] };
  /** Whether the server ignores filters. */
  readonly #returnsAll: boolean;
  /** Nothing older is to be delivered: a configured start, or where a hand has set the state. */
  #floor = -Infinity;
  /** The next sync need not look for what shows from now on before this second. */
  #settled = -Infinity;

  constructor(returnsAll: boolean) {
    this.#returnsAll = returnsAll;
  }

  /** Entries that are or will be there. */
  register(entries: readonly TenantEntry[]): void {
    for (const entry of entries) {
      const id = recordIdOf(entry);
      const known = this.#byId.get(id);
      if (known === undefined) this.#byId.set(id, [entry]);
      else known.push(entry);
    }
  }

  get deliveredCount(): number {
    return this.#order.length;
  }

  /** Nothing older is to be delivered, or -Infinity. */
  get floor(): number {
    return this.#floor;
  }

  /** From which second on the next sync has to look for what shows late, or -Infinity. */
  get settled(): number {
    return this.#settled;
  }

  /** A sync begins without a state, from this second on: what was owed or delivered before means nothing. */
  startAnew(floor: number): void {
    for (const set of [this.#owed, this.#got, this.#old, this.#forbidden, this.#overdue]) set.clear();
    this.#order = [];
    this.#floor = floor;
    this.#settled = -Infinity;
  }

  /** A hand has set the state to a second: from there on everything comes anew, and nothing older. */
  setByHand(second: number): void {
    const comesAgain = (entry: TenantEntry): boolean =>
      secondOf(entry) >= second - (isRegular(entry) ? 0 : ODD_EDGE_SECONDS);
    for (const set of [this.#got, this.#old, this.#forbidden]) {
      for (const entry of set) if (comesAgain(entry)) set.delete(entry);
    }
    for (const entry of this.#owed) if (secondOf(entry) < second) this.#drop(entry);
    this.#overdue.clear();
    this.#order = [];
    this.#floor = second;
    this.#settled = second;
  }

  /** A sync begins, all stores have these entries, and these are the filters. */
  begin(visible: readonly TenantEntry[], filters: Filters): void {
    this.#filters = filters;
    for (const entry of this.#owed) if (!this.#got.has(entry) && !this.matches(entry)) this.#drop(entry);
    this.#owe(visible);
  }

  /**
   * A first sync from now begins or has got its first response: these entries are there, and need not be delivered.
   * @param forbidden those that must not be
   */
  takeAsOld(old: Iterable<TenantEntry>, forbidden: Iterable<TenantEntry> = []): void {
    for (const entry of old) if (this.#returnsAll || this.matches(entry)) this.#old.add(entry);
    for (const entry of forbidden) if (this.matches(entry)) this.#forbidden.add(entry);
  }

  /** What a first sync from now was not returned, it can't know: it may come after all. */
  allowOld(returned: ReadonlySet<TenantEntry> = new Set()): void {
    for (const entry of this.#forbidden) if (!returned.has(entry)) this.#forbidden.delete(entry);
  }

  /** A response of the sync has returned these entries. */
  returned(rows: readonly TenantEntry[]): void {
    this.#owe(rows);
  }

  /** Entries are gone, or it was said that they can't be had. */
  gone(entries: Iterable<TenantEntry>): void {
    for (const entry of entries) this.#drop(entry);
  }

  /** What shows from now on is owed only from this second on. */
  settle(second: number): void {
    this.#settled = Math.max(this.#settled, second);
  }

  /** Whether the filters of this sync let an entry through. */
  matches({ userId, operationName }: TenantEntry): boolean {
    const { userIds, operationNames } = this.#filters;
    const hasUser = userIds.length === 0 || (typeof userId === 'number' && userIds.includes(userId));
    const hasName =
      operationNames.length === 0 || (operationName !== undefined && operationNames.includes(operationName));
    return hasUser && hasName;
  }

  /** Whether the reader has an entry, or one need not be delivered because it was there before a first sync from now. */
  isKnown(entry: TenantEntry): boolean {
    return this.#got.has(entry) || this.#old.has(entry);
  }

  /** The entry of a record. @throws Breach where there is none */
  entryOf({ data }: RecordMessage['record']): TenantEntry {
    const known = this.#byId.get(String(data['id'])) ?? [];
    const [only] = known;
    if (known.length <= 1 && only !== undefined) return only;
    const second = Math.floor(Date.parse(String(data['created_at'] ?? data['timestamp'])) / 1000);
    const entry = known.find((candidate) => secondOf(candidate) === second);
    if (entry === undefined) throw new Breach(`no entry has the id and the time of ${JSON.stringify(data)}`);
    return entry;
  }

  /** A record reached the reader. @throws Breach where it must not */
  deliver(entry: TenantEntry): void {
    if (this.#got.has(entry)) throw new Breach(`${nameOf(entry)} was delivered twice`);
    if (this.#forbidden.has(entry)) throw new Breach(`${nameOf(entry)} was there before a first sync from now`);
    if (isRegular(entry) && secondOf(entry) < this.#floor) {
      throw new Breach(`${nameOf(entry)} is older than ${isoOf(this.#floor)}, where the sync has to start`);
    }
    this.#got.add(entry);
    this.#order.push(entry);
  }

  /** What is owed and was not delivered. */
  missing(): TenantEntry[] {
    return [...this.#owed].filter((entry) => !this.isKnown(entry));
  }

  /** Whether an entry is missing that a sync had returned which ended well before this one. */
  isOverdue(entry: TenantEntry): boolean {
    return this.#overdue.has(entry);
  }

  /** A sync has ended well, its whole output reached the reader, and it has returned these entries: the next one owes them. */
  markOverdue(returned: ReadonlySet<TenantEntry>): void {
    for (const entry of this.missing()) if (returned.has(entry)) this.#overdue.add(entry);
  }

  /** The reader as it was when it had so many records. */
  rewindTo(count: number): void {
    for (const entry of this.#order.splice(count)) this.#got.delete(entry);
  }

  /** A sync is to go on from an older state. @param settled as it was then */
  replayFrom(count: number, settled: number): void {
    this.rewindTo(count);
    this.#settled = settled;
    this.#overdue.clear();
    this.#forbidden.clear();
  }

  #owe(entries: readonly TenantEntry[]): void {
    const from = Math.max(this.#floor, this.#settled);
    for (const entry of entries) {
      if (secondOf(entry) >= from && !this.#old.has(entry) && this.matches(entry)) this.#owed.add(entry);
    }
  }

  #drop(entry: TenantEntry): void {
    this.#owed.delete(entry);
    this.#overdue.delete(entry);
  }
}

/** An entry in a message. */
export const nameOf = (entry: TenantEntry): string => `${String(entry.id)} of ${new Date(entry.at).toISOString()}`;

/** A second in a message. */
export const isoOf = (second: number): string =>
  Number.isFinite(second) ? new Date(second * 1000).toISOString() : String(second);
