import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SimulatedTenant } from './simulated-tenant';
import { AUDIT_LOGS_PATH } from './tenant-faults';
import { obeyCommand, readTenantArguments } from './tenant-commands';

const now = Date.UTC(2026, 5);

describe('arguments', () => {
  test('none give an empty tenant without limits', () => {
    const { options, caFile } = readTenantArguments([], now);

    expect(options).toMatchObject({ entries: [], latencyMs: 0, requestsPerMinute: Infinity, maxPerPage: 500 });
    expect(caFile).toBeUndefined();
  });

  test('say how many entries there are, and from when to when', () => {
    const argv = [
      '--entries',
      '50',
      '--from',
      '2025-01-01T00:00:00Z',
      '--to',
      '2025-01-02T00:00:00Z',
      '--first-id',
      '7',
    ];
    const entries = readTenantArguments(argv, now).options.entries ?? [];

    expect([entries.length, entries[0]?.id]).toEqual([50, 7]);
    expect(entries.every(({ at }) => at >= Date.UTC(2025, 0, 1) && at < Date.UTC(2025, 0, 2))).toBe(true);
  });

  test('entries lie within the last 30 days unless told otherwise', () => {
    const entries = readTenantArguments(['--entries', '50', '--warm'], now).options.entries ?? [];

    expect(entries.every(({ at }) => at >= now - 30 * 86_400_000 && at < now)).toBe(true);
  });

  test('set the server', () => {
    const argv = [
      '--latency',
      '20',
      '--rate-limit',
      '1000',
      '--retry-after',
      'date',
      '--clock-offset=-5000',
      '--api-key',
      'k',
    ];

    expect(readTenantArguments([...argv, '--ca-file', 'ca.pem'], now)).toMatchObject({
      options: { latencyMs: 20, requestsPerMinute: 1000, retryAfter: 'date', clockOffsetMs: -5000, apiKey: 'k' },
      caFile: 'ca.pem',
    });
  });

  test.each([
    [['--order', 'shuffled'], { order: 'shuffled' }],
    [['--count', 'none'], { meta: { count: false } }],
    [['--count', 'page_rows'], { count: { kind: 'page_rows' } }],
    [['--count', 'offset:-3'], { count: { kind: 'offset', by: -3 } }],
    [['--count', 'capped:10000'], { count: { kind: 'capped', at: 10_000 } }],
    [['--count', 'stale:60000'], { count: { kind: 'stale', ageMs: 60_000 } }],
    [['--past-end', 'last_page'], { pastEnd: 'last_page' }],
    [['--past-end', '404'], { pastEnd: 404 }],
    [['--depth-limit', '5000:empty'], { depthLimit: { rows: 5000, response: 'empty' } }],
    [['--depth-limit', '10000:400'], { depthLimit: { rows: 10_000, response: 400 } }],
    [['--heavy-range', '10000:500'], { heavyRange: { rows: 10_000, response: 500 } }],
    [['--heavy-page', '250:502'], { heavyPage: { rows: 250, response: 502 } }],
    [['--replica-lag', '20000'], { replica: { lagMs: 20_000 } }],
    [['--store-lag', '900000'], { storeLagMs: 900_000 }],
    [['--date-skew', '720000'], { dateSkewMs: 720_000 }],
    [['--scattered-429', '5'], { faultFor: expect.any(Function) }],
  ])('%j make a server of another kind', (argv, expected) => {
    expect(readTenantArguments(argv, now).options).toMatchObject(expected);
  });

  test('--timestamp-delta gives entries both times', () => {
    const [entry] =
      readTenantArguments(['--entries', '1', '--timestamp-delta', '1500:2000'], now).options.entries ?? [];

    expect(Object.keys(entry?.json ?? {})).toEqual(expect.arrayContaining(['created_at', 'timestamp']));
  });

  test.each([
    [['--count', 'lots'], '--count is one of those in the usage text, not "lots"'],
    [['--depth-limit', '5000'], '--depth-limit needs a whole number, not ""'],
    [['--entries', 'many'], '--entries needs a whole number, not "many"'],
    [['--from', 'yesterday'], '--from needs a time such as 2025-01-31T00:00:00Z, not "yesterday"'],
    [['--spread', 'odd'], '--spread is one of even, office_hours, not "odd"'],
    [['--nonsense'], "Unknown option '--nonsense'"],
  ])('%j is refused', (argv, message) => {
    expect(() => readTenantArguments(argv, now)).toThrow(message);
  });
});

describe('commands', () => {
  let tenant: SimulatedTenant;
  beforeEach(async () => {
    tenant = await SimulatedTenant.start(readTenantArguments(['--entries', '20'], Date.now()).options);
  });
  afterEach(async () => {
    await tenant.stop();
  });

  test('add new entries and tell their ids', async () => {
    const answer = await obeyCommand(tenant, '{"command":"add","count":2}');

    expect(answer).toEqual({
      added: tenant.model
        .visibleEntries()
        .slice(-2)
        .map(({ id }) => id),
    });
  });

  test('add late entries, some minutes back', async () => {
    const before = Date.now();
    const { added } = await obeyCommand(tenant, '{"command":"add_late","count":1,"minutes":30}');
    const late = tenant.model.visibleEntries().find(({ id }) => id === (added as unknown[])[0]);

    expect(Math.abs((late?.at ?? 0) - (before - 30 * 60_000))).toBeLessThan(30_000);
  });

  test('add an entry of a text, which is shown as it is', async () => {
    const text = `{"id":7,"created_at":"2026-01-01T00:00:00Z","inputs":{"n":${'9'.repeat(1500)}}}`;
    const answer = await obeyCommand(tenant, JSON.stringify({ command: 'add_text', text }));

    expect(answer).toEqual({ added: [7] });
    expect(tenant.model.visibleEntries().map((entry) => entry.text)).toContain(text);
  });

  test('let the next request fail', async () => {
    const fault = { kind: 'status', status: 503 };
    await obeyCommand(tenant, JSON.stringify({ command: 'fault', fault }));

    expect([1, 2].map((number) => tenant.settings.faultFor?.(number, new URLSearchParams(), AUDIT_LOGS_PATH))).toEqual([
      fault,
      undefined,
    ]);
  });

  test('tell how the server is doing', async () => {
    expect(await obeyCommand(tenant, '{"command":"stats"}')).toMatchObject({
      entries: 20,
      pending: 0,
      requests: 0,
      statuses: {},
      max_requests_in_any_minute: 0,
      max_requests_in_flight: 0,
    });
  });

  test('stop it', async () => {
    expect(await obeyCommand(tenant, '{"command":"stop"}')).toEqual({ stopped: true });
  });

  test.each([
    ['{"command":"dance"}', 'unknown command: "dance"'],
    ['{"command":"add","count":-1}', 'a number from 0 on is needed, not -1'],
    ['nonsense', expect.stringContaining('JSON')],
  ])('%s is answered with an error', async (line, error) => {
    expect(await obeyCommand(tenant, line)).toEqual({ error });
  });
});
