import type { CompactId } from './ids';
import { DeliveredIds, MAX_ID_CHARACTERS } from './delivered-ids';

/** How far beyond what was read an entry's cursor value may take the position, in ms: more is no measure of anything. */
const MAX_LEAD_MS = 300_000;

/** How far a stream was read: what a state says, and what the cursor moves on. */
export interface LookbackPosition {
  /**
   * The highest cursor value that was delivered, or how far was read if that is later, epoch ms. Never before
   * `recentFrom`.
   */
  readonly timestamp: number;
  /** Id of the entry delivered last. */
  readonly id: CompactId | undefined;
  /** Where the next read starts: epoch s, by the time that ranges go by. */
  readonly recentFrom: number;
  /** The ids delivered from `recentFrom` on. A cursor that takes the position over goes on adding to them. */
  readonly delivered: DeliveredIds;
}

/** How far a position may move after a window. */
export interface LookbackProgress {
  /** Where the next read is to start, epoch s; undefined where that is to stay. */
  readonly recentFrom: number | undefined;
  /** How far was read, epoch ms; undefined where that is to stay. */
  readonly timestamp: number | undefined;
  /**
   * Where the next read starts at the latest, epoch s, if the ids of all that comes after `recentFrom` don't fit into a
   * state: the newest entry less the lookback.
   */
  readonly latestRecentFrom: number;
}

/**
 * Cursor with a lookback: which entries were delivered, how far reading has come, and where the next read starts. An
 * entry is known by its id and the five minutes it was created in, wherever it lies: late entries have lower ids and
 * times, and a service that was set back to an earlier copy gives ids out again, to other entries.
 */
export class LookbackCursor {
  readonly #position: { -readonly [Key in keyof LookbackPosition]: LookbackPosition[Key] };
  readonly #maxCharacters: number;
  #rememberFrom = -Infinity;
  /** Highest cursor value delivered since the position moved, epoch ms. */
  #newestDelivered = -Infinity;

  /** Goes on from a position, whose ids it takes over. @param maxCharacters of the ids in a state, as JSON */
  constructor(start: LookbackPosition, maxCharacters = MAX_ID_CHARACTERS) {
    this.#position = { ...start };
    this.#maxCharacters = maxCharacters;
  }

  /** A cursor that has delivered nothing. @param second where reading starts, epoch s */
  static startingAt(second: number): LookbackCursor {
    const delivered = new DeliveredIds();
    return new LookbackCursor({ timestamp: second * 1000, id: undefined, recentFrom: second, delivered });
  }

  /** What a later read needs to go on from here. It shares the ids: write it down before the next entry. */
  get position(): LookbackPosition {
    return { ...this.#position };
  }

  /**
   * Counts an entry as delivered, unless it is known.
   * @param second when it was created, by the time that ranges go by, epoch s
   * @param timestamp its cursor value, epoch ms
   * @returns `known` for an entry that was delivered before; `reused` for a new one whose id stood for another entry
   */
  deliver(id: CompactId, second: number, timestamp: number): 'new' | 'known' | 'reused' {
    if (this.#position.delivered.hasAt(id, second)) return 'known';
    const isReused = this.#position.delivered.has(id);
    this.#count(id, second, timestamp);
    return isReused ? 'reused' : 'new';
  }

  /**
   * Counts an entry that has no readable time as delivered, unless its id is known for any time.
   * @param until the last second for which it can be returned again, epoch s
   * @param timestamp its cursor value, epoch ms
   */
  deliverUndated(id: CompactId, until: number, timestamp: number): 'new' | 'known' {
    if (!this.#position.delivered.has(id)) {
      this.#count(id, until, timestamp);
      return 'new';
    }
    this.#remember(id, until);
    return 'known';
  }

  /** Counts an entry as delivered although it never is: it is older than what a first read starts with. */
  skip(id: CompactId, second: number): void {
    this.#position.delivered.add(id, second);
  }

  /**
   * Says that {@link advance} will move `recentFrom` to this second (epoch s) or beyond: until then ids of entries before
   * it are not remembered, because they would be forgotten at once. Each entry must be delivered only once then.
   */
  rememberFrom(second: number): void {
    this.#rememberFrom = second;
  }

  /**
   * Moves the position after a window whose entries were all delivered. Nothing moves backwards. Ids from before
   * `recentFrom` are forgotten. Where the others don't fit into a state, `recentFrom` moves on as far as it takes, but not
   * beyond `latestRecentFrom` or how far was read; what doesn't fit even then is forgotten, oldest first.
   * @returns how many ids were forgotten though their entries come again
   */
  advance({ recentFrom, timestamp = -Infinity, latestRecentFrom }: LookbackProgress): number {
    const delivered = Math.min(this.#newestDelivered, timestamp + MAX_LEAD_MS);
    this.#position.timestamp = Math.max(this.#position.timestamp, timestamp, delivered);
    this.#newestDelivered = -Infinity;
    this.#rememberFrom = -Infinity;
    if (recentFrom !== undefined) {
      this.#startFrom(recentFrom);
      const excess = this.#position.delivered.newestExcess(this.#maxCharacters);
      const fitting = excess === undefined ? recentFrom : excess + 1;
      this.#startFrom(Math.min(fitting, latestRecentFrom, Math.floor(timestamp / 1000)));
    }
    return this.#position.delivered.fit(this.#maxCharacters);
  }

  #startFrom(second: number): void {
    this.#position.recentFrom = Math.max(this.#position.recentFrom, second);
    this.#position.timestamp = Math.max(this.#position.timestamp, this.#position.recentFrom * 1000);
    this.#position.delivered.forgetBefore(this.#position.recentFrom);
  }

  #count(id: CompactId, second: number, timestamp: number): void {
    this.#remember(id, second);
    this.#position.id = id;
    if (timestamp > this.#newestDelivered) this.#newestDelivered = timestamp;
  }

  #remember(id: CompactId, second: number): void {
    if (second >= this.#rememberFrom) this.#position.delivered.add(id, second);
  }
}
