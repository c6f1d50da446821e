import { inOrder, type SliceReading } from '@airbyte/cdk-typescript-compat/incremental';
import { RETENTION_SECONDS, type Range } from '../tines/request';
import type { Response } from '../tines/responses';
import { Coverage, densityOf, RangeTooLargeError, type CoverageLimits, type Density } from './coverage';
import { fewerReturnedError, UnreadableSecondError } from '../tines/errors';
import type { ReadTools } from './dense-second';
import type { Opening } from './opening';
import type { ServerFacts } from './server-facts';

/** How large the windows of a read are, bytes being those of their pages. */
export interface WindowSizes {
  /** Rows that a page is asked for. */
  readonly perPage: number;
  /** How many pages a window is cut to have, where rows are counted. */
  readonly pages: number;
  readonly bytes: number;
  /** Of all open windows together, and of one second. */
  readonly bytesHeld: number;
}

/** The page in which a window ends, half empty on average, is a small part of it; those of all workers are a few dozen MB. */
export const STANDARD_SIZES: WindowSizes = {
  perPage: 500,
  pages: 9.75,
  bytes: 3 * 1024 * 1024,
  bytesHeld: 32 * 1024 * 1024,
};

/** How many times its rows and bytes a window may have before it is split: entries come in bursts, and some twice. */
const SLACK = 2.75;
const BYTES_SLACK = 3;
/** The part of a page that a window is cut to have where nothing is counted. */
const UNCOUNTED_PAGES = 0.85;
/** How much longer the next window is after one that had next to nothing. */
const GROWTH = 4;
/** The last window takes what is left if that is no more than so many times its rows, or so many times its length. */
const LAST_WINDOW = 1.5;
const ALMOST = 1.02;

/** A range that was read, to be delivered as one. Of `counted`, `missing` and `isUncertain` see {@link Coverage}. */
export interface Window {
  readonly range: Range;
  readonly responses: readonly Response[];
  /** Of a larger range that this one begins, which was too large for one window. */
  readonly earlier: readonly Response[];
  readonly counted: number | undefined;
  readonly missing: number;
  readonly isUncertain: boolean;
  /** Why the range ends where it does: its second can't be read. */
  readonly unreadable: UnreadableSecondError | undefined;
}

/** What windows are read with. */
export interface WindowTools extends ReadTools {
  readonly sizes: WindowSizes;
  /** How many windows are read at the same time, at most. */
  readonly workers: number;
  /** How long a response takes, in ms. */
  readonly responseMs: () => number;
  /** What the responses that are under way or buffered take, in bytes. */
  readonly bufferedBytes: () => number;
}

/** A range whose turn has come. */
interface Slice {
  readonly range: Range;
  readonly plan: WindowPlan;
  /** Rows that it is expected to have; 0 where nothing is counted. */
  readonly expected: number;
  readonly first?: Response | undefined;
  readonly earlier: readonly Response[];
}

/** How many windows are read at the same time: so many, and one more for each of so many ms that a response takes. */
const FEWEST_WINDOWS = 2;
const MS_PER_WINDOW = 60;
/** For each further one that is read at the same time, so many more may be buffered: they finish in any order. */
const OPEN_FOR_EACH = 2;

/** The windows of a range, oldest first, several of which are read at the same time. */
export class Windows {
  readonly #tools: WindowTools;
  readonly #plan: WindowPlan;
  readonly #opening: Opening;

  constructor(range: Range, opening: Opening, tools: WindowTools) {
    this.#tools = tools;
    this.#opening = opening;
    const { response, counted, isSmall, newest } = opening;
    const rows = isSmall ? 0 : counted;
    const density = response === undefined || newest === undefined ? undefined : densityOf(response, rows ?? 0);
    this.#plan = new WindowPlan(range, rows, density, newest ?? tools.laterNow(), tools);
  }

  /** @throws ConnectorError */
  read(): AsyncGenerator<Window, void> {
    const { sizes, facts, workers, responseMs, bufferedBytes } = this.#tools;
    const { response } = this.#opening;
    const first = response?.perPage === sizes.perPage ? response : undefined;
    return inOrder<Slice, Window>(this.#plan.slices({ first }), {
      workers,
      read: (slice) => this.#read(slice),
      hasRoom: (buffered) => {
        const usual = targetRows(sizes, facts) * facts.rowBytes;
        const planned = buffered.reduce((sum, window) => sum + (window === undefined ? usual : bytesOf(window)), usual);
        const bytes = Math.max(planned, bufferedBytes() + usual);
        const wanted = Math.min(workers, FEWEST_WINDOWS + Math.floor(responseMs() / MS_PER_WINDOW));
        const open = FEWEST_WINDOWS + 1 + OPEN_FOR_EACH * (wanted - FEWEST_WINDOWS);
        const active = buffered.filter((window) => window === undefined).length;
        return active < wanted && buffered.length < open && planned <= open * usual && bytes <= sizes.bytesHeld;
      },
    });
  }

  /** Reads the range of a window once more. @throws ConnectorError */
  async readAgain({ range, earlier }: Window): Promise<Window> {
    const { bytesHeld } = this.#tools.sizes;
    const limits = { rows: Infinity, bytes: bytesHeld, secondBytes: bytesHeld };
    try {
      return await readWindow({ range, earlier }, this.#tools, limits);
    } catch (error) {
      throw error instanceof RangeTooLargeError ? fewerReturnedError(range.from) : error;
    }
  }

  /** @param rows how many rows there are after the window that was delivered last, as was counted meanwhile */
  planBy(rows: number): void {
    this.#plan.planBy(rows);
  }

  async #read(slice: Slice): Promise<SliceReading<Slice, Window>> {
    const { range, plan, expected, earlier } = slice;
    const { sizes, facts } = this.#tools;
    const limits = {
      rows: SLACK * targetRows(sizes, facts),
      bytes: BYTES_SLACK * sizes.bytes,
      secondBytes: sizes.bytesHeld,
    };
    try {
      const window = await readWindow(slice, this.#tools, limits);
      const rows = window.responses.reduce((sum, { page }) => sum + page.size, 0);
      plan.returned(range, rows, expected);
      return { kind: 'result', result: window };
    } catch (error) {
      if (!(error instanceof RangeTooLargeError)) throw error;
      const { density, responses } = error;
      // The opening's rows are waited for in any case.
      const others = responses.filter((response) => response !== this.#opening.response);
      plan.returned(range, density.rows, expected);
      const newest = Math.max(this.#tools.laterNow(), density.newest);
      const parts = new WindowPlan(range, density.rows, density, newest, this.#tools, true);
      return { kind: 'instead', slices: parts.slices({ earlier: [...earlier, ...others] }) };
    }
  }
}

async function readWindow(
  { range, first, earlier }: Pick<Slice, 'range' | 'first' | 'earlier'>,
  tools: ReadTools,
  limits: CoverageLimits,
): Promise<Window> {
  const coverage = new Coverage(tools, limits);
  let unreadable: UnreadableSecondError | undefined;
  try {
    await coverage.read(range, first);
  } catch (error) {
    if (!(error instanceof UnreadableSecondError)) throw error;
    unreadable = error;
  }
  const { responses, counted, missing, isUncertain } = coverage;
  const to = unreadable === undefined ? range.to : unreadable.second;
  return { range: { from: range.from, to }, responses, earlier, counted, missing, isUncertain, unreadable };
}

/** Rows that a window is cut to have, where rows are counted. */
function targetRows({ perPage, pages, bytes }: WindowSizes, facts: ServerFacts): number {
  const pageRows = facts.pageSize(perPage);
  return Math.max(1, Math.min(pages * pageRows, bytes / facts.rowBytes));
}

const bytesOf = ({ responses, earlier }: Window): number =>
  [...responses, ...earlier].reduce((sum, { page }) => sum + page.bytes, 0);

/**
 * How a range is cut into windows, as their turn comes: by the rows that are left of those that were counted, or by what the
 * last windows have returned.
 */
class WindowPlan {
  readonly #range: Range;
  readonly #isPart: boolean;
  readonly #sizes: WindowSizes;
  readonly #facts: ServerFacts;
  /** Where the entries of the range end, as far as is known, epoch s. */
  readonly #end: number;
  /** Rows that no window has returned; undefined where nothing is counted. */
  #left: number | undefined;
  /** Of these, what is expected of the windows under way. */
  #underWay = 0;
  /** Where the next window begins, epoch s. */
  #from: number;
  /** How long it is, in s, or how long at least where rows are counted. */
  #length: number;

  /**
   * @param rows undefined where nothing is counted
   * @param newest where the entries of an open range end, epoch s
   * @param isPart whether the range was too large for one window
   */
  constructor(
    range: Range,
    rows: number | undefined,
    density: Density | undefined,
    newest: number,
    { sizes, facts }: Pick<WindowTools, 'sizes' | 'facts'>,
    isPart = false,
  ) {
    this.#range = range;
    this.#isPart = isPart;
    this.#sizes = sizes;
    this.#facts = facts;
    this.#end = Math.max(range.to ?? newest + 1, range.from + 1);
    this.#left = rows;
    this.#from = range.from;
    const length = this.#end - range.from;
    const { newestSeconds = length / GROWTH, newestRows = 1 } = density ?? {};
    const first = rows === undefined ? newestSeconds * UNCOUNTED_PAGES : newestSeconds / GROWTH;
    // Where the newest entries lie much closer than all of them would, what is older is likely to be empty, or nearly so.
    const likely = rows === undefined ? RETENTION_SECONDS : (GROWTH * newestSeconds * rows) / newestRows;
    const newestEnd = Math.min(this.#end, (density?.newest ?? Infinity) + 1);
    this.#length = Math.max(1, first, rows === 0 ? 0 : newestEnd - range.from - likely);
  }

  /** The windows-to-be. @param first the response to the whole range @param earlier what else has returned some of it */
  *slices({ first, earlier = [] }: Partial<Pick<Slice, 'first' | 'earlier'>>): Generator<Slice> {
    for (let isLast = false, isFirst = true; !isLast; isFirst = false) {
      const range = this.#next();
      isLast = range.to === this.#range.to;
      const expected = this.#expectedRows(range);
      this.#underWay += expected;
      this.#from = range.to ?? range.from;
      const only = isFirst && isLast ? first : undefined;
      yield { range, plan: this, expected, first: only, earlier: isFirst ? earlier : [] };
    }
  }

  /** Takes note of what a window has returned. */
  returned({ from, to = this.#end }: Range, rows: number, expected: number): void {
    const length = Math.max(1, to - from);
    const longer = length * GROWTH;
    const pageRows = this.#facts.pageSize(this.#sizes.perPage);
    const isSparse = rows < pageRows / 2;
    if (this.#left === undefined) {
      const wanted = (length * UNCOUNTED_PAGES * pageRows) / Math.max(1, rows);
      this.#length = Math.max(1, isSparse ? this.#length : 0, Math.min(longer, Math.max(length / GROWTH, wanted)));
      return;
    }
    this.#underWay -= expected;
    this.#left = Math.max(0, this.#left - rows);
    const wanted = (length * targetRows(this.#sizes, this.#facts)) / Math.max(1, rows);
    // A count that is far too high must not make windows of next to nothing.
    this.#length = isSparse ? Math.max(this.#length, longer) : Math.min(length, wanted / GROWTH);
  }

  /** @param rows how many there are after a window, as was counted meanwhile */
  planBy(rows: number): void {
    if (this.#left !== undefined) this.#left = rows;
  }

  #next(): Range {
    const seconds = this.#end - this.#from;
    const target = targetRows(this.#sizes, this.#facts);
    const rows = this.#left === undefined ? Infinity : Math.max(0, this.#left - this.#underWay);
    const planned = rows <= target * LAST_WINDOW ? seconds : (seconds * target) / rows;
    const length = Math.floor(Math.max(planned, this.#length, 1));
    // What was too large as a whole must be split: in the middle or, where all of it is likely to be new, after that.
    if (this.#isPart && this.#from === this.#range.from) {
      const longest = Math.max(1, seconds / 2, Math.min(this.#length, (seconds * 7) / 8));
      return { from: this.#from, to: this.#from + Math.min(length, Math.floor(longest)) };
    }
    const isLast = length * ALMOST >= seconds;
    return { from: this.#from, to: isLast ? this.#range.to : this.#from + length };
  }

  /** If they lie evenly. */
  #expectedRows({ from, to = this.#end }: Range): number {
    if (this.#left === undefined) return 0;
    const share = Math.min(1, (to - from) / Math.max(1, this.#end - from));
    return Math.max(0, this.#left - this.#underWay) * share;
  }
}
