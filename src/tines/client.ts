import { ConnectorError, isJsonObject, type Clock } from '@airbyte/cdk-typescript-compat';
import { parseRetryAfter, type RateLimiter } from '@airbyte/cdk-typescript-compat/http';
import { errorForStatus, permissionMissingError, refusedError, unexpectedJsonError } from './error-messages';
import { NoSuchPageError, RateLimitedError, RetryableError, TooHeavyError } from './errors';
import { HeavyRequests, type Reachable } from './heavy-requests';
import type { AnswerLimits, HttpGet, HttpResponse } from './http';
import { parsePage, type SlicedPage } from './page';
import { auditLogsPath, describeRequest, type AuditLogsFilters, type PageRequest } from './page-request';
import type { Retry } from './retry';

export { MAX_PER_PAGE, type AuditLogsFilters, type PageRequest } from './page-request';

/** A page, and when it was given. */
export interface Answer {
  readonly page: SlicedPage;
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
}

/** What a client needs. */
export interface ClientOptions {
  readonly domain: string;
  readonly filters: AuditLogsFilters;
  readonly http: HttpGet;
  readonly limiter: RateLimiter;
  readonly retry: Retry;
  readonly clock: Clock;
}

/** The longest that a whole answer may take, in ms. */
export const DEADLINE_MS = 30_000;
/** No attempt gets less than that, in ms. */
const SHORTEST_DEADLINE_MS = 1_000;
/** Several pages are held at once: fewer rows are asked for where they are larger. In bytes. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** One row can't be asked for in parts; a compressed bomb would be larger. In bytes. */
export const MAX_ROW_BYTES = 64 * 1024 * 1024;

/** Answers any valid key, whatever its permissions. */
const INFO = '/api/v1/info';
/** A page of so many times the rows that were asked for is no page: it would only fill the memory. */
const MOST_ROWS_FOR_ONE = 50;
/** Share of the newest answer in the moving average of how long answers take. */
const NEWEST_SHARE = 0.2;
/** Statuses with which servers refuse a page number, behind the last page or too deep. */
const NO_SUCH_PAGE: ReadonlySet<number> = new Set([400, 404, 416, 422]);

/** The audit logs of one tenant, through the rate limiter and the retries. Keeps no rows. */
export class TinesClient {
  private averageMs = 0;
  private readonly heavy = new HeavyRequests();
  private requests = 0;
  private read = false;
  /** The server's clock less this machine's, in ms. */
  private clockOffset = 0;

  constructor(private readonly options: ClientOptions) {}

  /** Requests sent so far, with retries, small questions and those to other addresses. */
  get requestsSent(): number {
    return this.requests;
  }

  /** How long an answer takes, in ms: a moving average, without the waits before a request is sent. */
  get answerMs(): number {
    return this.averageMs;
  }

  /**
   * Gets one page.
   * @throws TooHeavyError when less must be asked for, NoSuchPageError, ConnectorError for what can't be retried or was
   *   retried in vain, the signal's reason
   */
  async page(request: PageRequest, signal: AbortSignal): Promise<Answer> {
    const count = this.heavy.watch(request.perPage);
    const retried = {
      name: describeRequest(request),
      attempt: (until: number) => this.attempt(request, until, signal),
      failed: (error: RetryableError, until: number) => count.failed(error, () => this.reachable(until, signal)),
    };
    try {
      return await this.options.retry.run(retried, signal);
    } catch (error) {
      if (error instanceof TooHeavyError) this.heavy.remember();
      throw error;
    }
  }

  private async attempt(request: PageRequest, until: number, signal: AbortSignal): Promise<Answer> {
    const path = auditLogsPath(request, this.options.filters);
    const response = await this.send(path, this.limits(request.perPage, until), signal);
    if (response.status === 200) {
      const page = this.pageOf(response, request.perPage);
      this.read = true;
      return { page, serverNow: this.serverNow(response) };
    }
    response.body.free();
    const { status } = response;
    if (status === 413) throw new TooHeavyError(new Error('Tines answered 413'));
    if (request.page > 1 && NO_SUCH_PAGE.has(status)) throw new NoSuchPageError(status);
    throw status === 404 ? await this.explainNotFound(until, signal) : this.errorFor(response);
  }

  /** Asks for one row of one second, which has nothing to do with the request that failed. */
  private async reachable(until: number, signal: AbortSignal): Promise<Reachable> {
    const second = Math.floor((this.options.clock.now() + this.clockOffset) / 1000);
    try {
      const small = { after: second, before: second + 1, page: 1, perPage: 1 };
      const { page } = await this.attempt(small, until, signal);
      page.release();
      this.options.retry.succeeded();
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RateLimitedError) return undefined;
      if (error instanceof RetryableError || error instanceof ConnectorError) return false;
      throw error;
    }
  }

  private async send(target: string, limits: () => AnswerLimits, signal: AbortSignal): Promise<HttpResponse> {
    const { http, limiter, clock } = this.options;
    const permit = await limiter.acquire(signal);
    this.requests += 1;
    const sentAt = clock.now();
    const response = await http(target, signal, limits()).catch((error: unknown) => {
      permit.failed();
      throw error;
    });
    this.averageMs += (clock.now() - sentAt - this.averageMs) * NEWEST_SHARE;
    const date = Date.parse(response.headers['date'] ?? '');
    if (!Number.isNaN(date)) this.clockOffset = date - clock.now();
    if (response.status === 429) {
      response.body.free();
      const retryAfterMs = this.retryAfterMs(response);
      throw new RateLimitedError(retryAfterMs, permit.rateLimited(retryAfterMs));
    }
    if (response.status < 500) permit.succeeded();
    else permit.failed();
    return response;
  }

  /** Called when the request is sent: before, it may have waited for the rate limit. */
  private limits(perPage: number, until: number): () => AnswerLimits {
    return () => ({
      deadlineMs: Math.min(DEADLINE_MS, Math.max(SHORTEST_DEADLINE_MS, until - this.options.clock.now())),
      maxBodyBytes: perPage > 1 ? MAX_PAGE_BYTES : MAX_ROW_BYTES,
    });
  }

  private pageOf({ body }: HttpResponse, perPage: number): SlicedPage {
    const page = parsePage(body, perPage * MOST_ROWS_FOR_ONE);
    if (typeof page !== 'string') return page;
    if (page === 'not_a_page') throw unexpectedJsonError(this.options.domain, this.read);
    throw new RetryableError('the answer was cut off or is not JSON');
  }

  /** Some accounts answer 404 to a key without the permission: /info tells that from a wrong domain. */
  private async explainNotFound(until: number, signal: AbortSignal): Promise<Error> {
    const info = await this.send(INFO, this.limits(1, until), signal);
    const isTines = info.status === 200 && isJsonObjectText(info.body.bytes);
    info.body.free();
    if (isTines) return refusedError(404, permissionMissingError());
    return info.status === 200 ? errorForStatus(404, this.options.domain) : this.errorFor(info);
  }

  private errorFor(response: HttpResponse): Error {
    const location = response.headers['location'];
    return errorForStatus(response.status, this.options.domain, {
      retryAfterMs: this.retryAfterMs(response),
      location,
    });
  }

  private retryAfterMs(response: HttpResponse): number | undefined {
    return parseRetryAfter(response.headers['retry-after'], this.serverNow(response));
  }

  private serverNow(response: HttpResponse): number {
    const date = Date.parse(response.headers['date'] ?? '');
    return Number.isNaN(date) ? this.options.clock.now() : date;
  }
}

function isJsonObjectText(body: Buffer): boolean {
  try {
    return isJsonObject(JSON.parse(body.toString()));
  } catch {
    return false;
  }
}
