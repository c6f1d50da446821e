import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BEGINNING, boundsOf, isOneSecond, lengthOf } from './window';

describe('what the API is asked for', () => {
  test('begins one second before the window and ends where the next one begins', () => {
    expect(boundsOf({ from: 100, to: 160 })).toEqual({ after: 99, before: 160 });
  });

  test('has no end where the window is open', () => {
    expect(boundsOf({ from: 100, to: undefined })).toEqual({ after: 99, before: undefined });
  });

  test('has no beginning at the beginning of time', () => {
    expect(boundsOf({ from: BEGINNING, to: 160 })).toEqual({ after: undefined, before: 160 });
  });

  test('holds every row of the window, whether the API takes its edges in or not', () => {
    const window = fc.tuple(fc.nat({ max: 1000 }), fc.integer({ min: 1, max: 1000 }));
    fc.assert(
      fc.property(window, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), ([from, length], share) => {
        const { after, before } = boundsOf({ from, to: from + length });
        const row = from + Math.min(length - 1e-6, Math.floor(share * length * 1e6) / 1e6);
        expect([after === undefined || row > after, before === undefined || row < before]).toEqual([true, true]);
      }),
    );
  });
});

describe('the length', () => {
  test.each([
    ['a window', { from: 100, to: 160 }, 60],
    ['an open window, which ends now', { from: 100, to: undefined }, 900],
    ['an open window that begins now', { from: 1000, to: undefined }, 1],
    ['an open window in the future', { from: 2000, to: undefined }, 1],
    ['a second', { from: 100, to: 101 }, 1],
  ])('of %s', (_, window, seconds) => {
    expect(lengthOf(window, 1000)).toBe(seconds);
  });

  test.each([
    [{ from: 100, to: 101 }, true],
    [{ from: 100, to: 102 }, false],
    [{ from: 1000, to: undefined }, true],
    [{ from: 999, to: undefined }, true],
    [{ from: 998, to: undefined }, false],
  ])('%j is the shortest there is: %s', (window, shortest) => {
    expect(isOneSecond(window, 1000)).toBe(shortest);
  });
});
