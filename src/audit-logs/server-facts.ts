import type { Page } from '../tines/page';

/** No server caps `per_page` below the API's default (https://www.tines.com/api/audit-logs). */
const SMALLEST_PAGE = 20;
/** How many claims have to prove wrong until none is believed: one can be a purge between two answers. */
const MOST_WRONG_CLAIMS = 3;

/**
 * What one sync has learned about its server from the answers so far. It decides how many questions are asked, never
 * which entries are delivered.
 */
export class ServerFacts {
  #largest = 0;
  #wrongClaims = 0;
  #wrongLargeCounts = 0;
  #rightLargeCounts = 0;
  #lightRows = Infinity;
  #uncertain = false;
  #rows = 0;
  #bytes = 0;
  #answers = 0;

  /** Takes note of an answer. */
  answered({ size: rows, bytes }: Page): void {
    this.#largest = Math.max(this.#largest, rows);
    this.#answers += 1;
    this.#rows += rows;
    this.#bytes += bytes;
  }

  /** How many answers there were. */
  get answers(): number {
    return this.#answers;
  }

  /** Takes note of a count, or a next page, that other answers have disproved. */
  claimWasWrong(): void {
    this.#wrongClaims += 1;
  }

  /** Whether `meta` is believed where it counts or names more than a page shows. */
  get believesClaims(): boolean {
    return this.#wrongClaims < MOST_WRONG_CLAIMS;
  }

  /** Takes note of what became of a count of more rows than two pages have. */
  largeCountWas(what: 'right' | 'wrong'): void {
    if (what === 'right') this.#rightLargeCounts += 1;
    else this.#wrongLargeCounts += 1;
  }

  /**
   * Whether a count of more rows than a page has is believed though others are not: where rows are counted and withheld,
   * counts are wrong in small ranges, and pages are cut without being full.
   */
  get believesLargeCounts(): boolean {
    return this.#wrongLargeCounts < MOST_WRONG_CLAIMS + this.#rightLargeCounts;
  }

  /** Takes note that more may be in the range than was shown, though it was asked for in every way. */
  mayHideRows(): void {
    this.#uncertain = true;
  }

  /** Takes note that a page is taken for all of its range: a count that isn't believed may be right after all. */
  tookAsWhole({ size, meta: { count = 0 } }: Page): void {
    if (count > size) this.mayHideRows();
  }

  /** Whether the server may have rows that it hasn't shown. */
  get mayHaveHidden(): boolean {
    return this.#uncertain;
  }

  /** Whether a page of `rows` rows has as many as pages of this server get, so that it can have been cut there. */
  isFull(rows: number, perPage: number): boolean {
    return rows >= this.pageSize(perPage);
  }

  /** Whether this server has filled a page with more than `rows` rows before. */
  hasFilledMore(rows: number): boolean {
    return rows < this.#largest;
  }

  /** How many rows a page of `perPage` is expected to have. */
  pageSize(perPage: number): number {
    return Math.min(perPage, Math.max(this.#largest, SMALLEST_PAGE));
  }

  /** Takes note that pages of one second were asked for `rows` rows because more were too heavy. */
  pageWasLight(rows: number): void {
    this.#lightRows = rows;
  }

  /** How many rows the pages of one second are asked for first: not many more than it took for the one before. */
  lightPage(perPage: number): number {
    return Math.min(perPage, this.#lightRows * 2);
  }

  /** The average size of a row in bytes; `otherwise` before the first one. */
  rowBytes(otherwise: number): number {
    return this.#rows === 0 ? otherwise : this.#bytes / this.#rows;
  }
}
