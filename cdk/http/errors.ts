/** What the server said about when to send a request again, and why it failed. */
export interface RetryableOptions {
  /** The wait that the server asked for, in ms. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A failure that may pass by itself: no connection, no answer in time, a status such as 503, a body cut off. The request
 * is sent again; in vain for long enough, it becomes a {@link GivenUpError}. The message is a clause for the log.
 */
export class RetryableError extends Error {
  /** The wait that the server asked for, in ms; undefined where it did not. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: RetryableOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RetryableError';
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** No whole answer came in time. */
export class TimeoutError extends RetryableError {
  /** In ms. */
  readonly deadlineMs: number;

  constructor(deadlineMs: number) {
    super(`no whole answer within ${Math.round(deadlineMs / 10) / 100} s`);
    this.name = 'TimeoutError';
    this.deadlineMs = deadlineMs;
  }
}

/** A connection that could not be made, or broke. Of the system's error only `code` and `syscall` are kept. */
export class ConnectionError extends RetryableError {
  /** Such as ECONNRESET. */
  readonly code: string;
  /**
   * Whether it had served other requests, and broke before anything of a response came: then the server has closed it between
   * two requests, and says nothing about this one (RFC 9112, 9.3.1).
   */
  readonly wasIdle: boolean;

  constructor(code: string, syscall: string | undefined, wasIdle = false) {
    super(`the connection failed (${code})`, {
      cause: new Error(syscall === undefined ? code : `${syscall} ${code}`),
    });
    this.name = 'ConnectionError';
    this.code = code;
    this.wasIdle = wasIdle;
  }
}

/** A response of status 429, or one that a source takes for the same: the rate limiter holds back all requests. */
export class RateLimitedError extends RetryableError {
  /** How long the rate limiter waits, in ms: as long as the server says, or its own back-off. */
  readonly pauseMs: number;

  constructor(service: string, pauseMs: number, retryAfterMs?: number, status = 429) {
    super(`${service} answered ${status} (too many requests)`, { retryAfterMs });
    this.name = 'RateLimitedError';
    this.pauseMs = pauseMs;
  }
}

/** A request that was not sent, because the allowance of the minute is used up for longer than can be waited. */
export class AllowanceError extends RetryableError {
  constructor(requestsPerMinute: number) {
    super(`as many requests as are allowed in a minute (${requestsPerMinute}) were made`);
    this.name = 'AllowanceError';
  }
}

/** How many refusals in a row it takes until a {@link RefusedError} is believed. */
export interface TriesUntilFinal {
  /** Where no request has succeeded yet. */
  readonly atFirst: number;
  /** After a success: servers behind one address need not agree, and some refuse in passing. */
  readonly afterSuccess: number;
}

/** A refusal that is believed at once where nothing has succeeded yet, and else after four in a row. */
const REFUSED_TRIES: TriesUntilFinal = { atFirst: 1, afterSuccess: 4 };

/** A refusal that usually stays the same, such as 401. It is asked for a few times more, then `final` is thrown. */
export class RefusedError extends RetryableError {
  readonly final: Error;
  readonly tries: TriesUntilFinal;

  constructor(message: string, final: Error, tries: TriesUntilFinal = REFUSED_TRIES) {
    super(message, { cause: final.cause });
    this.name = 'RefusedError';
    this.final = final;
    this.tries = tries;
  }
}

/** What is known of a response in addition to its status. */
export interface StatusDetails {
  /** The host that a redirect leads to, where it is another one. */
  readonly redirectsTo?: string | undefined;
  /** Method, path and masked query, such as `GET /items?token=****`. */
  readonly request?: string | undefined;
  /** How its body begins, in at most 300 characters. Undefined where the client is not to quote. */
  readonly excerpt?: string | undefined;
}

/** A response whose status is an error, or not what this client understands. */
export class StatusError extends Error implements StatusDetails {
  readonly kind = 'status';
  readonly status: number;
  readonly redirectsTo: string | undefined;
  readonly request: string | undefined;
  readonly excerpt: string | undefined;

  constructor(service: string, status: number, { redirectsTo, request, excerpt }: StatusDetails = {}) {
    super(`${service} answered ${status}`);
    this.name = 'StatusError';
    this.status = status;
    this.redirectsTo = redirectsTo;
    this.request = request;
    this.excerpt = excerpt;
  }
}

/** A body that can't be understood as what was asked for. */
export class UnexpectedBodyError extends Error {
  readonly kind = 'unexpected_body';

  /** @param message what is wrong with it, as a clause */
  constructor(message: string) {
    super(message);
    this.name = 'UnexpectedBodyError';
  }
}

/** An authorization server that gives no access token (RFC 6749, 5.2). */
export class TokenRefusedError extends Error {
  readonly kind = 'token_refused';
  readonly status: number;
  /** Such as `invalid_grant`; undefined where it says none. */
  readonly code: string | undefined;

  constructor(status: number, code: string | undefined) {
    super(`no access token is given (${status}${code === undefined ? '' : `, ${code}`})`);
    this.name = 'TokenRefusedError';
    this.status = status;
    this.code = code;
  }
}

/**
 * A request that the server, or something in front of it, does not answer although it is allowed: it asks for more than can
 * be given, or for something that is disliked. A smaller one may be answered.
 */
export class RequestTooLargeError extends Error {
  readonly kind = 'too_large';
  /** What the request met last: a status, a deadline, a body too large; a RefusedError where it was refused. */
  override readonly cause: Error;

  constructor(cause: Error) {
    super(`a request is too large: ${cause.message}`, { cause });
    this.name = 'RequestTooLargeError';
    this.cause = cause;
  }
}

/** A certificate that can't be verified: nothing is sent to such a host. */
export class CertificateError extends Error {
  readonly kind = 'certificate';
  /** Node's, such as CERT_HAS_EXPIRED (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
  readonly code: string;

  constructor(code: string) {
    super(`the certificate can't be verified (${code})`);
    this.name = 'CertificateError';
    this.code = code;
  }
}

/** No common way of encryption: TLS that is old or weak, or something else than TLS. */
export class TlsError extends Error {
  readonly kind = 'tls';
  /** As OpenSSL names it, such as ERR_SSL_WRONG_VERSION_NUMBER. */
  readonly code: string;

  constructor(code: string) {
    super(`no TLS connection could be made (${code})`);
    this.name = 'TlsError';
    this.code = code;
  }
}

/** An address that begins with `http://` where that is not allowed: nothing is sent unencrypted. */
export class UnencryptedUrlError extends Error {
  readonly kind = 'unencrypted_url';
  /** With its port. */
  readonly host: string;

  constructor(host: string) {
    super(`the address of ${host} begins with http://`);
    this.name = 'UnencryptedUrlError';
    this.host = host;
  }
}

/** An address outside of the public internet, where only that may be reached. */
export class PrivateAddressError extends Error {
  readonly kind = 'private_address';

  constructor() {
    super('a private address');
    this.name = 'PrivateAddressError';
  }
}

/** What went wrong with a proxy, not with the server that it leads to. */
export type ProxyFault =
  /** Its address can't be read. */
  | { readonly type: 'address' }
  /** It lies outside of the public internet, where a user's proxy must not. */
  | { readonly type: 'private_address' }
  /** It answered CONNECT with another status than 200. */
  | { readonly type: 'status'; readonly status: number }
  /** It can't be reached, or can't be spoken to: the system's code. */
  | { readonly type: 'connection'; readonly code: string }
  /** Its own certificate can't be verified, where it is spoken to by TLS: Node's code. */
  | { readonly type: 'certificate'; readonly code: string };

/** A failure of the proxy: it says nothing about the server, its address or its credentials. */
export class ProxyError extends Error {
  readonly kind = 'proxy';
  readonly fault: ProxyFault;

  constructor(fault: ProxyFault) {
    super(proxyFaultText(fault));
    this.name = 'ProxyError';
    this.fault = fault;
  }
}

function proxyFaultText(fault: ProxyFault): string {
  switch (fault.type) {
    case 'address':
      return "the proxy's address can't be read";
    case 'private_address':
      return 'the proxy has a private address';
    case 'status':
      return `the proxy answered ${fault.status}`;
    case 'connection':
      return `the connection to the proxy failed (${fault.code})`;
    case 'certificate':
      return `the proxy's certificate can't be verified (${fault.code})`;
  }
}

/** A variable of the environment that makes Node print requests, credentials included. */
export class DebugVariableError extends Error {
  readonly kind = 'debug_variable';
  /** Its name. */
  readonly variable: string;

  constructor(variable: string) {
    super(`${variable} would print credentials`);
    this.name = 'DebugVariableError';
    this.variable = variable;
  }
}

/** Why there is no further attempt. */
export type GivenUpReason =
  /** No request at all succeeded for so long. */
  | 'nothing_succeeded'
  /** One request failed for so long while others succeeded. */
  | 'one_request_failed'
  /** Nothing but 429s came for so long. */
  | 'only_rate_limited'
  /** The server asks for so long a wait. */
  | 'wait_too_long'
  /** Nothing succeeded within the time that all requests together have. */
  | 'deadline';

/** The end of all retries. */
export class GivenUpError extends Error {
  readonly kind = 'given_up';
  readonly reason: GivenUpReason;
  /** How long, in ms: what of, says the reason. */
  readonly ms: number;
  /** What the last attempt met. */
  override readonly cause: RetryableError;

  constructor(reason: GivenUpReason, ms: number, cause: RetryableError) {
    const when = reason === 'wait_too_long' ? 'at once, asked to wait' : 'after';
    super(`given up ${when} ${Math.round(ms / 1000)} s: ${cause.message}`, { cause });
    this.name = 'GivenUpError';
    this.reason = reason;
    this.ms = ms;
    this.cause = cause;
  }
}

const FACTS = [
  StatusError,
  UnexpectedBodyError,
  TokenRefusedError,
  RequestTooLargeError,
  CertificateError,
  TlsError,
  UnencryptedUrlError,
  PrivateAddressError,
  ProxyError,
  DebugVariableError,
  GivenUpError,
];

/** All that a request can end with, except the faults of the program. Each becomes a sentence by an {@link Explain}. */
export type HttpFact = InstanceType<(typeof FACTS)[number]>;

/** Tells a fact from any other error. */
export function isHttpFact(error: unknown): error is HttpFact {
  return FACTS.some((fact) => error instanceof fact);
}

/** What {@link errorForStatus} makes an error of. */
export interface ResponseDetails extends Pick<StatusDetails, 'request' | 'excerpt'> {
  /** Who answered, for messages. */
  readonly service: string;
  /** Where the request was sent to. */
  readonly baseUrl: string;
  /** In ms. */
  readonly retryAfterMs?: number | undefined;
  /** The header Location: of the target of a redirect only the host is kept. */
  readonly location?: string | undefined;
}

/**
 * The error for a response of any status but 429 and 2xx.
 * @returns RetryableError for what passes (408, 425, 5xx), RequestTooLargeError for 413, and for all others RefusedError:
 *   redirects and statuses that say no are final at first, but after a success they are often a passing fault
 */
export function errorForStatus(status: number, details: ResponseDetails): RetryableError | RequestTooLargeError {
  const { service, request, excerpt } = details;
  const fact = new StatusError(service, status, { redirectsTo: otherHost(details), request, excerpt });
  if (status === 408 || status === 425 || status >= 500) {
    return new RetryableError(fact.message, { retryAfterMs: details.retryAfterMs });
  }
  if (status === 413) return new RequestTooLargeError(fact);
  return new RefusedError(fact.message, fact);
}

/** The longest host (RFC 1035, 2.3.4) with a port: more is no host that a message has to name. */
const LONGEST_HOST = 253 + ':65535'.length;

function otherHost({ location, baseUrl }: ResponseDetails): string | undefined {
  const target = location === undefined ? null : URL.parse(location, baseUrl);
  const host = target?.host ?? '';
  return host === '' || host.length > LONGEST_HOST || host === new URL(baseUrl).host ? undefined : host;
}
