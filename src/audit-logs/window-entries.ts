import type { Entry } from './entry';
import { BEGINNING, type Range } from './range';
import type { Answer } from './range-client';
import { isOdd } from './shown';
import { formatSeconds, LAST_SECOND } from '../tines/timestamp';

/** The distinct entries that the answers of a window show. */
export interface WindowEntries {
  /** Those of the window, and older ones that showed late. In no order. */
  readonly entries: readonly Entry[];
  /** Those of the windows behind it, which the answers show at the edge. */
  readonly ahead: readonly Entry[];
  /** Ids of all rows that the answers show, edges included. */
  readonly ids: ReadonlySet<string>;
  /** Of the entries, how many have no id of their own, and how many no time that fits. */
  readonly withoutId: number;
  readonly withoutTime: number;
}

/** How long (s) behind the range it was shown in an entry without a time may be shown again. */
const UNDATED_SECONDS = 2;

/**
 * Gathers the entries of a window. Whatever was shown is delivered, wherever it lies: with this window, or with the next
 * if it lies behind this one. Only what is older than `from` is not: windows show their neighbours, and more where they
 * were cut out of a larger range; the windows before have delivered it, and its ids may be forgotten.
 * @param from epoch s
 * @param now where ranges without an end are taken to end, epoch s
 * @param ids of rows that were gathered before, which are left out; those that are gathered now are added
 */
export function gatherEntries(
  answers: readonly Answer[],
  window: Range,
  { from, now, ids = new Set() }: { readonly from: number; readonly now: number; readonly ids?: Set<string> },
): WindowEntries {
  const entries: Entry[] = [];
  const ahead: Entry[] = [];
  let [withoutId, withoutTime] = [0, 0];
  for (const { page, range } of answers) {
    for (let row = 0; row < page.size; row += 1) {
      const id = page.idOf(row);
      if (ids.has(id)) continue;
      ids.add(id);
      const second = page.secondOf(row);
      const isUndated = isOdd(second, range);
      if (!isUndated && second < from) continue;
      if (isUndated) withoutTime += 1;
      if (!page.hasOwnId(row)) withoutId += 1;
      if (isUndated) entries.push(undatedEntry(id, page, row, range, now));
      else {
        const entry = { id, timestamp: page.timestampOf(row) ?? formatSeconds(second), second, page, row };
        if (window.to !== undefined && second >= window.to) ahead.push(entry);
        else entries.push(entry);
      }
    }
  }
  return { entries, ahead, ids, withoutId, withoutTime };
}

/** The start of the range that was asked for stands for the time; the real one may be anywhere in it. */
function undatedEntry(id: string, page: Entry['page'], row: number, range: Range, now: number): Entry {
  const end = range.to ?? Math.max(now, range.from);
  const second = Math.min(LAST_SECOND, end + UNDATED_SECONDS);
  return { id, timestamp: formatSeconds(Math.max(BEGINNING, range.from)), second, page, row };
}
