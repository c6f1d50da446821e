import { expect, test } from '@jest/globals';
import { Counters, type FileCounters } from './counters';

const fileOf = (): FileCounters => ({ s: [0, 0], f: [0], b: { 0: [0, 0] } });

function raise(counts: ArrayLike<number>, index: number, by = 1): void {
  Reflect.set(counts, index, (counts[index] ?? 0) + by);
}

test('the counters of all files count together', () => {
  const files = [fileOf(), fileOf()];
  const counters = new Counters(files);
  raise(files[0]?.s ?? [], 1);
  raise(files[1]?.b['0'] ?? [], 0);
  expect([counters.note(), counters.covered, counters.size]).toEqual([2, 2, 10]);
});

test('what was reached before is nothing new', () => {
  const file = fileOf();
  const counters = new Counters([file]);
  raise(file.s, 0);
  counters.note();
  counters.reset();
  raise(file.s, 0);
  expect([counters.note(), counters.features]).toEqual([0, 1]);
});

test.each([
  [1, 2, true],
  [2, 3, true],
  [4, 7, false],
  [7, 8, true],
  [31, 32, true],
  [32, 127, false],
  [127, 128, true],
  [128, 1_000_000, false],
])('after a count of %d, one of %d is something new: %p', (first, second, isNew) => {
  const file = fileOf();
  const counters = new Counters([file]);
  raise(file.s, 0, first);
  counters.note();
  counters.reset();
  raise(file.s, 0, second);
  expect(counters.note() > 0).toBe(isNew);
});
