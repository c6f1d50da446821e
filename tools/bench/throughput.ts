import { join } from 'node:path';
import { startTenant, statsOf, type BenchTenant } from './bench-tenant';
import { connectorInputs, UNLIMITED } from './connector-inputs';
import { measure, type MeasuredProgram, type MeasuredRun } from './measured-run';
import type { Bench, Part, PartResult } from './part';
import { count, median } from './statistics';

const ENTRIES = 200_000;
const PER_PAGE = 500;
const PAIRS = 7;
/** What the connector must reach of the bare loop's speed. */
const LEAST_RATIO = 1;

interface Pair {
  readonly connector: MeasuredRun;
  readonly bare: MeasuredRun;
}

/** Records a second with a tenant that responds at once, against a bare loop that fetches the same pages. */
export const throughput: Part = {
  letter: 'a',
  name: 'throughput',
  run: async (bench) => {
    bench.say(`throughput: ${count(ENTRIES)} entries, the connector and a bare loop in turn`);
    const tenant = await startTenant(bench, ENTRIES);
    try {
      return await compare(bench, tenant);
    } finally {
      await tenant.tenant.stop();
    }
  },
};

async function compare(bench: Bench, tenant: BenchTenant): Promise<PartResult> {
  const { domain, apiKey } = tenant.tenant;
  const connector = connectorInputs(bench, tenant.tenant, tenant.caFile, { requests_per_minute: UNLIMITED });
  const bare = {
    script: join(bench.root, 'dist/bench/bare-loop.js'),
    args: [domain, apiKey, String(Math.ceil(ENTRIES / PER_PAGE))],
    env: connector.env,
  };
  await expectAll({ ...connector, counts: 'records' }, bench);
  await expectAll({ ...bare, counts: 'records' }, bench);
  const tenantCpuBefore = (await statsOf(tenant)).cpu_ms;
  const pairs: Pair[] = [];
  for (let index = 0; index < PAIRS; index += 1) {
    const pair = {
      connector: await measure({ ...connector, counts: 'bytes' }, bench),
      bare: await measure({ ...bare, counts: 'bytes' }, bench),
    };
    pairs.push(pair);
    bench.say(
      `  pair ${index + 1} of ${PAIRS}: ${pair.connector.seconds.toFixed(2)} s, ${pair.bare.seconds.toFixed(2)} s`,
    );
  }
  const tenantCpu = ((await statsOf(tenant)).cpu_ms - tenantCpuBefore) / 1000 / (2 * PAIRS);
  return resultOf(pairs, tenantCpu);
}

/** Also lets the tenant's code get warm. @throws Error when the output lacks records, or has too many */
async function expectAll(program: MeasuredProgram, bench: Bench): Promise<void> {
  const { counted } = await measure(program, bench);
  if (counted !== ENTRIES) throw new Error(`${program.script} wrote ${counted} records of ${ENTRIES} entries`);
}

function resultOf(pairs: readonly Pair[], tenantCpuSeconds: number): PartResult {
  const of = (figure: (pair: Pair) => number): number => median(pairs.map(figure));
  const wallRatio = of(({ connector, bare }) => bare.seconds / connector.seconds);
  const cpuRatio = of(({ connector, bare }) => bare.cpuSeconds / connector.cpuSeconds);
  const connectorRate = ENTRIES / of(({ connector }) => connector.seconds);
  const bareRate = ENTRIES / of(({ bare }) => bare.seconds);
  const required = `>= ${LEAST_RATIO}`;
  return {
    findings: [
      {
        what: 'Throughput against a bare loop, by the clock',
        measured: `${wallRatio.toFixed(2)} (${count(connectorRate)} records/s)`,
        required,
        met: wallRatio >= LEAST_RATIO,
      },
      {
        what: 'Throughput against a bare loop, by CPU time',
        measured: cpuRatio.toFixed(2),
        required,
        met: cpuRatio >= LEAST_RATIO,
      },
    ],
    charts: [
      {
        title: 'Records a second',
        note: `${count(ENTRIES)} entries, a tenant that responds at once`,
        bars: [
          { label: 'source-tines', value: connectorRate, text: count(connectorRate), tone: 'connector' },
          { label: 'bare loop', value: bareRate, text: count(bareRate), tone: 'other' },
        ],
        line: { value: bareRate * LEAST_RATIO, label: 'required' },
      },
    ],
    figures: {
      entries: ENTRIES,
      pairs: pairs.length,
      wall_ratio: rounded(wallRatio),
      cpu_ratio: rounded(cpuRatio),
      connector_records_per_second: Math.round(connectorRate),
      bare_loop_records_per_second: Math.round(bareRate),
      connector_seconds: pairs.map(({ connector }) => rounded(connector.seconds)),
      bare_loop_seconds: pairs.map(({ bare }) => rounded(bare.seconds)),
      connector_cpu_seconds: pairs.map(({ connector }) => rounded(connector.cpuSeconds)),
      bare_loop_cpu_seconds: pairs.map(({ bare }) => rounded(bare.cpuSeconds)),
      connector_output_bytes: pairs[0]?.connector.counted,
      bare_loop_output_bytes: pairs[0]?.bare.counted,
      tenant_cpu_seconds_per_run: rounded(tenantCpuSeconds),
    },
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
