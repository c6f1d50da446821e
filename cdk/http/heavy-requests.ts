import type { RetryableError } from './errors';
import { RequestTooHeavyError } from './facts';

/** Failures in a row before the first small question. */
const FAILURES_BEFORE_QUESTION = 3;

/** What came of a small question; `undefined` where the rate limit kept it from being answered. */
export type Reachable = boolean | undefined;

/** The failures of one request in a row. */
export interface FailureCount {
  /**
   * Counts a failure, and where it is time for it, asks a small question.
   * @throws RequestTooHeavyError when that is answered
   */
  failed(error: RetryableError, reachable: () => Promise<Reachable>): Promise<void>;
}

/**
 * Tells requests that are too heavy from a server that is down. Both look the same: the request fails again and again, by
 * its status, its deadline, or a body cut off by a limit of size. But a server that answers a small question meanwhile is
 * up. Once one request was too heavy, others are likely to be, and a single failure is enough to ask.
 */
export class HeavyRequests {
  readonly #failuresOfSmallest: number;
  #found = false;

  /**
   * @param failuresOfSmallest how often a request that can't be cut any more fails, each time with an answer to the small
   *   question, until it is too heavy
   */
  constructor(failuresOfSmallest: number) {
    this.#failuresOfSmallest = failuresOfSmallest;
  }

  /** Begins to count the failures of a request. @param smallest whether nothing less can be asked for */
  watch(smallest: boolean): FailureCount {
    let failures = 0;
    let confirmed = 0;
    return {
      failed: async (error, reachable) => {
        failures += 1;
        if (failures < (this.#found || smallest ? 1 : FAILURES_BEFORE_QUESTION)) return;
        const up = await reachable();
        if (up === undefined) return;
        failures = 0;
        if (!up) return;
        confirmed += 1;
        if (confirmed >= (smallest ? this.#failuresOfSmallest : 1)) {
          this.remember();
          throw new RequestTooHeavyError(error);
        }
      },
    };
  }

  /** A request was too heavy. */
  remember(): void {
    this.#found = true;
  }
}
