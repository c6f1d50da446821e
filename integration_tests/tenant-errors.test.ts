import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { identityFor } from '../cdk/testing/local-servers';
import type { ServerSettings, SimulatedTenant } from '../simulated-tenant/simulated-tenant';
import { type Fault, INFO_PATH } from '../simulated-tenant/tenant-faults';
import { run, type ConnectorRun, type Inputs } from './connector';
import { catalogOf, configFor, expectEachOnce, idsOf, inputsOf, pastEntries, withTenant } from './tenant';

/** The message with which check fails. */
async function checkFailure(config: JsonObject, inputs: Inputs = {}): Promise<string> {
  const { exitCode, messages } = await run('check', { ...inputs, config });
  const [status, ...others] = messages.filter(({ type }) => type !== 'LOG');
  expect({ exitCode, others }).toEqual({ exitCode: 0, others: [] });
  if (status?.type !== 'CONNECTION_STATUS' || status.connectionStatus.status !== 'FAILED') {
    throw new Error(`The check did not fail: ${JSON.stringify(status)}`);
  }
  return status.connectionStatus.message;
}

/** The message with which a read fails that can only be mended by the user. */
function configErrorOf({ exitCode, errors, ids }: ConnectorRun): string {
  expect({ exitCode, types: errors.map(({ failure_type: type }) => type), ids }).toEqual({
    exitCode: 1,
    types: ['config_error'],
    ids: [],
  });
  return errors[0]?.message ?? '';
}

/** Check and read fail with the same message, which matches all patterns, after `requests` requests each. */
async function expectRefused(tenant: SimulatedTenant, requests: number, ...patterns: RegExp[]): Promise<void> {
  const message = await checkFailure(configFor(tenant));
  for (const pattern of patterns) expect(message).toMatch(pattern);
  expect(tenant.requests).toHaveLength(requests);
  expect(configErrorOf(await run('read', inputsOf(tenant)))).toBe(message);
  expect(tenant.requests).toHaveLength(2 * requests);
}

const always = (fault: Fault): Partial<ServerSettings> => ({ faultFor: () => fault });

describe('an answer that says no ends check and read at once, with what to do', () => {
  test.each<ServerSettings['errorStyle']>(['object', 'array', 'text'])(
    'a wrong key, errors as %s',
    async (errorStyle) => {
      await withTenant({ apiKey: 'another-key', errorStyle }, async (tenant) => {
        await expectRefused(tenant, 2, /API [Kk]ey/, /AUDIT_LOG_READ/);
      });
    },
  );

  test('a key without the permission, where the account answers 403', async () => {
    await withTenant({ permission: 'forbidden' }, async (tenant) => {
      await expectRefused(tenant, 2, /API key/, /AUDIT_LOG_READ/);
    });
  });

  test('a key without the permission, where the account answers 404: what any key may read tells', async () => {
    await withTenant({ permission: 'not_found' }, async (tenant) => {
      await expectRefused(tenant, 3, /API key/, /AUDIT_LOG_READ/);
      expect(tenant.requests.map(({ path }) => path)).toContain(INFO_PATH);
    });
  });

  test('404 everywhere: no tenant is there', async () => {
    await withTenant(always({ kind: 'status', status: 404 }), async (tenant) => {
      await expectRefused(tenant, 3, /Tenant Domain/, new RegExp(tenant.domain));
    });
  });

  test('a redirect to another host names it, and is not followed', async () => {
    await withTenant(always({ kind: 'redirect', location: 'https://login.elsewhere.example/' }), async (tenant) => {
      await expectRefused(tenant, 2, /Tenant Domain/, /login\.elsewhere\.example/);
    });
  });

  test('a redirect to the same host is not followed either', async () => {
    await withTenant(always({ kind: 'redirect', location: '/login' }), async (tenant) => {
      await expectRefused(tenant, 2, /Tenant Domain/);
    });
  });

  test.each([400, 422])('%d names the settings that are sent', async (status) => {
    await withTenant(always({ kind: 'status', status }), async (tenant) => {
      await expectRefused(tenant, 2, /User IDs/, /Operation Names/);
    });
  });

  test('a server that ignores the range: nothing of what it sends is delivered', async () => {
    const entries = pastEntries(50, { from: Date.now() - 1e10, to: Date.now() - 9e9 });
    await withTenant({ entries, ignoresRange: true }, async (tenant) => {
      const backfill_start_time = new Date(Date.now() - 1e9).toISOString();
      const result = await run('read', inputsOf(tenant, { settings: { backfill_start_time } }));
      expect(configErrorOf(result)).toMatch(/range/);
    });
  });
});

describe('a certificate', () => {
  test('of an unknown authority: nothing is sent, and the message names both settings', async () => {
    await withTenant({}, async (tenant) => {
      const message = await checkFailure(configFor(tenant, { ca_certificate: null }));
      expect(message).toMatch(/certificate.*Tenant Domain.*CA Certificate/);
      expect(tenant.requests).toEqual([]);
    });
  });

  test('of another authority than the one that is given', async () => {
    await withTenant({}, async (tenant) => {
      const other = await identityFor('127.0.0.1');
      const message = await checkFailure(configFor(tenant, { ca_certificate: other.cert }));
      expect(message).toMatch(/certificate.*CA Certificate/);
    });
  });

  test('of an authority that is in NODE_EXTRA_CA_CERTS is trusted', async () => {
    await withTenant({ entries: pastEntries(20) }, async (tenant) => {
      const folder = mkdtempSync(join(tmpdir(), 'source-tines-ca-'));
      try {
        writeFileSync(join(folder, 'ca.pem'), tenant.caCertificate);
        const result = await run('read', {
          config: configFor(tenant, { ca_certificate: null }),
          catalog: catalogOf(),
          env: { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
        });
        expect(result.exitCode).toBe(0);
        expectEachOnce(result.ids, idsOf(tenant.model.visibleEntries()));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});

describe("on Airbyte's cloud", () => {
  const cloud = { env: { DEPLOYMENT_MODE: 'cloud' } };

  test.each([
    ['127.0.0.1', (domain: string) => domain, /private address.*Tenant Domain/],
    [
      'a loopback address in another spelling',
      (domain: string) => domain.replace('127.0.0.1', '0x7f.1'),
      /Tenant Domain must be a valid domain/,
    ],
  ])('%s is refused before anything is sent', async (_, spell, expected) => {
    await withTenant({}, async (tenant) => {
      const config = configFor(tenant, { tenant_domain: spell(tenant.domain) });
      const message = await checkFailure(config, cloud);
      expect(message).toMatch(expected);
      expect(configErrorOf(await run('read', { ...cloud, config, catalog: catalogOf() }))).toBe(message);
      expect(tenant.requests).toEqual([]);
    });
  });

  test.each(['AIRBYTE_EDITION', 'DEPLOYMENT_MODE'])('is what %s says, in any spelling', async (variable) => {
    await withTenant({}, async (tenant) => {
      expect(await checkFailure(configFor(tenant), { env: { [variable]: 'CLOUD' } })).toMatch(/private address/);
    });
  });

  test.each(['10.0.0.7', '192.168.1.1:8443', '169.254.169.254', '100.64.0.1'])('%s is refused', async (domain) => {
    await withTenant({}, async (tenant) => {
      const message = await checkFailure(configFor(tenant, { tenant_domain: domain }), cloud);
      expect(message).toMatch(/private address/);
    });
  });
});
