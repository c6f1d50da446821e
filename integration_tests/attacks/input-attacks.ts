import { expect } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { API_KEY, catalogOf, stateFile } from '../tenant';
import type { Attack } from './attack';
import { answering, EMPTY_PAGE, hostileConfig, withHostileServer, type HostileServer } from './hostile-server';
import { failedRead, provoke, type ProvokeOptions } from './provoke';

const DEEP = 100_000;
const deep = `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`;
const deepObject = `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`;
const MANY = 100_000;
const good = { timestamp: '2026-01-31T00:00:00.000Z' };

/** JSON of an object with one more member, whose text is given. */
const withMember = (json: unknown, name: string, text: string): string =>
  `${JSON.stringify(json).slice(0, -1)},${JSON.stringify(name)}:${text}}`;

const stateOf = (text: string): string =>
  `[{"type":"STREAM","stream":{"stream_descriptor":{"name":"audit_logs"},"stream_state":${text}}}]`;

type Files = (server: HostileServer) => Partial<ProvokeOptions>;

const configs: readonly (readonly [string, Files])[] = [
  ['a config of nothing but depth', () => ({ config: deep })],
  ['a config of objects in objects', () => ({ config: deepObject })],
  ['a depth in a setting', (server) => ({ config: withMember(hostileConfig(server), 'user_ids', deep) })],
  ['a depth in the key', (server) => ({ config: withMember(hostileConfig(server), 'api_key', deep) })],
  ['a depth where nothing is known', (server) => ({ config: withMember(hostileConfig(server), 'x', deepObject) })],
  ['a domain of 2 MB', (server) => ({ config: hostileConfig(server, { tenant_domain: 'd.'.repeat(1_000_000) }) })],
  ['a domain with a user in it', (server) => ({ config: hostileConfig(server, { tenant_domain: `${API_KEY}@x.y` }) })],
  ['a domain with a line break', (server) => ({ config: hostileConfig(server, { tenant_domain: 'a.b\r\nX: y' }) })],
  ['a key with a line break', (server) => ({ config: hostileConfig(server, { api_key: `${API_KEY}\r\nX: y` }) })],
  ['a key with a NUL', (server) => ({ config: hostileConfig(server, { api_key: `${API_KEY}\0` }) })],
  ['a key in another script', (server) => ({ config: hostileConfig(server, { api_key: `${API_KEY}ключ` }) })],
  ['a key in an object', (server) => ({ config: hostileConfig(server, { api_key: { value: API_KEY } }) })],
  ['a date of many digits', (server) => ({ config: hostileConfig(server, { backfill_start_time: '9'.repeat(9999) }) })],
  ['a number that is none', (server) => ({ config: withMember(hostileConfig(server), 'num_workers', '1e999') })],
  [
    'a prototype with settings',
    (server) => ({
      config: `{"__proto__":${JSON.stringify(hostileConfig(server))}}`,
    }),
  ],
  ['a config of more than a MiB', (server) => ({ config: hostileConfig(server, { x: 'x'.repeat(1024 * 1024) }) })],
  ['a device without an end for a config', () => ({ args: ['--config', '/dev/zero'], config: undefined })],
  ['a binary file', () => ({ config: Buffer.alloc(1000, 0xff).toString('latin1') })],
];

const catalogs: readonly (readonly [string, unknown])[] = [
  ['a catalog of nothing but depth', deep],
  ['a depth in the catalog', withMember(catalogOf(), 'x', deepObject)],
  ['a catalog that is a text', '"audit_logs"'],
  ['streams that are no list', { streams: { 0: {} } }],
  ['streams that are numbers', { streams: [1, 2, 3] }],
  ['many streams', { streams: Array.from({ length: MANY }, () => ({})) }],
  ['a stream of the name __proto__', { streams: [{ stream: { name: '__proto__' }, sync_mode: 'incremental' }] }],
  ['a stream of the name constructor', { streams: [{ stream: { name: 'constructor' }, sync_mode: 'incremental' }] }],
  ['a name that is a list', { streams: [{ stream: { name: ['audit_logs'] }, sync_mode: 'incremental' }] }],
  ['a sync mode of the name __proto__', { streams: [{ stream: { name: 'audit_logs' }, sync_mode: '__proto__' }] }],
  ['a prototype with streams', '{"__proto__":{"streams":[]}}'],
];

const states: readonly (readonly [string, string | readonly JsonObject[]])[] = [
  ['a state of nothing but depth', deep],
  ['a depth in the state', stateOf(deepObject)],
  ['a depth beside a good state', stateOf(withMember(good, 'recent_ids', deepObject))],
  ['a prototype with a state', stateOf(`{"__proto__":${JSON.stringify(good)}}`)],
  ['a time of many digits', stateFile({ timestamp: '9'.repeat(100_000) })],
  ['ids that are objects', stateFile({ ...good, recent_ids: { [good.timestamp]: [{ id: 1 }] } })],
  ['ids of the time __proto__', stateOf(withMember(good, 'recent_ids', '{"__proto__":["1"]}'))],
  [
    'a state of more than 8 MiB',
    stateFile({ ...good, recent_ids: { [good.timestamp]: ['7'.repeat(8 * 1024 * 1024)] } }),
  ],
  ['a state for many streams of no name', Array.from({ length: 20_000 }, () => ({ type: 'STREAM', stream: {} }))],
];

const refused = (name: string, files: Files): Attack => ({
  name,
  run: () =>
    withHostileServer(answering(EMPTY_PAGE, { hangsUp: false }), async (server) => {
      const inputs = { config: hostileConfig(server), catalog: catalogOf(), ...files(server) };
      const { run } = await failedRead(inputs);
      expect(run.errors).toMatchObject([{ failure_type: 'config_error' }]);
      expect(run.errors[0]?.message.length).toBeLessThan(600);
      expect(run.states).toEqual([]);
      expect(server.heads).toEqual([]);
    }),
});

const taken = (name: string, files: Files): Attack => ({
  name: `${name}, which is taken as it is meant`,
  run: () =>
    withHostileServer(answering(EMPTY_PAGE, { hangsUp: false }), async (server) => {
      const run = await provoke('read', { config: hostileConfig(server), catalog: catalogOf(), ...files(server) });
      expect(run).toMatchObject({ exitCode: 0, errors: [] });
    }),
});

/** Files that no person has written. */
export const inputAttacks: readonly Attack[] = [
  ...configs.map(([name, files]) => refused(name, files)),
  ...catalogs.map(([name, catalog]) => refused(name, () => ({ catalog }))),
  ...states.map(([name, state]) => refused(name, () => ({ state }))),
  taken('a setting of the name __proto__', (server) => ({
    config: withMember(hostileConfig(server), '__proto__', '{"api_key":"other","polluted":true}'),
  })),
  taken('a stream of the name __proto__ in the state', () => ({
    state: `[{"type":"STREAM","stream":{"stream_descriptor":{"name":"__proto__"},"stream_state":{"a":1}}}]`,
  })),
  taken('100,000 ids in the state', () => ({
    state: stateFile({
      ...good,
      recent_from: good.timestamp,
      recent_ids: { [good.timestamp]: Array.from({ length: 100_000 }, (_, id) => String(id)) },
    }),
  })),
];
