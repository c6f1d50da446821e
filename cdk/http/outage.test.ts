import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../testing/clocks';
import { Outage } from './outage';

let clock: ManualClock;
let pausedMs: number;
let outage: Outage;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  pausedMs = 0;
  outage = new Outage(clock, () => pausedMs);
});

/** Lets time pass, some of it in pauses. */
async function pass(ms: number, inPauses = 0): Promise<void> {
  await clock.advance(ms);
  pausedMs += inPauses;
}

const measured = (): number[] => [outage.lastsMs(), outage.pausesMs()];

describe('an outage', () => {
  test('is none at first', async () => {
    await pass(5000, 1000);
    expect(measured()).toEqual([0, 0]);
  });

  test('lasts from when the first request that failed was sent', async () => {
    await pass(2000, 500);
    const sent = outage.now();
    await pass(3000, 200);
    outage.failed(sent);
    outage.failed(outage.now());
    await pass(4000, 70);
    expect(measured()).toEqual([7000, 270]);
  });

  test('lasts from a success that came while the request was under way', async () => {
    const sent = outage.now();
    await pass(3000, 200);
    outage.succeeded();
    await pass(4000, 70);
    outage.failed(sent);
    expect(measured()).toEqual([4000, 70]);
  });

  test('does not last from a success before the request was sent', async () => {
    outage.succeeded();
    await pass(3000, 200);
    outage.failed(outage.now());
    await pass(4000, 70);
    expect(measured()).toEqual([4000, 70]);
  });

  test('ends with a success', async () => {
    outage.failed(outage.now());
    await pass(3000, 200);
    outage.succeeded();
    await pass(4000, 70);
    expect(measured()).toEqual([0, 0]);
  });
});

test('whether any request has succeeded is told from the first success on, also in an outage', () => {
  const told = [outage.everSucceeded];
  outage.succeeded();
  outage.failed(outage.now());
  expect([...told, outage.everSucceeded]).toEqual([false, true]);
});
