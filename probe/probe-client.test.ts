import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  CertificateError,
  ConnectionError,
  GivenUpError,
  RateLimiter,
  TimeoutError,
  type HttpResponse,
} from '@airbyte/cdk-typescript-compat/http';
import { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { MOST_REPEATS, ProbeClient, TooManyRequestsError } from './probe-client';

type Reply = Error | number | { readonly status: number; readonly headers: Record<string, string> };

let clock: VirtualClock;
let sent: number;
let stop: AbortController;

beforeEach(() => {
  clock = new VirtualClock(1_000_000);
  sent = 0;
  stop = new AbortController();
});

/** A client whose requests are answered so, the last answer again and again. */
function clientOf(replies: readonly Reply[], requestsPerMinute = 1000): ProbeClient {
  const http = (): Promise<HttpResponse> => {
    const reply = replies[Math.min(sent, replies.length - 1)] ?? 200;
    sent += 1;
    if (reply instanceof Error) return Promise.reject(reply);
    const { status, headers } = typeof reply === 'number' ? { status: reply, headers: {} } : reply;
    return Promise.resolve({ status, headers, body: { bytes: Buffer.from('{}'), free: () => undefined } });
  };
  const limiter = new RateLimiter({ requestsPerMinute, clock, random: () => 0.5, onWait: () => undefined });
  const client = new ProbeClient({ http, limiter, clock, signal: stop.signal });
  client.allow(50);
  return client;
}

describe('a request', () => {
  test.each([200, 400, 401, 404])('that is answered %d is not sent again', async (status) => {
    const client = clientOf([status]);
    expect([(await client.get('/')).status, sent]).toEqual([status, 1]);
  });

  test.each<[string, Reply]>([
    ['503', 503],
    ['a lost connection', new ConnectionError('ECONNRESET', 'read')],
    ['429', { status: 429, headers: { 'retry-after': '3' } }],
  ])('that fails with %s is sent again', async (_, reply) => {
    const client = clientOf([reply, 200]);
    expect([(await client.get('/')).status, sent, client.repeats]).toEqual([200, 2, 1]);
  });

  test('that fails again and again is sent three times', async () => {
    expect([(await clientOf([503]).get('/')).status, sent]).toEqual([503, 3]);
  });

  test.each([new TimeoutError(30_000), new CertificateError('CERT_HAS_EXPIRED')])(
    'is not sent again after %s',
    async (error) => {
      await expect(clientOf([error]).get('/')).rejects.toBe(error);
      expect(sent).toBe(1);
    },
  );

  test('waits as long as a 429 says', async () => {
    await clientOf([{ status: 429, headers: { 'retry-after': '30' } }, 200]).get('/');
    expect(clock.now()).toBeGreaterThanOrEqual(1_030_000);
  });

  test('does not wait for an hour', async () => {
    const reply = { status: 429, headers: { 'retry-after': '3600' } };
    await expect(clientOf([reply]).get('/')).rejects.toBeInstanceOf(GivenUpError);
  });

  test('is not sent when the probe has ended', async () => {
    const client = clientOf([200]);
    stop.abort();
    await expect(client.get('/')).rejects.toBe(stop.signal.reason);
    expect(sent).toBe(0);
  });
});

describe('the requests of a probe', () => {
  test('are no more than are allowed', async () => {
    const client = clientOf([200]);
    client.allow(2);
    await client.get('/');
    await client.get('/');
    await expect(client.get('/')).rejects.toBeInstanceOf(TooManyRequestsError);
    expect(sent).toBe(2);
  });

  test('that fail are repeated so often in all, and no more', async () => {
    const client = clientOf([503]);
    for (let request = 0; request < 30; request += 1) await client.get('/');
    expect(sent).toBe(30 + MOST_REPEATS);
  });

  test('keep to the rate limit', async () => {
    const client = clientOf([200], 10);
    for (let request = 0; request < 30; request += 1) await client.get('/');
    expect(clock.now()).toBeGreaterThanOrEqual(1_000_000 + 120_000);
  });
});
