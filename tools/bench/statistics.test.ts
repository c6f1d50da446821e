import { describe, expect, test } from '@jest/globals';
import { count, median, megabytes } from './statistics';

describe('the median', () => {
  test('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('of an even number of values is the mean of the two in the middle', () => {
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  test('of nothing is an error', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

test('counts have a comma for each thousand and no fraction', () => {
  expect(count(1_234_567.8)).toBe('1,234,568');
});

test('a megabyte is a million bytes', () => {
  expect(megabytes(150e6)).toBe('150.0 MB');
});
