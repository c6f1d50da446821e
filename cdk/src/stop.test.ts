import { describe, expect, test } from '@jest/globals';
import { Stop, STOP_GRACE_MS, StoppedError } from './stop';

function setUp() {
  const asked = new AbortController();
  const fault = new AbortController();
  const timers: { readonly ms: number; readonly fire: () => void; cancelled: boolean }[] = [];
  const stop = new Stop(asked.signal, fault.signal, (ms, fire) => {
    const timer = { ms, fire, cancelled: false };
    timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  });
  return { asked, fault, timers, stop };
}

const never = new Promise<never>(() => undefined);

describe('guarded work', () => {
  test('settles as it would without a guard', async () => {
    const { stop } = setUp();
    await expect(stop.guard(Promise.resolve(1))).resolves.toBe(1);
    await expect(stop.guard(Promise.reject(new Error('x')))).rejects.toThrow('x');
  });

  test('has some time to end by itself after a stop', async () => {
    const { stop, asked, timers } = setUp();
    const work = new Promise<string>((resolve) => {
      stop.signal.addEventListener('abort', () => {
        resolve('checkpointed');
      });
    });
    const guarded = stop.guard(work);
    asked.abort();
    await expect(guarded).resolves.toBe('checkpointed');
    expect(timers).toMatchObject([{ ms: STOP_GRACE_MS, cancelled: true }]);
  });

  test('is given up when it goes on beyond that', async () => {
    const { stop, asked, timers } = setUp();
    const guarded = stop.guard(never);
    asked.abort();
    timers[0]?.fire();
    await expect(guarded).rejects.toThrow(StoppedError);
    expect(stop.requested).toBe(true);
  });

  test('is given up at once after a fault', async () => {
    const { stop, fault } = setUp();
    const guarded = stop.guard(never);
    fault.abort(new TypeError('nobody caught me'));
    await expect(guarded).rejects.toThrow('nobody caught me');
    expect(stop.requested).toBe(false);
    expect(stop.signal.aborted).toBe(true);
  });

  test('a fault during a stop does not turn it into a failure', () => {
    const { stop, asked, fault } = setUp();
    asked.abort();
    fault.abort(new Error('aborted request'));
    expect(stop.requested).toBe(true);
  });
});

test('a signal that was aborted before counts', () => {
  const stop = new Stop(AbortSignal.abort(), new AbortController().signal, () => () => undefined);
  expect(stop.requested).toBe(true);
});

test('what is thrown need not be an error', async () => {
  const { stop, fault } = setUp();
  const guarded = stop.guard(never);
  fault.abort('text');
  await expect(guarded).rejects.toThrow('not an Error');
});
