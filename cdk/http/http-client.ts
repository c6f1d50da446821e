import { gunzipSync } from 'node:zlib';
import { systemClock, type Clock } from '../src/clock';
import { ConnectorError } from '../src/errors';
import type { JsonObject } from '../src/protocol';
import type { Log, ReadContext } from '../src/source';
import type { ConnectionOptions } from './agent';
import { authorized, type Auth } from './auth';
import { BodyTooLargeError, type BufferPool } from './buffer-pool';
import {
  AllowanceError,
  ConnectionError,
  errorForStatus,
  isHttpFact,
  isMissing,
  ProxyError,
  RateLimitedError,
  RefusedError,
  RequestTooLargeError,
  RetryableError,
  StatusError,
} from './errors';
import { causedBy, explainHttp, outlookText, type Explain, type ServiceNames } from './explain';
import { createHttp, type Http, type HttpOptions, type HttpRequest, type ResponseLimits } from './http';
import { LimitedHttp, type Classify, type TimedResponse } from './limited-http';
import { RateLimiter, type WaitReason } from './rate-limiter';
import {
  describeRequest,
  excerptOf,
  httpRequestOf,
  urlOf,
  type ApiRequest,
  type Query,
  type RequestOptions,
} from './request';
import { failureLog, Retry, type RetryableRequest, type Until } from './retry';
import { SYNC_RETRY_LIMITS, type RetryLimits } from './retry-limits';
import { assertNoWebPage, isGzip, rowReading, RowsError, type RowFormat } from './rows';

/** A response that has been read. */
export interface ApiResponse<T = unknown> extends Pick<TimedResponse, 'status' | 'headers' | 'serverNow'> {
  /** `empty`: there was no body. `skipped`: it is left out, because it is `missing` or `classify` says so. */
  readonly outcome: 'ok' | 'empty' | 'skipped';
  /** What the body was read to; undefined where the outcome is not `ok`. Its type is the author's word. */
  readonly body: T | undefined;
}

/** A response with JSON in it. */
export interface JsonResponse<Json = unknown> extends Omit<ApiResponse, 'body'> {
  /** Undefined where the outcome is not `ok`. Its type is the author's word. */
  readonly json: Json | undefined;
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
  /** Judges responses before their status does. */
  readonly classify?: Classify;
  /** Keeps queries and bodies, which may name people, out of all messages, debug lines included. Not unless given. */
  readonly isPrivate?: boolean;
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

const DEADLINE_MS = 60_000;
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Makes the client of a service: one origin, retries, a rate limit, deadlines, sizes, and errors that explain themselves. */
export const createHttpClient = (options: HttpClientOptions): HttpClient => new HttpClient(options);

/** A service that is read through retries and the rate limiter. */
export class HttpClient {
  readonly #names: Omit<ServiceNames, 'hasAnswered'>;
  readonly #base: URL;
  readonly #isPrivate: boolean;
  readonly #explain: Explain | undefined;
  readonly #deadlineMs: number;
  readonly #maxBodyBytes: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #warnSkip: ReturnType<typeof failureLog>;
  readonly #retry: Retry;
  readonly #limited: LimitedHttp;
  #skipped = 0;

  constructor(options: HttpClientOptions) {
    const { service, log, classify, clock = systemClock, random = Math.random, onWait = () => undefined } = options;
    const { requestsPerMinute = 600, retryLimits: limits = SYNC_RETRY_LIMITS, hasSucceeded } = options;
    const maxWaitMs = limits.kind === 'deadline' ? limits.totalMs : undefined;
    const limiter = new RateLimiter({ requestsPerMinute, clock, random, onWait, maxWaitMs });
    this.#base = new URL(options.baseUrl);
    this.#names = { service, host: this.#base.host, isSync: limits.kind === 'outage', settings: options.settings };
    this.#isPrivate = options.isPrivate ?? false;
    this.#explain = options.explain;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#clock = clock;
    this.#log = log;
    this.#warnSkip = failureLog(log, clock);
    this.#retry = new Retry({ limits, clock, random, log, pausedMs: () => limiter.pausedMs(), hasSucceeded });
    this.#limited = new LimitedHttp({ service, http: httpOf(options, clock), limiter, clock, classify });
  }

  /** Requests sent so far, with retries. */
  get requestsSent(): number {
    return this.#limited.requestsSent;
  }

  /** How many responses were skipped so far. */
  get skipped(): number {
    return this.#skipped;
  }

  /** How long a response takes, in ms: a moving average, without the waits before a request is sent. */
  get responseMs(): number {
    return this.#limited.responseMs;
  }

  /** The server's clock, epoch ms, by the last Date header; this machine's before there is one. Within the year 9999. */
  serverNow(): number {
    return this.#limited.serverNow();
  }

  /** Gets JSON. @param path as that of a {@link RequestOptions} @throws as {@link request} */
  async getJson<Json = unknown>(path: string, query: Query, signal: AbortSignal): Promise<JsonResponse<Json>> {
    return withJson(await this.request<Json>({ path, query }, signal));
  }

  /** Sends a request until it succeeds, and reads the whole response. @throws ConnectorError, the signal's reason */
  async request<T = unknown>(request: ApiRequest<T>, signal: AbortSignal): Promise<ApiResponse<T>> {
    const sent = this.#sentFor(request);
    const attempt = async (until: Until): Promise<ApiResponse<T>> => {
      const response = await this.#respond(request, sent, until, signal);
      const { status, headers, serverNow, verdict } = response;
      const head = { status, headers, serverNow };
      if (verdict === 'ok') return { ...head, outcome: 'ok', body: this.#read(request, response) };
      response.body.free();
      return { ...head, outcome: verdict === 'skip' ? 'skipped' : 'empty', body: undefined };
    };
    return this.retry({ name: describeRequest(sent, true), attempt: this.#attemptOf(request, attempt) }, signal);
  }

  /**
   * Reads rows while the body comes, of which little more than a row is in memory: in lists, as the `read` of a `stream` is
   * to return them. A file in gzip is unpacked. Where the connection breaks, the body is requested again, and continued
   * after the last row if it begins as it did before; else this ends with a transient_error. No rows come where the outcome
   * would not be `ok`.
   * @throws as {@link request}
   */
  async *rows(
    request: RequestOptions,
    format: RowFormat,
    signal: AbortSignal,
  ): AsyncGenerator<readonly JsonObject[], void> {
    const all = { ...request, headers: { Accept: '*/*', ...request.headers } };
    const sent = { ...this.#sentFor(all), inPieces: true };
    const open = (until: Until) => this.#respond(all, sent, until, signal);
    const reading = rowReading(open, format, request.maxBodyBytes ?? this.#maxBodyBytes);
    const attempt = this.#attemptOf(request, (until) => reading.next(until));
    const next = { name: describeRequest(sent, true), attempt };
    try {
      for (;;) {
        const rows = await this.retry(next, signal);
        if (rows === undefined) return;
        yield rows;
      }
    } catch (error) {
      throw error instanceof RowsError ? this.#rowsError(error, sent) : error;
    } finally {
      await reading.end();
    }
  }

  /** Sends a request once, for {@link retry}. @throws RetryableError, an HttpFact, what the parser throws */
  async send<T>(
    request: ApiRequest<T> & Required<Pick<ApiRequest<T>, 'parse'>>,
    until: Until,
    signal: AbortSignal,
  ): Promise<T> {
    const sent = this.#sentFor(request);
    const attempt = async (): Promise<T> => {
      const response = await this.#respond(request, sent, until, signal);
      if (response.verdict === 'ok') return request.parse(response);
      throw this.#statusError(response, sent);
    };
    return this.#attemptOf(request, attempt)(until);
  }

  /** Repeats a request until it succeeds. @throws ConnectorError, what an attempt throws, the signal's reason */
  async retry<T>(request: RetryableRequest<T>, signal: AbortSignal): Promise<T> {
    try {
      return await this.#retry.run(request, signal);
    } catch (error) {
      if (!isHttpFact(error)) throw error;
      const names: ServiceNames = { ...this.#names, hasAnswered: this.#retry.hasAnswered };
      throw this.#explain?.(error, names) ?? explainHttp(error, names);
    }
  }

  #rowsError(error: RowsError, sent: HttpRequest): ConnectorError {
    const { service, isSync } = this.#names;
    const outlook = error.passes ? outlookText(isSync) : 'Please report this to the authors of this source';
    const message = `Rows of ${service} can't be read: ${error.message}. ${outlook}.`;
    const internalMessage = `${describeRequest(sent, this.#isPrivate)}: ${error.message}`;
    const failureType = error.passes ? 'transient_error' : 'system_error';
    return new ConnectorError(message, failureType, { cause: error, internalMessage });
  }

  #sentFor(request: RequestOptions): HttpRequest {
    return httpRequestOf(urlOf(this.#base, request), request);
  }

  /** Sends a request once. @returns a response that is `ok`, `empty` or to be skipped */
  async #respond(
    request: RequestOptions,
    sent: HttpRequest,
    until: Until,
    signal: AbortSignal,
  ): Promise<TimedResponse> {
    const name = describeRequest(sent, this.#isPrivate);
    // Known when it is sent: before, it may have waited for the rate limit.
    const limits = (): ResponseLimits => ({
      maxBodyBytes: request.maxBodyBytes ?? this.#maxBodyBytes,
      deadlineMs: Math.max(1, Math.min(this.#deadlineMs, until() - this.#clock.now())),
    });
    const response = await this.#limited.send(sent, limits, signal).catch((error: unknown) => {
      if (error instanceof RetryableError) this.#log('DEBUG', `${name}: ${error.message}`);
      throw error;
    });
    const { status, verdict, body, pieces, tookMs, retryAfterMs } = response;
    const size = pieces === undefined ? `${body.bytes.length} bytes` : 'a body to come';
    this.#log('DEBUG', `${name}: ${status}, ${size} in ${tookMs} ms`);
    if (verdict === 'ok' || verdict === 'empty') return response;
    const answered = `${this.#names.service} answered ${status}`;
    if (verdict === 'skip' || (verdict === 'refuse' && request.missing === 'skip' && isMissing(status))) {
      this.#skipped += 1;
      this.#warnSkip(String(status), `${name}: ${answered}; this is left out`);
      return { ...response, verdict: 'skip' };
    }
    if (verdict === 'refuse') throw this.#statusError(response, sent);
    body.free();
    throw verdict === 'retry' ? new RetryableError(answered, { retryAfterMs }) : verdict.error;
  }

  #statusError({ status, headers, body, retryAfterMs }: TimedResponse, sent: HttpRequest): Error {
    const request = describeRequest(sent, this.#isPrivate);
    const excerpt = this.#isPrivate ? undefined : excerptOf(body.bytes, sent);
    body.free();
    const { service } = this.#names;
    const details = {
      service,
      baseUrl: this.#base.href,
      location: headers['location'],
      retryAfterMs,
      request,
      excerpt,
    };
    return errorForStatus(status, details);
  }

  /** What a request is sent by: once, if it must not be sent twice, also where its response can't be read. */
  #attemptOf<T>({ once }: RequestOptions, attempt: (until: Until) => Promise<T>): (until: Until) => Promise<T> {
    if (once !== true) return attempt;
    const { service, isSync } = this.#names;
    return (until) =>
      attempt(until).catch((error: unknown) => {
        if (error instanceof RefusedError) throw error.final;
        if (!(error instanceof RetryableError) || wasNotReceived(error)) throw error;
        throw new ConnectorError(
          `${service} did not answer a request that must not be sent twice: ${error.message}. ${outlookText(isSync)}.`,
          'transient_error',
          causedBy(error),
        );
      });
  }

  #read<T>({ parse, maxBodyBytes = this.#maxBodyBytes }: ApiRequest<T>, response: TimedResponse): T {
    if (parse !== undefined) return parse(response);
    const json = jsonOf(response, maxBodyBytes);
    const isAsTheAuthorSays = (value: unknown): value is T => value !== undefined;
    if (isAsTheAuthorSays(json)) return json;
    throw new TypeError('JSON is never undefined');
  }
}

/** Codes of the system for a connection that was never made. */
const NO_CONNECTION = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'];

function wasNotReceived(error: RetryableError): boolean {
  if (error instanceof ConnectionError) return NO_CONNECTION.includes(error.code);
  return error instanceof RateLimitedError || error instanceof AllowanceError || error.cause instanceof ProxyError;
}

function jsonOf({ headers, body }: TimedResponse, maxBodyBytes: number): unknown {
  try {
    const { bytes } = body;
    const text = (isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: maxBodyBytes }) : bytes).toString();
    body.free();
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new RequestTooLargeError(new BodyTooLargeError(maxBodyBytes));
    assertNoWebPage(headers);
    throw new RetryableError('the answer was cut off or is not JSON');
  } finally {
    body.free();
  }
}

function httpOf(options: HttpClientOptions, clock: Clock): Http {
  const { auth, service, headers, mask = () => undefined } = options;
  const http = httpTo(new URL(options.baseUrl).origin, options, headers);
  if (auth === undefined) return http;
  const now = (): number => clock.now();
  return authorized(http, { service, auth, httpTo: (origin) => httpTo(origin, options), now, mask });
}

/** Sends requests to an origin by the way of all requests. */
function httpTo(baseUrl: string, options: HttpClientOptions, headers: Readonly<Record<string, string>> = {}): Http {
  const { http = createHttp, maxSockets = 10, deadlineMs = DEADLINE_MS, maxBodyBytes = MAX_BODY_BYTES } = options;
  const all = { Accept: 'application/json', ...headers };
  return http({ ...options, baseUrl, headers: all, maxSockets, deadlineMs, maxBodyBytes });
}

const withJson = <Json>({ body, ...rest }: ApiResponse<Json>): JsonResponse<Json> => ({ ...rest, json: body });

/** Gets one page: a path below the base URL, or a link as the server gave it. */
export type GetPage<Json = unknown> = (page: PageOptions) => Promise<JsonResponse<Json>>;

type PageOptions = Required<Pick<RequestOptions, 'path' | 'query'>>;

/** What is handed to the `read` of a `stream`. */
export interface PageContext extends ReadContext {
  /** `skip`: the stream passes over lists that are missing, so that 403, 404 and 410 are no reason to try again. */
  readonly missing?: 'fail' | 'skip' | undefined;
}

/**
 * Makes what `paginate` gets its pages by, for each read. All reads share one client, and so one rate limit; a wait is
 * reported to the stream that is being read.
 * @param toRequest what is sent for a page: a GET of its path with its query unless given. A page whose parameters go into
 *   the body is `({ path, query }) => ({ path, json: query })`
 * @returns a function of the read's context; what that returns throws as `request` of an {@link HttpClient} does, and
 *   StatusError, after one request, for what is missing where the stream passes over it
 */
export function pageGetter<Json = unknown>(
  options: Omit<HttpClientOptions, 'onWait'>,
  toRequest: (page: PageOptions) => RequestOptions = (page) => page,
): (context: PageContext) => GetPage<Json> {
  let reading: ReadContext | undefined;
  const onWait = (until: number): void => {
    reading?.rateLimited(until);
  };
  const client = createHttpClient({ ...options, onWait });
  return (context) => {
    reading = context;
    return async (page) => {
      const { missing, signal } = context;
      const response = await client.request<Json>(
        { ...toRequest(page), ...(missing === 'skip' && { missing }) },
        signal,
      );
      // The stream counts what it passes over.
      const isCounted = missing === 'skip' && response.outcome === 'skipped' && isMissing(response.status);
      if (isCounted) throw new StatusError(options.service, response.status);
      return withJson(response);
    };
  };
}
