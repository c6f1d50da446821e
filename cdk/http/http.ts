import type { Log } from '../src/source';
import { createAgent, type ConnectionOptions } from './agent';
import { BufferPool, type StoredBody } from './buffer-pool';
import { TimeoutError, DebugVariableError } from './errors';
import { createSend, type Received, type Send, type Sent } from './send';
import { proxyTimeoutError, transportError } from './transport-error';

/** An answer, whatever its status. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As the status line names it, such as `1.1`; undefined where no HTTP was spoken. */
  readonly httpVersion?: string | undefined;
  readonly body: StoredBody;
}

/** What one answer may cost. Both are at most those of {@link HttpOptions}. */
export interface ResponseLimits {
  /** How long the whole answer may take, in ms. */
  readonly deadlineMs: number;
  /** How large its body may be, in bytes after decompression. */
  readonly maxBodyBytes: number;
}

/** One request. */
export interface HttpRequest {
  /** Path with query, beginning with a slash. */
  readonly target: string;
  /** In addition to those of {@link HttpOptions}, over which they prevail. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent by POST; without one it is a GET. */
  readonly body?: string;
}

/**
 * Sends one request to the server and reads the whole answer.
 * @throws RetryableError when there was no whole answer, an {@link HttpFact} when there will be none, the signal's reason
 */
export type Http = (request: HttpRequest, signal: AbortSignal, limits?: ResponseLimits) => Promise<HttpResponse>;

/** How to reach one server. `deadlineMs` and `maxBodyBytes` hold for each request that names no limits. */
export interface HttpOptions extends ConnectionOptions, ResponseLimits {
  readonly headers: Readonly<Record<string, string>>;
  /** Where bodies are received; a pool of its own unless given. */
  readonly bodies?: BufferPool | undefined;
  /** For a warning about what the environment asks for in vain. */
  readonly log?: Log;
}

/** The only place that talks HTTP. One origin, no redirects: credentials never go to another host. */
export function createHttp(options: HttpOptions): Http {
  let connection: Promise<Connection> | undefined;
  const { bodies = new BufferPool() } = options;
  return async ({ target, headers: own, body }, signal, { deadlineMs, maxBodyBytes } = options) => {
    connection ??= prepare(options);
    const { send, areTunnels } = await connection;
    signal.throwIfAborted();
    const read = async (response: Received): Promise<HttpResponse> => ({
      status: response.status,
      headers: response.headers,
      httpVersion: response.httpVersion,
      body: await bodies.receive(response.body, response.length, maxBodyBytes),
    });
    const start = (): Sent<HttpResponse> => send({ target, headers: { ...options.headers, ...own }, body }, read);
    const timeout = ({ hasConnection }: Sent<HttpResponse>): Error =>
      areTunnels && !hasConnection() ? proxyTimeoutError() : new TimeoutError(deadlineMs);
    return withDeadline(signal, { deadlineMs, timeout }, start);
  };
}

interface Connection {
  readonly send: Send;
  readonly areTunnels: boolean;
}

async function prepare(options: HttpOptions): Promise<Connection> {
  refuseDebugVariables(process.env);
  ignoreVariables(process.env, options.log);
  const { agent, areTunnels } = await createAgent(options);
  return { send: await createSend(options.baseUrl, agent), areTunnels };
}

interface Deadline {
  readonly deadlineMs: number;
  /** What a request that missed it failed with. */
  readonly timeout: (sent: Sent<HttpResponse>) => Error;
}

/** Awaits the response to a request, which is hung up at the deadline or when the signal aborts. */
async function withDeadline(
  signal: AbortSignal,
  { deadlineMs, timeout }: Deadline,
  start: () => Sent<HttpResponse>,
): Promise<HttpResponse> {
  const missed: { by?: Error } = {};
  const sent = start();
  const assertGoesOn = (): void => {
    signal.throwIfAborted();
    if (missed.by !== undefined) throw missed.by;
  };
  const timer = setTimeout(() => {
    missed.by = timeout(sent);
    sent.hangUp();
  }, deadlineMs);
  signal.addEventListener('abort', sent.hangUp, { once: true });
  try {
    const response = await sent.result;
    // Hung up, a body whose length isn't said looks as if it had ended.
    if (signal.aborted || missed.by !== undefined) response.body.free();
    assertGoesOn();
    return response;
  } catch (error) {
    assertGoesOn();
    throw transportError(error, sent.wasIdle());
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', sent.hangUp);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The parts of Node whose debug output has headers, bodies or what is written to a socket. */
const TELLING_SECTIONS = ['http', 'https', 'http2', 'tls', 'net', 'stream'];

/**
 * Refuses a NODE_DEBUG with which Node would print requests, headers included: it is read when the process starts, so
 * removing it would not help.
 * @throws DebugVariableError
 */
export function refuseDebugVariables(environment: Environment): void {
  const patterns = (environment['NODE_DEBUG'] ?? '').toLowerCase().split(',');
  if (TELLING_SECTIONS.some((section) => patterns.some((pattern) => matches(pattern.trim(), section)))) {
    throw new DebugVariableError('NODE_DEBUG');
  }
}

/** As Node reads it: a star stands for anything. */
function matches(pattern: string, section: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9_]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(section);
}

/**
 * Removes what asks not to verify certificates, and warns that it has no effect: each connection insists on it anyway, but
 * Node would say on stderr that they are insecure.
 */
export function ignoreVariables(environment: Record<string, string | undefined>, log: Log | undefined): void {
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  delete environment['NODE_TLS_REJECT_UNAUTHORIZED'];
  log?.(
    'WARN',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment is ignored: certificates are verified all the same.',
  );
}
