import { startTenant, statsOf, type BenchTenant } from './bench-tenant';
import { connectorInputs, UNLIMITED } from './connector-inputs';
import { measure } from './measured-run';
import type { Bench } from './part';
import { count } from './statistics';
import type { ResidentMemory } from './usage-probe';

/** How many entries the tenants have. */
export const VOLUMES = [10_000, 100_000, 1_000_000] as const;
/** What shows whether memory grows with a read: minutes, so once. */
export const LARGEST_VOLUME = 5_000_000;
/** How the tenants' entries are spread over time. */
export const SPREADS = ['even', 'office_hours'] as const;

export type Spread = (typeof SPREADS)[number];

/** Complete reads of one tenant that responds at once, one after the other. */
export interface VolumeRun {
  readonly entries: number;
  readonly spread: Spread;
  /** Audit log requests that the tenant saw in a read, the most of all. */
  readonly requests: number;
  /** The most memory that was resident at once, in bytes, in each of the reads. */
  readonly peakBytes: readonly number[];
  /** What was resident at the end of the last read. */
  readonly atEnd: ResidentMemory | undefined;
}

/** So many reads of each of `VOLUMES`, because a peak is up to chance: it depends on when the garbage is collected. */
const READS = 3;

/** Reads each tenant once, when it is first asked for. */
export class VolumeRuns {
  readonly #runs = new Map<string, Promise<VolumeRun>>();

  /** All volumes and spreads, in this order. @throws Error when a read fails or is not complete */
  async all(bench: Bench): Promise<readonly VolumeRun[]> {
    const runs: VolumeRun[] = [];
    for (const entries of VOLUMES) {
      for (const spread of SPREADS) runs.push(await this.get(bench, entries, spread));
    }
    return runs;
  }

  /** One tenant, whose entries may be filled up to a size in bytes. @throws as {@link all} */
  get(bench: Bench, entries: number, spread: Spread, bytes?: number): Promise<VolumeRun> {
    const key = `${entries} ${spread} ${bytes ?? ''}`;
    const run = this.#runs.get(key) ?? readTenant(bench, entries, spread, bytes);
    this.#runs.set(key, run);
    return run;
  }
}

async function readTenant(bench: Bench, entries: number, spread: Spread, bytes?: number): Promise<VolumeRun> {
  const size = bytes === undefined ? [] : ['--entry-bytes', String(bytes)];
  bench.say(`volumes: ${count(entries)} entries, ${spread}${bytes === undefined ? '' : `, ${bytes} bytes each`}`);
  const tenant = await startTenant(bench, entries, ['--spread', spread, ...size]);
  try {
    const most = bench.quick || entries === LARGEST_VOLUME ? 1 : READS;
    const reads = [await readAll(bench, tenant, entries)];
    while (reads.length < most) reads.push(await readAll(bench, tenant, entries));
    const requests = Math.max(...reads.map((read) => read.requests));
    return { entries, spread, requests, peakBytes: reads.map((read) => read.peakBytes), atEnd: reads.at(-1)?.atEnd };
  } finally {
    await tenant.tenant.stop();
  }
}

interface Read {
  readonly requests: number;
  readonly peakBytes: number;
  readonly atEnd: ResidentMemory | undefined;
}

/** @throws Error when not all entries are delivered, or not each response was good */
async function readAll(bench: Bench, tenant: BenchTenant, entries: number): Promise<Read> {
  const connector = connectorInputs(bench, tenant.tenant, tenant.caFile, { requests_per_minute: UNLIMITED });
  const before = await statsOf(tenant);
  const { counted, peakBytes, atEnd } = await measure({ ...connector, counts: 'records' }, bench);
  const { requests, statuses } = await statsOf(tenant);
  if (counted !== entries) throw new Error(`${counted} records of ${entries} entries`);
  if (statuses['200'] !== requests) throw new Error(`not all responses were good: ${JSON.stringify(statuses)}`);
  return { requests: requests - before.requests, peakBytes, atEnd };
}
