import type { Clock } from '@airbyte/cdk-typescript-compat';
import { TooLargeError } from '../tines/errors';
import type { Range } from '../tines/request';
import type { RangeRequests, Response } from '../tines/responses';
import { saysLast } from './coverage';
import type { ServerFacts } from './server-facts';

/** What the first response of a sync tells. Seconds are epoch s. */
export interface Opening {
  /** Page 1 of the whole range, or one row where that is too large for the server; undefined where that is, too. */
  readonly response: Response | undefined;
  /** How many rows it counts. */
  readonly counted: number | undefined;
  /**
   * The newest entry. Undefined where nothing was returned, or where the page doesn't tell: neither are the newest first,
   * nor are all of them on it.
   */
  readonly newest: number | undefined;
  /** Whether the page has room to spare, so that one window is probably all there is. */
  readonly isSmall: boolean;
  /** The earlier and the later of the server's clock and this machine's, when the response came. */
  readonly earlierNow: number;
  readonly laterNow: number;
}

/** Asks what there is. Everything is read after this, and held against it. @throws ConnectorError */
export async function openSync(
  range: Range,
  requests: RangeRequests,
  facts: ServerFacts,
  clock: Clock,
): Promise<Opening> {
  const response = await askIfAnswerable(range, requests);
  const now = clock.now();
  const serverNow = requests.serverNow();
  const earlierNow = Math.floor(Math.min(serverNow, now) / 1000);
  const laterNow = Math.floor(Math.max(serverNow, now) / 1000);
  const counted = response?.page.meta.count;
  const isTelling = response !== undefined && Number.isFinite(response.newest) && tellsNewest(response, facts);
  return {
    response,
    counted: response === undefined || counted === undefined || isOwn(counted, response, facts) ? undefined : counted,
    newest: isTelling ? response.newest : undefined,
    isSmall: response !== undefined && !facts.isFull(response),
    earlierNow,
    laterNow,
  };
}

/** Rows of one second tell nothing of the order. */
const tellsNewest = (response: Response, facts: ServerFacts): boolean =>
  (response.isNewestFirst && response.newest > response.oldest) || (!facts.isFull(response) && saysLast(response));

/** Whether a count is that of a page's own rows, or of fewer: it says nothing of the range. */
function isOwn(counted: number, response: Response, facts: ServerFacts): boolean {
  const { size } = response.page;
  return counted < size || (counted === size && facts.isFull(response));
}

async function askIfAnswerable(range: Range, requests: RangeRequests): Promise<Response | undefined> {
  for (const perPage of [requests.perPage, 1]) {
    try {
      return await requests.ask(range, { perPage });
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
    }
  }
  return undefined;
}
