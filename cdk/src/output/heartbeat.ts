import type { After } from '../stop';

/**
 * The longest silence, in ms, before a sign of life is given. Only RECORD and STATE count as one; without any for some
 * hours, the platform ends the read (Airbyte, source heartbeats).
 */
export const HEARTBEAT_MS = 120_000;

/** What a {@link Heartbeat} is made of. */
export interface HeartbeatOptions {
  /** Epoch ms. */
  readonly now: () => number;
  readonly after: After;
  /** Gives a sign of life. */
  readonly beat: () => void;
}

/** Calls `beat` whenever nothing was alive for {@link HEARTBEAT_MS}. It never keeps the process running. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #latest: number;
  #cancel = (): void => undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#latest = options.now();
    this.#wait(HEARTBEAT_MS);
  }

  /** Notes a sign of life that was given otherwise. */
  alive(): void {
    this.#latest = this.#options.now();
  }

  /** Beats no more. */
  stop(): void {
    this.#cancel();
  }

  #wait(ms: number): void {
    this.#cancel = this.#options.after(
      ms,
      () => {
        this.#due();
      },
      { unref: true },
    );
  }

  #due(): void {
    const rest = this.#latest + HEARTBEAT_MS - this.#options.now();
    if (rest > 0) {
      this.#wait(rest);
      return;
    }
    this.alive();
    this.#wait(HEARTBEAT_MS);
    this.#options.beat();
  }
}
