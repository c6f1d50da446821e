import type { Clock } from '../clock';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A test that wakes more often than this goes round in circles. */
const MOST_JUMPS = 50_000;

/** Lets everything run that can run without time passing. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until a test moves it. Epoch ms. */
export class ManualClock implements Clock {
  /** Every `ms` that was slept for, in the order of the calls. */
  readonly slept: number[] = [];
  private sleepers: Sleeper[] = [];

  constructor(private ms = 0) {}

  /** How many are asleep. */
  get sleeping(): number {
    return this.sleepers.length;
  }

  now(): number {
    return this.ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(ms);
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = {
        until: this.ms + ms,
        wake: () => {
          signal.removeEventListener('abort', sleeper.wake);
          this.sleepers = this.sleepers.filter((other) => other !== sleeper);
          resolve();
        },
      };
      signal.addEventListener('abort', sleeper.wake, { once: true });
      this.sleepers.push(sleeper);
    });
    signal.throwIfAborted();
  }

  /** Moves on by `ms`, waking whoever is due on the way, in order. */
  async advance(ms: number): Promise<void> {
    const target = this.ms + ms;
    await settle();
    for (let next = this.next(); next !== undefined && next.until <= target; next = this.next()) {
      await this.jumpTo(next);
    }
    this.ms = target;
    await settle();
  }

  /** Jumps from sleeper to sleeper until the promise has settled. @returns what it brings */
  async runTo<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const end = (): void => {
      state.settled = true;
    };
    promise.then(end, end);
    await settle();
    for (let jumps = 0; !state.settled; jumps += 1) {
      if (jumps > MOST_JUMPS) throw new Error('there is no end to it');
      const next = this.next();
      if (next === undefined || next.until === Number.POSITIVE_INFINITY) throw new Error('nobody wakes up any more');
      await this.jumpTo(next);
    }
    return promise;
  }

  private next(): Sleeper | undefined {
    return this.sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.until < first.until ? sleeper : first),
      undefined,
    );
  }

  private async jumpTo(sleeper: Sleeper): Promise<void> {
    this.ms = Math.max(this.ms, sleeper.until);
    sleeper.wake();
    await settle();
  }
}
