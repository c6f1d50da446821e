import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';

const FEWEST_PLACES = 4096;
const EMPTY = -1;

/**
 * Map of ids to numbers of 32 bits, which is emptied and used again for each window. Integers, which is what Tines' ids
 * are, lie in a table of numbers: a `Map` would make garbage of its tables each time.
 */
export class IdMap {
  /** Open addressing: an id is at the first place from its own on that is empty or has it. */
  #places = new Float64Array(FEWEST_PLACES).fill(EMPTY);
  #values = new Int32Array(FEWEST_PLACES);
  #integers = 0;
  readonly #others = new Map<string, number>();

  /** How many ids are in it. */
  get size(): number {
    return this.#integers + this.#others.size;
  }

  /** Adds an id, unless it is in the map. @returns the value that it has already; undefined where it is new */
  add(id: CompactId, value: number): number | undefined {
    if (typeof id === 'string') {
      const known = this.#others.get(id);
      if (known === undefined) this.#others.set(id, value);
      return known;
    }
    const place = placeOf(this.#places, id);
    if (this.#places[place] === id) return this.#values[place];
    this.#places[place] = id;
    this.#values[place] = value;
    this.#integers += 1;
    if (2 * this.#integers > this.#places.length) this.#grow();
    return undefined;
  }

  /** Removes all ids. */
  clear(): void {
    if (this.#integers > 0) this.#places.fill(EMPTY);
    this.#integers = 0;
    this.#others.clear();
  }

  #grow(): void {
    const places = new Float64Array(2 * this.#places.length).fill(EMPTY);
    const values = new Int32Array(places.length);
    this.#places.forEach((id, from) => {
      if (id === EMPTY) return;
      const to = placeOf(places, id);
      places[to] = id;
      values[to] = this.#values[from] ?? 0;
    });
    this.#places = places;
    this.#values = values;
  }
}

/** Where an integer is, or would be. The table's length is a power of two, and a part of it is empty. */
function placeOf(places: Float64Array, id: number): number {
  const mask = places.length - 1;
  let place = Math.imul(id ^ Math.floor(id / 2 ** 32), 0x9e3779b1) >>> 8;
  for (place &= mask; places[place] !== EMPTY && places[place] !== id; place = (place + 1) & mask);
  return place;
}
