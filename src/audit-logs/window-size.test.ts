import { describe, expect, test } from '@jest/globals';
import { entryTimes, type EntrySpread } from '../../simulated-tenant/entry-times';
import { seededRandom } from '../../simulated-tenant/random';
import { fakePage } from '../testing/fake-server';
import { ServerFacts } from './server-facts';
import { expectedBytes, mostRows, pagesPerWindow, STANDARD_SIZES, windowsFor } from './window-size';

/** Facts of a server that has shown a page of so many rows of so many bytes. */
function factsOf(rows: number, rowBytes: number): ServerFacts {
  const facts = new ServerFacts();
  const page = fakePage(Array.from({ length: rows }, (_, index) => ({ id: String(index + 1), second: 1000 })));
  facts.answered(Object.create(page, { size: { value: rows }, bytes: { value: rows * rowBytes } }) as typeof page);
  return facts;
}

test('A window may have 12,500 entries before it is cut again', () => {
  expect(mostRows(STANDARD_SIZES)).toBe(12_500);
});

test.each([
  ['small rows', 500, 500, 10],
  ['rows of 2 kB', 500, 2000, 4],
  ['rows of 8 kB', 500, 8000, 1],
  ['rows of 100 kB', 80, 100_000, 1],
  ['a server of 100 rows a page', 100, 2000, 10],
])('A window has as many pages as fit its bytes, with %s', (_, rows, bytes, pages) => {
  const facts = factsOf(rows, bytes);
  expect(pagesPerWindow(STANDARD_SIZES, facts)).toBe(pages);
  expect(expectedBytes(STANDARD_SIZES, facts)).toBe(pages * rows * bytes);
});

test.each([
  [0, 1],
  [400, 1],
  [4900, 1],
  [4990, 2],
  [100_000, 23],
])('A range of %d rows is cut into %d windows', (rows, windows) => {
  expect(windowsFor(rows, STANDARD_SIZES, factsOf(500, 500))).toBe(windows);
});

describe('Questions for 500 entries', () => {
  /** A page after the other, each of which repeats the oldest second of the one before, and one that isn't full. */
  function questionsOf(times: Float64Array, from: number, to: number): number {
    let [left, questions] = [to, 0];
    for (;;) {
      questions += 1;
      if (left - from < 500) return questions;
      const second = Math.floor((times[left - 500] ?? 0) / 1000) * 1000;
      while (left > from && (times[left - 1] ?? 0) >= second + 1000) left -= 1;
    }
  }

  test.each<[number, EntrySpread, number]>([
    [100_000, 'even', 1.05],
    [100_000, 'office_hours', 1.1],
    [1_000_000, 'even', 1.05],
    [1_000_000, 'office_hours', 1.1],
  ])(
    'are few with windows of %d entries, spread %s: at most %d',
    (count, spread, most) => {
      const [start, end] = [Date.UTC(2025, 0), Date.UTC(2025, 11)];
      const times = entryTimes(seededRandom(1), spread, { count, from: start, to: end });
      const facts = factsOf(500, 500);
      const windows = (from: number, to: number, parts: number): number => {
        let [questions, first] = [0, times.findIndex((at) => at >= from)];
        for (let part = 1; part <= parts; part += 1) {
          const until = from + ((to - from) * part) / parts;
          let last = first;
          while (last < times.length && (times[last] ?? Infinity) < until) last += 1;
          const rows = last - first;
          const tooBig = rows > mostRows(STANDARD_SIZES);
          questions += tooBig
            ? 1 +
              windows(
                from + ((to - from) * (part - 1)) / parts,
                until,
                Math.max(2, windowsFor(rows, STANDARD_SIZES, facts)),
              )
            : questionsOf(times, first, last);
          first = last;
        }
        return questions;
      };
      expect(windows(start, end, windowsFor(count, STANDARD_SIZES, facts)) / (count / 500)).toBeLessThanOrEqual(most);
    },
    60_000,
  );
});
