import type { Log } from '@airbyte/cdk-typescript-compat';
import type { Clock } from '../clock';
import { gaveUpError, longWaitError, PageTooHeavyError, RateLimitedError, TransientError } from './errors';
import type { RateLimiter } from './rate-limiter';

/** When to stop trying. */
export interface RetryLimits {
  /** How long everything may fail without one success in between, in ms; pauses after a 429 don't count. */
  readonly giveUpAfterMs: number;
  /** A Retry-After beyond this is not waited for, in ms. */
  readonly longestRetryAfterMs: number;
  /** How long nothing but 429s may come, in ms. */
  readonly longestPauseMs: number;
}

/** For a sync: nobody watches it, and a fault of minutes is no reason to fail. */
export const SYNC_RETRY_LIMITS: RetryLimits = {
  giveUpAfterMs: 10 * 60_000,
  longestRetryAfterMs: 15 * 60_000,
  longestPauseMs: Number.POSITIVE_INFINITY,
};

/** For a connection check: somebody waits for the answer. */
export const CHECK_RETRY_LIMITS: RetryLimits = {
  giveUpAfterMs: 15_000,
  longestRetryAfterMs: 30_000,
  longestPauseMs: 30_000,
};

/** The first back-off's ceiling, doubled with each failure, and the last one's, in ms. */
const BASE_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;

/**
 * Tries again what fails for a while: exponential back-off with full jitter. All requests share one memory of the
 * last success, so scattered faults never end a long sync, and a dead server ends it after `giveUpAfterMs`.
 */
export class Retry {
  private failing: { readonly since: number; readonly pausedMs: number } | undefined;
  private limitedSince: number | undefined;

  constructor(
    private readonly limits: RetryLimits,
    private readonly domain: string,
    private readonly limiter: RateLimiter,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly log: Log,
  ) {}

  /**
   * Runs `attempt` until it succeeds.
   * @param what names the request in the log
   * @param timeouts how many deadlines in a row are taken before the page counts as too heavy
   * @throws ConnectorError transient_error when it is given up, PageTooHeavyError after `timeouts`, the signal's
   *   reason when stopped, and at once whatever is no TransientError
   */
  async run<T>(what: string, attempt: () => Promise<T>, signal: AbortSignal, timeouts = Infinity): Promise<T> {
    let timedOut = 0;
    for (let failures = 1; ; failures += 1) {
      try {
        const result = await attempt();
        this.failing = undefined;
        this.limitedSince = undefined;
        this.limiter.succeeded();
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TransientError)) throw error;
        timedOut = error.timedOut ? timedOut + 1 : 0;
        if (timedOut >= timeouts) throw new PageTooHeavyError(`${error.message}, ${timedOut} times`, { cause: error });
        await this.waitFor(error, what, failures, signal);
      }
    }
  }

  private async waitFor(error: TransientError, what: string, failures: number, signal: AbortSignal): Promise<void> {
    const retryAfter = error.retryAfterMs;
    const { longestRetryAfterMs, longestPauseMs } = this.limits;
    if (retryAfter !== undefined && retryAfter > longestRetryAfterMs) throw longWaitError(retryAfter);
    if (error instanceof RateLimitedError) {
      this.limitedSince ??= this.clock.now();
      if (this.clock.now() - this.limitedSince >= longestPauseMs) throw longWaitError(longestPauseMs);
      this.limiter.refused(retryAfter);
      const wait = retryAfter === undefined ? 'it does not say for how long' : `for ${seconds(retryAfter)} s`;
      this.log('WARN', `${what}: ${error.message}; all requests wait, ${wait}`);
      return;
    }
    this.failing ??= { since: this.clock.now(), pausedMs: this.limiter.pausedMs() };
    const failedForMs = this.clock.now() - this.failing.since - (this.limiter.pausedMs() - this.failing.pausedMs);
    if (failedForMs >= this.limits.giveUpAfterMs) {
      throw gaveUpError(this.domain, failedForMs / 60_000, error);
    }
    const ceiling = Math.min(LONGEST_BACKOFF_MS, BASE_BACKOFF_MS * 2 ** (failures - 1));
    const delay = retryAfter ?? Math.min(this.random() * ceiling, this.limits.giveUpAfterMs - failedForMs);
    this.log('WARN', `${what}: ${error.message}; trying again in ${seconds(delay)} s (attempt ${failures + 1})`);
    await this.clock.sleep(delay, signal);
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
