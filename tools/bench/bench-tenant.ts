import { join } from 'node:path';
import { TenantProcess } from '../../simulated-tenant/tenant-process';
import { backfillStart } from './connector-inputs';
import type { Bench } from './part';

/** A tenant with its entries' text already written, in a process of its own. */
export interface BenchTenant {
  readonly tenant: TenantProcess;
  /** Its certificate, PEM. */
  readonly caFile: string;
}

/** What the tenant has counted so far. */
export interface TenantStats {
  readonly requests: number;
  /** How many responses there were with each status; 0: none yet. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly max_requests_in_any_minute: number;
  readonly cpu_ms: number;
}

/** Starts a tenant with so many entries. `options`: of simulated-tenant/simulated-tenant-cli.ts. Its `stop` must be called. */
export async function startTenant(
  { root, folder }: Bench,
  entries: number,
  options: readonly string[] = [],
): Promise<BenchTenant> {
  const caFile = join(folder, `tenant-${entries}${options.join('')}.pem`);
  const tenant = await TenantProcess.start(root, [
    '--entries',
    String(entries),
    '--from',
    backfillStart,
    '--warm',
    '--ca-file',
    caFile,
    ...options,
  ]);
  return { tenant, caFile };
}

/** Asks a tenant what it has counted. */
export async function statsOf({ tenant }: BenchTenant): Promise<TenantStats> {
  return (await tenant.command({ command: 'stats' })) as unknown as TenantStats;
}
