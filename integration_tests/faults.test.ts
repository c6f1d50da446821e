import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { generateEntries } from '../simulated-tenant/entry-generator';
import { AUDIT_LOGS_PATH, type Fault } from '../simulated-tenant/tenant-faults';
import { run } from './connector';
import {
  API_KEY,
  expectAscending,
  expectEachOnce,
  HOUR,
  idsOf,
  inputsOf,
  lastState,
  MINUTE,
  MORE_THAN_A_WINDOW,
  pastEntries,
  readTenant,
  withTenant,
} from './tenant';

const HTML = '<!DOCTYPE html><html><body>Bad gateway</body></html>';
const fewEntries = pastEntries(1600);

/** Check fails within its limit of 15 s, a few more for a busy machine. */
async function expectUnreachable(domain: string): Promise<void> {
  const { exitCode, messages, seconds } = await run('check', { config: { tenant_domain: domain, api_key: API_KEY } });
  const [status] = messages.filter(({ type }) => type !== 'LOG');
  expect({ exitCode, status }).toMatchObject({
    exitCode: 0,
    status: { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED' } },
  });
  const text = JSON.stringify(status);
  expect(text).toContain(domain);
  expect(text).toContain('Tenant Domain');
  // It was tried for 15 s.
  expect(text).not.toContain('minute');
  expect(seconds).toBeLessThan(22);
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Real time passes in here, so all of these run at once (jest does that only within one block), the longest first. */
describe('a fault that passes, or does not:', () => {
  test.concurrent(
    'a server that hangs for ever on two requests: after 30 s they are sent again, and every entry comes once',
    async () => {
      const entries = pastEntries(9000);
      const faultFor = (number: number) => (number === 2 || number === 3 ? ({ kind: 'hang' } as const) : undefined);
      await withTenant({ entries, faultFor }, async (tenant) => {
        const result = await readTenant(tenant);
        expectEachOnce(result.ids, idsOf(entries));
        expectAscending(result);
        expect(result.seconds).toBeGreaterThan(29);
        // Each was given up once: a later attempt would be another 30 s away.
        expect(tenant.countsByStatus()['0']).toBe(2);
        const hung = tenant.requests.filter(({ status }) => status === 0).map(({ query }) => query.toString());
        for (const query of hung) {
          expect(tenant.requests.filter((request) => request.query.toString() === query)).toHaveLength(2);
        }
        expect(result.logs.join('\n')).toMatch(/^WARN .*30 s/m);
      });
    },
  );

  test.concurrent(
    'a server that asks for an hour: the read ends at once with a transient_error, and goes on from its last STATE',
    async () => {
      const entries = pastEntries(40_000);
      const refused = { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } as const;
      await withTenant({ entries }, async (tenant) => {
        // The first windows may be empty.
        let [records, states] = [0, 0];
        tenant.settings.faultFor = () => (states >= 1 ? refused : undefined);
        // Slow enough that the tenant turns before all is read.
        tenant.settings.latencyMs = 40;
        const failed = await run('read', {
          ...inputsOf(tenant, { settings: { num_workers: 1 } }),
          onMessage: ({ type }) => {
            if (type === 'RECORD') records += 1;
            if (type === 'STATE' && records > 0) states += 1;
          },
        });
        expect(failed).toMatchObject({ exitCode: 1, errors: [{ failure_type: 'transient_error' }] });
        expect(failed.errors[0]?.message).toMatch(/60 minutes/);
        // Nothing is sent again; a wait of an hour would outlast the test.
        expect(tenant.countsByStatus()['429']).toBe(1);
        expect(failed.ids.length).toBeGreaterThan(0);
        expect(failed.ids.length).toBeLessThan(entries.length);
        tenant.settings.faultFor = undefined;
        const next = await readTenant(tenant, { from: lastState(failed) });
        expectEachOnce([...failed.ids, ...next.ids], idsOf(entries));
      });
    },
  );

  test.concurrent('a server that asks check for an hour: it fails at once', async () => {
    const refused = { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } as const;
    await withTenant({ faultFor: () => refused }, async (tenant) => {
      const { config } = inputsOf(tenant);
      const result = await run('check', { config });
      expect(result.messages.at(-1)).toMatchObject({ connectionStatus: { status: 'FAILED' } });
      expect(tenant.requests).toHaveLength(1);
    });
  });

  test.concurrent('a server that asks for five seconds: the stream is RATE_LIMITED until then', async () => {
    const entries = pastEntries(2000);
    const refused = { kind: 'status', status: 429, headers: { 'retry-after': '5' } } as const;
    await withTenant({ entries, faultFor: (number) => (number === 2 ? refused : undefined) }, async (tenant) => {
      const result = await readTenant(tenant);
      expectEachOnce(result.ids, idsOf(entries));
      const limited = result.messages.flatMap((message) =>
        message.type === 'TRACE' && message.trace.type === 'STREAM_STATUS' && message.trace.stream_status.reasons
          ? [{ at: message.trace.emitted_at, ...message.trace.stream_status }]
          : [],
      );
      expect(limited).toMatchObject([{ status: 'RUNNING', reasons: [{ type: 'RATE_LIMITED' }] }]);
      const reset = limited[0]?.reasons?.[0]?.rate_limited.quota_reset ?? 0;
      expect(reset - (limited[0]?.at ?? 0)).toBeGreaterThan(3000);
      expect(reset - (limited[0]?.at ?? 0)).toBeLessThanOrEqual(5000);
      const refusedAt = tenant.requests[1]?.time ?? 0;
      const later = tenant.requests.slice(2).filter(({ time }) => time > refusedAt + 500);
      expect(later.filter(({ time }) => time < refusedAt + 4900)).toEqual([]);
    });
  });

  test.concurrent('a closed port: check fails, naming the domain', async () => {
    const server = createTcpServer();
    const port = await listening(server);
    server.close();
    await expectUnreachable(`127.0.0.1:${port}`);
  });

  test.concurrent('a port that speaks plain HTTP: check fails, naming the domain', async () => {
    let seen = '';
    const server = createServer((request, response) => {
      seen += request.url ?? '';
      response.end('hello');
    });
    try {
      await expectUnreachable(`127.0.0.1:${await listening(server)}`);
      expect(seen).toBe('');
    } finally {
      server.close();
    }
  });

  test.concurrent.each<[string, Fault | (() => Fault)]>([
    ['429 with Retry-After in seconds', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }],
    [
      '429 with Retry-After as a date',
      () => ({ kind: 'status', status: 429, headers: { 'retry-after': new Date(Date.now() + 2000).toUTCString() } }),
    ],
    ['429 without Retry-After', { kind: 'status', status: 429 }],
    ['429 with a Retry-After that is none', { kind: 'status', status: 429, headers: { 'retry-after': 'soon' } }],
    ['408', { kind: 'status', status: 408 }],
    ['500', { kind: 'status', status: 500 }],
    ['502 with HTML', { kind: 'status', status: 502, body: HTML, headers: { 'content-type': 'text/html' } }],
    ['503', { kind: 'status', status: 503 }],
    ['503 with Retry-After', { kind: 'status', status: 503, headers: { 'retry-after': '1' } }],
    ['504 without a body', { kind: 'status', status: 504, body: '' }],
    ['a connection that is reset', { kind: 'reset' }],
    ['a connection that is reset in the body', { kind: 'reset_in_body' }],
    ['a connection that is reset after one byte', { kind: 'reset_in_body', afterBytes: 1 }],
    ['JSON that is cut off', { kind: 'cut_json' }],
    ['HTML with 200', { kind: 'html' }],
    ['nothing with 200', { kind: 'empty' }],
    ['another JSON with 200', { kind: 'status', status: 200, body: '{"errors":[]}' }],
    ['null with 200', { kind: 'status', status: 200, body: 'null' }],
    [
      'compressed JSON that is cut off',
      {
        kind: 'status',
        status: 200,
        body: gzipSync('{"audit_logs":[]}').subarray(0, 20),
        headers: { 'content-encoding': 'gzip' },
      },
    ],
  ])('%s: it is asked again, and every entry comes once, in order', async (_, fault) => {
    const spoiled = new Set([1, 4]);
    const faultFor = (number: number): Fault | undefined => {
      if (!spoiled.has(number)) return undefined;
      return typeof fault === 'function' ? fault() : fault;
    };
    await withTenant({ entries: fewEntries, faultFor }, async (tenant) => {
      const result = await readTenant(tenant);
      expectEachOnce(result.ids, idsOf(fewEntries));
      expectAscending(result);
      // Both were met, and logged: the same kind again within seconds is not logged again.
      expect(tenant.requests.length).toBeGreaterThan(Math.max(...spoiled));
      expect(result.logs.filter((line) => line.startsWith('WARN')).length).toBeGreaterThanOrEqual(1);
    });
  });

  test.concurrent('a mixture of faults, one request in three: every entry comes once, in order', async () => {
    const faults: Fault[] = [
      { kind: 'reset' },
      { kind: 'status', status: 500 },
      { kind: 'cut_json' },
      { kind: 'html' },
      { kind: 'reset_in_body', afterBytes: 100_000 },
      { kind: 'empty' },
    ];
    const many = pastEntries(9000);
    const faultFor = (number: number): Fault | undefined =>
      number % 3 === 0 ? faults[(number / 3) % faults.length] : undefined;
    await withTenant({ entries: many, faultFor }, async (tenant) => {
      const result = await readTenant(tenant);
      expectEachOnce(result.ids, idsOf(many));
      expectAscending(result);
    });
  });

  test.concurrent('slow answers overtake each other: the order stays', async () => {
    const many = pastEntries(9000);
    await withTenant({ entries: many, latencyMs: (number) => (number * 7919) % 150 }, async (tenant) => {
      const result = await readTenant(tenant);
      expectEachOnce(result.ids, idsOf(many));
      expectAscending(result);
    });
  });
});

describe('entries that appear while the read goes on', () => {
  const base = pastEntries(MORE_THAN_A_WINDOW);

  test('in the past, and shift the pages: all that was there before comes once', async () => {
    const late = generateEntries({
      seed: 3,
      count: 60,
      from: Date.now() - 29 * 24 * HOUR,
      to: Date.now() - 2 * HOUR,
      firstId: 90_000_001,
    });
    let number = 0;
    await withTenant({ entries: base, latencyMs: 20 }, async (tenant) => {
      tenant.settings.beforeResponse = ({ path }) => {
        const batch = late.slice(number * 5, (number + 1) * 5);
        if (path !== AUDIT_LOGS_PATH || batch.length === 0) return;
        number += 1;
        tenant.model.add(batch);
      };
      const { ids } = await readTenant(tenant);
      expect(number).toBe(12);
      expect(new Set(ids).size).toBe(ids.length);
      const known = new Set(idsOf(late));
      expectEachOnce(
        ids.filter((id) => !known.has(id)),
        idsOf(base),
      );
    });
  });

  test('within the lookback: this sync and the next bring each once', async () => {
    const recent = pastEntries(1500, { seed: 5, from: Date.now() - 8 * MINUTE, to: Date.now(), firstId: 50_000_001 });
    await withTenant({ entries: [...base, ...recent], latencyMs: 10 }, async (tenant) => {
      let batches = 0;
      tenant.settings.beforeResponse = ({ number }) => {
        if (batches === 20) return;
        batches += 1;
        tenant.addEntries(3, { ageMs: (number % 8) * MINUTE });
      };
      const first = await readTenant(tenant);
      tenant.settings.beforeResponse = undefined;
      const second = await readTenant(tenant, { from: lastState(first) });
      expectEachOnce([...first.ids, ...second.ids], idsOf(tenant.model.visibleEntries()));
    });
  });
});
