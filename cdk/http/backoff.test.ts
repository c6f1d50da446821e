import { expect, test } from '@jest/globals';
import { backoffMs } from './backoff';

test.each([
  [1, 1, 1000],
  [2, 1, 2000],
  [6, 1, 32_000],
  [7, 1, 60_000],
  [1000, 1, 60_000],
  [3, 0.25, 1000],
  [3, 0, 0],
])('the back-off after %d failures with the random number %d is %d ms', (failures, random, ms) => {
  expect(backoffMs(failures, random)).toBe(ms);
});
