import { describe, expect, test } from '@jest/globals';
import type { SimulatedTenantOptions } from '../simulated-tenant/simulated-tenant';
import { readerLimit } from '../tools/fuzz/targets/reader-limits';
import { entryOf } from '../simulated-tenant/tenant-entry';
import type { RangeEdge } from '../simulated-tenant/page-query';
import { run } from './connector';
import {
  catalogOf,
  configFromNow,
  DAY,
  expectAscending,
  expectEachOnce,
  HOUR,
  idsOf,
  isoTime,
  lastState,
  MINUTE,
  MORE_THAN_A_WINDOW,
  pastEntries,
  readTenant,
  stateFile,
  withTenant,
} from './tenant';

/** Small pages take more requests than a minute allows; the pace is no matter here. */
const settings = { requests_per_minute: 100_000 };

/** So dense that the edges of windows fall into seconds that have entries. */
const denseEntries = pastEntries(MORE_THAN_A_WINDOW, { from: Date.now() - 3 * HOUR, to: Date.now() - HOUR });

describe('nothing is lost and nothing comes twice whichever way the server', () => {
  const edges: RangeEdge[] = ['exact_exclusive', 'exact_inclusive', 'second_exclusive', 'second_inclusive'];
  test.concurrent.each<[string, SimulatedTenantOptions]>([
    ...edges.map((edge): [string, SimulatedTenantOptions] => [
      `reads after and before: ${edge}`,
      { afterEdge: edge, beforeEdge: edge },
    ]),
    ['reads after and before, each in its own way', { afterEdge: 'exact_exclusive', beforeEdge: 'second_inclusive' }],
    ['caps per_page at 100', { maxPerPage: 100 }],
    ['answers a per_page beyond its maximum with the default', { maxPerPage: 100, overMaxPerPage: 'default' }],
    ['describes its pages: not at all', { meta: { present: false } }],
    ['describes its pages: without totals', { meta: { count: false, pages: false } }],
    ['describes its pages: without the next number', { meta: { nextPageNumber: false, lastNextPage: 'null_string' } }],
    ['caps per_page, and describes nothing', { maxPerPage: 100, meta: { present: false } }],
    ['orders its pages', { order: 'oldest_first' }],
    ['counts: too few', { count: { kind: 'offset', by: -3 } }],
    ['counts: too many', { count: { kind: 'offset', by: 3 } }],
    ['keeps its clock: without a Date header', { dateHeader: false }],
  ])('%s', async (_, options) => {
    await withTenant({ entries: denseEntries, ...options }, async (tenant) => {
      const first = await readTenant(tenant, { settings });
      expectEachOnce(first.ids, idsOf(denseEntries));
      expectAscending(first);
      const added = [...tenant.addEntries(4), ...tenant.addEntries(3, { ageMs: 5 * MINUTE })];
      const second = await readTenant(tenant, { from: lastState(first) });
      expectEachOnce(second.ids, idsOf(added));
    });
  });
});

describe("the server's clock decides what is now", () => {
  test.concurrent.each([
    ['seven minutes ahead', 7 * MINUTE],
    ['seven minutes behind', -7 * MINUTE],
    ['a day ahead', DAY],
  ])('%s: a sync from now brings exactly what happens after it', async (_, clockOffsetMs) => {
    const serverNow = Date.now() + clockOffsetMs;
    const entries = pastEntries(300, { from: serverNow - HOUR, to: serverNow });
    await withTenant({ entries, clockOffsetMs }, async (tenant) => {
      const config = configFromNow(tenant);
      const first = await run('read', { config, catalog: catalogOf() });
      expect(first.ids).toEqual([]);
      const start = Date.parse(String(lastState(first)['timestamp']));
      expect(Math.abs(start - tenant.now())).toBeLessThan(20_000);
      const added = tenant.addEntries(5);
      const second = await run('read', { config, catalog: catalogOf(), state: stateFile(lastState(first)) });
      expectEachOnce(second.ids, idsOf(added));
    });
  });

  test.concurrent('no state ever lies ahead of it', async () => {
    const clockOffsetMs = -7 * MINUTE;
    const now = Date.now() + clockOffsetMs;
    await withTenant({ entries: pastEntries(300, { from: now - HOUR, to: now }), clockOffsetMs }, async (tenant) => {
      const { ids, states } = await readTenant(tenant);
      expectEachOnce(ids, idsOf(tenant.model.visibleEntries()));
      const end = isoTime(tenant.now());
      expect(states.filter(({ timestamp }) => String(timestamp) > end)).toEqual([]);
    });
  });
});

describe('odd rows neither stop a read nor vanish', () => {
  const at = Date.now() - 5 * HOUR;
  const created_at = `${isoTime(at).slice(0, 19)}Z`;
  const odd = [
    entryOf({
      id: 1,
      created_at,
      user_id: null,
      user_email: null,
      user_name: null,
      inputs: null,
      operation_name: null,
    }),
    entryOf({ id: 2, created_at, inputs: ['a', { b: [] }], outputs: 'text', user_id: { nested: true } }),
    entryOf({ id: 3, created_at, brand_new_field: { a: 1 }, constructor: 'x', toString: 1 }),
    entryOf(
      {},
      { at, text: `{"id":9007199254740993123,"created_at":"${created_at}","inputs":{"big":12345678901234567890}}` },
    ),
    entryOf({}, { at, text: `{"id":5,"created_at":"${created_at}","__proto__":{"polluted":true}}` }),
    entryOf({ created_at, operation_name: 'WithoutId' }, { at }),
    entryOf({ id: '', created_at, operation_name: 'WithAnEmptyId' }, { at }),
    entryOf({ id: 8, operation_name: 'WithoutATime' }, { at }),
    entryOf({ id: 9, created_at: 'yesterday' }, { at }),
    entryOf({
      id: 10,
      created_at,
      'a\u2028b\u0085c\u2029d\ve\ff\x1cg\x1dh\x1ei\rj': '\u2028\u0085\u2029\v\f\x1c\x1d\x1e\r\n\0',
    }),
    entryOf(
      {},
      {
        at,
        text: `{"id":11,"created_at":"${created_at}","user_name":"\u2028\u0085\u2029","inputs":{"\u2028":"\ud800"}}`,
      },
    ),
    entryOf({}, { at, text: '"a bare text"' }),
    entryOf({}, { at, text: 'null' }),
    entryOf({}, { at, text: '[1,2]' }),
  ];
  const entries = [...pastEntries(200), ...odd];

  test.concurrent('each of them becomes one record, and none comes again', async () => {
    await withTenant({ entries }, async (tenant) => {
      const first = await readTenant(tenant);
      expect(first.records).toHaveLength(entries.length);
      expect(new Set(first.ids).size).toBe(entries.length);
      expect(first.ids).toEqual(
        expect.arrayContaining(['1', '2', '3', '9007199254740993123', '5', '8', '9', '10', '11']),
      );
      const second = await readTenant(tenant, { from: lastState(first) });
      expect(second.ids).toEqual([]);
    });
  });

  test.concurrent('within the lookback none comes again either', async () => {
    const start = isoTime(Date.now() - HOUR);
    await withTenant({ entries: pastEntries(20), clockOffsetMs: at - Date.now() + 2 * MINUTE }, async (tenant) => {
      tenant.model.add(odd);
      const settings = { backfill_start_time: isoTime(at - MINUTE) };
      const first = await readTenant(tenant, { settings });
      expect(first.ids.length).toBeGreaterThanOrEqual(odd.length);
      const second = await readTenant(tenant, { settings, from: lastState(first) });
      expect({ start, ids: second.ids }).toEqual({ start, ids: [] });
    });
  });

  test.concurrent('what they hold beyond the columns is kept, digit for digit', async () => {
    await withTenant({ entries }, async (tenant) => {
      const { records, lines } = await readTenant(tenant);
      const byId = new Map(records.map((record) => [record['id'], record]));
      expect(byId.get('2')).toMatchObject({
        inputs: null,
        additional_fields: { inputs: ['a', { b: [] }], outputs: 'text', user_id: { nested: true } },
      });
      expect(byId.get('3')).toMatchObject({ additional_fields: { brand_new_field: { a: 1 }, constructor: 'x' } });
      expect(byId.get('9007199254740993123')).toMatchObject({ inputs: expect.anything() });
      const line = lines.find((text) => text.includes('9007199254740993123')) ?? '';
      expect(line).toContain('"inputs":{"big":12345678901234567890}');
      expect(JSON.stringify(byId.get('5'))).toContain('"__proto__":{"polluted":true}');
    });
  });

  test.concurrent('what JSON readers refuse is replaced in the lines, and a WARN says so', async () => {
    const refused = [
      `"inputs":{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`,
      `"brand_new_field":${'['.repeat(190)}${']'.repeat(190)}`,
      `"outputs":{"n":${'9'.repeat(1500)}}`,
      '"metadata":{"n":1e99999999999}',
      `"inputs":{"${'k'.repeat(60_000)}":1}`,
      `"${'z'.repeat(60_000)}":1`,
      String.raw`"user_name":"\ud800"`,
    ];
    const rows = refused.map((member, index) =>
      entryOf(
        { id: 100 + index, created_at },
        { text: `{"id":${100 + index},"created_at":"${created_at}",${member}}` },
      ),
    );
    const entries = [...pastEntries(20), ...rows];
    await withTenant({ entries }, async (tenant) => {
      const { ids, lines, logs } = await readTenant(tenant);
      expectEachOnce(ids, idsOf(entries));
      // Around a column are the message, its record and the data.
      expect(lines.map((line) => readerLimit(line, 193, 10_000))).toEqual(lines.map(() => undefined));
      expect(logs.join('\n')).toContain(
        'WARN 7 entries hold in "inputs", "additional_fields", "outputs", "metadata", "user_name" what common JSON readers',
      );
    });
  });

  test.concurrent('a WARN says which had no id or no time', async () => {
    await withTenant({ entries }, async (tenant) => {
      const { logs } = await readTenant(tenant);
      expect(logs.join('\n')).toMatch(/^WARN \d+ entr(y has|ies have) no id/m);
      expect(logs.join('\n')).toMatch(/^WARN \d+ entr(y has|ies have) no time/m);
    });
  });
});

describe('a second that holds more than a window may', () => {
  const at = Math.floor((Date.now() - 3 * HOUR) / 1000) * 1000;
  const entries = [
    ...pastEntries(300),
    ...pastEntries(MORE_THAN_A_WINDOW, { seed: 9, firstId: 40_000_001, from: at, to: at + 1000 }),
  ];

  test.concurrent.each<[string, SimulatedTenantOptions]>([
    ['of a server that counts', {}],
    ['of a server that does not count', { meta: { present: false } }],
    ['of a server that caps per_page', { maxPerPage: 100 }],
  ])('%s comes whole, once', async (_, options) => {
    await withTenant({ entries, ...options }, async (tenant) => {
      const first = await readTenant(tenant, { settings });
      expectEachOnce(first.ids, idsOf(entries));
      expectAscending(first);
      expect((await readTenant(tenant, { from: lastState(first) })).ids).toEqual([]);
    });
  });
});
