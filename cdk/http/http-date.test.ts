import { expect, test } from '@jest/globals';
import { parseHttpDate } from './http-date';

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
