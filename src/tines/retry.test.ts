import { beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigError, ConnectorError, type LogLevel } from '@airbyte/cdk-typescript-compat';
import { ManualClock } from '../testing/manual-clock';
import { PageTooHeavyError, RateLimitedError, TransientError } from './errors';
import { RateLimiter } from './rate-limiter';
import { CHECK_RETRY_LIMITS, Retry, SYNC_RETRY_LIMITS } from './retry';

const MINUTE = 60_000;
const never = new AbortController().signal;
let clock: ManualClock;
let limiter: RateLimiter;
let logged: [LogLevel, string][];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  limiter = new RateLimiter(
    1000,
    clock,
    () => 0.5,
    () => undefined,
  );
  logged = [];
});

const retryOf = (random = 0.5, limits = SYNC_RETRY_LIMITS): Retry =>
  new Retry(
    limits,
    'acme.tines.com',
    limiter,
    clock,
    () => random,
    (level, message) => logged.push([level, message]),
  );

const fault = (retryAfterMs?: number): TransientError => new TransientError('Tines answered 503', { retryAfterMs });
const timeout = (): TransientError => new TransientError('no whole answer within 30 s', { timedOut: true });

/** An attempt that takes its turn at the limiter, as the client's do, and fails so often. */
function failing(
  errors: readonly (Error | undefined)[],
  otherwise?: Error,
): { attempt: () => Promise<string>; count: number } {
  const failing = {
    count: 0,
    attempt: async (): Promise<string> => {
      (await limiter.acquire(never)).answered();
      const error = failing.count < errors.length ? errors[failing.count] : otherwise;
      failing.count += 1;
      if (error !== undefined) throw error;
      return 'done';
    },
  };
  return failing;
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

async function rejection(promise: Promise<unknown>): Promise<ConnectorError> {
  const error: unknown = await promise.then(
    () => new Error('was fulfilled'),
    (reason: unknown) => reason,
  );
  if (error instanceof ConnectorError) return error;
  throw error;
}

describe('what passes', () => {
  test('is tried again until it succeeds', async () => {
    const { attempt } = failing(times(4, fault));
    await expect(clock.runTo(retryOf().run('page 1', attempt, never))).resolves.toBe('done');
  });

  test('is told in the log, with what, why and when', async () => {
    await clock.runTo(retryOf().run('page 3 of the audit logs', failing([fault()]).attempt, never));
    expect(logged).toEqual([
      ['WARN', 'page 3 of the audit logs: Tines answered 503; trying again in 0.5 s (attempt 2)'],
    ]);
  });

  test('says nothing when all is well', async () => {
    await clock.runTo(retryOf().run('page 1', failing([]).attempt, never));
    expect([logged, clock.slept]).toEqual([[], []]);
  });
});

describe('the back-off', () => {
  test('is between nothing and a ceiling that doubles up to a minute', async () => {
    await clock.runTo(retryOf(1).run('page 1', failing(times(9, fault)).attempt, never));
    expect(clock.slept).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  test('has full jitter', async () => {
    await clock.runTo(retryOf(0.25).run('page 1', failing(times(3, fault)).attempt, never));
    expect(clock.slept).toEqual([250, 500, 1000]);
  });

  test('may be nothing at all', async () => {
    await clock.runTo(retryOf(0).run('page 1', failing(times(3, fault)).attempt, never));
    expect(clock.slept).toEqual([0, 0, 0]);
  });

  test('begins anew with each request', async () => {
    const retry = retryOf(1);
    await clock.runTo(retry.run('page 1', failing(times(3, fault)).attempt, never));
    await clock.runTo(retry.run('page 2', failing([fault()]).attempt, never));
    expect(clock.slept.at(-1)).toBe(1000);
  });

  test('is as long as the server asks', async () => {
    await clock.runTo(retryOf().run('page 1', failing([fault(17_000)]).attempt, never));
    expect(clock.slept).toEqual([17_000]);
  });
});

describe('giving up', () => {
  test('happens after ten minutes without any success', async () => {
    const start = clock.now();
    const error = await rejection(clock.runTo(retryOf(1).run('page 1', failing([], fault()).attempt, never)));
    expect(clock.now() - start).toBe(10 * MINUTE);
    expect(error).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringMatching(/acme\.tines\.com.*10 minutes.*503/),
    });
  });

  test('counts all requests together: a success of any of them starts the ten minutes anew', async () => {
    const retry = retryOf(1);
    const stuck = failing(times(25, fault));
    const result = retry.run('page 1', stuck.attempt, never);
    const others = (async () => {
      for (let minute = 0; minute < 25; minute += 1) {
        await clock.sleep(MINUTE, never);
        await retry.run('page 2', failing([]).attempt, never);
      }
    })();
    await expect(clock.runTo(Promise.all([result, others]))).resolves.toContain('done');
    expect(stuck.count).toBe(26);
  });

  test('never comes of scattered faults, however many', async () => {
    const retry = retryOf(1);
    for (let page = 0; page < 200; page += 1) {
      await clock.runTo(retry.run(`page ${page}`, failing(times(3, fault)).attempt, never));
      await clock.advance(MINUTE);
    }
    expect(clock.now()).toBeGreaterThan(200 * MINUTE);
  });

  test('does not come of the pauses after 429s', async () => {
    const errors = times(40, () => [fault(), new RateLimitedError(5 * MINUTE)])
      .flat()
      .slice(0, 12);
    await expect(clock.runTo(retryOf(0).run('page 1', failing(errors).attempt, never))).resolves.toBe('done');
  });

  test('comes of faults between 429s too, once they alone took ten minutes', async () => {
    const errors = times(200, () => [fault(MINUTE), new RateLimitedError(MINUTE)]).flat();
    const failed = failing(errors);
    const error = await rejection(clock.runTo(retryOf(0).run('page 1', failed.attempt, never)));
    expect(error.failureType).toBe('transient_error');
    expect(failed.count).toBe(21);
  });

  test('leaves the next request ten minutes again after a success', async () => {
    const retry = retryOf(1);
    await rejection(clock.runTo(retry.run('page 1', failing([], fault()).attempt, never)));
    await clock.runTo(retry.run('page 2', failing([]).attempt, never));
    const start = clock.now();
    await rejection(clock.runTo(retry.run('page 3', failing([], fault()).attempt, never)));
    expect(clock.now() - start).toBe(10 * MINUTE);
  });

  test('does not come before the end of a wait that the server asked for and that is not too long', async () => {
    await expect(clock.runTo(retryOf().run('page 1', failing([fault(14 * MINUTE)]).attempt, never))).resolves.toBe(
      'done',
    );
    expect(clock.slept).toEqual([14 * MINUTE]);
  });

  test('comes after a quarter of a minute when somebody waits for the answer', async () => {
    const start = clock.now();
    await rejection(clock.runTo(retryOf(1, CHECK_RETRY_LIMITS).run('page 1', failing([], fault()).attempt, never)));
    expect(clock.now() - start).toBe(15_000);
  });
});

describe('a Retry-After beyond 15 minutes', () => {
  test.each([
    ['503', fault(15 * MINUTE + 1)],
    ['429', new RateLimitedError(15 * MINUTE + 1)],
  ])('with a %s ends at once, as a transient_error that says so', async (_, error) => {
    const start = clock.now();
    const end = await rejection(clock.runTo(retryOf().run('page 1', failing([error]).attempt, never)));
    expect(clock.now()).toBe(start);
    expect(end).toMatchObject({ failureType: 'transient_error', message: expect.stringContaining('16 minutes') });
  });

  test('is waited out when it is exactly that', async () => {
    const result = clock.runTo(retryOf().run('page 1', failing([new RateLimitedError(15 * MINUTE)]).attempt, never));
    await expect(result).resolves.toBe('done');
  });
});

describe('a 429', () => {
  test('is told in the log, with the wait', async () => {
    await clock.runTo(retryOf().run('page 1', failing([new RateLimitedError(7000)]).attempt, never));
    expect(logged).toEqual([['WARN', 'page 1: Tines answered 429 (too many requests); all requests wait, for 7.0 s']]);
  });

  test('makes all requests wait for that long', async () => {
    const start = clock.now();
    await clock.runTo(retryOf().run('page 1', failing([new RateLimitedError(7000)]).attempt, never));
    expect(clock.now() - start).toBe(7000);
  });

  test('again and again does not end a sync', async () => {
    const errors = times(100, () => new RateLimitedError(MINUTE));
    await expect(clock.runTo(retryOf().run('page 1', failing(errors).attempt, never))).resolves.toBe('done');
  });

  test.each([10_000, 1000, 0])(
    'again and again, with a Retry-After of %d ms, ends a check within minutes',
    async (retryAfterMs) => {
      const start = clock.now();
      const errors = times(200, () => new RateLimitedError(retryAfterMs));
      const end = await rejection(
        clock.runTo(retryOf(0.5, CHECK_RETRY_LIMITS).run('page 1', failing(errors).attempt, never)),
      );
      expect(end.failureType).toBe('transient_error');
      expect(clock.now() - start).toBeLessThan(3 * MINUTE);
    },
  );
});

describe('what does not pass', () => {
  test.each<[string, Error]>([
    ['an error that the user must mend', new ConfigError('wrong key')],
    ['an error that was given up on already', new ConnectorError('gave up', 'transient_error')],
    ['a page that is too heavy', new PageTooHeavyError('too heavy')],
    ['a fault of the program', new TypeError('x is not a function')],
  ])('%s is thrown at once, as it is', async (_, error) => {
    const failed = failing([error]);
    await expect(clock.runTo(retryOf().run('page 1', failed.attempt, never))).rejects.toBe(error);
    expect([failed.count, clock.slept, logged]).toEqual([1, [], []]);
  });
});

describe('deadlines in a row', () => {
  test('make the page too heavy, where less can be asked for', async () => {
    const failed = failing([], timeout());
    await expect(clock.runTo(retryOf().run('page 1', failed.attempt, never, 3))).rejects.toThrow(PageTooHeavyError);
    expect(failed.count).toBe(3);
  });

  test('do not count with another fault in between', async () => {
    const errors = [timeout(), timeout(), fault(), timeout(), timeout()];
    await expect(clock.runTo(retryOf().run('page 1', failing(errors).attempt, never, 3))).resolves.toBe('done');
  });

  test('are only retried where nothing less can be asked for', async () => {
    await expect(clock.runTo(retryOf().run('page 1', failing(times(6, timeout)).attempt, never))).resolves.toBe('done');
  });
});

describe('stopping', () => {
  test("ends a back-off with the signal's reason", async () => {
    const stop = new AbortController();
    const result = retryOf(1).run('page 1', failing([], fault()).attempt, stop.signal);
    await clock.advance(500);
    stop.abort(new Error('stopped'));
    await expect(result).rejects.toThrow('stopped');
  });

  test('during an attempt gives the reason, not the fault that came of it', async () => {
    const stop = new AbortController();
    const attempt = (): Promise<never> => {
      stop.abort(new Error('stopped'));
      return Promise.reject(fault());
    };
    await expect(retryOf().run('page 1', attempt, stop.signal)).rejects.toThrow('stopped');
    expect(logged).toEqual([]);
  });
});
