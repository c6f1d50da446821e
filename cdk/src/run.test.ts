import { describe, expect, test } from '@jest/globals';
import { runSource } from '../testing';
import { catalogOf, fakeSource, fakeStream, type FakeBehaviour } from '../testing/fake-source';
import { MemoryOutput } from '../testing/memory-output';
import { ConfigError, ConnectorError } from './errors';

const config = { token: 'tok-1' };
const never = () => new Promise<never>(() => undefined);

describe('the command line', () => {
  test('bad arguments end with 2, usage on stderr and nothing on stdout, without loading the source', async () => {
    const run = await runSource(() => Promise.reject(new Error('loaded')), ['nonsense']);
    expect(run).toMatchObject({ exitCode: 2, lines: [] });
    expect(run.stderr).toMatch(/^The command is unknown\.\n\nUsage:/);
  });

  test('--help ends with 0, usage on stderr and nothing on stdout', async () => {
    const run = await runSource(fakeSource(), ['read', '--help']);
    expect(run).toMatchObject({ exitCode: 0, lines: [] });
    expect(run.stderr).toMatch(/^Usage:/);
  });

  test('a source that cannot be loaded is a system_error', async () => {
    const run = await runSource(() => Promise.reject(new Error('no such module')), ['spec']);
    expect(run.exitCode).toBe(1);
    expect(run.errors).toMatchObject([{ failure_type: 'system_error', internal_message: 'Error: no such module' }]);
  });
});

describe('name and version of the program', () => {
  const title = 'source-fake 1.2.3';

  test.each([
    ['check', undefined],
    ['discover', undefined],
    ['read', catalogOf('cats')],
  ])('are the first line in the log of %s', async (verb, catalog) => {
    const run = await runSource(fakeSource(), [verb], { config, catalog, title });
    expect(run.messages[0]).toEqual({ type: 'LOG', log: { level: 'INFO', message: title } });
  });

  test('are not in the answer of spec, which is one message', async () => {
    const run = await runSource(fakeSource(), ['spec'], { title });
    expect(run.messages).toMatchObject([{ type: 'SPEC' }]);
  });
});

describe('spec', () => {
  test('is one SPEC message', async () => {
    const run = await runSource(fakeSource(), ['spec']);
    expect(run.exitCode).toBe(0);
    expect(run.lines).toHaveLength(1);
    expect(run.spec).toMatchObject({ supportsIncremental: true });
  });
});

describe('check', () => {
  test('says what the source says', async () => {
    const run = await runSource(fakeSource(), ['check'], { config });
    expect(run).toMatchObject({ exitCode: 0, connectionStatus: { status: 'SUCCEEDED' } });
    expect(run.lines).toHaveLength(1);
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ['not JSON', '{"token": topsecret}', 'is not valid JSON'],
    ['empty', '', 'is empty'],
    ['no object', '["topsecret"]', 'must hold a JSON object'],
    ['null', 'null', 'must hold a JSON object'],
    ['refused by the source', '{}', 'Token is missing'],
  ];
  test.each(bad)('a config that is %s is exactly one FAILED, with exit 0', async (_, text, message) => {
    const run = await runSource(fakeSource(), ['check'], { config: text });
    expect(run.exitCode).toBe(0);
    expect(run.messages.map(({ type }) => type).filter((type) => type !== 'LOG')).toEqual(['CONNECTION_STATUS']);
    expect(run.connectionStatus?.status).toBe('FAILED');
    expect(JSON.stringify(run.connectionStatus)).toContain(message);
    expect(run.lines.join('\n')).not.toContain('topsecret');
  });

  test('a config file that does not exist is one FAILED, with exit 0', async () => {
    const run = await runSource(fakeSource(), ['check', '--config', '/no/such/file']);
    expect(run).toMatchObject({ exitCode: 0, connectionStatus: { status: 'FAILED' } });
    expect(JSON.stringify(run.connectionStatus)).toContain("doesn't exist");
  });

  test('what the source throws for the user is FAILED, its technical side a log line', async () => {
    const source = fakeSource({
      check: () =>
        Promise.reject(new ConnectorError('The zoo is closed.', 'transient_error', { internalMessage: '503' })),
    });
    const run = await runSource(source, ['check'], { config });
    expect(run).toMatchObject({
      exitCode: 0,
      connectionStatus: { status: 'FAILED', message: 'The zoo is closed.' },
      errors: [],
      logs: [{ level: 'INFO', message: 'The check failed: 503' }],
    });
  });

  test('a fault of the source is a TRACE ERROR, with exit 1 and no status', async () => {
    const run = await runSource(fakeSource({ check: () => Promise.reject(new TypeError('x')) }), ['check'], { config });
    expect(run).toMatchObject({ exitCode: 1, connectionStatus: undefined });
    expect(run.errors).toMatchObject([{ failure_type: 'system_error', internal_message: 'TypeError: x' }]);
    expect(run.errors[0]?.message).toMatch(/^This source failed unexpectedly/);
  });

  test('properties that are null are removed before the config is parsed, nested ones too, but no items', async () => {
    let seen: unknown;
    const source = fakeSource({
      parseConfig: (json) => {
        seen = json;
        return json;
      },
    });
    await runSource(source, ['check'], {
      config: { token: 'tok-1', colour: null, list: [null, { a: null }], zoo: { at: null } },
    });
    expect(seen).toEqual({ token: 'tok-1', list: [null, {}], zoo: {} });
  });

  test('stopped in the middle it says nothing, though the source may fail for that', async () => {
    const stop = new AbortController();
    const source = fakeSource({
      check: () => {
        stop.abort();
        return Promise.reject(new ConnectorError('The request was cut off.', 'transient_error'));
      },
    });
    expect(await runSource(source, ['check'], { config, signal: stop.signal })).toMatchObject({ lines: [] });
  });
});

describe('discover', () => {
  test('lists the streams', async () => {
    const run = await runSource(fakeSource(), ['discover'], { config });
    expect(run.exitCode).toBe(0);
    expect(run.lines).toHaveLength(1);
    expect(run.catalog?.streams.map(({ name }) => name)).toEqual(['cats', 'dogs']);
  });
});

describe('two streams of one name', () => {
  const twins = (...namespaces: (string | undefined)[]) =>
    fakeSource({
      streams: () =>
        namespaces.map((namespace) => fakeStream({ name: 'cats', ...(namespace === undefined ? {} : { namespace }) })),
    });

  test.each([
    ['discover', undefined],
    ['read', catalogOf('cats')],
  ])('are an error of %s', async (verb, catalog) => {
    const run = await runSource(twins(undefined, undefined), [verb], { config, catalog });
    expect(run).toMatchObject({ exitCode: 1, catalog: undefined, records: [] });
    expect(run.errors).toMatchObject([{ internal_message: 'Error: The source has two streams named "cats".' }]);
  });

  test('are none in two namespaces', async () => {
    const run = await runSource(twins('zoo', 'park'), ['discover'], { config });
    expect(run.catalog?.streams.map(({ namespace }) => namespace)).toEqual(['zoo', 'park']);
  });
});

describe('what nobody settles', () => {
  test.each<[string, FakeBehaviour]>([
    ['streams', { streams: never }],
    ['parseConfig', { parseConfig: never }],
  ])('in %s of discover is given up after a stop', async (_, behaviour) => {
    const stop = new AbortController();
    const run = runSource(fakeSource(behaviour), ['discover'], {
      config,
      signal: stop.signal,
      after: (__, callback) => {
        setImmediate(callback);
        return () => undefined;
      },
    });
    stop.abort();
    expect(await run).toMatchObject({ exitCode: 1, lines: [] });
  });

  test.each<[string, FakeBehaviour]>([
    ['streams', { streams: never }],
    ['parseConfig', { parseConfig: never }],
  ])('in %s of discover is given up after a fault elsewhere', async (_, behaviour) => {
    const fault = new AbortController();
    const run = runSource(fakeSource(behaviour), ['discover'], { config, fault: fault.signal });
    await new Promise(setImmediate);
    fault.abort(new Error('elsewhere'));
    expect(await run).toMatchObject({ exitCode: 1, errors: [{ internal_message: 'Error: elsewhere' }] });
  });
});

describe('a config that is changed while running', () => {
  const change = (changes: object) =>
    fakeSource({
      check: ({ saveConfig, log }) => {
        saveConfig(changes);
        log('INFO', 'have tok-2 and tok-1');
        return Promise.resolve({ status: 'SUCCEEDED' });
      },
    });

  test('is a CONTROL message with the whole of it, and its secrets are masked', async () => {
    const run = await runSource(change({ token: 'tok-2', colour: null, zoo: { door: 2 } }), ['check'], {
      config: { token: 'tok-1', colour: 'red', zoo: { name: 'x', door: 1 }, other: null },
      now: () => 1_700_000_000_000,
    });
    expect(run.messages[0]).toEqual({
      type: 'CONTROL',
      control: {
        type: 'CONNECTOR_CONFIG',
        emitted_at: 1_700_000_000_000,
        connectorConfig: { config: { token: 'tok-2', zoo: { name: 'x', door: 2 } } },
      },
    });
    expect(run.logs.map(({ message }) => message)).toEqual(['have **** and ****']);
  });
});

describe('an error that cannot be described', () => {
  test('is a last TRACE ERROR, with exit 1', async () => {
    const source = fakeSource({
      check: () =>
        Promise.reject(
          Object.defineProperty(new Error('x'), 'message', {
            get: () => {
              throw new Error('not even this');
            },
          }),
        ),
    });
    const run = await runSource(source, ['check'], { config });
    expect(run).toMatchObject({ exitCode: 1, errors: [{ failure_type: 'system_error' }] });
  });
});

describe('a bad config', () => {
  test.each([
    ['discover', undefined],
    ['read', catalogOf('cats')],
  ])('is a config_error with exit 1 for %s', async (verb, catalog) => {
    const run = await runSource(fakeSource(), [verb], { config: '{"token": topsecret}', catalog });
    expect(run.exitCode).toBe(1);
    expect(run.messages.map(({ type }) => type)).toEqual(['TRACE']);
    expect(run.errors).toMatchObject([{ failure_type: 'config_error' }]);
    expect(run.lines.join('\n')).not.toContain('topsecret');
  });
});

describe('secrets', () => {
  test('are masked in the message, the technical side and the stack of an error', async () => {
    const source = fakeSource({
      check: () => Promise.reject(new Error('GET /?key=tok-1', { cause: new Error('header tok-1') })),
    });
    const run = await runSource(source, ['check'], { config });
    expect(run.errors[0]?.internal_message).toBe('Error: GET /?key=****\nCaused by: Error: header ****');
    expect(run.lines.join('\n')).not.toContain('tok-1');
  });

  test('are masked in what the source logs and answers', async () => {
    const source = fakeSource({
      check: ({ log }) => {
        log('WARN', 'using tok-1');
        return Promise.resolve({ status: 'FAILED', message: 'tok-1 was refused' });
      },
    });
    const run = await runSource(source, ['check'], { config });
    expect(run.logs).toEqual([{ level: 'WARN', message: 'using ****' }]);
    expect(run.connectionStatus).toEqual({ status: 'FAILED', message: '**** was refused' });
  });

  test('that were obtained while running are masked from then on', async () => {
    const source = fakeSource({
      check: ({ log, mask }) => {
        mask('access-1');
        log('INFO', 'got access-1');
        return Promise.resolve({ status: 'SUCCEEDED' });
      },
    });
    expect((await runSource(source, ['check'], { config })).logs).toEqual([{ level: 'INFO', message: 'got ****' }]);
  });

  test('are masked already in what is said about the config itself', async () => {
    const source = fakeSource({
      parseConfig: (json) => {
        throw new ConfigError(`Token ${String(json['token'])} is too short.`);
      },
    });
    const run = await runSource(source, ['check'], { config });
    expect(run.connectionStatus).toEqual({ status: 'FAILED', message: 'Token **** is too short.' });
  });
});

describe('debug logs', () => {
  const source = fakeSource({
    check: ({ log }) => {
      log('DEBUG', 'detail');
      log('TRACE', 'more');
      log('INFO', 'news');
      return Promise.resolve({ status: 'SUCCEEDED' });
    },
  });
  const levels = async (args: string[], env: Record<string, string> = {}) =>
    (await runSource(source, ['check', ...args], { config, env })).logs.map(({ level }) => level);

  test('are left out', async () => {
    expect(await levels([])).toEqual(['INFO']);
    expect(await levels([], { LOG_LEVEL: 'info' })).toEqual(['INFO']);
  });

  test('are written with --debug and with LOG_LEVEL=debug', async () => {
    expect(await levels(['--debug'])).toEqual(['DEBUG', 'TRACE', 'INFO']);
    expect(await levels([], { LOG_LEVEL: 'DEBUG' })).toEqual(['DEBUG', 'TRACE', 'INFO']);
  });
});

describe('what nobody catches', () => {
  test('ends the run with a masked TRACE ERROR', async () => {
    const fault = new AbortController();
    const source = fakeSource({
      check: () => {
        fault.abort(new Error('tok-1 in a timer'));
        return never();
      },
    });
    const run = await runSource(source, ['check'], { config, fault: fault.signal });
    expect(run.exitCode).toBe(1);
    expect(run.errors).toMatchObject([{ failure_type: 'system_error', internal_message: 'Error: **** in a timer' }]);
  });
});

describe('the output', () => {
  test('closed by its reader, it ends the run with 0', async () => {
    const output = new MemoryOutput();
    const source = fakeSource({
      check: ({ signal }) => {
        output.breakPipe();
        return signal.aborted ? Promise.reject(new Error('aborted')) : never();
      },
    });
    expect(await runSource(source, ['check'], { config, output })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('broken otherwise, it ends the run with 1 and says so on stderr', async () => {
    const output = new MemoryOutput();
    output.write = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    expect(await runSource(fakeSource(), ['spec'], { output })).toMatchObject({
      exitCode: 1,
      stderr: "The output can't be written: ENOSPC: no space left on device\n",
    });
  });
});
