import { DeliveredIds } from './delivered-ids';
import { EDGE_SECONDS } from './shown';
import type { Position } from './state';
import { formatSeconds, formatTimestamp } from '../tines/timestamp';

/** The largest `recent_ids` that a STATE carries, in characters of JSON. */
const MAX_RECENT_CHARACTERS = 1_000_000;
/** How far beyond what was read an entry's `timestamp` may take the position, in s: more is no measure of anything. */
const MAX_LEAD_SECONDS = 300;

/** A window, before and after it is delivered. Seconds are epoch s by `created_at`. */
export interface DeliveredWindow {
  /** The first second that it does not contain; undefined where it was open. */
  readonly end?: number | undefined;
  /**
   * The newest entry that this sync was shown so far, in this window or elsewhere, as {@link newestPlausible};
   * undefined where it was shown none.
   */
  readonly newestShown: number | undefined;
  /** How long before the newest entry shown other entries may still appear. */
  readonly lookbackSeconds: number;
}

/**
 * The stream's cursor: which entries were delivered, how far reading has come, and where the next sync starts. An entry
 * is new unless its id is among those delivered, wherever it lies: late entries have lower ids and times.
 *
 * The lookback counts back from the newest entry that Tines has shown, never from a clock: while its log is stalled
 * nothing newer is shown, so the start of the next sync waits for the entries that are still to come.
 */
export class Cursor {
  private timestamp: string;
  private id: string | undefined;
  private recentFrom: number;
  private readonly delivered: DeliveredIds;
  /** Ids of entries before this second need not be remembered: they would be forgotten with the window. Epoch s. */
  private rememberFrom = -Infinity;
  /** Highest normalized timestamp delivered since a window was closed. */
  private newestDelivered = '';

  /** Goes on from a position, whose ids it takes over. */
  constructor(
    start: Position,
    private readonly maxCharacters = MAX_RECENT_CHARACTERS,
  ) {
    this.timestamp = start.timestamp;
    this.id = start.id;
    this.recentFrom = start.recentFrom;
    this.delivered = start.delivered;
  }

  /** A cursor that has delivered nothing. @param second where reading starts, epoch s by `created_at` */
  static startingAt(second: number): Cursor {
    const delivered = new DeliveredIds();
    return new Cursor({ timestamp: formatSeconds(second), id: undefined, recentFrom: second, delivered });
  }

  /** What a later sync needs to go on from here. It shares the ids: write it down before the next entry. */
  get position(): Position {
    const { timestamp, id, recentFrom, delivered } = this;
    return { timestamp, id, recentFrom, delivered };
  }

  /**
   * Counts an entry as delivered.
   * @param second until when it can be shown again, epoch s: its `created_at`, or the end of its window without one
   * @param timestamp its cursor value, normalized
   * @returns whether it is new, and to be delivered now
   */
  deliver(id: string, second: number, timestamp: string): boolean {
    const isKnown = second < this.rememberFrom ? this.delivered.has(id) : !this.delivered.add(id, second);
    if (isKnown) return false;
    this.id = id;
    if (timestamp > this.newestDelivered) this.newestDelivered = timestamp;
    return true;
  }

  /** Counts an entry as delivered although it never is: it is older than what a first sync starts with. */
  skip(id: string, second: number): void {
    this.delivered.add(id, second);
  }

  /** Prepares for the entries of a window, each of which is delivered only once. */
  startWindow(window: DeliveredWindow): void {
    this.rememberFrom = this.startAfter(window);
  }

  /**
   * Moves on behind a window whose entries were all delivered. Nothing moves backwards, and nothing moves at all where
   * nothing was shown: the server may be stalled or behind.
   * @returns how many ids had to be forgotten because the state would be too large: their entries come again
   */
  closeWindow(window: DeliveredWindow): number {
    const { end = Infinity, newestShown } = window;
    if (newestShown !== undefined) {
      const reached = Math.min(end, newestShown);
      this.recentFrom = this.startAfter(window);
      this.timestamp = latest(this.timestamp, formatSeconds(reached), this.newestUntil(reached + MAX_LEAD_SECONDS));
    }
    this.newestDelivered = '';
    // The next window shows these again, at its edge.
    this.delivered.forgetBefore(this.recentFrom - EDGE_SECONDS);
    return this.delivered.fit(this.maxCharacters);
  }

  /** Where the next sync starts once a window is delivered, epoch s. */
  private startAfter({ end = Infinity, newestShown, lookbackSeconds }: DeliveredWindow): number {
    if (newestShown === undefined) return this.recentFrom;
    return Math.max(this.recentFrom, Math.min(end, newestShown - lookbackSeconds));
  }

  /** The newest timestamp delivered, or the second that is given where it lies beyond that. */
  private newestUntil(second: number): string {
    const limit = formatTimestamp(second * 1000) ?? this.newestDelivered;
    return this.newestDelivered < limit ? this.newestDelivered : limit;
  }
}

const latest = (...timestamps: readonly string[]): string => timestamps.reduce((a, b) => (a > b ? a : b));

/**
 * The newest entry shown, as far as it can be believed: one beyond both clocks is misdated, and counts as the later of
 * these. One clock alone is not believed, for it may be behind. All in epoch s.
 * @param serverNow the server's `Date`
 * @param now this machine's clock
 */
export function newestPlausible(newest: number, serverNow: number, now: number): number {
  return Math.min(newest, Math.max(serverNow, now));
}
