import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { NoSuchPageError, TooHeavyError } from '../tines/errors';
import type { Answer, RangeClient } from '../tines/range-client';
import type { ServerFacts } from './server-facts';
import { formatSeconds } from '../tines/timestamp';

/** How often a second is read from its first page on, at most. */
const MOST_PASSES = 36;
/** How many passes in a row may show nothing new before the rest counts as not to be had. */
const MOST_FRUITLESS_PASSES = 8;
/** How many pages in a row without anything new in a pass are behind its last one, where that isn't empty. */
const MOST_REPEATED_PAGES = 3;
/** Ten million rows of one second are a server that repeats itself. */
const MOST_PAGES = 20_000;

/** What the passes over a second came to. */
export interface DenseSecondResult {
  /** How many rows `meta` counts at most; undefined where it doesn't count. */
  readonly counted: number | undefined;
  /** How many distinct rows were shown, neighbours at the edges included. */
  readonly shown: number;
}

/** What {@link readDenseSecond} needs. */
export interface DenseSecondOptions {
  readonly client: RangeClient;
  readonly facts: ServerFacts;
  readonly perPage: number;
}

/**
 * A second that shows more rows than a page has: the only place where pages are numbered. Nothing ties two answers
 * together, so that rows can shift from one page to another in between. Therefore the second is read once and again, as
 * long as a pass shows something new or fewer rows were shown than are counted. Answers are handed over as they come, in
 * the order of the pages; rows can be among them several times.
 * @param second epoch s
 * @throws ConnectorError; transient_error when a single row can't be had, or when the pages have no end
 */
export async function* readDenseSecond(
  second: number,
  { client, facts, perPage }: DenseSecondOptions,
): AsyncGenerator<Answer, DenseSecondResult> {
  const seen = new Set<CompactId>();
  let counted: number | undefined;
  let fruitless = 0;
  for (let passes = 0; passes < MOST_PASSES && fruitless < MOST_FRUITLESS_PASSES;) {
    const before = seen.size;
    const pass = new Pass(second, perPage, { client, facts });
    try {
      for await (const answer of pass.answers()) {
        for (const id of pass.ids) seen.add(id);
        yield answer;
      }
    } catch (error) {
      if (!(error instanceof TooHeavyError)) throw error;
      if (perPage <= 1) throw new UnreadableSecondError(second, error);
      perPage = Math.floor(perPage / 2);
      continue;
    }
    passes += 1;
    if (pass.counted !== undefined) counted = Math.max(pass.counted, counted ?? 0);
    // A count that more rows than that disprove says nothing.
    if (counted !== undefined && seen.size > counted) counted = undefined;
    const isComplete = counted !== undefined && seen.size === counted;
    // A row on two pages may have pushed another one out: then a count that is one too low looks complete.
    if (isComplete && facts.believesClaims && pass.isConsistent) break;
    const isFruitless = passes > 1 && seen.size === before;
    // Pages that fit together and show nothing new are the whole second, if nothing counts more.
    if (isFruitless && pass.isConsistent && (counted === undefined || isComplete)) break;
    fruitless = isFruitless ? fruitless + 1 : 0;
  }
  if (counted !== undefined && seen.size < counted) facts.claimWasWrong();
  return { counted, shown: seen.size };
}

/** The pages of a second from the first to the last, once. */
class Pass {
  /** Ids of the rows that were shown so far. */
  readonly ids = new Set<CompactId>();
  /** The largest count that isn't just that of a page's own rows. */
  counted: number | undefined;
  private rows = 0;

  constructor(
    private readonly second: number,
    private readonly perPage: number,
    private readonly options: Omit<DenseSecondOptions, 'perPage'>,
  ) {}

  /** Whether no row was on two pages. */
  get isConsistent(): boolean {
    return this.rows === this.ids.size;
  }

  /** Ends with a page that is empty or refused, or with pages that show nothing new, where no more is counted. */
  async *answers(): AsyncGenerator<Answer> {
    const { client, facts } = this.options;
    let repeated = 0;
    for (let number = 1; number <= MOST_PAGES; number += 1) {
      const answer = await this.page(client, number);
      if (answer === undefined) return;
      const before = this.ids.size;
      for (let row = 0; row < answer.page.size; row += 1) this.ids.add(answer.page.idOf(row));
      this.count(answer);
      const isLast = number * facts.pageSize(this.perPage) >= (this.counted ?? 0);
      this.rows += answer.page.size;
      repeated = this.ids.size === before ? repeated + 1 : 0;
      if (isLast && (answer.page.size === 0 || repeated >= MOST_REPEATED_PAGES)) return;
      if (repeated > 0) continue;
      yield answer;
      // A full page can have been cut where the count is capped.
      const { size, meta } = answer.page;
      const saysMore = meta.next === true || facts.isFull(size, this.perPage);
      if (this.ids.size === this.counted && isLast && !saysMore) return;
    }
    throw endlessPagesError(this.second);
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

/** A second with a row that the server can't give, even alone. */
export class UnreadableSecondError extends ConnectorError {
  /** @param second epoch s */
  constructor(
    readonly second: number,
    cause: unknown,
  ) {
    // A range from the next second on is asked for a second wider, and shows the entry again.
    const next = formatSeconds(second + 2);
    super(
      `Tines can't give an entry of the second ${formatSeconds(second)}: it fails or is too large, even when it is asked for alone. Everything older was delivered. To go on without what is left of that second and the next, set the state of audit_logs in Airbyte to {"timestamp": "${next}"}; tell Tines' support about the entry.`,
      'transient_error',
      { cause },
    );
    this.name = 'UnreadableSecondError';
  }
}

function endlessPagesError(second: number): ConnectorError {
  return new ConnectorError(
    `Tines shows ever new pages for the second ${formatSeconds(second)}: more than ${MOST_PAGES.toLocaleString('en-US')}. Everything older was delivered. If this stays so, please report it with the log.`,
    'transient_error',
  );
}
