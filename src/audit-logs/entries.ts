import { compareIds } from '@airbyte/cdk-typescript-compat/incremental';
import { grown } from '../tines/page-index';
import type { SlicedPage } from '../tines/page';

/** One row of a page with what orders it. */
export interface Entry {
  readonly page: SlicedPage;
  readonly row: number;
  /** By which the API's ranges go, epoch s. Of an entry without a time: until then it may be returned again. */
  readonly second: number;
  /** What becomes the record's cursor, epoch ms. */
  readonly time: number;
}

const FEWEST = 1024;

/**
 * Entries of a window in columns, which are used again for the next one: an object for each entry would live just long
 * enough to fill the garbage collector's old generation.
 */
export class EntryList {
  readonly #pages: SlicedPage[] = [];
  /** For each page how many of its entries are still to be used. */
  readonly #unused: number[] = [];
  /** The places of entries without a time. */
  readonly #undated = new Set<number>();
  #size = 0;
  /** For each entry the place of its page. */
  #pageAt = new Uint32Array(FEWEST);
  #rows = new Uint32Array(FEWEST);
  #seconds = new Float64Array(FEWEST);
  #times = new Float64Array(FEWEST);

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds an entry. */
  add({ page, row, second, time }: Entry, isUndated = false): void {
    const at = this.#size;
    if (at === this.#rows.length) this.#grow();
    const pageAt = this.#placeOf(page);
    this.#pageAt[at] = pageAt;
    this.#unused[pageAt] = (this.#unused[pageAt] ?? 0) + 1;
    this.#rows[at] = row;
    this.#seconds[at] = second;
    this.#times[at] = time;
    if (isUndated) this.#undated.add(at);
    this.#size = at + 1;
  }

  /** Whether the entry at a place has no time of its own. */
  isUndated(place: number): boolean {
    return this.#undated.has(place);
  }

  /** Whether there are entries of a page. */
  hasAnyOf(page: SlicedPage): boolean {
    return this.#pages.includes(page);
  }

  /** Uses up the entry at a place. @returns whether no entry of its page is left */
  use(place: number): boolean {
    const pageAt = this.#pageAt[place] ?? 0;
    const unused = (this.#unused[pageAt] ?? 0) - 1;
    this.#unused[pageAt] = unused;
    return unused === 0;
  }

  /** Removes all entries. */
  clear(): void {
    this.#pages.length = 0;
    this.#unused.length = 0;
    this.#undated.clear();
    this.#size = 0;
  }

  /** The places of all entries, oldest first, ties by id. */
  oldestFirst(): Uint32Array {
    const { size } = this;
    const order = new Uint32Array(size);
    // As servers return them: newest first.
    for (let place = 0; place < size; place += 1) order[place] = size - 1 - place;
    return this.#isNewestFirst() ? order : order.sort((a, b) => this.#compare(a, b));
  }

  #isNewestFirst(): boolean {
    for (let place = 1; place < this.size; place += 1) if (this.#compare(place - 1, place) < 0) return false;
    return true;
  }

  /** The entry at a place. @throws RangeError where there is none */
  entryAt(place: number): Entry {
    const page = this.#pageOf(place);
    if (page === undefined) throw new RangeError(`no entry at ${place}`);
    return { page, row: this.#rows[place] ?? 0, second: this.#seconds[place] ?? 0, time: this.#times[place] ?? 0 };
  }

  #compare(a: number, b: number): number {
    const difference = (this.#times[a] ?? 0) - (this.#times[b] ?? 0);
    return difference === 0 ? compareIds(this.#idAt(a), this.#idAt(b)) : difference;
  }

  #idAt(at: number) {
    return this.#pageOf(at)?.idOf(this.#rows[at] ?? 0) ?? 0;
  }

  #placeOf(page: SlicedPage): number {
    const last = this.#pages.length - 1;
    // Entries of a page come one after the other.
    if (this.#pages[last] === page) return last;
    const known = this.#pages.indexOf(page);
    return known === -1 ? this.#pages.push(page) - 1 : known;
  }

  #pageOf(at: number): SlicedPage | undefined {
    return at < this.#size ? this.#pages[this.#pageAt[at] ?? 0] : undefined;
  }

  #grow(): void {
    this.#pageAt = grown(this.#pageAt, new Uint32Array(2 * this.#pageAt.length));
    this.#rows = grown(this.#rows, new Uint32Array(2 * this.#rows.length));
    this.#seconds = grown(this.#seconds, new Float64Array(2 * this.#seconds.length));
    this.#times = grown(this.#times, new Float64Array(2 * this.#times.length));
  }
}
