import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatSeconds, formatTimestamp, millisecondsAt, parseTimestamp } from './time';

function millisecondsIn(text: string): number {
  const bytes = Buffer.from(`[${JSON.stringify(text)}]`);
  return millisecondsAt(bytes, 1, bytes.length - 1);
}

/** What a time is by way of strings, epoch ms. */
const expected = (text: string): number => parseTimestamp(text) ?? Number.NaN;

describe('a time in the bytes of a response', () => {
  test.each([
    ['2025-01-11T03:57:28Z', 1_736_567_848_000],
    ['2025-01-11T03:57:28.999Z', 1_736_567_848_999],
    ['2025-01-11T03:57:28,123456Z', 1_736_567_848_123],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.5Z', -500],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['9999-12-31T23:59:59Z', 253_402_300_799_000],
  ])('%s is %d', (text, ms) => {
    expect(millisecondsIn(text)).toBe(ms);
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
    expect(millisecondsIn(text)).toBeNaN();
  });
});

describe('reading a time from a string agrees', () => {
  test('on every day from 1890 to 2110', () => {
    const wrong: string[] = [];
    for (let ms = Date.UTC(1890, 0); ms < Date.UTC(2110, 0); ms += 86_400_000) {
      const text = new Date(ms).toISOString();
      if (millisecondsIn(text) !== ms) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  test('on any instant', () => {
    const from = new Date('0000-01-01T00:00:00Z');
    const to = new Date('9999-12-31T23:59:59Z');
    fc.assert(
      fc.property(fc.date({ min: from, max: to, noInvalidDate: true }), (date) => {
        expect(millisecondsIn(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  test('on whatever looks like a time, where it is read at all', () => {
    let read = 0;
    const digits = fc.stringMatching(/^\d{4}-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d([.,]\d{0,7})?(Z|\+01:00)$/);
    fc.assert(
      fc.property(digits, (text) => {
        const ms = millisecondsIn(text);
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

function normalized(value: unknown): string | undefined {
  const ms = parseTimestamp(value);
  return ms === undefined ? undefined : formatTimestamp(ms);
}

describe('what is a time', () => {
  test.each([
    ['as in captured entries', '2025-01-11T03:57:28Z', '2025-01-11T03:57:28.000Z'],
    ['with milliseconds', '2025-08-11T23:46:52.179Z', '2025-08-11T23:46:52.179Z'],
    ['with fewer digits', '2025-08-11T23:46:52.1Z', '2025-08-11T23:46:52.100Z'],
    ['with more digits, which are cut off', '2025-08-11T23:46:52.179999Z', '2025-08-11T23:46:52.179Z'],
    ['with a comma', '2025-08-11T23:46:52,179Z', '2025-08-11T23:46:52.179Z'],
    ['east of Greenwich', '2025-01-01T00:30:00+05:30', '2024-12-31T19:00:00.000Z'],
    ['west of Greenwich', '2024-12-31T23:00:00.5-08:00', '2025-01-01T07:00:00.500Z'],
    ['with an offset without a colon', '2025-01-01T00:30:00+0530', '2024-12-31T19:00:00.000Z'],
    ['with blanks and UTC', '2025-01-11 03:57:28 UTC', '2025-01-11T03:57:28.000Z'],
    ['with letters in lower case', '2025-01-11t03:57:28z', '2025-01-11T03:57:28.000Z'],
    ['with milliseconds and letters in lower case', '2025-01-11t03:57:28.5z', '2025-01-11T03:57:28.500Z'],
    ['with one letter in lower case', '2025-01-11t03:57:28+01:00', '2025-01-11T02:57:28.000Z'],
    ['on a leap day', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['on the 31st', '2025-01-31T00:00:00Z', '2025-01-31T00:00:00.000Z'],
  ])('%s', (_, text, timestamp) => {
    expect(normalized(text)).toBe(timestamp);
  });
});

describe('what is none', () => {
  test.each([
    ['a time without a zone', '2025-01-11T03:57:28'],
    ['a date', '2025-01-11'],
    ['an empty text', ''],
    ['words', 'yesterday'],
    ['a thirteenth month', '2025-13-11T03:57:28Z'],
    ['a 25th hour', '2025-01-11T25:57:28Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a 30th of February', '2025-02-30T10:00:00Z'],
    ['a 30th of February with milliseconds', '2025-02-30T10:00:00.000Z'],
    ['a 31st of April with an offset', '2025-04-31T10:00:00+02:00'],
    ['a blank behind', '2025-01-11T03:57:28Z '],
    ['a year of five digits', '12025-01-11T03:57:28Z'],
    ['an instant before the year 0', '0000-01-01T00:00:00+01:00'],
    ['an instant after the year 9999', '9999-12-31T23:59:59-01:00'],
    ['a number', 1_736_567_848],
    ['null', null],
    ['a missing value', undefined],
    ['a list', ['2025-01-11T03:57:28Z']],
  ])('%s', (_, value) => {
    expect(parseTimestamp(value)).toBeUndefined();
  });
});

describe('the normalized form', () => {
  test('midnight written as hour 24 is no other form of a time: it is the next day, or none', () => {
    expect([undefined, '2025-01-02T00:00:00.000Z']).toContain(normalized('2025-01-01T24:00:00Z'));
  });

  test('of a normalized timestamp is itself', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        (date) => {
          const text = date.toISOString();
          expect(normalized(text)).toBe(text);
        },
      ),
    );
  });

  test('compares as text like the instants do', () => {
    const instant = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(String(formatTimestamp(a)) < String(formatTimestamp(b))).toBe(a < b);
      }),
    );
  });

  test('does not depend on what was asked before', () => {
    const texts = ['2025-01-11T03:57:28Z', 'no time', '2025-01-11T03:57:28Z', '2025-01-11T03:57:28Z', 'no time'];
    expect(texts.map(normalized)).toEqual([
      '2025-01-11T03:57:28.000Z',
      undefined,
      '2025-01-11T03:57:28.000Z',
      '2025-01-11T03:57:28.000Z',
      undefined,
    ]);
  });
});

describe('formatting', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, -62_167_219_200_001, 253_402_300_800_000])(
    '%d ms have no timestamp',
    (ms) => {
      expect(formatTimestamp(ms)).toBeUndefined();
    },
  );

  test('seconds become a timestamp with milliseconds', () => {
    expect(formatSeconds(1_736_567_848)).toBe('2025-01-11T03:57:28.000Z');
  });

  test('seconds that no timestamp can hold are a RangeError', () => {
    expect(() => formatSeconds(1e15)).toThrow(RangeError);
  });
});
