import type { Log } from '@airbyte/cdk-typescript-compat';
import type { SavedState } from './state';
import { formatSeconds, secondsOf } from './timestamp';
import { BEGINNING } from './window';
import type { Window } from './window';
import type { WholeWindow } from './window-reader';

/** How long Tines keeps audit logs, in s: two years (Tines' docs on audit logs). */
const RETENTION_SECONDS = 2 * 365 * 24 * 3600;

/** What a sync explains in the log. Never an entry's contents. All times in s are epoch. */
export class Notices {
  constructor(private readonly log: Log) {}

  /** A first sync that brings nothing old. @param start normalized timestamp */
  startsNow(start: string): void {
    this.log(
      'INFO',
      `Backfill Start Time is not set: nothing older than ${start} is read, the next sync goes on from there`,
    );
  }

  /** The range of the sync. */
  start(domain: string, from: number, now: number): void {
    const start = from === BEGINNING ? 'the oldest entry that Tines keeps' : formatSeconds(from);
    this.log('INFO', `Reading the audit logs of ${domain} from ${start} to ${formatSeconds(now)} (the server's time)`);
  }

  /** What is surprising about the state that the sync goes on from. */
  saved(saved: SavedState, from: number, now: number, fingerprint: string): void {
    if (saved.config !== undefined && saved.config !== fingerprint) {
      this.log(
        'WARN',
        `Tenant Domain, User IDs or Operation Names changed since the last sync. Entries from before ${formatSeconds(from)} that only the new settings match do not come by themselves: refresh the stream in Airbyte, with a Backfill Start Time that reaches back far enough, to get them.`,
      );
    }
    if (from > now) {
      this.log(
        'WARN',
        `The saved state lies in the future: it says ${saved.timestamp}, the server says ${formatSeconds(now)}. Nothing older than ${formatSeconds(from)} is read; if that is not intended, reset the stream in Airbyte.`,
      );
    }
    const oldestKept = now - RETENTION_SECONDS;
    if (secondsOf(saved.timestamp) < oldestKept) {
      this.log(
        'WARN',
        `Tines keeps audit logs for two years, and the last sync ended before that: what happened between ${saved.timestamp} and ${formatSeconds(oldestKept)} may be gone.`,
      );
    }
  }

  /** What is odd about a window. */
  window(window: WholeWindow): void {
    const range = rangeOf(window.window);
    this.missing(window.window, window.missing);
    if (window.odd.withoutId > 0) {
      this.log('WARN', `${window.odd.withoutId} entries ${range} have no id: a hash of their content stands for it.`);
    }
    if (window.odd.withoutTime > 0) {
      this.log(
        'WARN',
        `${window.odd.withoutTime} entries ${range} have no time that fits: the start of that range stands for it.`,
      );
    }
  }

  /** Entries that Tines counts in a window and does not show. */
  missing(window: Window, entries: number): void {
    if (entries === 0) return;
    this.log(
      'WARN',
      `Tines counts ${entries} more entries ${rangeOf(window)} than it shows, also when read again. What it shows was delivered.`,
    );
  }

  /** A second that is streamed. */
  denseSecond(second: number): void {
    this.log(
      'INFO',
      `The second ${formatSeconds(second)} has more entries than are held at once: it is delivered page by page, and comes again if the sync is stopped inside of it`,
    );
  }

  /** Delivered entries whose ids don't fit into the state. */
  dropped(ids: number): void {
    if (ids === 0) return;
    this.log(
      'WARN',
      `The lookback window holds more entries than a state can name: ${ids} of them are delivered again by the next sync, with the same id. A shorter Lookback Window avoids that.`,
    );
  }
}

function rangeOf({ from, to }: Window): string {
  return `between ${formatSeconds(from)} and ${to === undefined ? 'now' : formatSeconds(to)}`;
}
