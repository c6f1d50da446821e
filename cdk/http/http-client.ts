import { systemClock, type Clock } from '../src/clock';
import type { Log, ReadContext } from '../src/source';
import type { ConnectionOptions } from './agent';
import type { Auth, AuthTools } from './auth';
import type { BufferPool } from './buffer-pool';
import {
  bringsContent,
  errorForStatus,
  isHttpFact,
  RefusedError,
  RetryableError,
  UnexpectedBodyError,
  type TriesUntilFinal,
} from './errors';
import { explainHttp, type Explain, type ServiceNames } from './explain';
import { createHttp, type Http, type HttpOptions, type ResponseLimits } from './http';
import { LimitedHttp, type TimedResponse } from './limited-http';
import { RateLimiter, type WaitReason } from './rate-limiter';
import { Retry, type RetryableRequest, type Until } from './retry';
import { allowanceWaitMs, SYNC_RETRY_LIMITS, type RetryLimits } from './retry-limits';

/** Parameters of a query; a list repeats its name, and what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly (string | number)[] | undefined>>;

/** A response with JSON in it. */
export interface JsonResponse {
  readonly json: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
}

/** A request by GET, and what its response is read to. */
export interface GetRequest<T> {
  /** A path, beginning with a slash, below the base URL; or a whole URL of the same origin, such as that of a next page. */
  readonly target: string;
  readonly query?: Query;
  /** The largest body, in bytes after decompression; that of the client unless given. */
  readonly maxBodyBytes?: number;
  /**
   * Reads a response that brings what was asked for. Its body is the parser's: to free, or to keep.
   * @throws RetryableError where the same request may bring something else, RequestTooLargeError where a smaller one may
   */
  readonly parse: (response: TimedResponse) => T;
}

/** A service that is asked by GET, through retries and the rate limiter. */
export interface HttpClient {
  /**
   * Gets JSON.
   * @param target as that of a {@link GetRequest}
   * @throws ConnectorError for what can't be retried or was retried in vain, the signal's reason
   */
  getJson(target: string, query: Query, signal: AbortSignal): Promise<JsonResponse>;
  /**
   * Sends a request once: for the attempts of {@link retry}.
   * @param until when it must be done
   * @throws RetryableError, an HttpFact, what the parser throws, the signal's reason
   */
  send<T>(request: GetRequest<T>, until: Until, signal: AbortSignal): Promise<T>;
  /**
   * Repeats what a request's attempts do until one succeeds.
   * @throws ConnectorError for what can't be retried or was retried in vain, what an attempt throws, the signal's reason
   */
  retry<T>(request: RetryableRequest<T>, signal: AbortSignal): Promise<T>;
  /** Requests sent so far, with retries. */
  readonly requestsSent: number;
  /** How long a response takes, in ms: a moving average, without the waits before a request is sent. */
  readonly responseMs: number;
  /** The server's clock, epoch ms, by the last Date header; this machine's before there is one. Within the year 9999. */
  serverNow(): number;
}

/** What a client is made of. Only the first four have no default. */
export interface HttpClientOptions extends Partial<Omit<ConnectionOptions, 'baseUrl'>>, Partial<ResponseLimits> {
  /** What users call the service. */
  readonly service: string;
  readonly baseUrl: string;
  /** The titles of the settings, for messages. */
  readonly settings: ServiceNames['settings'];
  readonly log: Log;
  readonly auth?: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where bodies are received; a pool of its own unless given. */
  readonly bodies?: BufferPool;
  /** 600 unless given. */
  readonly requestsPerMinute?: number;
  /** Those of a sync unless given; a check has `CHECK_RETRY_LIMITS`. */
  readonly retryLimits?: RetryLimits;
  /** Whether requests with the same address and credentials have succeeded before, in an earlier run; no unless given. */
  readonly hasSucceeded?: boolean | undefined;
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

/** A body that is no JSON at all can be a gateway's notice, which goes with the next response. */
const NOT_JSON: TriesUntilFinal = { atFirst: 3, afterSuccess: 3 };
const DEADLINE_MS = 60_000;
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Makes the client of a service: one origin, retries, a rate limit, deadlines, sizes, and errors that explain themselves. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new RetryingClient(options);
}

class RetryingClient implements HttpClient {
  readonly #service: string;
  readonly #base: URL;
  readonly #settings: ServiceNames['settings'];
  readonly #isSync: boolean;
  readonly #explain: Explain | undefined;
  readonly #deadlineMs: number;
  readonly #maxBodyBytes: number;
  readonly #clock: Clock;
  readonly #retry: Retry;
  readonly #limited: LimitedHttp;

  constructor(options: HttpClientOptions) {
    const { service, log, clock = systemClock, random = Math.random, onWait = () => undefined } = options;
    const { requestsPerMinute = 600, retryLimits: limits = SYNC_RETRY_LIMITS, hasSucceeded } = options;
    const limiter = new RateLimiter({ requestsPerMinute, clock, random, onWait, maxWaitMs: allowanceWaitMs(limits) });
    this.#service = service;
    this.#base = new URL(options.baseUrl);
    this.#settings = options.settings;
    this.#isSync = limits.kind === 'outage';
    this.#explain = options.explain;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#clock = clock;
    this.#retry = new Retry({ limits, clock, random, log, pausedMs: () => limiter.pausedMs(), hasSucceeded });
    this.#limited = new LimitedHttp({ service, http: authorized(options, clock), limiter, clock });
  }

  get requestsSent(): number {
    return this.#limited.requestsSent;
  }

  get responseMs(): number {
    return this.#limited.responseMs;
  }

  serverNow(): number {
    return this.#limited.serverNow();
  }

  async getJson(target: string, query: Query, signal: AbortSignal): Promise<JsonResponse> {
    const request = { target, query, parse: jsonOf };
    const name = `GET ${this.#urlOf(target, query).pathname}`;
    return this.retry({ name, attempt: (until) => this.send(request, until, signal) }, signal);
  }

  async send<T>(request: GetRequest<T>, until: Until, signal: AbortSignal): Promise<T> {
    const { target, query = {}, maxBodyBytes = this.#maxBodyBytes, parse } = request;
    const url = this.#urlOf(target, query);
    // Known when it is sent: before, it may have waited for the rate limit.
    const limits = (): ResponseLimits => ({
      maxBodyBytes,
      deadlineMs: Math.max(1, Math.min(this.#deadlineMs, until() - this.#clock.now())),
    });
    const response = await this.#limited.send({ target: `${url.pathname}${url.search}` }, limits, signal);
    const { status, headers, retryAfterMs } = response;
    if (bringsContent(status)) return parse(response);
    response.body.free();
    const details = { service: this.#service, baseUrl: this.#base.href, retryAfterMs, location: headers['location'] };
    throw errorForStatus(status, details);
  }

  async retry<T>(request: RetryableRequest<T>, signal: AbortSignal): Promise<T> {
    try {
      return await this.#retry.run(request, signal);
    } catch (error) {
      if (!isHttpFact(error)) throw error;
      const names: ServiceNames = {
        service: this.#service,
        host: this.#base.host,
        isSync: this.#isSync,
        hasAnswered: this.#retry.hasAnswered,
        settings: this.#settings,
      };
      throw this.#explain?.(error, names) ?? explainHttp(error, names);
    }
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

function jsonOf({ headers, body, serverNow }: TimedResponse): JsonResponse {
  try {
    return { json: JSON.parse(body.bytes.toString()), headers, serverNow };
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

/** Sends requests with the credentials of the moment. */
function authorized(options: HttpClientOptions, clock: Clock): Http {
  const { auth, service, headers: fixed } = options;
  const { origin } = new URL(options.baseUrl);
  const http = httpTo(origin, options, fixed);
  if (auth === undefined) return http;
  const tools = toolsFor(options, clock);
  return async (request, signal, limits) => {
    const credentials = await auth.credentials(tools, signal);
    const url = new URL(`${origin}${request.target}`);
    for (const [name, value] of Object.entries(credentials.query ?? {})) url.searchParams.set(name, value);
    const headers = { ...request.headers, ...credentials.headers };
    const response = await http({ ...request, target: `${url.pathname}${url.search}`, headers }, signal, limits);
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
function httpTo(baseUrl: string, options: HttpClientOptions, headers: Readonly<Record<string, string>> = {}): Http {
  const { http = createHttp } = options;
  return http({
    baseUrl,
    headers: { Accept: 'application/json', ...headers },
    allowHttp: options.allowHttp ?? false,
    publicOnly: options.publicOnly ?? false,
    caCertificate: options.caCertificate,
    proxyUrl: options.proxyUrl,
    maxSockets: options.maxSockets ?? 10,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    bodies: options.bodies,
    mask: options.mask,
    log: options.log,
  });
}

/** Gets one page: a path below the base URL, or a link as the server gave it. */
export type GetPage = (request: { readonly path: string; readonly query: Query }) => Promise<JsonResponse>;

/**
 * Makes what `paginate` gets its pages by, for each read. All reads share one client, and so one rate limit; a wait is
 * reported to the stream that is being read.
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
