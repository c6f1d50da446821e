import { beforeEach, expect, test } from '@jest/globals';
import { ManualClock } from '../testing/clocks';
import { failureLog } from './retry';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
let clock: ManualClock;
let lines: { readonly second: number; readonly text: string }[];
let warn: ReturnType<typeof failureLog>;

beforeEach(() => {
  clock = new ManualClock(0);
  lines = [];
  warn = failureLog(
    (level, message) => lines.push({ second: clock.now() / SECOND, text: `${level} ${message}` }),
    clock,
  );
});

/** A failure each second. */
async function fail(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    warn('503', 'failed');
    await clock.advance(SECOND);
  }
}

test('the first failure of a kind is logged at once, as it is', () => {
  warn('503', 'failed');
  expect(lines).toEqual([{ second: 0, text: 'WARN failed' }]);
});

test('failures of one kind are logged at growing distances', async () => {
  await fail(20 * 60);
  expect(lines.map(({ second }) => second)).toEqual([0, 10, 30, 70, 150, 310, 630]);
});

test('a line says how many were not logged before it', async () => {
  await fail(11);
  expect(lines.at(-1)?.text).toBe('WARN failed; 9 more like it since the last such line');
});

test('another kind is logged at once', () => {
  warn('503', 'failed');
  warn('reset', 'failed otherwise');
  expect(lines.map(({ text }) => text)).toEqual(['WARN failed', 'WARN failed otherwise']);
});

test('a kind is new again five minutes after it was last seen', async () => {
  await fail(200);
  // The last one came a second ago.
  await clock.advance(5 * MINUTE - SECOND);
  lines = [];
  await fail(11);
  expect(lines.map(({ second }) => second)).toEqual([499, 509]);
});
