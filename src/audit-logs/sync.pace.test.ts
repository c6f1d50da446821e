import { expect, test } from '@jest/globals';
import { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import type { Http } from '@airbyte/cdk-typescript-compat/http';
import { entryOf } from '../../simulated-tenant/tenant-entry';
import { TenantModel } from '../../simulated-tenant/tenant-model';
import { parseConfig } from '../config';
import { backfill, DAY, MINUTE, START } from '../../testing/sync-world';
import { auditLogsStream } from './stream';
import { STANDARD_SIZES, type WindowSizes } from './windows';

/** Of a test that simulates many entries, in ms. */
const LONG = 120_000;

/** A tenth of the usual rows and bytes: a tenth of the entries makes as many requests. */
const SIZES: WindowSizes = {
  ...STANDARD_SIZES,
  perPage: STANDARD_SIZES.perPage / 10,
  bytes: STANDARD_SIZES.bytes / 10,
  bytesHeld: STANDARD_SIZES.bytesHeld / 10,
};

/** `count` entries of so many bytes, evenly over 29 days. */
const entriesOf = (bytes: number, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const at = Math.floor(START - 30 * DAY + (index * 29 * DAY) / count);
    const created_at = `${new Date(at).toISOString().slice(0, 19)}Z`;
    return entryOf({ id: index + 1, created_at, operation_name: 'Login', note: 'x'.repeat(bytes - 90) }, { at });
  });

/** Reads a backfill on a clock that only requests and waits move. @returns when each request was sent, epoch ms */
async function sendingTimes(
  bytes: number,
  { count, answerMs }: { count: number; answerMs: number },
): Promise<number[]> {
  const clock = new VirtualClock(START);
  const model = new TenantModel({ entries: entriesOf(bytes, count), now: () => clock.now() });
  const times: number[] = [];
  const http: Http = async ({ target }, signal) => {
    times.push(clock.now());
    await clock.sleep(answerMs, signal);
    const answer = model.respond(new URL(target, 'https://tenant.example').searchParams);
    return { status: 200, headers: answer.headers, body: { bytes: Buffer.from(answer.body), free: () => undefined } };
  };
  const json = { tenant_domain: 'tenant.example', api_key: 'key', ...backfill(START - 31 * DAY) };
  const config = parseConfig({ ...json, num_workers: 10, requests_per_minute: 100_000 }, START);
  const stream = auditLogsStream(config, { clock, http: () => http, random: () => 0.5, cloud: false }, SIZES);
  const read = stream.open({ syncMode: 'incremental', state: undefined, generationId: 0, minimumGenerationId: 0 });
  const nothing = (): void => undefined;
  let records = 0;
  const signal = new AbortController().signal;
  const context = { log: nothing, signal, rateLimited: nothing, mask: nothing, saveConfig: nothing };
  for await (const item of read(context)) {
    if ('records' in item && 'ends' in item.records) records += item.records.ends.length;
  }
  expect(records).toBe(count);
  return times;
}

/** Requests at the beginning and at the end, where there is not yet, or no longer, something to ask for all workers. */
const EDGE = 30;

test.each([
  ['half a kilobyte', 500],
  ['two kilobytes', 2000],
])(
  'Ten workers send at least 0.95 of 950 requests a minute at 600 ms an answer where entries have %s',
  async (_, bytes) => {
    const times = await sendingTimes(bytes, { count: 20_000, answerMs: 600 });
    const steady = times.slice(EDGE, -EDGE);
    const minutes = ((steady.at(-1) ?? 0) - (steady[0] ?? 0)) / MINUTE;
    expect(steady.length).toBeGreaterThan(300);
    expect(steady.length / minutes).toBeGreaterThan(0.95 * 950);
  },
  LONG,
);
