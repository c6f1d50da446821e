interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock and its timers, for {@link RunSourceOptions}: time passes only when a test lets it. */
export class ManualTimers {
  #now: number;
  #timers: Timer[] = [];

  /** @param now where the clock stands at first, epoch ms */
  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  /** How many are waited for. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Epoch ms. */
  readonly now = (): number => this.#now;

  /** Calls back when the clock stands `ms` later, unless the function returned is called before. */
  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer: Timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Lets `ms` pass: calls back all that are due on the way, in their order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#first(); next !== undefined && next.at <= end; next = this.#first()) {
      const due = next;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }

  #first(): Timer | undefined {
    return this.#timers.toSorted((a, b) => a.at - b.at)[0];
  }
}
