import { BEGINNING, type Range } from '../tines/range';
import { EntryList, type Entry } from './entry-list';
import { IdMap } from './id-map';
import type { Answer } from '../tines/range-client';
import type { SlicedPage } from '../tines/page';
import { isOdd } from '../tines/shown';
import { LAST_SECOND } from '../tines/timestamp';

/** How long (s) behind the range it was shown in an entry without a time may be shown again. */
const UNDATED_SECONDS = 2;
/** In place of a place: the entry is not in the list. */
const NOT_LISTED = -1;

/** What a window's entries are told apart by. Seconds are epoch s. */
export interface WindowSpan {
  readonly window: Range;
  /** Entries from before were delivered with the windows before, and their ids may be forgotten. */
  readonly from: number;
  /** Where ranges without an end are taken to end. */
  readonly now: number;
}

/**
 * The distinct entries that the answers of a window show. Whatever was shown is delivered, wherever it lies: with this
 * window, or with the next if it lies behind this one. To be used again for each window.
 */
export class WindowEntries {
  /** Those of the window, and older ones that showed late. */
  readonly list = new EntryList();
  /** Ids of all rows that the answers show, edges included, with their places in the list. */
  readonly ids = new IdMap();
  /** Whether two rows were shown that have one id and not the same content: the first of them is delivered. */
  hasConflicts = false;
  /** Of the entries, how many have no id of their own, and how many no time that fits. */
  withoutId = 0;
  withoutTime = 0;
  /** Entries of the windows behind, which the answers show at the edge; and those that the windows before have shown. */
  #ahead: Entry[] = [];
  #earlier: readonly Entry[] = [];

  /** Begins with a window: forgets what was gathered, but for the entries that lie ahead. */
  start(): void {
    this.list.clear();
    this.ids.clear();
    this.hasConflicts = false;
    this.withoutId = 0;
    this.withoutTime = 0;
    this.#earlier = this.#ahead;
    this.#ahead = [];
  }

  /** Adds the entries of an answer. @returns whether there was a new one for this window */
  gather({ page, range }: Answer, { window, from, now }: WindowSpan): boolean {
    const before = this.list.size;
    const end = window.to ?? Infinity;
    for (let row = 0; row < page.size; row += 1) {
      const second = page.secondOf(row);
      const isUndated = isOdd(second, range);
      const isListed = isUndated || (second >= from && second < end);
      const place = this.ids.add(page.idOf(row), isListed ? this.list.size : NOT_LISTED);
      if (place !== undefined) {
        this.hasConflicts ||= this.#isOther(place, page, row);
        continue;
      }
      if (!isUndated && second < from) continue;
      if (!page.hasOwnId(row)) this.withoutId += 1;
      if (isUndated) {
        this.withoutTime += 1;
        const until = Math.min(LAST_SECOND, (range.to ?? Math.max(now, range.from)) + UNDATED_SECONDS);
        // The start of the range that was asked for stands for the time; the real one may be anywhere in it.
        this.list.add(page, row, until, Math.max(BEGINNING, range.from) * 1000);
      } else if (second >= end) this.#ahead.push({ page, row, second, time: page.timeOf(row) });
      else this.list.add(page, row, second, page.timeOf(row));
    }
    return this.list.size > before;
  }

  /** Adds what the windows before have shown of this one, and the answers so far have not. */
  gatherEarlier({ to = Infinity }: Range): void {
    for (const entry of this.#earlier) {
      const { page, row, second, time } = entry;
      if (this.ids.add(page.idOf(row), second < to ? this.list.size : NOT_LISTED) !== undefined) continue;
      if (second >= to) this.#ahead.push(entry);
      else this.list.add(page, row, second, time);
    }
  }

  /** Whether the entry at that place is still in the list, and another one than the row that has its id. */
  #isOther(place: number, page: SlicedPage, row: number): boolean {
    if (place === NOT_LISTED || place >= this.list.size) return false;
    const listed = this.list.entryAt(place);
    return listed.page.idOf(listed.row) === page.idOf(row) && !listed.page.isSameRow(listed.row, page, row);
  }

  /** The pages of the entries that the windows before have shown. */
  earlierPages(): readonly Answer['page'][] {
    return this.#earlier.map(({ page }) => page);
  }

  /** Whether entries of a page are still to be delivered with a later window. */
  isAhead(page: Answer['page']): boolean {
    return this.#ahead.some((entry) => entry.page === page);
  }
}
