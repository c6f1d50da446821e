import type { Clock } from '../clock';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/**
 * A clock on which time passes only while everybody sleeps: then it jumps to the first who wakes. What takes time in a
 * test sleeps on it too, so that events come in the order of their times.
 */
export class VirtualClock implements Clock {
  private sleepers: Sleeper[] = [];
  private ticking = false;

  /** @param ms epoch ms at the start */
  constructor(private ms: number) {}

  now(): number {
    return this.ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { until: this.ms + ms, wake };
      const abort = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      signal.addEventListener('abort', abort, { once: true });
      this.sleepers.push(sleeper);
      this.tick();
    });
    signal.throwIfAborted();
  }

  /** Moves on by itself, as if nobody had slept. */
  advance(ms: number): void {
    this.ms += ms;
  }

  /** Lets everything that can run do so, then jumps to the next sleeper, until nobody sleeps. */
  private tick(): void {
    if (this.ticking) return;
    this.ticking = true;
    setImmediate(() => {
      this.ticking = false;
      const next = this.sleepers.reduce<Sleeper | undefined>(
        (first, sleeper) => (first === undefined || sleeper.until < first.until ? sleeper : first),
        undefined,
      );
      if (next === undefined) return;
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      this.ms = Math.max(this.ms, next.until);
      next.wake();
      this.tick();
    });
  }
}
