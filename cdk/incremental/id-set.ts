import type { CompactId } from './compact-id';

const FEWEST_PLACES = 4096;
const EMPTY = -1;

/**
 * Set of ids, which is emptied and used again for each window. Integers, which is what Tines' ids are, lie in a table of
 * numbers: a `Set` would make garbage of its tables each time.
 */
export class IdSet {
  /** Open addressing: an id is at the first place from its own on that is empty or has it. */
  #places = new Float64Array(FEWEST_PLACES).fill(EMPTY);
  #integers = 0;
  readonly #others = new Set<string>();

  /** How many ids are in it. */
  get size(): number {
    return this.#integers + this.#others.size;
  }

  /** Whether an id is in it. */
  has(id: CompactId): boolean {
    return typeof id === 'string' ? this.#others.has(id) : this.#places[placeOf(this.#places, id)] === id;
  }

  /** Adds an id. @returns whether it is new */
  add(id: CompactId): boolean {
    const before = this.size;
    if (typeof id === 'string') this.#others.add(id);
    else this.#addInteger(id);
    return this.size > before;
  }

  /** Removes all ids. */
  clear(): void {
    this.#places.fill(EMPTY);
    this.#integers = 0;
    this.#others.clear();
  }

  #addInteger(id: number): void {
    const place = placeOf(this.#places, id);
    if (this.#places[place] === id) return;
    this.#places[place] = id;
    this.#integers += 1;
    if (this.#integers * 2 > this.#places.length) this.#grow();
  }

  #grow(): void {
    const places = new Float64Array(this.#places.length * 2).fill(EMPTY);
    for (const id of this.#places) if (id !== EMPTY) places[placeOf(places, id)] = id;
    this.#places = places;
  }
}

/** Where an integer is, or would be. The table's length is a power of two, and a part of it is empty. */
function placeOf(places: Float64Array, id: number): number {
  const mask = places.length - 1;
  let place = Math.imul(id ^ Math.floor(id / 2 ** 32), 0x9e3779b1) >>> 8;
  for (place &= mask; places[place] !== EMPTY && places[place] !== id; place = (place + 1) & mask);
  return place;
}
