import type { Clock } from '../src/clock';
import { ConnectionError, RateLimitedError } from './errors';
import type { AnswerLimits, HttpGet, HttpResponse } from './http-get';
import type { RateLimiter } from './rate-limiter';
import { LAST_MS, parseHttpDate, parseRetryAfter } from './time-headers';

/** What a {@link LimitedHttp} needs. */
export interface LimitedHttpOptions {
  /** Who answers, for messages. */
  readonly service: string;
  readonly http: HttpGet;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}

/** An answer other than 429. */
export interface TimedResponse extends HttpResponse {
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
  /** The wait that the server asks for, in ms. */
  readonly retryAfterMs: number | undefined;
}

/** Share of the newest answer in the moving average of how long answers take. */
const NEWEST_SHARE = 0.2;

/** Requests through the rate limiter, counted and timed. */
export class LimitedHttp {
  readonly #options: LimitedHttpOptions;
  #averageMs = 0;
  #requests = 0;
  /** The server's clock less this machine's, in ms. */
  #clockOffset = 0;

  constructor(options: LimitedHttpOptions) {
    this.#options = options;
  }

  /** How many requests were sent. */
  get requestsSent(): number {
    return this.#requests;
  }

  /** How long an answer takes, in ms: a moving average, without the waits before a request is sent. */
  get answerMs(): number {
    return this.#averageMs;
  }

  /** The server's clock, epoch ms, as far as its answers have told; never beyond the year 9999. */
  serverNow(): number {
    return Math.min(LAST_MS, this.#options.clock.now() + this.#clockOffset);
  }

  /**
   * Waits for the rate limit and sends one request. Where the server has just closed the connection that it is given, it is
   * sent again by another one.
   * @param limits called when the request is sent: before, it may have waited for long
   * @throws RateLimitedError after a 429, whatever sending throws
   */
  async send(target: string, limits: () => AnswerLimits, signal: AbortSignal): Promise<TimedResponse> {
    try {
      return await this.#sendOnce(target, limits, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ConnectionError && error.wasIdle) return this.#sendOnce(target, limits, signal);
      throw error;
    }
  }

  async #sendOnce(target: string, limits: () => AnswerLimits, signal: AbortSignal): Promise<TimedResponse> {
    const { http, limiter, clock, service } = this.#options;
    const permit = await limiter.acquire(signal);
    this.#requests += 1;
    const sentAt = clock.now();
    const response = await http(target, signal, limits()).catch((error: unknown) => {
      permit.failed();
      throw error;
    });
    const now = clock.now();
    this.#averageMs += (now - sentAt - this.#averageMs) * NEWEST_SHARE;
    const date = parseHttpDate(response.headers['date']);
    if (date !== undefined) this.#clockOffset = date - now;
    const serverNow = date ?? now;
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], serverNow);
    if (response.status === 429) {
      response.body.free();
      throw new RateLimitedError(service, permit.rateLimited(retryAfterMs), retryAfterMs);
    }
    if (response.status < 500) permit.succeeded();
    else permit.failed();
    return { ...response, serverNow, retryAfterMs };
  }
}
