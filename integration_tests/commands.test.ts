import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SimulatedTenant } from '../simulated-tenant/simulated-tenant';
import recordSchema from '../schemas/audit_logs.json';
import { version } from '../package.json';
import spec from '../schemas/spec.json';
import { program, root, run, RunningConnector, type ConnectorRun } from './connector';
import { API_KEY, catalogOf, configFor, idsOf, pastEntries, stateFile } from './tenant';

const folder = join(tmpdir(), `source-tines-commands-${process.pid}`);
const file = (name: string): string => join(folder, name);
let tenant: SimulatedTenant;

beforeAll(async () => {
  mkdirSync(folder);
  tenant = await SimulatedTenant.start({ apiKey: API_KEY, entries: pastEntries(30) });
  writeFileSync(file('config.json'), JSON.stringify(configFor(tenant)));
  writeFileSync(file('catalog.json'), JSON.stringify(catalogOf()));
  writeFileSync(file('state.json'), JSON.stringify(stateFile({ timestamp: '2020-01-31T00:00:00.000Z' })));
});
afterAll(async () => {
  await tenant.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = (...args: string[]): Promise<ConnectorRun> => new RunningConnector(args, { cwd: folder }).ended;

/** The messages except LOG. */
const said = ({ messages }: ConnectorRun): unknown[] => messages.filter(({ type }) => type !== 'LOG');

const succeeded = [{ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } }];

describe('each command', () => {
  test('spec writes the specification and nothing else', async () => {
    const result = await call('spec');
    expect(result).toMatchObject({ exitCode: 0, stderr: '', messages: [{ type: 'SPEC', spec }] });
    expect(result.lines).toHaveLength(1);
  });

  test('check of a tenant that answers succeeds', async () => {
    const result = await call('check', '--config', file('config.json'));
    expect({ exitCode: result.exitCode, said: said(result) }).toEqual({ exitCode: 0, said: succeeded });
  });

  test('discover writes the stream with its schema, without asking the tenant', async () => {
    const before = tenant.requests.length;
    const result = await call('discover', '--config', file('config.json'));
    const stream = {
      name: 'audit_logs',
      json_schema: recordSchema,
      supported_sync_modes: ['full_refresh', 'incremental'],
      source_defined_cursor: true,
      default_cursor_field: ['timestamp'],
      source_defined_primary_key: [['id']],
      is_resumable: true,
    };
    expect({ exitCode: result.exitCode, said: said(result) }).toEqual({
      exitCode: 0,
      said: [{ type: 'CATALOG', catalog: { streams: [stream] } }],
    });
    expect(tenant.requests).toHaveLength(before);
  });

  test('read brings the records', async () => {
    const result = await call('read', '--config', file('config.json'), '--catalog', file('catalog.json'));
    expect(result.exitCode).toBe(0);
    expect(result.ids).toEqual(idsOf(tenant.model.visibleEntries()));
  });
});

describe('paths', () => {
  const names = ['--config', 'config.json', '--catalog', 'catalog.json', '--state', 'state.json'] as const;

  test('relative to the working directory', async () => {
    const result = await call('read', ...names);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.records).toHaveLength(30);
  });

  test('relative ones that lead upwards, from another working directory', async () => {
    const cwd = join(root, 'cdk');
    const args = names.map((name) => (name.startsWith('--') ? name : relative(cwd, file(name))));
    const result = await new RunningConnector(['read', ...args], { cwd }).ended;
    expect(result.records).toHaveLength(30);
  });

  test('absolute ones, from the root of the file system', async () => {
    const args = names.map((name) => (name.startsWith('--') ? name : file(name)));
    const result = await new RunningConnector(['read', ...args], { cwd: '/' }).ended;
    expect(result.records).toHaveLength(30);
  });

  test('with blanks and letters beyond ASCII', async () => {
    writeFileSync(file('mon réglage – 設定.json'), JSON.stringify(configFor(tenant)));
    const result = await call('check', '--config', 'mon réglage – 設定.json');
    expect(said(result)).toEqual(succeeded);
  });

  test('behind an equals sign', async () => {
    const result = await call(
      'read',
      '--state=state.json',
      `--config=${file('config.json')}`,
      '--catalog=catalog.json',
    );
    expect(result.records).toHaveLength(30);
  });

  test('the program itself behind a symbolic link', async () => {
    symlinkSync(program, file('source'));
    const result = await new RunningConnector(['spec'], { cwd: '/', command: [file('source')] }).ended;
    expect(result).toMatchObject({ exitCode: 0, messages: [{ type: 'SPEC' }] });
  });
});

describe('debugging', () => {
  const config = file('config.json');
  const catalog = file('catalog.json');

  test.each([
    ['spec', []],
    ['check', ['--config', config]],
    ['discover', ['--config', config]],
    ['read', ['--config', config, '--catalog', catalog]],
  ])('%s takes --debug', async (verb, files) => {
    expect(await call(verb, '--debug', ...files)).toMatchObject({ exitCode: 0 });
  });

  test('LOG_LEVEL=debug changes nothing but the LOG messages', async () => {
    const options = { cwd: folder, env: { LOG_LEVEL: 'debug' } };
    const result = await new RunningConnector(['check', '--config', config], options).ended;
    expect(said(result)).toEqual(succeeded);
  });

  test.each([
    ['check', ['--config', config]],
    ['discover', ['--config', config]],
    ['read', ['--config', config, '--catalog', catalog]],
  ])('the log of %s begins with name and version', async (verb, files) => {
    expect((await call(verb, ...files)).logs[0]).toBe(`INFO source-tines ${version}`);
  });

  test('without it no DEBUG and no TRACE is logged', async () => {
    const { logs } = await call('read', '--config', config, '--catalog', catalog);
    expect(logs.filter((line) => /^(DEBUG|TRACE) /.test(line))).toEqual([]);
  });
});

describe('a wrong command line is refused with 2, usage on stderr and nothing on stdout', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['write']],
    ['a command too many', ['spec', 'check']],
    ['check without a config', ['check']],
    ['check with a config that is not named', ['check', '--config']],
    ['check with an empty name', ['check', '--config=']],
    ['discover without a config', ['discover']],
    ['read without a catalog', ['read', '--config', 'config.json']],
    ['read without a config', ['read', '--catalog', 'catalog.json']],
    ['read with an empty state', ['read', '--config', 'config.json', '--catalog', 'catalog.json', '--state=']],
    ['an unknown option', ['spec', '--verbose']],
    ['an option of another command', ['check', '--config', 'config.json', '--catalog', 'catalog.json']],
    ['an option given twice', ['check', '--config', 'config.json', '--config', 'config.json']],
  ])('%s', async (_, args) => {
    const { exitCode, lines, stderr } = await call(...args);
    expect({ exitCode, lines }).toEqual({ exitCode: 2, lines: [] });
    expect(stderr).toMatch(/^\S.*\n\nUsage:\n/);
    expect(stderr).not.toContain('    at ');
  });

  test.each(['--help', '-h'])('%s shows usage on stderr and succeeds', async (option) => {
    const { exitCode, lines, stderr } = await call(option);
    expect({ exitCode, lines }).toEqual({ exitCode: 0, lines: [] });
    expect(stderr).toMatch(/^Usage:\n/);
  });
});

test('--version writes name and version to stdout and succeeds', () => {
  const { status, stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `source-tines ${version}\n`, stderr: '' });
});

describe('what the platform writes into a config', () => {
  test.each([
    ['explicit nulls', { user_ids: null, operation_names: null, num_workers: null, lookback_window_minutes: null }],
    ['keys that the spec does not know', { __injected_declarative_manifest: {}, added_later: [1, { a: null }] }],
    ['empty lists', { user_ids: [], operation_names: [] }],
  ])('%s are tolerated', async (_, settings) => {
    const result = await run('check', { config: configFor(tenant, settings) });
    expect(said(result)).toEqual(succeeded);
  });

  test('a byte order mark is tolerated', async () => {
    const result = await run('check', { config: `\uFEFF${JSON.stringify(configFor(tenant))}` });
    expect(said(result)).toEqual(succeeded);
  });
});
