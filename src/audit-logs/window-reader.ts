import type { StoredBody } from '../tines/body-store';
import { MAX_PER_PAGE, parsePage, type Page, type PageContents } from '../tines/client';
import { PageTooHeavyError } from '../tines/errors';
import { toEntry, type DatedEntry } from './entry';
import { oneEntryTooHeavy, withLighterPages } from './lighter-pages';
import type { PageSource } from './page-source';
import { formatSeconds, secondsOf } from './timestamp';
import { isOneSecond, type Window } from './window';
import { RepetitionGuard } from './repetition-guard';
import { WindowEntries, type OddRows } from './window-entries';

/** A window, or a part of the range that may be too big for one, with what is known of it before it is looked at. */
export interface Candidate {
  readonly window: Window;
  /** How many entries the range that it was cut from has; undefined where nothing was cut. */
  readonly parentCount: number | undefined;
  /** False once `meta.count` turned out to be wrong for the range that it was cut from. */
  readonly trustCount: boolean;
  /** Page 1 of the range that it was cut from, and where that ended: page 1 of its newest part is the same. */
  readonly newest?: { readonly page: Page; readonly to: number } | undefined;
}

/** A window whose entries are all here. */
export interface WholeWindow {
  readonly kind: 'whole';
  readonly window: Window;
  /** The window's own entries, oldest first. */
  readonly entries: readonly DatedEntry[];
  /** How many of them Tines counts; undefined where it doesn't count. */
  readonly counted: number | undefined;
  /** How many entries Tines counts more than it shows, even when read again. */
  readonly missing: number;
  readonly readAgain: boolean;
  readonly pageAfterPage: boolean;
  readonly odd: OddRows;
}

/** A window whose pages are all here as they came: their rows would take a multiple of the memory. */
export interface HeldWindow {
  readonly kind: 'held';
  /** Parses and verifies them, and reads the window again where that fails. @throws ConnectorError */
  readonly open: () => Promise<WholeWindow | TooBig>;
}

/** One second with more entries than are held at once: to be streamed page by page. */
export interface DenseSecond {
  readonly kind: 'dense';
  readonly window: Window;
  readonly count: number | undefined;
  readonly pageSize: number;
  readonly perPage: number;
}

/** Too big for one window: to be cut. */
export interface TooBig {
  readonly kind: 'too_big';
  readonly window: Window;
  /** How many entries Tines counts; undefined where that can't be trusted. */
  readonly count: number | undefined;
  /** Into how many; 1: only where it has settled. */
  readonly parts: number;
  /** Whether the parts' own `meta.count` can be trusted. */
  readonly trustCount: boolean;
  /** As in {@link Candidate}. */
  readonly newest?: Candidate['newest'];
  /** Epoch s of the oldest entry, where known: before it there is nothing to cut. */
  readonly oldest: number | undefined;
}

export type Reading = WholeWindow | HeldWindow | DenseSecond | TooBig;

/** How much is read and held at once. */
export interface ReadingSizes {
  /** How many entries are asked for on a page. */
  readonly perPage: number;
  /** How many entries a window may have. */
  readonly windowEntries: number;
  /** How much JSON text a window may have, in bytes, but at least a page. */
  readonly windowBytes: number;
  /** How many windows are read at the same time, or held until their turn, beside the one that is being delivered. */
  readonly windowsOpen: number;
}

/**
 * Pages as large as the API gives them, up to fourteen to a window: fewer would cost more requests for 500 entries. Four
 * windows keep ten workers busy where entries have up to about 2 kB.
 */
export const STANDARD_SIZES: ReadingSizes = {
  perPage: MAX_PER_PAGE,
  windowEntries: 14 * MAX_PER_PAGE,
  windowBytes: 10 * 1024 * 1024,
  windowsOpen: 4,
};

/** What a reading depends on beside the window. */
export interface ReadingLimits {
  /** The server's clock at the start of the sync, epoch s. */
  readonly now: number;
  /** Windows that end before have settled: insertions are unusual there. Epoch s. */
  readonly settledBefore: number;
  readonly sizes: ReadingSizes;
}

/** Cutting aims below the limit, by so much: parts of a range whose entries come in bursts are not all alike. */
const FILL = 0.8;
/** What a part's last page shall lack, in pages, so that a few entries more than expected don't cost another. */
const SLACK = 0.1;

/**
 * Reads one window completely, or finds that it must be cut.
 * @param first page 1 of it, where it is here already
 * @throws ConnectorError
 */
export async function readWindow(
  pages: PageSource,
  candidate: Candidate,
  limits: ReadingLimits,
  first?: Page,
): Promise<Reading> {
  // By the clock at the start: by the clock of now, an open window would grow while its pages are waited for.
  const oneSecond = isOneSecond(candidate.window, limits.now);
  const full = limits.sizes.perPage;
  const read = (perPage: number): Promise<Reading> =>
    new WindowReading(pages, candidate, limits, perPage).read(perPage === full ? first : undefined);
  if (oneSecond) return withLighterPages(full, read);
  try {
    return await read(full);
  } catch (error) {
    if (!(error instanceof PageTooHeavyError)) throw error;
    return halves(candidate.window, candidate.trustCount);
  }
}

function halves(window: Window, trustCount: boolean): TooBig {
  return { kind: 'too_big', window, count: undefined, parts: 2, trustCount, oldest: undefined };
}

/** How many times more bytes than a window may have are let pass. */
const MOST_EXCESS = 2;
/** A window of more pages is worth being split where it has settled in part: page after page takes long. */
const MIXED_PAGES = 2;

class WindowReading {
  private readonly entries: WindowEntries;
  private readonly window: Window;
  private readonly oneSecond: boolean;
  private capacity: number;
  private readAgain = false;

  constructor(
    private readonly pages: PageSource,
    private readonly candidate: Candidate,
    private readonly limits: ReadingLimits,
    private readonly perPage: number,
  ) {
    this.window = candidate.window;
    this.capacity = limits.sizes.windowEntries;
    this.entries = new WindowEntries(this.window);
    this.oneSecond = isOneSecond(this.window, pages.now);
  }

  async read(given: Page | undefined): Promise<Reading> {
    const read = await this.firstPages(given);
    const [first] = read;
    const pageSize = sizeOf(first, this.perPage);
    if (first.rows.length > 0) {
      this.capacity = Math.max(
        pageSize,
        Math.min(this.capacity, this.limits.sizes.windowBytes / (first.bytes / first.rows.length)),
      );
    }
    const count = this.trusted(first);
    const isBig = count === undefined ? await this.hasPageBeyondCapacity(first, pageSize) : count > this.capacity;
    if (isBig) {
      if (this.oneSecond) return this.dense(count, pageSize);
      return count === undefined ? halves(this.window, this.candidate.trustCount) : this.cut(first, count, pageSize);
    }
    if (count !== undefined && count > MIXED_PAGES * pageSize && this.isMixed()) return this.split(count);
    const isFull = first.rows.length >= Math.min(pageSize, count ?? 0);
    if (count !== undefined && isFull && this.hasSettled()) return this.readInParallel(read, count, pageSize);
    return this.readPageAfterPage(first);
  }

  /** Page 1; with page 2 behind it where page 1 was known but for the count. */
  private async firstPages(given: Page | undefined): Promise<readonly [Page, ...Page[]]> {
    if (given !== undefined) return [given];
    const known = this.knownFirst();
    if (known === undefined) return [await this.fetch(1)];
    const second = await this.fetch(2);
    if (second.rows.length === 0) return [await this.fetch(1)];
    return [{ ...known, count: second.count, perPage: second.perPage }, second];
  }

  /** The newest rows of the range that this window was cut from, where all of them lie in it. */
  private knownFirst(): Page | undefined {
    const { newest } = this.candidate;
    if (newest?.to !== this.window.to || newest === undefined || !this.hasSettled()) return undefined;
    const from = formatSeconds(this.window.from);
    const isInside = newest.page.rows.every((row) => (toEntry(row).timestamp ?? '') >= from);
    return isInside ? newest.page : undefined;
  }

  /** Whether insertions are usual in a part of the window only. */
  private isMixed(): boolean {
    const { from, to } = this.window;
    return from < this.limits.settledBefore && (to === undefined || to > this.limits.settledBefore);
  }

  /** At the end of what has settled, so that only the rest is read page after page. */
  private split(count: number): TooBig {
    return { kind: 'too_big', window: this.window, count, parts: 1, trustCount: true, oldest: undefined };
  }

  private hasSettled(): boolean {
    return this.window.to !== undefined && this.window.to <= this.limits.settledBefore;
  }

  /** The count, unless it is known or seen to be wrong. */
  private trusted(page: Page): number | undefined {
    return this.candidate.trustCount && page.count !== undefined && page.count >= page.rows.length
      ? page.count
      : undefined;
  }

  /** Without a count only a page beyond the limit tells: an entry there that page 1 doesn't have. */
  private async hasPageBeyondCapacity(first: Page, pageSize: number): Promise<boolean> {
    if (first.rows.length < pageSize || first.rows.length === 0) return false;
    const beyond = await this.fetch(Math.floor(this.capacity / pageSize) + 1);
    const seen = new Set<string>();
    const probe = new WindowEntries(this.window);
    probe.add(first.rows, seen);
    return probe.add(beyond.rows, seen) > 0;
  }

  /** Equal parts by the count, from the oldest entry on: the last page tells where that is, and that the count is true. */
  private async cut(first: Page, count: number, pageSize: number): Promise<TooBig> {
    const { window } = this;
    const pagesAimedAt = Math.max(1, Math.floor((this.capacity * FILL) / pageSize)) - SLACK;
    const parts = Math.max(2, Math.ceil(count / (pagesAimedAt * pageSize)));
    const { parentCount } = this.candidate;
    const newest = window.to === undefined ? undefined : { page: first, to: window.to };
    if (parentCount !== undefined && count < parentCount) {
      return { kind: 'too_big', window, count, parts, trustCount: true, newest, oldest: undefined };
    }
    const last = await this.fetch(Math.ceil(count / pageSize));
    if (last.rows.length === 0) return halves(window, false);
    // Page 1 too: not every server need show the newest first.
    const ends = new WindowEntries(window);
    ends.add([...first.rows, ...last.rows], new Set());
    const timestamp = ends.inside(this.pages.now)[0]?.timestamp;
    const oldest = timestamp === undefined ? undefined : secondsOf(timestamp);
    return { kind: 'too_big', window, count, parts, trustCount: true, newest, oldest };
  }

  private async readInParallel(
    read: readonly Page[],
    count: number,
    pageSize: number,
  ): Promise<HeldWindow | DenseSecond | TooBig> {
    // With a page behind the last full one, which has to be empty: a count that lags behind may end there.
    const left = Math.max(0, Math.floor(count / pageSize) + 1 - read.length);
    const numbers = Array.from({ length: left }, (_, index) => read.length + 1 + index);
    const rest = await Promise.all(numbers.map((number) => this.fetchBody(number)));
    const bytes = sum(read.map((page) => page.bytes)) + sum(rest.map((body) => body.bytes.length));
    // Page 1 has told how large rows are, but older ones may be larger.
    if (bytes > MOST_EXCESS * this.limits.sizes.windowBytes && left > 0) {
      rest.forEach((body) => {
        body.free();
      });
      return this.oneSecond ? this.dense(count, pageSize) : halves(this.window, true);
    }
    return { kind: 'held', open: () => this.open(read, rest, count) };
  }

  private dense(count: number | undefined, pageSize: number): DenseSecond {
    return { kind: 'dense', window: this.window, count, pageSize, perPage: this.perPage };
  }

  /** All pages name the same count, and that many distinct entries are there: else something moved meanwhile. */
  private async open(read: readonly Page[], rest: readonly StoredBody[], count: number): Promise<WholeWindow | TooBig> {
    const seen = new Set<string>();
    let sameCount = true;
    for (const page of parseInTurn(read, rest)) {
      this.entries.add(page?.rows ?? [], seen);
      // What is counted need not be said on the page behind the last entry.
      sameCount &&= page?.count === count || page?.rows.length === 0;
    }
    if (sameCount && seen.size === count) return this.whole(count, 0, false);
    this.readAgain = true;
    try {
      return await this.readPageAfterPage(undefined);
    } catch (error) {
      if (!(error instanceof PageTooHeavyError)) throw error;
      if (this.oneSecond) throw oneEntryTooHeavy(error);
      return halves(this.window, this.candidate.trustCount);
    }
  }

  private async readPageAfterPage(first: Page | undefined): Promise<WholeWindow | TooBig> {
    for (let passes = 1; ; passes += 1) {
      const pass = await this.pass(passes === 1 ? first : undefined);
      if (pass.kind === 'too_big') return pass;
      const { steady, counted } = pass;
      const isWhole = counted === undefined || (steady && this.entries.size >= counted);
      // What a steady reading lacks twice is not there; one that was not steady may have passed something over.
      if (isWhole || (steady && this.readAgain) || passes >= MOST_PASSES) {
        const missing = counted === undefined ? 0 : Math.max(0, counted - this.entries.size);
        return this.whole(counted === undefined ? undefined : this.entries.size + missing, missing, true);
      }
      this.readAgain = true;
    }
  }

  /**
   * Page after page, newest first: rows that appear meanwhile push others down, so that they only come twice. Rows that
   * vanish, from Tines or because a replica that is behind answers, pull others up past the page that is read next: the
   * count tells.
   */
  private async pass(first: Page | undefined): Promise<Pass | TooBig> {
    const seen = new Set<string>();
    const guard = new RepetitionGuard(this.limits.sizes);
    let countIsTrue = this.candidate.trustCount;
    let steady = true;
    let counted = first?.count;
    let atFirst = counted;
    let repeats = MOST_REPEATS;
    for (let number = 1, pageSize = 0; ; number += 1) {
      let page = number === 1 && first !== undefined ? first : await this.fetch(number);
      for (; isBelow(page.count, counted) && repeats > 0; repeats -= 1) page = await this.fetch(number);
      steady &&= !isBelow(page.count, counted);
      counted = page.count === undefined ? undefined : Math.max(page.count, counted ?? 0);
      if (number === 1) atFirst = counted;
      pageSize ||= sizeOf(page, this.perPage);
      const fresh = this.entries.add(page.rows, seen);
      countIsTrue &&= counted !== undefined && seen.size <= counted;
      const most = countIsTrue ? counted : undefined;
      // Where rows are withheld, a page can be empty before the last, whether the count is right in all or not.
      const isLast = page.rows.length === 0 && number * pageSize >= Math.min(counted ?? 0, 2 * this.capacity);
      if (isLast || (seen.size === most && page.rows.length < pageSize)) {
        return { kind: 'pass', steady, counted: most === undefined || !steady ? most : atFirst };
      }
      if (seen.size > this.capacity * 2 && !this.oneSecond) return halves(this.window, countIsTrue);
      if (page.rows.length > 0) guard.page(page.rows, fresh);
    }
  }

  private whole(counted: number | undefined, missing: number, pageAfterPage: boolean): WholeWindow {
    const { window, readAgain } = this;
    const entries = this.entries.inside(this.pages.now);
    const cutOff = this.entries.size - entries.length;
    return {
      kind: 'whole',
      window,
      entries,
      counted: counted === undefined ? undefined : counted - cutOff,
      missing,
      readAgain,
      pageAfterPage,
      odd: this.entries.odd,
    };
  }

  private fetch(number: number): Promise<Page> {
    return this.pages.fetch(this.window, number, this.perPage, this.isDivisible);
  }

  private fetchBody(number: number): Promise<StoredBody> {
    return this.pages.fetchBody(this.window, number, this.perPage, this.isDivisible);
  }

  private get isDivisible(): boolean {
    return !this.oneSecond || this.perPage > 1;
  }
}

/** How one reading page after page ended. */
interface Pass {
  readonly kind: 'pass';
  /** Whether the count never fell, so that nothing can have been passed over. */
  readonly steady: boolean;
  /**
   * How many entries there were, where that can be true: by the count of page 1 where it never fell, because what
   * appeared later need not be shown; else by the largest.
   */
  readonly counted: number | undefined;
}

/** How often a window is read page after page at most. */
const MOST_PASSES = 5;
/** How often in a pass a page is asked for again whose count has fallen: the next answer may be of a better replica. */
const MOST_REPEATS = 3;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const isBelow = (count: number | undefined, before: number | undefined): boolean =>
  count !== undefined && before !== undefined && count < before;

/** One after the other, so that the rows of one page at a time are new; undefined for what is no page. */
function* parseInTurn(read: readonly Page[], rest: readonly StoredBody[]): Generator<PageContents | undefined> {
  yield* read;
  for (const body of rest) {
    const page = parsePage(body.bytes);
    body.free();
    yield page;
  }
}

/** No server caps `per_page` lower: it is the API's default. */
const SMALLEST_CAP = 20;

/** How many rows a full page of this server has: it may cap `per_page`. */
function sizeOf({ count, perPage: stated, rows }: Page, asked: number): number {
  if (stated !== undefined && stated > 0) return Math.min(stated, asked);
  // More rows are counted than shown: then this page is full, whatever was asked for.
  const isFull = count !== undefined && count > rows.length && rows.length >= Math.min(SMALLEST_CAP, asked);
  return isFull ? Math.min(rows.length, asked) : asked;
}
