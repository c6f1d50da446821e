import type { Clock } from '../src/clock';
import { ConnectionError, RateLimitedError } from './errors';
import type { Http, HttpRequest, HttpResponse, ResponseLimits } from './http';
import type { RateLimiter } from './rate-limiter';
import { LAST_MS, parseHttpDate, parseRetryAfter } from './retry-limits';

/** What a response means. */
export type Verdict =
  /** It brings what was asked for. */
  | 'ok'
  /** It has no body to read: there is nothing. */
  | 'empty'
  /** What was asked for is missing or not allowed, and is left out. */
  | 'skip'
  /** It is a failure that may pass, after the wait of its Retry-After, if it has one. */
  | 'retry'
  /** Its status is an error: 408, 425 and 5xx may pass, 413 says that it is too much, all others are refusals. */
  | 'refuse'
  /** Too many requests were made: all wait until then, epoch ms by the server's clock; undefined: it doesn't say. */
  | { readonly rateLimitedUntil: number | undefined }
  /** The request ends with this error, best a ConnectorError. It is not sent again. */
  | { readonly error: Error };

/** What a response is judged by. */
export interface ClassifiedResponse extends Pick<TimedResponse, 'status' | 'headers' | 'serverNow'> {
  readonly request: HttpRequest;
  /** The body as JSON; undefined where it is none, or comes in pieces. */
  readonly json: () => unknown;
}

/** Says what a response means; undefined leaves it to the status: see {@link verdictOf}. */
export type Classify = (response: ClassifiedResponse) => Verdict | undefined;

interface LimitedHttpOptions {
  /** Who responds, for messages. */
  readonly service: string;
  readonly http: Http;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly classify?: Classify | undefined;
}

/** A response for which no other request has to wait. */
export interface TimedResponse extends HttpResponse {
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
  /** The wait that the server asks for, in ms. */
  readonly retryAfterMs: number | undefined;
  /** How long it took to come, in ms. */
  readonly tookMs: number;
  readonly verdict: Exclude<Verdict, { readonly rateLimitedUntil: unknown }>;
}

/** Share of the newest response in the moving average of how long responses take. */
const NEWEST_SHARE = 0.2;

/** Requests through the rate limiter, counted, timed and judged. */
export class LimitedHttp {
  readonly #service: string;
  readonly #http: Http;
  readonly #limiter: RateLimiter;
  readonly #clock: Clock;
  readonly #classify: Classify;
  #averageMs = 0;
  #requests = 0;
  /** The server's clock less this machine's, in ms. */
  #clockOffset = 0;

  constructor({ service, http, limiter, clock, classify = () => undefined }: LimitedHttpOptions) {
    this.#service = service;
    this.#http = http;
    this.#limiter = limiter;
    this.#clock = clock;
    this.#classify = classify;
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
   * sent again by another one, unless it must not be sent twice.
   * @param limits called when the request is sent: before, it may have waited for long
   * @throws RateLimitedError after a 429 and what is judged to be one, whatever sending throws
   */
  async send(request: HttpRequest, limits: () => ResponseLimits, signal: AbortSignal): Promise<TimedResponse> {
    try {
      return await this.#sendOnce(request, limits, signal);
    } catch (error) {
      signal.throwIfAborted();
      const wasIdle = error instanceof ConnectionError && error.wasIdle;
      if (wasIdle && request.once !== true) return this.#sendOnce(request, limits, signal);
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
    const { status, headers, body } = response;
    const date = parseHttpDate(headers['date']);
    if (date !== undefined) this.#clockOffset = date - now;
    const serverNow = date ?? now;
    const retryAfterMs = parseRetryAfter(headers['retry-after'], serverNow);
    const judged = { request, status, headers, serverNow, json: () => jsonIn(body.bytes) };
    const verdict = this.#classify(judged) ?? verdictOf(request, response);
    if (typeof verdict === 'object' && 'rateLimitedUntil' in verdict) {
      body.free();
      const { rateLimitedUntil: until } = verdict;
      const waitMs = until === undefined || Number.isNaN(until) ? retryAfterMs : Math.max(0, until - serverNow);
      throw new RateLimitedError(this.#service, permit.rateLimited(waitMs), waitMs, status);
    }
    if (status < 500 && verdict !== 'retry') permit.succeeded();
    else permit.failed();
    return { ...response, serverNow, retryAfterMs, tookMs: now - sentAt, verdict };
  }
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/**
 * Whether a response of this status brings what was asked for: 200; 203, which says that a proxy has changed something (RFC
 * 9110, 15.3.4); 206, a part (15.3.7), although none was asked for: the reader of the body finds out whether it is whole.
 */
export const bringsContent = (status: number): boolean => status === 200 || status === 203 || status === 206;

/**
 * What the status of a response means: 2xx is a success, and empty where it is 204 or 205, or where there is no body although
 * none has to be there (RFC 9110, 15.3). An empty 200 is read, because it may have been cut off, unless the request makes
 * something (`once`).
 */
export function verdictOf({ once }: HttpRequest, { status, body, pieces }: HttpResponse): Verdict {
  if (status === 429) return { rateLimitedUntil: undefined };
  if (status < 200 || status >= 300) return 'refuse';
  if (status === 204 || status === 205) return 'empty';
  const mayBeEmpty = !bringsContent(status) || once === true;
  return mayBeEmpty && pieces === undefined && body.bytes.length === 0 ? 'empty' : 'ok';
}
