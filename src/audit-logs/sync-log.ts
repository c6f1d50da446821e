import { replacedText, type Clock, type Log } from '@airbyte/cdk-typescript-compat';
import type { WaitReason } from '@airbyte/cdk-typescript-compat/http';
import type { Config } from '../config';
import { BEGINNING, RETENTION_SECONDS, type Range } from '../tines/request';
import { formatSeconds, LAST_SECOND } from '../tines/time';
import type { DeliveredCounts, GatheredWindow } from './delivery';
import type { Completeness } from './completeness';
import type { SavedState } from './state';

/** No more progress lines than one in this time, in ms. */
const INTERVAL_MS = 10_000;
/** The time in which the speed of reading is taken, and before which nothing is said of what is left, in ms. */
const SPEED_MS = 60_000;
const NO_GUESS_MS = 30_000;
/** More is no guess, in s. */
const LONGEST_GUESS_S = 7 * 24 * 3600;
/** A wait for the rate limit that is worth a line, in ms. */
const LONG_WAIT_MS = 10_000;

/** What may be worth a warning in many windows. */
const WARNINGS = {
  missing: (count: string, first: string) =>
    `Tines counts ${count} more entries than it shows, also when read again, first between ${first}. What it shows was delivered.`,
  withoutId: (count: string, first: string) =>
    `${count} entries have no id, first between ${first}: a hash of their content stands for it.`,
  withoutTime: (count: string, first: string) =>
    `${count} entries have no time that fits, first between ${first}: the start of the range that was asked for stands for it.`,
  reused: (count: string, first: string) =>
    `${count} entries have an id that stood for another entry before, first between ${first}, as in a tenant that was restored from a snapshot. They were delivered, too: a destination that deduplicates by id keeps only one of the two.`,
  repeated: (count: string, first: string) =>
    `The lookback window holds more entries than a state can name, first between ${first}: ${count} of them are delivered again by the next sync, with the same id. A shorter Lookback Window avoids that.`,
} as const satisfies Readonly<Record<string, (count: string, first: string) => string>>;

type WarningKind = keyof typeof WARNINGS;

/** What the last line judges a sync by. */
export type Proof = Pick<Completeness, 'missing' | 'isUncertain' | 'isBehind'>;

/** What a sync explains in the log, how far it is, and the proof at its end. Never an entry's contents. Times: epoch s. */
export class SyncLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #columnsReplaced = new Set<string>();
  #withReplaced = 0;
  readonly #warnings = new Map<WarningKind, { count: number; readonly first: Range }>();
  #delivered = 0;
  #known = 0;
  #rowsRead = 0;
  #expected: number | undefined;
  readonly #startedAt: number;
  #lastLine: number;
  /** How many rows had been read when, in the last minute. */
  #pace: { readonly at: number; readonly rows: number }[];

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#lastLine = this.#startedAt = clock.now();
    this.#pace = [{ at: this.#startedAt, rows: 0 }];
  }

  /** A first sync that brings nothing old. */
  startsNow(second: number): void {
    this.#log(
      'INFO',
      `Backfill Start Time is not set: nothing older than ${formatSeconds(second)} is read, the next sync goes on from there`,
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

  /** What is surprising about the state that the sync goes on from. @param now the later of both clocks */
  saved({ changed, timestamp: reached, recentFrom, lastSync }: SavedState, config: Config, now: number): void {
    const timestamp = formatSeconds(Math.floor(reached / 1000));
    const from = formatSeconds(recentFrom);
    if (changed !== undefined) {
      const settings = changed === 'tenant' ? 'Tenant Domain' : 'User IDs, Operation Names or Excluded Operations';
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
    if (Math.max(recentFrom, lastSync?.at ?? recentFrom) < oldestKept) {
      this.#log(
        'WARN',
        `Tines keeps audit logs for two years, and the last sync ended before that: what happened between ${timestamp} and ${formatSeconds(oldestKept)} may be gone.`,
      );
    }
    if (lastSync === undefined) return;
    const { start, lookbackMinutes } = lastSync;
    if (config.backfillStart !== undefined && config.backfillStart < start * 1000) {
      this.#log(
        'INFO',
        `Backfill Start Time was moved back, but the stream was read from ${formatSeconds(start)} on already: what is older does not come by itself. Refresh the stream in Airbyte to get it.`,
      );
    }
    if (config.lookbackMinutes > lookbackMinutes) {
      this.#log(
        'INFO',
        `Lookback Window was raised from ${lookbackMinutes} to ${config.lookbackMinutes} minutes, but this sync still starts at ${from}: entries from before that which showed late do not come by themselves. Refresh the stream in Airbyte to get them.`,
      );
    }
  }

  /** Entries are returned that the filters should have left out. */
  filtersIgnored(): void {
    this.#log(
      'WARN',
      'Tines returns entries that do not match User IDs or Operation Names, so these settings have no effect: all entries are delivered. Check whether a proxy in front of the tenant removes query parameters.',
    );
  }

  /** Notes an entry in which something was replaced that common JSON readers refuse, and the columns. */
  readonly replaced = (columns: readonly string[]): void => {
    this.#withReplaced += 1;
    for (const column of columns) this.#columnsReplaced.add(column);
  };

  /** Nothing is returned in the range of a sync: the next one asks for it again. */
  nothingReturned(): void {
    this.#log('INFO', 'Tines shows no entry in this range. The next sync reads the same range again.');
  }

  /** A window that is read once more, after a wait in ms. */
  readsAgain({ from }: Range, rows: number, waitMs: number): void {
    this.#log(
      'WARN',
      `Tines counted more entries from ${formatSeconds(from)} on than the ${numberText(rows)} that it then returned: reading them again in ${waitMs / 1000} s`,
    );
  }

  /** A response was read. @param rows on its page */
  read(rows: number): void {
    this.#rowsRead += rows;
    const now = this.#clock.now();
    if (now - this.#lastLine < INTERVAL_MS) return;
    this.#lastLine = now;
    this.#pace.push({ at: now, rows: this.#rowsRead });
    while ((this.#pace[1]?.at ?? Infinity) <= now - SPEED_MS) this.#pace.shift();
    this.#log('INFO', `${this.#progress()}, ${numberText(this.#delivered)} delivered${this.#timeLeft(now)}`);
  }

  /** Requests stand still until then (epoch ms). */
  waits(until: number, reason: WaitReason, requestsPerMinute: number): void {
    const ms = until - this.#clock.now();
    if (ms <= LONG_WAIT_MS) return;
    const why =
      reason === 'allowance'
        ? `Requests per Minute (${numberText(requestsPerMinute)}) is used up`
        : 'Tines answered 429 (too many requests)';
    this.#log('INFO', `Waiting ${duration(ms / 1000)}: ${why}. ${this.#progress()} so far`);
  }

  /** The entries of a window were delivered. @param forgotten ids that no state has room for */
  window(
    range: Range,
    { withoutId, withoutTime }: GatheredWindow,
    counts: DeliveredCounts,
    missing: number,
    forgotten: number,
  ): void {
    this.#delivered += counts.delivered;
    this.#known += counts.known;
    this.#note('missing', missing, range);
    this.#note('withoutId', withoutId, range);
    this.#note('withoutTime', withoutTime, range);
    this.#note('reused', counts.reused, range);
    this.#note('repeated', forgotten, range);
  }

  /** What there was to warn of: one line a kind, with the sum and the first place. Called however a sync ends. */
  warn(): void {
    for (const [kind, { count, first }] of this.#warnings) {
      if (count === 0) continue;
      const to = first.to === undefined || first.to > LAST_SECOND ? 'now' : formatSeconds(first.to);
      this.#log('WARN', WARNINGS[kind](numberText(count), `${formatSeconds(first.from)} and ${to}`));
    }
    this.#warnings.clear();
    const entries = this.#withReplaced;
    if (entries === 0) return;
    this.#withReplaced = 0;
    const what = entries === 1 ? '1 entry holds' : `${numberText(entries)} entries hold`;
    const text = replacedText(what, [...this.#columnsReplaced]);
    this.#log('WARN', `${text} See docs/columns.md, "What readers can't take".`);
  }

  /** The line at the end of a sync that was read to its end. @param expected what the first response counted */
  finish(windows: number, expected: number | undefined, proof: Proof, requests: number): void {
    const noted = this.#warnings.get('missing');
    // Where counts are far too high, each window may count the same rows.
    if (noted !== undefined) noted.count = proof.missing;
    this.warn();
    const before = this.#known === 0 ? '' : `, ${numberText(this.#known)} had been delivered before`;
    const counted =
      expected === undefined
        ? 'Tines does not count them in all of the range'
        : `Tines counts ${numberText(expected)} in the same range`;
    this.#log(
      'INFO',
      `${verdict(proof)}: ${numberText(this.#delivered)} entries delivered${before}; ${counted}; ${numberText(windows)} windows; ${numberText(requests)} requests`,
    );
  }

  #note(kind: WarningKind, count: number, range: Range): void {
    if (count === 0) return;
    const noted = this.#warnings.get(kind);
    if (noted === undefined) this.#warnings.set(kind, { count, first: range });
    else noted.count += count;
  }

  #progress(): string {
    const read = numberText(this.#rowsRead);
    if (this.#expected === undefined || this.#expected === 0) return `${read} entries read`;
    const share = Math.min(100, (100 * this.#rowsRead) / this.#expected);
    return `${read} of about ${numberText(this.#expected)} entries read (${share.toFixed(0)} %)`;
  }

  /** By the speed of the last minute. */
  #timeLeft(now: number): string {
    const [since] = this.#pace;
    if (since === undefined || this.#expected === undefined || now - this.#startedAt < NO_GUESS_MS) return '';
    const perSecond = (this.#rowsRead - since.rows) / Math.max(1, (now - since.at) / 1000);
    const left = this.#expected - this.#rowsRead;
    const seconds = left / perSecond;
    // What would take longer was counted wrongly.
    return left <= 0 || seconds > LONGEST_GUESS_S ? '' : `; about ${duration(seconds)} left`;
  }
}

function verdict({ missing, isUncertain, isBehind }: Proof): string {
  if (isBehind) {
    return 'Read, but Tines returned less than when the sync began, as where a store is behind: the next sync reads it again';
  }
  if (missing > 0) return `Read, but ${numberText(missing)} entries are not shown by Tines`;
  return isUncertain ? 'Read, but nothing proves that Tines has shown all entries' : 'Complete';
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/**
 * A whole number with commas between the thousands, as English texts have them. `toLocaleString` writes the same, but the
 * first call loads the locales' data: 7 MB and 30 ms.
 */
export const numberText = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
