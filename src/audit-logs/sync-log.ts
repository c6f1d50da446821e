import type { Log } from '@airbyte/cdk-typescript-compat';
import type { Clock } from '@airbyte/cdk-typescript-compat';
import type { SavedState } from './state';
import { BEGINNING, RETENTION_SECONDS } from '../tines/range';
import { formatSeconds } from '../tines/timestamp';
import { numberText } from './number-text';
import { warningsOf, type WindowCounts } from './window-counts';

/** No more progress lines than one in this time, in ms. */
const INTERVAL_MS = 10_000;

/** What a sync explains in the log, how far it is, and the proof at its end. Never an entry's contents. Times: epoch s. */
export class SyncLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #toldTooDeep = new Set<string>();
  #delivered = 0;
  #known = 0;
  #counted: number | undefined = 0;
  #missing = 0;
  #windows = 0;
  #expected: number | undefined;
  readonly #startedAt: number;
  #lastLine: number;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#lastLine = this.#startedAt = clock.now();
  }

  /** A first sync that brings nothing old. @param start normalized timestamp */
  startsNow(start: string): void {
    this.#log(
      'INFO',
      `Backfill Start Time is not set: nothing older than ${start} is read, the next sync goes on from there`,
    );
  }

  /** A refresh that Airbyte asked for, without a start time. */
  refresh(): void {
    this.#log(
      'INFO',
      'Airbyte asks for everything anew, and Backfill Start Time is not set: all entries that Tines keeps are read',
    );
  }

  /** The range of the sync. @param expected how many entries Tines counts in it, where it counts */
  start(domain: string, from: number, now: number, expected: number | undefined): void {
    this.#expected = expected;
    const start = from === BEGINNING ? 'the oldest entry that Tines keeps' : formatSeconds(from);
    this.#log('INFO', `Reading the audit logs of ${domain} from ${start} to ${formatSeconds(now)} (the server's time)`);
  }

  /** What is surprising about the state that the sync goes on from. */
  saved({ changed, timestamp: reached, recentFrom }: SavedState, now: number): void {
    const timestamp = formatSeconds(Math.floor(reached / 1000));
    const from = formatSeconds(recentFrom);
    if (changed !== undefined) {
      const settings = changed === 'tenant' ? 'Tenant Domain' : 'User IDs or Operation Names';
      this.#log(
        'WARN',
        `${settings} changed since the last sync. Entries from before ${from} that only the new settings match do not come by themselves: refresh the stream in Airbyte, with a Backfill Start Time that reaches back far enough, to get them.`,
      );
    }
    if (recentFrom > now) {
      this.#log(
        'WARN',
        `The saved state lies in the future: it says ${timestamp}, the server says ${formatSeconds(now)}. Nothing older than ${from} is read; if that is not intended, reset the stream in Airbyte.`,
      );
    }
    const oldestKept = now - RETENTION_SECONDS;
    if (recentFrom < oldestKept) {
      this.#log(
        'WARN',
        `Tines keeps audit logs for two years, and the last sync ended before that: what happened between ${timestamp} and ${formatSeconds(oldestKept)} may be gone.`,
      );
    }
  }

  /** Columns that were nested too deep for common JSON readers; told once for the same columns. */
  readonly tooDeep = (columns: readonly string[]): void => {
    const names = columns.map((column) => `"${column}"`).join(', ');
    if (this.#toldTooDeep.has(names)) return;
    this.#toldTooDeep.add(names);
    this.#log('WARN', `Entries are nested too deep in ${names}: the innermost part is written as a string of JSON.`);
  };

  /** Nothing is shown in the range of a sync: the next one asks for it again. */
  nothingShown(): void {
    this.#log('INFO', 'Tines shows no entry in this range. The next sync reads the same range again.');
  }

  /** A second that is streamed. */
  denseSecond(second: number): void {
    this.#log(
      'INFO',
      `The second ${formatSeconds(second)} has more entries than are held at once: it is delivered page by page, and comes again if the sync is stopped inside of it`,
    );
  }

  /** Delivered entries whose ids don't fit into the state. */
  dropped(ids: number): void {
    if (ids === 0) return;
    this.#log(
      'WARN',
      `The lookback window holds more entries than a state can name: ${ids} of them are delivered again by the next sync, with the same id. A shorter Lookback Window avoids that.`,
    );
  }

  /** A window that was delivered. */
  window(window: WindowCounts): void {
    this.#windows += 1;
    this.#delivered += window.delivered;
    this.#known += window.known;
    this.#missing += window.missing;
    this.#counted =
      this.#counted === undefined || window.counted === undefined ? undefined : this.#counted + window.counted;
    for (const warning of warningsOf(window)) this.#log('WARN', warning);
    this.#progress();
  }

  /**
   * The line at the end of a sync that was read to its end.
   * @param mayLack whether Tines may have entries that it never showed, without saying how many
   */
  finish(requests: number, mayLack: boolean): void {
    const before = this.#known === 0 ? '' : `, ${numberText(this.#known)} had been delivered before`;
    const counted =
      this.#counted === undefined
        ? 'Tines does not count them in all of the range'
        : `Tines counts ${numberText(this.#counted)} in the same range`;
    this.#log(
      'INFO',
      `${this.#verdict(mayLack)}: ${numberText(this.#delivered)} entries delivered${before}; ${counted}; ${numberText(this.#windows)} windows; ${numberText(requests)} requests`,
    );
  }

  #verdict(mayLack: boolean): string {
    if (this.#missing > 0) return `Read, but ${numberText(this.#missing)} entries are not shown by Tines`;
    return mayLack ? 'Read, but nothing proves that Tines has shown all entries' : 'Complete';
  }

  #progress(): void {
    const now = this.#clock.now();
    if (now - this.#lastLine < INTERVAL_MS) return;
    this.#lastLine = now;
    const seen = this.#delivered + this.#known;
    const perSecond = seen / ((now - this.#startedAt) / 1000);
    const rate = `${numberText(Math.round(perSecond))} entries a second`;
    if (this.#expected === undefined || this.#expected === 0) {
      this.#log('INFO', `${numberText(this.#delivered)} entries delivered, ${rate}`);
      return;
    }
    const share = Math.min(100, (100 * seen) / this.#expected);
    const left = perSecond === 0 ? '' : `, about ${duration(Math.max(0, this.#expected - seen) / perSecond)} left`;
    this.#log(
      'INFO',
      `${numberText(this.#delivered)} entries delivered, ${share.toFixed(0)} % of the range, ${rate}${left}`,
    );
  }
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
