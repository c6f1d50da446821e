import { describe, expect, test } from '@jest/globals';
import { maxInAnyMinute, RequestWindow } from './request-window';

describe('RequestWindow', () => {
  test('admits up to its limit and tells when the next one will be admitted', () => {
    const window = new RequestWindow(2);

    expect([window.admit(0), window.admit(10_000), window.admit(15_000)]).toEqual([0, 0, 45_000]);
  });

  test('slides: a place is free again 60 seconds after it was taken', () => {
    const window = new RequestWindow(1);
    window.admit(0);

    expect([window.admit(59_999), window.admit(60_000)]).toEqual([1, 0]);
  });

  test('refused requests take no place', () => {
    const window = new RequestWindow(1);
    window.admit(0);
    window.admit(30_000);

    expect(window.admit(60_000)).toBe(0);
  });
});

describe('maxInAnyMinute', () => {
  test('is the most requests within 60 seconds, wherever they begin', () => {
    expect(maxInAnyMinute([0, 50_000, 55_000, 100_000, 109_999, 200_000])).toBe(4);
  });

  test('requests 60 seconds apart are never in the same minute', () => {
    expect(maxInAnyMinute([0, 60_000, 120_000])).toBe(1);
  });

  test('is 0 without requests', () => {
    expect(maxInAnyMinute([])).toBe(0);
  });
});
