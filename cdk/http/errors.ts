/** An error that the log names by its class. */
class NamedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * A failure that may pass by itself: no connection, no response in time, a status such as 503, a body cut off. The request
 * is sent again; in vain for long enough, it becomes a {@link GivenUpError}. The message is a clause for the log.
 */
export class RetryableError extends NamedError {
  /** The wait that the server asked for, in ms; undefined where it did not. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** No whole response came in time. */
export class TimeoutError extends RetryableError {
  /** @param deadlineMs in ms */
  constructor(readonly deadlineMs: number) {
    super(`no whole answer within ${Math.round(deadlineMs / 10) / 100} s`);
  }
}

/** A connection that could not be made, or broke. Of the system's error only `code` and `syscall` are kept. */
export class ConnectionError extends RetryableError {
  /**
   * @param code such as ECONNRESET
   * @param wasIdle whether it had served other requests, and broke before anything of a response came: then the server has
   *   closed it between two requests, and says nothing about this one (RFC 9112, 9.3.1)
   */
  constructor(
    readonly code: string,
    syscall: string | undefined,
    readonly wasIdle = false,
  ) {
    super(`the connection failed (${code})`, { cause: new Error(syscall === undefined ? code : `${syscall} ${code}`) });
  }
}

/** A response of status 429, or one that a source takes for the same: the rate limiter holds back all requests. */
export class RateLimitedError extends RetryableError {
  /** @param pauseMs how long the rate limiter waits, in ms: as long as the server says, or its own back-off */
  constructor(
    service: string,
    readonly pauseMs: number,
    retryAfterMs?: number,
    status = 429,
  ) {
    super(`${service} answered ${status} (too many requests)`, { retryAfterMs });
  }
}

/** A request that was not sent, because the allowance of the minute is used up for longer than can be waited. */
export class AllowanceError extends RetryableError {
  constructor(requestsPerMinute: number) {
    super(`as many requests as are allowed in a minute (${requestsPerMinute}) were made`);
  }
}

/** How many refusals in a row it takes until a {@link RefusedError} is believed. */
export interface TriesUntilFinal {
  /** Where no request has succeeded yet. */
  readonly atFirst: number;
  /** After a success: servers behind one address need not agree, and some refuse in passing. */
  readonly afterSuccess: number;
}

/** A refusal that usually stays the same, such as 401. It is asked for a few times more, then `final` is thrown. */
export class RefusedError extends RetryableError {
  constructor(
    message: string,
    readonly final: Error,
    readonly tries: TriesUntilFinal = { atFirst: 1, afterSuccess: 4 },
  ) {
    super(message, { cause: final.cause });
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
export class StatusError extends NamedError {
  readonly kind = 'status';

  constructor(
    service: string,
    readonly status: number,
    readonly details: StatusDetails = {},
  ) {
    super(`${service} answered ${status}`);
  }
}

/** A body that can't be understood as what was asked for. The message is a clause. */
export class UnexpectedBodyError extends NamedError {
  readonly kind = 'unexpected_body';
}

/** An authorization server that gives no access token (RFC 6749, 5.2). */
export class TokenRefusedError extends NamedError {
  readonly kind = 'token_refused';

  /** @param code such as `invalid_grant`; undefined where it says none */
  constructor(
    readonly status: number,
    readonly code: string | undefined,
  ) {
    super(`no access token is given (${status}${code === undefined ? '' : `, ${code}`})`);
  }
}

/** A request that is not answered although it is allowed: it asks for too much, or for something that is disliked. */
export class RequestTooLargeError extends NamedError {
  readonly kind = 'too_large';

  /** @param cause what the request met last: a status, a deadline, a body too large; a RefusedError where it was refused */
  constructor(override readonly cause: Error) {
    super(`a request is too large: ${cause.message}`, { cause });
  }
}

/** A certificate that can't be verified: nothing is sent to such a host. */
export class CertificateError extends NamedError {
  readonly kind = 'certificate';

  /** @param code Node's, such as CERT_HAS_EXPIRED (https://nodejs.org/api/tls.html#x509-certificate-error-codes) */
  constructor(readonly code: string) {
    super(`the certificate can't be verified (${code})`);
  }
}

/** No common way of encryption: TLS that is old or weak, or something else than TLS. */
export class TlsError extends NamedError {
  readonly kind = 'tls';

  /** @param code as OpenSSL names it, such as ERR_SSL_WRONG_VERSION_NUMBER */
  constructor(readonly code: string) {
    super(`no TLS connection could be made (${code})`);
  }
}

/** An address that begins with `http://` where that is not allowed: nothing is sent unencrypted. */
export class UnencryptedUrlError extends NamedError {
  readonly kind = 'unencrypted_url';

  /** @param host with its port */
  constructor(readonly host: string) {
    super(`the address of ${host} begins with http://`);
  }
}

/** An address outside of the public internet, where only that may be reached. */
export class PrivateAddressError extends NamedError {
  readonly kind = 'private_address';

  constructor() {
    super('a private address');
  }
}

/** What went wrong with a proxy, not with the server that it leads to. `code` is the system's, or Node's. */
export type ProxyFault =
  /** Its address can't be read, or lies outside of the public internet, where a user's proxy must not. */
  | { readonly type: 'address' | 'private_address' }
  /** It answered CONNECT with another status than 200. */
  | { readonly type: 'status'; readonly status: number }
  /** It can't be spoken to, or its own certificate can't be verified. */
  | { readonly type: 'connection' | 'certificate'; readonly code: string };

/** A failure of the proxy: it says nothing about the server, its address or its credentials. */
export class ProxyError extends NamedError {
  readonly kind = 'proxy';

  constructor(readonly fault: ProxyFault) {
    super(proxyFaultText(fault));
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
export class DebugVariableError extends NamedError {
  readonly kind = 'debug_variable';

  constructor(readonly variable: string) {
    super(`${variable} would print credentials`);
  }
}

/** Why there is no further attempt. `deadline`: nothing succeeded within the time that all requests together have. */
export type GivenUpReason =
  'nothing_succeeded' | 'one_request_failed' | 'only_rate_limited' | 'wait_too_long' | 'deadline';

/** The end of all retries. */
export class GivenUpError extends NamedError {
  readonly kind = 'given_up';

  /** @param ms how long, in ms: what of, says the reason @param cause what the last attempt met */
  constructor(
    readonly reason: GivenUpReason,
    readonly ms: number,
    override readonly cause: RetryableError,
  ) {
    const when = reason === 'wait_too_long' ? 'at once, asked to wait' : 'after';
    super(`given up ${when} ${Math.round(ms / 1000)} s: ${cause.message}`, { cause });
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
export const isHttpFact = (error: unknown): error is HttpFact => FACTS.some((fact) => error instanceof fact);

/** Whether a status other than 429 may pass by itself: the same request may succeed later. */
export const isPassing = (status: number): boolean => status === 408 || status === 425 || status >= 500;

/** Whether a status says that what was asked for isn't there, or isn't for these credentials. */
export const isMissing = (status: number): boolean => status === 403 || status === 404 || status === 410;

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
  const { service, request, excerpt, retryAfterMs } = details;
  const fact = new StatusError(service, status, { redirectsTo: otherHost(details), request, excerpt });
  if (isPassing(status)) return new RetryableError(fact.message, { retryAfterMs, cause: fact });
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
