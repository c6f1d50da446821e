import type { StreamItem } from '@airbyte/cdk-typescript-compat';
import { IdSet, type LookbackCursor } from '@airbyte/cdk-typescript-compat/incremental';
import type { RecordBatch } from '../records/record';
import type { SlicedPage } from '../tines/page';
import { BEGINNING, type Range } from '../tines/request';
import { EDGE_SECONDS, isOdd, type Response } from '../tines/responses';
import { LAST_SECOND } from '../tines/time';
import { EntryList, type Entry } from './entries';
import type { Window } from './windows';

/** What becomes of the entries of a sync. Seconds are epoch s. */
export interface DeliveryTools {
  readonly cursor: Pick<LookbackCursor, 'deliver' | 'deliverUndated' | 'skip' | 'position'>;
  readonly batch: RecordBatch;
  /** Where an open range is taken to end. */
  readonly laterNow: number;
  /** Whether an entry is only remembered: it is old at a first sync that starts from now. */
  readonly isOld: (entry: Entry) => boolean;
  /** Operations whose entries are neither delivered nor remembered: where they are wanted later, they come. */
  readonly excludedOperations: ReadonlySet<string>;
}

/** What the responses of a window have returned. */
export interface GatheredWindow {
  /** Distinct rows, the seconds at the window's edges included. */
  readonly rows: number;
  /** Of these, and of the opening's, those that the opening counts, each in the first window that returns it. */
  readonly summed: number;
  /** Those of them that the window's own responses have returned. */
  readonly own: number;
  /** The newest second that was returned; undefined where nothing was. */
  readonly newest: number | undefined;
  readonly withoutId: number;
  readonly withoutTime: number;
  /** Rows from before the range of the sync, which its requests return because they are a second wider. */
  readonly older: number;
  /** Whether they lack a row of the window that the opening has returned: a store is behind. */
  readonly lacksRows: boolean;
}

/** What became of a window's entries. */
export interface DeliveredCounts {
  readonly delivered: number;
  /** Entries that an earlier sync has delivered. */
  readonly known: number;
  /** Delivered entries whose ids stood for other entries before. */
  readonly reused: number;
  /** Entries of operations that the user excludes. */
  readonly excluded: number;
  /** Entries that a first sync from now leaves out. */
  readonly old: number;
}

/** How many records are yielded at once, and at how many bytes there are no more of them. */
const BATCH = 500;
const BATCH_BYTES = 1024 * 1024;
/** How long (s) after the range it was returned in an entry without a time may be returned again. */
const UNDATED_SECONDS = 2;
/** A server that rounds `before` down to the minute returns the rows of a window's last minute with the next one, in s. */
const ROUNDED_SECONDS = 60;

interface RowCounts {
  summed: number;
  withoutId: number;
  withoutTime: number;
  older: number;
}

/** An entry that was returned before its window's turn. */
interface EarlyEntry extends Entry {
  /** Whether the opening has returned it, or a response that was too large, so that its window must return it, too. */
  readonly isWitness: boolean;
}

/**
 * The way of entries from the windows to records: each new one once, ascending within its window. Whatever a response has
 * returned is delivered: with its own window, or with the next if it lies after that.
 */
export class Delivery {
  readonly #cursor: DeliveryTools['cursor'];
  readonly #batch: RecordBatch;
  readonly #laterNow: number;
  readonly #isOld: (entry: Entry) => boolean;
  readonly #excludedOperations: ReadonlySet<string>;
  readonly #newest: number;
  /** The first second of the sync. */
  readonly #start: number;
  readonly #list = new EntryList();
  readonly #ids = new IdSet();
  /** Rows of the window before this one that may be returned again: those near its end, and what is newer. */
  #returned = new IdSet();
  #returnedNext = new IdSet();
  /** Entries that were returned before this window, and those of later windows. */
  #early: readonly EarlyEntry[];
  #later: EarlyEntry[] = [];
  #responses: readonly Response[] = [];

  /**
   * @param openings the first responses of the sync, where there are any
   * @param newest the newest second that it counts, as far as it tells
   */
  constructor(tools: DeliveryTools, openings: readonly (Response | undefined)[], newest = Infinity) {
    this.#cursor = tools.cursor;
    this.#batch = tools.batch;
    this.#laterNow = tools.laterNow;
    this.#isOld = tools.isOld;
    this.#excludedOperations = tools.excludedOperations;
    this.#newest = newest;
    this.#start = tools.cursor.position.recentFrom;
    this.#early = openings.flatMap((opening) => (opening === undefined ? [] : entriesOf(opening, this.#start)));
  }

  /** Gathers the distinct entries of a window. May be called again with more responses before {@link deliver}. */
  gather({ range, responses, earlier }: Pick<Window, 'range' | 'responses' | 'earlier'>): GatheredWindow {
    this.#list.clear();
    this.#ids.clear();
    this.#later = [];
    this.#responses = [...responses, ...earlier];
    const counts = { summed: 0, withoutId: 0, withoutTime: 0, older: 0 };
    for (const response of responses) this.#gatherFrom(response, range, counts);
    const rows = this.#ids.size;
    const own = counts.summed;
    const lacksRows = this.#gatherEarly(range, earlier, counts);
    const newest = responses.reduce((second, response) => Math.max(second, response.newest), -Infinity);
    return { ...counts, own, rows, newest: Number.isFinite(newest) ? newest : undefined, lacksRows };
  }

  #gatherFrom({ page, range }: Response, window: Range, counts: RowCounts): void {
    const { recentFrom } = this.#cursor.position;
    const end = window.to ?? Infinity;
    for (let row = 0; row < page.size; row += 1) {
      if (!this.#ids.add(page.idOf(row))) continue;
      const second = page.secondOf(row);
      if (isOdd(second, range)) {
        counts.withoutTime += 1;
        const entry = this.#undated(page, row, range);
        this.#list.add(entry, true);
        this.#sum(entry, counts, true);
      } else if (second < recentFrom) {
        // Delivered by an earlier sync, as far as it was asked for. The opening counts it, too.
        if (window.from !== this.#start) continue;
        counts.summed += 1;
        counts.older += 1;
        continue;
      } else {
        const entry = { page, row, second, time: page.timeOf(row) };
        if (second < end) this.#list.add(entry);
        else this.#later.push({ ...entry, isWitness: false });
        this.#sum(entry, counts);
      }
      if (!page.hasOwnId(row)) counts.withoutId += 1;
    }
  }

  /** Counts an entry in the first window that returns it, unless it is newer than all of the opening. */
  #sum({ page, row, second }: Entry, counts: RowCounts, isUndated = false): void {
    if ((isUndated || second <= this.#newest) && !this.#returned.has(page.idOf(row))) counts.summed += 1;
  }

  /** The start of the range that was asked for stands for the time; the real one may be anywhere in it. */
  #undated(page: SlicedPage, row: number, { from, to }: Response['range']): Entry {
    const until = Math.min(LAST_SECOND, (to ?? Math.max(this.#laterNow, from)) + UNDATED_SECONDS);
    return { page, row, second: until, time: Math.max(BEGINNING, from) * 1000 };
  }

  /** Adds what was returned before this window, or its part of a larger one. @returns whether it lacks some of that */
  #gatherEarly({ to = Infinity }: Range, earlier: readonly Response[], counts: RowCounts): boolean {
    const witnesses = earlier.flatMap((response) => entriesOf(response, this.#start));
    let isLacking = false;
    for (const entry of [...this.#early, ...witnesses]) {
      if (!this.#ids.add(entry.page.idOf(entry.row))) continue;
      const mayFollow = entry.isWitness ? ROUNDED_SECONDS : 0;
      if (entry.second >= to - mayFollow) {
        this.#later.push(entry);
        continue;
      }
      this.#list.add(entry);
      this.#sum(entry, counts);
      isLacking ||= entry.isWitness;
    }
    return isLacking;
  }

  /** Hands over the new entries that were gathered of a window. */
  *deliver({ from, to }: Range): Generator<StreamItem, DeliveredCounts> {
    const pages = new Set([...this.#early, ...this.#responses].map(({ page }) => page));
    for (const page of pages) if (!this.#list.hasAnyOf(page)) this.#release(page);
    this.#early = this.#later;
    this.#returnedNext.clear();
    for (const { page, row, isWitness } of this.#later) if (!isWitness) this.#returnedNext.add(page.idOf(row));
    const counts = { delivered: 0, known: 0, reused: 0, excluded: 0, old: 0 };
    const order = this.#list.oldestFirst();
    for (let next = 0; next < order.length;) {
      next = this.#fill(order, next, { from, to }, counts);
      if (this.#batch.size > 0) yield { records: this.#batch.take() };
    }
    [this.#returned, this.#returnedNext] = [this.#returnedNext, this.#returned];
    return counts;
  }

  /** Fills the batch with the new ones of the entries from the `next`th on, and releases pages. @returns how far it came */
  #fill(
    order: Uint32Array,
    next: number,
    { from, to = Infinity }: Range,
    counts: { -readonly [Kind in keyof DeliveredCounts]: number },
  ): number {
    for (; next < order.length && this.#batch.size < BATCH && this.#batch.bytes < BATCH_BYTES; next += 1) {
      const place = order[next] ?? 0;
      const entry = this.#list.entryAt(place);
      const isUndated = this.#list.isUndated(place);
      if (entry.second >= to - EDGE_SECONDS) this.#returnedNext.add(entry.page.idOf(entry.row));
      const verdict = this.#judge(entry, isUndated);
      switch (verdict) {
        case 'old':
        case 'known':
        case 'excluded':
          // The window before has counted what both return.
          if (entry.second >= from || !this.#returned.has(entry.page.idOf(entry.row))) counts[verdict] += 1;
          break;
        case 'new':
        case 'reused':
          counts.delivered += 1;
          counts.reused += verdict === 'reused' ? 1 : 0;
          this.#batch.add(entry.page, entry.row, entry.time);
      }
      if (this.#list.use(place)) this.#release(entry.page);
    }
    return next;
  }

  #judge(entry: Entry, isUndated: boolean): 'new' | 'known' | 'reused' | 'old' | 'excluded' {
    const { page, row, second, time } = entry;
    const id = page.idOf(row);
    if (this.#isOld(entry)) {
      this.#cursor.skip(id, second);
      return 'old';
    }
    if (isOfOperations(page, row, this.#excludedOperations)) return 'excluded';
    return isUndated ? this.#cursor.deliverUndated(id, second, time) : this.#cursor.deliver(id, second, time);
  }

  #release(page: SlicedPage): void {
    if (!this.#later.some((entry) => entry.page === page)) page.release();
  }
}

function entriesOf({ page, range }: Response, from: number): EarlyEntry[] {
  const entries: EarlyEntry[] = [];
  for (let row = 0; row < page.size; row += 1) {
    const second = page.secondOf(row);
    if (isOdd(second, range) || second < from) continue;
    entries.push({ page, row, second, time: page.timeOf(row), isWitness: true });
  }
  return entries;
}

/** Whether a row is of one of some operations. */
export function isOfOperations(page: SlicedPage, row: number, operations: ReadonlySet<string>): boolean {
  if (operations.size === 0) return false;
  const operation = page.textOf(row, 'operation_name');
  return operation !== undefined && operations.has(operation);
}
