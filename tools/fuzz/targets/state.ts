import { deepEqual, equal, ok } from 'node:assert/strict';
import { isJsonObject } from '../../../cdk/src/json-text';
import { formatState, parseState } from '../../../src/audit-logs/state';
import type { FuzzTarget } from '../engine/target';
import { parsed, unlessRefused } from './checks';

const SCOPE = { domain: 'acme.tines.com', userIds: ['7642'], operationNames: [], excludedOperations: [] };
const SYNC = { at: 1_800_000_000, start: 0, lookbackMinutes: 10 };

/** The state of the stream: what is taken is a position that can be saved, and read again as the same one. */
export const state: FuzzTarget = {
  name: 'state',
  maxBytes: 4096,
  tokens: [
    '"integers"',
    '"others"',
    '99999999999999999',
    '-',
    ' ',
    '0000-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ],
  run(input) {
    const given = parsed(input.toString('utf8'));
    if (given === undefined || !isJsonObject(given.json)) return;
    const { json } = given;
    const taken = unlessRefused(() => parseState(json, SCOPE));
    if (taken === undefined) return;
    ok(Number.isInteger(taken.timestamp) && Number.isInteger(taken.recentFrom), 'a position between milliseconds');
    ok(taken.recentFrom * 1000 <= taken.timestamp, 'the lookback begins behind the position');
    const saved = formatState(taken, SCOPE, taken.lastSync ?? SYNC);
    const again = parseState({ ...saved }, SCOPE);
    equal(again.timestamp, taken.timestamp);
    equal(again.recentFrom, taken.recentFrom);
    equal(again.id, taken.id);
    equal(again.changed, undefined);
    deepEqual(again.lastSync, taken.lastSync ?? SYNC);
    equal(again.delivered.size, taken.delivered.size);
    deepEqual(formatState(again, SCOPE, again.lastSync), saved);
  },
};
