import { ConnectorError, isJsonObject, type Clock } from '@airbyte/cdk-typescript-compat';
import {
  errorForStatus,
  HeavyRequests,
  isHttpFact,
  LimitedHttp,
  RateLimitedError,
  RefusedError,
  RequestTooHeavyError,
  RetryableError,
  type AnswerLimits,
  type HttpGet,
  type Reachable,
  type RateLimiter,
  type Retry,
  type TimedResponse,
} from '@airbyte/cdk-typescript-compat/http';
import { explainFact, permissionMissingError, unexpectedJsonError, type TenantNames } from './error-messages';
import { NoSuchPageError } from './errors';
import { parsePage, type SlicedPage } from './page';
import { LAST_SECOND } from './timestamp';
import { auditLogsPath, describeRequest, type AuditLogsFilters, type PageRequest } from './page-request';

export { MAX_PER_PAGE, type AuditLogsFilters, type PageRequest } from './page-request';

/** A page, and when it was given. */
export interface Answer {
  readonly page: SlicedPage;
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
}

/** What a client needs. */
export interface ClientOptions {
  readonly tenant: TenantNames;
  readonly filters: AuditLogsFilters;
  readonly http: HttpGet;
  readonly limiter: RateLimiter;
  readonly retry: Retry;
  readonly clock: Clock;
  /** How often a request for one row fails while a small question is answered, until it is too heavy. */
  readonly failuresOfOneRow: number;
}

/** The longest that a whole answer may take, in ms. */
export const DEADLINE_MS = 30_000;
/** No attempt gets less than that, in ms. */
const SHORTEST_DEADLINE_MS = 1_000;
/** Several pages are held at once: fewer rows are asked for where they are larger. In bytes. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** One row can't be asked for in parts. What it takes to read it is several times as much memory. In bytes. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;
/** Nothing but who the key belongs to. In bytes. */
const MAX_INFO_BYTES = 64 * 1024;

/** Answers any valid key, whatever its permissions. */
const INFO = '/api/v1/info';
/** A page of so many times the rows that were asked for is no page: it would only fill the memory. */
const MOST_ROWS_FOR_ONE = 50;
/** Statuses with which servers refuse a page number, behind the last page or too deep. */
const NO_SUCH_PAGE: ReadonlySet<number> = new Set([400, 404, 416, 422]);

/** The audit logs of one tenant, through the rate limiter and the retries. Keeps no rows. */
export class TinesClient {
  readonly #options: ClientOptions;
  readonly #heavy: HeavyRequests;
  readonly #limited: LimitedHttp;
  #read = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#heavy = new HeavyRequests(options.failuresOfOneRow);
    this.#limited = new LimitedHttp({ ...options, service: 'Tines' });
  }

  /** The same connection without filters: limits and retries are shared. */
  unfiltered(): TinesClient {
    return new TinesClient({ ...this.#options, filters: { userIds: [], operationNames: [] } });
  }

  /** Requests sent so far, with retries, small questions and those to other addresses. */
  get requestsSent(): number {
    return this.#limited.requestsSent;
  }

  /** How long an answer takes, in ms: a moving average, without the waits before a request is sent. */
  get answerMs(): number {
    return this.#limited.answerMs;
  }

  /**
   * Gets one page.
   * @throws TooHeavyError when less must be asked for, NoSuchPageError, ConnectorError for what can't be retried or was
   *   retried in vain, the signal's reason
   */
  async page(request: PageRequest, signal: AbortSignal): Promise<Answer> {
    const count = this.#heavy.watch(request.perPage === 1);
    const retried = {
      name: describeRequest(request),
      attempt: (until: number) => this.#attempt(request, until, signal),
      failed: (error: RetryableError, until: number) => count.failed(error, () => this.#reachable(until, signal)),
    };
    try {
      return await this.#options.retry.run(retried, signal);
    } catch (error) {
      if (error instanceof RequestTooHeavyError) this.#heavy.remember();
      if (isHttpFact(error)) throw explainFact(error, this.#options.tenant);
      throw error;
    }
  }

  async #attempt(request: PageRequest, until: number, signal: AbortSignal): Promise<Answer> {
    const path = auditLogsPath(request, this.#options.filters);
    const response = await this.#limited.send(path, this.#limits(maxBytesOf(request), until), signal);
    if (response.status === 200) {
      const page = this.#pageOf(response, request.perPage);
      this.#read = true;
      return { page, serverNow: response.serverNow };
    }
    response.body.free();
    const { status } = response;
    if (request.page > 1 && NO_SUCH_PAGE.has(status)) throw new NoSuchPageError(status);
    throw status === 404 ? await this.#explainNotFound(until, signal) : this.#errorFor(response);
  }

  /** Asks for one row of one second, which has nothing to do with the request that failed. */
  async #reachable(until: number, signal: AbortSignal): Promise<Reachable> {
    const second = Math.min(Math.floor(this.#limited.serverNow() / 1000), LAST_SECOND - 1);
    try {
      const small = { after: second, before: second + 1, page: 1, perPage: 1 };
      const { page } = await this.#attempt(small, until, signal);
      page.release();
      this.#options.retry.succeeded();
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RateLimitedError) return undefined;
      if (error instanceof RetryableError || error instanceof ConnectorError || isHttpFact(error)) return false;
      throw error;
    }
  }

  /** Called when the request is sent: before, it may have waited for the rate limit. */
  #limits(maxBodyBytes: number, until: number): () => AnswerLimits {
    return () => ({
      deadlineMs: Math.min(DEADLINE_MS, Math.max(SHORTEST_DEADLINE_MS, until - this.#options.clock.now())),
      maxBodyBytes,
    });
  }

  #pageOf({ body }: TimedResponse, perPage: number): SlicedPage {
    const page = parsePage(body, perPage * MOST_ROWS_FOR_ONE);
    if (typeof page !== 'string') return page;
    switch (page) {
      case 'not_a_page':
        throw unexpectedJsonError(this.#options.tenant.domain, this.#read);
      case 'too_many_fields':
        throw new RequestTooHeavyError(new Error('an answer had too many fields'));
      case 'cut_off':
      case 'not_json':
        throw new RetryableError('the answer was cut off or is not JSON');
    }
  }

  /** Some accounts answer 404 to a key without the permission: /info tells that from a wrong domain. */
  async #explainNotFound(until: number, signal: AbortSignal): Promise<Error> {
    const info = await this.#info(until, signal);
    const isTines = info?.status === 200 && isJsonObjectText(info.body.bytes);
    info?.body.free();
    if (isTines) return new RefusedError('Tines answered 404', permissionMissingError());
    return this.#errorFor(info === undefined || info.status === 200 ? NOT_FOUND : info);
  }

  /** Undefined where it answers with more than Tines does. */
  async #info(until: number, signal: AbortSignal): Promise<TimedResponse | undefined> {
    try {
      return await this.#limited.send(INFO, this.#limits(MAX_INFO_BYTES, until), signal);
    } catch (error) {
      if (error instanceof RequestTooHeavyError) return undefined;
      throw error;
    }
  }

  #errorFor({ status, headers, retryAfterMs }: Pick<TimedResponse, 'status' | 'headers' | 'retryAfterMs'>): Error {
    const baseUrl = `https://${this.#options.tenant.domain}`;
    return errorForStatus(status, { service: 'Tines', baseUrl, retryAfterMs, location: headers['location'] });
  }
}

const NOT_FOUND = { status: 404, headers: {}, retryAfterMs: undefined };

const maxBytesOf = ({ perPage }: PageRequest): number => (perPage > 1 ? MAX_PAGE_BYTES : MAX_ROW_BYTES);

/** Whether a body is a JSON object, as all that Tines' API answers well. */
export function isJsonObjectText(body: Buffer): boolean {
  try {
    return isJsonObject(JSON.parse(body.toString()));
  } catch {
    return false;
  }
}
