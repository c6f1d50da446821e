import { beforeEach, describe, expect, test } from '@jest/globals';
import type { LogLevel } from '@airbyte/cdk-typescript-compat';
import { ManualClock } from '../testing/manual-clock';
import { Progress } from './progress';

let clock: ManualClock;
let logged: [LogLevel, string][];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  logged = [];
});

const progressOf = (expected: number | undefined): Progress =>
  new Progress(expected, clock, (level, message) => logged.push([level, message]));

const window = (counted: number | undefined, rest: { readAgain?: boolean; pageAfterPage?: boolean } = {}) => ({
  counted,
  readAgain: false,
  pageAfterPage: false,
  ...rest,
});

async function deliver(progress: Progress, fresh: number, all: number, ms: number): Promise<void> {
  await clock.advance(ms);
  progress.entries(fresh, all);
  progress.window(window(all));
}

describe('on the way', () => {
  test('nothing is said in the first ten seconds', async () => {
    await deliver(progressOf(1000), 100, 100, 9999);
    expect(logged).toEqual([]);
  });

  test('then how much, how far, how fast and how long still', async () => {
    await deliver(progressOf(10_000), 2500, 2500, 10_000);
    expect(logged).toEqual([
      ['INFO', '2,500 entries delivered, 25 % of the range, 250 entries a second, about 30 s left'],
    ]);
  });

  test('no more than one line in ten seconds', async () => {
    const progress = progressOf(100_000);
    for (let step = 0; step < 30; step += 1) await deliver(progress, 10, 10, 1000);
    expect(logged).toHaveLength(3);
  });

  test('what was delivered before counts for the distance, not as delivered', async () => {
    await deliver(progressOf(1000), 100, 500, 10_000);
    expect(logged[0]?.[1]).toContain('100 entries delivered, 50 % of the range');
  });

  test('more than was expected is not more than everything', async () => {
    await deliver(progressOf(100), 5000, 5000, 10_000);
    expect(logged[0]?.[1]).toContain('100 % of the range');
    expect(logged[0]?.[1]).toContain('about 0 s left');
  });

  test('a long time is told in minutes', async () => {
    await deliver(progressOf(1_000_000), 10_000, 10_000, 10_000);
    expect(logged[0]?.[1]).toContain('about 17 min left');
  });

  test.each([undefined, 0])('without an expectation (%s) there is no share', async (expected) => {
    await deliver(progressOf(expected), 500, 500, 10_000);
    expect(logged).toEqual([['INFO', '500 entries delivered, 50 entries a second']]);
  });

  test('without an entry yet there is no guess', async () => {
    await deliver(progressOf(1000), 0, 0, 10_000);
    expect(logged).toEqual([['INFO', '0 entries delivered, 0 % of the range, 0 entries a second']]);
  });
});

describe('at the end', () => {
  test('everything is counted up', () => {
    const progress = progressOf(3000);
    progress.entries(1500, 2000);
    progress.window(window(2000));
    progress.entries(1000, 1000);
    progress.window(window(1000, { readAgain: true, pageAfterPage: true }));
    progress.window(window(0, { pageAfterPage: true }));
    progress.finish(1234);
    expect(logged).toEqual([
      [
        'INFO',
        'Complete: 2,500 entries delivered, 500 had been delivered before; Tines counts 3,000 in the same range; 3 windows checked, 1 read again, 2 read page after page; 1,234 requests',
      ],
    ]);
  });

  test('nothing is said of entries delivered before when there were none', () => {
    const progress = progressOf(10);
    progress.entries(10, 10);
    progress.window(window(10));
    progress.finish(1);
    expect(logged[0]?.[1]).toMatch(/^Complete: 10 entries delivered; Tines counts 10/);
  });

  test('one window that Tines does not count makes the whole uncounted', () => {
    const progress = progressOf(undefined);
    progress.window(window(10));
    progress.window(window(undefined));
    progress.window(window(10));
    progress.finish(1);
    expect(logged[0]?.[1]).toContain('Tines does not count them');
  });
});
