import { describe, expect, test } from '@jest/globals';
import { fakePage } from '../testing/fake-server';
import type { PageMeta } from '../tines/page-meta';
import { cutOf, restOf, type Cut, type Rest } from './cut';
import { ServerFacts } from './server-facts';
import { survey, type Shown } from '../tines/shown';

const NOTHING: Rest = { kind: 'nothing' };
const IF_LAST: Rest = { kind: 'nothing_if_last' };
const A_PART: Rest = { kind: 'a_part', isFull: false };
const FULL: Rest = { kind: 'a_part', isFull: true };

const rowsAt = (...seconds: readonly number[]) => seconds.map((second, index) => ({ id: String(index + 1), second }));

/** What the server has shown so far: its largest page, and how many claims and large counts were wrong. */
interface Seen {
  readonly largest?: number;
  readonly wrong?: number;
  readonly large?: number;
}

function restFor(rows: number, meta: Partial<PageMeta>, seen: Seen): Rest {
  const facts = new ServerFacts();
  facts.answered(fakePage(rowsAt(...Array<number>(seen.largest ?? 0).fill(1000))));
  for (let wrong = 0; wrong < (seen.wrong ?? 0); wrong += 1) facts.claimWasWrong();
  for (let wrong = 0; wrong < (seen.large ?? 0); wrong += 1) facts.largeCountWas('wrong');
  const page = fakePage(rowsAt(...Array<number>(rows).fill(1000)), meta);
  const range = { from: 1000, to: 1001 };
  return restOf({ range, perPage: 50, page, shown: survey(page, range), serverNow: 0 }, facts);
}

describe('restOf', () => {
  test.each<[string, number, Partial<PageMeta>, Seen, Rest]>([
    ['a page as large as was asked for is never everything', 50, { count: 50, pages: 1, next: false }, {}, FULL],
    ['a page as large as the largest is never everything', 30, { count: 30, next: false }, { largest: 30 }, FULL],
    ['a page of 20 rows can be capped, where none was larger', 20, { count: 20 }, {}, FULL],
    ['as many rows as are counted are everything', 19, { count: 19 }, {}, NOTHING],
    ['no row where none is counted is everything', 0, { count: 0 }, {}, NOTHING],
    ['fewer rows than are counted are a part', 19, { count: 20 }, {}, A_PART],
    ['more rows than are counted say nothing', 10, { count: 9 }, {}, IF_LAST],
    ['a page before another page is a part', 10, { count: 10, pages: 2 }, {}, A_PART],
    ['a page that names a next one is a part', 10, { count: 10, next: true }, {}, A_PART],
    ['an uncounted page that says it is the last is everything', 10, { next: false }, {}, NOTHING],
    ['an uncounted page that says it is the only one may go on', 10, { pages: 1 }, {}, IF_LAST],
    ['a page without meta is everything where others were fuller', 10, {}, { largest: 11 }, NOTHING],
    ['a page without meta may go on where none was fuller', 10, {}, {}, IF_LAST],
    ['an empty page without meta is everything', 0, {}, {}, NOTHING],
    ['claims that were wrong twice are believed', 10, { count: 12 }, { wrong: 2 }, A_PART],
    ['claims that were wrong three times are not', 10, { count: 12, next: true }, { wrong: 3 }, IF_LAST],
    ['a count of more than a page is believed even then', 10, { count: 21 }, { wrong: 3 }, A_PART],
    ['so is a second page', 10, { pages: 2 }, { wrong: 3 }, A_PART],
    ['but not where nothing is shown', 0, { count: 21, pages: 2 }, { wrong: 3 }, NOTHING],
    ['nor where that was wrong three times, too', 10, { count: 21, pages: 2 }, { wrong: 3, large: 3 }, IF_LAST],
    ['but of a page that is more than half full', 11, { count: 21, pages: 2 }, { wrong: 3, large: 3 }, A_PART],
    ['counts that proved wrong do not make a page whole', 10, { count: 10 }, { wrong: 3 }, IF_LAST],
    ['the last page is whole though claims are not believed', 10, { count: 12, next: false }, { wrong: 3 }, NOTHING],
  ])('%s', (_, rows, meta, seen, expected) => {
    expect(restFor(rows, meta, seen)).toEqual(expected);
  });
});

describe('cutOf', () => {
  const range = { from: 1000, to: 1100 };
  test.each<[string, readonly number[], { at: number; isNewerShown: boolean }]>([
    ['newest first: behind the oldest second', [1090, 1080, 1070], { at: 1071, isNewerShown: true }],
    ['one second alone: behind it, where nothing proves it', [1070, 1070], { at: 1071, isNewerShown: false }],
    ['rows that reach below the range: behind its first second', [1090, 1050, 999], { at: 1001, isNewerShown: true }],
    ['rows down to the first second: behind it', [1090, 1050, 1000], { at: 1001, isNewerShown: true }],
    ['rows of the last second alone: before it', [1099, 1099], { at: 1099, isNewerShown: false }],
    ['a row at the upper edge alone: before the last second', [1100, 1100], { at: 1099, isNewerShown: false }],
    [
      'one late row among six: so much above the oldest',
      [1090, 1080, 1085, 1060, 1050, 1040],
      { at: 1046, isNewerShown: true },
    ],
    ['one late row among four: no order, in the middle', [1090, 1080, 1085, 1060], { at: 1050, isNewerShown: false }],
    [
      'a rise beyond the newest: in the middle',
      [1050, 1050, 1050, 1050, 1000, 1050],
      { at: 1050, isNewerShown: false },
    ],
    ['oldest first: before the newest second', [1010, 1020, 1030], { at: 1030, isNewerShown: false }],
    ['oldest first up to the edge: in the middle', [1010, 1020, 1100], { at: 1050, isNewerShown: false }],
    ['no rows: in the middle', [], { at: 1050, isNewerShown: false }],
    ['a row without a time: in the middle', [1090, NaN, 1070], { at: 1050, isNewerShown: false }],
    ['a row far outside: in the middle', [1090, 1080, 5], { at: 1050, isNewerShown: false }],
  ])('cuts behind what is shown: %s', (_, seconds, expected) => {
    expect(cutOf(range, survey(fakePage(rowsAt(...seconds)), range))).toEqual(expected);
  });

  test('cuts two seconds into two', () => {
    const two = { from: 1000, to: 1002 };
    for (const seconds of [[1000], [1001], [1001, 1000], [1000, 1001], [999, 1002], []]) {
      expect(cutOf(two, survey(fakePage(rowsAt(...seconds)), two)).at).toBe(1001);
    }
  });
});

describe('cutOf at the edges of what is shown', () => {
  /** Ten rows from 190 down to 150. */
  const newestFirst: Shown = {
    ...{ rows: 10, inside: 10, odd: 0, far: 0 },
    ...{ oldest: 150, newest: 190, rise: 0, fall: 40, ascents: 0 },
  };
  const middle: Cut = { at: 150, isNewerShown: false };
  const between = { oldest: 140, newest: 190, fall: 50 };

  const range = { from: 100, to: 200 };
  test.each<[string, Partial<Shown>, Cut]>([
    ['behind the oldest second shown', {}, { at: 151, isNewerShown: true }],
    ['behind the oldest of two seconds', { newest: 151, fall: 1 }, { at: 151, isNewerShown: true }],
    ['behind the only second, of which more may come', { newest: 150, fall: 0 }, { at: 151, isNewerShown: false }],
    ['behind its first second', { oldest: 100, fall: 90 }, { at: 101, isNewerShown: true }],
    ['behind its first second where the edge is shown', { oldest: 99, fall: 91 }, { at: 101, isNewerShown: true }],
    ['behind its first second where more is shown', { oldest: 50, fall: 140 }, { at: 101, isNewerShown: true }],
    ['before its last second', { oldest: 198, newest: 199, fall: 1 }, { at: 199, isNewerShown: true }],
    ['before its last second where only that is shown', onlyAt(199), { at: 199, isNewerShown: false }],
    ['before its last second where only its edge is shown', onlyAt(200), { at: 199, isNewerShown: false }],
    [
      'before its last second where only rows beyond are shown',
      { oldest: 200, newest: 201, fall: 1 },
      { at: 199, isNewerShown: false },
    ],
    [
      'as far behind the oldest second as rows are late',
      { ...between, rise: 5, ascents: 2 },
      { at: 146, isNewerShown: true },
    ],
    [
      'before the newest second where rows are as late',
      { ...between, rise: 49, ascents: 2 },
      { at: 190, isNewerShown: true },
    ],
    ['in the middle where rows are later still', { ...between, rise: 50, ascents: 2 }, middle],
    ['in the middle where many rows are late', { ...between, rise: 5, ascents: 3 }, middle],
    [
      'before the newest second where the oldest come first',
      { ...between, rise: 50, fall: 0, ascents: 9 },
      { at: 190, isNewerShown: false },
    ],
    [
      'in the middle where the oldest come first up to the edge',
      { oldest: 140, newest: 200, rise: 60, fall: 0, ascents: 9 },
      middle,
    ],
    [
      'in the middle where the oldest come first and end at its first second',
      { oldest: 90, newest: 100, rise: 10, fall: 0, ascents: 9 },
      middle,
    ],
    [
      'in the middle where late rows reach its end',
      { oldest: 194, newest: 205, rise: 6, fall: 11, ascents: 1 },
      middle,
    ],
    ['in the middle where a row has an odd date', { odd: 1 }, middle],
    ['in the middle where no row is shown', { rows: 0, oldest: Infinity, newest: -Infinity, fall: 0 }, middle],
  ])('cuts %s', (_, shown, cut) => {
    expect(cutOf(range, { ...newestFirst, ...shown })).toEqual(cut);
  });
});

function onlyAt(second: number): Partial<Shown> {
  return { oldest: second, newest: second, fall: 0 };
}
