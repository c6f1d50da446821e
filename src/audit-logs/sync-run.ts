import type { Clock, Log, StreamItem } from '@airbyte/cdk-typescript-compat';
import { LookbackCursor, type CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import type { Config } from '../config';
import type { TinesClient } from '../tines/client';
import { Delivery } from './delivery';
import type { Entry } from './entry-list';
import { openSync, type Opening } from './opening';
import { BEGINNING } from '../tines/range';
import { RangeClient } from '../tines/range-client';
import { idsOf } from '../tines/shown';
import { RecordBatch } from './record';
import { ServerFacts } from './server-facts';
import { formatState, type SavedState } from './state';
import { stretchesOf } from './stretches';
import { SyncLog } from './sync-log';
import { formatSeconds } from '../tines/timestamp';
import type { WindowSizes } from './window-size';
import { readWindows, type Window } from './windows';

/** What a {@link SyncRun} works with. */
export interface SyncRunOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly client: TinesClient;
  readonly saved: SavedState | undefined;
  readonly sizes: WindowSizes;
  /** Aborted when the sync is to end: after the window that is being delivered. */
  readonly signal: AbortSignal;
}

/** The steps of one sync. To be used once. Times are epoch s. */
export class SyncRun {
  readonly #options: SyncRunOptions;
  readonly #facts = new ServerFacts();
  readonly #log: SyncLog;
  readonly #ranges: RangeClient;
  readonly #lookback: number;

  constructor(options: SyncRunOptions) {
    this.#options = options;
    const { log, clock, client, signal, sizes, config } = options;
    this.#log = new SyncLog(log, clock);
    this.#ranges = new RangeClient({ client, facts: this.#facts, signal, perPage: sizes.perPage });
    this.#lookback = config.lookbackMinutes * 60;
  }

  /**
   * A first sync without a start time: nothing old is delivered. What its first answer shows is remembered as delivered,
   * and so is what else lies before the second of that answer; so the next sync has a lookback already.
   */
  async *startFromNow(): AsyncGenerator<StreamItem, void> {
    const opening = await this.#open(BEGINNING);
    const { first, newest } = opening;
    const { clock } = this.#options;
    const earlierNow = Math.floor(Math.min(first?.serverNow ?? Infinity, clock.now()) / 1000);
    const from = newest === undefined ? earlierNow : Math.max(BEGINNING, newest - this.#lookback);
    const cursor = this.#cursorAt(from);
    this.#log.startsNow(formatSeconds(earlierNow));
    if (newest === undefined) {
      yield { checkpoint: this.#stateOf(cursor) };
      return;
    }
    const shown = first === undefined ? new Set<CompactId>() : idsOf(first.page);
    const isOld = ({ page, row, second }: Entry): boolean => second < earlierNow || shown.has(page.idOf(row));
    const isCovered = first !== undefined && (opening.isWhole || (first.shown.rise === 0 && first.shown.oldest < from));
    yield* this.#deliver({ ...opening, isWhole: isCovered }, from, cursor, isOld);
  }

  /** Reads everything from a second on. @param isRefresh whether that is because Airbyte asked for everything anew */
  async *readFrom(from: number, isRefresh: boolean): AsyncGenerator<StreamItem, void> {
    const { config, saved } = this.#options;
    const cursor = this.#cursorAt(from);
    if (isRefresh) this.#log.refresh();
    yield { startFrom: this.#stateOf(cursor) };
    const opening = await this.#open(from);
    const count = opening.first?.page.meta.count;
    this.#log.start(config.domain, from, opening.now, count);
    if (saved !== undefined) this.#log.saved(saved, opening.now);
    if (count !== undefined) yield { estimate: Math.max(0, count - cursor.position.delivered.size) };
    if (opening.newest === undefined) this.#log.nothingShown();
    yield* this.#deliver(opening, from, cursor, () => false);
  }

  #open(from: number): Promise<Opening> {
    const { clock } = this.#options;
    const range = { from, to: undefined };
    return openSync(range, { client: this.#ranges, facts: this.#facts, clock, lookback: this.#lookback });
  }

  async *#deliver(
    opening: Opening,
    from: number,
    cursor: LookbackCursor,
    isOld: (entry: Entry) => boolean,
  ): AsyncGenerator<StreamItem, void> {
    const { config, sizes, signal, client } = this.#options;
    const delivery = new Delivery({
      ...{ client: this.#ranges, facts: this.#facts, perPage: sizes.perPage },
      ...{ cursor, batch: new RecordBatch(config.tenant, this.#log.tooDeep), now: this.#endOf(opening), isOld },
      bytesSorted: sizes.bytes,
    });
    for await (const window of this.#windows(opening, from)) {
      if (window.kind === 'dense_second') this.#log.denseSecond(window.range.from);
      const closed = { end: window.range.to, newestShown: opening.newest, lookbackSeconds: this.#lookback };
      cursor.startWindow(closed);
      this.#log.window(yield* delivery.deliver(window));
      this.#log.dropped(cursor.closeWindow(closed));
      yield { checkpoint: this.#stateOf(cursor) };
      if (signal.aborted) return;
    }
    this.#log.finish(client.requestsSent, this.#facts.mayHaveHidden);
  }

  async *#windows(opening: Opening, from: number): AsyncGenerator<Window> {
    const { first, isWhole, newest } = opening;
    const facts = this.#facts;
    if (isWhole && first !== undefined) {
      const { page } = first;
      // At a first sync from now, what else is counted is older than what has to be shown.
      const counted = page.meta.count === undefined ? undefined : Math.min(page.meta.count, page.size);
      yield { kind: 'held', range: { from, to: undefined }, answers: [first], counted };
      return;
    }
    const settledBefore = newest === undefined ? from : newest - this.#lookback;
    const { sizes, config } = this.#options;
    yield* readWindows(stretchesOf(opening, from, settledBefore, facts), {
      ...{ client: this.#ranges, facts, settledBefore, now: this.#endOf(opening), sizes },
      workers: config.workers,
      answerMs: () => this.#options.client.answerMs,
    });
  }

  /**
   * Where an open range is taken to end: by the later clock. Beyond a Date that is behind, the open end would not be
   * followed for ever, and entries without a time would be forgotten before they are shown again.
   */
  #endOf({ now }: Opening): number {
    return Math.max(now, Math.floor(this.#options.clock.now() / 1000));
  }

  #cursorAt(from: number): LookbackCursor {
    const { saved } = this.#options;
    return saved === undefined ? LookbackCursor.startingAt(from) : new LookbackCursor(saved);
  }

  #stateOf(cursor: LookbackCursor) {
    return formatState(cursor.position, this.#options.config);
  }
}
