import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { PageRefusedError, TooLargeError } from '../tines/errors';
import type { Page } from '../tines/page';
import { idsOf } from '../tines/shown';
import { formatSeconds } from '../tines/timestamp';
import { numberText } from './number-text';
import type { Answer, RangeClient } from '../tines/range-client';
import type { ServerFacts } from './server-facts';

/** How many pages in a row without anything new in a pass are behind its last one, where that isn't empty. */
const MOST_REPEATED_PAGES = 3;
/** Ten million rows of one second are a server that repeats itself. */
const MOST_PAGES = 20_000;

/** A single row is too heavy for the server, those behind it are not. */
export class UnreadableRowError extends Error {
  constructor(cause: TooLargeError) {
    super('a row is too heavy', { cause });
    this.name = 'UnreadableRowError';
  }
}

/** What a {@link SecondPass} asks with. */
export interface SecondPassOptions {
  readonly client: RangeClient;
  readonly facts: ServerFacts;
}

/** The pages of a second from the first to the last, once. */
export class SecondPass {
  readonly #second: number;
  readonly #perPage: number;
  readonly #options: SecondPassOptions;
  /** The page that the pass before found behind the end. */
  readonly #end: number | undefined;
  /** Ids of the rows that were shown so far. */
  readonly ids = new Set<CompactId>();
  /** The largest count that isn't just that of a page's own rows. */
  counted: number | undefined;
  /** The page that was refused, behind the end or too deep for the server. */
  refused: number | undefined;
  /** Rows of all pages but those behind the last one, which such a server shows again, as it does the first. */
  #rows = 0;
  #rowsBehindEnd = 0;
  #hasCounted = false;
  #hasNotCounted = false;
  /** The page that is asked for, from 1. */
  #number = 1;
  #isLastFull = false;
  #firstPage: ReadonlySet<CompactId> = new Set();
  #lastPage: ReadonlySet<CompactId> = new Set();

  constructor(second: number, perPage: number, options: SecondPassOptions, end: number | undefined) {
    this.#second = second;
    this.#perPage = perPage;
    this.#options = options;
    this.#end = end;
  }

  /** Whether no row was on two pages, and the pages can be of one store: all of them count, or none does. */
  get isConsistent(): boolean {
    return this.#rows === this.ids.size && !(this.#hasCounted && this.#hasNotCounted);
  }

  /** Whether more rows may lie behind a page that was refused: it is the end of the second, or too deep for the server. */
  get isCutOff(): boolean {
    return this.refused !== undefined && this.#isLastFull;
  }

  /** Reads them. Ends with a page that is empty or refused, or with pages that show nothing new, where no more is counted. */
  async *answers(): AsyncGenerator<Answer> {
    const { client, facts } = this.#options;
    let repeated = 0;
    for (; this.#number <= MOST_PAGES; this.#number += 1) {
      const answer = await this.#page(client);
      if (answer === undefined) {
        this.#keepRepeated();
        return;
      }
      const isRepeated = this.#take(answer.page);
      this.#count(answer);
      const isLast = this.#number * facts.pageSize(this.#perPage) >= (this.counted ?? 0);
      repeated = isRepeated ? repeated + 1 : 0;
      const isBehindEnd = isLast && (answer.page.size === 0 || repeated >= MOST_REPEATED_PAGES);
      if (isRepeated || isBehindEnd) answer.page.release();
      if (isBehindEnd) return;
      if (isRepeated) continue;
      this.#isLastFull = facts.isFull(answer.page.size, this.#perPage);
      yield answer;
      // A full page can have been cut where the count is capped.
      const { size, meta } = answer.page;
      const saysMore = meta.next === true || facts.isFull(size, this.#perPage);
      if (this.ids.size === this.counted && isLast && !saysMore) return;
    }
    throw endlessPagesError(this.#second);
  }

  /** @returns whether it shows nothing new */
  #take(page: Page): boolean {
    const before = this.ids.size;
    const ids = idsOf(page);
    for (const id of ids) this.ids.add(id);
    const isRepeated = this.ids.size === before;
    if (isRepeated && (isSame(ids, this.#firstPage) || isSame(ids, this.#lastPage))) {
      this.#rowsBehindEnd += page.size;
      return true;
    }
    // Anything else behind them, were it nothing, tells that rows have shifted onto them.
    this.#keepRepeated();
    this.#rows += page.size;
    if (before === 0) this.#firstPage = ids;
    this.#lastPage = ids;
    return isRepeated;
  }

  #keepRepeated(): void {
    this.#rows += this.#rowsBehindEnd;
    this.#rowsBehindEnd = 0;
  }

  /** Undefined where the server has no such page. @throws TooLargeError where less must be asked for, ConnectorError */
  async #page(client: RangeClient): Promise<Answer | undefined> {
    try {
      return await this.#ask(client, this.#number, this.#perPage);
    } catch (error) {
      if (!(error instanceof PageRefusedError || error instanceof TooLargeError)) throw error;
      if (error instanceof TooLargeError && (await this.#isReadable(client, error))) throw error;
      this.refused = this.#number;
      return undefined;
    }
  }

  /**
   * Whether there are rows where a page was too heavy. There are none where the pass before found none, or where all
   * that are counted were shown, and none that can be had where neither of two single rows is given: that is behind the last page, or too deep for the server.
   * @throws UnreadableRowError where only one of them is not
   */
  async #isReadable(client: RangeClient, error: TooLargeError): Promise<boolean> {
    if (this.#number === 1) return true;
    if (this.#number === this.#end || this.ids.size === this.counted) return false;
    const offset = (this.#number - 1) * this.#options.facts.pageSize(this.#perPage);
    // Twice: a refusal of the second row can pass, and rows that have appeared meanwhile can lie behind what was the end.
    for (let asked = 0; asked < 2; asked += 1) {
      const isKnown = asked === 0 && this.#perPage === 1;
      const first = isKnown ? 'too_heavy' : await this.#row(client, offset + 1);
      if (first !== 'too_heavy') return first === 'there';
      if ((await this.#row(client, offset + 2)) === 'too_heavy') return false;
    }
    throw new UnreadableRowError(error);
  }

  async #row(client: RangeClient, number: number): Promise<'there' | 'none' | 'too_heavy'> {
    try {
      const { page } = await this.#ask(client, number, 1);
      page.release();
      // A row that is withheld is there all the same, and those behind it may be shown.
      const { count = 0, pages = 0, next } = page.meta;
      const isThere = page.size > 0 || next === true || Math.max(count, pages) >= number;
      return isThere ? 'there' : 'none';
    } catch (error) {
      if (error instanceof PageRefusedError) return 'none';
      if (error instanceof TooLargeError) return 'too_heavy';
      throw error;
    }
  }

  #ask(client: RangeClient, page: number, perPage: number): Promise<Answer> {
    return client.ask({ from: this.#second, to: this.#second + 1 }, { page, perPage });
  }

  #count({ page: { size, meta } }: Answer): void {
    if (meta.count === undefined) {
      this.#hasNotCounted = true;
      return;
    }
    this.#hasCounted = true;
    // A count that is only the page's own says nothing of the second; a full page never tells by its count that it is all.
    const saysMore = meta.next === true || (meta.pages ?? 1) > 1 || this.#options.facts.isFull(size, this.#perPage);
    const isOwn = meta.count <= size && saysMore;
    if (!isOwn) this.counted = Math.max(meta.count, this.counted ?? 0);
    if (this.counted !== undefined && this.counted < this.ids.size) this.counted = undefined;
  }
}

const isSame = (some: ReadonlySet<CompactId>, others: ReadonlySet<CompactId>): boolean =>
  some.size === others.size && [...some].every((id) => others.has(id));

function endlessPagesError(second: number): ConnectorError {
  return new ConnectorError(
    `Tines shows ever new pages for the second ${formatSeconds(second)}: more than ${numberText(MOST_PAGES)}. Everything older was delivered. If this stays so, please report it with the log.`,
    'transient_error',
  );
}
