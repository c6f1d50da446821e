import { ConfigError } from '@airbyte/cdk-typescript-compat';
import { compareEntries, hasOwnId, toEntry, type DatedEntry, type Entry } from './entry';
import { formatSeconds, LAST_SECOND } from './timestamp';
import { BEGINNING, type Window } from './window';

/**
 * How far outside of the window a row may lie before it is no edge any more, in s. The API is asked for one second
 * more on each side; a server that rounds to the minute is still right.
 */
const EDGE_SECONDS = 300;

/** What odd rows there were, for a WARN. */
export interface OddRows {
  readonly withoutId: number;
  readonly withoutTime: number;
}

/**
 * The distinct entries that the API showed for one window, edges included: they count for completeness and are cut
 * off at the end.
 */
export class WindowEntries {
  private readonly entries = new Map<string, Entry>();
  /** Normalized timestamps compare as text. */
  private readonly from: string;
  private readonly to: string | undefined;
  private readonly farBefore: string;
  private readonly farAfter: string | undefined;
  private withoutId = 0;
  private withoutTime = 0;

  constructor(private readonly window: Window) {
    this.from = formatSeconds(window.from);
    this.to = window.to === undefined ? undefined : formatSeconds(window.to);
    this.farBefore = formatSeconds(Math.max(BEGINNING, window.from - EDGE_SECONDS));
    this.farAfter = window.to === undefined ? undefined : formatSeconds(window.to + EDGE_SECONDS);
  }

  /** How many distinct entries were shown. */
  get size(): number {
    return this.entries.size;
  }

  /**
   * Adds a page's rows. Of entries that come again the first is kept.
   * @param seen the ids of one pass over the window, added to as well
   * @returns how many of them are new in this pass
   * @throws ConfigError when the rows lie far outside of the window: the server ignored the range
   */
  add(rows: readonly unknown[], seen: Set<string>): number {
    const before = seen.size;
    let far = 0;
    for (const row of rows) {
      const entry = toEntry(row);
      if (entry.timestamp !== undefined && this.isFar(entry.timestamp)) far += 1;
      seen.add(entry.id);
      if (!this.entries.has(entry.id)) this.entries.set(entry.id, entry);
    }
    // One odd row must not stop the connector; two that agree are a server that doesn't know after and before.
    if (far > 1) throw rangeIgnoredError();
    return seen.size - before;
  }

  /**
   * The window's own entries, oldest first.
   * @param now epoch s, where an open window ends for now
   */
  inside(now: number): DatedEntry[] {
    const { from, to } = this.window;
    // An entry without a time can be shown again until then: its real one lies in the window.
    const rememberUntil = formatSeconds(Math.min(LAST_SECOND, (to ?? Math.max(now, from)) + 2));
    const inside: DatedEntry[] = [];
    for (const entry of this.entries.values()) {
      const dated = this.date(entry, rememberUntil);
      if (dated !== undefined) inside.push(dated);
    }
    return inside.reverse().sort(compareEntries);
  }

  /** Counted by {@link inside}. */
  get odd(): OddRows {
    return { withoutId: this.withoutId, withoutTime: this.withoutTime };
  }

  /** Undefined for an entry of a neighbouring window. */
  private date(entry: Entry, rememberUntil: string): DatedEntry | undefined {
    const { id, timestamp, fields } = entry;
    const ownTime = timestamp !== undefined && !this.isFar(timestamp);
    if (ownTime && !this.contains(timestamp)) return undefined;
    if (!hasOwnId(entry)) this.withoutId += 1;
    if (ownTime) return { id, timestamp, fields };
    this.withoutTime += 1;
    return { id, timestamp: this.from, fields, rememberUntil };
  }

  private contains(timestamp: string): boolean {
    return timestamp >= this.from && (this.to === undefined || timestamp < this.to);
  }

  private isFar(timestamp: string): boolean {
    return timestamp < this.farBefore || (this.farAfter !== undefined && timestamp > this.farAfter);
  }
}

function rangeIgnoredError(): ConfigError {
  return new ConfigError(
    'Tines answered with entries far outside of the time range that was asked for, so the range was ignored. Check whether a proxy in front of the tenant removes query parameters; nothing of this answer was delivered.',
  );
}
