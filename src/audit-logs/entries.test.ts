import { describe, expect, test } from '@jest/globals';
import { pageOf } from '../../testing/page-of';
import type { SlicedPage } from '../tines/page';
import { EntryList } from './entries';

/** A page with these ids. */
const pageWith = (...ids: readonly (number | string)[]): SlicedPage =>
  pageOf(JSON.stringify({ audit_logs: ids.map((id) => ({ id })) }));

/** A list of entries with these ids and times, all of one page. */
function listOf(...entries: readonly (readonly [id: number | string, time: number])[]): EntryList {
  const page = pageWith(...entries.map(([id]) => id));
  const list = new EntryList();
  entries.forEach(([, time], row) => {
    list.add({ page, row, second: Math.floor(time / 1000), time });
  });
  return list;
}

const idsOf = (list: EntryList): (number | string)[] =>
  Array.from(list.oldestFirst(), (place) => {
    const { page, row } = list.entryAt(place);
    return page.idOf(row);
  });

describe('The list of entries', () => {
  test.each<[string, [number | string, number][], (number | string)[]]>([
    [
      'of time where they come newest first',
      [
        [1, 3001],
        [2, 3000],
        [3, 2999],
      ],
      [3, 2, 1],
    ],
    [
      'of time where they come oldest first',
      [
        [1, 2999],
        [2, 3000],
        [3, 3001],
      ],
      [1, 2, 3],
    ],
    [
      'of time where the last alone is out of order',
      [
        [1, 3001],
        [2, 3000],
        [3, 3002],
      ],
      [2, 1, 3],
    ],
    [
      'of time where the first alone is out of order',
      [
        [1, 3000],
        [2, 3001],
        [3, 2999],
      ],
      [3, 1, 2],
    ],
    [
      'of ids where times are the same',
      [
        [10, 5],
        ['x', 5],
        [9, 5],
        ['007', 5],
      ],
      ['007', 9, 10, 'x'],
    ],
    [
      'of ids where these come the highest first',
      [
        [11, 5],
        [10, 5],
        [9, 5],
      ],
      [9, 10, 11],
    ],
    ['that there is with one', [[1, 5]], [1]],
    ['that there is with none', [], []],
  ])('is in the order %s', (_, entries, expected) => {
    expect(idsOf(listOf(...entries))).toEqual(expected);
  });

  test('gives entries as they were added', () => {
    const [first, second] = [pageWith(7, 8), pageWith(9)];
    const entries = [
      { page: first, row: 1, second: 1, time: 1500 },
      { page: second, row: 0, second: 4, time: 9 },
      { page: first, row: 0, second: -3, time: 2.5 },
    ];
    const list = new EntryList();
    for (const entry of entries) list.add(entry);
    expect([0, 1, 2].map((place) => list.entryAt(place))).toEqual(entries);
    expect(list.size).toBe(3);
  });

  test('has no entry beyond the last', () => {
    const list = listOf([1, 1], [2, 2]);
    expect(() => list.entryAt(2)).toThrow(new RangeError('no entry at 2'));
  });

  test('grows as far as it has to', () => {
    const entries = Array.from({ length: 5000 }, (_, index) => [index, 5000 - index] as const);
    expect(idsOf(listOf(...entries))).toEqual(entries.map(([id]) => id).toReversed());
  });

  test('grows with seconds and pages', () => {
    const list = new EntryList();
    const pages = Array.from({ length: 1100 }, (_, id) => pageWith(id));
    pages.forEach((page, second) => {
      list.add({ page, row: 0, second, time: second });
    });
    expect(list.entryAt(1099)).toEqual({ page: pages[1099], row: 0, second: 1099, time: 1099 });
    expect(idsOf(list)).toEqual(pages.map((_, id) => id));
  });

  test('knows which entries have no time of their own', () => {
    const page = pageWith(1, 2, 3);
    const list = new EntryList();
    list.add({ page, row: 0, second: 1, time: 1 });
    list.add({ page, row: 1, second: 1, time: 1 }, true);
    list.add({ page, row: 2, second: 1, time: 1 }, false);
    expect([0, 1, 2].map((place) => list.isUndated(place))).toEqual([false, true, false]);
    list.clear();
    list.add({ page, row: 0, second: 1, time: 1 });
    list.add({ page, row: 1, second: 1, time: 1 });
    expect(list.isUndated(1)).toBe(false);
  });

  test('is empty once it is cleared, and can be used again', () => {
    const list = listOf([1, 1000], [2, 2000]);
    const { page } = list.entryAt(0);
    expect(list.hasAnyOf(page)).toBe(true);
    list.clear();
    expect([list.size, idsOf(list), list.hasAnyOf(page)]).toEqual([0, [], false]);
    list.add({ page, row: 1, second: 0, time: 9 });
    expect(idsOf(list)).toEqual([2]);
    expect(list.use(0)).toBe(true);
    expect(() => list.entryAt(1)).toThrow(RangeError);
  });

  test('tells when the last entry of a page was used, in whatever order they were added and are used', () => {
    const [first, second] = [pageWith(1, 3), pageWith(2, 4)];
    const list = new EntryList();
    [first, second, first, second].forEach((page, place) => {
      list.add({ page, row: place >> 1, second: 0, time: place });
    });
    expect([first, second, pageWith(1)].map((page) => list.hasAnyOf(page))).toEqual([true, true, false]);
    expect([3, 0, 1, 2].map((place) => list.use(place))).toEqual([false, false, true, true]);
  });
});
