import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock, settle } from '../testing/manual-clock';
import { RateLimiter, type Permit } from './rate-limiter';

const never = new AbortController().signal;
const MINUTE = 60_000;
let clock: ManualClock;
let waits: number[];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  waits = [];
});

const limiterOf = (requestsPerMinute: number, random = 0.5): RateLimiter =>
  new RateLimiter(
    requestsPerMinute,
    clock,
    () => random,
    (until) => waits.push(until),
  );

/** Asks for leave, and tells whether it is there without looking at time again. */
function ask(limiter: RateLimiter, signal = never): { readonly permit: Promise<Permit>; granted: boolean } {
  const asked = { permit: limiter.acquire(signal), granted: false };
  asked.permit.then(
    () => {
      asked.granted = true;
    },
    () => undefined,
  );
  return asked;
}

async function request(limiter: RateLimiter): Promise<void> {
  (await limiter.acquire(never)).answered();
}

/** How many requests may be sent right now. Uses them up. */
async function freeNow(limiter: RateLimiter): Promise<number> {
  const stop = new AbortController();
  for (let free = 0; ; free += 1) {
    const asked = ask(limiter, stop.signal);
    await settle();
    if (!asked.granted) {
      stop.abort(new Error('enough'));
      await settle();
      return free;
    }
    (await asked.permit).answered();
  }
}

describe('the allowance', () => {
  test('is free to use at once', async () => {
    expect(await freeNow(limiterOf(5))).toBe(5);
  });

  test('is freed 60 seconds after an answer, not earlier', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const next = ask(limiter);
    await clock.advance(MINUTE - 1);
    expect(next.granted).toBe(false);
    await clock.advance(1);
    expect(next.granted).toBe(true);
  });

  test('counts from the answer, however long it took', async () => {
    const limiter = limiterOf(1);
    const slow = await limiter.acquire(never);
    const next = ask(limiter);
    await clock.advance(5 * MINUTE);
    expect(next.granted).toBe(false);
    slow.answered();
    await clock.advance(MINUTE);
    expect(next.granted).toBe(true);
  });

  test('is freed one by one, as the requests were answered', async () => {
    const limiter = limiterOf(3);
    for (let index = 0; index < 3; index += 1) {
      await request(limiter);
      await clock.advance(10_000);
    }
    const next = [ask(limiter), ask(limiter), ask(limiter)];
    const granted: number[] = [];
    for (let step = 0; step < 3; step += 1) {
      await clock.advance(step === 0 ? MINUTE - 30_000 : 10_000);
      granted.push(next.filter((each) => each.granted).length);
    }
    expect(granted).toEqual([1, 2, 3]);
  });

  test('frees again and again', async () => {
    const limiter = limiterOf(4);
    for (let minute = 0; minute < 3; minute += 1) {
      expect(await freeNow(limiter)).toBe(4);
      await clock.advance(MINUTE);
    }
  });
});

describe('what the server sees', () => {
  const worker = fc.array(
    fc.record({
      idle: fc.nat({ max: 30_000 }),
      latency: fc.nat({ max: 90_000 }),
      counted: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 12 },
  );

  test('is never more than the allowance in any 60 seconds, whenever it counts a request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(worker, { minLength: 1, maxLength: 6 }),
        async (allowed, workers) => {
          const limiter = limiterOf(allowed);
          const counted: number[] = [];
          const work = workers.map(async (requests) => {
            for (const { idle, latency, counted: share } of requests) {
              await clock.sleep(idle, never);
              const permit = await limiter.acquire(never);
              counted.push(clock.now() + Math.floor(share * latency));
              await clock.sleep(latency, never);
              permit.answered();
            }
          });
          await clock.runTo(Promise.all(work));
          counted.sort((a, b) => a - b);
          // The one that is `allowed` places further on must lie a minute away.
          const tooSoon = counted.filter((at, index) => (counted[index + allowed] ?? Infinity) - at < MINUTE);
          expect(tooSoon).toEqual([]);
          expect(counted).toHaveLength(workers.flat().length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is the whole allowance, where answers are immediate', async () => {
    const limiter = limiterOf(10);
    const start = clock.now();
    const all = Promise.all(Array.from({ length: 30 }, () => request(limiter)));
    await clock.runTo(all);
    expect(clock.now() - start).toBe(2 * MINUTE);
  });
});

describe('after a 429', () => {
  test('everybody waits for as long as the server says', async () => {
    const limiter = limiterOf(10);
    limiter.refused(7000);
    const asked = [ask(limiter), ask(limiter), ask(limiter)];
    await clock.advance(6999);
    expect(asked.map(({ granted }) => granted)).toEqual([false, false, false]);
    await clock.advance(1);
    expect(asked.map(({ granted }) => granted)).toEqual([true, true, true]);
  });

  test('those who wait already wait longer', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const waiting = ask(limiter);
    await clock.advance(MINUTE - 1000);
    limiter.refused(5000);
    await clock.advance(4999);
    expect(waiting.granted).toBe(false);
    await clock.advance(1);
    expect(waiting.granted).toBe(true);
  });

  test('a shorter wait does not end a longer one', async () => {
    const limiter = limiterOf(10);
    limiter.refused(10_000);
    limiter.refused(1000);
    const asked = ask(limiter);
    await clock.advance(9999);
    expect(asked.granted).toBe(false);
  });

  test.each([
    [0, 1000],
    [1, 2000],
  ])('without Retry-After everybody backs off: with chance %d for %d ms', async (random, ms) => {
    const limiter = limiterOf(10, random);
    limiter.refused(undefined);
    const asked = ask(limiter);
    await clock.advance(ms - 1);
    expect(asked.granted).toBe(false);
    await clock.advance(1);
    expect(asked.granted).toBe(true);
  });

  test('the back-off grows with each refusal, up to a minute', async () => {
    const limiter = limiterOf(1000, 1);
    const pauses: number[] = [];
    for (let refusal = 0; refusal < 8; refusal += 1) {
      const start = clock.now();
      limiter.refused(undefined);
      await clock.runTo(request(limiter));
      pauses.push((clock.now() - start) / 1000);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  });

  test('the back-off is short again after a success', async () => {
    const limiter = limiterOf(1000, 1);
    for (let refusal = 0; refusal < 4; refusal += 1) {
      limiter.refused(undefined);
      await clock.runTo(request(limiter));
    }
    limiter.succeeded();
    const start = clock.now();
    limiter.refused(undefined);
    await clock.runTo(request(limiter));
    expect(clock.now() - start).toBe(2000);
  });

  test('the allowance shrinks', async () => {
    const limiter = limiterOf(100);
    limiter.refused(1000);
    await clock.advance(1000);
    expect(await freeNow(limiter)).toBe(75);
  });

  test.each([5000, 1, undefined, 0])(
    'the allowance shrinks once for a burst, with a Retry-After of %s ms',
    async (retryAfter) => {
      const limiter = limiterOf(100);
      for (let refusal = 0; refusal < 10; refusal += 1) limiter.refused(retryAfter);
      await clock.advance(5000);
      expect(await freeNow(limiter)).toBe(75);
    },
  );

  test('the allowance shrinks once for a burst whose last answers come after the pause', async () => {
    const limiter = limiterOf(100);
    const permits = [await limiter.acquire(never), await limiter.acquire(never)];
    for (const permit of permits) {
      permit.answered();
      limiter.refused(1000);
      await clock.advance(1500);
    }
    await clock.advance(2 * MINUTE);
    expect(await freeNow(limiter)).toBe(75);
  });

  test('the allowance never shrinks to nothing', async () => {
    const limiter = limiterOf(2);
    for (let refusal = 0; refusal < 20; refusal += 1) {
      limiter.refused(10);
      await clock.advance(10);
    }
    expect(await freeNow(limiter)).toBe(1);
  });

  test('each success brings back one request of the allowance, never more than were allowed', async () => {
    const limiter = limiterOf(100);
    limiter.refused(1000);
    await clock.advance(1000);
    for (let success = 0; success < 10; success += 1) limiter.succeeded();
    expect(await freeNow(limiter)).toBe(85);
    for (let success = 0; success < 1000; success += 1) limiter.succeeded();
    await clock.advance(MINUTE);
    expect(await freeNow(limiter)).toBe(100);
  });

  test('who waits goes on when a success has brought the allowance back', async () => {
    const limiter = limiterOf(2);
    limiter.refused(1000);
    await clock.advance(1000);
    await request(limiter);
    const waiting = ask(limiter);
    await settle();
    limiter.succeeded();
    await settle();
    expect(waiting.granted).toBe(true);
  });
});

describe('the time that 429s took', () => {
  test('is nothing at first', () => {
    expect(limiterOf(1).pausedMs()).toBe(0);
  });

  test('runs while a pause lasts and stops at its end', async () => {
    const limiter = limiterOf(10);
    limiter.refused(10_000);
    await clock.advance(4000);
    expect(limiter.pausedMs()).toBe(4000);
    await clock.advance(60_000);
    expect(limiter.pausedMs()).toBe(10_000);
  });

  test('adds up over pauses', async () => {
    const limiter = limiterOf(10);
    for (let pause = 0; pause < 3; pause += 1) {
      limiter.refused(10_000);
      await clock.runTo(request(limiter));
      await clock.advance(5000);
    }
    expect(limiter.pausedMs()).toBe(30_000);
  });

  test('counts pauses that overlap once', async () => {
    const limiter = limiterOf(10);
    limiter.refused(10_000);
    await clock.advance(5000);
    limiter.refused(10_000);
    await clock.advance(20_000);
    expect(limiter.pausedMs()).toBe(15_000);
  });

  test('does not count what lies between two pauses, also when nobody asked for leave there', async () => {
    const limiter = limiterOf(10);
    limiter.refused(10_000);
    await clock.advance(100_000);
    limiter.refused(10_000);
    await clock.advance(100_000);
    expect(limiter.pausedMs()).toBe(20_000);
  });

  test('does not count waiting for the allowance', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    await clock.runTo(request(limiter));
    expect(limiter.pausedMs()).toBe(0);
  });
});

describe('stopping', () => {
  test("ends a wait with the signal's reason", async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const stop = new AbortController();
    const waiting = limiter.acquire(stop.signal);
    await settle();
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  test('beforehand gives no leave', async () => {
    await expect(limiterOf(1).acquire(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });

  test('one who waits leaves the others waiting, and uses nothing up', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const stop = new AbortController();
    const stopped = ask(limiter, stop.signal);
    const other = ask(limiter);
    await settle();
    stop.abort(new Error('stopped'));
    await expect(stopped.permit).rejects.toThrow('stopped');
    expect(other.granted).toBe(false);
    await clock.advance(MINUTE);
    expect(other.granted).toBe(true);
  });

  test('leaves nobody asleep', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const stop = new AbortController();
    const waiting = ask(limiter, stop.signal);
    await settle();
    stop.abort(new Error('stopped'));
    await expect(waiting.permit).rejects.toThrow('stopped');
    expect(clock.sleeping).toBe(0);
  });
});

describe('announcing', () => {
  test('tells once when requests go on, however many wait', async () => {
    const limiter = limiterOf(10);
    limiter.refused(30_000);
    const until = clock.now() + 30_000;
    ask(limiter);
    ask(limiter);
    await clock.advance(10_000);
    ask(limiter);
    await settle();
    expect(waits).toEqual([until]);
  });

  test('tells of a wait for the allowance too', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    ask(limiter);
    await settle();
    expect(waits).toEqual([clock.now() + MINUTE]);
  });

  test('says nothing of a short wait', async () => {
    const limiter = limiterOf(10);
    limiter.refused(2999);
    ask(limiter);
    await settle();
    expect(waits).toEqual([]);
  });

  test('says nothing while only an answer can tell', async () => {
    const limiter = limiterOf(1);
    await limiter.acquire(never);
    ask(limiter);
    await settle();
    expect(waits).toEqual([]);
  });

  test('tells of the next wait', async () => {
    const limiter = limiterOf(1);
    const start = clock.now();
    for (let round = 0; round < 3; round += 1) await clock.runTo(request(limiter));
    expect(waits).toEqual([start + MINUTE, start + 2 * MINUTE]);
  });

  test('tells anew when the wait has become much longer', async () => {
    const limiter = limiterOf(10);
    limiter.refused(10_000);
    ask(limiter);
    await settle();
    limiter.refused(600_000);
    await settle();
    expect(waits).toEqual([clock.now() + 10_000, clock.now() + 600_000]);
  });
});
