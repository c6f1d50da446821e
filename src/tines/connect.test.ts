import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { version } from '../../package.json';
import { parseConfig, type Config } from '../config';
import { SYNC_RETRY_LIMITS, type HttpOptions, type WaitReason } from '@airbyte/cdk-typescript-compat/http';
import { ManualClock } from '@airbyte/cdk-typescript-compat/testing';
import type { TinesClient } from './client';
import { connect } from './connect';

const never = new AbortController().signal;
const clock = new ManualClock(1_000_000);
let made: HttpOptions[];
let waits: [until: number, reason: WaitReason][];

beforeEach(() => {
  made = [];
  waits = [];
});

const configOf = (settings: Record<string, unknown> = {}): Config =>
  parseConfig({ tenant_domain: 'tines.example.com:8443', api_key: 'the-key', ...settings }, clock.now());

function connectTo(config: Config, { cloud = false, hasSucceeded = false, statuses = [200] } = {}): TinesClient {
  return connect(
    config,
    {
      clock,
      random: () => 0.5,
      cloud,
      http: (options) => {
        made.push(options);
        const body = { bytes: Buffer.from('{"audit_logs":[]}'), free: () => undefined };
        return () => Promise.resolve({ status: statuses.shift() ?? 200, headers: {}, body });
      },
    },
    {
      log: () => undefined,
      mask: () => undefined,
      retryLimits: SYNC_RETRY_LIMITS,
      onWait: (until, reason) => waits.push([until, reason]),
      hasSucceeded,
    },
  );
}

describe('requests', () => {
  test('carry the key, what is accepted, and who asks', () => {
    connectTo(configOf());
    expect(made[0]?.headers).toEqual({
      Authorization: 'Bearer the-key',
      Accept: 'application/json',
      'User-Agent': `source-tines/${version}`,
    });
  });

  test('go to the configured host and port, with the configured authority and as many sockets as workers', () => {
    connectTo({ ...configOf({ num_workers: 7 }), caCertificate: 'PEM' });
    expect(made[0]).toMatchObject({ baseUrl: 'https://tines.example.com:8443', caCertificate: 'PEM', maxSockets: 7 });
  });

  test('have their bodies where the client counts what is being received', async () => {
    const client = connectTo(configOf());
    const received = made[0]?.bodies?.receive(Readable.from([Buffer.alloc(10)]), 100_000, 100_000);
    expect(client.bufferedBytes).toBeGreaterThanOrEqual(100_000);
    await received;
    expect(client.bufferedBytes).toBe(10);
  });

  test('have a deadline of half a minute and a largest body', () => {
    connectTo(configOf());
    expect(made[0]).toMatchObject({ deadlineMs: 30_000, maxBodyBytes: 16 * 1024 * 1024 });
  });

  test('wait once the configured allowance is used up, and say until when', async () => {
    const client = connectTo(configOf({ requests_per_minute: 2 }));
    const start = clock.now();
    for (let page = 1; page <= 3; page += 1) await clock.runTo(client.page({ page, perPage: 1 }, never));
    expect([clock.now() - start, waits]).toEqual([60_000, [[start + 60_000, 'allowance']]]);
  });
});

test.each([
  [true, 'is asked again'],
  [false, 'refuses for good'],
])('a tenant of which is known that it was read before (%s) %s after one refusal', async (hasSucceeded) => {
  const client = connectTo(configOf(), { hasSucceeded, statuses: [401, 401] });
  const got = clock.runTo(client.page({ page: 1, perPage: 1 }, never));
  await (hasSucceeded ? expect(got).resolves.toBeDefined() : expect(got).rejects.toThrow('(401)'));
});

test.each([true, false])('only public addresses may be reached on Airbyte Cloud: %s', (cloud) => {
  connectTo(configOf(), { cloud });
  expect(made[0]).toMatchObject({ publicOnly: cloud });
});
