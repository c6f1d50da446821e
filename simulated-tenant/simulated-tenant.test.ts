import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import nock from 'nock';
import { generateEntries } from './entry-generator';
import { SimulatedTenant, type SimulatedTenantOptions } from './simulated-tenant';
import { type Fault, nextRequests } from './tenant-faults';
import { entryOf } from './tenant-entry';

beforeAll(() => {
  nock.restore();
});

const running: SimulatedTenant[] = [];
afterEach(async () => {
  for (const tenant of running.splice(0)) await tenant.stop();
});

async function tenantOf(options: SimulatedTenantOptions = {}): Promise<SimulatedTenant> {
  const tenant = await SimulatedTenant.start(options);
  running.push(tenant);
  return tenant;
}

const from = Date.UTC(2025, 0);
const entries = generateEntries({ seed: 1, count: 40, from, to: from + 86_400_000 });

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface GetOptions {
  readonly key?: string;
  readonly agent?: Agent;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Called with each chunk of the body. */
  readonly onChunk?: (chunk: string, close: () => void) => void;
}

const LOGS = '/api/v1/audit_logs';

interface Target {
  readonly domain: string;
  readonly caCertificate: string | undefined;
  readonly apiKey: string;
}

/** Asks over real HTTPS, the certificate verified. Rejects with the socket's error, also in the middle of a body. */
function get(tenant: Target, path: string, options: GetOptions = {}): Promise<Answer> {
  const { key = tenant.apiKey, agent, method = 'GET', headers, onChunk } = options;
  return new Promise((resolve, reject) => {
    const sent = request(`https://${tenant.domain}${path}`, {
      ca: tenant.caCertificate,
      agent,
      method,
      headers: { authorization: `Bearer ${key}`, ...headers },
    });
    sent.on('error', reject).on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
        onChunk?.(chunk, () => sent.destroy(new Error('closed by the test')));
      });
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
    });
    sent.end();
  });
}

function idsIn({ body }: Answer): unknown[] {
  return (JSON.parse(body) as { audit_logs: { id: unknown }[] }).audit_logs.map(({ id }) => id);
}

describe('answers', () => {
  test('are the model’s, as JSON over HTTPS that the certificate vouches for', async () => {
    const tenant = await tenantOf({ entries });
    const answer = await get(tenant, `${LOGS}?per_page=5&page=2`);

    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect(answer.body).toBe(tenant.model.pageBody(new URLSearchParams('per_page=5&page=2')));
    expect(answer.body).toContain(`https://${tenant.domain}/api/v1/audit_logs?per_page=5&page=3`);
  });

  test('the certificate is for localhost too, and no one else trusts it', async () => {
    const tenant = await tenantOf();
    const { domain, caCertificate, apiKey } = tenant;
    const byName = { domain: domain.replace('127.0.0.1', 'localhost'), caCertificate, apiKey };

    await expect(get(byName, '/')).resolves.toMatchObject({ status: 404 });
    await expect(get({ domain, caCertificate: undefined, apiKey }, '/')).rejects.toThrow(/self-signed|self signed/);
  });

  test('several come over one connection', async () => {
    const tenant = await tenantOf();
    const agent = new Agent({ keepAlive: true, ca: tenant.caCertificate });
    const answers = [await get(tenant, LOGS, { agent }), await get(tenant, LOGS, { agent })];
    const open = Object.values(agent.freeSockets).flat().length;
    agent.destroy();

    expect([answers.map(({ status }) => status), open]).toEqual([[200, 200], 1]);
  });

  test('about the stack come from /api/v1/info', async () => {
    const { status, body } = await get(await tenantOf(), '/api/v1/info');

    expect([status, Object.keys((JSON.parse(body) as { stack: object }).stack)]).toEqual([
      200,
      ['name', 'type', 'region', 'egress_ips'],
    ]);
  });

  test.each([
    ['GET', '/api/v1/stories'],
    ['GET', '//'],
    ['POST', LOGS],
  ])('%s %s is not found', async (method, path) => {
    expect(await get(await tenantOf(), path, { method })).toMatchObject({ status: 404 });
  });

  test('carry the date of the server’s own clock', async () => {
    const tenant = await tenantOf({ clock: () => from, clockOffsetMs: 90_000 });

    expect((await get(tenant, LOGS)).headers.date).toBe('Wed, 01 Jan 2025 00:01:30 GMT');
  });

  test('may carry no date', async () => {
    expect((await get(await tenantOf({ dateHeader: false }), LOGS)).headers).not.toHaveProperty('date');
  });

  test('take as long as they are told to', async () => {
    const tenant = await tenantOf({ latencyMs: (number) => (number === 1 ? 300 : 0) });
    const order: number[] = [];
    const ask = (number: number): Promise<unknown> => get(tenant, LOGS).then(() => order.push(number));
    const slow = ask(1);
    while (tenant.requests.length === 0) await new Promise(setImmediate);
    await Promise.all([slow, ask(2)]);

    expect([order, tenant.maxRequestsInFlight()]).toEqual([[2, 1], 2]);
  });
});

describe('keys', () => {
  test('a wrong one is refused with an error body', async () => {
    const answer = await get(await tenantOf(), LOGS, { key: 'wrong' });

    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      401,
      { errors: [{ message: 'Unauthorized', details: 'Unauthorized' }] },
    ]);
  });

  test.each([
    ['array', '[{"message":"Unauthorized","details":"Unauthorized"}]'],
    ['text', 'Unauthorized'],
  ] as const)('the error body can be a bare %s', async (errorStyle, expected) => {
    expect((await get(await tenantOf({ errorStyle }), LOGS, { key: 'wrong' })).body).toBe(expected);
  });

  test.each([
    ['forbidden', 403],
    ['not_found', 404],
  ] as const)('one without the permission is %s, but may read /api/v1/info', async (permission, expected) => {
    const tenant = await tenantOf({ permission });

    expect([(await get(tenant, LOGS)).status, (await get(tenant, '/api/v1/info')).status]).toEqual([expected, 200]);
  });

  test('one that is revoked is refused from then on', async () => {
    const tenant = await tenantOf();
    const key = tenant.apiKey;
    tenant.settings.apiKey = 'another';

    expect((await get(tenant, LOGS, { key })).status).toBe(401);
  });
});

describe('rate limit', () => {
  test('a request over it is answered with 429, until 60 seconds have passed', async () => {
    let now = 0;
    const tenant = await tenantOf({ requestsPerMinute: 2, monotonic: () => now });
    const statuses = [await get(tenant, LOGS), await get(tenant, LOGS), await get(tenant, LOGS)];
    now = 60_000;
    statuses.push(await get(tenant, LOGS));

    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
    expect([tenant.maxRequestsInAnyMinute(), tenant.countsByStatus()]).toEqual([3, { 200: 3, 429: 1 }]);
  });

  test('is counted for each key, and not for /api/v1/info', async () => {
    const tenant = await tenantOf({ requestsPerMinute: 1 });
    const answers = [
      await get(tenant, LOGS),
      await get(tenant, LOGS, { key: 'other' }),
      await get(tenant, '/api/v1/info'),
      await get(tenant, LOGS),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 429]);
  });

  test.each([
    ['seconds', '45'],
    ['date', 'Wed, 01 Jan 2025 00:00:45 GMT'],
    ['none', undefined],
  ] as const)('Retry-After comes as %s', async (retryAfter, expected) => {
    let now = 0;
    const tenant = await tenantOf({ requestsPerMinute: 1, retryAfter, clock: () => from, monotonic: () => now });
    await get(tenant, LOGS);
    now = 15_500;

    expect((await get(tenant, LOGS)).headers['retry-after']).toBe(expected);
  });
});

describe('request log', () => {
  test('names number, time, path, query, status and user agent, and never the key', async () => {
    const tenant = await tenantOf({ clock: () => from });
    await get(tenant, `${LOGS}?page=3&user_id%5B%5D=7`, { headers: { 'user-agent': 'source-tines/1' } });
    const [line] = tenant.requests;

    expect(line).toMatchObject({ number: 1, time: from, path: LOGS, status: 200, userAgent: 'source-tines/1' });
    expect([line?.query.get('page'), line?.query.getAll('user_id[]')]).toEqual(['3', ['7']]);
    expect(JSON.stringify(tenant.requests)).not.toContain(tenant.apiKey);
  });
});

describe('faults', () => {
  /** The first answer or its error, and the status of the second request, which must be well again. */
  async function spoiled(fault: Fault): Promise<{ first: Answer | Error; second: number | undefined }> {
    const tenant = await tenantOf({ entries });
    tenant.settings.faultFor = nextRequests(fault);
    const first = await get(tenant, LOGS).catch((error: unknown) => error as Error);
    return { first, second: (await get(tenant, LOGS)).status };
  }

  test.each<[string, Fault, object]>([
    [
      'a status with its body and headers',
      { kind: 'status', status: 429, body: 'slow down', headers: { 'retry-after': 'soon' } },
      { status: 429, body: 'slow down', headers: { 'retry-after': 'soon' } },
    ],
    [
      '500 with JSON',
      { kind: 'status', status: 500 },
      { status: 500, headers: { 'content-type': 'application/json; charset=utf-8' } },
    ],
    [
      '502 with the HTML of a proxy',
      { kind: 'status', status: 502 },
      { status: 502, body: expect.stringContaining('<html>') },
    ],
    ['HTML with 200', { kind: 'html' }, { status: 200, body: expect.stringContaining('<html>') }],
    ['an empty 200', { kind: 'empty' }, { status: 200, body: '', headers: { 'content-length': '0' } }],
    [
      'a redirect to another host',
      { kind: 'redirect' },
      { status: 302, headers: { location: 'https://elsewhere.example/api/v1/audit_logs' } },
    ],
    [
      'JSON cut off, with a right content-length',
      { kind: 'cut_json', keepBytes: 30 },
      { status: 200, headers: { 'content-length': '30' } },
    ],
    ['a connection reset before the answer', { kind: 'reset' }, { code: 'ECONNRESET' }],
    ['a connection reset in the middle of a body', { kind: 'reset_in_body', afterBytes: 100 }, { code: 'ECONNRESET' }],
  ])('%s comes once', async (_, fault, expected) => {
    const { first, second } = await spoiled(fault);

    expect(first).toMatchObject(expected);
    expect(second).toBe(200);
  });

  test('half of a body arrives before a reset in the middle of it', async () => {
    const tenant = await tenantOf({ entries });
    tenant.settings.faultFor = nextRequests({ kind: 'reset_in_body' });
    let received = '';
    await get(tenant, LOGS, { onChunk: (chunk) => (received += chunk) }).catch(() => undefined);

    expect(received.startsWith('{"audit_logs":[{')).toBe(true);
    expect(() => JSON.parse(received) as unknown).toThrow(SyntaxError);
  });

  test('a hanging answer never comes', async () => {
    const tenant = await tenantOf();
    tenant.settings.faultFor = nextRequests({ kind: 'hang' });
    const hanging = get(tenant, LOGS);
    const second = await get(tenant, LOGS);
    await Promise.all([expect(hanging).rejects.toThrow('socket hang up'), tenant.stop()]);

    expect([second.status, tenant.countsByStatus()]).toEqual([200, { 0: 1, 200: 1 }]);
  });

  test('a dripping answer goes on and on, blank after blank', async () => {
    const tenant = await tenantOf();
    tenant.settings.faultFor = nextRequests({ kind: 'drip', everyMs: 1 });
    let received = '';
    const dripping = get(tenant, LOGS, {
      onChunk: (chunk, close) => {
        received += chunk;
        if (received.length >= 5) close();
      },
    });

    await expect(dripping).rejects.toThrow('closed by the test');
    expect(received.trim()).toBe('');
  });

  test('entries inserted just before an answer shift its pages down', async () => {
    const tenant = await tenantOf({ entries });
    const before = idsIn(await get(tenant, `${LOGS}?per_page=10&page=2`));
    const inserted = entryOf({ id: 99_000_000, created_at: '2025-03-01T00:00:00Z' });
    tenant.settings.beforeResponse = () => {
      tenant.model.add([inserted]);
    };
    const after = idsIn(await get(tenant, `${LOGS}?per_page=10&page=2`));

    expect(after.slice(1)).toEqual(before.slice(0, 9));
  });

  test('can be chosen by number, query and path', async () => {
    const tenant = await tenantOf();
    tenant.settings.faultFor = (number, query, path) =>
      path === '/api/v1/info' || number === 2 || query.get('page') === '7'
        ? { kind: 'status', status: 503 }
        : undefined;
    const answers = [];
    for (const path of [LOGS, LOGS, `${LOGS}?page=7`, '/api/v1/info', LOGS]) answers.push(await get(tenant, path));

    expect(answers.map(({ status }) => status)).toEqual([200, 503, 503, 503, 200]);
  });
});

describe('new entries', () => {
  test('show at once, first of all, with the highest ids', async () => {
    const tenant = await tenantOf({ entries });
    const added = tenant.addEntries(3).map(({ id }) => id);
    const shown = idsIn(await get(tenant, `${LOGS}?per_page=4`));

    expect(shown).toEqual([...added.toReversed(), entries.at(-1)?.id]);
    expect(added.map(Number).every((id) => id > Number(entries.at(-1)?.id))).toBe(true);
  });

  test('that are late show at once in their place, with ids lower than those of newer ones', async () => {
    const tenant = await tenantOf({ entries, clock: () => from + 86_400_000 });
    const added = tenant.addEntries(2, { ageMs: 12 * 3_600_000 });
    const shown = idsIn(await get(tenant, `${LOGS}?per_page=100`));
    const newest = entries.at(-1)?.id;

    expect(added.every(({ id }) => shown.includes(id) && Number(id) < Number(newest))).toBe(true);
    expect(new Set(shown).size).toBe(42);
  });

  test('have the shape that was chosen', async () => {
    const tenant = await tenantOf({ addedShape: 'timestamp' });

    expect(tenant.addEntries(1)[0]?.json).toHaveProperty('timestamp');
  });
});
