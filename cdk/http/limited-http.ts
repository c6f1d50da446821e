import type { Clock } from '../src/clock';
import { ConnectionError, RateLimitedError } from './errors';
import type { Http, HttpRequest, HttpResponse, ResponseLimits } from './http';
import type { RateLimiter } from './rate-limiter';
import { LAST_MS, parseHttpDate, parseRetryAfter } from './retry-limits';

/** What a {@link LimitedHttp} needs. */
export interface LimitedHttpOptions {
  /** Who responds, for messages. */
  readonly service: string;
  readonly http: Http;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}

/** A response other than 429. */
export interface TimedResponse extends HttpResponse {
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
  /** The wait that the server asks for, in ms. */
  readonly retryAfterMs: number | undefined;
}

/** Share of the newest response in the moving average of how long responses take. */
const NEWEST_SHARE = 0.2;

/** Requests through the rate limiter, counted and timed. */
export class LimitedHttp {
  readonly #service: string;
  readonly #http: Http;
  readonly #limiter: RateLimiter;
  readonly #clock: Clock;
  #averageMs = 0;
  #requests = 0;
  /** The server's clock less this machine's, in ms. */
  #clockOffset = 0;

  constructor({ service, http, limiter, clock }: LimitedHttpOptions) {
    this.#service = service;
    this.#http = http;
    this.#limiter = limiter;
    this.#clock = clock;
  }

  /** How many requests were sent. */
  get requestsSent(): number {
    return this.#requests;
  }

  /** How long a response takes, in ms: a moving average, without the waits before a request is sent. */
  get responseMs(): number {
    return this.#averageMs;
  }

  /** The server's clock, epoch ms, by the last Date header; never beyond the year 9999. */
  serverNow(): number {
    return Math.min(LAST_MS, this.#clock.now() + this.#clockOffset);
  }

  /**
   * Waits for the rate limit and sends one request. Where the server has just closed the connection that it is given, it is
   * sent again by another one.
   * @param limits called when the request is sent: before, it may have waited for long
   * @throws RateLimitedError after a 429, whatever sending throws
   */
  async send(request: HttpRequest, limits: () => ResponseLimits, signal: AbortSignal): Promise<TimedResponse> {
    try {
      return await this.#sendOnce(request, limits, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ConnectionError && error.wasIdle) return this.#sendOnce(request, limits, signal);
      throw error;
    }
  }

  async #sendOnce(request: HttpRequest, limits: () => ResponseLimits, signal: AbortSignal): Promise<TimedResponse> {
    const permit = await this.#limiter.acquire(signal);
    this.#requests += 1;
    const sentAt = this.#clock.now();
    const response = await this.#http(request, signal, limits()).catch((error: unknown) => {
      permit.failed();
      throw error;
    });
    const now = this.#clock.now();
    this.#averageMs += (now - sentAt - this.#averageMs) * NEWEST_SHARE;
    const date = parseHttpDate(response.headers['date']);
    if (date !== undefined) this.#clockOffset = date - now;
    const serverNow = date ?? now;
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], serverNow);
    if (response.status === 429) {
      response.body.free();
      throw new RateLimitedError(this.#service, permit.rateLimited(retryAfterMs), retryAfterMs);
    }
    if (response.status < 500) permit.succeeded();
    else permit.failed();
    return { ...response, serverNow, retryAfterMs };
  }
}
