import { middleOf, type ClosedRange } from '../tines/range';
import type { Answer, RangeClient } from '../tines/range-client';
import type { ServerFacts } from './server-facts';
import type { Shown } from '../tines/shown';

/** What an answer leaves to be asked. */
export type Rest =
  /** Nothing: it shows the whole range. */
  | { readonly kind: 'nothing' }
  /** Nothing, if the page behind it is empty: it doesn't say so, and no fuller page was seen yet. */
  | { readonly kind: 'nothing_if_last' }
  /**
   * A part of the range.
   * @property isFull whether the page may have been cut where pages end; else only `meta` speaks of more
   */
  | { readonly kind: 'a_part'; readonly isFull: boolean };

/** Where a range is cut in two. */
export interface Cut {
  /** First second of the newer part, epoch s. */
  readonly at: number;
  /** Whether the page shows all rows of the newer part, if its rows are in the order that they seem to be in. */
  readonly isNewerShown: boolean;
}

/** Judges whether an answer shows the whole range. */
export function restOf({ perPage, page }: Answer, facts: ServerFacts): Rest {
  const { count, pages = 1, next } = page.meta;
  const rows = page.size;
  if (facts.isFull(rows, perPage)) return { kind: 'a_part', isFull: true };
  if (facts.believesClaims) {
    if (next === true || pages > 1 || (count ?? 0) > rows) return { kind: 'a_part', isFull: false };
    if (count === rows) return { kind: 'nothing' };
  } else {
    // What is counted can't be on one page, even if some of it is never shown. Where such counts were wrong, too, a page
    // that is more than half full can still be one that was cut, and of which rows are withheld.
    const pageSize = facts.pageSize(perPage);
    const isLarge = pages > 1 || (count ?? 0) > pageSize;
    if (rows > 0 && isLarge && (facts.believesLargeCounts || 2 * rows > pageSize))
      return { kind: 'a_part', isFull: false };
  }
  return rows === 0 || next === false || facts.hasFilledMore(rows) ? { kind: 'nothing' } : { kind: 'nothing_if_last' };
}

/** What {@link coversRange} asks and tells. */
export interface CoversOptions {
  readonly client: Pick<RangeClient, 'isOnePage'>;
  readonly facts: ServerFacts;
}

/** Whether an answer shows the whole of its range; where it doesn't say so, its page 2 is asked for. @throws ConnectorError */
export async function coversRange(
  answer: Answer,
  { client, facts }: CoversOptions,
  rest = restOf(answer, facts),
): Promise<boolean> {
  const isWhole =
    rest.kind === 'nothing' || (rest.kind === 'nothing_if_last' && (await client.isOnePage(answer.range)));
  if (isWhole) facts.tookAsWhole(answer.page);
  return isWhole;
}

/** Of so many rows, one may be out of order, in a page that counts as ordered. */
const ROWS_FOR_AN_ASCENT = 5;

/** Cuts a range of more than one second behind the part that its page shows, or in the middle where that can't be told. */
export function cutOf(range: ClosedRange, { rows, odd, oldest, newest, rise, fall, ascents }: Shown): Cut {
  const isInside = (second: number): boolean => second > range.from && second < range.to;
  if (rows > 0 && odd === 0) {
    // The oldest second can go on behind the page. A row that lies after an older one tells by how much rows can be out
    // of order, as late entries are where rows are sorted by id.
    const shownFrom = oldest + 1 + rise;
    const isOrdered = rise === 0 || (shownFrom <= newest && ascents * ROWS_FOR_AN_ASCENT <= rows);
    // A newer part without a row proves nothing: a count that is capped is the same with and without it.
    const at = Math.max(shownFrom, range.from + 1);
    if (isOrdered && isInside(at)) return { at, isNewerShown: at <= newest };
    if (fall === 0 && isInside(newest)) return { at: newest, isNewerShown: false };
    if (rise === 0 && isInside(range.to - 1)) return { at: range.to - 1, isNewerShown: false };
  }
  return { at: middleOf(range), isNewerShown: false };
}
