import { beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigError, ConnectorError } from '../src/errors';
import type { LogLevel } from '../src/protocol';
import { ManualClock } from '../testing/clocks';
import { RateLimitedError, RefusedError, RetryableError } from './errors';
import { GivenUpError, RequestTooHeavyError } from './facts';
import { RateLimiter } from './rate-limiter';
import { CHECK_RETRY_LIMITS, Retry, SYNC_RETRY_LIMITS, type RetryableRequest } from './retry';

const never = new AbortController().signal;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let clock: ManualClock;
let limiter: RateLimiter;
let logged: [LogLevel, string][];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  limiterWith(0.5);
  logged = [];
});

function limiterWith(random: number): void {
  limiter = new RateLimiter({ requestsPerMinute: 1000, clock, random: () => random, onWait: () => undefined });
}

const retryOf = (random = 0.5, limits = SYNC_RETRY_LIMITS): Retry =>
  new Retry({
    limits,
    clock,
    random: () => random,
    log: (level, message) => logged.push([level, message]),
    pausedMs: () => limiter.pausedMs(),
  });

/** An answer: undefined is a success, `limited` a 429 with that Retry-After. */
type Outcome = Error | { readonly limited: number | undefined } | undefined;

interface Scripted extends RetryableRequest<string> {
  count: number;
  /** How long each attempt may take. */
  readonly left: number[];
}

/** A request that goes through the limiter, with these outcomes, then `otherwise`. */
function scripted(outcomes: readonly Outcome[], otherwise?: Outcome, takesMs = 0): Scripted {
  const request: Scripted = {
    name: 'page 3 of the items',
    count: 0,
    left: [],
    attempt: async (until) => {
      const permit = await limiter.acquire(never);
      request.left.push(until - clock.now());
      const outcome = request.count < outcomes.length ? outcomes[request.count] : otherwise;
      request.count += 1;
      if (takesMs > 0) await clock.sleep(Math.min(takesMs, until - clock.now()), never);
      if (outcome === undefined) {
        permit.succeeded();
        return 'done';
      }
      if (outcome instanceof Error) {
        permit.failed();
        throw outcome;
      }
      throw new RateLimitedError('The service', permit.rateLimited(outcome.limited), outcome.limited);
    },
  };
  return request;
}

const fault = (retryAfterMs?: number): RetryableError =>
  new RetryableError('The service answered 503', { retryAfterMs });
const wrongKey = new ConfigError('wrong key');
const refused = (): RefusedError =>
  new RefusedError('The service answered 401', wrongKey, { atFirst: 1, afterSuccess: 4 });
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const run = (retry: Retry, request: RetryableRequest<string>): Promise<string> =>
  clock.runTo(retry.run(request, never));

/** What it ends with, and after how long. */
async function end(retry: Retry, request: RetryableRequest<string>): Promise<{ error: Error; ms: number }> {
  const start = clock.now();
  const error: unknown = await run(retry, request).then(
    () => new Error('was fulfilled'),
    (reason: unknown) => reason,
  );
  if (error instanceof GivenUpError || error instanceof ConnectorError) return { error, ms: clock.now() - start };
  throw error;
}

/** Other requests that succeed, one a minute. */
async function others(retry: Retry, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await clock.sleep(MINUTE, never);
    await retry.run(scripted([]), never);
  }
}

describe('a passing failure', () => {
  test('is retried until the request succeeds', async () => {
    await expect(run(retryOf(), scripted(times(4, fault)))).resolves.toBe('done');
  });

  test('is logged with the request, the failure and the next attempt', async () => {
    await run(retryOf(), scripted([fault()]));
    expect(logged).toEqual([
      ['WARN', 'page 3 of the items: The service answered 503; trying again in 0.5 s (attempt 2)'],
    ]);
  });

  test('is logged a few times only when it lasts', async () => {
    await end(retryOf(0.1), scripted([], fault()));
    expect(logged.length).toBeGreaterThan(2);
    expect(logged.length).toBeLessThan(9);
  });
});

test('a success at once neither waits nor logs', async () => {
  await run(retryOf(), scripted([]));
  expect([logged, clock.slept]).toEqual([[], []]);
});

describe('the back-off', () => {
  test.each([
    ['doubles up to a minute', 1, [1, 2, 4, 8, 16, 32, 60, 60, 60]],
    ['has full jitter', 0.25, [0.25, 0.5, 1, 2]],
    ['can be zero', 0, [0, 0, 0]],
  ])('%s', async (_, random, seconds) => {
    await run(retryOf(random), scripted(times(seconds.length, fault)));
    expect(clock.slept.map((ms) => ms / SECOND)).toEqual(seconds);
  });

  test('starts anew with each request', async () => {
    const retry = retryOf(1);
    await run(retry, scripted(times(3, fault)));
    await run(retry, scripted([fault()]));
    expect(clock.slept.at(-1)).toBe(SECOND);
  });

  test.each([
    ['longer than the back-off', 17_000, 17_000],
    ['shorter', 700, 1000],
    ['zero', 0, 1000],
  ])('respects a Retry-After that is %s', async (_, retryAfterMs, slept) => {
    await run(retryOf(1), scripted([fault(retryAfterMs)]));
    expect(clock.slept).toEqual([slept]);
  });

  test('keeps 503 with Retry-After: 0 at a few dozen requests in ten minutes', async () => {
    const request = scripted([], fault(0));
    await end(retryOf(), request);
    expect(request.count).toBeLessThan(40);
  });
});

describe('giving up', () => {
  test('comes after ten minutes without a success', async () => {
    const { error, ms } = await end(retryOf(1), scripted([], fault()));
    expect(ms).toBe(10 * MINUTE);
    expect(error).toMatchObject({
      reason: 'nothing_succeeded',
      ms: 10 * MINUTE,
      cause: { message: 'The service answered 503' },
    });
  });

  test('counts all requests together: a success of any of them starts the ten minutes anew', async () => {
    const retry = retryOf(1);
    const stuck = scripted(times(25, fault));
    await clock.runTo(Promise.all([retry.run(stuck, never), others(retry, 25)]));
    expect(stuck.count).toBe(26);
  });

  test('comes after an hour of failures of one request while others succeed', async () => {
    const retry = retryOf(1);
    const result = end(retry, scripted([], fault()));
    const success = others(retry, 70);
    const { error, ms } = await result;
    expect(error).toMatchObject({ reason: 'one_request_failed' });
    expect(Math.abs(ms - 60 * MINUTE)).toBeLessThan(2 * MINUTE);
    await clock.runTo(success);
  });

  test('does not come of scattered faults, however many', async () => {
    const retry = retryOf(1);
    for (let page = 0; page < 200; page += 1) {
      await run(retry, scripted(times(3, fault)));
      await clock.advance(MINUTE);
    }
    expect(clock.now()).toBeGreaterThan(200 * MINUTE);
  });

  test('does not come of a failure after a long time without requests', async () => {
    const retry = retryOf(1);
    await run(retry, scripted([]));
    await clock.advance(60 * MINUTE);
    await expect(run(retry, scripted(times(5, fault)))).resolves.toBe('done');
  });

  test('does not count pauses after 429s', async () => {
    const outcomes = times(5, () => [fault(), { limited: 5 * MINUTE }]).flat();
    await expect(run(retryOf(0), scripted(outcomes))).resolves.toBe('done');
  });

  test('counts what lies between the pauses', async () => {
    limiterWith(0);
    const request = scripted(times(100, () => [fault(MINUTE), { limited: MINUTE }]).flat());
    const { error } = await end(retryOf(0), request);
    expect(error).toMatchObject({ reason: 'nothing_succeeded', ms: 10 * MINUTE });
    expect(request.count).toBe(21);
  });

  test('leaves the next request ten minutes after a success', async () => {
    const retry = retryOf(1);
    await end(retry, scripted([], fault()));
    await run(retry, scripted([]));
    expect((await end(retry, scripted([], fault()))).ms).toBe(10 * MINUTE);
  });

  test.each([14 * MINUTE, 15 * MINUTE])(
    'does not come before the end of a wait that the server asked for: %d ms',
    async (ms) => {
      await expect(run(retryOf(), scripted([fault(ms)]))).resolves.toBe('done');
      expect(clock.slept).toEqual([ms]);
    },
  );

  test('comes after exactly an hour of failures of one request', async () => {
    const retry = retryOf(0);
    const result = end(retry, scripted([], fault(MINUTE)));
    const success = others(retry, 70);
    expect((await result).ms).toBe(60 * MINUTE);
    await clock.runTo(success);
  });

  test('does not shorten the back-off after a pause', async () => {
    await run(retryOf(1), scripted([fault(), { limited: 5 * MINUTE }, fault()]));
    expect(clock.slept).toEqual([SECOND, 5 * MINUTE, 2 * SECOND]);
  });

  test('takes note of a success that was told', async () => {
    const retry = retryOf(1);
    const stuck = end(retry, scripted([], fault()));
    await clock.advance(5 * MINUTE);
    retry.succeeded();
    expect((await stuck).ms).toBeGreaterThan(14 * MINUTE);
  });
});

describe('429 for ever', () => {
  const HOUR = 60 * MINUTE;

  test.each([
    ['without Retry-After', undefined],
    ['with Retry-After: 0', 0],
    ['with Retry-After: 1', SECOND],
    ['with Retry-After: 900', 15 * MINUTE],
  ])('%s ends a sync after an hour, and is told as nothing but 429s', async (_, limited) => {
    const request = scripted([], { limited });
    const { error, ms } = await end(retryOf(), request);
    expect(error).toMatchObject({ reason: 'only_rate_limited', ms });
    expect(Math.abs(ms - HOUR)).toBeLessThan(15 * MINUTE);
    expect(request.count).toBeLessThan(150);
    expect(logged.length).toBeLessThan(20);
  });

  test.each([undefined, 0, SECOND])(
    'of one request alone, with a Retry-After of %s ms, ends a sync after an hour',
    async (limited) => {
      const retry = retryOf();
      const result = end(retry, scripted([], { limited }));
      const success = others(retry, 80);
      const { error, ms } = await result;
      expect(error).toMatchObject({ reason: 'only_rate_limited', ms });
      expect(Math.abs(ms - HOUR)).toBeLessThan(5 * MINUTE);
      await clock.runTo(success);
    },
  );

  test('of one request alone ends a sync after an hour although others are answered', async () => {
    const retry = retryOf();
    const attempt = async (): Promise<never> => {
      retry.succeeded();
      await clock.sleep(MINUTE, never);
      throw new RateLimitedError('The service', 0);
    };
    // The hour begins with the first failure.
    expect((await end(retry, { name: 'page 1', attempt })).ms).toBe(61 * MINUTE);
  });

  test('ends a sync after exactly an hour', async () => {
    expect((await end(retryOf(), scripted([], { limited: MINUTE }))).ms).toBe(HOUR);
  });

  test('does not end a sync before the hour is over', async () => {
    const errors = times(50, () => ({ limited: MINUTE }));
    await expect(run(retryOf(), scripted(errors))).resolves.toBe('done');
  });

  test.each([undefined, 0, SECOND, 10 * SECOND])(
    'with a Retry-After of %s ms ends a check in 15 s',
    async (limited) => {
      const { error, ms } = await end(retryOf(0.5, CHECK_RETRY_LIMITS), scripted([], { limited }));
      expect(error).toBeInstanceOf(GivenUpError);
      expect(ms).toBeLessThanOrEqual(15 * SECOND);
    },
  );
});

describe('a 429', () => {
  test('is logged with the pause', async () => {
    await run(retryOf(), scripted([{ limited: 7000 }]));
    expect(logged).toEqual([
      ['WARN', 'page 3 of the items: The service answered 429 (too many requests); all requests wait 7.0 s'],
    ]);
  });

  test('is retried as soon as the pause is over', async () => {
    const start = clock.now();
    await run(retryOf(1), scripted([{ limited: 7000 }]));
    expect(clock.now() - start).toBe(7000);
  });
});

describe('a Retry-After beyond 15 minutes', () => {
  test.each<[string, Outcome]>([
    ['503', fault(15 * MINUTE + 1)],
    ['429', { limited: 15 * MINUTE + 1 }],
  ])('with a %s ends a sync at once, and is told with the wait', async (_, outcome) => {
    const { error, ms } = await end(retryOf(), scripted([outcome]));
    expect(ms).toBe(0);
    expect(error).toMatchObject({ reason: 'wait_too_long', ms: 15 * MINUTE + 1 });
  });

  test('is waited for when it is exactly that', async () => {
    await expect(run(retryOf(), scripted([{ limited: 15 * MINUTE }]))).resolves.toBe('done');
  });
});

describe('a check', () => {
  test.each([0.1, 0.5, 1])('gives up within 15 s (random number %d)', async (random) => {
    const { ms } = await end(retryOf(random, CHECK_RETRY_LIMITS), scripted([], fault()));
    expect(ms).toBeGreaterThan(10 * SECOND);
    expect(ms).toBeLessThanOrEqual(15 * SECOND);
  });

  test('makes its last attempt a second before that, and says how long it took', async () => {
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), scripted([], fault()));
    expect(ms).toBe(14 * SECOND);
    expect(error).toMatchObject({ reason: 'nothing_succeeded', ms: 14 * SECOND });
  });

  test('of a server that hangs takes no more than 15 s in all', async () => {
    const request = scripted([], fault(), 30 * SECOND);
    expect((await end(retryOf(1, CHECK_RETRY_LIMITS), request)).ms).toBeLessThanOrEqual(15 * SECOND);
    expect(request.count).toBeGreaterThan(1);
  });

  test('of a server that hangs takes no more than 15 s with a small question after each attempt', async () => {
    const small: number[] = [];
    const request = scripted([], fault(), 30 * SECOND);
    const failed = async (_: RetryableError, until: number): Promise<void> => {
      small.push(until - clock.now());
      await clock.sleep(until - clock.now(), never);
    };
    const { ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), { ...request, failed });
    expect(small[0]).toBe(3.75 * SECOND);
    expect(ms).toBeLessThanOrEqual(15 * SECOND);
  });

  test('of several requests takes no more than 15 s in all', async () => {
    const retry = retryOf(1, CHECK_RETRY_LIMITS);
    const start = clock.now();
    await run(retry, scripted([], undefined, 6 * SECOND));
    await end(retry, scripted([], fault(), 30 * SECOND));
    expect(clock.now() - start).toBeLessThanOrEqual(15 * SECOND);
  });

  test('gives each attempt half of what is left, and at least a second', async () => {
    const request = scripted([], fault(), 4 * SECOND);
    await end(retryOf(1, CHECK_RETRY_LIMITS), request);
    expect(request.left.map((ms) => ms / SECOND)).toEqual([7.5, 5, 2, 1]);
  });

  test('does not wait out a 429 that leaves no time for an answer', async () => {
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), scripted([{ limited: 14_500 }]));
    expect([error, ms]).toEqual([expect.objectContaining({ reason: 'wait_too_long' }), 0]);
  });

  test('does not wait longer for a 503 than is left', async () => {
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), scripted([], fault(16 * SECOND)));
    expect([error, ms]).toEqual([expect.objectContaining({ reason: 'wait_too_long', ms: 16 * SECOND }), 0]);
  });

  test('does not wait longer for a 503 than its first attempt has left', async () => {
    const { ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), scripted([], fault(12 * SECOND), 4 * SECOND));
    expect(ms).toBe(4 * SECOND);
  });
});

describe('an answer that usually stays', () => {
  test('is final as the first answer', async () => {
    const request = scripted([], refused());
    expect((await end(retryOf(), request)).error).toBe(wrongKey);
    expect([request.count, logged]).toEqual([1, []]);
  });

  test('is final after four in a row once a request has succeeded', async () => {
    const retry = retryOf();
    await run(retry, scripted([]));
    const request = scripted([], refused());
    expect((await end(retry, request)).error).toBe(wrongKey);
    expect([request.count, clock.slept]).toEqual([4, [500, 1000, 2000]]);
  });

  test('is final after four in a row once a success was told', async () => {
    const retry = retryOf();
    retry.succeeded();
    const request = scripted([], refused());
    expect((await end(retry, request)).error).toBe(wrongKey);
    expect(request.count).toBe(4);
  });

  test('passes where the fourth attempt succeeds', async () => {
    const retry = retryOf();
    await run(retry, scripted([]));
    await expect(run(retry, scripted(times(3, refused)))).resolves.toBe('done');
  });
});

describe('what is not retried', () => {
  test.each<[string, Error]>([
    ['an error that the user must correct', new ConfigError('wrong domain')],
    ['an error that was given up on already', new ConnectorError('gave up', 'transient_error')],
    ['a request that is too heavy', new RequestTooHeavyError(new Error('The service answered 413'))],
    ['an error of the source', new Error('no such page')],
    ['a fault of the program', new TypeError('x is not a function')],
  ])('%s is thrown at once, as it is', async (_, error) => {
    const request = scripted([error]);
    await expect(run(retryOf(), request)).rejects.toBe(error);
    expect([request.count, clock.slept, logged]).toEqual([1, [], []]);
  });
});

describe('the hook after a failure', () => {
  const hooked = (request: Scripted): Scripted & { readonly failures: string[] } => {
    const failures: string[] = [];
    const failed = (error: RetryableError): Promise<void> => {
      failures.push(error.message);
      return Promise.resolve();
    };
    return Object.assign(request, { failures, failed });
  };

  test('sees failures, but neither 429s nor answers that usually stay', async () => {
    const retry = retryOf();
    await run(retry, scripted([]));
    const request = hooked(scripted([fault(), { limited: 0 }, refused(), fault()]));
    await run(retry, request);
    expect(request.failures).toEqual(['The service answered 503', 'The service answered 503']);
  });

  test('ends the retries by what it throws', async () => {
    const tooHeavy = new RequestTooHeavyError(fault());
    const request = { ...scripted([], fault()), failed: () => Promise.reject(tooHeavy) };
    await expect(run(retryOf(), request)).rejects.toBe(tooHeavy);
  });
});

describe('stopping', () => {
  test("ends a back-off with the signal's reason", async () => {
    const stop = new AbortController();
    const result = retryOf(1).run(scripted([], fault()), stop.signal);
    await clock.advance(500);
    stop.abort(new Error('stopped'));
    await expect(result).rejects.toThrow('stopped');
  });

  test('during an attempt gives the reason, not the failure that came of it', async () => {
    const stop = new AbortController();
    const attempt = (): Promise<never> => {
      stop.abort(new Error('stopped'));
      return Promise.reject(fault());
    };
    await expect(retryOf().run({ name: 'page 1', attempt }, stop.signal)).rejects.toThrow('stopped');
    expect(logged).toEqual([]);
  });
});
