import { describe, expect, test } from '@jest/globals';
import { setMaxListeners } from 'node:events';
import { ManualClock } from '../testing/clocks';
import { RateLimiter } from './rate-limiter';

const never = new AbortController().signal;
setMaxListeners(0, never);
const MINUTE = 60_000;

describe('scattered 429s', () => {
  /** Ten workers for ten minutes; each answer takes 150 ms, every twentieth or so is a 429. */
  async function simulate(seed: number, refusedShare: number) {
    const clock = new ManualClock(1_000_000);
    const random = lcg(seed);
    const limiter = new RateLimiter({ requestsPerMinute: 950, clock, random, onWait: () => undefined });
    const end = clock.now() + 10 * MINUTE;
    const sent: number[] = [];
    let answered = 0;
    const worker = async (): Promise<void> => {
      while (clock.now() < end) {
        const permit = await limiter.acquire(never);
        sent.push(clock.now());
        await clock.sleep(100 + Math.floor(random() * 100), never);
        if (random() < refusedShare) permit.rateLimited(1000);
        else {
          permit.succeeded();
          answered += 1;
        }
      }
    };
    await clock.runTo(Promise.all(Array.from({ length: 10 }, worker)));
    return { sent, answered, pausedMs: limiter.pausedMs(), ms: clock.now() - end + 10 * MINUTE };
  }

  test.each([1, 2, 3])(
    'of one second cost about a second each (seed %d)',
    async (seed) => {
      const { sent, answered, pausedMs, ms } = await simulate(seed, 0.05);
      const possible = ((ms - pausedMs) / MINUTE) * 950 * 0.95;
      expect(answered / possible).toBeGreaterThan(0.8);
      expect(pausedMs / (sent.length - answered)).toBeLessThan(1500);
    },
    60_000,
  );
});

/** Numbers from 0 to 1 that are the same in each run. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
