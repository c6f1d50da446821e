import { isJsonObject, type Clock } from '@airbyte/cdk-typescript-compat';
import {
  AllowanceError,
  bringsContent,
  errorForStatus,
  isHttpFact,
  LimitedHttp,
  RateLimitedError,
  RefusedError,
  RequestTooLargeError,
  RetryableError,
  StatusError,
  type AnswerLimits,
  type BufferPool,
  type HttpGet,
  type RateLimiter,
  type Retry,
  type TimedResponse,
  type Until,
} from '@airbyte/cdk-typescript-compat/http';
import { explainFact, permissionMissingError, unexpectedJsonError, type TenantNames } from './error-messages';
import { PageRefusedError } from './errors';
import { parsePage, type SlicedPage } from './page';
import { auditLogsPath, describeRequest, type AuditLogsFilters, type PageRequest } from './request';

export { MAX_PER_PAGE, type AuditLogsFilters, type PageRequest } from './request';

/** What a client needs. */
export interface ClientOptions {
  readonly tenant: TenantNames;
  readonly filters: AuditLogsFilters;
  readonly http: HttpGet;
  /** Where the bodies of responses are received. */
  readonly bodies: Pick<BufferPool, 'usedBytes' | 'allocate'>;
  readonly limiter: RateLimiter;
  readonly retry: Retry;
  readonly clock: Clock;
}

/** The longest that a whole response may take, in ms. */
export const DEADLINE_MS = 30_000;
/** Several pages are buffered at once: fewer rows are asked for where they are larger. In bytes. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** One row can't be asked for in parts. What it takes to read it is several times as much memory. In bytes. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;
/** Nothing but who the key belongs to. In bytes. */
const MAX_INFO_BYTES = 64 * 1024;

/** Answers any valid key, whatever its permissions. */
const INFO = '/api/v1/info';
/** A page of so many times the rows that were asked for is no page: it would only fill the memory. */
const MOST_ROWS_FOR_ONE = 50;
/** The first second of the year 2000, epoch s. */
const YEAR_2000 = 946_684_800;
/** The least that can be asked for: a second without entries, so that neither size nor content plays a role. */
const SMALLEST: PageRequest = { after: YEAR_2000, before: YEAR_2000 + 1, page: 1, perPage: 1 };

/** The audit logs of one tenant, through the rate limiter and the retries. Keeps no rows. */
export class TinesClient {
  readonly #options: ClientOptions;
  readonly #limited: LimitedHttp;
  #hasAnswered = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#limited = new LimitedHttp({ ...options, service: 'Tines' });
  }

  /** The same connection without filters: limits and retries are shared. */
  unfiltered(): TinesClient {
    return new TinesClient({ ...this.#options, filters: { userIds: [], operationNames: [] } });
  }

  /** Requests sent so far, with retries, small ones and those to other addresses. */
  get requestsSent(): number {
    return this.#limited.requestsSent;
  }

  /** How long a response takes, in ms: a moving average, without the waits before a request is sent. */
  get answerMs(): number {
    return this.#limited.answerMs;
  }

  /** The server's clock, epoch ms, by the last Date header; this machine's before there is one. */
  serverNow(): number {
    return this.#limited.serverNow();
  }

  /** What the bodies of responses take that are being received or were not released, in bytes. */
  get bufferedBytes(): number {
    return this.#options.bodies.usedBytes;
  }

  /**
   * Gets one page.
   * @throws TooLargeError when less must be asked for; PageRefusedError, at once, when a page beyond the first is refused;
   *   ConnectorError for what can't be retried or was retried in vain; the signal's reason
   */
  async page(request: PageRequest, signal: AbortSignal): Promise<SlicedPage> {
    const retried = {
      name: describeRequest(request),
      attempt: (until: Until) => this.#attempt(request, until, signal),
      attemptSmall: async (until: Until) => {
        (await this.#get(SMALLEST, until, signal)).release();
      },
    };
    return this.#explained(this.#options.retry.run(retried, signal));
  }

  /**
   * Whether a request is answered with a page, when it is sent once; 429s are waited out.
   * @throws ConnectorError where there was nothing but 429s for too long, and for what no request succeeds with; the
   *   signal's reason
   */
  async isAnswered(request: PageRequest, signal: AbortSignal): Promise<boolean> {
    const attempt = async (until: Until): Promise<void> => {
      try {
        (await this.#get(request, until, signal)).release();
      } catch (error) {
        throw isAboutOneRequest(error) ? new Unanswered() : error;
      }
    };
    try {
      await this.#explained(this.#options.retry.run({ name: describeRequest(request), attempt }, signal));
      return true;
    } catch (error) {
      if (error instanceof Unanswered) return false;
      throw error;
    }
  }

  async #explained<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      throw isHttpFact(error) ? explainFact(error, this.#options.tenant, this.#hasAnswered) : error;
    }
  }

  /** Sends a request once, and says of a refusal what it means. */
  async #attempt(request: PageRequest, until: Until, signal: AbortSignal): Promise<SlicedPage> {
    try {
      return await this.#get(request, until, signal);
    } catch (error) {
      const status = refusedStatus(error);
      if (status === undefined) throw error;
      if (request.page > 1) throw new PageRefusedError(status);
      throw status === 404 ? await this.#explainNotFound(until, signal) : error;
    }
  }

  /** Sends a request once. */
  async #get(request: PageRequest, until: Until, signal: AbortSignal): Promise<SlicedPage> {
    const path = auditLogsPath(request, this.#options.filters);
    const response = await this.#limited.send(path, this.#limits(maxBytesOf(request), until), signal);
    if (bringsContent(response.status)) {
      const page = this.#pageOf(response, request);
      this.#hasAnswered = true;
      return page;
    }
    response.body.free();
    throw this.#errorFor(response);
  }

  /** Called when the request is sent: before, it may have waited for the rate limit. */
  #limits(maxBodyBytes: number, until: Until): () => AnswerLimits {
    return () => ({
      deadlineMs: Math.max(1, Math.min(DEADLINE_MS, until() - this.#options.clock.now())),
      maxBodyBytes,
    });
  }

  #pageOf({ body }: TimedResponse, request: PageRequest): SlicedPage {
    const bytes = maxBytesOf(request);
    const page = parsePage(body, {
      rows: request.perPage * MOST_ROWS_FOR_ONE,
      bytes,
      allocate: (length) => this.#options.bodies.allocate(length),
    });
    if (typeof page !== 'string') return page;
    switch (page) {
      case 'not_a_page':
        throw unexpectedJsonError(this.#options.tenant, this.#hasAnswered);
      case 'too_many_fields':
        throw new RequestTooLargeError(new Error('an answer had too many fields'));
      case 'too_large':
        throw new RequestTooLargeError(new Error(`an answer was larger than ${bytes} bytes in valid UTF-8`));
      case 'cut_off':
      case 'not_json':
        throw new RetryableError('the answer was cut off or is not JSON');
    }
  }

  /** Some accounts answer 404 to a key without the permission: /info tells that from a wrong domain. */
  async #explainNotFound(until: Until, signal: AbortSignal): Promise<Error> {
    const info = await this.#info(until, signal);
    const isTines = info?.status === 200 && isJsonObjectText(info.body.bytes);
    info?.body.free();
    if (isTines) return new RefusedError('Tines answered 404', permissionMissingError());
    return this.#errorFor(info === undefined || info.status === 200 ? NOT_FOUND : info);
  }

  /** Undefined where it answers with more than Tines does. */
  async #info(until: Until, signal: AbortSignal): Promise<TimedResponse | undefined> {
    try {
      return await this.#limited.send(INFO, this.#limits(MAX_INFO_BYTES, until), signal);
    } catch (error) {
      if (error instanceof RequestTooLargeError) return undefined;
      throw error;
    }
  }

  #errorFor({ status, headers, retryAfterMs }: Pick<TimedResponse, 'status' | 'headers' | 'retryAfterMs'>): Error {
    const baseUrl = `https://${this.#options.tenant.domain}`;
    return errorForStatus(status, { service: 'Tines', baseUrl, retryAfterMs, location: headers['location'] });
  }
}

const NOT_FOUND = { status: 404, headers: {}, retryAfterMs: undefined };

/** The status of a refusal that comes from the server, not from a proxy on the way. */
function refusedStatus(error: unknown): number | undefined {
  return error instanceof RefusedError && error.final instanceof StatusError ? error.final.status : undefined;
}

/** Whether a failure may go with another request, and is neither a 429 nor of the allowance. */
function isAboutOneRequest(error: unknown): boolean {
  if (error instanceof RateLimitedError || error instanceof AllowanceError) return false;
  return error instanceof RetryableError || error instanceof RequestTooLargeError;
}

/** A request that was sent once had no page in its response. */
class Unanswered extends Error {}

const maxBytesOf = ({ perPage }: PageRequest): number => (perPage > 1 ? MAX_PAGE_BYTES : MAX_ROW_BYTES);

/** Whether a body is a JSON object, as all that Tines' API answers well. */
export function isJsonObjectText(body: Buffer): boolean {
  try {
    return isJsonObject(JSON.parse(body.toString()));
  } catch {
    return false;
  }
}
