import { describe, expect, test } from '@jest/globals';
import { fakePage, type FakeRow } from '../testing/fake-server';
import type { Range } from './range';
import { survey } from './shown';
import { gatherEntries } from './window-entries';

const answerOf = (range: Range, rows: readonly FakeRow[]) => {
  const page = fakePage(rows);
  return { range, perPage: 500, page, shown: survey(page, range), serverNow: 0 };
};
const window = { from: 2000, to: 2100 };
const gather = (rows: readonly FakeRow[], options: { from?: number; ids?: Set<string> } = {}) =>
  gatherEntries([answerOf(window, rows)], window, { from: 1000, now: 3000, ...options });
const at = (id: number, second: number): FakeRow => ({ id: String(id), second });
const idsOf = (entries: readonly { id: string }[]): string[] => entries.map(({ id }) => id);

describe('gatherEntries', () => {
  test.each([
    ['of the window and older ones to it', [at(1, 2099), at(2, 2000), at(3, 1999)], ['1', '2', '3'], []],
    ['behind its end to the next', [at(1, 2100), at(2, 2099)], ['2'], ['1']],
    ['from before the range of the sync to nothing', [at(1, 2000), at(2, 1900)], ['1', '2'], []],
    ['shown twice once', [at(1, 2000), at(1, 2000)], ['1'], []],
  ])('gives entries %s', (_, rows, here, ahead) => {
    const gathered = gather(rows);
    expect([idsOf(gathered.entries), idsOf(gathered.ahead)]).toEqual([here, ahead]);
  });

  test('leaves out what is older than the range of the sync', () => {
    expect(idsOf(gather([at(1, 2000), at(2, 1999)], { from: 2000 }).entries)).toEqual(['1']);
  });

  test('leaves out what was gathered before, and adds what is new', () => {
    const ids = new Set(['1']);
    expect(idsOf(gather([at(1, 2000), at(2, 2001)], { ids }).entries)).toEqual(['2']);
    expect([...ids]).toEqual(['1', '2']);
  });

  test('dates an entry without a time by the range, and remembers it until that is over', () => {
    const { entries, withoutTime } = gather([at(1, NaN)]);
    expect(entries).toEqual([
      expect.objectContaining({ id: '1', timestamp: '1970-01-01T00:33:20.000Z', second: 2102 }),
    ]);
    expect(withoutTime).toBe(1);
  });
});
