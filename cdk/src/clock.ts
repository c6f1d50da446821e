import { setTimeout as delay } from 'node:timers/promises';

/** Time as everything here sees it; tests hand in one that needs no waiting. */
export interface Clock {
  /** Epoch ms. Never goes back, even where the machine's clock is set. */
  now(): number;
  /** Resolves after `ms`. @throws the signal's reason when it is aborted before */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** setTimeout fires at once when asked for more. In ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  sleep: async (ms, signal) => {
    signal.throwIfAborted();
    try {
      await delay(Math.min(ms, LONGEST_TIMEOUT_MS), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
