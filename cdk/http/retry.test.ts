import { beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigError, ConnectorError } from '../src/errors';
import type { LogLevel } from '../src/protocol';
import { ManualClock } from '../testing/clocks';
import {
  AllowanceError,
  ConnectionError,
  RateLimitedError,
  RefusedError,
  RetryableError,
  CertificateError,
  GivenUpError,
  RequestTooLargeError,
} from './errors';
import { RateLimiter } from './rate-limiter';
import { Retry, type RetryableRequest, type Until } from './retry';
import { backoffMs, CHECK_RETRY_LIMITS, SYNC_RETRY_LIMITS, type RetryLimits } from './retry-limits';

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

const retryOf = (random = 0.5, limits: RetryLimits = SYNC_RETRY_LIMITS, hasSucceeded?: boolean): Retry =>
  new Retry({
    limits,
    hasSucceeded,
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
      const end = until();
      request.left.push(end - clock.now());
      const outcome = request.count < outcomes.length ? outcomes[request.count] : otherwise;
      request.count += 1;
      if (takesMs > 0) await clock.sleep(Math.min(takesMs, end - clock.now()), never);
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
const run = <T>(retry: Retry, request: RetryableRequest<T>): Promise<T> => clock.runTo(retry.run(request, never));

/** What it ends with, and after how long. */
async function end(retry: Retry, request: RetryableRequest<unknown>): Promise<{ error: Error; ms: number }> {
  const start = clock.now();
  const error: unknown = await run(retry, request).then(
    () => new Error('was fulfilled'),
    (reason: unknown) => reason,
  );
  if (error instanceof GivenUpError || error instanceof RequestTooLargeError || error instanceof ConnectorError)
    return { error, ms: clock.now() - start };
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

test.each([
  [1, 1, 1000],
  [2, 1, 2000],
  [6, 1, 32_000],
  [7, 1, 60_000],
  [1000, 1, 60_000],
  [3, 0.25, 1000],
  [3, 0, 0],
])('the back-off after %d failures with the random number %d is %d ms', (failures, random, ms) => {
  expect(backoffMs(failures, random)).toBe(ms);
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

  test('does not count pauses from before the outage either', async () => {
    const retry = retryOf(1);
    await run(retry, scripted([{ limited: 5 * MINUTE }]));
    expect((await end(retry, scripted([], fault()))).ms).toBe(10 * MINUTE);
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

  test('takes note of a success of a small request', async () => {
    const stuck = scripted([], fault());
    let small = 0;
    const attemptSmall = (): Promise<void> => {
      small += 1;
      return small === 10 ? Promise.resolve() : Promise.reject(fault());
    };
    const { error, ms } = await end(retryOf(1), { ...stuck, attemptSmall });
    // The tenth failure comes after 243 s, the next one 60 s later: it begins another ten minutes.
    expect([error, ms]).toEqual([expect.objectContaining({ reason: 'nothing_succeeded' }), 903 * SECOND]);
  });

  test('counts from a success that came while the request was under way', async () => {
    const retry = retryOf(1);
    const slow = end(retry, scripted([], fault(), 5 * MINUTE));
    await clock.runTo(clock.sleep(2 * MINUTE, never).then(() => retry.run(scripted([]), never)));
    const { error, ms } = await slow;
    expect([error, Math.floor(ms / MINUTE)]).toEqual([expect.objectContaining({ reason: 'nothing_succeeded' }), 15]);
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
      await retry.run({ name: 'another', attempt: () => Promise.resolve() }, never);
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
    expect(error).toMatchObject({
      reason: 'wait_too_long',
      ms: 15 * MINUTE + 1,
      message: expect.stringMatching(/^given up at once, asked to wait 900 s: /),
    });
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

  test('of a name that does not exist gives up within 3 s, unless something has succeeded', async () => {
    const unknown = new ConnectionError('ENOTFOUND', 'getaddrinfo');
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), scripted([], unknown));
    expect([error, ms]).toEqual([expect.objectContaining({ reason: 'deadline', ms: 3 * SECOND }), 2 * SECOND]);
    const retry = retryOf(1, CHECK_RETRY_LIMITS);
    await run(retry, scripted([undefined]));
    expect((await end(retry, scripted([], unknown))).ms).toBe(14 * SECOND);
  });

  test('of a name that can not be looked up now goes on', async () => {
    const again = new ConnectionError('EAI_AGAIN', 'getaddrinfo');
    expect((await end(retryOf(1, CHECK_RETRY_LIMITS), scripted([], again))).ms).toBe(14 * SECOND);
  });

  test('makes its last attempt a second before that, and says how long it has', async () => {
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), scripted([], fault()));
    expect(ms).toBe(14 * SECOND);
    expect(error).toMatchObject({
      reason: 'deadline',
      ms: 15 * SECOND,
      cause: { message: 'The service answered 503' },
    });
  });

  test('of a server that hangs takes no more than 15 s in all', async () => {
    const request = scripted([], fault(), 30 * SECOND);
    expect((await end(retryOf(1, CHECK_RETRY_LIMITS), request)).ms).toBeLessThanOrEqual(15 * SECOND);
    expect(request.count).toBeGreaterThan(1);
  });

  test('of a server that hangs takes no more than 15 s with a small request after each attempt', async () => {
    const small: number[] = [];
    const request = scripted([], fault(), 30 * SECOND);
    const attemptSmall = async (until: Until): Promise<void> => {
      const ms = until() - clock.now();
      small.push(ms);
      await clock.sleep(ms, never);
      throw fault();
    };
    const { ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), { ...request, attemptSmall });
    expect(small[0]).toBe(3.75 * SECOND);
    expect(ms).toBeLessThanOrEqual(15 * SECOND);
  });

  test('of a server that hangs takes the request for too large once half of the time is gone', async () => {
    const request = { ...scripted([], fault(), 30 * SECOND), attemptSmall: () => Promise.resolve() };
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), request);
    expect([error, ms]).toEqual([expect.any(RequestTooLargeError), 7.5 * SECOND]);
  });

  test('of a server that fails fast compares three times, as a sync does', async () => {
    const request = Object.assign(scripted([], fault()), { attemptSmall: () => Promise.resolve() });
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), request);
    expect([error, request.count, ms]).toEqual([expect.any(RequestTooLargeError), 3, 3 * SECOND]);
  });

  test('that is out of time ends with a refusal where that is what came last', async () => {
    const request = scripted(
      [fault()],
      new RefusedError('refused', wrongKey, { atFirst: 9, afterSuccess: 9 }),
      7 * SECOND,
    );
    expect((await end(retryOf(0, CHECK_RETRY_LIMITS), request)).error).toBe(wrongKey);
  });

  test('never gives an attempt more time than there is', async () => {
    const retry = retryOf(1, CHECK_RETRY_LIMITS);
    await run(retry, scripted([], undefined, 7.5 * SECOND));
    await clock.advance(7 * SECOND);
    const request = scripted([], fault(), 30 * SECOND);
    const { error } = await end(retry, request);
    expect([request.left, error]).toEqual([[500], expect.objectContaining({ reason: 'deadline' })]);
  });

  test('is told as nothing but 429s where the limiter would wait longer than is left, without being asked to', async () => {
    const attempt = async (): Promise<never> => {
      await clock.sleep(10 * SECOND, never);
      throw new RateLimitedError('The service', 4001);
    };
    const { error } = await end(retryOf(1, CHECK_RETRY_LIMITS), { name: 'page 1', attempt });
    expect(error).toMatchObject({ reason: 'only_rate_limited', ms: 10 * SECOND });
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

  test('has another attempt after a 429 that came in its last second', async () => {
    const attempt = async (until: Until): Promise<never> => {
      await clock.sleep(Math.min(14_200, until() - clock.now()), never);
      throw new RateLimitedError('The service', 0);
    };
    const { error, ms } = await end(retryOf(1, CHECK_RETRY_LIMITS), { name: 'page 1', attempt });
    expect([error, ms]).toEqual([expect.objectContaining({ reason: 'only_rate_limited' }), 15 * SECOND]);
  });

  test('gives an attempt half of what is left when it is sent, after whatever it had to wait for', async () => {
    const request = scripted([{ limited: 10 * SECOND }]);
    await run(retryOf(1, CHECK_RETRY_LIMITS), request);
    expect(request.left).toEqual([7.5 * SECOND, 2.5 * SECOND]);
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

  test('is final after four in a row where an earlier run has succeeded', async () => {
    const request = scripted([], refused());
    expect((await end(retryOf(0.5, SYNC_RETRY_LIMITS, true), request)).error).toBe(wrongKey);
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
    ['a request that is too large', new RequestTooLargeError(new Error('The service answered 413'))],
    ['an error of the source', new Error('no such page')],
    ['a fault of the program', new TypeError('x is not a function')],
  ])('%s is thrown at once, as it is', async (_, error) => {
    const request = scripted([error]);
    await expect(run(retryOf(), request)).rejects.toBe(error);
    expect([request.count, clock.slept, logged]).toEqual([1, [], []]);
  });
});

describe('a request that is compared with a small one', () => {
  /** What a small request ends with; undefined is a success. */
  type Small = Error | undefined;

  interface Compared extends Scripted {
    small: number;
  }

  /** A small request after each failure, with these outcomes, the last one again and again. */
  function compared(request: Scripted, outcomes: readonly [Small, ...Small[]]): Compared {
    const result: Compared = Object.assign(request, {
      small: 0,
      attemptSmall: (): Promise<void> => {
        const outcome = outcomes[Math.min(result.small, outcomes.length - 1)];
        result.small += 1;
        return outcome === undefined ? Promise.resolve() : Promise.reject(outcome);
      },
    });
    return result;
  }
  const limited = new RateLimitedError('The service', 0);
  const tooLarge = new RequestTooLargeError(new Error('larger than 10 bytes'));

  test('is too large after three failures, each followed by a success of the small one', async () => {
    const request = compared(scripted([], fault()), [undefined]);
    const { error, ms } = await end(retryOf(), request);
    expect(error).toEqual(new RequestTooLargeError(fault()));
    expect([request.count, request.small, ms]).toEqual([3, 3, 1.5 * SECOND]);
  });

  test('is too large because of its last failure', async () => {
    const last = fault();
    const request = compared(scripted([fault(), fault(), last]), [undefined]);
    expect((await end(retryOf(), request)).error.cause).toBe(last);
  });

  test.each<[string, Small]>([
    ['fails', fault()],
    ['is refused', refused()],
    ['is too large itself', tooLarge],
  ])('is compared anew after a small one that %s', async (_, small) => {
    const request = compared(scripted([], fault()), [undefined, undefined, small, undefined]);
    await end(retryOf(), request);
    expect([request.count, request.small]).toEqual([6, 6]);
  });

  test('is neither nearer to be too large nor farther after a small one that is only rate limited', async () => {
    const request = compared(scripted([], fault()), [undefined, undefined, limited, undefined]);
    await end(retryOf(), request);
    expect(request.count).toBe(4);
  });

  test('counts the failures of each request for itself', async () => {
    const retry = retryOf();
    await run(retry, compared(scripted(times(2, fault)), [undefined]));
    await expect(run(retry, compared(scripted(times(2, fault)), [undefined]))).resolves.toBe('done');
  });

  test('is not compared after a 429', async () => {
    const request = compared(scripted(times(5, () => ({ limited: 0 }))), [undefined]);
    await run(retryOf(), request);
    expect(request.small).toBe(0);
  });

  test('is not compared where the server asks for a wait that is too long', async () => {
    const request = compared(scripted([], fault(16 * MINUTE)), [undefined]);
    expect((await end(retryOf(), request)).error).toMatchObject({ reason: 'wait_too_long' });
    expect(request.small).toBe(0);
  });

  test.each<[string, RetryLimits, number]>([
    ['a sync', SYNC_RETRY_LIMITS, 15 * MINUTE + 1],
    ['a check', CHECK_RETRY_LIMITS, 14_001],
  ])('is given up in %s where a small one is asked to wait for too long', async (_, limits, ms) => {
    const request = compared(scripted([], fault()), [new RateLimitedError('The service', ms, ms)]);
    const { error, ms: took } = await end(retryOf(0.5, limits), request);
    expect([error, took]).toEqual([expect.objectContaining({ reason: 'wait_too_long', ms }), 0]);
  });

  test('is given up in a check where the limiter would wait longer than is left, without being asked to', async () => {
    const request = compared(scripted([], fault()), [new RateLimitedError('The service', 14_001)]);
    const { error, ms } = await end(retryOf(0.5, CHECK_RETRY_LIMITS), request);
    expect([error, request.count, ms]).toEqual([expect.objectContaining({ reason: 'deadline' }), 1, 0]);
  });

  test('is given up after ten minutes in which neither succeeds', async () => {
    const { error, ms } = await end(retryOf(), compared(scripted([], fault()), [fault()]));
    expect([error, ms]).toEqual([expect.objectContaining({ reason: 'nothing_succeeded' }), 10 * MINUTE]);
  });

  test('is given up after an hour in which small ones succeed now and then', async () => {
    const outcomes = times(200, () => [undefined, fault()]).flat();
    const { error, ms } = await end(retryOf(), compared(scripted([], fault()), [undefined, ...outcomes]));
    expect(error).toMatchObject({ reason: 'one_request_failed' });
    expect(Math.abs(ms - 60 * MINUTE)).toBeLessThan(MINUTE);
  });

  test('is given up when the small one has taken the last of the ten minutes', async () => {
    const request = scripted([], fault(), 9 * MINUTE);
    const attemptSmall = async (): Promise<void> => {
      await clock.sleep(2 * MINUTE, never);
      throw fault();
    };
    const { error, ms } = await end(retryOf(), Object.assign(request, { attemptSmall }));
    expect([error, request.count, ms]).toEqual([
      expect.objectContaining({ reason: 'nothing_succeeded' }),
      1,
      11 * MINUTE,
    ]);
  });

  test('ends at once with what no request succeeds with', async () => {
    const wrong = new CertificateError('CERT_HAS_EXPIRED');
    await expect(run(retryOf(), compared(scripted([], fault()), [wrong]))).rejects.toBe(wrong);
  });

  test("gives the signal's reason when it is stopped during the small one", async () => {
    const stop = new AbortController();
    const attemptSmall = (): Promise<never> => {
      stop.abort(new Error('stopped'));
      return Promise.reject(fault());
    };
    const request = { ...scripted([], fault()), attemptSmall };
    await expect(clock.runTo(retryOf().run(request, stop.signal))).rejects.toThrow('stopped');
    expect(logged).toEqual([]);
  });

  describe('and refused', () => {
    test('three times, while the small one succeeds, is disliked: it counts as too large', async () => {
      const last = refused();
      const request = compared(scripted([refused(), fault(), last]), [undefined]);
      expect((await end(retryOf(), request)).error).toEqual(new RequestTooLargeError(last));
    });

    test('once is enough where another was disliked before, which says nothing of failures', async () => {
      const retry = retryOf();
      const counts: number[] = [];
      for (const outcome of [refused(), refused(), fault()]) {
        const request = compared(scripted([], outcome), [undefined]);
        expect((await end(retry, request)).error).toEqual(new RequestTooLargeError(outcome));
        counts.push(request.count);
      }
      expect(counts).toEqual([3, 1, 3]);
    });

    test('is not disliked at once where another was only too large before', async () => {
      const retry = retryOf();
      await end(retry, compared(scripted([], fault()), [undefined]));
      const request = compared(scripted([], refused()), [undefined]);
      await end(retry, request);
      expect(request.count).toBe(3);
    });

    test('once, as the first response, is retried where the small one succeeds', async () => {
      await expect(run(retryOf(), compared(scripted([refused()]), [undefined]))).resolves.toBe('done');
    });

    test('is final where the small one is refused, too, after one comparison while nothing has succeeded', async () => {
      const request = compared(scripted([], refused()), [refused()]);
      expect((await end(retryOf(), request)).error).toBe(wrongKey);
      expect([request.count, request.small]).toEqual([1, 1]);
    });

    test('is final where the small one is refused four times, too, once a request has succeeded', async () => {
      const retry = retryOf();
      await run(retry, scripted([]));
      const request = compared(scripted([], refused()), [refused()]);
      expect((await end(retry, request)).error).toBe(wrongKey);
      expect([request.count, request.small]).toEqual([4, 4]);
    });

    test('is final as without a small one where that may not be sent', async () => {
      const request = compared(scripted([], refused()), [new AllowanceError(1)]);
      expect((await end(retryOf(), request)).error).toBe(wrongKey);
      expect([request.count, request.small]).toEqual([1, 1]);
    });

    test('is no refusal of everything while small ones succeed in between', async () => {
      const request = compared(scripted(times(6, refused)), [
        refused(),
        refused(),
        undefined,
        refused(),
        refused(),
        refused(),
      ]);
      await expect(run(retryOf(0.5, SYNC_RETRY_LIMITS, true), request)).resolves.toBe('done');
    });

    test.each<[string, Small]>([
      ['fails', fault()],
      ['is rate limited', limited],
    ])('is not final where the small one %s', async (_, small) => {
      await expect(run(retryOf(), compared(scripted([refused()]), [small]))).resolves.toBe('done');
    });

    test('is no refusal of everything where the request itself only fails', async () => {
      const request = compared(scripted(times(5, fault)), [refused()]);
      await expect(run(retryOf(), request)).resolves.toBe('done');
    });
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
