import type { Page } from '../tines/client';
import { PageTooHeavyError } from '../tines/errors';
import { toEntry, type DatedEntry } from './entry';
import { halfOf, oneEntryTooHeavy } from './lighter-pages';
import type { PageSource } from './page-source';
import { RepetitionGuard, repeatsItselfError } from './repetition-guard';
import { WindowEntries } from './window-entries';
import type { DenseSecond, ReadingLimits, ReadingSizes } from './window-reader';

/**
 * Streams a second that has more entries than a window may: one page in memory at a time, and the ids. The pages are
 * read from the oldest entries to the newest, because records have to ascend; what shifted
 * meanwhile is brought by a second look from the first page on, out of order only then. When a page is too heavy, it all
 * begins again with smaller ones: entries can come again, but in the same order.
 */
export class DenseSecondReader {
  private notShown = 0;

  constructor(
    private readonly pages: PageSource,
    private readonly second: DenseSecond,
    private readonly limits: ReadingLimits,
  ) {}

  /** How many entries Tines counts more than it shows, even when read again. Known once all batches were taken. */
  get missing(): number {
    return this.notShown;
  }

  /** The entries in batches. @throws ConnectorError */
  async *batches(): AsyncGenerator<readonly DatedEntry[]> {
    const { second } = this;
    for (let { perPage } = second; ; perPage = halfOf(perPage)) {
      try {
        yield* this.read({ ...second, perPage, pageSize: Math.min(second.pageSize, perPage) });
        return;
      } catch (error) {
        if (!(error instanceof PageTooHeavyError)) throw error;
        if (perPage <= 1) throw oneEntryTooHeavy(error);
      }
    }
  }

  private async *read(second: DenseSecond): AsyncGenerator<readonly DatedEntry[]> {
    const reader = new DensePages(this.pages, second, this.limits);
    const last = await reader.findLastPage();
    const oldestFirst = last > 1 && (await reader.isOldestFirst(last));
    for (let read = 1; read <= last; read += 1) yield await reader.read(oldestFirst ? read : last + 1 - read);
    if (reader.isComplete()) return;
    for (let page = 1; ; page += 1) {
      const batch = await reader.readAgain(page, last);
      if (batch === undefined) break;
      yield batch;
    }
    this.notShown = reader.missing();
  }
}

class DensePages {
  private readonly seen = new Set<string>();
  private readonly seenAgain = new Set<string>();
  private readonly counts = new Set<number | undefined>();
  private readonly countsAgain = new Set<number | undefined>();
  private largestCount = 0;
  private readonly sizes: ReadingSizes;
  private readonly guard: RepetitionGuard;

  constructor(
    private readonly pages: PageSource,
    private readonly second: DenseSecond,
    { sizes }: ReadingLimits,
  ) {
    this.sizes = sizes;
    this.guard = new RepetitionGuard(sizes);
  }

  /** Whether nothing moved and as many entries were shown as Tines counts. */
  isComplete(): boolean {
    return this.counts.size === 1 && this.counts.has(this.seen.size);
  }

  /** By the second look, where nothing moved in it. */
  missing(): number {
    const [count = 0] = this.countsAgain;
    return this.countsAgain.size === 1 ? Math.max(0, count - this.seenAgain.size) : 0;
  }

  /** Those entries of a page that lie in the second. */
  async read(number: number): Promise<DatedEntry[]> {
    const page = await this.fetch(number);
    this.counts.add(page.count);
    return this.batch(page, this.seen);
  }

  /** The same for the second look; undefined after the last page. Where rows are withheld, one before can be empty. */
  async readAgain(number: number, last: number): Promise<DatedEntry[] | undefined> {
    const page = await this.fetch(number);
    if (page.rows.length === 0) return number > last ? undefined : [];
    this.countsAgain.add(page.count);
    const before = this.seenAgain.size;
    const batch = this.batch(page, this.seenAgain);
    this.guard.page(page.rows, this.seenAgain.size - before);
    return batch;
  }

  private batch(page: Page, seen: Set<string>): DatedEntry[] {
    const entries = new WindowEntries(this.second.window);
    entries.add(page.rows, seen);
    return entries.inside(this.pages.now);
  }

  private async fetch(number: number): Promise<Page> {
    const { window, perPage } = this.second;
    const page = await this.pages.fetch(window, number, perPage, perPage > 1);
    this.largestCount = Math.max(this.largestCount, page.count ?? 0);
    return page;
  }

  /**
   * The last page that has entries, or would have by the count: rows that are withheld leave pages empty.
   * @throws ConnectorError when there is no end
   */
  async findLastPage(): Promise<number> {
    const filled = await this.findLastFilled();
    const { pageSize } = this.second;
    const most = filled + Math.ceil((2 * this.sizes.windowEntries) / pageSize);
    return Math.max(filled, Math.min(most, Math.ceil(this.largestCount / pageSize)));
  }

  /**
   * Where the count says, if that is so; else doubles the page number until a page is empty, and halves the gap.
   * @throws ConnectorError when there is no end
   */
  private async findLastFilled(): Promise<number> {
    const { count, pageSize } = this.second;
    let filled = 1;
    let empty = count === undefined ? 2 : Math.ceil(count / pageSize) + 1;
    while (!(await this.isEmpty(empty))) {
      filled = empty;
      empty *= 2;
      if (empty > MAX_PAGES) throw repeatsItselfError();
    }
    if (count !== undefined && empty - filled > 1 && !(await this.isEmpty(empty - 1))) return empty - 1;
    while (empty - filled > 1) {
      const middle = Math.floor((filled + empty) / 2);
      if (await this.isEmpty(middle)) empty = middle;
      else filled = middle;
    }
    return filled;
  }

  /** Which way the server orders its pages: every capture has the newest first, but nothing promises it. */
  async isOldestFirst(last: number): Promise<boolean> {
    // Neighbours at the edges included: they tell the order, too.
    const first = toEntry((await this.fetch(1)).rows[0]).timestamp ?? '';
    const final = toEntry((await this.fetch(last)).rows.at(-1)).timestamp ?? '';
    return first < final;
  }

  private async isEmpty(number: number): Promise<boolean> {
    return (await this.fetch(number)).rows.length === 0;
  }
}

/** Ten million entries in one second are a server that repeats itself. */
const MAX_PAGES = 20_000;
