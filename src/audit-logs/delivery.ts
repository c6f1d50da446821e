import type { StreamItem } from '@airbyte/cdk-typescript-compat';
import type { SlicedPage } from '../tines/page';
import type { Cursor } from './cursor';
import { readDenseSecond, type DenseSecondOptions, type DenseSecondResult } from './dense-second';
import { compareEntries, type Entry } from './entry';
import type { RecordBatch } from './record';
import type { WindowCounts } from './sync-log';
import { gatherEntries } from './window-entries';
import type { Window } from './windows';

/** What a {@link Delivery} works with. */
export interface DeliveryOptions extends DenseSecondOptions {
  readonly cursor: Pick<Cursor, 'deliver' | 'skip' | 'position'>;
  readonly batch: RecordBatch;
  /** The time of the sync's first answer, epoch s. */
  readonly now: number;
  /** Whether an entry is only remembered: it is old at a first sync that starts from now. */
  readonly isOld: (entry: Entry) => boolean;
  /** How much of a dense second is sorted before it is handed over, in bytes of its bodies. */
  readonly bytesSorted: number;
}

/** How many records are handed over at once. */
const BATCH = 500;

/** The way of entries from the windows to the output: each new one once, ascending within its window. */
export class Delivery {
  /** Entries that the window before has shown beyond its end. */
  private ahead: readonly Entry[] = [];
  private known = 0;

  constructor(private readonly options: DeliveryOptions) {}

  /** Hands over the new entries of a window, and what the window before has shown of it. @throws ConnectorError */
  async *deliver(window: Window): AsyncGenerator<StreamItem, WindowCounts> {
    this.known = 0;
    if (window.kind === 'dense_second') return yield* this.deliverDenseSecond(window);
    const gathered = gatherEntries(window.answers, window.range, this.span);
    const { to = Infinity } = window.range;
    const before = this.ahead.filter(({ id }) => !gathered.ids.has(id));
    this.ahead = [...gathered.ahead, ...before.filter(({ second }) => second >= to)];
    const entries = [...gathered.entries, ...before.filter(({ second }) => second < to)];
    const delivered = yield* this.emit(entries, window.range.from);
    this.release([...before.map(({ page }) => page), ...window.answers.map(({ page }) => page)]);
    const { withoutId, withoutTime } = gathered;
    const missing = Math.max(0, (window.counted ?? 0) - gathered.ids.size);
    const counted = window.counted === undefined ? undefined : delivered + this.known + missing;
    return { range: window.range, delivered, known: this.known, counted, missing, withoutId, withoutTime };
  }

  /** What is older than where the cursor remembers ids has been delivered by the windows before. */
  private get span() {
    const { cursor, now } = this.options;
    return { from: cursor.position.recentFrom, now };
  }

  /** A second that isn't held: its entries are sorted as far as they are held. */
  private async *deliverDenseSecond({
    range,
  }: Extract<Window, { kind: 'dense_second' }>): AsyncGenerator<StreamItem, WindowCounts> {
    const counts = { delivered: 0, withoutId: 0, withoutTime: 0 };
    let [held, bytes]: [Entry[], number] = [[], 0];
    // What the window before has shown of it comes first, and is not repeated; nor is what several passes show.
    held = this.ahead.filter(({ second }) => second < range.to);
    this.ahead = this.ahead.filter(({ second }) => second >= range.to);
    const gathering = { ...this.span, ids: new Set(held.map(({ id }) => id)) };
    const answers = readDenseSecond(range.from, this.options);
    for (let next = await answers.next(); ; next = await answers.next()) {
      if (next.done === true) {
        counts.delivered += yield* this.emitHeld(held, range.from);
        const missing = missingOf(next.value);
        const counted = next.value.counted === undefined ? undefined : counts.delivered + this.known + missing;
        return { range, known: this.known, ...counts, counted, missing };
      }
      const { entries, withoutId, withoutTime } = gatherEntries([next.value], range, gathering);
      counts.withoutId += withoutId;
      counts.withoutTime += withoutTime;
      if (entries.length === 0) next.value.page.release();
      held.push(...entries);
      bytes += next.value.page.bytes;
      if (bytes <= this.options.bytesSorted) continue;
      counts.delivered += yield* this.emitHeld(held, range.from);
      [held, bytes] = [[], 0];
    }
  }

  private *emitHeld(held: readonly Entry[], from: number): Generator<StreamItem, number> {
    const delivered = yield* this.emit(held, from);
    this.release(held.map(({ page }) => page));
    return delivered;
  }

  /**
   * @param from the first second of the window: older entries were counted as known with theirs, if they are
   * @returns how many were new
   */
  private *emit(entries: readonly Entry[], from: number): Generator<StreamItem, number> {
    const { cursor, batch, isOld } = this.options;
    let delivered = 0;
    for (const entry of entries.toSorted(compareEntries)) {
      const { id, second, timestamp, page, row } = entry;
      if (isOld(entry)) cursor.skip(id, second);
      else if (!cursor.deliver(id, second, timestamp)) this.known += second < from ? 0 : 1;
      else {
        delivered += 1;
        batch.add(page, row, timestamp);
        if (batch.size >= BATCH) yield { records: batch.take() };
      }
    }
    if (batch.size > 0) yield { records: batch.take() };
    return delivered;
  }

  private release(pages: readonly SlicedPage[]): void {
    const inUse = new Set(this.ahead.map(({ page }) => page));
    for (const page of pages) if (!inUse.has(page)) page.release();
  }
}

const missingOf = ({ counted, shown }: DenseSecondResult): number => Math.max(0, (counted ?? 0) - shown);
