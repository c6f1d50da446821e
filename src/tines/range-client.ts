import { ConfigError } from '@airbyte/cdk-typescript-compat';
import type { TinesClient } from './client';
import { PageRefusedError, TooLargeError } from './errors';
import type { Page, SlicedPage } from './page';
import { BEGINNING, type Range } from './range';
import { isRangeIgnored, survey, type Shown } from './shown';
import { LAST_SECOND } from './timestamp';

/** One answer beside the question that it was given to. */
export interface Answer {
  readonly range: Range;
  readonly perPage: number;
  readonly page: SlicedPage;
  readonly shown: Shown;
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
}

/** Which page of a range is asked for: page 1, as large as can be, unless a second has to be numbered. */
export interface Paging {
  readonly page?: number;
  readonly perPage?: number;
}

/** What a {@link RangeClient} is made of. */
export interface RangeClientOptions {
  readonly client: Pick<TinesClient, 'page'>;
  /** Told of every answer. */
  readonly facts: { answered(page: Page): void };
  readonly signal: AbortSignal;
  /** The largest page that is asked for. */
  readonly perPage: number;
}

/** How far in the future lies a second that no entry can be of, in s: a year. */
const FAR_FUTURE_SECONDS = 365 * 24 * 3600;

/** Questions for ranges of seconds, with what their answers show. */
export class RangeClient {
  readonly #options: RangeClientOptions;
  #isRangeUsed = false;

  constructor(options: RangeClientOptions) {
    this.#options = options;
  }

  /**
   * Asks for one page of a range. The range asked for is a second wider on each side than the range's own seconds, so
   * that it makes no difference whether the API takes `after` and `before` in (not documented).
   * @throws TooLargeError, PageRefusedError, ConnectorError; ConfigError when the server ignores the range
   */
  async ask(range: Range, { page: number = 1, perPage = this.#options.perPage }: Paging = {}): Promise<Answer> {
    const { client, facts, signal } = this.#options;
    const request = {
      after: range.from <= BEGINNING ? undefined : range.from - 1,
      before: range.to === undefined ? undefined : Math.min(range.to, LAST_SECOND),
      page: number,
      perPage,
    };
    const { page, serverNow } = await client.page(request, signal);
    const shown = survey(page, range);
    if (!this.#isRangeUsed && isRangeIgnored(shown)) await this.#confirmRangeIsUsed(serverNow);
    facts.answered(page);
    return { range, perPage, page, shown, serverNow };
  }

  /** Whether it is certain that there is nothing behind page 1 of a range. @throws ConnectorError */
  async isOnePage(range: Range): Promise<boolean> {
    try {
      return (await this.ask(range, { page: 2 })).page.size === 0;
    } catch (error) {
      if (error instanceof PageRefusedError) return true;
      if (error instanceof TooLargeError) return false;
      throw error;
    }
  }

  /** A range that must be empty tells a server that ignores ranges from entries whose own dates are odd. */
  async #confirmRangeIsUsed(serverNow: number): Promise<void> {
    const from = Math.min(Math.floor(serverNow / 1000) + FAR_FUTURE_SECONDS, LAST_SECOND - 2);
    const request = { after: from, before: from + 2, page: 1, perPage: 1 };
    const { page } = await this.#options.client.page(request, this.#options.signal);
    if (page.size > 0) throw rangeIgnoredError();
    this.#isRangeUsed = true;
  }
}

/** For a server, or something in front of it, that doesn't use `after` and `before`. */
export function rangeIgnoredError(): ConfigError {
  return new ConfigError(
    'Tines answered with entries far outside of the time range that was asked for, so the range was ignored. Check whether a proxy in front of the tenant removes query parameters; nothing of this answer was delivered.',
  );
}
