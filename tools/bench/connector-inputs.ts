import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantProcess } from '../../simulated-tenant/tenant-process';
import type { Bench } from './part';

/** How far back the entries of a tenant go, in days. */
const DAYS = 90;

/** When they begin, ISO 8601; whole seconds. */
export const backfillStart = `${new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 19)}Z`;

/** More than any of the measurements could use up. */
export const UNLIMITED = 100_000;

/** How to run the connector's `read` of a tenant. */
export interface ConnectorInputs {
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Writes the configuration and the catalog for a first sync of all that the tenant has.
 * @param caFile the tenant's certificate, trusted as the machine's own authorities are
 * @param settings besides the required ones and the start time
 */
export function connectorInputs(
  { root, folder }: Bench,
  tenant: TenantProcess,
  caFile: string,
  settings: Readonly<Record<string, unknown>> = {},
): ConnectorInputs {
  const port = tenant.domain.replace(/\W/g, '-');
  const config = join(folder, `config-${port}.json`);
  const catalog = join(folder, `catalog.json`);
  writeFileSync(
    config,
    JSON.stringify({
      tenant_domain: tenant.domain,
      api_key: tenant.apiKey,
      backfill_start_time: backfillStart,
      ...settings,
    }),
  );
  const stream = { name: 'audit_logs', json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] };
  writeFileSync(
    catalog,
    JSON.stringify({ streams: [{ stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup' }] }),
  );
  return {
    script: join(root, 'bin/source-tines'),
    args: ['read', '--config', config, '--catalog', catalog],
    env: { NODE_EXTRA_CA_CERTS: caFile },
  };
}
