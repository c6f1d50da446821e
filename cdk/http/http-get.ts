import type { Agent } from 'node:http';
import type { Log } from '../src/source';
import { createAgent, type ConnectionOptions } from './agent';
import { BufferPool, type StoredBody } from './buffer-pool';
import { ignoreVariables, refuseDebugVariables } from './environment';
import { TimeoutError } from './errors';
import { send } from './send';
import { transportError } from './transport-error';

/** An answer, whatever its status. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As the status line names it, such as `1.1`; undefined where no HTTP was spoken. */
  readonly httpVersion?: string | undefined;
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

/** The only place that talks HTTP. One origin, no redirects: credentials never go to another host. */
export function createHttp(options: HttpOptions): Http {
  let agent: Promise<Agent> | undefined;
  const bodies = new BufferPool();
  return async ({ target, headers: own, body }, signal, limits = options) => {
    agent ??= prepare(options);
    const sender = { agent: await agent, headers: { ...options.headers, ...own }, body };
    const url = new URL(`${options.baseUrl}/${target.replace(/^\/+/, '')}`);
    const { deadlineMs, maxBodyBytes } = limits;
    return withDeadline(signal, deadlineMs, async (aborted) => {
      const answer = await send(url, { ...sender, signal: aborted });
      const received = await bodies.receive(answer.body, answer.length, maxBodyBytes);
      return { status: answer.status, headers: answer.headers, httpVersion: answer.httpVersion, body: received };
    });
  };
}

/** Sends GETs, see {@link createHttp}. */
export function createHttpGet(options: HttpOptions): HttpGet {
  const http = createHttp(options);
  return (target, signal, limits) => http({ target }, signal, limits);
}

async function prepare(options: HttpOptions): Promise<Agent> {
  refuseDebugVariables(process.env);
  ignoreVariables(process.env, options.log);
  return createAgent(options);
}

/** Runs one request. AbortSignal.any() with a timeout never fires on Node 20. */
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
    const result = await request(controller.signal);
    // Hung up, a body whose length isn't said looks as if it had ended.
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.missed) throw new TimeoutError(deadlineMs);
    throw transportError(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
