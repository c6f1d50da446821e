import type { Readable } from 'node:stream';
import type { AxiosInstance } from 'axios';
import { createAgent, type ConnectionOptions } from './agent';
import { BodyTooLargeError, BufferPool, PRIVATE_ADDRESS, type StoredBody } from '@airbyte/cdk-typescript-compat/http';
import { certificateError, privateAddressError } from './error-messages';
import { RetryableError, TooHeavyError } from './errors';

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

/**
 * Sends one GET to the tenant and reads the whole answer.
 * @param target path with query, beginning with a slash
 * @throws RetryableError when there was no whole answer, TooHeavyError when it was larger than allowed,
 *   ConfigError when the certificate can't be trusted
 */
export type HttpGet = (target: string, signal: AbortSignal, limits?: AnswerLimits) => Promise<HttpResponse>;

/** How to reach one tenant. `deadlineMs` holds for each request that names no limits. */
export interface HttpOptions extends ConnectionOptions, AnswerLimits {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The only place that talks HTTP. One origin, https, no redirects: the key never goes to another host. axios is
 * loaded with the first request, so that commands without one start fast.
 */
export function createHttpGet(options: HttpOptions): HttpGet {
  let client: Promise<AxiosInstance> | undefined;
  const bodies = new BufferPool();
  return async (target, signal, limits = options) => {
    client ??= createAxios(options);
    const axios = await client;
    const { deadlineMs, maxBodyBytes } = limits;
    return withDeadline(signal, deadlineMs, options.domain, async (aborted) => {
      const { status, headers: given, data } = await axios.get<Readable>(target, { signal: aborted });
      const headers = plainHeaders(given);
      // Compressed bodies are longer than they say: no matter, the buffer grows.
      const expected = Number(headers['content-length'] ?? 0);
      return { status, headers, body: await bodies.receive(data, expected, maxBodyBytes) };
    });
  };
}

async function createAxios(options: HttpOptions): Promise<AxiosInstance> {
  const libraries = await import('../../cdk/http/transport-libraries');
  return libraries.axios.create({
    baseURL: `https://${options.domain}`,
    allowAbsoluteUrls: false,
    headers: { ...options.headers },
    httpsAgent: createAgent(options, libraries),
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
  domain: string,
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
    if (deadline.missed) throw new RetryableError(`no whole answer within ${Math.round(deadlineMs / 10) / 100} s`);
    throw transportError(error, domain);
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

/** Copies what is safe: an AxiosError holds the headers and so the key, and never leaves this file. */
function transportError(error: unknown, domain: string): Error {
  // A fault of the program is not to be tried again for ten minutes.
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (error instanceof BodyTooLargeError) {
    return new TooHeavyError(new Error(`an answer was larger than ${error.most} bytes`, { cause: error }));
  }
  const { code, message } = describe(error);
  const cause = new Error(`${code}: ${message}`);
  if (code === PRIVATE_ADDRESS) return privateAddressError(domain);
  if (CERTIFICATE_CODES.has(code)) return certificateError(domain, code, cause);
  return new RetryableError(`the connection failed (${code})`, { cause });
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: 'unknown' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { code, message: error.message };
}

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
]);
