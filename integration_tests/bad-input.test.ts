import { describe, expect, test } from '@jest/globals';
import type { AirbyteMessage } from '@airbyte/cdk-typescript-compat';
import { run, start, type ConnectorRun } from './connector';
import { API_KEY, catalogOf, isoTime, DAY, stateFile } from './tenant';

/** Nothing is ever asked for: these tests end before. */
const config = { tenant_domain: 'acme.tines.example', api_key: API_KEY };

function failureOf({ exitCode, messages }: ConnectorRun): string {
  expect(exitCode).toBe(0);
  const said = messages.filter(({ type }) => type !== 'LOG') as [AirbyteMessage];
  expect(said).toEqual([
    { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: expect.any(String) as unknown } },
  ]);
  const [status] = said;
  return status.type === 'CONNECTION_STATUS' && status.connectionStatus.status === 'FAILED'
    ? status.connectionStatus.message
    : '';
}

/** The message of the TRACE ERROR of a command that stopped before it did anything. */
function configErrorOf({ exitCode, errors, records, states }: ConnectorRun): string {
  expect({ exitCode, types: errors.map((error) => error.failure_type) }).toEqual({
    exitCode: 1,
    types: ['config_error'],
  });
  expect({ records, states }).toEqual({ records: [], states: [] });
  return errors[0]?.message ?? '';
}

describe('a bad setting: check fails with a message that begins with its title, discover and read with a config_error', () => {
  test.concurrent.each<[string, string, object]>([
    ['a missing domain', 'Tenant Domain', { tenant_domain: undefined }],
    ['a domain that is null', 'Tenant Domain', { tenant_domain: null }],
    ['a missing key', 'API Key', { api_key: undefined }],
    ['a domain of the wrong type', 'Tenant Domain', { tenant_domain: 7 }],
    ['a domain with a scheme', 'Tenant Domain', { tenant_domain: 'https://acme.tines.com' }],
    ['a domain with a path', 'Tenant Domain', { tenant_domain: 'acme.tines.com/stories' }],
    ['a domain without a dot', 'Tenant Domain', { tenant_domain: 'acme' }],
    ['a key with a line break', 'API Key', { api_key: 'secret-one\nsecret-two' }],
    ['a date that does not exist', 'Backfill Start Time', { backfill_start_time: '2025-02-30T00:00:00Z' }],
    ['a date without a zone', 'Backfill Start Time', { backfill_start_time: '2025-02-20T00:00:00' }],
    ['a date in the future', 'Backfill Start Time', { backfill_start_time: isoTime(Date.now() + 2 * DAY) }],
    ['a text in place of a list', 'User IDs', { user_ids: '7642' }],
    ['a lookback that is too long', 'Lookback Window (Minutes)', { lookback_window_minutes: 20_000 }],
    ['no workers', 'Number of Workers', { num_workers: 0 }],
    ['a text in place of a number', 'Requests per Minute', { requests_per_minute: '950' }],
    ['a certificate that is none', 'CA Certificate', { ca_certificate: 'secret-pem' }],
  ])('%s', async (_, title, change) => {
    const broken = { ...config, ...change };
    const [checked, discovered, read] = await Promise.all([
      run('check', { config: broken }),
      run('discover', { config: broken }),
      run('read', { config: broken, catalog: catalogOf() }),
    ]);
    const message = failureOf(checked);
    expect(message.startsWith(`${title} `)).toBe(true);
    expect(message).not.toContain('\n');
    expect(configErrorOf(discovered)).toBe(message);
    expect(configErrorOf(read)).toBe(message);
    expect(checked.lines.join()).not.toContain('secret-');
  });
});

describe('a config file that can not be used is named, and never quoted', () => {
  test.concurrent.each([
    ['that is cut off', `{"tenant_domain":"acme.tines.example","api_key":"top-secret`],
    ['with a comma too many', `{"api_key":"top-secret",}`],
    ['that is a bare key', 'top-secret'],
    ['that is empty', ''],
    ['of blanks', ' \n '],
    ['that is an array', '["top-secret"]'],
    ['that is a text', '"top-secret"'],
    ['that is null', 'null'],
  ])('one %s', async (_, text) => {
    const { ended, folder } = start('check', { config: text });
    const checked = await ended;
    expect(failureOf(checked)).toContain(`config file "${folder}/config.json"`);
    const read = await run('read', { config: text, catalog: catalogOf() });
    expect(configErrorOf(read)).toContain('config file');
    expect([...checked.lines, ...read.lines].join()).not.toContain('secret');
  });

  test.concurrent.each([
    ['that does not exist', '/nowhere/config.json'],
    ['that is a directory', '/tmp'],
  ])('one %s', async (_, path) => {
    expect(failureOf(await run('check', { args: ['--config', path] }))).toContain(path);
    expect(configErrorOf(await run('discover', { args: ['--config', path] }))).toContain(path);
  });
});

describe('a state that can not be read is a config_error that names its file, never a start from scratch', () => {
  const good = { timestamp: '2026-01-31T00:00:00.000Z' };

  test.concurrent.each<[string, unknown]>([
    ['no JSON', '[{"type":"STREAM",'],
    ['an empty file', ''],
    ['a text', '"2026-01-31T00:00:00.000Z"'],
    ['a number', 5],
    ['an array of numbers', [1]],
    ['an entry without a stream', [{ type: 'STREAM' }]],
    ['an entry of an unknown type', [{ type: 'WINDOW', stream: {} }]],
    ['a descriptor without a name', [{ type: 'STREAM', stream: { stream_descriptor: {}, stream_state: good } }]],
    ['a bare stream state', good],
    ['a shared state', { type: 'GLOBAL', global: { shared_state: { a: 1 }, stream_states: [] } }],
    ['a stream state that is a text', stateFile('yesterday' as never)],
    ['no timestamp', stateFile({ recent_from: good.timestamp })],
    ['a timestamp that is a number', stateFile({ timestamp: 1_769_817_600 })],
    ['a timestamp that is none', stateFile({ timestamp: 'yesterday' })],
    ['a timestamp without a zone', stateFile({ timestamp: '2026-01-31T00:00:00' })],
    ['a day that does not exist', stateFile({ timestamp: '2026-02-30T00:00:00.000Z' })],
    ['a start that is none', stateFile({ ...good, recent_from: 'yesterday' })],
    ['ids in a list', stateFile({ ...good, recent_ids: ['1'] })],
    ['ids that are numbers', stateFile({ ...good, recent_ids: { [good.timestamp]: [1] } })],
    ['ids of no time', stateFile({ ...good, recent_ids: { yesterday: ['1'] } })],
  ])('%s', async (_, state) => {
    const { ended, folder } = start('read', { config, catalog: catalogOf(), state });
    expect(configErrorOf(await ended)).toContain(`state file "${folder}/state.json"`);
  });

  test.concurrent('a file that does not exist', async () => {
    const result = await run('read', { config, catalog: catalogOf(), args: ['--state', '/nowhere/state.json'] });
    expect(configErrorOf(result)).toContain('state file "/nowhere/state.json"');
  });
});

describe('a catalog that can not be used is a config_error', () => {
  const entry = catalogOf()['streams'] as [object];

  test.concurrent.each<[string, unknown, RegExp]>([
    [
      'a stream that does not exist',
      { streams: [{ stream: { name: 'stories' }, sync_mode: 'incremental' }] },
      /stories/,
    ],
    ['a sync mode that does not exist', { streams: [{ ...entry[0], sync_mode: 'mirror' }] }, /mirror/],
    ['no sync mode', { streams: [{ ...entry[0], sync_mode: null }] }, /sync_mode/],
    ['the stream twice', { streams: [entry[0], entry[0]] }, /more than once/],
    ['no streams', {}, /streams/],
    ['no JSON', '{"streams":', /not valid JSON/],
  ])('%s', async (_, catalog, problem) => {
    expect(configErrorOf(await run('read', { config, catalog }))).toMatch(problem);
  });
});
