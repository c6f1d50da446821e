import type { CompactId } from './compact-id';
import { DeliveredIds } from './delivered-ids';

/** The largest set of ids that a state carries, in characters of JSON. */
const MAX_ID_CHARACTERS = 1_000_000;
/** How far beyond what was read an entry's cursor value may take the position, in ms: more is no measure of anything. */
const MAX_LEAD_MS = 300_000;

/** How far a stream was read: what a state says, and what the cursor moves on. */
export interface LookbackPosition {
  /**
   * The highest cursor value that was delivered, or where reading stood if that is later, epoch ms. Never before
   * `recentFrom`.
   */
  readonly timestamp: number;
  /** Id of the entry delivered last. */
  readonly id: CompactId | undefined;
  /** Where the next read starts: epoch s, by the time that ranges go by. */
  readonly recentFrom: number;
  /** The ids delivered from `recentFrom` on. Whoever takes the position over goes on adding to them. */
  readonly delivered: DeliveredIds;
}

/** A window, before and after it is delivered. Seconds are epoch s by the time that ranges go by. */
export interface DeliveredWindow {
  /** The first second that it does not contain; undefined where it was open. */
  readonly end?: number | undefined;
  /** The newest entry that this read was shown so far, in this window or elsewhere; undefined where it was shown none. */
  readonly newestShown: number | undefined;
  /** How long before the newest entry shown other entries may still appear. */
  readonly lookbackSeconds: number;
}

/**
 * Cursor with a lookback: which entries were delivered, how far reading has come, and where the next read starts. An
 * entry is new unless its id is among those delivered, wherever it lies: late entries have lower ids and times.
 *
 * The lookback counts back from the newest entry that the service has shown, never from a clock: while its log is
 * stalled nothing newer is shown, so the start of the next read waits for the entries that are still to come.
 */
export class LookbackCursor {
  #timestamp: number;
  #id: CompactId | undefined;
  #recentFrom: number;
  readonly #delivered: DeliveredIds;
  readonly #maxCharacters: number;
  /** Ids of entries before this second need not be remembered: they would be forgotten with the window. Epoch s. */
  #rememberFrom = -Infinity;
  /** Highest cursor value delivered since a window was closed, epoch ms. */
  #newestDelivered = -Infinity;

  /** Goes on from a position, whose ids it takes over. */
  constructor(start: LookbackPosition, maxCharacters = MAX_ID_CHARACTERS) {
    this.#timestamp = start.timestamp;
    this.#id = start.id;
    this.#recentFrom = start.recentFrom;
    this.#delivered = start.delivered;
    this.#maxCharacters = maxCharacters;
  }

  /** A cursor that has delivered nothing. @param second where reading starts, epoch s */
  static startingAt(second: number): LookbackCursor {
    const delivered = new DeliveredIds();
    return new LookbackCursor({ timestamp: second * 1000, id: undefined, recentFrom: second, delivered });
  }

  /** What a later read needs to go on from here. It shares the ids: write it down before the next entry. */
  get position(): LookbackPosition {
    return {
      timestamp: this.#timestamp,
      id: this.#id,
      recentFrom: this.#recentFrom,
      delivered: this.#delivered,
    };
  }

  deliver(id: CompactId, second: number, timestamp: number): 'new' | 'known' | 'reused' {
    const isKnown = second < this.#rememberFrom ? this.#delivered.has(id) : !this.#delivered.add(id, second);
    if (isKnown) return 'known';
    this.#id = id;
    if (timestamp > this.#newestDelivered) this.#newestDelivered = timestamp;
    return 'new';
  }
  deliverUndated(id: CompactId, second: number, timestamp: number): 'new' | 'known' {
    return this.deliver(id, second, timestamp) === 'known' ? 'known' : 'new';
  }
  skip(id: CompactId, second: number): void {
    this.#delivered.add(id, second);
  }
  rememberFrom(second: number): void { this.#rememberFrom = second; }
  advance({ recentFrom, timestamp }: { recentFrom: number | undefined; timestamp: number | undefined; latestRecentFrom: number }): number {
    if (recentFrom !== undefined) this.#recentFrom = Math.max(this.#recentFrom, recentFrom);
    if (timestamp !== undefined) this.#timestamp = Math.max(this.#timestamp, timestamp, Math.min(this.#newestDelivered, timestamp + MAX_LEAD_MS));
    this.#newestDelivered = -Infinity;
    this.#delivered.forgetBefore(this.#recentFrom);
    return this.#delivered.fit(this.#maxCharacters);
  }
}
