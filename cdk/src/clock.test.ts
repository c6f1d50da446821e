import { describe, expect, test } from '@jest/globals';
import { systemClock } from './clock';

describe("the machine's clock", () => {
  test('says epoch milliseconds, whole ones', () => {
    const now = systemClock.now();
    expect(Number.isInteger(now)).toBe(true);
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
  });

  test('never goes back', () => {
    const times = Array.from({ length: 1000 }, () => systemClock.now());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('wakes up after nothing', async () => {
    await expect(systemClock.sleep(0, new AbortController().signal)).resolves.toBeUndefined();
  });

  test('does not fall asleep once the signal is aborted', async () => {
    await expect(systemClock.sleep(1e9, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });

  test('wakes with the reason of the signal', async () => {
    const stop = new AbortController();
    const sleep = systemClock.sleep(1e9, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(sleep).rejects.toThrow('stopped');
  });

  test.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])('does not wake at once when asked for %d ms', async (ms) => {
    const stop = new AbortController();
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown): void => {
      warnings.push(warning);
    };
    process.on('warning', onWarning);
    let awake = false;
    const sleep = systemClock.sleep(ms, stop.signal).then(() => {
      awake = true;
    });
    // A timer that overflows fires after 1 ms; several others of that length come after it.
    for (let turn = 0; turn < 5; turn += 1) await systemClock.sleep(2, new AbortController().signal);
    process.off('warning', onWarning);
    expect({ awake, warnings }).toEqual({ awake: false, warnings: [] });
    stop.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
  });
});
