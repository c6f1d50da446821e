import { describe, expect, test } from '@jest/globals';
import { fakePage, type FakeRow } from '../testing/fake-server';
import { pageOf } from '../testing/page-of';
import type { Range } from '../tines/range';
import { survey } from '../tines/shown';
import { WindowEntries } from './window-entries';

const answerOf = (range: Range, rows: readonly FakeRow[]) => {
  const page = fakePage(rows);
  return { range, perPage: 500, page, shown: survey(page, range), serverNow: 0 };
};
const window = { from: 2000, to: 2100 };
const next = { from: 2100, to: 2200 };
const at = (id: number, second: number): FakeRow => ({ id: String(id), second });

function idsIn({ list }: WindowEntries): unknown[] {
  return Array.from(list.oldestFirst(), (place) => {
    const { page, row } = list.entryAt(place);
    return page.idOf(row);
  });
}

/** What is gathered of a window's only answer, and then of an empty window behind it. */
function gather(rows: readonly FakeRow[], from = 1000): { entries: WindowEntries; here: unknown[]; ahead: unknown[] } {
  const entries = new WindowEntries();
  entries.start();
  entries.gather(answerOf(window, rows), { window, from, now: 3000 });
  const here = idsIn(entries);
  const { withoutTime, withoutId } = entries;
  entries.start();
  entries.gatherEarlier(next);
  const ahead = idsIn(entries);
  return { entries: Object.assign(entries, { withoutTime, withoutId }), here, ahead };
}

describe('WindowEntries', () => {
  test.each([
    ['of the window and older ones to it', [at(1, 2099), at(2, 2000), at(3, 1999)], [3, 2, 1], []],
    ['behind its end to the next', [at(1, 2100), at(2, 2099)], [2], [1]],
    ['shown twice once', [at(1, 2000), at(1, 2000)], [1], []],
  ])('gives entries %s', (_, rows, here, ahead) => {
    expect(gather(rows)).toMatchObject({ here, ahead });
  });

  test('leaves out what is older than the range of the sync', () => {
    expect(gather([at(1, 2000), at(2, 1999)], 2000).here).toEqual([1]);
  });

  test('tells whether an answer shows something new', () => {
    const entries = new WindowEntries();
    entries.start();
    const span = { window, from: 1000, now: 3000 };
    const answers = [[at(1, 2000)], [at(1, 2000)], [at(1, 2000), at(2, 2001)], [at(3, 2150)]];
    expect(answers.map((rows) => entries.gather(answerOf(window, rows), span))).toEqual([true, false, true, false]);
    expect([idsIn(entries), entries.ids.size]).toEqual([[1, 2], 3]);
  });

  test('gives what an earlier window has shown once, also where the window shows it itself', () => {
    const entries = new WindowEntries();
    entries.start();
    entries.gather(answerOf(window, [at(1, 2100), at(2, 2101)]), { window, from: 1000, now: 3000 });
    entries.start();
    entries.gather(answerOf(next, [at(1, 2100)]), { window: next, from: 1000, now: 3000 });
    entries.gatherEarlier(next);
    expect(idsIn(entries)).toEqual([1, 2]);
  });

  test('keeps an entry for the window that it lies in, over several windows', () => {
    const entries = new WindowEntries();
    entries.start();
    const answer = answerOf(window, [at(1, 2250)]);
    entries.gather(answer, { window, from: 1000, now: 3000 });
    entries.start();
    entries.gatherEarlier(next);
    expect([idsIn(entries), entries.isAhead(answer.page)]).toEqual([[], true]);
    entries.start();
    entries.gatherEarlier({ from: 2200, to: undefined });
    expect([idsIn(entries), entries.isAhead(answer.page)]).toEqual([[1], false]);
  });

  test('dates an entry without a time by the range, and remembers it until that is over', () => {
    const entries = new WindowEntries();
    entries.start();
    entries.gather(answerOf(window, [at(1, NaN)]), { window, from: 1000, now: 3000 });
    expect(entries.list.entryAt(0)).toMatchObject({ second: 2102, time: 2_000_000 });
    expect(entries.withoutTime).toBe(1);
  });

  test.each([
    ['of the same row, shown again', ['{"id":1,"n":1}', '{"id":1,"n":1}'], false],
    ['of a row with other content', ['{"id":1,"n":1}', '{"id":1,"n":2}'], true],
    ['of a number and a text', ['{"id":1}', '{"id":"1"}'], true],
    ['of a text that is another id', ['{"id":1}', '{"id":"01"}'], false],
    ['of numbers that JavaScript does not tell apart', ['{"id":1e400}', '{"id":1e401}'], false],
  ])('tells of one id that is given twice: %s', (_, rows, hasConflicts) => {
    const entries = new WindowEntries();
    entries.start();
    const dated = rows.map((row) => row.replace('}', ',"created_at":"1970-01-01T00:33:20Z"}'));
    for (const row of dated) {
      const page = pageOf(`{"audit_logs":[${row}]}`);
      const answer = { range: window, perPage: 500, page, shown: survey(page, window), serverNow: 0 };
      entries.gather(answer, { window, from: 1000, now: 3000 });
    }
    expect([entries.hasConflicts, entries.list.size]).toEqual([
      hasConflicts,
      new Set(rows.map((row) => String(pageOf(`{"audit_logs":[${row}]}`).idOf(0)))).size,
    ]);
  });

  test('tells of no conflict with an entry that was delivered meanwhile', () => {
    const entries = new WindowEntries();
    entries.start();
    const span = { window, from: 1000, now: 3000 };
    entries.gather(answerOf(window, [at(1, 2000)]), span);
    entries.list.clear();
    entries.gather(answerOf(window, [at(2, 2000)]), span);
    entries.gather(answerOf(window, [at(1, 2001)]), span);
    expect(entries.hasConflicts).toBe(false);
  });
});
