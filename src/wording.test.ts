import { expect, test } from '@jest/globals';
import { counted, entriesText, numberText, plural, roughDuration } from './wording';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
])('numberText writes %i as %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});

test.each([
  [0, '0 requests', '0 entries'],
  [1, '1 request', '1 entry'],
  [2, '2 requests', '2 entries'],
  [1000, '1,000 requests', '1,000 entries'],
])('%i of something is written as %s and %s', (count, requests, entries) => {
  expect([counted(count, 'request'), entriesText(count)]).toEqual([requests, entries]);
});

test('the word for several is given where it is not the one with an s', () => {
  expect([plural(1, 'its', 'their'), plural(2, 'its', 'their')]).toEqual(['its', 'their']);
});

test.each([
  [0.1, '1 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7199, '120 min'],
  [7200, '2 h'],
])('%d seconds are roughly %s', (seconds, text) => {
  expect(roughDuration(seconds)).toBe(text);
});
