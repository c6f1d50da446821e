import type { Clock } from '../src/clock';

/** Sleepers that can be woken before their time, all at once. */
export class WakeableSleep {
  readonly #clock: Clock;
  #wakers: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sleeps for `ms`, or until {@link wake} is called or the signal is aborted: neither is an error here. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => {
      woken.abort();
    };
    signal.addEventListener('abort', wake, { once: true });
    this.#wakers.push(wake);
    try {
      await this.#clock.sleep(ms, woken.signal);
    } catch (error) {
      if (!woken.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', wake);
      this.#wakers = this.#wakers.filter((waker) => waker !== wake);
    }
  }

  /** Ends all sleeps. */
  wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
