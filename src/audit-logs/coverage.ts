import { PageRefusedError, TooLargeError } from '../tines/errors';
import { isOneSecond, lengthOf, middleOf, type ClosedRange, type Range } from '../tines/request';
import { idsOf, rowsFrom, type Response } from '../tines/responses';
import { isMuch } from './server-facts';
import { DenseSecond, type ReadTools } from './dense-second';

/*
 * The coverage rule. A second is covered when one response, given after the sync began, has returned all its rows. A range
 * is read when all its seconds are covered. Only page 1 is asked for, of ever smaller ranges:
 *
 * 1. A page covers its range if it is empty, or isn't full and says that no page follows. If it doesn't say so, page 2 tells.
 * 2. Rows follow a page in the order "newest first": everything before its oldest second + 2 is asked for next, so that what
 *    is newer fits a page. The next count proves that the page had returned all of the newer part: it must equal this count
 *    less the rows that the older part doesn't have. Without proof, the newer part is asked for, too, and is split as in 3.
 * 3. Rows follow any other page: the range is split, before the newest row of a page in the order "oldest first", else in
 *    the middle of what was returned.
 * 4. A request is too large for the server: half the page, if a single row of the range is answered; else the range is split
 *    near its end, where rows are likely, and ever farther from it, but no earlier than in the middle.
 * 5. One second that doesn't fit a page: dense-second.ts.
 *
 * Nothing is missed, by induction over the length of the range: it is covered by one response (1), is the sum of two shorter
 * ones (2, 3, 4), or is one second (5). A newer part that isn't asked for (2) has as many rows as the page has returned of
 * it, because the whole counts so many more than the older part. It ends, because each part is at least a second shorter.
 * Trusted is that a page with room to spare holds all rows of its range, if it says so; in 2 also two counts that fit
 * together. Else no two responses have to fit together: rows that move, late stores and wrong counts cost requests, never
 * entries.
 */

/** So many responses in a row, and a page that was halved is doubled again: only some of the rows may be too large. */
const ANSWERED_TO_GROW = 8;

/** So many times more is split off, each time, at the end of a range that is still too large. */
const SPAN_GROWTH = 8;

/** How much may be buffered: rows that a range counts, bytes of its pages, and of those of a dense second. */
export interface CoverageLimits {
  readonly rows: number;
  readonly bytes: number;
  readonly secondBytes: number;
}

/** More than may be buffered: the range is to be read as several windows. @param responses what was returned of it */
export class RangeTooLargeError extends Error {
  constructor(
    readonly density: Density,
    readonly responses: readonly Response[],
  ) {
    super('a range has more rows than may be buffered');
    this.name = 'RangeTooLargeError';
  }
}

/** How many rows a range has, as far as is known, and how they lie. */
export interface Density {
  /** All of them. */
  readonly rows: number;
  /** How long the newest part of the range is that has `newestRows` of them, in s; undefined where that isn't known. */
  readonly newestSeconds: number | undefined;
  readonly newestRows: number;
  /** The newest second that was returned, epoch s: beyond both clocks where they are behind the tenant's. */
  readonly newest: number;
}

/** Part of a range, which a page has returned if `olderCount` rows are counted before it. */
interface NewerPart {
  readonly range: Range;
  readonly olderCount: number | undefined;
}

/** One range, read until all its seconds are covered. To be used once. */
export class Coverage {
  readonly #tools: ReadTools;
  readonly #limits: CoverageLimits;
  #perPage: number;
  /** Requests answered since a page was halved. */
  #answered = 0;
  #rows = 0;
  #bytes = 0;
  /** How much of a range that is too large is split off at its end, in s: as much as a page had, then ever more. */
  #span = 1;
  /** Rows that the first response counted. */
  counted: number | undefined;
  /** Rows that were counted and never returned. */
  missing = 0;
  /** Whether a second may have more rows than were returned, though nothing counts them. */
  isUncertain = false;
  /** Also after an error. */
  readonly responses: Response[] = [];

  constructor(tools: ReadTools, limits: CoverageLimits) {
    this.#tools = tools;
    this.#limits = limits;
    this.#perPage = tools.requests.perPage;
  }

  /**
   * Reads the range. Of two parts the older one is read to its end first: after an UnreadableSecondError everything before
   * that second is covered.
   * @param first the response to the whole range, where there is one already
   * @throws RangeTooLargeError, UnreadableSecondError, ConnectorError
   */
  async read(range: Range, first?: Response): Promise<void> {
    const response = first ?? (await this.#ask(range));
    if (!(response instanceof TooLargeError)) {
      const { count } = response.page.meta;
      this.counted = count;
      const isTooMuch = count !== undefined && count > this.#limits.rows && this.#tools.facts.isFull(response);
      if (isTooMuch && !isOneSecond(range)) throw new RangeTooLargeError(densityOf(response, count), [response]);
    }
    await this.#readFrom(range, response, true);
  }

  /** @param isOrdered whether rule 2 is used; else ranges are split in the middle */
  async #readFrom(range: Range, first: Response | TooLargeError, isOrdered: boolean): Promise<void> {
    const unproven: Range[] = [];
    let rest: Range = range;
    let response = first;
    for (let newer: NewerPart | undefined; ; response = await this.#ask(rest)) {
      if (newer !== undefined && !isProven(newer, response)) unproven.push(newer.range);
      if (await this.#isCovered(response)) break;
      newer = isOrdered ? newerPartOf(response, rest) : undefined;
      if (newer === undefined) {
        await this.#split(rest, response, isOrdered);
        break;
      }
      rest = { from: rest.from, to: newer.range.from };
      this.#assertRoom(range, (range.to ?? this.#tools.laterNow()) - newer.range.from);
    }
    for (const part of unproven.reverse()) await this.#readFrom(part, await this.#ask(part), false);
  }

  /** Reads both parts of a range, or all pages of one second. */
  async #split(range: Range, response: Response | TooLargeError, isOrdered: boolean): Promise<void> {
    const newest = response instanceof TooLargeError ? range.from : response.newest;
    const end = range.to ?? Math.max(this.#tools.laterNow(), range.from, newest) + 1;
    const closed: ClosedRange = { from: range.from, to: end };
    if (isOneSecond(closed)) {
      await this.#readSecond(closed.from);
      return;
    }
    if (response instanceof TooLargeError) {
      // What is too large for the server may lie in one of the halves alone.
      this.#perPage = this.#tools.requests.perPage;
    } else {
      // Its rows come again, in the halves.
      this.#rows -= response.page.size;
      this.#bytes -= response.page.bytes;
    }
    const older: ClosedRange = { from: closed.from, to: this.#splitOf(closed, response) };
    await this.#readFrom(older, await this.#ask(older), isOrdered);
    this.#assertRoom(closed, lengthOf(older));
    const newer: ClosedRange = { from: older.to, to: closed.to };
    await this.#readFrom(newer, await this.#ask(newer), isOrdered);
  }

  /** Rules 3 and 4: where a range of several seconds is split, epoch s. */
  #splitOf(range: ClosedRange, response: Response | TooLargeError): number {
    if (response instanceof TooLargeError) {
      const at = Math.max(middleOf(range), range.to - this.#span);
      this.#span *= SPAN_GROWTH;
      return at;
    }
    const { oldest, newest, isOldestFirst } = response;
    // A page may have no row with a time, or, of a server that rounds, only rows from before the range.
    if (newest < range.from) return middleOf(range);
    const isRounded = newest >= range.to;
    const at = isOldestFirst && !isRounded ? newest : Math.floor((oldest + newest) / 2) + 1;
    return Math.max(range.from + 1, Math.min(at, range.to - 1));
  }

  async #readSecond(second: number): Promise<void> {
    const dense = new DenseSecond(second, this.#perPage, this.#tools, this.#limits.secondBytes, this.responses);
    const { missing, isProven } = await dense.read();
    this.missing += missing;
    // Rows that came meanwhile may make up for the missing ones in the sum.
    if (!isProven) this.isUncertain = true;
  }

  /** Rule 4: as large a page as the server gives; TooLargeError where the range itself is too large. */
  async #ask(range: Range): Promise<Response | TooLargeError> {
    const { requests } = this.#tools;
    for (;;) {
      try {
        const response = await requests.ask(range, { perPage: this.#perPage });
        this.#answered += 1;
        if (this.#answered % ANSWERED_TO_GROW === 0) this.#perPage = Math.min(requests.perPage, this.#perPage * 2);
        return response;
      } catch (error) {
        if (!(error instanceof TooLargeError)) throw error;
        if (this.#perPage === 1 || !(await requests.isAnswered(range, { perPage: 1 }))) return error;
        this.#perPage = Math.floor(this.#perPage / 2);
        this.#answered = 0;
      }
    }
  }

  /** Rule 1: whether a response covers its range. It is buffered. */
  async #isCovered(response: Response | TooLargeError): Promise<boolean> {
    if (response instanceof TooLargeError) return false;
    this.#keep(response);
    const { size, meta } = response.page;
    if (this.#tools.facts.isFull(response) || (await this.#isMoreAfter(response))) return false;
    this.missing += Math.max(0, (meta.count ?? 0) - size);
    return true;
  }

  /** Whether rows follow a page that isn't full: page 2 tells, unless the page says that there are none. */
  async #isMoreAfter(response: Response): Promise<boolean> {
    if (saysLast(response)) return false;
    const { size, meta } = response.page;
    const { count = size } = meta;
    try {
      const second = await this.#tools.requests.ask(response.range, { page: 2, perPage: response.perPage });
      const known = idsOf(response.page);
      const isNew = [...idsOf(second.page)].some((id) => !known.has(id));
      // Rows in another order each time may all be known; the same ones are page 1, which some servers repeat.
      const isOther = second.page.size > 0 && second.page.size < size && count > size;
      // From another store, which has less: all of it on its page 1.
      const isBehind = (second.page.meta.count ?? Infinity) < Math.min(count, response.perPage + 1);
      const isMore = isNew || isOther || isBehind;
      if (isMore) this.#keep(second);
      else second.page.release();
      return isMore;
    } catch (error) {
      if (!(error instanceof PageRefusedError || error instanceof TooLargeError)) throw error;
      // It may be refused in passing, or because of one row.
      if (error instanceof PageRefusedError) return count > size && (await this.#isRowAfter(response));
      // Some servers fail on a page after the last one; where many more rows are counted, it is too large.
      const isMore = isMuch(count - size, count);
      this.isUncertain ||= !isMore;
      return isMore;
    }
  }

  /** Whether one of the two rows after a page is answered alone. */
  async #isRowAfter({ range, page: { size } }: Response): Promise<boolean> {
    for (const row of [size + 1, size + 2]) {
      if (await this.#tools.requests.isAnswered(range, { page: row, perPage: 1 })) return true;
    }
    return false;
  }

  #keep(response: Response): void {
    this.responses.push(response);
    if (response.newest > response.oldest) this.#span = response.newest - response.oldest;
    this.#rows += response.page.size;
    this.#bytes += response.page.bytes;
  }

  /** @param newestSeconds how much of the range was read, from its newest second on */
  #assertRoom(range: Range, newestSeconds: number): void {
    if (this.#bytes <= this.#limits.bytes) return;
    const length = lengthOf({ from: range.from, to: range.to ?? this.#tools.laterNow() });
    const rows = Math.ceil((this.#rows * length) / Math.max(1, newestSeconds));
    const density = {
      rows: Math.min(rows, Math.max(this.counted ?? rows, this.#rows)),
      newestSeconds,
      newestRows: this.#rows,
      newest: this.responses.reduce((newest, response) => Math.max(newest, response.newest), -Infinity),
    };
    throw new RangeTooLargeError(density, this.responses);
  }
}

/** @param rows how many rows the range has */
export function densityOf({ page, oldest, newest, isNewestFirst }: Response, rows: number): Density {
  const isTelling = isNewestFirst && page.size > 0;
  return {
    rows,
    newestSeconds: isTelling ? newest - oldest + 1 : undefined,
    newestRows: Math.max(1, page.size),
    newest,
  };
}

/** Rule 1: whether a page that isn't full says that it is the last, or is empty. */
export function saysLast({ page: { size, meta } }: Response): boolean {
  if (size === 0) return true;
  if (meta.next !== undefined) return !meta.next;
  if (meta.count !== undefined) return meta.count <= size;
  return meta.pages !== undefined && meta.pages <= 1;
}

/** Undefined where the page is not in the order "newest first", or where the newer part has no second of its own. */
function newerPartOf(response: Response | TooLargeError, { from, to }: Range): NewerPart | undefined {
  if (response instanceof TooLargeError || !response.isNewestFirst) return undefined;
  const { oldest, newest, page } = response;
  const start = oldest + 2;
  // Rows of one second are in any order.
  if (oldest === newest || start <= from || start >= (to ?? newest + 1)) return undefined;
  const { count } = page.meta;
  // A count of the page's own rows says nothing of those that follow.
  const isTelling = count !== undefined && count > page.size;
  return { range: { from: start, to }, olderCount: isTelling ? count - rowsFrom(page, start) : undefined };
}

/** Rule 2: whether the older part counts what the page before has left. */
function isProven({ range, olderCount }: NewerPart, response: Response | TooLargeError): boolean {
  if (response instanceof TooLargeError || olderCount === undefined) return false;
  const { page } = response;
  return page.meta.count !== undefined && page.meta.count - rowsFrom(page, range.from) === olderCount;
}
