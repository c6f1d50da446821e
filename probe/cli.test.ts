import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { TenantModel, type TenantModelOptions } from '../simulated-tenant/tenant-model';
import { runCli } from './cli';
import { QUESTIONS } from './questions';
import type { TenantRequest } from '../simulated-tenant/tenant-settings';
import { tenantHttp } from '../testing/tenant-client';
import { LATENCY_MS, NOW, pastEntries } from './testing/probed';

const KEY = 'a-key-of-9-Words/&"x';

let folder: string;
let config: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'probe-'));
  config = join(folder, 'config.json');
  const settings = { tenant_domain: 'simulated.tines.example', api_key: KEY, ca_certificate: null };
  writeFileSync(config, JSON.stringify(settings));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly requests: number;
}

/** Calls the program. @param stopAt the request at which Ctrl-C is pressed */
async function call(args: readonly string[], tenant: TenantModelOptions = {}, stopAt?: number): Promise<Called> {
  const clock = new VirtualClock(NOW);
  const model = new TenantModel({ entries: pastEntries(900), now: () => clock.now(), ...tenant });
  const stop = new AbortController();
  const said = { stdout: '', stderr: '' };
  let requests = 0;
  const onRequest = ({ number }: TenantRequest): void => {
    requests = number;
    if (number === stopAt) stop.abort();
  };
  const code = await runCli({
    args,
    directory: folder,
    clock,
    random: () => 0.5,
    http: () => tenantHttp(model, { clock, latencyMs: () => LATENCY_MS, onRequest }),
    signal: stop.signal,
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
  });
  return { code, ...said, requests };
}

const report = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

describe('the command line', () => {
  test.each(
    [[], ['--output', 'x.json'], ['--config'], ['--nonsense'], ['extra', '--config', 'x']].map((args) => [args]),
  )('that is wrong gets the usage and exit code 2: %j', async (args) => {
    const { code, stderr, requests } = await call(args);
    expect([code, stderr.split('\n')[0], requests]).toEqual([
      2,
      'Usage: npm run probe -- --config FILE [--output FILE]',
      0,
    ]);
  });

  test('that is wrong is not repeated', async () => {
    expect((await call([`--api-key=${KEY}`])).stderr).not.toContain(KEY);
  });

  test('can ask for help', async () => {
    const { code, stdout } = await call(['--help']);
    expect([code, stdout.startsWith('Usage: ')]).toEqual([0, true]);
  });

  test.each([
    ['that is no file', 'nowhere.json', undefined, /^The config file ".*nowhere.json" can't be read: it doesn't exist/],
    ['that is no JSON', 'bad.json', `{"api_key":"${KEY}`, /is not valid JSON/],
    ['without a domain', 'bad.json', `{"api_key":"key"}`, /^Tenant Domain is missing/],
    ['that is no object', 'bad.json', '[]', /is missing/],
  ])('with a config %s gets a sentence and exit code 1', async (_, name, text, expected) => {
    const path = join(folder, name);
    if (text !== undefined) writeFileSync(path, text);
    const { code, stderr, requests } = await call(['--config', path]);
    expect([code, requests]).toEqual([1, 0]);
    expect(stderr).toMatch(expected);
    expect(stderr).not.toContain(KEY);
  });
});

describe('the report', () => {
  test('is a file of today unless one is named', async () => {
    const { code, stdout } = await call(['--config', config]);
    expect([code, readdirSync(folder).sort()]).toEqual([0, ['config.json', 'probe-2026-03-01.json']]);
    expect(stdout).toContain('probe-2026-03-01.json');
  });

  test('never overwrites another', async () => {
    await call(['--config', config]);
    await call(['--config', config]);
    expect(existsSync(join(folder, 'probe-2026-03-01-2.json'))).toBe(true);
  });

  test('is not written over a file that is named, and nothing is asked', async () => {
    const { code, stderr, requests } = await call(['--config', config, '--output', config]);
    expect([code, requests]).toEqual([2, 0]);
    expect(stderr).toMatch(/exists already/);
  });

  test('that can not be written leaves the table, with exit code 1', async () => {
    const { code, stdout, stderr } = await call(['--config', config, '--output', join(folder, 'no/where.json')]);
    expect([code, stdout.includes('\norder ')]).toEqual([1, true]);
    expect(stderr).toMatch(/can't be written to .*where.json \(ENOENT\): name another file/);
  });

  test('has all findings and how many requests were made', async () => {
    const { requests } = await call(['--config', config]);
    const { findings, ...rest } = report('probe-2026-03-01.json');
    expect(rest).toMatchObject({
      date: '2026-03-01',
      ending: 'complete',
      requests: { sent: requests, per_minute: 950 },
    });
    expect(findings).toHaveLength(QUESTIONS.length);
  });
});

describe('a run', () => {
  test('tells how many requests it makes before it makes one', async () => {
    const { stderr } = await call(['--config', config], {}, 1);
    expect(stderr).toMatch(
      /is asked \d+ questions, by at most \d+ requests, and 20 more where some fail, and at most 950/,
    );
  });

  test('that is stopped shows and writes what was found until then', async () => {
    const { code, stdout, requests } = await call(['--config', config], {}, 6);
    expect([code, requests]).toEqual([130, 6]);
    expect(stdout).toContain('\nids ');
    expect(report('probe-2026-03-01.json')['ending']).toBe('stopped');
  });

  test('that is stopped before anything is found writes nothing', async () => {
    const { code, stdout } = await call(['--config', config], {}, 1);
    expect([code, stdout, readdirSync(folder)]).toEqual([130, '', ['config.json']]);
  });

  test('with a wrong key gets a sentence and exit code 1', async () => {
    const { code, stdout, stderr } = await call(['--config', config], {
      faultFor: () => ({ kind: 'status', status: 401 }),
    });
    expect([code, stdout, readdirSync(folder)]).toEqual([1, '', ['config.json']]);
    expect(stderr).toMatch(/^Tines does not accept the API key \(401\): .*$/m);
  });

  test('never shows the key, also where the server repeats it', async () => {
    const location = `https://${KEY.replace(/\W/g, '-')}.example/${encodeURIComponent(KEY)}`;
    const extraHeaders = { 'x-ratelimit-echo': KEY, [`x-ratelimit-${KEY.slice(0, 5)}`]: '7' };
    for (const tenant of [{ extraHeaders }, { faultFor: () => ({ kind: 'redirect', location }) as const }]) {
      const { stdout, stderr } = await call(['--config', config], tenant);
      const files = readdirSync(folder).filter((name) => name.startsWith('probe-'));
      const all = [stdout, stderr, ...files.map((name) => readFileSync(join(folder, name), 'utf8'))].join('\n');
      expect(
        [KEY, encodeURIComponent(KEY), JSON.stringify(KEY).slice(1, -1)].filter((form) => all.includes(form)),
      ).toEqual([]);
    }
  });
});
