import { replacedText, type Clock, type Log } from '@airbyte/cdk-typescript-compat';
import type { WaitReason } from '@airbyte/cdk-typescript-compat/http';
import type { Config } from '../config';
import { BEGINNING, isoSeconds, RETENTION_SECONDS, type Range } from '../tines/request';
import { LAST_SECOND } from '../tines/time';
import { counted, entriesText, numberText, plural, roughDuration } from '../wording';
import type { DeliveredCounts, GatheredWindow } from './delivery';
import type { Completeness } from './completeness';
import { isMuch } from './server-facts';
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
  missing: (count: number, first: string) =>
    `Tines counts ${counted(count, 'more entry', 'more entries')} than it shows, also when read again, first between ${first}. What it shows was delivered.`,
  withoutId: (count: number, first: string) =>
    `${counted(count, 'entry has', 'entries have')} no id, first between ${first}: a hash of ${plural(count, 'its', 'their')} content stands for it.`,
  withoutTime: (count: number, first: string) =>
    `${counted(count, 'entry has', 'entries have')} no time that fits, first between ${first}: the start of the range that was asked for stands for it.`,
  reused: (count: number, first: string) =>
    `${counted(count, 'entry has', 'entries have')} an id that stood for another entry before, first between ${first}, as in a tenant that was restored from a snapshot. ${plural(count, 'It was', 'They were')} delivered, too: a destination that deduplicates by id keeps only one of the two.`,
  repeated: (count: number, first: string) =>
    `The lookback window holds more entries than a state can name, first between ${first}: ${counted(count, 'of them is', 'of them are')} delivered again by the next sync, with the same id. A shorter Lookback Window avoids that.`,
} as const satisfies Readonly<Record<string, (count: number, first: string) => string>>;

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
  #excluded = 0;
  #older = 0;
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
      `Backfill Start Time is not set: nothing older than ${isoSeconds(second)} is read, the next sync goes on from there`,
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
    const start = from === BEGINNING ? 'the oldest entry that Tines keeps' : isoSeconds(from);
    const about = expected === undefined ? '' : `: about ${entriesText(expected)}`;
    this.#log('INFO', `Reading the audit logs of ${domain} from ${start} to ${isoSeconds(now)}${about}`);
  }

  /** What is surprising about the state that the sync goes on from. @param now the later of both clocks */
  saved({ changed, timestamp: reached, recentFrom, lastSync }: SavedState, config: Config, now: number): void {
    const timestamp = isoSeconds(Math.floor(reached / 1000));
    const from = isoSeconds(recentFrom);
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
        `The saved state lies in the future: it says ${timestamp}, the server says ${isoSeconds(now)}. Nothing older than ${from} is read; if that is not intended, reset the stream in Airbyte.`,
      );
    }
    const oldestKept = now - RETENTION_SECONDS;
    if (Math.max(recentFrom, lastSync?.at ?? recentFrom) < oldestKept) {
      this.#log(
        'WARN',
        `Tines keeps audit logs for two years, and the last sync ended before that: what happened between ${timestamp} and ${isoSeconds(oldestKept)} may be gone.`,
      );
    }
    if (lastSync === undefined) return;
    const { start, lookbackMinutes } = lastSync;
    if (config.backfillStart !== undefined && config.backfillStart < start * 1000) {
      this.#log(
        'INFO',
        `Backfill Start Time was moved back, but the stream was read from ${isoSeconds(start)} on already: what is older does not come by itself. Refresh the stream in Airbyte to get it.`,
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
      `Tines counted more entries from ${isoSeconds(from)} on than the ${numberText(rows)} that it then returned: reading them again in ${waitMs / 1000} s`,
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
    this.#log('INFO', `Waiting ${roughDuration(ms / 1000)}: ${why}. ${this.#progress()} so far`);
  }

  /** The entries of a window were delivered. @param forgotten ids that no state has room for */
  window(
    range: Range,
    { withoutId, withoutTime, older }: GatheredWindow,
    counts: DeliveredCounts,
    missing: number,
    forgotten: number,
  ): void {
    this.#delivered += counts.delivered;
    this.#known += counts.known;
    this.#excluded += counts.excluded;
    this.#older += counts.old + older;
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
      const to = first.to === undefined || first.to > LAST_SECOND ? 'now' : isoSeconds(first.to);
      this.#log('WARN', WARNINGS[kind](count, `${isoSeconds(first.from)} and ${to}`));
    }
    this.#warnings.clear();
    const entries = this.#withReplaced;
    if (entries === 0) return;
    this.#withReplaced = 0;
    const text = replacedText(counted(entries, 'entry holds', 'entries hold'), [...this.#columnsReplaced]);
    this.#log('WARN', `${text} See docs/columns.md, "What readers can't take".`);
  }

  /** The line at the end of a sync that was read to its end. @param expected what the first response counted */
  finish(expected: number | undefined, proof: Proof, requests: number): void {
    const noted = this.#warnings.get('missing');
    // Where counts are far too high, each window may count the same rows.
    if (noted !== undefined) noted.count = proof.missing;
    this.warn();
    const sum = this.#sum();
    const range = expected === undefined ? 'Tines does not count them' : `Tines counts ${numberText(expected)}`;
    const text = `${verdict(proof)}: ${sum}; ${range} in this range${this.#conclusion(expected, proof)}`;
    this.#log('INFO', `${text}. ${counted(requests, 'request')}.`);
  }

  /** What became of the entries. */
  #sum(): string {
    const known = this.#known === 0 ? '' : `, ${numberText(this.#known)} known from before`;
    const excluded = this.#excluded === 0 ? '' : `, ${numberText(this.#excluded)} excluded`;
    const older = this.#older === 0 ? '' : `, ${counted(this.#older, 'older one')} left out`;
    return `${counted(this.#delivered, 'new entry', 'new entries')}${known}${excluded}${older}`;
  }

  /** A count that is much too low proves nothing, such as one that stops at 10,000. */
  #conclusion(expected: number | undefined, proof: Proof): string {
    const rows = this.#delivered + this.#known + this.#excluded + this.#older;
    if (expected === undefined || !isComplete(proof) || isMuch(rows - expected, expected)) return '';
    return ', so none is missing';
  }

  #note(kind: WarningKind, count: number, range: Range): void {
    if (count === 0) return;
    const noted = this.#warnings.get(kind);
    if (noted === undefined) this.#warnings.set(kind, { count, first: range });
    else noted.count += count;
  }

  #progress(): string {
    if (this.#expected === undefined || this.#expected === 0) return `${entriesText(this.#rowsRead)} read`;
    const share = Math.min(100, (100 * this.#rowsRead) / this.#expected);
    return `${numberText(this.#rowsRead)} of about ${entriesText(this.#expected)} read (${share.toFixed(0)} %)`;
  }

  /** By the speed of the last minute. */
  #timeLeft(now: number): string {
    const [since] = this.#pace;
    if (since === undefined || this.#expected === undefined || now - this.#startedAt < NO_GUESS_MS) return '';
    const perSecond = (this.#rowsRead - since.rows) / Math.max(1, (now - since.at) / 1000);
    const left = this.#expected - this.#rowsRead;
    const seconds = left / perSecond;
    // What would take longer was counted wrongly.
    return left <= 0 || seconds > LONGEST_GUESS_S ? '' : `; about ${roughDuration(seconds)} left`;
  }
}

const isComplete = ({ missing, isUncertain, isBehind }: Proof): boolean => !(isBehind || isUncertain || missing > 0);

function verdict(proof: Proof): string {
  const { missing, isBehind } = proof;
  if (isBehind) {
    return 'Read, but Tines returned less than when the sync began, as where a store is behind: the next sync reads it again';
  }
  if (missing > 0) return `Read, but ${counted(missing, 'entry is', 'entries are')} not shown by Tines`;
  return isComplete(proof) ? 'Complete' : 'Read, but nothing proves that Tines has shown all entries';
}
