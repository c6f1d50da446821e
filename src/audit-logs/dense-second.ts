import type { Clock } from '@airbyte/cdk-typescript-compat';
import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { PageRefusedError, secondTooLargeError, TooLargeError, UnreadableSecondError } from '../tines/errors';
import type { Range } from '../tines/request';
import { idsOf, type RangeRequests, type Response } from '../tines/responses';
import type { ServerFacts } from './server-facts';

/*
 * One second that doesn't fit a page can't be split, so its pages are numbered, from 1 until one is empty or refused, or
 * until two in a row return nothing new. Rows can move between two pages meanwhile, or come in another order each time:
 * the pages are read again while a pass returns something new, and while fewer rows were returned than were counted at
 * first.
 */

/** How often the pages of a second are read, and how often in a row without anything new. */
const MOST_PASSES = 12;
const MOST_USELESS_PASSES = 3;
/** Pages in a row without anything new that end a pass. */
const MOST_REPEATED_PAGES = 2;
/** No second has more rows. */
const MOST_ROWS = 1e6;
/** The last attempts at a row that fails even alone lie so far apart, in s. */
const LAST_WAITS = [20, 60];
/** So often may a row be answered in the last attempts, and fail again. */
const MOST_RECOVERIES = 5;

/** What ranges are read with. */
export interface ReadTools {
  readonly requests: RangeRequests;
  readonly facts: ServerFacts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The later of both clocks, epoch s: there an open range is closed that has to be split. */
  readonly laterNow: () => number;
}

/** What reading a second has come to. */
export interface DenseSecondResult {
  /** Rows that were counted at first, and are still, and were never returned. */
  readonly missing: number;
  /** Whether anything proves that these are all rows. */
  readonly isProven: boolean;
}

/** All pages of one second. To be used once. */
export class DenseSecond {
  readonly #range: Range;
  readonly #second: number;
  readonly #tools: ReadTools;
  readonly #mostBytes: number;
  readonly #responses: Response[];
  readonly #ids = new Set<CompactId>();
  #perPage: number;
  #bytes = 0;
  /** The largest count of the first pass, as its pages may come from several stores, and that of the last one. */
  #counted: number | undefined;
  #countedLast: number | undefined;
  #recoveries = 0;

  /**
   * @param second epoch s
   * @param perPage rows a page is asked for at first
   * @param mostBytes of its pages that may be buffered
   * @param responses get each page that has a new row
   */
  constructor(second: number, perPage: number, tools: ReadTools, mostBytes: number, responses: Response[]) {
    this.#second = second;
    this.#range = { from: second, to: second + 1 };
    this.#perPage = perPage;
    this.#tools = tools;
    this.#mostBytes = mostBytes;
    this.#responses = responses;
  }

  /** Reads it. @throws UnreadableSecondError, ConnectorError */
  async read(): Promise<DenseSecondResult> {
    let isProven = false;
    for (let [passes, useless] = [0, 0]; passes < MOST_PASSES && useless < MOST_USELESS_PASSES; passes += 1) {
      const before = this.#ids.size;
      const { isConsistent, isRefused } = await this.#pass(passes === 0);
      const counted = this.#counted;
      const hasAllCounted = this.#ids.size >= (counted ?? 0);
      const isCutOff = isRefused && (counted === undefined || !hasAllCounted);
      const hasNothingNew = this.#ids.size === before;
      isProven = hasAllCounted && (isConsistent || this.#ids.size === counted) && !isCutOff;
      if (isProven || (hasNothingNew && (hasAllCounted || isCutOff))) break;
      useless = hasNothingNew ? useless + 1 : 0;
    }
    // What isn't counted any more isn't missing: a store is behind, or down.
    const counted = Math.min(this.#counted ?? 0, this.#countedLast ?? Infinity);
    return { missing: Math.max(0, counted - this.#ids.size), isProven };
  }

  /**
   * Reads its pages once. `isConsistent`: no row has moved from one of them to another. `isRefused`: the page after a
   * full one was.
   */
  async #pass(isFirst: boolean): Promise<{ readonly isConsistent: boolean; readonly isRefused: boolean }> {
    const ids = new Set<CompactId>();
    this.#countedLast = undefined;
    let [moved, repeatedPages] = [0, 0];
    let isFull = false;
    for (let page = 1; repeatedPages < MOST_REPEATED_PAGES; page += 1) {
      const response = await this.#page(page, isFull);
      if (response === 'refused') return { isConsistent: moved === 0, isRefused: isFull };
      if (response === 'smaller') return this.#pass(isFirst);
      const { size, meta } = response.page;
      const before = ids.size;
      for (const id of idsOf(response.page)) ids.add(id);
      const added = ids.size - before;
      // Some servers repeat a page after the last one: a page without anything new tells of no move.
      if (added > 0) moved += size - added;
      repeatedPages = added > 0 ? 0 : repeatedPages + 1;
      this.#count(response, isFirst);
      isFull = this.#tools.facts.isFull(response);
      this.#keep(response);
      if (size === 0 || (!isFull && meta.next === false)) break;
    }
    return { isConsistent: moved === 0, isRefused: false };
  }

  #count(response: Response, isFirst: boolean): void {
    const { size, meta } = response.page;
    // That of a full page's own rows says nothing of the second.
    const isOwn = meta.count === size && this.#tools.facts.isFull(response);
    if (meta.count === undefined || isOwn) return;
    this.#countedLast = Math.max(meta.count, this.#countedLast ?? 0);
    if (isFirst) this.#counted = Math.max(meta.count, this.#counted ?? 0);
  }

  #keep(response: Response): void {
    const before = this.#ids.size;
    for (const id of idsOf(response.page)) this.#ids.add(id);
    if (this.#ids.size === before) {
      response.page.release();
      return;
    }
    this.#bytes += response.page.bytes;
    this.#responses.push(response);
    if (this.#bytes > this.#mostBytes) throw secondTooLargeError(this.#second);
  }

  /**
   * `smaller`: the pass begins again with smaller pages.
   * @param isAfterFull whether the page before it is full
   * @throws UnreadableSecondError, ConnectorError
   */
  async #page(page: number, isAfterFull: boolean): Promise<Response | 'refused' | 'smaller'> {
    try {
      return await this.#tools.requests.ask(this.#range, { page, perPage: this.#perPage });
    } catch (error) {
      if (!(error instanceof TooLargeError || error instanceof PageRefusedError)) throw error;
      // It is about these rows if what comes after them is answered; else there is nothing, or the server goes no deeper.
      const mayHaveRows = isAfterFull || this.#counted !== undefined;
      const isContent = page === 1 || (await this.#isAnswered(page + 1)) || (mayHaveRows && (await this.#hasRow(page)));
      if (!isContent) return 'refused';
      if (this.#perPage === 1) await this.#tryLast(page, error);
      else this.#perPage = Math.floor(this.#perPage / 2);
      return 'smaller';
    }
  }

  /** @throws UnreadableSecondError where the row isn't answered even then */
  async #tryLast(page: number, error: Error): Promise<void> {
    this.#recoveries += 1;
    if (this.#recoveries > MOST_RECOVERIES || !(await this.#isAnsweredLater(page, error))) {
      // A server that has answered nothing has more to mend than this second.
      throw error instanceof TooLargeError && !error.hasAnswered
        ? error
        : new UnreadableSecondError(this.#second, error);
    }
    this.#perPage = this.#tools.requests.perPage;
  }

  /**
   * Asks for one row again, in the last attempts, each of which fails only while small requests are answered. The waits
   * are for outages: a row whose response is too large each time is asked for at once, and given up.
   */
  async #isAnsweredLater(row: number, failure: Error): Promise<boolean> {
    const { clock, signal } = this.#tools;
    for (const seconds of isCertain(failure) ? [0, ...LAST_WAITS] : LAST_WAITS) {
      await clock.sleep(seconds * 1000, signal);
      const again = await this.#askRow(row);
      if (typeof again === 'number') return true;
      if (isCertain(again)) return false;
    }
    return false;
  }

  /** Asks for one row, as a page of one. @returns why it is not answered, or how many rows the page has */
  async #askRow(page: number): Promise<TooLargeError | PageRefusedError | number> {
    try {
      const response = await this.#tools.requests.ask(this.#range, { page, perPage: 1 });
      response.page.release();
      return response.page.size;
    } catch (error) {
      if (error instanceof TooLargeError || error instanceof PageRefusedError) return error;
      throw error;
    }
  }

  /** Whether the first row of a page is returned alone, or the last that is counted, or one between them. */
  async #hasRow(page: number): Promise<boolean> {
    const first = (page - 1) * this.#tools.facts.pageSize(this.#perPage) + 1;
    const counted = this.#counted ?? first;
    // Some counts are no number of rows.
    const last = counted > MOST_ROWS ? first : counted;
    for (const row of new Set([first, Math.floor((first + last) / 2), last])) {
      // A page of one row is that row: no other page has one of its own number.
      if (row < first || row > last || row === page) continue;
      const rows = await this.#askRow(row);
      if (typeof rows === 'number' && rows > 0) return true;
    }
    return false;
  }

  #isAnswered(page: number): Promise<boolean> {
    return this.#tools.requests.isAnswered(this.#range, { page, perPage: this.#perPage });
  }
}

const isCertain = (error: Error): boolean => error instanceof TooLargeError && error.isCertain;
