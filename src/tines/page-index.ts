import { grown } from './grown';

const FEWEST_ROWS = 512;
const FEWEST_FIELDS = 8 * FEWEST_ROWS;
/** The most fields that an index has: twenty for each of the most rows of a page. More would only fill the memory. */
export const MOST_FIELDS = 1 << 19;
/** How much larger the columns become when they are full. */
const GROWTH = 1.25;

/**
 * Index of a page: where the parts of the page lie in its body, as columns of numbers, which may be longer than what is
 * in them. Fields of a row keep their order. To be used again for other pages: a new index for each would stay until the
 * garbage collector looks at the old generation, which happens next to never.
 */
export class PageIndex {
  /** Offset of each row. */
  rowStarts = new Uint32Array(FEWEST_ROWS);
  /** For each row the first of its fields, and at the end the number of fields. */
  firstFields = new Uint32Array(FEWEST_ROWS + 1);
  codes = new Uint8Array(FEWEST_FIELDS);
  /** Offsets of the fields' values, and of what is behind them. */
  starts = new Uint32Array(FEWEST_FIELDS);
  ends = new Uint32Array(FEWEST_FIELDS);
  /** Offset of the object `meta`; -1 where there is none. */
  meta = -1;
  #rows = 0;
  #fields = 0;
  #isFull = false;

  /** How many rows there are. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether there were more than {@link MOST_FIELDS}: those behind are not noted. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** What its columns take, in bytes. */
  get bytes(): number {
    const columns = [this.rowStarts, this.firstFields, this.codes, this.starts, this.ends];
    return columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Forgets what was noted. */
  clear(): void {
    this.meta = -1;
    this.#rows = 0;
    this.#fields = 0;
    this.#isFull = false;
    this.firstFields[0] = 0;
  }

  /** Notes that a row begins. */
  addRow(start: number): void {
    const row = this.#rows;
    if (row === this.rowStarts.length) {
      this.rowStarts = grown(this.rowStarts, new Uint32Array(Math.ceil(row * GROWTH)));
      this.firstFields = grown(this.firstFields, new Uint32Array(this.rowStarts.length + 1));
    }
    this.rowStarts[row] = start;
    this.#rows = row + 1;
    this.firstFields[row + 1] = this.#fields;
  }

  /** Notes a field of the last row. */
  addField(code: number, start: number, end: number): void {
    const field = this.#fields;
    if (field === this.codes.length && !this.#grow(field)) return;
    this.codes[field] = code;
    this.starts[field] = start;
    this.ends[field] = end;
    this.#fields = field + 1;
    this.firstFields[this.#rows] = field + 1;
  }

  /** @returns whether there is room now */
  #grow(fields: number): boolean {
    this.#isFull = fields === MOST_FIELDS;
    if (this.#isFull) return false;
    const length = Math.min(MOST_FIELDS, Math.ceil(fields * GROWTH));
    this.codes = grown(this.codes, new Uint8Array(length));
    this.starts = grown(this.starts, new Uint32Array(length));
    this.ends = grown(this.ends, new Uint32Array(length));
    return true;
  }
}
