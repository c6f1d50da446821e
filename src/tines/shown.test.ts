import { describe, expect, test } from '@jest/globals';
import { fakePage } from '../testing/fake-server';
import { estimatedRows, isOdd, isRangeIgnored, rowsBetween, survey } from './shown';

const pageAt = (...seconds: readonly number[]) =>
  fakePage(seconds.map((second, index) => ({ id: String(index + 1), second })));
const range = { from: 10_000, to: 10_100 };

describe('survey', () => {
  test.each([
    [
      'no rows',
      [],
      { rows: 0, inside: 0, odd: 0, far: 0, oldest: Infinity, newest: -Infinity, rise: 0, fall: 0, ascents: 0 },
    ],
    [
      'newest first',
      [10_050, 10_040],
      { rows: 2, inside: 2, oldest: 10_040, newest: 10_050, rise: 0, fall: 10, ascents: 0 },
    ],
    ['oldest first', [10_040, 10_050], { rise: 10, fall: 0, ascents: 1 }],
    ['equal seconds', [10_040, 10_040], { rise: 0, fall: 0, ascents: 0 }],
    ['the largest inversion', [10_090, 10_010, 10_020, 10_080], { rise: 70, fall: 80, ascents: 2 }],
    ['rows at the edges', [10_100, 10_099, 10_000, 9999], { rows: 4, inside: 2, odd: 0, newest: 10_100, oldest: 9999 }],
    ['rows that are odd', [10_050, NaN, 500], { rows: 3, inside: 3, odd: 2, far: 1, oldest: 10_050, newest: 10_050 }],
  ])('sees %s', (_, seconds, expected) => {
    expect(survey(pageAt(...seconds), range)).toMatchObject(expected);
  });

  test('counts everything from the start of an open range on as inside', () => {
    expect(survey(pageAt(99_999, 10_000, 9999), { from: 10_000, to: undefined })).toMatchObject({ inside: 2, odd: 0 });
  });
});

test.each([
  ['300 s before the range', 9700, false],
  ['more than 300 s before the range', 9699, true],
  ['almost 300 s behind the range', 10_399, false],
  ['300 s behind the range', 10_400, true],
  ['no time', NaN, true],
])('A row of %s is odd: %s', (_, second, expected) => {
  expect(isOdd(second, range)).toBe(expected);
});

test('A row is never too new for an open range', () => {
  expect(isOdd(1e12, { from: 10_000, to: undefined })).toBe(false);
});

test.each([
  ['two of three rows far outside', [10_050, 1, 2], true],
  ['half of the rows far outside', [10_050, 10_051, 1, 2], false],
  ['one row, far outside', [1], true],
  ['no row', [], false],
  ['rows without a time', [NaN, NaN, NaN], false],
])('A range counts as ignored by %s: %s', (_, seconds, expected) => {
  expect(isRangeIgnored(survey(pageAt(...seconds), range))).toBe(expected);
});

test('rowsBetween counts the first second and not the last', () => {
  expect(rowsBetween(pageAt(13, 12, 11, 10, NaN), 11, 13)).toBe(2);
});

test.each([
  ['rows of a tenth of the range', [10_099, 10_095, 10_090], 30],
  ['rows of one second', [10_050, 10_050], 200],
  ['rows that reach beyond the range', [10_150, 9990], 2],
  ['no rows', [], 0],
])('estimatedRows goes by the density of %s', (_, seconds, expected) => {
  expect(estimatedRows(survey(pageAt(...seconds), range), range)).toBe(expected);
});
