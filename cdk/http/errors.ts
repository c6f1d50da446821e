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

/** An answer of status 429: the rate limiter holds back all requests. */
export class RateLimitedError extends RetryableError {
  /** How long the rate limiter waits, in ms: as long as the server says, or its own back-off. */
  readonly pauseMs: number;

  /** @param service who answered, for the message */
  constructor(service: string, pauseMs: number, retryAfterMs?: number) {
    super(`${service} answered 429 (too many requests)`, { retryAfterMs });
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
