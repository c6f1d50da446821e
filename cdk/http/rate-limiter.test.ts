import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { getEventListeners, setMaxListeners } from 'node:events';
import type { Clock } from '../src/clock';
import { ManualClock, settle } from '../testing/clocks';
import { RateLimiter, type Permit, type WaitReason } from './rate-limiter';

const never = new AbortController().signal;
setMaxListeners(0, never);
const MINUTE = 60_000;
/** More requests than any allowance here. */
const ENDLESS = 2000;
let clock: ManualClock;
let waits: number[];
let reasons: WaitReason[];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  waits = [];
  reasons = [];
});

const onWait = (until: number, reason: WaitReason): void => {
  waits.push(until);
  reasons.push(reason);
};

const limiterOf = (requestsPerMinute: number, random = 0.5): RateLimiter =>
  new RateLimiter({ requestsPerMinute, clock, random: () => random, onWait });

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
  (await limiter.acquire(never)).succeeded();
}

/** Sends a request that is answered with a 429 at once. @returns the pause in ms */
async function refuse(limiter: RateLimiter, retryAfterMs: number | undefined): Promise<number> {
  return (await clock.runTo(limiter.acquire(never))).rateLimited(retryAfterMs);
}

/** How many requests may be sent right now. Uses them up. */
async function freeNow(limiter: RateLimiter): Promise<number> {
  const stop = new AbortController();
  for (let free = 0; free < ENDLESS; free += 1) {
    const asked = ask(limiter, stop.signal);
    await settle();
    if (!asked.granted) {
      stop.abort(new Error('enough'));
      await settle();
      return free;
    }
    (await asked.permit).succeeded();
  }
  return Infinity;
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
    slow.succeeded();
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

  test.each([0, Number.NaN])('of %d is refused, because every request would wait for ever', (none) => {
    expect(() => limiterOf(none)).toThrow('requestsPerMinute is less than 1');
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
              permit.succeeded();
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
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60) },
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

describe('a pause after a 429', () => {
  test('lasts as long as the server says, for all requests', async () => {
    const limiter = limiterOf(10);
    await refuse(limiter, 7000);
    const asked = [ask(limiter), ask(limiter), ask(limiter)];
    await clock.advance(6999);
    expect(asked.map(({ granted }) => granted)).toEqual([false, false, false]);
    await clock.advance(1);
    expect(asked.map(({ granted }) => granted)).toEqual([true, true, true]);
  });

  test('holds back requests that wait for the allowance already', async () => {
    const limiter = limiterOf(2);
    const slow = await limiter.acquire(never);
    await request(limiter);
    const waiting = ask(limiter);
    await clock.advance(MINUTE - 1000);
    slow.rateLimited(5000);
    await clock.advance(4999);
    expect(waiting.granted).toBe(false);
    await clock.advance(1);
    expect(waiting.granted).toBe(true);
  });

  test('is not shortened by another answer of the same burst', async () => {
    const limiter = limiterOf(10);
    const [first, second] = [await limiter.acquire(never), await limiter.acquire(never)];
    expect([first.rateLimited(10_000), second.rateLimited(1000)]).toEqual([10_000, 10_000]);
  });

  test('frees nothing of an allowance that is used up', async () => {
    const limiter = limiterOf(1);
    await refuse(limiter, 5000);
    const asked = ask(limiter);
    await clock.advance(MINUTE - 1);
    expect(asked.granted).toBe(false);
    await clock.advance(1);
    expect(asked.granted).toBe(true);
  });

  test('is prolonged by another answer of the same burst that asks for more', async () => {
    const limiter = limiterOf(10);
    const [first, second] = [await limiter.acquire(never), await limiter.acquire(never)];
    expect([first.rateLimited(1000), second.rateLimited(10_000)]).toEqual([1000, 10_000]);
  });

  test.each([
    [0, 0],
    [0.5, 500],
    [1, 1000],
  ])('without Retry-After has full jitter: with chance %d it lasts %d ms', async (random, ms) => {
    expect(await refuse(limiterOf(10, random), undefined)).toBe(ms);
  });

  test.each([
    ['no Retry-After', undefined, [1, 2, 4, 8, 16, 32, 60, 60]],
    ['Retry-After: 0', 0, [0, 0, 4, 8, 16, 32, 60, 60]],
    ['Retry-After: 5', 5000, [5, 5, 5, 8, 16, 32, 60, 60]],
    ['Retry-After: 120', 120_000, [120, 120, 120, 120, 120, 120, 120, 120]],
  ])('grows while the server refuses again right away, with %s', async (_, retryAfterMs, seconds) => {
    const limiter = limiterOf(1000, 1);
    const pauses: number[] = [];
    while (pauses.length < seconds.length) pauses.push((await refuse(limiter, retryAfterMs)) / 1000);
    expect(pauses).toEqual(seconds);
  });

  test('is short again after a success', async () => {
    const limiter = limiterOf(1000, 1);
    for (let refusal = 0; refusal < 4; refusal += 1) await refuse(limiter, undefined);
    await clock.runTo(request(limiter));
    expect(await refuse(limiter, undefined)).toBe(1000);
  });

  test('is not short again after a success that was sent before it', async () => {
    const limiter = limiterOf(1000, 1);
    const early = await limiter.acquire(never);
    await refuse(limiter, 1000);
    early.succeeded();
    await refuse(limiter, 1000);
    expect(await refuse(limiter, 1000)).toBe(4000);
  });

  test('ends for all, where the server refused once more right away: that may be chance', async () => {
    const limiter = limiterOf(1000, 1);
    await refuse(limiter, 1000);
    expect(await refuse(limiter, 1000)).toBe(1000);
    const asked = [ask(limiter), ask(limiter), ask(limiter)];
    await clock.advance(1000);
    expect(asked.map(({ granted }) => granted)).toEqual([true, true, true]);
  });

  test('ends for one request first, where the server refused twice more right away', async () => {
    const limiter = limiterOf(1000, 1);
    for (let refusal = 0; refusal < 3; refusal += 1) await refuse(limiter, 1000);
    const asked = [ask(limiter), ask(limiter), ask(limiter)];
    await clock.advance(4000);
    expect(asked.map(({ granted }) => granted)).toEqual([true, false, false]);
    (await asked[0]?.permit)?.succeeded();
    await settle();
    expect(asked.map(({ granted }) => granted)).toEqual([true, true, true]);
  });
});

describe('waiting', () => {
  test('is in the order of coming', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const order: number[] = [];
    const work = [1, 2, 3, 4].map(async (number) => {
      await request(limiter);
      order.push(number);
    });
    await clock.runTo(Promise.all(work));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test('lets all others through although one request is answered 429 each time', async () => {
    const limiter = limiterOf(1000);
    let sent = 0;
    const refused = async (): Promise<void> => {
      while (sent < 20) (await limiter.acquire(never)).rateLimited(1000);
    };
    const other = async (): Promise<void> => {
      const permit = await limiter.acquire(never);
      await clock.sleep(100, never);
      permit.succeeded();
      sent += 1;
    };
    const start = clock.now();
    const stuck = refused();
    await settle();
    await clock.runTo(Promise.all([stuck, ...Array.from({ length: 20 }, other)]));
    expect([sent, clock.now() - start]).toEqual([20, expect.any(Number)]);
    expect(clock.now() - start).toBeLessThan(MINUTE);
  });

  test('of one who is stopped holds nobody up', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const stop = new AbortController();
    const first = ask(limiter, stop.signal);
    const second = ask(limiter);
    await clock.advance(MINUTE / 2);
    stop.abort(new Error('stopped'));
    await expect(first.permit).rejects.toThrow('stopped');
    await clock.advance(MINUTE / 2);
    expect(second.granted).toBe(true);
  });
});

describe('the allowance after 429s', () => {
  test.each([0, 1, 1000])('stays whole after two that say for how long: %d ms', async (retryAfterMs) => {
    const limiter = limiterOf(100);
    await refuse(limiter, retryAfterMs);
    await refuse(limiter, retryAfterMs);
    await clock.advance(2 * MINUTE);
    expect(await freeNow(limiter)).toBe(100);
  });

  test.each([
    ['does not say for how long', [undefined]],
    ['refuses twice more right away', [1000, 1000, 1000]],
  ])('shrinks by a quarter where the server %s', async (_, refusals) => {
    const limiter = limiterOf(100);
    for (const retryAfterMs of refusals) await refuse(limiter, retryAfterMs);
    await clock.advance(2 * MINUTE);
    expect(await freeOnceFailed(limiter)).toBe(75);
  });

  test('shrinks once for a burst', async () => {
    const limiter = limiterOf(100);
    const permits: Permit[] = [];
    for (let index = 0; index < 10; index += 1) permits.push(await limiter.acquire(never));
    for (const permit of permits) permit.rateLimited(undefined);
    await clock.advance(2 * MINUTE);
    expect(await freeOnceFailed(limiter)).toBe(75);
  });

  test('never shrinks below what was answered well in the minute before', async () => {
    const limiter = limiterOf(100);
    for (let index = 0; index < 60; index += 1) await request(limiter);
    for (let refusal = 0; refusal < 10; refusal += 1) await refuse(limiter, undefined);
    await clock.advance(10 * MINUTE);
    expect(await freeOnceFailed(limiter)).toBe(60);
  });

  test('shrinks below what was answered well more than a minute ago', async () => {
    const limiter = limiterOf(100);
    const slow = await limiter.acquire(never);
    for (let index = 0; index < 90; index += 1) await request(limiter);
    await clock.advance(MINUTE);
    slow.rateLimited(undefined);
    await clock.advance(2 * MINUTE);
    expect(await freeOnceFailed(limiter)).toBe(75);
  });

  test.each<[string, (permit: Permit) => void]>([
    [
      'failed',
      (permit) => {
        permit.failed();
      },
    ],
    ['was refused', (permit) => permit.rateLimited(0)],
  ])('shrinks below the number of requests of which each %s', async (_, answer) => {
    const limiter = limiterOf(100);
    const permits: Permit[] = [];
    for (let index = 0; index < 90; index += 1) permits.push(await limiter.acquire(never));
    permits.forEach(answer);
    await request(limiter);
    await refuse(limiter, undefined);
    await clock.advance(2 * MINUTE);
    expect(await freeOnceFailed(limiter)).toBe(75);
  });

  test('never shrinks to nothing', async () => {
    const limiter = limiterOf(2);
    for (let refusal = 0; refusal < 20; refusal += 1) await refuse(limiter, undefined);
    await expect(clock.runTo(limiter.acquire(never))).resolves.toBeDefined();
  });

  test('is restored by a share of what it lacks with each success', async () => {
    const limiter = limiterOf(100);
    await refuse(limiter, undefined);
    await clock.advance(2 * MINUTE);
    for (let success = 0; success < 37; success += 1) await request(limiter);
    await clock.advance(MINUTE);
    expect(await freeOnceFailed(limiter)).toBe(87);
  });

  test('is whole again after a minute of successes', async () => {
    const limiter = limiterOf(100);
    for (let refusal = 0; refusal < 10; refusal += 1) await refuse(limiter, undefined);
    await clock.advance(2 * MINUTE);
    const start = clock.now();
    for (let success = 0; success < 100; success += 1) await clock.runTo(request(limiter));
    expect(clock.now() - start).toBeLessThanOrEqual(MINUTE);
    await clock.advance(MINUTE);
    expect(await freeNow(limiter)).toBe(100);
  });
});

/** The allowance, where no success restores it. */
async function freeOnceFailed(limiter: RateLimiter): Promise<number> {
  for (let free = 0; free < ENDLESS; free += 1) {
    const stop = new AbortController();
    const asked = ask(limiter, stop.signal);
    await settle();
    if (!asked.granted) {
      stop.abort(new Error('enough'));
      await settle();
      return free;
    }
    (await asked.permit).failed();
  }
  return Infinity;
}

describe('the time that pauses took', () => {
  test('is zero before the first 429', () => {
    expect(limiterOf(1).pausedMs()).toBe(0);
  });

  test('runs while a pause lasts and stops at its end', async () => {
    const limiter = limiterOf(10);
    await refuse(limiter, 10_000);
    await clock.advance(4000);
    expect(limiter.pausedMs()).toBe(4000);
    await clock.advance(60_000);
    expect(limiter.pausedMs()).toBe(10_000);
  });

  test('adds up over pauses, without what lies between them', async () => {
    const limiter = limiterOf(10);
    for (let pause = 0; pause < 3; pause += 1) {
      await refuse(limiter, 10_000);
      await clock.runTo(request(limiter));
      await clock.advance(5000);
    }
    expect(limiter.pausedMs()).toBe(30_000);
  });

  test('counts pauses that overlap once', async () => {
    const limiter = limiterOf(10);
    const [first, second] = [await limiter.acquire(never), await limiter.acquire(never)];
    first.rateLimited(10_000);
    await clock.advance(5000);
    second.rateLimited(10_000);
    await clock.advance(20_000);
    expect(limiter.pausedMs()).toBe(15_000);
  });

  test('leaves out what lies between two pauses although nobody asks then', async () => {
    const limiter = limiterOf(10);
    const [first, second] = [await limiter.acquire(never), await limiter.acquire(never)];
    first.rateLimited(10_000);
    await clock.advance(30_000);
    second.rateLimited(10_000);
    await clock.advance(20_000);
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

  test('listens to the signal no longer than it waits', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    const { signal } = new AbortController();
    const waiting = ask(limiter, signal);
    await settle();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await clock.runTo(waiting.permit);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('is not what a fault of the clock is taken for', async () => {
    const sleeps = [() => Promise.reject(new Error('no clock'))];
    const failing: Clock = {
      now: () => clock.now(),
      sleep: (ms, signal) => (sleeps.pop() ?? (() => clock.sleep(ms, signal)))(),
    };
    const limiter = new RateLimiter({ requestsPerMinute: 1, clock: failing, random: () => 0.5, onWait });
    await request(limiter);
    await expect(clock.runTo(limiter.acquire(never))).rejects.toThrow('no clock');
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
    await refuse(limiter, 30_000);
    const until = clock.now() + 30_000;
    ask(limiter);
    ask(limiter);
    await clock.advance(10_000);
    ask(limiter);
    await settle();
    expect([waits, reasons]).toEqual([[until], ['paused']]);
  });

  test('tells of a wait for the allowance too', async () => {
    const limiter = limiterOf(1);
    await request(limiter);
    ask(limiter);
    await settle();
    expect([waits, reasons]).toEqual([[clock.now() + MINUTE], ['allowance']]);
  });

  test('tells of a wait for the allowance that begins where a pause ends', async () => {
    const limiter = limiterOf(1);
    await refuse(limiter, 5000);
    ask(limiter);
    await clock.advance(5000);
    expect(reasons).toEqual(['paused', 'allowance']);
  });

  test('says nothing of a short wait', async () => {
    const limiter = limiterOf(10);
    await refuse(limiter, 2999);
    ask(limiter);
    await settle();
    expect(waits).toEqual([]);
  });

  test('tells of a wait of three seconds', async () => {
    const limiter = limiterOf(10);
    await refuse(limiter, 3000);
    ask(limiter);
    await settle();
    expect(waits).toEqual([clock.now() + 3000]);
  });

  test.each([
    [2999, 1],
    [3000, 2],
  ])('of a wait that has become %d ms longer is done %d times in all', async (longer, count) => {
    const limiter = limiterOf(10);
    const [first, second] = [await limiter.acquire(never), await limiter.acquire(never)];
    first.rateLimited(10_000);
    ask(limiter);
    await settle();
    second.rateLimited(10_000 + longer);
    await settle();
    expect(waits).toHaveLength(count);
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
    const [first, second] = [await limiter.acquire(never), await limiter.acquire(never)];
    first.rateLimited(10_000);
    ask(limiter);
    await settle();
    second.rateLimited(600_000);
    await settle();
    expect(waits).toEqual([clock.now() + 10_000, clock.now() + 600_000]);
  });
});

describe('a limiter that may not wait for long', () => {
  const impatient = (maxWaitMs: number): RateLimiter =>
    new RateLimiter({ requestsPerMinute: 2, clock, random: () => 0.5, onWait, maxWaitMs });
  /** Uses both requests of a minute up, the first of them so long before the second. */
  async function useUp(limiter: RateLimiter, ms: number): Promise<void> {
    await request(limiter);
    await clock.advance(ms);
    await request(limiter);
  }

  test('refuses a request that would have to wait longer for the allowance, and the next one can be sent in time', async () => {
    const limiter = impatient(15_000);
    await useUp(limiter, 0);
    await expect(limiter.acquire(never)).rejects.toThrow('as many requests as are allowed in a minute (2) were made');
    expect(waits).toEqual([]);
    await clock.advance(MINUTE);
    await expect(limiter.acquire(never)).resolves.toBeDefined();
  });

  test('waits as long as it may', async () => {
    const limiter = impatient(15_000);
    await useUp(limiter, 45_000);
    const start = clock.now();
    await clock.runTo(limiter.acquire(never));
    expect(clock.now() - start).toBe(15_000);
  });

  test('waits for the end of any pause', async () => {
    const limiter = impatient(15_000);
    await refuse(limiter, 20_000);
    const start = clock.now();
    await clock.runTo(limiter.acquire(never));
    expect(clock.now() - start).toBe(20_000);
  });

  test('refuses a request at the end of a pause where it would have to wait longer for the allowance then', async () => {
    const limiter = impatient(15_000);
    await request(limiter);
    await refuse(limiter, 20_000);
    const start = clock.now();
    await expect(clock.runTo(limiter.acquire(never))).rejects.toThrow('as many requests as are allowed');
    expect(clock.now() - start).toBe(20_000);
  });

  test('waits while only a response can tell how long', async () => {
    const limiter = impatient(15_000);
    for (let sent = 0; sent < 2; sent += 1) await limiter.acquire(never);
    let ended = false;
    void limiter.acquire(never).catch(() => (ended = true));
    await clock.advance(10 * MINUTE);
    expect(ended).toBe(false);
  });
});
