import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';

/** How a request is sent. */
export interface SendOptions {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes it a POST. */
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer whose body is still to come. */
export interface Received {
  readonly status: number;
  /** As the status line names it, such as `1.1`. */
  readonly httpVersion: string;
  /** Names in lower case; those that came several times in different forms are left out. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Decompressed. */
  readonly body: Readable;
  /** Of the body in bytes, where it isn't compressed and the answer says so. */
  readonly length: number | undefined;
}

/** What {@link decompressed} understands. */
const ENCODINGS = 'gzip, br';

/** Sends one request, follows no redirect, and resolves with the head of the answer. Rejects with what Node rejects with. */
export function send(url: URL, { agent, headers, body, signal }: SendOptions): Promise<Received> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const options = { method, agent, signal, headers: { 'Accept-Encoding': ENCODINGS, ...headers } };
    const sent = request(url, options, (message) => {
      resolve(received(message));
    });
    sent.on('error', reject);
    // A request that waits for its connection, such as the tunnel of a proxy, takes no note of it.
    signal.addEventListener('abort', () => {
      reject(new Error('stopped'));
    });
    // Node says nothing else where a server switches to another protocol.
    sent.on('close', () => {
      reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' }));
    });
    sent.end(body);
  });
}

function received(message: IncomingMessage): Received {
  const headers = textsOf(message.headers);
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  const length = Number(headers['content-length'] ?? Number.NaN);
  const isPlain = encoding === 'identity';
  return {
    status: message.statusCode ?? 0,
    httpVersion: message.httpVersion,
    headers,
    body: isPlain ? message : decompressed(message, encoding),
    length: isPlain && !Number.isNaN(length) ? length : undefined,
  };
}

/** As it is for encodings that were not asked for: what reads the body says what it is not. */
function decompressed(message: IncomingMessage, encoding: string): Readable {
  const stream = decompressor(encoding);
  // What is wrong with either is seen by whoever reads the result.
  return stream === undefined ? message : pipeline(message, stream, () => undefined);
}

function decompressor(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return createUnzip();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}

function textsOf(headers: IncomingMessage['headers']): Readonly<Record<string, string | undefined>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') texts[name] = value;
  return texts;
}
