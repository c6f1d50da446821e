/** Where the parts of a page lie in its body: numbers only. Fields of a row keep their order. */
export interface PageIndex {
  /** Offset of each row. */
  readonly rowStarts: Uint32Array;
  /** For each row the first of its fields, and at the end the number of fields. */
  readonly firstFields: Uint32Array;
  readonly codes: Uint8Array;
  /** Offsets of the fields' values, and of what is behind them. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Offset of the object `meta`; -1 where there is none. */
  readonly meta: number;
  /** The memory that all of these lie in. */
  readonly memory: ArrayBuffer;
}

const FEWEST_ROWS = 512;
const FEWEST_FIELDS = 8192;
/** The most fields that an index has: twenty for each of the most rows of a page. More would only fill the memory. */
export const MOST_FIELDS = 1 << 19;
/** A larger place is given back after a page. */
const MOST_FIELDS_KEPT = 1 << 17;
/** An index has memory of a multiple of this size, in bytes: pages of a server differ little. */
const MEMORY_STEP = 16 * 1024;
/** Memory that is kept for other indexes, and how many times too large it may be. */
const MOST_SPARE = 64;
const LARGEST_WASTE = 2;

/** Builder of the indexes of pages, one after the other, in the same growing place. */
export class IndexBuilder {
  #rowStarts = new Uint32Array(FEWEST_ROWS);
  #firstFields = new Uint32Array(FEWEST_ROWS);
  #codes = new Uint8Array(FEWEST_FIELDS);
  #starts = new Uint32Array(FEWEST_FIELDS);
  #ends = new Uint32Array(FEWEST_FIELDS);
  #rows = 0;
  #fields = 0;
  #isFull = false;
  readonly #spare: ArrayBuffer[] = [];

  /** Forgets what was noted. */
  clear(): void {
    this.#rows = 0;
    this.#fields = 0;
    this.#isFull = false;
  }

  /** Whether there were more than {@link MOST_FIELDS}: those behind are not noted. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Notes that a row begins. */
  addRow(start: number): void {
    const row = this.#rows;
    if (row === this.#rowStarts.length) {
      this.#rowStarts = grown(this.#rowStarts);
      this.#firstFields = grown(this.#firstFields);
    }
    this.#rowStarts[row] = start;
    this.#firstFields[row] = this.#fields;
    this.#rows = row + 1;
  }

  /** Notes a field of the last row. */
  addField(code: number, start: number, end: number): void {
    const field = this.#fields;
    if (field === this.#codes.length) {
      if (field === MOST_FIELDS) {
        this.#isFull = true;
        return;
      }
      this.#starts = grown(this.#starts);
      this.#ends = grown(this.#ends);
      const codes = this.#codes;
      this.#codes = new Uint8Array(2 * field);
      this.#codes.set(codes);
    }
    this.#codes[field] = code;
    this.#starts[field] = start;
    this.#ends[field] = end;
    this.#fields = field + 1;
  }

  /**
   * A copy of what was noted, in one piece of memory.
   * @param meta offset of the object `meta`
   */
  take(meta: number): PageIndex {
    const rows = this.#rows;
    const fields = this.#fields;
    const memory = this.#memoryFor(4 * (2 * rows + 1 + 2 * fields) + fields);
    const numbers = new Uint32Array(memory);
    let used = 0;
    const part = (from: Uint32Array, count: number): Uint32Array => {
      const copy = numbers.subarray(used, used + count);
      copy.set(from.subarray(0, count));
      used += count;
      return copy;
    };
    const rowStarts = part(this.#rowStarts, rows);
    const firstFields = numbers.subarray(used, used + rows + 1);
    part(this.#firstFields, rows);
    numbers[used] = fields;
    used += 1;
    const starts = part(this.#starts, fields);
    const ends = part(this.#ends, fields);
    const codes = new Uint8Array(memory, 4 * used, fields);
    codes.set(this.#codes.subarray(0, fields));
    if (this.#codes.length > MOST_FIELDS_KEPT) this.#shrink();
    return { rowStarts, firstFields, codes, starts, ends, meta, memory };
  }

  /**
   * Takes the memory of an index back: the index must not be used any more. Left to the garbage collector, it would stay
   * until the old generation is collected, which happens next to never.
   */
  recycle({ memory }: PageIndex): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(memory);
  }

  #memoryFor(bytes: number): ArrayBuffer {
    const size = Math.ceil(bytes / MEMORY_STEP) * MEMORY_STEP;
    const fitting = this.#spare.findIndex(({ byteLength }) => byteLength >= size && byteLength <= size * LARGEST_WASTE);
    return this.#spare.splice(fitting, fitting === -1 ? 0 : 1)[0] ?? new ArrayBuffer(size);
  }

  #shrink(): void {
    this.#rowStarts = new Uint32Array(FEWEST_ROWS);
    this.#firstFields = new Uint32Array(FEWEST_ROWS);
    this.#codes = new Uint8Array(FEWEST_FIELDS);
    this.#starts = new Uint32Array(FEWEST_FIELDS);
    this.#ends = new Uint32Array(FEWEST_FIELDS);
  }
}

function grown(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
