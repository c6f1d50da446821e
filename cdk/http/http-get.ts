import type { Readable } from 'node:stream';
import type { AxiosInstance } from 'axios';
import type { Log } from '../src/source';
import { createAgent, type ConnectionOptions } from './agent';
import { BufferPool, type StoredBody } from './buffer-pool';
import { ignoreVariables, refuseDebugVariables } from './environment';
import { TimeoutError } from './errors';
import { transportError } from './transport-error';

/** An answer, whatever its status. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: StoredBody;
}

/** What one answer may cost. Both are at most those of {@link HttpOptions}. */
export interface AnswerLimits {
  /** How long the whole answer may take, in ms. */
  readonly deadlineMs: number;
  /** How large its body may be, in bytes after decompression. */
  readonly maxBodyBytes: number;
}

/** One request. */
export interface HttpRequest {
  /** Path with query, beginning with a slash. */
  readonly target: string;
  /** Beside those of {@link HttpOptions}, which they outweigh. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent by POST; without one it is a GET. */
  readonly body?: string;
}

/**
 * Sends one request to the server and reads the whole answer.
 * @throws RetryableError when there was no whole answer, an {@link HttpFact} when there will be none, the signal's reason
 */
export type Http = (request: HttpRequest, signal: AbortSignal, limits?: AnswerLimits) => Promise<HttpResponse>;

/** {@link Http} of which nothing but the target differs. */
export type HttpGet = (target: string, signal: AbortSignal, limits?: AnswerLimits) => Promise<HttpResponse>;

/** How to reach one server. `deadlineMs` and `maxBodyBytes` hold for each request that names no limits. */
export interface HttpOptions extends ConnectionOptions, AnswerLimits {
  readonly headers: Readonly<Record<string, string>>;
  /** For a warning about what the environment asks for in vain. */
  readonly log?: Log;
}

/**
 * The only place that talks HTTP. One origin, no redirects: credentials never go to another host. axios is loaded with
 * the first request, so that commands without one start fast.
 */
export function createHttp(options: HttpOptions): Http {
  let client: Promise<AxiosInstance> | undefined;
  const bodies = new BufferPool();
  return async ({ target, headers: own, body }, signal, limits = options) => {
    client ??= createAxios(options);
    const axios = await client;
    const { deadlineMs, maxBodyBytes } = limits;
    return withDeadline(signal, deadlineMs, async (aborted) => {
      const {
        status,
        headers: given,
        data,
      } = await axios.request<Readable>({
        url: target,
        signal: aborted,
        ...(own === undefined ? {} : { headers: own }),
        ...(body === undefined ? {} : { method: 'POST', data: body }),
      });
      const headers = plainHeaders(given);
      // Compressed bodies are longer than they say: no matter, the buffer grows.
      const expected = Number(headers['content-length'] ?? 0);
      return { status, headers, body: await bodies.receive(data, expected, maxBodyBytes) };
    });
  };
}

/** Sends GETs, see {@link createHttp}. */
export function createHttpGet(options: HttpOptions): HttpGet {
  const http = createHttp(options);
  return (target, signal, limits) => http({ target }, signal, limits);
}

async function createAxios(options: HttpOptions): Promise<AxiosInstance> {
  refuseDebugVariables(process.env);
  ignoreVariables(process.env, options.log);
  const libraries = await import('./transport-libraries');
  const agent = createAgent(options, libraries);
  return libraries.axios.create({
    baseURL: options.baseUrl,
    allowAbsoluteUrls: false,
    headers: { ...options.headers },
    httpAgent: agent,
    httpsAgent: agent,
    proxy: false,
    maxRedirects: 0,
    responseType: 'stream',
    validateStatus: () => true,
  });
}

/** Runs one request. axios' own timeout is no deadline, and AbortSignal.any() with a timeout never fires on Node 20. */
async function withDeadline<T>(
  signal: AbortSignal,
  deadlineMs: number,
  request: (aborted: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort(signal.reason);
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  const deadline = { missed: false };
  const timer = setTimeout(() => {
    deadline.missed = true;
    controller.abort();
  }, deadlineMs);
  try {
    return await request(controller.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.missed) throw new TimeoutError(deadlineMs);
    throw transportError(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function plainHeaders(headers: object): Readonly<Record<string, string | undefined>> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') plain[name.toLowerCase()] = value;
  }
  return plain;
}
