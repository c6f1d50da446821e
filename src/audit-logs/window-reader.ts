import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import { MAX_PER_PAGE, rowsOf, type Page } from '../tines/client';
import { PageTooHeavyError } from '../tines/errors';
import { toEntry, type DatedEntry } from './entry';
import type { PageSource } from './page-source';
import { secondsOf } from './timestamp';
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
}

/** A window whose entries are all here. */
export interface WholeWindow {
  readonly kind: 'whole';
  readonly window: Window;
  /** Its entries: parsed only now where they are held as they came, because rows take a multiple of their text. */
  readonly open: () => WindowContents;
  /** How many entries Tines counts more than it shows, even when read again. */
  readonly missing: number;
  readonly readAgain: boolean;
  readonly pageAfterPage: boolean;
  /** Size of the pages, in bytes. */
  readonly bytes: number;
}

/** What is in a window. */
export interface WindowContents {
  /** The window's own entries, oldest first. */
  readonly entries: readonly DatedEntry[];
  /** How many of them Tines counts; undefined where it doesn't count. */
  readonly counted: number | undefined;
  readonly odd: OddRows;
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
  readonly parts: number;
  /** Whether the parts' own `meta.count` can be trusted. */
  readonly trustCount: boolean;
  /** Epoch s of the oldest entry, where known: before it there is nothing to cut. */
  readonly oldest: number | undefined;
}

export type Reading = WholeWindow | DenseSecond | TooBig;

/** How much is read and held at once. */
export interface ReadingSizes {
  /** How many entries are asked for on a page. */
  readonly perPage: number;
  /** How many entries a window may have. */
  readonly windowEntries: number;
  /** How much JSON text may be held ahead, beside the window that is next, in bytes. */
  readonly heldBytes: number;
}

/** Pages as large as the API gives them, ten to a window, and about two and a half windows ahead. */
export const STANDARD_SIZES: ReadingSizes = {
  perPage: MAX_PER_PAGE,
  windowEntries: 10 * MAX_PER_PAGE,
  heldBytes: 8 * 1024 * 1024,
};

/** What a reading depends on beside the window. */
export interface ReadingLimits {
  /** The server's clock at the start of the sync, epoch s. */
  readonly now: number;
  /** Windows that end before have settled: insertions are unusual there. Epoch s. */
  readonly settledBefore: number;
  readonly sizes: ReadingSizes;
}

/** A window of larger rows has fewer, but at least a page. In bytes of JSON. */
const WINDOW_BYTES = 12 * 1024 * 1024;
/**
 * Cutting aims below the limit, so that few parts turn out too big, and a little below a whole number of pages, so that
 * the rows at the edges don't cost a page of their own.
 */
const FILL = 0.88;

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
  const oneSecond = isOneSecond(candidate.window, limits.now);
  const full = limits.sizes.perPage;
  for (let perPage = full; ; perPage = Math.floor(perPage / 2)) {
    try {
      return await new WindowReading(pages, candidate, limits, perPage).read(perPage === full ? first : undefined);
    } catch (error) {
      if (!(error instanceof PageTooHeavyError)) throw error;
      if (!oneSecond) return halves(candidate.window, candidate.trustCount);
      if (perPage === 1) throw oneEntryTooHeavy(error);
    }
  }
}

function halves(window: Window, trustCount: boolean): TooBig {
  return { kind: 'too_big', window, count: undefined, parts: 2, trustCount, oldest: undefined };
}

class WindowReading {
  private readonly entries: WindowEntries;
  private readonly window: Window;
  private readonly oneSecond: boolean;
  private bytes = 0;
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
    this.entries = new WindowEntries(this.window, limits.now);
    this.oneSecond = isOneSecond(this.window, limits.now);
  }

  async read(given: Page | undefined): Promise<Reading> {
    const first = given ?? (await this.fetch(1));
    const pageSize = sizeOf(first, this.perPage);
    if (first.rows.length > 0) {
      this.capacity = Math.max(
        pageSize,
        Math.min(this.capacity, WINDOW_BYTES / (first.body.length / first.rows.length)),
      );
    }
    const count = this.trusted(first);
    const isBig = count === undefined ? await this.hasPageBeyondCapacity(first, pageSize) : count > this.capacity;
    if (isBig) {
      if (this.oneSecond) return { kind: 'dense', window: this.window, count, pageSize, perPage: this.perPage };
      return count === undefined ? halves(this.window, this.candidate.trustCount) : this.cut(first, count, pageSize);
    }
    const isFull = first.rows.length >= Math.min(pageSize, count ?? 0);
    if (count !== undefined && isFull && this.hasSettled()) return this.readInParallel(first, count, pageSize);
    return this.readPageAfterPage(first);
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
    const probe = new WindowEntries(this.window, this.limits.now);
    probe.add(first.rows, seen);
    return probe.add(beyond.rows, seen) > 0;
  }

  /** Equal parts by the count, from the oldest entry on: the last page tells where that is, and that the count is true. */
  private async cut(first: Page, count: number, pageSize: number): Promise<TooBig> {
    const { window } = this;
    const parts = Math.max(2, Math.ceil(count / (this.capacity * FILL)));
    const { parentCount } = this.candidate;
    if (parentCount !== undefined && count < parentCount) {
      return { kind: 'too_big', window, count, parts, trustCount: true, oldest: undefined };
    }
    const last = await this.fetch(Math.ceil(count / pageSize));
    if (last.rows.length === 0) return halves(window, false);
    // Page 1 too: not every server need show the newest first.
    const ends = new WindowEntries(window, this.limits.now);
    ends.add([...first.rows, ...last.rows], new Set());
    const timestamp = ends.inside()[0]?.timestamp;
    const oldest = timestamp === undefined ? undefined : secondsOf(timestamp);
    return { kind: 'too_big', window, count, parts, trustCount: true, oldest };
  }

  private async readInParallel(first: Page, count: number, pageSize: number): Promise<Reading> {
    const numbers = Array.from({ length: Math.max(0, Math.ceil(count / pageSize) - 1) }, (_, index) => index + 2);
    const seen = new Set<string>();
    const look = (page: Page): LookedAt => {
      for (const row of page.rows) seen.add(toEntry(row).id);
      return { body: page.body, rows: page.rows.length, isOfCount: page.count === count };
    };
    const rest = numbers.map(async (number) => look(await this.fetch(number)));
    const read = [look(first), ...(await Promise.all(rest))];
    const full = (read.at(-1)?.rows ?? 0) >= pageSize;
    const whole = seen.size === count && read.every(({ isOfCount }) => isOfCount);
    if (whole && (count === 0 || !full || (await this.isEmpty(read.length + 1)))) {
      return this.whole(() => this.parse(read), count, 0, false);
    }
    // Something moved while the pages were read at the same time.
    this.readAgain = true;
    for (const { body } of read) this.entries.add(rowsOf(body), new Set());
    return this.readPageAfterPage(undefined);
  }

  private parse(read: readonly LookedAt[]): WindowEntries {
    for (const { body } of read) this.entries.add(rowsOf(body), new Set());
    return this.entries;
  }

  /** A count that lags behind ends exactly at a full page now and then: one page more tells. */
  private async isEmpty(page: number): Promise<boolean> {
    return (await this.fetch(page)).rows.length === 0;
  }

  private async readPageAfterPage(first: Page | undefined): Promise<Reading> {
    let pass = await this.pass(first);
    if (pass.kind === 'too_big') return pass;
    if (pass.most !== undefined && this.entries.size < pass.most && !this.readAgain) {
      this.readAgain = true;
      pass = await this.pass(undefined);
      if (pass.kind === 'too_big') return pass;
    }
    const missing = pass.least === undefined ? 0 : Math.max(0, pass.least - this.entries.size);
    const counted = pass.least === undefined ? undefined : Math.max(pass.least, this.entries.size);
    return this.whole(() => this.entries, counted, missing, true);
  }

  /** Page after page, newest first: rows that appear meanwhile push others down, so that they only come twice. */
  private async pass(first: Page | undefined): Promise<Pass | TooBig> {
    const seen = new Set<string>();
    const counts: number[] = [];
    let countIsTrue = this.candidate.trustCount;
    const guard = new RepetitionGuard(this.limits.sizes);
    let pageSize: number | undefined;
    for (let number = 1; ; number += 1) {
      const page = number === 1 && first !== undefined ? first : await this.fetch(number);
      pageSize ??= sizeOf(page, this.perPage);
      if (page.count !== undefined) counts.push(page.count);
      // Where rows are withheld, a page can be empty before the last.
      if (page.rows.length === 0 && !(countIsTrue && number * pageSize < (page.count ?? 0))) break;
      const fresh = this.entries.add(page.rows, seen);
      if (page.rows.length > 0) guard.page(page.rows, fresh);
      countIsTrue &&= page.count !== undefined && seen.size <= page.count;
      if (countIsTrue && seen.size === page.count && page.rows.length < pageSize) break;
      if (seen.size > this.capacity * 2 && !this.oneSecond) return halves(this.window, countIsTrue);
    }
    if (!countIsTrue) return { kind: 'pass', most: undefined, least: undefined };
    return { kind: 'pass', most: Math.max(...counts), least: Math.min(...counts) };
  }

  private whole(
    all: () => WindowEntries,
    counted: number | undefined,
    missing: number,
    pageAfterPage: boolean,
  ): WholeWindow {
    const open = (): WindowContents => {
      const shown = all();
      const entries = shown.inside();
      const cutOff = shown.size - entries.length;
      return { entries, counted: counted === undefined ? undefined : counted - cutOff, odd: shown.odd };
    };
    const { window, readAgain, bytes } = this;
    return { kind: 'whole', window, open, missing, readAgain, pageAfterPage, bytes };
  }

  private async fetch(number: number): Promise<Page> {
    const divisible = !this.oneSecond || this.perPage > 1;
    const page = await this.pages.fetch(this.window, number, this.perPage, divisible);
    this.bytes += page.body.length;
    return page;
  }
}

/** A page that is held as it came. */
interface LookedAt {
  readonly body: Buffer;
  /** How many rows it has. */
  readonly rows: number;
  /** Whether it names the same count as page 1. */
  readonly isOfCount: boolean;
}

/** How one reading page after page ended: the largest and the smallest count on its pages, where they can be true. */
interface Pass {
  readonly kind: 'pass';
  readonly most: number | undefined;
  readonly least: number | undefined;
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

function oneEntryTooHeavy(cause: PageTooHeavyError): ConnectorError {
  return new ConnectorError(
    'A single audit log entry is too large or takes too long to be read. The sync goes on from its last state when Airbyte tries again; if this lasts, find the entry in Tines by the time in the log.',
    'transient_error',
    { cause },
  );
}
