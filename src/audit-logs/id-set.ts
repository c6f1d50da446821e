import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';

const FEWEST_PLACES = 4096;
const EMPTY = -1;

/**
 * Set of ids that is emptied and used again for each window. Integers, which is what Tines' ids are, lie in a table of
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

  /** Adds an id. @returns false when it was in the set */
  add(id: CompactId): boolean {
    if (typeof id === 'string') return this.#others.size < this.#others.add(id).size;
    const place = placeOf(this.#places, id);
    if (this.#places[place] === id) return false;
    this.#places[place] = id;
    this.#integers += 1;
    if (2 * this.#integers > this.#places.length) this.#grow();
    return true;
  }

  /** Removes all ids. */
  clear(): void {
    if (this.#integers > 0) this.#places.fill(EMPTY);
    this.#integers = 0;
    this.#others.clear();
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#places.length).fill(EMPTY);
    for (const id of this.#places) if (id !== EMPTY) larger[placeOf(larger, id)] = id;
    this.#places = larger;
  }
}

/** Where an integer is, or would be. The table's length is a power of two, and a part of it is empty. */
function placeOf(places: Float64Array, id: number): number {
  const mask = places.length - 1;
  let place = Math.imul(id ^ Math.floor(id / 2 ** 32), 0x9e3779b1) >>> 8;
  for (place &= mask; places[place] !== EMPTY && places[place] !== id; place = (place + 1) & mask);
  return place;
}
