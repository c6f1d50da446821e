import type { Page } from '../tines/client';
import { toEntry, type DatedEntry } from './entry';
import type { PageSource } from './page-source';
import { RepetitionGuard, repeatsItselfError } from './repetition-guard';
import { WindowEntries } from './window-entries';
import type { DenseSecond, ReadingLimits } from './window-reader';

/**
 * Streams a second that has more entries than a window may: one page in memory at a time, and the ids. The pages are
 * read from the oldest entries to the newest, because records have to ascend; what shifted
 * meanwhile is brought by a second look from the first page on, out of order only then.
 * @throws ConnectorError
 */
export async function* readDenseSecond(
  pages: PageSource,
  second: DenseSecond,
  limits: ReadingLimits,
): AsyncGenerator<readonly DatedEntry[]> {
  const reader = new DensePages(pages, second, limits);
  const last = await reader.findLastPage();
  const oldestFirst = last > 1 && (await reader.isOldestFirst(last));
  for (let read = 1; read <= last; read += 1) yield await reader.read(oldestFirst ? read : last + 1 - read);
  if (reader.isComplete()) return;
  for (let page = 1; ; page += 1) {
    const batch = await reader.readAgain(page);
    if (batch === undefined) return;
    yield batch;
  }
}

class DensePages {
  private readonly seen = new Set<string>();
  private readonly seenAgain = new Set<string>();
  private readonly counts = new Set<number | undefined>();
  private readonly guard: RepetitionGuard;

  constructor(
    private readonly pages: PageSource,
    private readonly second: DenseSecond,
    private readonly limits: ReadingLimits,
  ) {
    this.guard = new RepetitionGuard(limits.sizes);
  }

  /** Whether nothing moved and as many entries were shown as Tines counts. */
  isComplete(): boolean {
    return this.counts.size === 1 && this.counts.has(this.seen.size);
  }

  /** Those entries of a page that lie in the second. */
  async read(number: number): Promise<DatedEntry[]> {
    const page = await this.fetch(number);
    this.counts.add(page.count);
    return this.batch(page, this.seen);
  }

  /** The same for the second look; undefined after the last page. */
  async readAgain(number: number): Promise<DatedEntry[] | undefined> {
    const page = await this.fetch(number);
    if (page.rows.length === 0) return undefined;
    const before = this.seenAgain.size;
    const batch = this.batch(page, this.seenAgain);
    this.guard.page(page.rows, this.seenAgain.size - before);
    return batch;
  }

  private batch(page: Page, seen: Set<string>): DatedEntry[] {
    const entries = new WindowEntries(this.second.window, this.limits.now);
    entries.add(page.rows, seen);
    return entries.inside();
  }

  private fetch(number: number): Promise<Page> {
    return this.pages.fetch(this.second.window, number, this.second.perPage, false);
  }

  /**
   * Where the count says, if that is so; else doubles the page number until a page is empty, and halves the gap.
   * @throws ConnectorError when there is no end
   */
  async findLastPage(): Promise<number> {
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
