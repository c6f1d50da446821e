import type { Clock } from '@airbyte/cdk-typescript-compat';
import {
  bringsContent,
  errorForStatus,
  RequestTooLargeError,
  RetryableError,
  TimeoutError,
  type TimedResponse,
} from '@airbyte/cdk-typescript-compat/http';
import { isJsonObjectText } from '../src/tines/client';
import { permissionMissingError, unexpectedJsonError } from '../src/tines/errors';
import { isoSeconds, readPage, targetOf, type PageQuery, type ProbePage } from './page';
import type { ProbeClient } from './probe-client';
import type { Samples } from './probed-tenant';

/** How many requests {@link takeSamples} makes at most. */
export const OPENING_REQUESTS = 6;

const DAY_S = 24 * 3600;
/** How long ago the oldest samples end, in s: shapes have changed over time, and Tines keeps two years. */
const OLDEST_SAMPLES_S = [180 * DAY_S, 600 * DAY_S];

/** What the samples are taken with. */
export interface OpeningOptions {
  readonly client: ProbeClient;
  readonly clock: Clock;
  /** Host, with a port where it isn't 443. */
  readonly domain: string;
  /** How long ago entries were created that are expected not to change any more, in s. */
  readonly settledAfterS: number;
}

/**
 * Reads the newest entries, which shows that the key works, and some of longer ago.
 * @throws what a check would explain: an HttpFact, a RetryableError, a ConnectorError; the signal's reason
 */
export async function takeSamples(options: OpeningOptions): Promise<Samples> {
  const { newest, query } = await takeNewest(options);
  const older: ProbePage[] = [];
  for (const age of [options.settledAfterS, ...OLDEST_SAMPLES_S]) {
    const before = isoSeconds(Math.floor(newest.serverNow / 1000) - age);
    const response = await options.client.get(targetOf({ before, perPage: 500 })).catch(onlyFailures);
    const page =
      response !== undefined && bringsContent(response.status)
        ? readPage(response.body, response.serverNow)
        : undefined;
    if (page !== undefined) older.push(page);
  }
  return { newest, newestQuery: query, older };
}

/** Asks for all there is, or for the last day where that is too large for the server. */
async function takeNewest(options: OpeningOptions): Promise<{ newest: ProbePage; query: PageQuery }> {
  const whole = { perPage: 500 };
  try {
    return { newest: await pageOrError(whole, options), query: whole };
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    const after = isoSeconds(Math.floor(options.clock.now() / 1000) - DAY_S);
    const lastDay = { after, perPage: 100 };
    return { newest: await pageOrError(lastDay, options), query: lastDay };
  }
}

/** A gateway's deadline is a 502 to 504. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof RequestTooLargeError || error instanceof TimeoutError || error instanceof ServerError;

/** A status of 500 or more, again and again. */
class ServerError extends RetryableError {}

async function pageOrError(query: PageQuery, options: OpeningOptions): Promise<ProbePage> {
  const response = await options.client.get(targetOf(query));
  if (!bringsContent(response.status)) {
    response.body.free();
    throw await errorFor(response, options);
  }
  const isJson = isJsonObjectText(response.body.bytes);
  const page = readPage(response.body, response.serverNow);
  if (page !== undefined) return page;
  throw isJson ? unexpectedJsonError().final : new RetryableError('the answer is not JSON');
}

/** Some accounts respond with 404 to a key without the permission: whether it is that, /info says, which any valid key may read. */
async function errorFor({ status, headers }: TimedResponse, { client, domain }: OpeningOptions): Promise<Error> {
  if (status >= 500) return new ServerError(`Tines answered ${status}`);
  const details = { service: 'Tines', baseUrl: `https://${domain}`, location: headers['location'] };
  if (status !== 404) return errorForStatus(status, details);
  const info = await client.get('/api/v1/info');
  const isTines = info.status === 200 && isJsonObjectText(info.body.bytes);
  info.body.free();
  if (isTines) return permissionMissingError();
  return errorForStatus(info.status === 200 ? 404 : info.status, details);
}

/** Older samples need not be had. */
function onlyFailures(error: unknown): undefined {
  if (!(error instanceof RetryableError) && !(error instanceof RequestTooLargeError)) throw error;
}
