import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { numberText } from './number-text';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
  [-1000, '-1,000'],
])('%p is written %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});

test('any whole number is written as the locale en-US has it', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(numberText(value)).toBe(value.toLocaleString('en-US'));
    }),
  );
});
