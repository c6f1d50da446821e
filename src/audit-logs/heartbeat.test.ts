import { beforeEach, describe, expect, test } from '@jest/globals';
import type { StreamOutput } from '@airbyte/cdk-typescript-compat';
import { ManualClock, settle } from '@airbyte/cdk-typescript-compat/testing';
import { HeartbeatOutput } from './heartbeat';

const INTERVAL = 120_000;
let clock: ManualClock;
let calls: unknown[][];
let ended: AbortController;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  calls = [];
  ended = new AbortController();
});

const note =
  (name: string) =>
  (...args: unknown[]): Promise<void> => {
    calls.push([name, ...args]);
    return Promise.resolve();
  };

const output: StreamOutput = {
  records: note('records'),
  checkpoint: note('checkpoint'),
  heartbeat: note('heartbeat'),
  rateLimited: note('rateLimited'),
  startFrom: (state) => void calls.push(['startFrom', state]),
  estimate: (rows) => void calls.push(['estimate', rows]),
};

const start = (inner = output): HeartbeatOutput => new HeartbeatOutput(inner, clock, ended.signal);
const beats = (): number => calls.filter(([name]) => name === 'heartbeat').length;

describe('a silent read', () => {
  test('beats when nothing came for two minutes, not earlier', async () => {
    start();
    await clock.advance(INTERVAL - 1);
    expect(beats()).toBe(0);
    await clock.advance(1);
    expect(beats()).toBe(1);
  });

  test('goes on beating', async () => {
    start();
    await clock.advance(5 * INTERVAL);
    expect(beats()).toBe(5);
  });
});

describe('a sign of life', () => {
  test.each<[string, (lively: HeartbeatOutput) => Promise<void>]>([
    ['records', (lively) => lively.records([{ id: '1' }])],
    ['a checkpoint', (lively) => lively.checkpoint({ timestamp: 'now' })],
  ])('of %s puts the next beat off', async (_, live) => {
    const lively = start();
    await clock.advance(INTERVAL - 1);
    await live(lively);
    await clock.advance(INTERVAL - 1);
    expect(beats()).toBe(0);
    await clock.advance(1);
    expect(beats()).toBe(1);
  });

  test.each<[string, (lively: HeartbeatOutput) => unknown]>([
    [
      'an estimate',
      (lively) => {
        lively.estimate(7);
      },
    ],
    [
      'where the read stands',
      (lively) => {
        lively.startFrom({ timestamp: 'then' });
      },
    ],
    ['a rate limit', (lively) => lively.rateLimited(5)],
  ])('is not %s: the platform does not count it', async (_, live) => {
    const lively = start();
    await clock.advance(INTERVAL - 1);
    await live(lively);
    await clock.advance(1);
    expect(beats()).toBe(1);
  });
});

test('everything is handed on, in order', async () => {
  const lively = start();
  lively.startFrom({ timestamp: 'then' });
  lively.estimate(2);
  await lively.records([{ id: '1' }]);
  await lively.rateLimited(5);
  await lively.heartbeat();
  await lively.checkpoint({ timestamp: 'now' });
  expect(calls).toEqual([
    ['startFrom', { timestamp: 'then' }],
    ['estimate', 2],
    ['records', [{ id: '1' }]],
    ['rateLimited', 5],
    ['heartbeat'],
    ['checkpoint', { timestamp: 'now' }],
  ]);
});

test('records are waited for: backpressure reaches the reader', async () => {
  let drained = (): void => undefined;
  const full = {
    ...output,
    records: () =>
      new Promise<void>((resolve) => {
        drained = resolve;
      }),
  };
  let done = false;
  const written = start(full)
    .records([{}])
    .then(() => {
      done = true;
    });
  await settle();
  expect(done).toBe(false);
  drained();
  await written;
  expect(done).toBe(true);
});

test("a failing output is the reader's to hear of", async () => {
  const broken = { ...output, records: () => Promise.reject(new Error('EPIPE')) };
  await expect(start(broken).records([{}])).rejects.toThrow('EPIPE');
});

describe('when the read is over', () => {
  test('nothing beats any more, and nobody is left asleep', async () => {
    start();
    ended.abort();
    await clock.advance(5 * INTERVAL);
    expect([beats(), clock.sleeping]).toEqual([0, 0]);
  });

  test('from the beginning nothing beats at all', async () => {
    ended.abort();
    start();
    await clock.advance(5 * INTERVAL);
    expect([beats(), clock.sleeping]).toEqual([0, 0]);
  });
});
