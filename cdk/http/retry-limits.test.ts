import { describe, expect, test } from '@jest/globals';
import { parseHttpDate, parseRetryAfter } from './retry-limits';

describe('an HTTP date', () => {
  test.each([
    ['of the usual form', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['of RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['of asctime, which is GMT too', 'Sun Nov  6 08:49:37 1994'],
    ['between blanks', ' Sun, 06 Nov 1994 08:49:37 GMT '],
  ])('a date %s is read', (_, text) => {
    expect(parseHttpDate(text)).toBe(784_111_777_000);
  });

  test.each([
    undefined,
    '',
    'soon',
    '1',
    'After 5',
    '-100000',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sat, 13 Sep 275760 00:00:00 GMT',
    'Sat, 01 Jan 20000 00:00:00 GMT',
    'Mon, 01 Jan 0100 00:00:00 GMT',
  ])('%j is no HTTP date', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  const SERVER_NOW = Date.parse('2026-03-01T12:00:00Z');
  const parse = (header: string | undefined): number | undefined => parseRetryAfter(header, SERVER_NOW);

  describe('seconds', () => {
    test.each([
      ['0', 0],
      ['1', 1000],
      ['120', 120_000],
      ['  7 ', 7000],
      ['0.5', 500],
      ['1.0001', 1001],
      ['99999999999', 99_999_999_999_000],
      ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
    ])('"%s" are %d ms', (header, ms) => {
      expect(parse(header)).toBe(ms);
    });
  });

  test.each(['9'.repeat(20), '9'.repeat(400)])('%s seconds are a wait without an end, and a number', (header) => {
    expect(parse(header)).toBe(Number.MAX_SAFE_INTEGER);
  });

  describe('dates', () => {
    test.each([
      ['of the usual form', 'Sun, 01 Mar 2026 12:01:30 GMT'],
      ['of RFC 850', 'Sunday, 01-Mar-26 12:01:30 GMT'],
      ['of asctime, which is GMT too', 'Sun Mar  1 12:01:30 2026'],
    ])("%s count from the server's now", (_, header) => {
      expect(parse(header)).toBe(90_000);
    });

    test('that have passed ask for no wait', () => {
      expect(parse('Sun, 01 Mar 2026 11:00:00 GMT')).toBe(0);
    });
  });

  describe('absent or malformed', () => {
    test.each([
      undefined,
      '',
      '  ',
      '-5',
      '+5',
      '5s',
      '12 parsecs',
      '1e3',
      'soon',
      'Infinity',
      'NaN',
      '1,2',
      'After 5',
      'Foo 12',
    ])('"%s" says nothing', (header) => {
      expect(parse(header)).toBeUndefined();
    });
  });
});
