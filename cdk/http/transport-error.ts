import { BodyTooLargeError } from './buffer-pool';
import {
  ConnectionError,
  RefusedError,
  RetryableError,
  CertificateError,
  isHttpFact,
  PrivateAddressError,
  ProxyError,
  RequestTooLargeError,
  TlsError,
} from './errors';
import { PRIVATE_ADDRESS } from './public-address';

/**
 * The fact that caused an error of a request. Of what the system, OpenSSL or a library says only codes are kept: their
 * messages can quote headers.
 * @param wasIdle see {@link ConnectionError}
 */
export function transportError(error: unknown, wasIdle: boolean): Error {
  const own = ownError(error);
  if (own !== undefined) return own;
  // A fault of the program is not to be tried again for ten minutes.
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (error instanceof BodyTooLargeError) {
    return new RequestTooLargeError(new Error(`an answer was larger than ${error.most} bytes`, { cause: error }));
  }
  const { code, syscall } = codesOf(error);
  if (code === PRIVATE_ADDRESS) return new PrivateAddressError();
  if (isCertificateCode(code)) return new CertificateError(code);
  if (isFinalTlsCode(code)) return refusedBy(new TlsError(code));
  return new ConnectionError(code, syscall, wasIdle);
}

/** The error of a proxy that could not be reached or spoken to. */
export function proxyConnectionError(error: unknown): Error {
  const { code } = codesOf(error);
  if (code === PRIVATE_ADDRESS) return refusedBy(new ProxyError({ type: 'private_address' }));
  const type = isCertificateCode(code) ? 'certificate' : 'connection';
  const fact = new ProxyError({ type, code });
  return type === 'certificate' || isFinalTlsCode(code) ? refusedBy(fact) : passing(fact);
}

/** The error of a proxy that has not opened the way in time. */
export const proxyTimeoutError = (): RetryableError =>
  passing(new ProxyError({ type: 'connection', code: 'ETIMEDOUT' }));

/** The error for a status other than 200 that a proxy answers to CONNECT. @param retryAfterMs what it asks for, in ms */
export function proxyStatusError(status: number, retryAfterMs: number | undefined): Error {
  const fact = new ProxyError({ type: 'status', status });
  const passes = status === 408 || status === 425 || status === 429 || status >= 500;
  return passes ? passing(fact, retryAfterMs) : refusedBy(fact);
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

interface Codes {
  readonly code: string;
  readonly syscall: string | undefined;
}

function codesOf(error: unknown): Codes {
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

const isFinalTlsCode = (code: string): boolean => FINAL_TLS.test(code);

const isCertificateCode = (code: string): boolean => CERTIFICATE_CODES.has(code);

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
