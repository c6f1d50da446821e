import type { AxiosRequestConfig } from 'axios';
import {
  IncomingMessage,
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BodyTooLargeError } from './buffer-pool';
import {
  ConnectionError,
  RefusedError,
  RetryableError,
  CertificateError,
  isHttpFact,
  isPassing,
  PrivateAddressError,
  ProxyError,
  RequestTooLargeError,
  TlsError,
} from './errors';
import type { HttpRequest, HttpResponse } from './http';
import { PRIVATE_ADDRESS } from './public-address';

type OutgoingRequest = Pick<HttpRequest, 'target' | 'headers' | 'body'> & { readonly method: string };

/** A request under way. */
export interface Sent<T> {
  /** What its response was read to. Rejects with what Node or the reading rejects with, never with an error of axios. */
  readonly result: Promise<T>;
  /** Whether it has a connection, be it one that is still being made; not while the tunnel of a proxy is. */
  readonly hasConnection: () => boolean;
  /** Whether it was given a connection that had served others, and nothing of a response has come. */
  readonly wasIdle: () => boolean;
  /** Ends the request, and the response's body where that has begun. */
  readonly hangUp: () => void;
}

/** A response whose body is still to come. Headers that came several times in different forms are left out. */
export interface Received extends Pick<HttpResponse, 'status' | 'httpVersion' | 'headers'> {
  /** Decompressed. */
  readonly body: Readable;
  /** Of the body in bytes, where it isn't compressed and the response says so. */
  readonly length: number | undefined;
}

/** Sends one request, and follows no redirect. `read` is called as soon as the head of the response has come. */
export type Send = <T>(request: OutgoingRequest, read: (response: Received) => Promise<T>) => Sent<T>;

/**
 * All that axios could do beyond putting a request together and handing over the response: go elsewhere, read or change a
 * body, judge a status. None of its own defaults are used. Without a limit, which is -1, no body goes through another stream.
 */
const SWITCHED_OFF: AxiosRequestConfig = {
  adapter: 'http',
  allowAbsoluteUrls: false,
  proxy: false,
  maxRedirects: 0,
  responseType: 'stream',
  decompress: false,
  maxContentLength: -1,
  maxBodyLength: -1,
  transformRequest: [],
  transformResponse: [],
  validateStatus: () => true,
};

/** Makes what sends the requests below a base URL. axios is loaded here: what sends no request need not have it. */
export async function createSend(baseUrl: string, agent: Agent): Promise<Send> {
  const { default: axios } = await import('axios');
  const client = new axios.Axios({ ...SWITCHED_OFF, baseURL: baseUrl, httpAgent: agent, httpsAgent: agent });
  const start = async (request: OutgoingRequest, transport: Transport): Promise<unknown> => {
    try {
      return (await client.request<unknown>({ ...configOf(request), transport })).data;
    } catch (error) {
      throw axios.isAxiosError(error) ? withoutRequest(error) : error;
    }
  };
  return (request, read) => exchange((transport) => start(request, transport), read);
}

/** The only encoding that is asked for and taken: a decoder of Brotli holds 16 MB while a body is under way. */
const ENCODING = 'gzip';

function configOf({ target, method, headers = {}, body }: OutgoingRequest): AxiosRequestConfig {
  const isNamed = Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent');
  return {
    url: target,
    method,
    // Else axios names itself.
    headers: { 'Accept-Encoding': ENCODING, ...headers, ...(isNamed ? {} : { 'User-Agent': false }) },
    data: body,
  };
}

/** What an error of axios was made of: itself it holds the request, credentials included. */
function withoutRequest({ cause, message, code }: Error & { readonly code?: string | undefined }): unknown {
  return cause ?? Object.assign(new Error(message), { code });
}

/** What axios has its requests made by: else it would choose between Node's and one that follows redirects. */
interface Transport {
  request(options: RequestOptions, onResponse: (message: IncomingMessage) => void): ClientRequest;
}

/** @param start sends a request by a transport, and returns the message that is the response */
function exchange<T>(
  start: (transport: Transport) => Promise<unknown>,
  read: (response: Received) => Promise<T>,
): Sent<T> {
  let sent: ClientRequest | undefined;
  let hasResponse = false;
  let giveUp: (error: Error) => void = () => undefined;
  const request: Transport['request'] = (options, onResponse) => {
    const made = (options.protocol === 'https:' ? httpsRequest : httpRequest)(options, (message) => {
      hasResponse = true;
      // It may fail before it is read, which whatever reads it finds out.
      message.on('error', () => undefined);
      onResponse(message);
    });
    made.on('socket', (socket) => {
      watch(socket, made);
    });
    // After a whole response it is about what came after it.
    made.on('error', (error) => {
      if (!hasResponse) giveUp(error);
    });
    // Nothing else is heard of a server that switches to another protocol, and by axios nothing at all.
    made.on('close', () => {
      if (!hasResponse) giveUp(Object.assign(new Error('closed without a response'), { code: 'ECONNRESET' }));
    });
    sent = made;
    return made;
  };
  const result = new Promise<T>((resolve, reject) => {
    giveUp = reject;
    start({ request }).then((message) => {
      resolve(read(received(message)));
    }, reject);
  });
  return {
    result,
    hasConnection: () => sent !== undefined && sent.socket !== null,
    wasIdle: () => sent?.reusedSocket === true && !hasResponse,
    hangUp: () => {
      sent?.destroy();
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

/** @throws TypeError where it is no message */
function received(message: unknown): Received {
  if (!(message instanceof IncomingMessage)) throw new TypeError('not the message of a response');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) if (typeof value === 'string') headers[name] = value;
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  const length = Number(headers['content-length'] ?? Number.NaN);
  const isPlain = encoding === 'identity';
  // As it is for encodings that were not asked for. What is wrong with either is seen by whatever reads the body.
  const isZipped = encoding === ENCODING || encoding === `x-${ENCODING}`;
  return {
    status: message.statusCode ?? 0,
    httpVersion: message.httpVersion,
    headers,
    body: isZipped ? pipeline(message, createGunzip(), () => undefined) : message,
    length: isPlain && !Number.isNaN(length) ? length : undefined,
  };
}

/** The fact that caused an error. What the system, OpenSSL or a library says can quote headers: only codes are kept. */
export function transportError(error: unknown, wasIdle: boolean): Error {
  const own = ownError(error);
  if (own !== undefined) return own;
  // A fault of the program is not to be tried again for ten minutes.
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (error instanceof BodyTooLargeError) return new RequestTooLargeError(error);
  const { code, syscall } = codesOf(error);
  if (code === PRIVATE_ADDRESS) return new PrivateAddressError();
  if (CERTIFICATE_CODES.has(code)) return new CertificateError(code);
  if (FINAL_TLS.test(code)) return refusedBy(new TlsError(code));
  return new ConnectionError(code, syscall, wasIdle);
}

/** The error of a proxy that could not be reached or spoken to. */
export function proxyConnectionError(error: unknown): Error {
  const { code } = codesOf(error);
  if (code === PRIVATE_ADDRESS) return refusedBy(new ProxyError({ type: 'private_address' }));
  const type = CERTIFICATE_CODES.has(code) ? 'certificate' : 'connection';
  const fact = new ProxyError({ type, code });
  return type === 'certificate' || FINAL_TLS.test(code) ? refusedBy(fact) : passing(fact);
}

/** The error of a proxy that has not opened the way in time. */
export const proxyTimeoutError = (): RetryableError =>
  passing(new ProxyError({ type: 'connection', code: 'ETIMEDOUT' }));

/** The error for a status other than 200 that a proxy answers to CONNECT. @param retryAfterMs what it asks for, in ms */
export function proxyStatusError(status: number, retryAfterMs: number | undefined): Error {
  const fact = new ProxyError({ type: 'status', status });
  return status === 429 || isPassing(status) ? passing(fact, retryAfterMs) : refusedBy(fact);
}

const refusedBy = (fact: Error): RefusedError => new RefusedError(fact.message, fact);
const passing = (fact: ProxyError, retryAfterMs?: number): RetryableError =>
  new RetryableError(fact.message, { retryAfterMs, cause: fact });

/** What this folder has thrown itself, and a library has wrapped. */
function ownError(error: unknown): Error | undefined {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (next instanceof RetryableError || isHttpFact(next)) return next;
  }
  return undefined;
}

function codesOf(error: unknown): { readonly code: string; readonly syscall: string | undefined } {
  const code = tlsCodeOf(error) ?? safeCode(error, 'code') ?? 'UNKNOWN';
  return { code, syscall: safeCode(error, 'syscall') };
}

/** Node says EPROTO for what fails in a handshake, and OpenSSL's reason, of a fixed list, only in the message. */
function tlsCodeOf(error: unknown): string | undefined {
  const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : undefined;
  const reason = /:error:[0-9A-F]{8}:SSL routines:\w*:([a-z0-9 /]{1,60}):/.exec(String(message))?.[1];
  return reason === undefined ? undefined : `ERR_SSL_${reason.replaceAll(' ', '_').toUpperCase()}`;
}

function safeCode(error: unknown, key: 'code' | 'syscall'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' && /^[\w/]{1,80}$/.test(value) ? value : undefined;
}

/** What TLS fails with for good, as long as the server stays what it is. */
const FINAL_TLS =
  /^ERR_SSL_.*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_VERSION|WRONG_SSL_VERSION|VERSION_TOO_LOW|HANDSHAKE_FAILURE|KEY_TOO_SMALL|MD_TOO_WEAK|TOO_WEAK|INSUFFICIENT_SECURITY|NO_CIPHERS|NO_SHARED|NO_PROTOCOLS|LEGACY_RENEGOTIATION|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|UNRECOGNIZED_NAME|CERTIFICATE_REQUIRED)/;

/** What Node says of a certificate that can't be trusted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_REJECTED',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  // All others, such as a key that is too short.
  'UNSPECIFIED',
]);
