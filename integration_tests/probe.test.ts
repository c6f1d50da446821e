import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { nextRequests } from '../simulated-tenant/tenant-faults';
import type { SimulatedTenant, SimulatedTenantOptions } from '../simulated-tenant/simulated-tenant';
import { API_KEY, configFor, pastEntries, withTenant } from './tenant';

const program = resolve(__dirname, '../dist/probe/run.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** The report as text; empty where there is none. */
  readonly report: string;
}

interface Report {
  readonly ending: string;
  readonly requests: { readonly told: number; readonly sent: number };
  readonly findings: readonly { readonly question: string; readonly answer: string; readonly figures: JsonObject }[];
}

interface Call {
  readonly settings?: JsonObject;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Sent when the table shows its first row. */
  readonly signal?: NodeJS.Signals;
}

/** Runs the built probe in a folder of its own. */
async function probe(tenant: SimulatedTenant, { settings, args, env, signal }: Call = {}): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  try {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(configFor(tenant, settings)));
    const started = performance.now();
    const child = spawn(process.execPath, [program, ...(args ?? ['--config', 'config.json'])], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    const said = { stdout: '', stderr: '' };
    let stoppedAt = started;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
      if (signal === undefined || stoppedAt !== started) return;
      stoppedAt = performance.now();
      child.kill(signal);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    const [name] = readdirSync(folder).filter((file) => file.startsWith('probe-'));
    const report = name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
    return { code, ...said, report, seconds: (performance.now() - stoppedAt) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const parsed = ({ report }: Ended): Report => JSON.parse(report) as Report;

const answersOf = (ended: Ended): Record<string, string> =>
  Object.fromEntries(parsed(ended).findings.map(({ question, answer }) => [question, answer]));

describe('a probe of a tenant', () => {
  test('finds out how the tenant answers', async () => {
    await withTenant({ entries: pastEntries(3000) }, async (tenant) => {
      const ended = await probe(tenant);
      expect([ended.code, parsed(ended).ending]).toEqual([0, 'complete']);
      expect(answersOf(ended)).toMatchObject({
        ids: 'integers',
        order: 'newest first, time and id descend',
        'after-edge': 'included',
        'before-edge': 'excluded',
        fractions: 'used',
        'per-page': 'the maximum, 500',
        depth: 'to the end',
        'past-end': 'empty',
        counts: 'exact',
        'count-sums': 'they add up',
        filters: 'both forms',
        transport: 'not compressed',
        failures: 'none',
      });
    });
  });

  test.each<[string, SimulatedTenantOptions, Record<string, string>]>([
    [
      'an older server',
      {
        maxPerPage: 100,
        meta: { nextPageNumber: false },
        pastEnd: 404,
        depthLimit: { rows: 1000, response: 400 },
        count: { kind: 'capped', at: 1000 },
      },
      {
        'per-page': 'fewer than 500, also when 500 are asked for',
        meta: 'in part',
        'past-end': 'refused as no such page',
        'count-sums': 'the whole counts less',
      },
    ],
    [
      'a server that goes by whole seconds',
      {
        afterEdge: 'second_exclusive',
        beforeEdge: 'second_inclusive',
        boundFractions: 'unreadable',
        order: 'oldest_first',
        dateSkewMs: 90_000,
      },
      {
        order: 'oldest first',
        'after-edge': 'excluded',
        'before-edge': 'included',
        fractions: 'bound ignored',
        'date-header': 'ahead of this machine',
      },
    ],
  ])('finds out about %s', async (_, options, expected) => {
    await withTenant({ entries: pastEntries(3000), ...options }, async (tenant) => {
      expect(answersOf(await probe(tenant))).toMatchObject(expected);
    });
  });

  test('only reads, makes no more requests than it tells, and counts them right', async () => {
    const faultFor = nextRequests({ kind: 'reset' }, { kind: 'status', status: 503 });
    await withTenant({ entries: pastEntries(800), faultFor }, async (tenant) => {
      const ended = await probe(tenant);
      const { told, sent } = parsed(ended).requests;
      const [, planned, again] = /by at most (\d+) requests, and (\d+) more/.exec(ended.stderr) ?? [];
      expect([ended.code, sent, Number(planned) + Number(again)]).toEqual([0, tenant.requests.length, told]);
      expect(sent).toBeLessThanOrEqual(told);
      expect(new Set(tenant.requests.map(({ path }) => path))).toEqual(new Set(['/api/v1/audit_logs']));
      expect(tenant.maxRequestsInFlight()).toBe(1);
    });
  });

  test('shows nothing of the entries, nor the key, nor the tenant', async () => {
    const entries = pastEntries(800);
    await withTenant({ entries, extraHeaders: { 'x-ratelimit-for': API_KEY } }, async (tenant) => {
      const { stdout, stderr, report } = await probe(tenant);
      const facts = entries.flatMap(({ json }) =>
        ['id', 'user_email', 'request_ip', 'user_name', 'operation_name', 'created_at'].map((key) => String(json[key])),
      );
      const secrets = [...facts.filter((fact) => fact.trim().length > 5), API_KEY, encodeURIComponent(API_KEY)];
      expect(secrets.filter((text) => `${stdout}${stderr}${report}`.includes(text))).toEqual([]);
      expect(`${stdout}${report}`).not.toContain(tenant.domain);
    });
  });
});

describe('a probe that ends early', () => {
  test('for a wrong key says so in one line, with exit code 1', async () => {
    await withTenant({ entries: pastEntries(5) }, async (tenant) => {
      const { code, stdout, stderr, report } = await probe(tenant, { settings: { api_key: 'another-key' } });
      expect([code, stdout, report, tenant.requests.length]).toEqual([1, '', '', 1]);
      expect(stderr.trim().split('\n').at(-1)).toMatch(/^Tines does not accept the API key \(401\)/);
    });
  });

  test('for a certificate that is not trusted says so', async () => {
    await withTenant({ entries: pastEntries(5) }, async (tenant) => {
      const { code, stderr } = await probe(tenant, { settings: { ca_certificate: null } });
      expect([code, tenant.requests.length]).toEqual([1, 0]);
      expect(stderr).toMatch(/^The certificate of 127\.0\.0\.1:\d+ can't be trusted/m);
    });
  });

  test('for a wrong command line shows how it is called, with exit code 2', async () => {
    await withTenant({}, async (tenant) => {
      const { code, stderr } = await probe(tenant, { args: ['--konfig', 'config.json'] });
      expect([code, stderr.startsWith('Usage: '), tenant.requests.length]).toEqual([2, true, 0]);
    });
  });

  test('by Ctrl-C ends at once, with what was found until then', async () => {
    await withTenant({ entries: pastEntries(800), latencyMs: 400 }, async (tenant) => {
      const ended = await probe(tenant, { signal: 'SIGINT' });
      expect([ended.code, parsed(ended).ending]).toEqual([130, 'stopped']);
      expect(ended.seconds).toBeLessThan(2);
      expect(Object.keys(answersOf(ended))).toContain('ids');
      expect(ended.stdout).toContain('\nids ');
    });
  });

  test('where Node would print requests sends none', async () => {
    await withTenant({ entries: pastEntries(5) }, async (tenant) => {
      const { code, stderr } = await probe(tenant, { env: { NODE_DEBUG: 'http' } });
      expect([code, tenant.requests.length, stderr.includes(API_KEY)]).toEqual([1, 0, false]);
    });
  });
});
