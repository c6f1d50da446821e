import type { Clock } from '../src/clock';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** So many turns of the event loop without anybody falling asleep mean that all wait for the clock. */
const QUIET_TURNS = 8;

/** A test that wakes more often than this goes round in circles. */
const MOST_JUMPS = 50_000;

/** Lets everything run that can run without time passing. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A sleeper on a clock that is not the machine's. Epoch ms. */
abstract class SimulatedClock implements Clock {
  protected ms: number;
  #sleepers: Sleeper[] = [];

  /** @param ms epoch ms at the start */
  constructor(ms: number) {
    this.ms = ms;
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  now(): number {
    return this.ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = {
        until: this.ms + ms,
        wake: () => {
          signal.removeEventListener('abort', sleeper.wake);
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          resolve();
        },
      };
      signal.addEventListener('abort', sleeper.wake, { once: true });
      this.#sleepers.push(sleeper);
      this.fellAsleep(ms);
    });
    signal.throwIfAborted();
  }

  /** Called when somebody has fallen asleep for so many ms. */
  protected abstract fellAsleep(ms: number): void;

  /** When the first sleeper wakes, epoch ms; undefined where nobody sleeps. */
  protected get nextWake(): number | undefined {
    return this.#first()?.until;
  }

  /** Jumps to the first sleeper's time and wakes it. */
  protected wakeFirst(): void {
    const first = this.#first();
    if (first === undefined) return;
    this.ms = Math.max(this.ms, first.until);
    first.wake();
  }

  #first(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.until < first.until ? sleeper : first),
      undefined,
    );
  }
}

/** A clock that stands still until a test moves it. Epoch ms. */
export class ManualClock extends SimulatedClock {
  /** Every `ms` that was slept for, in the order of the calls. */
  readonly slept: number[] = [];

  /** @param ms epoch ms at the start */
  constructor(ms = 0) {
    super(ms);
  }

  /** Moves on by `ms`, waking the sleepers that are due on the way, in order. */
  async advance(ms: number): Promise<void> {
    const target = this.ms + ms;
    await settle();
    for (let next = this.nextWake; next !== undefined && next <= target; next = this.nextWake) {
      this.wakeFirst();
      await settle();
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
      if ((this.nextWake ?? Infinity) === Infinity) throw new Error('nobody wakes up any more');
      this.wakeFirst();
      await settle();
    }
    return promise;
  }

  protected override fellAsleep(ms: number): void {
    this.slept.push(ms);
  }
}

/**
 * A clock on which time passes only while everybody sleeps: then it jumps to the first who wakes. What takes time in a
 * test sleeps on it too, so that events come in the order of their times. Epoch ms.
 */
export class VirtualClock extends SimulatedClock {
  #ticking = false;

  /** Moves on by itself, as if nobody had slept. */
  advance(ms: number): void {
    this.ms += ms;
  }

  protected override fellAsleep(): void {
    this.#tick();
  }

  /** Lets everything that can run do so, then jumps to the next sleeper, until nobody sleeps. */
  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    void this.#everybodyAsleep().then(() => {
      this.#ticking = false;
      if (this.nextWake === undefined) return;
      this.wakeFirst();
      this.#tick();
    });
  }

  /** What is written and read takes turns of its own, during which time must not jump to the longest sleeper. */
  async #everybodyAsleep(): Promise<void> {
    for (let turn = 0; turn < QUIET_TURNS; turn += 1) await settle();
  }
}
