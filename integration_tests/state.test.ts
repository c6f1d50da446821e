import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { run, type ConnectorRun } from './connector';
import type { SimulatedTenant } from '../simulated-tenant/simulated-tenant';
import {
  catalogOf,
  configFor,
  configFromNow,
  DAY,
  expectAscending,
  expectEachOnce,
  HOUR,
  idsOf,
  isoTime,
  lastState,
  MINUTE,
  pastEntries,
  readTenant,
  withTenant,
} from './tenant';

/** Reads with a state file as it is. */
async function readWith(tenant: SimulatedTenant, state: unknown): Promise<ConnectorRun> {
  const result = await run('read', { config: configFor(tenant), catalog: catalogOf(), state });
  expect({ exitCode: result.exitCode, errors: result.errors }).toEqual({ exitCode: 0, errors: [] });
  return result;
}

const streamEntry = (stream_state: unknown, descriptor: object = { name: 'audit_logs' }): JsonObject => ({
  type: 'STREAM',
  stream: { stream_descriptor: descriptor, stream_state },
});
const otherStream = streamEntry({ cursor: 5 }, { name: 'stories_of_an_earlier_version' });

describe('no state: the first sync, whichever way the file says so', () => {
  test.concurrent.each<[string, unknown]>([
    ['[]', []],
    ['{}', {}],
    ['null', null],
    ['a stream_state that is null', [streamEntry(null)]],
    ['a stream_state that is {}', [streamEntry({})]],
    ['no stream_state', [{ type: 'STREAM', stream: { stream_descriptor: { name: 'audit_logs' } } }]],
    ['only another stream', [otherStream]],
    ['an empty LEGACY state', [{ type: 'LEGACY', data: {} }]],
  ])('%s', async (_, state) => {
    await withTenant({ entries: pastEntries(60) }, async (tenant) => {
      expectEachOnce((await readWith(tenant, state)).ids, idsOf(tenant.model.visibleEntries()));
    });
  });
});

describe('the state of the last sync is found', () => {
  test.concurrent.each<[string, (state: JsonObject) => unknown]>([
    ['without a namespace', (state) => [streamEntry(state)]],
    ['with a namespace that is null', (state) => [streamEntry(state, { name: 'audit_logs', namespace: null })]],
    ['with a namespace', (state) => [streamEntry(state, { name: 'audit_logs', namespace: 'tines' })]],
    ['between other streams', (state) => [otherStream, streamEntry(state), otherStream]],
    ['behind an older one', (state) => [streamEntry({ timestamp: '2020-01-31T00:00:00.000Z' }), streamEntry(state)]],
    [
      'with statistics',
      (state) => [{ ...streamEntry(state), sourceStats: { recordCount: 3.0 }, destinationStats: null }],
    ],
    ['as the messages that were written', (state) => [{ type: 'STATE', state: streamEntry(state) }]],
    ['alone', (state) => streamEntry(state)],
    ['in a GLOBAL state', (state) => [{ type: 'GLOBAL', global: { stream_states: [streamEntry(state)['stream']] } }]],
    ['in a LEGACY state', (state) => [{ type: 'LEGACY', data: { audit_logs: state } }]],
    ['in a map of streams', (state) => ({ audit_logs: state })],
    ['with fields of a later version', (state) => [streamEntry({ ...state, added_later: { a: [1] } })]],
  ])('%s', async (_, fileOf) => {
    const entries = pastEntries(80, { from: Date.now() - 30 * MINUTE, to: Date.now() });
    await withTenant({ entries }, async (tenant) => {
      const state = lastState(await readTenant(tenant));
      const added = tenant.addEntries(3);
      expectEachOnce((await readWith(tenant, fileOf(state))).ids, idsOf(added));
    });
  });

  test.concurrent('one of only a timestamp, written by hand, starts there', async () => {
    await withTenant({ entries: pastEntries(500) }, async (tenant) => {
      const start = Math.floor((Date.now() - 10 * DAY) / 1000) * 1000;
      const result = await readWith(tenant, [streamEntry({ timestamp: isoTime(start) })]);
      expectEachOnce(result.ids, idsOf(tenant.model.visibleEntries().filter(({ at }) => at >= start)));
    });
  });
});

describe('every state of a read can be gone on from', () => {
  test.concurrent('each brings all that came after it and nothing that came before', async () => {
    const entries = [
      ...pastEntries(10_000, { bytes: 2_000, to: Date.now() - DAY }),
      ...pastEntries(600, { seed: 8, firstId: 40_000_001, from: Date.now() - 2 * HOUR, to: Date.now() }),
    ];
    await withTenant({ entries }, async (tenant) => {
      const first = await readTenant(tenant);
      expectAscending(first);
      let delivered = 0;
      let states = 0;
      for (const message of first.messages) {
        if (message.type === 'RECORD') delivered += 1;
        if (message.type !== 'STATE') continue;
        states += 1;
        const next = await readTenant(tenant, { from: message.state.stream.stream_state });
        expectEachOnce([...first.ids.slice(0, delivered), ...next.ids], idsOf(entries));
      }
      expect(states).toBeGreaterThanOrEqual(3);
    });
  });

  test.concurrent('the state holds the cursor field, in the form that records have it', async () => {
    await withTenant({ entries: pastEntries(50) }, async (tenant) => {
      const { records, states } = await readTenant(tenant);
      const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
      for (const { timestamp } of [...records, ...states]) expect(timestamp).toMatch(form);
    });
  });
});

test.concurrent(
  'a state of version 0.1 is gone on from: its ids by time are known, and its settings unchanged',
  async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const entries = pastEntries(60, { from: now - 20 * MINUTE, to: now - MINUTE });
    await withTenant({ entries }, async (tenant) => {
      const known = entries.filter(({ at }) => at < now - 5 * MINUTE);
      const recentIds: Record<string, string[]> = {};
      for (const { at, id } of known) {
        const second = isoTime(Math.floor(at / 1000) * 1000);
        recentIds[second] = [...(recentIds[second] ?? []), String(id)];
      }
      const scope = [tenant.domain, [], []];
      const result = await readWith(tenant, [
        streamEntry({
          timestamp: isoTime(now - 5 * MINUTE),
          id: String(known.at(-1)?.id),
          recent_from: isoTime(now - 30 * MINUTE),
          recent_ids: recentIds,
          config: createHash('sha256').update(JSON.stringify(scope)).digest('hex').slice(0, 16),
        }),
      ]);
      expect(known.length).toBeGreaterThan(10);
      expectEachOnce(result.ids, idsOf(entries.filter((entry) => !known.includes(entry))));
      expect(result.logs.filter((line) => line.startsWith('WARN'))).toEqual([]);
    });
  },
);

describe('a refresh that Airbyte asks for by generations, without a start', () => {
  const readNew = async (tenant: SimulatedTenant, generations: JsonObject): Promise<ConnectorRun> =>
    run('read', { config: configFromNow(tenant), catalog: catalogOf('incremental', generations) });

  test.concurrent('brings all that Tines keeps, and says so', async () => {
    await withTenant({ entries: pastEntries(300) }, async (tenant) => {
      const result = await readNew(tenant, { generation_id: 3, minimum_generation_id: 3, sync_id: 7 });
      expectEachOnce(result.ids, idsOf(tenant.model.visibleEntries()));
      expect(result.logs.join('\n')).toMatch(/^INFO Airbyte asks for everything anew/m);
    });
  });

  test.concurrent.each<[string, JsonObject]>([
    ['the first sync', { generation_id: 1, minimum_generation_id: 1, sync_id: 1 }],
    ['older generations are kept', { generation_id: 3, minimum_generation_id: 0, sync_id: 7 }],
  ])('brings nothing old where it is none: %s', async (_, generations) => {
    await withTenant({ entries: pastEntries(60) }, async (tenant) => {
      const result = await readNew(tenant, generations);
      expect({ exitCode: result.exitCode, ids: result.ids }).toEqual({ exitCode: 0, ids: [] });
    });
  });
});

describe('a state in the future', () => {
  test.concurrent('brings no records, but a STATE, whose cursor does not move backwards', async () => {
    await withTenant({ entries: pastEntries(200) }, async (tenant) => {
      const timestamp = isoTime(Date.now() + 30 * DAY);
      const result = await readWith(tenant, [streamEntry({ timestamp })]);
      expect(result.ids).toEqual([]);
      expect(result.states.length).toBeGreaterThanOrEqual(1);
      expect(result.states.filter((state) => String(state['timestamp']) < timestamp)).toEqual([]);
      expect(result.logs.join('\n')).toMatch(/^WARN .*future/m);
    });
  });

  test.concurrent('of some years is one, too', async () => {
    await withTenant({ entries: pastEntries(20) }, async (tenant) => {
      const result = await readWith(tenant, [streamEntry({ timestamp: '2099-12-31T23:59:59.999Z' })]);
      expect({ ids: result.ids, timestamp: lastState(result)['timestamp'] }).toEqual({
        ids: [],
        timestamp: '2099-12-31T23:59:59.999Z',
      });
    });
  });
});

test.concurrent('a state older than what Tines keeps is read from, and a WARN names the gap', async () => {
  await withTenant({ entries: pastEntries(40) }, async (tenant) => {
    const result = await readWith(tenant, [streamEntry({ timestamp: '2021-01-31T00:00:00.000Z' })]);
    expect(result.ids).toHaveLength(40);
    expect(result.logs.join('\n')).toMatch(/^WARN .*2021-01-31T00:00:00Z/m);
  });
});
