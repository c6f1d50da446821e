import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseTimestamp } from './timestamp';
import { millisecondsAt, secondsAt } from './timestamp-bytes';

function secondsIn(text: string): number {
  const bytes = Buffer.from(`[${JSON.stringify(text)}]`);
  return secondsAt(bytes, 1, bytes.length - 1);
}

function millisecondsIn(text: string): number {
  const bytes = Buffer.from(`[${JSON.stringify(text)}]`);
  return millisecondsAt(bytes, 1, bytes.length - 1);
}

/** What a time is by way of strings, epoch ms. */
const expected = (text: string): number => parseTimestamp(text) ?? Number.NaN;

test.each([
  ['2025-01-11T03:57:28Z', 1_736_567_848],
  ['2025-01-11T03:57:28.999Z', 1_736_567_848],
  ['2025-01-11T03:57:28,123456Z', 1_736_567_848],
  ['1970-01-01T00:00:00Z', 0],
  ['1969-12-31T23:59:59.5Z', -1],
  ['2024-02-29T00:00:00Z', 1_709_164_800],
  ['0000-01-01T00:00:00Z', -62_167_219_200],
  ['9999-12-31T23:59:59Z', 253_402_300_799],
])('%s is %d', (text, seconds) => {
  expect(secondsIn(text)).toBe(seconds);
});

test.each([
  '2025-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2025-04-31T00:00:00Z',
  '2025-00-10T00:00:00Z',
  '2025-13-10T00:00:00Z',
  '2025-01-00T00:00:00Z',
  '2025-01-11T24:00:00Z',
  '2025-01-11T23:60:00Z',
  '2025-01-11T23:59:60Z',
  '2025-01-11T23:59:5xZ',
  '2025-01-11T23:59:59.Z',
  '2025-01-11T23:59:59.1x1Z',
  '2025-01-11 23:59:59Z',
  '2025-01-11T23:59:59+00:00',
  '2025-01-11T23:59:59',
  '',
])('"%s" is not read', (text) => {
  expect(secondsIn(text)).toBeNaN();
});

describe('the way by strings agrees', () => {
  test('on every day from 1890 to 2110', () => {
    const wrong: string[] = [];
    for (let ms = Date.UTC(1890, 0); ms < Date.UTC(2110, 0); ms += 86_400_000) {
      const text = new Date(ms).toISOString();
      if (secondsIn(text) !== ms / 1000) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  test('on any instant', () => {
    const from = new Date('0000-01-01T00:00:00Z');
    const to = new Date('9999-12-31T23:59:59Z');
    fc.assert(
      fc.property(fc.date({ min: from, max: to, noInvalidDate: true }), (date) => {
        expect(millisecondsIn(date.toISOString())).toBe(date.getTime());
        expect(secondsIn(date.toISOString())).toBe(Math.floor(date.getTime() / 1000));
      }),
    );
  });

  test('on whatever looks like a time, where it is read at all', () => {
    let read = 0;
    const digits = fc.stringMatching(/^\d{4}-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d([.,]\d{0,7})?(Z|\+01:00)$/);
    fc.assert(
      fc.property(digits, (text) => {
        const ms = millisecondsIn(text);
        expect(secondsIn(text)).toEqual(Math.floor(ms / 1000));
        if (Number.isNaN(ms)) return;
        read += 1;
        expect(ms).toEqual(expected(text));
      }),
      { numRuns: 2000 },
    );
    // About one in fifteen is a time that exists, in the form that is read from the bytes.
    expect(read).toBeGreaterThan(60);
  });
});
