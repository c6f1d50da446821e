import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** How a request is sent. */
export interface SendOptions {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes it a POST. */
  readonly body?: string | undefined;
}

/** A request under way. */
export interface Sent<T> {
  /** What its answer was read to. Rejects with what Node or the reading rejects with. */
  readonly result: Promise<T>;
  /** Whether it has a connection, be it one that is still being made; not while the tunnel of a proxy is. */
  readonly hasConnection: () => boolean;
  /** Whether it was given a connection that had served others, and nothing of a response has come. */
  readonly wasIdle: () => boolean;
  /** Ends the request, and the answer's body where that has begun. */
  readonly hangUp: () => void;
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

/** The only encoding that is asked for and taken: a decoder of Brotli holds 16 MB while a body is under way. */
const ENCODING = 'gzip';

/**
 * Sends one request, and follows no redirect.
 * @param read is called as soon as the head of the answer is there: what came with it of the body would wait otherwise
 */
export function send<T>(
  url: URL,
  { agent, headers, body }: SendOptions,
  read: (answer: Received) => Promise<T>,
): Sent<T> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const method = body === undefined ? 'GET' : 'POST';
  const sent = request(url, { method, agent, headers: { 'Accept-Encoding': ENCODING, ...headers } });
  sent.on('socket', (socket) => {
    watch(socket, sent);
  });
  let hasAnswer = false;
  let giveUp: (error: Error) => void = () => undefined;
  const result = new Promise<T>((resolve, reject) => {
    giveUp = reject;
    sent.on('response', (message) => {
      hasAnswer = true;
      resolve(read(received(message)));
    });
    sent.on('error', reject);
    // Node says nothing else where a server switches to another protocol.
    sent.on('close', () => {
      reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' }));
    });
  });
  sent.end(body);
  return {
    result,
    hasConnection: () => sent.socket !== null,
    wasIdle: () => sent.reusedSocket && !hasAnswer,
    hangUp: () => {
      sent.destroy();
      // A request that waits for its connection, such as the tunnel of a proxy, takes no note of it.
      giveUp(new Error('stopped'));
    },
  };
}

/** Connections that have served a request, each with that under way; undefined: it is idle. */
const connections = new WeakMap<Socket, ClientRequest | undefined>();

/**
 * Closes a connection on which the server speaks while it is idle: Node 20 throws away what it says and uses the connection
 * again, so that what comes a moment later is taken for the response to the next request.
 */
function watch(socket: Socket, request: ClientRequest): void {
  if (!connections.has(socket)) {
    socket.on('data', () => {
      if (connections.get(socket) === undefined) socket.destroy();
    });
  }
  connections.set(socket, request);
  request.once('close', () => {
    if (connections.get(socket) === request) connections.set(socket, undefined);
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
  if (encoding !== ENCODING && encoding !== `x-${ENCODING}`) return message;
  // What is wrong with either is seen by whoever reads the result.
  return pipeline(message, createGunzip(), () => undefined);
}

function textsOf(headers: IncomingMessage['headers']): Readonly<Record<string, string | undefined>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') texts[name] = value;
  return texts;
}
