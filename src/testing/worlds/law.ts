import type { TenantEntry } from '../../../simulated-tenant/tenant-entry';
import { pageOf } from '../page-of';

/** A breach of the law by the connector, or a mistake in the world. */
export class Breach extends Error {}

/** Whether an entry is none of the odd ones, whose ids are lower than all others. */
export const isRegular = ({ id }: TenantEntry): boolean => typeof id === 'string' || id >= 1000;

/** The id that an entry's record has: its own, or a hash where it has none. */
export function recordIdOf(entry: TenantEntry): string {
  return isRegular(entry) ? String(entry.id) : String(pageOf(`{"audit_logs":[${entry.text}]}`).idOf(0));
}

/** Epoch s. */
export const secondOf = ({ at }: TenantEntry): number => Math.floor(at / 1000);

/**
 * What is owed to the reader, and what it got. Owed is an entry that all of the server's stores showed before a sync
 * began, from the first sync's start on, unless it showed only after an earlier sync and lies before where the STATE of
 * that sync starts the next. Purged entries are owed no more.
 */
export class Law {
  readonly #from: number;
  /** By record id. */
  readonly #owed = new Map<string, TenantEntry>();
  readonly #got = new Set<string>();
  /** In the order of delivery. */
  readonly #order: string[] = [];
  /** Entries that lay before a first sync from now. */
  readonly #old = new Map<string, TenantEntry>();
  readonly #ids = new Map<TenantEntry, string>();
  /** What shows after a sync, from this second on, is owed by the next. */
  #promisedFrom: number;

  /** @param from where the first sync starts, epoch s */
  constructor(from: number) {
    this.#from = from;
    this.#promisedFrom = from;
  }

  get deliveredCount(): number {
    return this.#order.length;
  }

  idOf(entry: TenantEntry): string {
    const known = this.#ids.get(entry);
    if (known !== undefined) return known;
    const id = recordIdOf(entry);
    this.#ids.set(entry, id);
    return id;
  }

  /** Starts anew: what was owed or delivered before means nothing. */
  reset(): void {
    this.#owed.clear();
    this.#old.clear();
    this.#got.clear();
    this.#order.length = 0;
    this.#promisedFrom = this.#from;
  }

  /** A sync begins, and all stores show these entries. */
  begin(visible: Iterable<TenantEntry>): void {
    for (const entry of visible) {
      const id = this.idOf(entry);
      if (!this.#old.has(id) && secondOf(entry) >= this.#promisedFrom) this.#owed.set(id, entry);
    }
  }

  /** A first sync from now begins: these entries are visible, and not owed, wherever they are shown. */
  beginFromNow(visible: Iterable<TenantEntry>): void {
    for (const entry of visible) this.#old.set(this.idOf(entry), entry);
  }

  /** From which second on everything that shows is owed by the next sync. Epoch s. */
  get promised(): number {
    return this.#promisedFrom;
  }

  /** What shows from now on is owed only from this second on. */
  promiseFrom(second: number): void {
    this.#promisedFrom = Math.max(this.#promisedFrom, second);
  }

  /** Entries can't be had, and a sync has said so: its successors need not say it again. */
  forgive(entries: Iterable<TenantEntry>): void {
    this.purged(entries);
  }

  /** Entries are gone. */
  purged(entries: Iterable<TenantEntry>): void {
    for (const entry of entries) this.#owed.delete(this.idOf(entry));
  }

  /** A record reached the reader. @throws Breach where it did before */
  deliver(id: string): void {
    if (this.#got.has(id)) throw new Breach(`${id} was delivered twice`);
    this.#got.add(id);
    this.#order.push(id);
  }

  /** What is owed and was not delivered. */
  missing(): TenantEntry[] {
    return [...this.#owed].flatMap(([id, entry]) => (this.#got.has(id) ? [] : [entry]));
  }

  /** What was delivered although it lay before a first sync from now, at least a second. Odd rows have no time to tell. */
  needless(before: number): string[] {
    return this.#order.filter((id) => {
      const entry = this.#old.get(id);
      return entry !== undefined && isRegular(entry) && secondOf(entry) < before;
    });
  }

  /** The reader as it was when it had so many records. */
  rewindTo(count: number): void {
    for (const id of this.#order.splice(count)) this.#got.delete(id);
  }
}
