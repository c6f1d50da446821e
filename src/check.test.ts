import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectionStatus, JsonObject } from '@airbyte/cdk-typescript-compat';
import { TimeoutError, type Http, type HttpResponse } from '@airbyte/cdk-typescript-compat/http';
import { ManualClock, runSource } from '@airbyte/cdk-typescript-compat/testing';
import { SourceTines } from './source-tines';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const CONFIG = { tenant_domain: 'acme.tines.example', api_key: 'the-key' };

/** What a tenant answers: a status and no entry, so many entries, or nothing ever. */
type Manner = (query: URLSearchParams, path: string) => number | 'hangs' | { readonly rows: number };

let clock: ManualClock;
let targets: string[];

beforeEach(() => {
  clock = new ManualClock(NOW);
  targets = [];
});

function answer(status: number, rows = 0): HttpResponse {
  const audit_logs = Array.from({ length: rows }, (_, index) => ({
    id: index + 1,
    created_at: '2026-03-01T12:00:00Z',
  }));
  const bytes = Buffer.from(JSON.stringify({ audit_logs }));
  return { status, headers: {}, body: { bytes, free: () => undefined } };
}

interface Check {
  readonly status: ConnectionStatus | undefined;
  readonly seconds: number;
  /** Level and message. */
  readonly logs: readonly string[];
}

/** A check of a tenant that answers with these statuses, or never. */
async function check(manner: Manner, settings: JsonObject = {}): Promise<Check> {
  const http: Http = async ({ target }, signal, limits) => {
    targets.push(target);
    const { searchParams, pathname } = new URL(target, 'https://x');
    const reply = manner(searchParams, pathname);
    if (reply !== 'hangs') return typeof reply === 'number' ? answer(reply) : answer(200, reply.rows);
    const { deadlineMs = 30_000 } = limits ?? {};
    await clock.sleep(deadlineMs, signal);
    throw new TimeoutError(deadlineMs);
  };
  const source = new SourceTines({ clock, random: () => 1, cloud: false, http: () => http });
  const run = await clock.runTo(
    runSource(source, ['check'], { config: { ...CONFIG, ...settings }, now: () => clock.now() }),
  );
  const logs = run.logs.map(({ level, message }) => `${level} ${message}`);
  return { status: run.connectionStatus, seconds: (clock.now() - NOW) / 1000, logs };
}

const isWhole = (query: URLSearchParams): boolean => !query.has('after') && !query.has('before');

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

  test('of a server that refuses fails at once, also where only one request a minute may be made', async () => {
    const { status, seconds } = await check(() => 401, { requests_per_minute: 1 });
    expect([status, seconds]).toEqual([{ status: 'FAILED', message: expect.stringContaining('(401)') }, 0]);
  });

  test('ends within 15 seconds where only one request a minute may be made, and more are needed', async () => {
    const { status, seconds } = await check(() => 503, { requests_per_minute: 1 });
    expect(status).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('allowed in a minute (1) were made'),
    });
    expect(seconds).toBeLessThanOrEqual(15);
  });

  describe('tells in the log', () => {
    const some: Manner = () => ({ rows: 1 });
    const none: Manner = () => ({ rows: 0 });
    const isFiltered = (query: URLSearchParams): boolean => /user_id|operation_name/.test(query.toString());
    const onlyUnfiltered: Manner = (query) => ({ rows: isFiltered(query) ? 0 : 1 });
    const filters = { user_ids: ['7'], operation_names: ['Login'] };

    test('nothing where entries come', async () => {
      expect((await check(some, { ...filters, backfill_start_time: '2026-01-01T00:00:00Z' })).logs).toEqual([]);
    });

    test('that the filters match nothing, though there are entries', async () => {
      const { status, logs } = await check(onlyUnfiltered, filters);
      expect(status).toEqual({ status: 'SUCCEEDED' });
      expect(logs).toEqual([expect.stringMatching(/^WARN .*none that matches User IDs and Operation Names/)]);
      expect(targets).toHaveLength(2);
    });

    test.each([{}, filters])('that there is no entry at all, with the settings %j', async (settings) => {
      expect((await check(none, settings)).logs).toEqual([expect.stringMatching(/^INFO Tines shows no entry yet/)]);
    });

    test('which operation a misspelt name probably means, also where the other filters match', async () => {
      const { logs } = await check(some, { operation_names: ['storycreation', 'Login', 'NewThingFancied'] });
      expect(logs).toEqual([expect.stringMatching(/^WARN Operation Names: "storycreation".*"StoryCreation"/)]);
    });

    test('which operation a misspelt name that is excluded probably means', async () => {
      const { logs } = await check(some, { excluded_operations: ['ActionRun', 'login'] });
      expect(logs).toEqual([expect.stringMatching(/^WARN Excluded Operations: "login".*"Login"/)]);
    });

    test('which host is meant by a domain that is not in ASCII, before anything is asked for', async () => {
      const { logs } = await check(() => 401, { tenant_domain: 'c\u043Empany.tines.com' });
      expect(logs[0]).toMatch(/^WARN Tenant Domain is the host xn--cmpany-wqf\.tines\.com/);
    });

    test('that the start lies before what Tines keeps', async () => {
      const { logs } = await check(some, { backfill_start_time: '2024-03-02T11:59:59Z' });
      expect(logs).toEqual([expect.stringMatching(/^WARN Backfill Start Time .*two years.*2024-03-02T12:00:00/)]);
    });

    test('nothing of a start that lies two years back', async () => {
      expect((await check(some, { backfill_start_time: '2024-03-02T12:00:00Z' })).logs).toEqual([]);
    });

    test('no more than 15 seconds long where the second question gets no answer', async () => {
      const manner: Manner = (query) => (isFiltered(query) ? { rows: 0 } : 'hangs');
      const { status, seconds } = await check(manner, filters);
      expect(status?.status).toBe('FAILED');
      expect(seconds).toBeLessThanOrEqual(15);
    });
  });
});
