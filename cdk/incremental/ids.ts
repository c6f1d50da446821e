/** Id of an entry: an integer of up to 15 digits as a number, which takes less memory; any other as its text. */
export type CompactId = number | string;

/** The largest integer that is kept as a number. */
export const LARGEST_COMPACT_INTEGER = 999_999_999_999_999;

/** Without leading zeros, so that the number is written as it was given. */
const INTEGER = /^(?:0|[1-9]\d{0,14})$/;
const DIGITS = /^\d+$/;

/** Whether a text is an integer that is kept as a number. */
export const isIntegerText = (text: string): boolean => INTEGER.test(text);

/** The compact form of an id's text. `String` makes the text of it again. */
export const compactId = (text: string): CompactId => (isIntegerText(text) ? Number(text) : text);

/** Order of ids for sorting: digits before other texts, digits by value, texts by code unit. 0 only for the same id. */
export function compareIds(a: CompactId, b: CompactId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareTexts(String(a), String(b));
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const aIsNumber = DIGITS.test(a);
  if (aIsNumber !== DIGITS.test(b)) return aIsNumber ? -1 : 1;
  if (aIsNumber && a.length !== b.length) {
    const difference = BigInt(a) - BigInt(b);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return a < b ? -1 : 1;
}

const FEWEST_PLACES = 4096;
const EMPTY = -1;

/**
 * Set of ids, which is emptied and used again for each window. Integers lie in a table of numbers: a
 * `Set` would make garbage of its tables each time.
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
