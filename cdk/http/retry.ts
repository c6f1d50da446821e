import type { Clock } from '../src/clock';
import type { Log } from '../src/source';
import { backoffMs } from './backoff';
import { RateLimitedError, RefusedError, RetryableError } from './errors';
import { GivenUpError } from './facts';
import { FailureLog } from './failure-log';
import { Outage } from './outage';

/** When to stop trying. All in ms. */
export interface RetryLimits {
  /** How long everything may fail without one success in between; pauses after a 429 don't count. */
  readonly giveUpAfterMs: number;
  /** How long nothing but 429s may come, and how long one request may fail while others succeed. */
  readonly longestStallMs: number;
  /** A Retry-After beyond this is not waited for. */
  readonly longestRetryAfterMs: number;
  /**
   * Whether `giveUpAfterMs` is the longest that all requests together may take: pauses count too, no wait goes beyond it,
   * and each attempt has half of what is left, so that there is always time for another, smaller question.
   */
  readonly inAll: boolean;
}

/** For a sync: nobody watches it, and a fault of minutes is no reason to fail. */
export const SYNC_RETRY_LIMITS: RetryLimits = {
  giveUpAfterMs: 10 * 60_000,
  longestStallMs: 60 * 60_000,
  longestRetryAfterMs: 15 * 60_000,
  inAll: false,
};

/** For a connection check: somebody waits for the answer. */
export const CHECK_RETRY_LIMITS: RetryLimits = {
  giveUpAfterMs: 15_000,
  longestStallMs: 15_000,
  longestRetryAfterMs: 15_000,
  inAll: true,
};

/** No attempt of a check has less time than this, in ms. */
const SHORTEST_ATTEMPT_MS = 1_000;

/** What a {@link Retry} needs. */
export interface RetryOptions {
  readonly limits: RetryLimits;
  readonly clock: Clock;
  /** 0 to 1, for the back-off. */
  readonly random: () => number;
  readonly log: Log;
  /** For how long 429s have paused everything so far, in ms. */
  readonly pausedMs: () => number;
}

/** A request that is repeated until it succeeds. An attempt must be done by `until`, epoch ms; Infinity: no such limit. */
export interface RetryableRequest<T> {
  /** For the log. */
  readonly name: string;
  /** Sends it once. The pause that belongs to a {@link RateLimitedError} is made by the rate limiter. */
  attempt(until: number): Promise<T>;
  /** Called after each failure that may be due to what is asked for; what it throws ends the retries. */
  failed?(error: RetryableError, until: number): Promise<void>;
}

/** What happened to one request so far. */
interface Course {
  failures: number;
  refusals: number;
  failingSince: number | undefined;
}

/**
 * Retries with exponential back-off and full jitter. All requests share one memory of the last success, so scattered
 * faults never end a long sync, and a dead server ends it after `giveUpAfterMs`.
 */
export class Retry {
  readonly #options: RetryOptions;
  readonly #outage: Outage;
  readonly #failures: FailureLog;
  #startedAt: number | undefined;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#outage = new Outage(options.clock, options.pausedMs);
    this.#failures = new FailureLog(options.log, options.clock);
  }

  /**
   * Repeats a request until it succeeds.
   * @throws GivenUpError, the `final` error of a {@link RefusedError}, the signal's reason when stopped, whatever `failed`
   *   throws, and at once whatever is not a RetryableError
   */
  async run<T>(request: RetryableRequest<T>, signal: AbortSignal): Promise<T> {
    this.#startedAt ??= this.#now();
    const course: Course = { failures: 0, refusals: 0, failingSince: undefined };
    for (;;) {
      const start = this.#outage.now();
      try {
        const result = await request.attempt(this.#until());
        this.#outage.succeeded();
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RetryableError)) throw error;
        this.#outage.failed(start);
        course.failingSince ??= this.#now();
        await this.#prepareNext(request, error, course, signal);
      }
    }
  }

  /** Tells that a request was answered well that was not sent by {@link run}. */
  succeeded(): void {
    this.#outage.succeeded();
  }

  /** Decides whether there is another attempt, and waits until it is time for it. */
  async #prepareNext(
    request: RetryableRequest<unknown>,
    error: RetryableError,
    course: Course,
    signal: AbortSignal,
  ): Promise<void> {
    if (error instanceof RateLimitedError) {
      this.#giveUpRateLimited(error, course);
      const wait = `all requests wait ${secondsText(error.pauseMs)} s`;
      this.#failures.warn(error.message, `${request.name}: ${error.message}; ${wait}`);
      return;
    }
    course.failures += 1;
    if (error instanceof RefusedError) this.#giveUpRefused(error, course);
    this.#giveUpFailing(error, course);
    if (!(error instanceof RefusedError) && request.failed !== undefined) {
      await request.failed(error, this.#until());
      this.#giveUpFailing(error, course);
    }
    const delay = this.#delayMs(error, course);
    const again = `trying again in ${secondsText(delay)} s (attempt ${course.failures + 1})`;
    this.#failures.warn(error.message, `${request.name}: ${error.message}; ${again}`);
    await this.#options.clock.sleep(delay, signal);
  }

  #giveUpRateLimited(error: RateLimitedError, course: Course): void {
    const stalledMs = Math.max(this.#outage.lastsMs(), this.#requestFailingMs(course));
    if (stalledMs >= this.#options.limits.longestStallMs) throw new GivenUpError('only_rate_limited', stalledMs, error);
    this.#refuseWait(Math.max(error.pauseMs, error.retryAfterMs ?? 0), error);
  }

  #giveUpRefused(error: RefusedError, course: Course): void {
    course.refusals += 1;
    const { atFirst, afterSuccess } = error.tries;
    if (course.refusals >= (this.#outage.everSucceeded ? afterSuccess : atFirst)) throw error.final;
  }

  #giveUpFailing(error: RetryableError, course: Course): void {
    const { limits } = this.#options;
    const failedMs = this.#outage.lastsMs() - this.#outage.pausesMs();
    if (failedMs >= limits.giveUpAfterMs) throw new GivenUpError('nothing_succeeded', failedMs, error);
    if (this.#leftMs() <= SHORTEST_ATTEMPT_MS) {
      throw new GivenUpError('nothing_succeeded', this.#now() - (this.#startedAt ?? 0), error);
    }
    const requestMs = this.#requestFailingMs(course);
    if (requestMs >= limits.longestStallMs) throw new GivenUpError('one_request_failed', requestMs, error);
  }

  #delayMs(error: RetryableError, course: Course): number {
    const { limits, random } = this.#options;
    const retryAfterMs = error.retryAfterMs ?? 0;
    this.#refuseWait(retryAfterMs, error);
    const untilGivenUp = limits.giveUpAfterMs - this.#outage.lastsMs() + this.#outage.pausesMs();
    const longest = Math.max(0, Math.min(untilGivenUp, this.#leftMs() - SHORTEST_ATTEMPT_MS));
    return Math.max(retryAfterMs, Math.min(backoffMs(course.failures, random()), longest));
  }

  #refuseWait(ms: number, error: RetryableError): void {
    const longest = Math.min(this.#options.limits.longestRetryAfterMs, this.#leftMs() - SHORTEST_ATTEMPT_MS);
    if (ms > Math.max(0, longest)) throw new GivenUpError('wait_too_long', ms, error);
  }

  /** When the next attempt must be done, epoch ms. */
  #until(): number {
    return this.#now() + Math.max(SHORTEST_ATTEMPT_MS, this.#leftMs() / 2);
  }

  /** How long a check may still go on; a sync has no end. */
  #leftMs(): number {
    const { inAll, giveUpAfterMs } = this.#options.limits;
    if (!inAll) return Number.POSITIVE_INFINITY;
    return Math.max(0, (this.#startedAt ?? this.#now()) + giveUpAfterMs - this.#now());
  }

  #requestFailingMs(course: Course): number {
    return course.failingSince === undefined ? 0 : this.#now() - course.failingSince;
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

const secondsText = (ms: number): string => (ms / 1000).toFixed(1);
