import { describe, expect, test } from '@jest/globals';
import { version } from '../package.json';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import type { EntryShape } from '../simulated-tenant/entry-generator';
import { run } from './connector';
import {
  configFromNow,
  catalogOf,
  expectAscending,
  expectEachOnce,
  HOUR,
  idsOf,
  inputsOf,
  isoTime,
  lastState,
  MINUTE,
  MORE_THAN_A_WINDOW,
  pastEntries,
  readTenant,
  stateFile,
  withTenant,
} from './tenant';

describe('a first sync and those that follow', () => {
  test.concurrent(
    'bring 20,000 entries once, ascending; then exactly what was added, late entries too; then nothing',
    async () => {
      await withTenant({ entries: pastEntries(20_000) }, async (tenant) => {
        const first = await readTenant(tenant);
        expectEachOnce(first.ids, idsOf(tenant.model.visibleEntries()));
        expectAscending(first);
        expect(first.states.length).toBeGreaterThanOrEqual(3);

        const added = [...tenant.addEntries(7), ...tenant.addEntries(5, { ageMs: 5 * MINUTE })];
        const second = await readTenant(tenant, { from: lastState(first) });
        expectEachOnce(second.ids, idsOf(added));
        expectAscending(second);

        const third = await readTenant(tenant, { from: lastState(second) });
        expect({ ids: third.ids, states: third.states.length }).toEqual({ ids: [], states: 1 });
      });
    },
  );

  test.concurrent('late entries that come one sync after the other are each brought once', async () => {
    await withTenant({ entries: pastEntries(100) }, async (tenant) => {
      let state = lastState(await readTenant(tenant));
      for (const ageMs of [9 * MINUTE, 0, 8 * MINUTE, 2 * MINUTE]) {
        const added = tenant.addEntries(6, { ageMs });
        const next = await readTenant(tenant, { from: state });
        expectEachOnce(next.ids, idsOf(added));
        state = lastState(next);
      }
    });
  });

  test.concurrent('a longer lookback than before repeats nothing', async () => {
    const entries = pastEntries(400, { from: Date.now() - 2 * HOUR, to: Date.now() });
    await withTenant({ entries }, async (tenant) => {
      const first = await readTenant(tenant, { settings: { lookback_window_minutes: 1 } });
      expectEachOnce(first.ids, idsOf(entries));
      const added = tenant.addEntries(4);
      const second = await readTenant(tenant, { settings: { lookback_window_minutes: 60 }, from: lastState(first) });
      expectEachOnce(second.ids, idsOf(added));
    });
  });

  test.concurrent('a shorter lookback than before repeats nothing', async () => {
    const entries = pastEntries(400, { from: Date.now() - 2 * HOUR, to: Date.now() });
    await withTenant({ entries }, async (tenant) => {
      const first = await readTenant(tenant, { settings: { lookback_window_minutes: 60 } });
      const added = tenant.addEntries(4);
      const second = await readTenant(tenant, { settings: { lookback_window_minutes: 1 }, from: lastState(first) });
      expectEachOnce(second.ids, idsOf(added));
    });
  });
});

describe('the start', () => {
  test.concurrent(
    'is now without Backfill Start Time: first nothing, then exactly what was added between',
    async () => {
      const entries = pastEntries(300, { from: Date.now() - HOUR, to: Date.now() });
      await withTenant({ entries }, async (tenant) => {
        const config = configFromNow(tenant);
        const first = await run('read', { config, catalog: catalogOf() });
        expect({ exitCode: first.exitCode, ids: first.ids }).toEqual({ exitCode: 0, ids: [] });
        const added = tenant.addEntries(9);
        const state = stateFile(lastState(first));
        const second = await run('read', { config, catalog: catalogOf(), state });
        expectEachOnce(second.ids, idsOf(added));
        const last = stateFile(lastState(second));
        expect(await run('read', { config, catalog: catalogOf(), state: last })).toMatchObject({
          exitCode: 0,
          ids: [],
        });
      });
    },
  );

  test.concurrent('is Backfill Start Time, to the second', async () => {
    const entries = pastEntries(3000, { from: Date.now() - 2 * HOUR, to: Date.now() - HOUR });
    await withTenant({ entries }, async (tenant) => {
      const start = Math.floor(Date.now() / 1000) * 1000 - 90 * MINUTE;
      const result = await readTenant(tenant, { settings: { backfill_start_time: isoTime(start) } });
      expectEachOnce(result.ids, idsOf(entries.filter(({ at }) => at >= start)));
    });
  });

  test.concurrent('does not matter once there is a state', async () => {
    await withTenant({ entries: pastEntries(100) }, async (tenant) => {
      const first = await readTenant(tenant);
      const result = await readTenant(tenant, {
        settings: { backfill_start_time: '2020-01-31T00:00:00Z' },
        from: lastState(first),
      });
      expect(result.ids).toEqual([]);
    });
  });

  test.concurrent('of a full refresh is the oldest entry that Tines keeps', async () => {
    await withTenant({ entries: pastEntries(700) }, async (tenant) => {
      const result = await readTenant(tenant, { mode: 'full_refresh', settings: { backfill_start_time: null } });
      expectEachOnce(result.ids, idsOf(tenant.model.visibleEntries()));
      const next = await readTenant(tenant, { mode: 'full_refresh', from: lastState(result) });
      expect(next.ids).toEqual([]);
    });
  });
});

describe('columns that the catalog does not select', () => {
  const select = (properties: JsonObject): JsonObject => {
    const stream = { name: 'audit_logs', json_schema: { type: 'object', additionalProperties: true, properties } };
    return { streams: [{ stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup' }] };
  };
  const personal = /user_email|user_name|ip_address|user_agent|@example/;

  test.concurrent('are in no line, and one line of the log names them', async () => {
    await withTenant({ entries: pastEntries(700) }, async (tenant) => {
      const properties = { operation_name: {}, user_id: {}, unknown: {} };
      const result = await run('read', { ...inputsOf(tenant), catalog: select(properties) });
      expectEachOnce(result.ids, idsOf(tenant.model.visibleEntries()));
      expectAscending(result);
      const columns = new Set(result.records.flatMap((record) => Object.keys(record)));
      expect([...columns]).toEqual(['id', 'timestamp', 'operation_name', 'user_id']);
      const told = result.logs.filter((line) => line.includes('left out'));
      expect(told).toEqual([expect.stringMatching(/^INFO Not .* "audit_logs": user_email, .*, additional_fields\.$/)]);
      expect(result.lines.filter((line) => personal.test(line))).toHaveLength(1);
    });
  });

  test.concurrent('are none where it names no columns: records are whole, and nothing is said', async () => {
    await withTenant({ entries: pastEntries(20) }, async (tenant) => {
      const result = await run('read', { ...inputsOf(tenant), catalog: select({}) });
      expect(result.records.map((record) => Object.keys(record).length)).toEqual(result.records.map(() => 24));
      expect(result.logs.filter((line) => line.includes('left out'))).toEqual([]);
    });
  });
});

describe('an entry becomes a record', () => {
  test.concurrent('with all that the API gave, and the documented columns', async () => {
    const entries = pastEntries(40);
    await withTenant({ entries }, async (tenant) => {
      const { records } = await readTenant(tenant);
      const given = entries.map(({ json }) => json);
      expect(records).toMatchObject(
        given.map((json) => ({
          id: String(json['id']),
          timestamp: String(json['created_at']).replace('Z', '.000Z'),
          operation_name: json['operation_name'],
          user_id: String(json['user_id']),
          user_email: json['user_email'],
          user_name: json['user_name'],
          ip_address: json['request_ip'],
          user_agent: json['request_user_agent'],
          organization_id: String(json['tenant_id']),
          created_at: json['created_at'],
          updated_at: json['updated_at'],
          inputs: json['inputs'],
          outputs: json['outputs'],
          additional_fields: null,
        })),
      );
    });
  });

  test.concurrent.each<EntryShape>(['created_at', 'timestamp'])(
    'in the shape with %s, also when added later',
    async (shape) => {
      await withTenant({ entries: pastEntries(1200, { shape }), addedShape: shape }, async (tenant) => {
        const first = await readTenant(tenant);
        expectEachOnce(first.ids, idsOf(tenant.model.visibleEntries()));
        expectAscending(first);
        const added = [...tenant.addEntries(5), ...tenant.addEntries(5, { ageMs: 3 * MINUTE })];
        expectEachOnce((await readTenant(tenant, { from: lastState(first) })).ids, idsOf(added));
      });
    },
  );

  test.concurrent('also where both shapes are mixed', async () => {
    const entries = [...pastEntries(300), ...pastEntries(300, { seed: 8, shape: 'timestamp' })];
    await withTenant({ entries }, async (tenant) => {
      expectEachOnce((await readTenant(tenant)).ids, idsOf(entries));
    });
  });
});

describe('filters', () => {
  const entries = pastEntries(900);
  const users = [...new Set(entries.map(({ userId }) => String(userId)))].sort();
  const operations = [...new Set(entries.map(({ operationName }) => String(operationName)))].sort();

  test.concurrent.each([
    ['one user', users.slice(0, 1), []],
    ['several users', users.slice(0, 3), []],
    ['one operation', [], operations.slice(0, 1)],
    ['several operations', [], operations.slice(0, 4)],
    ['users and operations', users.slice(0, 5), operations.slice(0, 9)],
  ])('%s', async (_, user_ids, operation_names) => {
    // A server that takes only the last of several parameters without brackets.
    await withTenant({ entries, repeatedBareFilter: 'last' }, async (tenant) => {
      const result = await readTenant(tenant, { settings: { user_ids, operation_names } });
      const matching = entries.filter(
        ({ userId, operationName }) =>
          (user_ids.length === 0 || user_ids.includes(String(userId))) &&
          (operation_names.length === 0 || operation_names.includes(String(operationName))),
      );
      expect(matching.length).toBeGreaterThan(0);
      expectEachOnce(result.ids, idsOf(matching));
    });
  });

  test.concurrent('that changed since the last sync are pointed out', async () => {
    await withTenant({ entries }, async (tenant) => {
      const first = await readTenant(tenant, { settings: { user_ids: users.slice(0, 1) } });
      const second = await readTenant(tenant, { from: lastState(first) });
      expect(second.logs.join('\n')).toMatch(/^WARN .*User IDs.* changed/m);
    });
  });
});

test.concurrent('every request names the program and its version, and asks for whole seconds only', async () => {
  await withTenant({ entries: pastEntries(MORE_THAN_A_WINDOW) }, async (tenant) => {
    await run('read', inputsOf(tenant));
    expect(new Set(tenant.requests.map(({ userAgent }) => userAgent))).toEqual(new Set([`source-tines/${version}`]));
    const times = tenant.requests.flatMap(({ query }) => [...query.getAll('after'), ...query.getAll('before')]);
    expect(times.length).toBeGreaterThan(0);
    expect(times.filter((time) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time))).toEqual([]);
  });
});
