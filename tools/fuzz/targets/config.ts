import { equal, ok } from 'node:assert/strict';
import { isJsonObject } from '../../../cdk/src/json-text';
import { parseConfig, type Config } from '../../../src/config';
import type { FuzzTarget } from '../engine/target';
import { NOW, parsed, unlessRefused } from './checks';

const HOUR_MS = 60 * 60 * 1000;

/** Settings: those that are taken are what the spec promises, and a message never tells the key. */
export const config: FuzzTarget = {
  name: 'config',
  maxBytes: 4096,
  tokens: ['xn--', '.tines.com', '[::1]', '127.0.0.1', '%2e', ':443', '-----BEGIN CERTIFICATE-----', '+14:00', '0000-'],
  run(input) {
    const given = parsed(input.toString('utf8'));
    if (given === undefined || !isJsonObject(given.json)) return;
    const { json } = given;
    const key: unknown = json['api_key'];
    try {
      const taken = unlessRefused(() => parseConfig(json, NOW));
      if (taken !== undefined) check(taken);
    } catch (error) {
      ok(typeof key !== 'string' || key.length < 12 || !String(error).includes(key), 'a message tells the key');
      throw error;
    }
  },
};

function check({ domain, tenant, apiKey, backfillStart, lookbackMinutes, workers, requestsPerMinute }: Config): void {
  const url = new URL(`https://${domain}/path`);
  equal(url.host, domain);
  equal(url.username + url.password + url.search + url.hash, '');
  ok(tenant !== '' && domain.startsWith(tenant), 'the tenant is no label of the domain');
  ok(/^[\x21-\x7e]+$/.test(apiKey), 'the key fits into no header');
  ok(backfillStart === undefined || backfillStart <= NOW + HOUR_MS, 'a start in the future');
  for (const [value, most] of [
    [lookbackMinutes, 10_080],
    [workers, 32],
    [requestsPerMinute, 100_000],
  ] as const) {
    ok(Number.isInteger(value) && value >= 1 && value <= most, 'a number out of its range');
  }
}
