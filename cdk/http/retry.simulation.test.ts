import { expect, test } from '@jest/globals';
import { setMaxListeners } from 'node:events';
import { ManualClock } from '../testing/clocks';
import { RetryableError, RequestTooLargeError } from './errors';
import { RateLimiter } from './rate-limiter';
import { Retry } from './retry';
import { SYNC_RETRY_LIMITS } from './retry-limits';

const never = new AbortController().signal;
setMaxListeners(0, never);
const PAGES = 6_000;

/** Ten workers get pages from a server that answers this share of all requests, small ones included, with 503. */
async function simulate(failingShare: number, seed: number) {
  const clock = new ManualClock(1_000_000);
  const random = lcg(seed);
  const limiter = new RateLimiter({ requestsPerMinute: 950, clock, random, onWait: () => undefined });
  const pausedMs = (): number => limiter.pausedMs();
  const retry = new Retry({ limits: SYNC_RETRY_LIMITS, clock, random, pausedMs, log: () => undefined });
  let [left, requests, tooLarge] = [PAGES, 0, 0];
  const attempt = async (): Promise<void> => {
    const permit = await limiter.acquire(never);
    requests += 1;
    await clock.sleep(100 + Math.floor(random() * 100), never);
    permit.failed();
    if (random() < failingShare) throw new RetryableError('503');
  };
  const worker = async (): Promise<void> => {
    for (; left > 0; left -= 1) {
      await retry.run({ name: 'a page', attempt, attemptSmall: attempt }, never).catch((error: unknown) => {
        if (!(error instanceof RequestTooLargeError)) throw error;
        tooLarge += 1;
      });
    }
  };
  await clock.runTo(Promise.all(Array.from({ length: 10 }, worker)));
  return { tooLarge: tooLarge / PAGES, requests: requests / PAGES };
}

test.each([1, 2])(
  'with 30 %% of all requests failing, a request in a hundred is taken for too large, and nothing ends the sync (seed %d)',
  async (seed) => {
    const { tooLarge, requests } = await simulate(0.3, seed);
    // By the theory of such chains 1.04 %.
    expect(tooLarge).toBeLessThan(0.015);
    expect(tooLarge).toBeGreaterThan(0.005);
    expect(requests).toBeLessThan(2);
  },
  60_000,
);

/** Numbers from 0 to 1 that are the same in each run. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
