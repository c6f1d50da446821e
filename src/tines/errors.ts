import { ConnectorError } from '@airbyte/cdk-typescript-compat';

/** The facts about a failed request that decide when it is sent again. */
export interface RetryableOptions {
  /** The wait that the server asked for, in ms. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A failure that may pass by itself: no connection, no answer in time, a status such as 503, a body cut off. The request
 * is sent again; in vain for long enough, it becomes a ConnectorError with the failure type transient_error.
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

/** A 429: the rate limiter holds back all requests. */
export class RateLimitedError extends RetryableError {
  /**
   * @param retryAfterMs the wait that the server asked for, in ms; undefined where it did not
   * @param pauseMs how long the rate limiter waits, in ms: that, or its own back-off
   */
  constructor(
    retryAfterMs: number | undefined,
    readonly pauseMs: number,
  ) {
    super('Tines answered 429 (too many requests)', { retryAfterMs });
    this.name = 'RateLimitedError';
  }
}

/** How many answers in a row it takes until a {@link RefusedError} is believed. */
export interface TriesUntilFinal {
  /** Where no request of this sync has succeeded yet. */
  readonly atFirst: number;
  /** After a success: servers behind one address need not agree, and some refuse in passing. */
  readonly afterSuccess: number;
}

/** An answer that usually stays the same, such as 401. It is asked for a few times more, then `final` is thrown. */
export class RefusedError extends RetryableError {
  constructor(
    message: string,
    readonly final: ConnectorError,
    readonly tries: TriesUntilFinal,
  ) {
    super(message);
    this.name = 'RefusedError';
  }
}

/**
 * A request that asks for more than the server, or something in front of it, can give: a smaller one may work. Its
 * message is for the case that nothing smaller can be asked for.
 */
export class TooHeavyError extends ConnectorError {
  /** @param cause what the request met: a status, a deadline, a body too large */
  constructor(cause: Error) {
    super(
      `Tines can't answer one request (${cause.message}), although it answers others. Ask whoever runs the tenant, or the proxy in front of it, for its limits of time and size. A sync goes on from its last state when Airbyte tries again.`,
      'transient_error',
      { cause },
    );
    this.name = 'TooHeavyError';
  }
}

/** A page number beyond the first that the server refuses: behind the last page, or deeper than it goes. */
export class NoSuchPageError extends Error {
  constructor(readonly status: number) {
    super(`Tines answered ${status} to a page number`);
    this.name = 'NoSuchPageError';
  }
}
