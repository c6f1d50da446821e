import { beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigError, type ConnectionStatus } from '@airbyte/cdk-typescript-compat';
import { TimeoutError, type HttpGet, type HttpOptions, type HttpResponse } from '@airbyte/cdk-typescript-compat/http';
import { ManualClock, runSource } from '@airbyte/cdk-typescript-compat/testing';
import { SourceTines } from './source-tines';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const CONFIG = { tenant_domain: 'acme.tines.example', api_key: 'the-key' };
const EMPTY = '{"audit_logs":[]}';

type Manner = (query: URLSearchParams, path: string) => number | 'hangs';

let clock: ManualClock;
let targets: string[];

beforeEach(() => {
  clock = new ManualClock(NOW);
  targets = [];
});

const answer = (status: number): HttpResponse => ({
  status,
  headers: {},
  body: { bytes: Buffer.from(EMPTY), free: () => undefined },
});

/** A check of a tenant that answers with these statuses, or never. */
async function check(manner: Manner): Promise<{ status: ConnectionStatus | undefined; seconds: number }> {
  const http: HttpGet = async (target, signal, limits) => {
    targets.push(target);
    const { searchParams, pathname } = new URL(target, 'https://x');
    const reply = manner(searchParams, pathname);
    if (reply !== 'hangs') return answer(reply);
    const { deadlineMs = 30_000 } = limits ?? {};
    await clock.sleep(deadlineMs, signal);
    throw new TimeoutError(deadlineMs);
  };
  const source = new SourceTines({ clock, random: () => 1, cloud: false, http: () => http });
  const run = await clock.runTo(runSource(source, ['check'], { config: CONFIG, now: () => clock.now() }));
  return { status: run.connectionStatus, seconds: (clock.now() - NOW) / 1000 };
}

const isWhole = (query: URLSearchParams): boolean => !query.has('after') && !query.has('before');

test.each(['check', 'read'])(
  "what a %s learns of a proxy's password is masked",
  async (command) => {
    const http = ({ mask }: HttpOptions): HttpGet => {
      mask?.('its-password');
      return () => Promise.reject(new ConfigError('The proxy says its-password.'));
    };
    const source = new SourceTines({ clock, random: () => 1, cloud: false, http });
    const catalog = { streams: [{ stream: { name: 'audit_logs' }, sync_mode: 'incremental' }] };
    const inputs = { config: CONFIG, ...(command === 'read' ? { catalog } : {}) };
    const run = await runSource(source, [command], inputs);
    expect(run.lines.join('\n')).toContain('The proxy says ****.');
    expect(run.lines.join('\n')).not.toContain('its-password');
  },
  60_000,
);

describe('a check', () => {
  test('asks for one row of all there is', async () => {
    expect((await check(() => 200)).status).toEqual({ status: 'SUCCEEDED' });
    expect(targets).toEqual(['/api/v1/audit_logs?per_page=1&page=1']);
  });

  test.each<[string, 'hangs' | number]>([
    ['times out', 'hangs'],
    ['answers 504', 504],
    ['answers 413', 413],
  ])('succeeds where all there is is too heavy, and a server %s', async (_, whole) => {
    const { status, seconds } = await check((query) => (isWhole(query) ? whole : 200));
    expect(status).toEqual({ status: 'SUCCEEDED' });
    expect(targets.at(-1)).toContain(encodeURIComponent('2026-03-01T12:00:0'));
    expect(seconds).toBeLessThanOrEqual(15);
  });

  test.each<[string, Manner]>([
    ['hangs', () => 'hangs'],
    ['hangs after a failure', () => (targets.length === 1 ? 503 : 'hangs')],
    ['fails and hangs by turns', () => (targets.length % 2 === 0 ? 503 : 'hangs')],
    ['answers the small question and hangs with all others', (query) => (query.has('before') ? 200 : 'hangs')],
    ['answers 404 and hangs otherwise', (_, path) => (path === '/api/v1/info' ? 'hangs' : 404)],
    ['answers 503', () => 503],
    ['answers 429', () => 429],
  ])('of a server that %s fails within 15 seconds', async (_, manner) => {
    const { status, seconds } = await check(manner);
    expect(status).toMatchObject({ status: 'FAILED', message: expect.stringContaining('Tines') });
    expect(seconds).toBeLessThanOrEqual(15);
  });

  test('of a server that refuses fails at once', async () => {
    const { status, seconds } = await check(() => 401);
    expect([status?.status, seconds]).toEqual(['FAILED', 0]);
  });
});
