import { describe, expect, test } from '@jest/globals';
import { pageOf } from '../testing/page-of';
import { EntryList } from './entry-list';

/** A list of entries with these ids and times. */
function listOf(...entries: readonly (readonly [id: number | string, time: number])[]): EntryList {
  const page = pageOf(JSON.stringify({ audit_logs: entries.map(([id]) => ({ id })) }));
  const list = new EntryList();
  entries.forEach(([, time], row) => {
    list.add(page, row, Math.floor(time / 1000), time);
  });
  return list;
}

const idsOf = (list: EntryList): (number | string)[] =>
  Array.from(list.oldestFirst(), (place) => {
    const { page, row } = list.entryAt(place);
    return page.idOf(row);
  });

describe('EntryList', () => {
  test('is in the order of time', () => {
    expect(idsOf(listOf([1, 3001], [2, 3000], [3, 2999]))).toEqual([3, 2, 1]);
  });

  test('is in the order of ids where times are the same', () => {
    expect(idsOf(listOf(['x', 5], [10, 5], [9, 5], ['007', 5]))).toEqual(['007', 9, 10, 'x']);
  });

  test('gives entries as they were added', () => {
    const page = pageOf('{"audit_logs":[{"id":7}]}');
    const list = new EntryList();
    list.add(page, 0, 1, 1500);
    expect(list.entryAt(0)).toEqual({ page, row: 0, second: 1, time: 1500 });
  });

  test('grows as far as it has to', () => {
    const entries = Array.from({ length: 5000 }, (_, index) => [index, 5000 - index] as const);
    expect(idsOf(listOf(...entries))).toEqual(entries.map(([id]) => id).toReversed());
  });

  test('is empty once it is cleared, and can be used again', () => {
    const list = listOf([1, 1], [2, 2]);
    const { page } = list.entryAt(0);
    list.clear();
    expect([list.size, idsOf(list), list.hasAnyOf(page)]).toEqual([0, [], false]);
    list.add(page, 1, 0, 9);
    expect(idsOf(list)).toEqual([2]);
    expect(() => list.entryAt(1)).toThrow(RangeError);
  });

  test('tells when the last entry of a page was used, in whatever order they were added and are used', () => {
    const [first, second] = [1, 2].map((id) => pageOf(JSON.stringify({ audit_logs: [{ id }, { id: id + 2 }] })));
    if (first === undefined || second === undefined) throw new Error('no pages');
    const list = new EntryList();
    [first, second, first, second].forEach((page, place) => {
      list.add(page, place >> 1, 0, place);
    });
    expect([3, 0, 1, 2].map((place) => list.use(place))).toEqual([false, false, true, true]);
  });
});
