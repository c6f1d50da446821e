import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';
import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import type { TinesClient } from './client';
import type { SlicedPage } from './page';
import { BEGINNING, type PageRequest, type Range } from './request';
import { LAST_SECOND } from './time';

/** How far outside of its range a row may lie before its time is odd, in s: some servers round to the minute. */
export const EDGE_SECONDS = 300;
/** So many rows far outside of the range are no entries with odd dates. */
const FEWEST_FAR_ROWS = 3;

/** One page of a range. */
export interface Response extends Readonly<ReturnType<typeof surveyOf>> {
  readonly range: Range;
  /** Rows that were requested. */
  readonly perPage: number;
  readonly page: SlicedPage;
}

/** Which page of a range is requested: page 1, as large as can be, unless a second has to be numbered. */
export type Paging = Partial<Pick<PageRequest, 'page' | 'perPage'>>;

/** What sends the requests. */
type PageClient = Pick<TinesClient, 'page' | 'isAnswered' | 'serverNow'>;

/** Requests for ranges of seconds. */
export class RangeRequests {
  readonly #client: PageClient;
  readonly #signal: AbortSignal;
  readonly #onResponse: (response: Response) => void;
  /** The largest page that is requested. */
  readonly perPage: number;

  /** @param onResponse called with every response */
  constructor(client: PageClient, perPage: number, onResponse: (response: Response) => void, signal: AbortSignal) {
    this.#client = client;
    this.perPage = perPage;
    this.#onResponse = onResponse;
    this.#signal = signal;
  }

  /**
   * Asks for one page of a range, a second wider on each side: whether `after` and `before` are in it isn't documented.
   * @throws TooLargeError, PageRefusedError, ConnectorError; ConfigError where the server ignores the range
   */
  async ask(range: Range, paging: Paging = {}): Promise<Response> {
    const request = this.#requestFor(range, paging);
    const page = await this.#client.page(request, this.#signal);
    const response = { range, perPage: request.perPage, page, ...surveyOf(page, range) };
    this.#onResponse(response);
    return response;
  }

  /** The server's clock, epoch ms, as far as its responses have said. */
  serverNow(): number {
    return this.#client.serverNow();
  }

  /** Whether a request for a page succeeds now: one attempt. @throws ConnectorError */
  isAnswered(range: Range, paging: Paging): Promise<boolean> {
    return this.#client.isAnswered(this.#requestFor(range, paging), this.#signal);
  }

  #requestFor({ from, to }: Range, { page = 1, perPage = this.perPage }: Paging): PageRequest {
    const after = from <= BEGINNING ? undefined : from - 1;
    return { after, before: to === undefined ? undefined : Math.min(to, LAST_SECOND), page, perPage };
  }
}

/** Whether a row's time doesn't fit the range, or can't be read (NaN). */
export const isOdd = (second: number, { from, to = Infinity }: Range): boolean =>
  !(second >= from - EDGE_SECONDS && second < to + EDGE_SECONDS);

/** @throws ConfigError, ConnectorError where the times say that the range was ignored, or that the API has changed */
function surveyOf(page: SlicedPage, range: Range) {
  let [oldest, newest, previous, undated, far] = [Infinity, -Infinity, NaN, 0, 0];
  let [isNewestFirst, isOldestFirst] = [true, true];
  for (let row = 0; row < page.size; row += 1) {
    const second = page.secondOf(row);
    if (isOdd(second, range)) {
      if (Number.isNaN(second)) undated += 1;
      else far += 1;
      isNewestFirst = isOldestFirst = false;
      continue;
    }
    if (second > previous) isNewestFirst = false;
    if (second < previous) isOldestFirst = false;
    previous = second;
    oldest = Math.min(oldest, second);
    newest = Math.max(newest, second);
  }
  if (far >= FEWEST_FAR_ROWS && far > page.size / 2) throw rangeIgnoredError();
  if (undated > 0 && undated === page.size && page.hasUnreadableTime()) throw unreadableTimesError();
  return {
    /** Epoch s, of the rows whose time fits the range; Infinity where no row has a time. */
    oldest,
    /** Likewise; -Infinity where no row has a time. */
    newest,
    /** Whether every row has a time, and none is newer than the row before it. */
    isNewestFirst,
    /** Whether every row has a time, and none is older than the row before it. */
    isOldestFirst,
  };
}

/** The numbers of a page's rows, from 0. */
export const rowsOf = ({ size }: SlicedPage): number[] => Array.from({ length: size }, (_, row) => row);

/** How many of a page's rows lie at a second or after it. */
export function rowsFrom(page: SlicedPage, second: number): number {
  let rows = 0;
  for (let row = 0; row < page.size; row += 1) if (page.secondOf(row) >= second) rows += 1;
  return rows;
}

/** The ids of a page's rows. */
export const idsOf = (page: SlicedPage): Set<CompactId> => new Set(rowsOf(page).map((row) => page.idOf(row)));

/** For a server, or something in front of it, that doesn't use `after` and `before`. */
export function rangeIgnoredError(): ConfigError {
  return new ConfigError(
    'Tines answered with entries far outside of the time range that was asked for, so the range was ignored. Check whether a proxy in front of the tenant removes query parameters; nothing of this answer was delivered.',
  );
}

/** For entries whose times are in no form that is known: where they belong is unknown. */
export function unreadableTimesError(): ConnectorError {
  return new ConnectorError(
    "Tines answered with entries none of which has a time that can be read: created_at has another form than before. Tines' API has changed; please report this, and look for a newer version of this connector. Nothing of this answer was delivered.",
    'system_error',
  );
}
