import { systemClock, type Clock } from '../src/clock';
import type { Log, ReadContext } from '../src/source';
import type { ConnectionOptions } from './agent';
import type { Auth, AuthTools } from './auth';
import {
  RefusedError,
  RetryableError,
  type TriesUntilFinal,
  isHttpFact,
  UnexpectedBodyError,
  bringsContent,
  errorForStatus,
  ConnectionError,
  RateLimitedError,
} from './errors';
import { explainHttp, type Explain, type ServiceNames } from './explain';
import { createHttp, type AnswerLimits, type Http, type HttpGet, type HttpOptions, type HttpResponse } from './http';
import { RateLimiter, type WaitReason } from './rate-limiter';
import { Retry, type Until } from './retry';
import {
  allowanceWaitMs,
  SYNC_RETRY_LIMITS,
  type RetryLimits,
  LAST_MS,
  parseHttpDate,
  parseRetryAfter,
} from './retry-limits';

/** Parameters of a query; a list repeats its name, and what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly (string | number)[] | undefined>>;

/** An answer with JSON in it. */
export interface JsonAnswer {
  readonly json: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
}

/** A service that is asked by GET, through retries and the rate limiter. */
export interface HttpClient {
  /**
   * Gets JSON.
   * @param target a path, beginning with a slash, below the base URL; or a whole URL of the same origin, such as that of a
   *   next page
   * @throws ConnectorError for what can't be retried or was retried in vain, the signal's reason
   */
  getJson(target: string, query: Query, signal: AbortSignal): Promise<JsonAnswer>;
  /** Requests sent so far, with retries. */
  readonly requestsSent: number;
}

/** What a client is made of. Only the first four have no default. */
export interface HttpClientOptions extends Partial<Omit<ConnectionOptions, 'baseUrl'>>, Partial<AnswerLimits> {
  /** What users call the service. */
  readonly service: string;
  readonly baseUrl: string;
  /** The titles of the settings, for messages. */
  readonly settings: ServiceNames['settings'];
  readonly log: Log;
  readonly auth?: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  /** 600 unless given. */
  readonly requestsPerMinute?: number;
  /** Those of a sync unless given; a check has `CHECK_RETRY_LIMITS`. */
  readonly retryLimits?: RetryLimits;
  /** Sentences of the source's own; undefined leaves a fact to the default. */
  readonly explain?: Explain;
  /** Called when requests stand still for seconds, with the epoch ms at which they go on. */
  readonly onWait?: (until: number, reason: WaitReason) => void;
  readonly clock?: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
  /** How requests are sent; `createHttp` unless given. */
  readonly http?: (options: HttpOptions) => Http;
}

/** A body that is no JSON at all can be a gateway's notice, which goes with the next answer. */
const NOT_JSON: TriesUntilFinal = { atFirst: 3, afterSuccess: 3 };

/** Makes the client of a service: one origin, retries, a rate limit, deadlines, sizes, and errors that explain themselves. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock = systemClock, random = Math.random, log, service, onWait = () => undefined } = options;
  const { requestsPerMinute = 600, retryLimits: limits = SYNC_RETRY_LIMITS } = options;
  const limiter = new RateLimiter({ requestsPerMinute, clock, random, onWait, maxWaitMs: allowanceWaitMs(limits) });
  const retry = new Retry({ limits, clock, random, log, pausedMs: () => limiter.pausedMs() });
  const limited = new LimitedHttp({ service, http: authorized(options, clock), limiter, clock });
  return new RetryingClient(options, { clock, retry, limited });
}

interface Parts {
  readonly clock: Clock;
  readonly retry: Retry;
  readonly limited: LimitedHttp;
}

class RetryingClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #parts: Parts;
  readonly #base: URL;

  constructor(options: HttpClientOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#base = new URL(options.baseUrl);
  }

  get requestsSent(): number {
    return this.#parts.limited.requestsSent;
  }

  async getJson(target: string, query: Query, signal: AbortSignal): Promise<JsonAnswer> {
    const url = this.#urlOf(target, query);
    const attempt = (until: Until): Promise<JsonAnswer> => this.#attempt(url, until, signal);
    try {
      return await this.#parts.retry.run({ name: `GET ${url.pathname}`, attempt }, signal);
    } catch (error) {
      if (!isHttpFact(error)) throw error;
      const { service, settings, explain, retryLimits = SYNC_RETRY_LIMITS } = this.#options;
      const isSync = retryLimits.kind === 'outage';
      throw explain?.(error) ?? explainHttp(error, { service, settings, isSync, host: this.#base.host });
    }
  }

  async #attempt(url: URL, until: Until, signal: AbortSignal): Promise<JsonAnswer> {
    const limits = this.#limits(until);
    const response = await this.#parts.limited.send(`${url.pathname}${url.search}`, limits, signal);
    const { status, headers, serverNow, retryAfterMs } = response;
    if (bringsContent(status)) return { json: jsonOf(response), headers, serverNow };
    response.body.free();
    const { service, baseUrl } = this.#options;
    throw errorForStatus(status, { service, baseUrl, retryAfterMs, location: headers['location'] });
  }

  #limits(until: Until): () => AnswerLimits {
    const { deadlineMs, maxBodyBytes } = connectionOf(this.#options);
    return () => ({ maxBodyBytes, deadlineMs: Math.max(1, Math.min(deadlineMs, until() - this.#parts.clock.now())) });
  }

  /** @throws Error for a URL of another origin: credentials would go there */
  #urlOf(target: string, query: Query): URL {
    const base = this.#base;
    const url = target.startsWith('/')
      ? new URL(`${base.origin}${base.pathname.replace(/\/$/, '')}${target}`)
      : new URL(target);
    if (url.origin !== base.origin) throw new Error(`a request to ${url.host} instead of ${base.host}`);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.delete(name);
      for (const each of value === undefined ? [] : [value].flat()) url.searchParams.append(name, String(each));
    }
    return url;
  }
}

/** Sends requests with the credentials of the moment. */
function authorized(options: HttpClientOptions, clock: Clock): HttpGet {
  const { auth, service, headers: fixed } = options;
  const { origin } = new URL(options.baseUrl);
  const http = httpTo(origin, options, fixed);
  if (auth === undefined) return (target, signal, limits) => http({ target }, signal, limits);
  const tools = toolsFor(options, clock);
  return async (target, signal, limits) => {
    const credentials = await auth.credentials(tools, signal);
    const url = new URL(`${origin}${target}`);
    for (const [name, value] of Object.entries(credentials.query ?? {})) url.searchParams.set(name, value);
    const request = { target: `${url.pathname}${url.search}`, headers: credentials.headers };
    const response = await http(request, signal, limits);
    if (auth.answered?.(credentials, response.status === 401) !== true) return response;
    response.body.free();
    throw new RetryableError(`${service} answered 401 to an access token that was good before`);
  };
}

function toolsFor(options: HttpClientOptions, clock: Clock): AuthTools {
  const servers = new Map<string, Http>();
  return {
    now: () => clock.now(),
    mask: (secret) => options.mask?.(secret),
    post: (address, form, headers, signal) => {
      const { origin, pathname, search } = new URL(address);
      const http = servers.get(origin) ?? httpTo(origin, options);
      servers.set(origin, http);
      const all = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
      return http({ target: `${pathname}${search}`, headers: all, body: form.toString() }, signal);
    },
  };
}

/** Sends requests to an origin by the way of all requests. */
function httpTo(origin: string, options: HttpClientOptions, headers: Readonly<Record<string, string>> = {}): Http {
  const { http = createHttp, log } = options;
  return http({ ...connectionOf(options), baseUrl: origin, headers: { Accept: 'application/json', ...headers }, log });
}

function connectionOf(options: HttpClientOptions) {
  const { maxSockets = 10, deadlineMs = 60_000, maxBodyBytes = 32 * 1024 * 1024 } = options;
  const { allowHttp = false, caCertificate, proxyUrl, publicOnly = false, mask } = options;
  const masked = mask === undefined ? {} : { mask };
  return { maxSockets, deadlineMs, maxBodyBytes, allowHttp, caCertificate, proxyUrl, publicOnly, ...masked };
}

function jsonOf({ headers, body }: TimedResponse): unknown {
  try {
    return JSON.parse(body.bytes.toString());
  } catch {
    const [type = ''] = (headers['content-type'] ?? '').split(';');
    if (/^text\/html$/i.test(type.trim())) {
      const fact = new UnexpectedBodyError('it sends a web page instead of JSON');
      throw new RefusedError(fact.message, fact, NOT_JSON);
    }
    throw new RetryableError('the answer was cut off or is not JSON');
  } finally {
    body.free();
  }
}

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

/** Gets one page: a path below the base URL, or a link as the server gave it. */
export type GetPage = (request: { readonly path: string; readonly query: Query }) => Promise<JsonAnswer>;

/**
 * Makes what `paginate` gets its pages by, for each read. All reads share one client, and so one rate limit; a wait is
 * told by the stream that is being read.
 */
export function pageGetter(options: Omit<HttpClientOptions, 'onWait'>): (context: ReadContext) => GetPage {
  let reading: ReadContext | undefined;
  const onWait = (until: number): void => {
    reading?.rateLimited(until);
  };
  const client = createHttpClient({ ...options, onWait });
  return (context) => {
    reading = context;
    return ({ path, query }) => client.getJson(path, query, context.signal);
  };
}
