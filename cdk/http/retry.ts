import type { Clock } from '../src/clock';
import type { Log } from '../src/source';
import {
  AllowanceError,
  ConnectionError,
  RateLimitedError,
  RefusedError,
  RetryableError,
  GivenUpError,
  RequestTooLargeError,
} from './errors';
import { backoffMs, type RetryLimits } from './retry-limits';

/** No attempt has less time than this, as long as there is so much, in ms. */
const MIN_ATTEMPT_MS = 1_000;
/** How long a name is looked up that doesn't exist, where somebody waits for the end, in ms. */
const UNKNOWN_NAME_MS = 3_000;
/** Failures of one request in a row, each followed by a success of the small one, after which it is too large. */
const FAILURES_OF_TOO_LARGE = 3;

/** What a {@link Retry} needs. */
export interface RetryOptions {
  readonly limits: RetryLimits;
  readonly clock: Clock;
  /** 0 to 1, for the back-off. */
  readonly random: () => number;
  readonly log: Log;
  /** For how long 429s have paused everything so far, in ms. */
  readonly pausedMs: () => number;
  /** Whether requests with the same address and credentials have succeeded before, in an earlier run; no unless given. */
  readonly hasSucceeded?: boolean | undefined;
}

/** When an attempt that is sent now must be done, epoch ms; Infinity: there is no such limit. */
export type Until = () => number;

/** A request that is repeated until it succeeds. */
export interface RetryableRequest<T> {
  /** For the log. */
  readonly name: string;
  /** Sends it once. The pause that belongs to a {@link RateLimitedError} is made by the rate limiter. */
  attempt(until: Until): Promise<T>;
  /**
   * Sends, once, the smallest request of the same kind, and throws as `attempt` does. It is sent after each failure of this
   * request, to tell a request that is too large, or disliked, from a server that is down, or dislikes everything.
   */
  attemptSmall?(until: Until): Promise<void>;
}

/** What came of a small request. */
type SmallOutcome = 'succeeded' | 'failed' | 'refused' | 'rate_limited' | 'not_sent';

/** What happened to one request so far. */
interface RequestHistory {
  failures: number;
  /** Refusals of the request and of the small one. */
  refusals: number;
  /** Failures in a row that were followed by a success of the small request. */
  failuresAlone: number;
  failingSince: number;
}

/** A point in time, epoch ms, and for how long pauses had lasted until then, in ms. */
interface Moment {
  readonly at: number;
  readonly pausedMs: number;
}

const NO_LIMITS = { maxOutageMs: Infinity, maxStallMs: Infinity, maxRetryAfterMs: Infinity, totalMs: Infinity };

/**
 * Retries with exponential back-off and full jitter. All requests share one memory of the last success, so scattered
 * faults never end a long sync, and a dead server ends it after `maxOutageMs`.
 *
 * A request that fails three times in a row, each time followed by a success of a small one, is too large, or has
 * something in it that the server, or what is in front of it, dislikes. Once a refusal was of that kind, one such refusal
 * is enough. A server that fails by chance fails small requests, too: with a share of 30 % of all requests, one request in
 * a hundred is taken for too large.
 */
export class Retry {
  readonly #maxOutageMs: number;
  readonly #maxStallMs: number;
  readonly #maxRetryAfterMs: number;
  readonly #totalMs: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pausedMs: () => number;
  readonly #warn: ReturnType<typeof failureLog>;
  /** Whether a refusal was about a request alone before, as of a filter that dislikes its content: then one is enough. */
  #hasRefusedOneAlone = false;
  #startedAt: number | undefined;
  /** In an earlier run, too. */
  #everSucceeded: boolean;
  #lastSuccess: Moment | undefined;
  /** Since the first failure after the last success was sent: before, there may have been nothing to send for long. */
  #outage: Moment | undefined;

  constructor({ limits, clock, random, log, pausedMs, hasSucceeded = false }: RetryOptions) {
    const { maxOutageMs, maxStallMs, maxRetryAfterMs, totalMs } = { ...NO_LIMITS, ...limits };
    this.#maxOutageMs = maxOutageMs;
    this.#maxStallMs = maxStallMs;
    this.#maxRetryAfterMs = maxRetryAfterMs;
    this.#totalMs = totalMs;
    this.#clock = clock;
    this.#random = random;
    this.#pausedMs = pausedMs;
    this.#warn = failureLog(log, clock);
    this.#everSucceeded = hasSucceeded;
  }

  /** Whether a request has succeeded in this run. */
  get hasAnswered(): boolean {
    return this.#lastSuccess !== undefined;
  }

  /**
   * Repeats a request until it succeeds.
   * @throws GivenUpError, RequestTooLargeError, the `final` error of a {@link RefusedError}, the signal's reason when
   *   stopped, and at once whatever is not a RetryableError
   */
  async run<T>(request: RetryableRequest<T>, signal: AbortSignal): Promise<T> {
    this.#startedAt ??= this.#clock.now();
    let history: RequestHistory | undefined;
    for (;;) {
      const sent = this.#now();
      try {
        const result = await request.attempt(this.#until);
        this.#succeeded();
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RetryableError)) throw error;
        const last = this.#lastSuccess;
        this.#outage ??= last !== undefined && last.at > sent.at ? last : sent;
        history ??= { failures: 0, refusals: 0, failuresAlone: 0, failingSince: this.#clock.now() };
        if (error instanceof RateLimitedError) this.#continueRateLimited(request.name, error, history);
        else await this.#continueFailed(request, error, history, signal);
      }
    }
  }

  #now(): Moment {
    return { at: this.#clock.now(), pausedMs: this.#pausedMs() };
  }

  #succeeded(): void {
    this.#everSucceeded = true;
    this.#lastSuccess = this.#now();
    this.#outage = undefined;
  }

  /** Decides whether there is another attempt after a 429; the rate limiter makes it wait. */
  #continueRateLimited(name: string, error: RateLimitedError, { failingSince }: RequestHistory): void {
    const now = this.#clock.now();
    const stalledMs = now - Math.min(this.#outage?.at ?? now, failingSince);
    this.#refuseWait(error);
    if (stalledMs >= Math.min(this.#maxStallMs, this.#totalMs) || error.pauseMs > this.#maxWaitMs()) {
      throw new GivenUpError('only_rate_limited', stalledMs, error);
    }
    this.#warn(error.message, `${name}: ${error.message}; all requests wait ${secondsText(error.pauseMs)} s`);
  }

  /** Decides whether there is another attempt after any other failure, and waits until it is time for it. */
  async #continueFailed(
    request: RetryableRequest<unknown>,
    error: RetryableError,
    history: RequestHistory,
    signal: AbortSignal,
  ): Promise<void> {
    history.failures += 1;
    this.#giveUpFailing(error, history);
    this.#compare(error, await this.#attemptSmall(request, error, history, signal), history);
    this.#giveUpFailing(error, history);
    const delay = this.#delayMs(error, history);
    const again = `trying again in ${secondsText(delay)} s (attempt ${history.failures + 1})`;
    this.#warn(error.message, `${request.name}: ${error.message}; ${again}`);
    await this.#clock.sleep(delay, signal);
  }

  async #attemptSmall(
    request: RetryableRequest<unknown>,
    failure: RetryableError,
    history: RequestHistory,
    signal: AbortSignal,
  ): Promise<SmallOutcome> {
    if (request.attemptSmall === undefined) return 'not_sent';
    try {
      await request.attemptSmall(this.#until);
      this.#succeeded();
      return 'succeeded';
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AllowanceError) return 'not_sent';
      if (error instanceof RateLimitedError) {
        // The next attempt would wait for as long.
        this.#refuseWait(error);
        this.#giveUpFailing(failure, history, error.pauseMs);
        return 'rate_limited';
      }
      if (error instanceof RefusedError) return 'refused';
      if (error instanceof RetryableError || error instanceof RequestTooLargeError) return 'failed';
      throw error;
    }
  }

  /** Judges a failure by what came of the small request after it. */
  #compare(error: RetryableError, small: SmallOutcome, history: RequestHistory): void {
    if (small === 'rate_limited') return;
    const isRefused = error instanceof RefusedError;
    if (small === 'succeeded') {
      history.refusals = 0;
      history.failuresAlone += 1;
      const most = isRefused && this.#hasRefusedOneAlone ? 1 : FAILURES_OF_TOO_LARGE;
      // What is left of a deadline is needed for smaller requests.
      const isHalfOver = this.#leftMs() <= this.#totalMs / 2 && this.#totalMs < Infinity;
      if (history.failuresAlone < most && !isHalfOver) return;
      this.#hasRefusedOneAlone ||= isRefused;
      throw new RequestTooLargeError(error);
    }
    history.failuresAlone = 0;
    if (small === 'failed' || !isRefused) return;
    history.refusals += 1;
    const { atFirst, afterSuccess } = error.tries;
    if (history.refusals >= (this.#everSucceeded ? afterSuccess : atFirst)) throw error.final;
  }

  /** @param pauseMs before the next attempt, in ms */
  #giveUpFailing(error: RetryableError, { failingSince }: RequestHistory, pauseMs = 0): void {
    const failedMs = this.#failedMs();
    if (failedMs >= this.#maxOutageMs) throw new GivenUpError('nothing_succeeded', failedMs, error);
    const requestMs = this.#clock.now() - failingSince;
    if (requestMs >= this.#maxStallMs) throw new GivenUpError('one_request_failed', requestMs, error);
    if (this.#leftMs(error) - pauseMs <= MIN_ATTEMPT_MS) {
      throw error instanceof RefusedError ? error.final : new GivenUpError('deadline', this.#totalMsFor(error), error);
    }
    this.#refuseWait(error);
  }

  #refuseWait(error: RetryableError): void {
    const ms = error.retryAfterMs ?? 0;
    if (ms > this.#maxWaitMs()) throw new GivenUpError('wait_too_long', ms, error);
  }

  #delayMs(error: RetryableError, { failures }: RequestHistory): number {
    const backoff = backoffMs(failures, this.#random());
    const longest = Math.min(this.#maxOutageMs - this.#failedMs(), Math.max(0, this.#leftMs(error) - MIN_ATTEMPT_MS));
    return Math.max(error.retryAfterMs ?? 0, Math.min(backoff, longest));
  }

  /** The longest wait that leaves time for another attempt, in ms. */
  #maxWaitMs(): number {
    return Math.min(this.#maxRetryAfterMs, Math.max(0, this.#leftMs() - MIN_ATTEMPT_MS));
  }

  readonly #until: Until = () => {
    const left = this.#leftMs();
    return this.#clock.now() + Math.max(left / 2, Math.min(MIN_ATTEMPT_MS, left));
  };

  /** How long the outage has lasted, in ms, without pauses after 429s; 0 where there is none. */
  #failedMs(): number {
    const { at, pausedMs } = this.#now();
    return this.#outage === undefined ? 0 : at - this.#outage.at - (pausedMs - this.#outage.pausedMs);
  }

  /** What is left of the time of all requests together, in ms. */
  #leftMs(error?: RetryableError): number {
    const now = this.#clock.now();
    return Math.max(0, (this.#startedAt ?? now) + this.#totalMsFor(error) - now);
  }

  /** A user who has mistyped a name is not to wait for what can't come. */
  #totalMsFor(error: RetryableError | undefined): number {
    const isUnknown = error instanceof ConnectionError && error.code === 'ENOTFOUND' && !this.hasAnswered;
    return isUnknown && this.#totalMs < Infinity ? Math.min(this.#totalMs, UNKNOWN_NAME_MS) : this.#totalMs;
  }
}

const secondsText = (ms: number): string => (ms / 1000).toFixed(1);

/** The shortest and the longest distance between two lines about the same kind of failure, in ms. */
const FIRST_DISTANCE_MS = 10_000;
const LONGEST_DISTANCE_MS = 10 * 60_000;
/** A kind that did not occur for so long is new again, in ms. */
const FORGOTTEN_AFTER_MS = 5 * 60_000;

/**
 * Makes what logs warnings about failures: the first of a kind at once, further ones at growing distances, with how many
 * there were in between. A kind that has not occurred for a while is new again. A server that fails for ten minutes then
 * takes a handful of lines, not one per retry and worker. Kinds are what failures have in common, such as the status.
 */
export function failureLog(log: Log, clock: Clock): (kind: string, message: string) => void {
  const kinds = new Map<string, { seenAt: number; loggedAt: number; distanceMs: number; unlogged: number }>();
  return (kind, message) => {
    const now = clock.now();
    const last = kinds.get(kind);
    if (last !== undefined && now < last.loggedAt + last.distanceMs) {
      kinds.set(kind, { ...last, seenAt: now, unlogged: last.unlogged + 1 });
      return;
    }
    const isNew = last === undefined || now >= last.seenAt + FORGOTTEN_AFTER_MS;
    const distanceMs = isNew ? FIRST_DISTANCE_MS : Math.min(LONGEST_DISTANCE_MS, last.distanceMs * 2);
    kinds.set(kind, { seenAt: now, loggedAt: now, distanceMs, unlogged: 0 });
    const unlogged = last?.unlogged ?? 0;
    log('WARN', unlogged === 0 ? message : `${message}; ${unlogged} more like it since the last such line`);
  };
}
