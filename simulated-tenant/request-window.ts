const MINUTE_MS = 60_000;

/** The requests of one sender, for a limit on any 60 seconds. Times are ms of a clock that never runs backwards. */
export class RequestWindow {
  readonly #limit: number;
  readonly #admitted: number[] = [];

  /** At most `limit` requests are admitted in any 60 seconds. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Admits a request (0), or tells in how many ms one will be admitted again. Refused requests don't count. */
  admit(now: number): number {
    while (this.#admitted[0] !== undefined && this.#admitted[0] <= now - MINUTE_MS) this.#admitted.shift();
    if (this.#admitted.length < this.#limit) {
      this.#admitted.push(now);
      return 0;
    }
    return (this.#admitted[0] ?? now) + MINUTE_MS - now;
  }
}

/** The most requests that lie within any 60 seconds. `times`: ms, ascending. */
export function maxInAnyMinute(times: readonly number[]): number {
  let [most, start] = [0, 0];
  times.forEach((time, index) => {
    while ((times[start] ?? time) <= time - MINUTE_MS) start++;
    most = Math.max(most, index - start + 1);
  });
  return most;
}
