import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import { NoSuchPageError } from '../tines/errors';
import type { Page } from '../tines/page';
import { formatSeconds } from '../tines/timestamp';
import type { Answer, RangeClient } from './range-client';
import type { ServerFacts } from './server-facts';

/** How many pages in a row without anything new in a pass are behind its last one, where that isn't empty. */
const MOST_REPEATED_PAGES = 3;
/** Ten million rows of one second are a server that repeats itself. */
const MOST_PAGES = 20_000;

/** What a {@link SecondPass} asks with. */
export interface SecondPassOptions {
  readonly client: RangeClient;
  readonly facts: ServerFacts;
}

/** The pages of a second from the first to the last, once. */
export class SecondPass {
  /** Ids of the rows that were shown so far. */
  readonly ids = new Set<string>();
  /** The largest count that isn't just that of a page's own rows. */
  counted: number | undefined;
  /** Rows of all pages but those behind the last one, which such a server shows again, as it does the first. */
  private rows = 0;
  private rowsBehindEnd = 0;
  private firstPage: ReadonlySet<string> = new Set();
  private lastPage: ReadonlySet<string> = new Set();

  constructor(
    private readonly second: number,
    private readonly perPage: number,
    private readonly options: SecondPassOptions,
  ) {}

  /** Whether no row was on two pages. */
  get isConsistent(): boolean {
    return this.rows === this.ids.size;
  }

  /** Reads them. Ends with a page that is empty or refused, or with pages that show nothing new, where no more is counted. */
  async *answers(): AsyncGenerator<Answer> {
    const { client, facts } = this.options;
    let repeated = 0;
    for (let number = 1; number <= MOST_PAGES; number += 1) {
      const answer = await this.page(client, number);
      if (answer === undefined) {
        this.keepRepeated();
        return;
      }
      const isRepeated = this.take(answer.page);
      this.count(answer);
      const isLast = number * facts.pageSize(this.perPage) >= (this.counted ?? 0);
      repeated = isRepeated ? repeated + 1 : 0;
      if (isLast && (answer.page.size === 0 || repeated >= MOST_REPEATED_PAGES)) return;
      if (isRepeated) continue;
      yield answer;
      // A full page can have been cut where the count is capped.
      const { size, meta } = answer.page;
      const saysMore = meta.next === true || facts.isFull(size, this.perPage);
      if (this.ids.size === this.counted && isLast && !saysMore) return;
    }
    throw endlessPagesError(this.second);
  }

  /** @returns whether it shows nothing new */
  private take(page: Page): boolean {
    const before = this.ids.size;
    const ids = new Set<string>();
    for (let row = 0; row < page.size; row += 1) ids.add(page.idOf(row));
    for (const id of ids) this.ids.add(id);
    const isRepeated = this.ids.size === before;
    if (isRepeated && (isSame(ids, this.firstPage) || isSame(ids, this.lastPage))) {
      this.rowsBehindEnd += page.size;
      return true;
    }
    // Anything else behind them, were it nothing, tells that rows have shifted onto them.
    this.keepRepeated();
    this.rows += page.size;
    if (before === 0) this.firstPage = ids;
    this.lastPage = ids;
    return isRepeated;
  }

  private keepRepeated(): void {
    this.rows += this.rowsBehindEnd;
    this.rowsBehindEnd = 0;
  }

  private async page(client: RangeClient, page: number): Promise<Answer | undefined> {
    try {
      return await client.ask({ from: this.second, to: this.second + 1 }, { page, perPage: this.perPage });
    } catch (error) {
      if (error instanceof NoSuchPageError) return undefined;
      throw error;
    }
  }

  private count({ page: { size, meta } }: Answer): void {
    if (meta.count === undefined) return;
    // A count that is only the page's own says nothing of the second; a full page never tells by its count that it is all.
    const saysMore = meta.next === true || (meta.pages ?? 1) > 1 || this.options.facts.isFull(size, this.perPage);
    const isOwn = meta.count <= size && saysMore;
    if (!isOwn) this.counted = Math.max(meta.count, this.counted ?? 0);
    if (this.counted !== undefined && this.counted < this.ids.size) this.counted = undefined;
  }
}

const isSame = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  some.size === others.size && [...some].every((id) => others.has(id));

function endlessPagesError(second: number): ConnectorError {
  return new ConnectorError(
    `Tines shows ever new pages for the second ${formatSeconds(second)}: more than ${MOST_PAGES.toLocaleString('en-US')}. Everything older was delivered. If this stays so, please report it with the log.`,
    'transient_error',
  );
}
