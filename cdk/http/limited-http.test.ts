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
    [204, false],
    [205, false],
    [201, false],
    [202, false],
    [200, true],
  ])('%d without a body is empty, where the request must not be sent twice: %s', (status, once) => {
    expect(verdictOf({ target: '/', body: '{}', once }, responseOf(status, ''))).toBe('empty');
  });

  test.each([undefined, '{}'])('200 without a body, to the body %s, may have been cut off, and is read', (body) => {
    expect(verdictOf({ target: '/', body }, responseOf(200, ''))).toBe('ok');
  });

  test.each([100, 302, 400, 404, 500])('%d is an error', (status) => {
    expect(verdictOf({ target: '/' }, responseOf(status))).toBe('refuse');
  });

  test('429 is that too many requests were made', () => {
    expect(verdictOf({ target: '/' }, responseOf(429))).toEqual({ rateLimitedUntil: undefined });
  });
});
