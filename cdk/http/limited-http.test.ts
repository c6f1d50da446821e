import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from './http';
import { bringsContent, verdictOf } from './limited-http';

test.each([
  [200, true],
  [203, true],
  [206, true],
  [201, false],
  [204, false],
  [304, false],
])('%d brings what was asked for: %s', (status, brings) => {
  expect(bringsContent(status)).toBe(brings);
});

describe('what a status means', () => {
  const responseOf = (status: number, text = 'x'): HttpResponse => ({
    status,
    headers: {},
    body: { bytes: Buffer.from(text), free: () => undefined },
  });

  test.each([200, 201, 202, 203, 206])('%d with a body is a success', (status) => {
    expect(verdictOf({ target: '/' }, responseOf(status))).toBe('ok');
  });

  test.each([
    [204, undefined],
    [205, undefined],
    [201, undefined],
    [202, undefined],
    [200, '{}'],
  ])('%d without a body, to a request with the body %s, is empty', (status, body) => {
    expect(verdictOf({ target: '/', body }, responseOf(status, ''))).toBe('empty');
  });

  test('200 without a body is read after a GET, because it may have been cut off', () => {
    expect(verdictOf({ target: '/' }, responseOf(200, ''))).toBe('ok');
  });

  test.each([100, 302, 400, 404, 500])('%d is an error', (status) => {
    expect(verdictOf({ target: '/' }, responseOf(status))).toBe('refuse');
  });

  test('429 is that too many requests were made', () => {
    expect(verdictOf({ target: '/' }, responseOf(429))).toEqual({ rateLimitedUntil: undefined });
  });
});
