import type { Clock } from '../src/clock';

/** A point in time, epoch ms, and for how long pauses had lasted until then, in ms. */
export interface Moment {
  readonly at: number;
  readonly pausedMs: number;
}

/** The time since which no request has succeeded, over all requests. */
export class Outage {
  readonly #clock: Clock;
  readonly #pausedMs: () => number;
  #lastSuccess: Moment | undefined;
  #start: Moment | undefined;

  /** @param pausedMs for how long 429s have paused everything so far, in ms */
  constructor(clock: Clock, pausedMs: () => number) {
    this.#clock = clock;
    this.#pausedMs = pausedMs;
  }

  now(): Moment {
    return { at: this.#clock.now(), pausedMs: this.#pausedMs() };
  }

  get everSucceeded(): boolean {
    return this.#lastSuccess !== undefined;
  }

  succeeded(): void {
    this.#lastSuccess = this.now();
    this.#start = undefined;
  }

  /**
   * A request failed. The outage lasts from when the first that failed was sent: before, there may have been nothing to
   * send for a long time.
   * @param sent when it was sent
   */
  failed(sent: Moment): void {
    const lastSuccess = this.#lastSuccess;
    this.#start ??= lastSuccess !== undefined && lastSuccess.at > sent.at ? lastSuccess : sent;
  }

  /** How long the outage has lasted, in ms; 0 where there is none. */
  lastsMs(): number {
    return this.#start === undefined ? 0 : this.#clock.now() - this.#start.at;
  }

  /** How much of that were pauses after 429s, in ms. */
  pausesMs(): number {
    return this.#start === undefined ? 0 : this.#pausedMs() - this.#start.pausedMs;
  }
}
