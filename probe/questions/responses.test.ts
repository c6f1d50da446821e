import { describe, expect, test } from '@jest/globals';
import { generateEntries } from '../../simulated-tenant/entry-generator';
import { nextRequests } from '../../simulated-tenant/tenant-faults';
import type { Question } from '../question';
import { answerTo, NOW, pastEntries, type ProbedOptions } from '../testing/probed';
import { dateHeader, failures, rateLimitHeaders, transport } from './responses';

const expectAnswers = (question: Question, cases: readonly (readonly [string, ProbedOptions])[]): void => {
  test.each(cases)('can be: %s', async (expected, options) => {
    expect((await answerTo(question, options)).answer).toBe(expected);
  });
};

describe('the Date header', () => {
  const newest = generateEntries({ seed: 1, count: 5, from: NOW - 9000, to: NOW - 1 });
  expectAnswers(dateHeader, [
    ['agrees with this machine', {}],
    ['ahead of this machine', { dateSkewMs: 8000 }],
    ['behind this machine', { dateSkewMs: -8000 }],
    ['behind the newest entry', { dateSkewMs: -8000, entries: newest }],
    ['differs between answers', { dateSkewMs: (request) => (request % 2) * 60_000 }],
    ['absent', { dateHeader: false }],
  ]);

  test('is compared with the newest entry', async () => {
    const { figures } = await answerTo(dateHeader, { dateSkewMs: 60_000, entries: newest });
    expect(figures['newest_entry_older_than_date_by_s']).toBeGreaterThanOrEqual(60);
  });

  test('is compared with the clock alone where there is no entry', async () => {
    const { answer, figures } = await answerTo(dateHeader, { entries: [] });
    expect(answer).toBe('agrees with this machine');
    expect(figures).not.toHaveProperty('newest_entry_older_than_date_by_s');
  });
});

describe('headers of rate limits', () => {
  expectAnswers(rateLimitHeaders, [
    ['none', { extraHeaders: { 'x-request-id': 'abc' } }],
    ['present', { extraHeaders: { 'x-ratelimit-limit': '1000' } }],
  ]);

  test('are shown by name, with nothing but numbers', async () => {
    const { figures } = await answerTo(rateLimitHeaders, {
      extraHeaders: { 'ratelimit-policy': '1000;w=60;comment="ada"', 'x-ratelimit-key': 'ada', 'x-quota': 'key-77' },
    });
    expect(figures).toEqual({ 'ratelimit-policy': '1000, 60', 'x-ratelimit-key': 'no number', 'x-quota': 'no number' });
  });

  test('are shown as they were at first and in the end', async () => {
    const { figures } = await answerTo(rateLimitHeaders, {
      onRequest: (model, number) => {
        model.settings.extraHeaders = { 'x-ratelimit-remaining': String(1000 - number) };
      },
    });
    expect(figures).toEqual({ 'x-ratelimit-remaining': '999 at first, 996 in the end' });
  });

  test('of a 429 are seen, too', async () => {
    const fault = { kind: 'status', status: 429, headers: { 'retry-after': '2' } } as const;
    const { figures } = await answerTo(rateLimitHeaders, { faultFor: nextRequests(fault) });
    expect(figures).toEqual({ 'retry-after': '2' });
  });
});

describe('the transport', () => {
  expectAnswers(transport, [
    ['not compressed', {}],
    ['gzip', { extraHeaders: { 'content-encoding': 'gzip', 'content-length': '100' } }],
    ['br', { extraHeaders: { 'content-encoding': 'br' } }],
    ['other', { extraHeaders: { 'content-encoding': 'zstd' } }],
  ]);

  test('is shown with how much smaller it makes the answers that tell their length', async () => {
    const extraHeaders = { 'content-encoding': 'gzip', 'content-length': '100' };
    const { figures } = await answerTo(transport, { extraHeaders, entries: pastEntries(50) });
    expect(figures['times_smaller_when_sent']).toBeGreaterThan(10);
  });

  test('is shown with the version of HTTP', async () => {
    expect((await answerTo(transport)).figures['http_versions']).toEqual({ '1.1': 4 });
  });
});

describe('failures', () => {
  expectAnswers(failures, [
    ['none', {}],
    ['some', { faultFor: nextRequests({ kind: 'status', status: 503 }) }],
    ['some', { faultFor: nextRequests({ kind: 'reset' }) }],
    ['some', { faultFor: nextRequests({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }) }],
  ]);

  test('are shown with durations and sizes', async () => {
    const { figures } = await answerTo(failures);
    expect(figures).toMatchObject({ answers_by_status: { 200: 4 }, sent_again: 0, median_ms: 20, slowest_ms: 20 });
  });
});
