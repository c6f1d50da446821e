import type { Log } from '../src/source';
import type { Clock } from '../src/clock';

/** The shortest and the longest distance between two lines about the same kind of failure, in ms. */
const FIRST_DISTANCE_MS = 10_000;
const LONGEST_DISTANCE_MS = 10 * 60_000;
/** A kind that did not occur for so long is new again, in ms. */
const FORGOTTEN_AFTER_MS = 5 * 60_000;

interface Kind {
  readonly seenAt: number;
  readonly loggedAt: number;
  readonly distanceMs: number;
  readonly unlogged: number;
}

/**
 * Rate-limited warnings about failures: the first of a kind at once, further ones at growing distances, with how many
 * there were in between. A kind that has not occurred for a while is new again. A server that fails for ten minutes then
 * takes a handful of lines, not one per retry and worker.
 */
export class FailureLog {
  readonly #kinds = new Map<string, Kind>();

  readonly #log: Log;
  readonly #clock: Clock;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @param kind what failures have in common, such as the status */
  warn(kind: string, message: string): void {
    const now = this.#clock.now();
    const last = this.#kinds.get(kind);
    if (last !== undefined && now < last.loggedAt + last.distanceMs) {
      this.#kinds.set(kind, { ...last, seenAt: now, unlogged: last.unlogged + 1 });
      return;
    }
    const isNew = last === undefined || now >= last.seenAt + FORGOTTEN_AFTER_MS;
    const distanceMs = isNew ? FIRST_DISTANCE_MS : Math.min(LONGEST_DISTANCE_MS, last.distanceMs * 2);
    this.#kinds.set(kind, { seenAt: now, loggedAt: now, distanceMs, unlogged: 0 });
    const unlogged = last?.unlogged ?? 0;
    this.#log('WARN', unlogged === 0 ? message : `${message}; ${unlogged} more like it since the last such line`);
  }
}
