import type { Readable } from 'node:stream';
import type { Log } from '../src/source';
import { createAgent, type ConnectionOptions } from './agent';
import { BufferPool, type StoredBody } from './buffer-pool';
import { TimeoutError, DebugVariableError } from './errors';
import { createSend, proxyTimeoutError, transportError, type Received, type Sent } from './send';

/** A response, whatever its status. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As the status line names it, such as `1.1`; undefined where no HTTP was spoken. */
  readonly httpVersion?: string | undefined;
  readonly body: StoredBody;
  /**
   * The body as it comes, of a success where the request asked for it so; then `body` is empty. To be read to its end, or
   * ended. Each piece may take as long as a whole response. @throws as {@link Http} does
   */
  readonly pieces?: AsyncIterable<Buffer> | undefined;
}

/** What one response may cost. Both are at most those of {@link HttpOptions}. */
export interface ResponseLimits {
  /** How long the whole response may take, in ms. */
  readonly deadlineMs: number;
  /** How large its body may be, in bytes after decompression. */
  readonly maxBodyBytes: number;
}

/** One request. */
export interface HttpRequest {
  /** Path with query, beginning with a slash. */
  readonly target: string;
  /** `POST` where there is a body, else `GET`. */
  readonly method?: string;
  /** In addition to those of {@link HttpOptions}, over which they prevail. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** Whether it must not be sent twice. */
  readonly once?: boolean | undefined;
  /** Whether the body of a success is to come in pieces; its size has no limit then. */
  readonly inPieces?: boolean;
}

/** Sends one request and reads its response. @throws RetryableError, an {@link HttpFact}, the signal's reason */
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
  let connection: ReturnType<typeof prepare> | undefined;
  const { bodies = new BufferPool() } = options;
  return async (request, signal, { deadlineMs, maxBodyBytes } = options) => {
    connection ??= prepare(options);
    const { send, areTunnels } = await connection;
    signal.throwIfAborted();
    const { target, body, method = body === undefined ? 'GET' : 'POST', inPieces = false } = request;
    const headers = { ...options.headers, ...request.headers };
    let stream: Readable | undefined;
    const read = async (response: Received): Promise<HttpResponse> => {
      const { status, httpVersion } = response;
      if (inPieces && status >= 200 && status < 300) stream = response.body;
      const received = stream === undefined ? bodies.receive(response.body, response.length, maxBodyBytes) : NO_BODY;
      return { status, httpVersion, headers: response.headers, body: await received };
    };
    const sent = send({ target, method, headers, body }, read);
    const timeout = (): Error =>
      areTunnels && !sent.hasConnection() ? proxyTimeoutError() : new TimeoutError(deadlineMs);
    const deadline = { signal, deadlineMs, timeout };
    const discard = ({ body: late }: HttpResponse): void => {
      late.free();
    };
    const response = await withDeadline(sent, () => sent.result, { ...deadline, discard });
    return stream === undefined ? response : { ...response, pieces: piecesOf(stream, sent, deadline) };
  };
}

const NO_BODY: StoredBody = { bytes: Buffer.alloc(0), free: () => undefined };

async function prepare(options: HttpOptions) {
  refuseDebugVariables();
  ignoreVariables(options.log);
  const { agent, areTunnels } = await createAgent(options);
  return { send: await createSend(options.baseUrl, agent), areTunnels };
}

interface Deadline<T = unknown> {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** What a request that missed it failed with. */
  readonly timeout: () => Error;
  /** Called with a response that came too late. */
  readonly discard?: (response: T) => void;
}

/** Awaits what is still to come of a request, which is hung up at the deadline or when the signal aborts. */
async function withDeadline<T>(
  sent: Sent<HttpResponse>,
  next: () => Promise<T>,
  { signal, deadlineMs, timeout, discard }: Deadline<T>,
): Promise<T> {
  const missed: { by?: Error } = {};
  const assertGoesOn = (): void => {
    signal.throwIfAborted();
    if (missed.by !== undefined) throw missed.by;
  };
  const timer = setTimeout(() => {
    missed.by = timeout();
    sent.hangUp();
  }, deadlineMs);
  signal.addEventListener('abort', sent.hangUp, { once: true });
  try {
    const come = await next();
    // Hung up, a body whose length isn't said looks as if it had ended.
    if (signal.aborted || missed.by !== undefined) discard?.(come);
    assertGoesOn();
    return come;
  } catch (error) {
    assertGoesOn();
    throw transportError(error, sent.wasIdle());
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', sent.hangUp);
  }
}

/** The pieces of a body, each with a deadline of its own: how long the reader takes in between doesn't count. */
async function* piecesOf(stream: Readable, sent: Sent<HttpResponse>, deadline: Deadline): AsyncGenerator<Buffer> {
  const pieces: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
  let isOver = false;
  try {
    while (!isOver) {
      deadline.signal.throwIfAborted();
      const next: IteratorResult<unknown, unknown> = await withDeadline(sent, () => pieces.next(), deadline);
      isOver = next.done === true;
      if (Buffer.isBuffer(next.value)) yield next.value;
    }
  } finally {
    if (!isOver) sent.hangUp();
  }
}

/** The parts of Node whose debug output has headers, bodies or what is written to a socket. */
const REVEALING_SECTIONS = ['http', 'https', 'http2', 'tls', 'net', 'stream'];

/** Refuses a NODE_DEBUG with which Node would print requests: it is read when the process starts, so removing is in vain. */
function refuseDebugVariables(): void {
  for (const pattern of (process.env['NODE_DEBUG'] ?? '').toLowerCase().split(',')) {
    // As Node reads it: a star stands for anything.
    const parts = pattern
      .trim()
      .split('*')
      .map((part) => part.replace(/[^a-z0-9_]/g, '\\$&'));
    const named = new RegExp(`^${parts.join('.*')}$`);
    if (REVEALING_SECTIONS.some((section) => named.test(section))) throw new DebugVariableError('NODE_DEBUG');
  }
}

/** Each connection insists on verification anyway, but Node would say on stderr that they are insecure. */
function ignoreVariables(log: Log | undefined): void {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  log?.(
    'WARN',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment is ignored: certificates are verified all the same.',
  );
}
