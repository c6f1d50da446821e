import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTenant, statsOf, type BenchTenant, type TenantStats } from './bench-tenant';
import { connectorInputs } from './connector-inputs';
import type { Bench, Part, PartResult } from './part';
import { count } from './statistics';

/** How long the tenants take to answer, in ms. */
const LATENCIES = [150, 600] as const;
/** What the tenants enforce, and what the connector uses of it by default: requests in any 60 s. */
const SERVER_LIMIT = 1000;
const OWN_LIMIT = 950;
/** What it must reach of its own limit. */
const LEAST_SHARE = 0.95;
const MINUTES = 3;
const PER_PAGE = 500;
const POLL_MS = 20;

interface PaceRun {
  readonly latencyMs: number;
  readonly minutes: number;
  /** Audit log requests that the tenant saw within the time. */
  readonly requests: number;
  readonly mostInAnyMinute: number;
  readonly refused: number;
  readonly records: number;
}

/** Requests a minute under a rate limit, with default settings, both tenants at the same time: mostly they wait. */
export const pace: Part = {
  letter: 'b',
  name: 'pace',
  run: async (bench) => {
    const minutes = bench.quick ? 1 : MINUTES;
    bench.say(`pace: answers in ${LATENCIES.join(' and ')} ms, ${SERVER_LIMIT} requests a minute, ${minutes} min`);
    const tenants: LimitedTenant[] = [];
    try {
      for (const latencyMs of LATENCIES) tenants.push(await startLimited(bench, latencyMs, minutes));
      return resultOf(await Promise.all(tenants.map((tenant) => follow(bench, tenant, minutes))));
    } finally {
      await Promise.all(tenants.map(({ tenant }) => tenant.stop()));
    }
  },
};

interface LimitedTenant extends BenchTenant {
  readonly latencyMs: number;
}

async function startLimited(bench: Bench, latencyMs: number, minutes: number): Promise<LimitedTenant> {
  // A few more pages than there can be requests.
  const entries = Math.ceil(minutes * OWN_LIMIT * 1.05) * PER_PAGE;
  const options = ['--latency', String(latencyMs), '--rate-limit', String(SERVER_LIMIT), '--seed', String(latencyMs)];
  return { ...(await startTenant(bench, entries, options)), latencyMs };
}

async function follow(bench: Bench, tenant: LimitedTenant, minutes: number): Promise<PaceRun> {
  const { script, args, env } = connectorInputs(bench, tenant.tenant, tenant.caFile);
  const connector = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exited = once(connector, 'close');
  const records = new RecordCounter();
  connector.stdout.setEncoding('latin1').on('data', (text: string) => {
    records.add(text);
  });
  try {
    const beforeFirst = await untilFirstRequest(tenant);
    await sleep(beforeFirst + minutes * 60_000 - performance.now());
    const stats = await statsOf(tenant);
    if (connector.exitCode !== null) throw new Error('the connector ended before the time was over');
    return { ...seenBy(stats), latencyMs: tenant.latencyMs, minutes, records: records.count };
  } finally {
    connector.kill('SIGTERM');
    await exited;
  }
}

/** The latest time at which it was seen that there was none yet, in ms: a count from then on covers no ms too many. */
async function untilFirstRequest(tenant: BenchTenant): Promise<number> {
  for (let latest = performance.now(); ;) {
    const asked = performance.now();
    if ((await statsOf(tenant)).requests > 0) return latest;
    latest = asked;
    await sleep(POLL_MS);
  }
}

function seenBy(stats: TenantStats): Pick<PaceRun, 'requests' | 'mostInAnyMinute' | 'refused'> {
  return {
    requests: stats.requests,
    mostInAnyMinute: stats.max_requests_in_any_minute,
    refused: stats.statuses['429'] ?? 0,
  };
}

/** Counts the RECORDs in an output that comes in pieces. */
class RecordCounter {
  count = 0;
  #rest = '';

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{"type":"RECORD"')) this.count += 1;
  }
}

function resultOf(runs: readonly PaceRun[]): PartResult {
  const perMinute = ({ requests, minutes }: PaceRun): number => requests / minutes;
  const least = OWN_LIMIT * LEAST_SHARE;
  return {
    findings: runs.flatMap((run) => [
      {
        what: `Requests a minute, answers in ${run.latencyMs} ms`,
        measured: `${perMinute(run).toFixed(1)} (${count(run.records / run.minutes / 60)} records/s)`,
        required: `>= ${least}`,
        met: perMinute(run) >= least,
      },
      {
        what: `Most requests in any 60 s, answers in ${run.latencyMs} ms`,
        measured: String(run.mostInAnyMinute),
        required: `<= ${OWN_LIMIT}`,
        met: run.mostInAnyMinute <= OWN_LIMIT,
      },
      {
        what: `Answers with 429, answers in ${run.latencyMs} ms`,
        measured: String(run.refused),
        required: '0',
        met: run.refused === 0,
      },
    ]),
    charts: [
      {
        title: 'Requests a minute under a rate limit',
        note: `limit of Tines ${SERVER_LIMIT}, default setting ${OWN_LIMIT}, ${runs[0]?.minutes ?? 0} minutes`,
        bars: runs.map((run) => ({
          label: `answers in ${run.latencyMs} ms`,
          value: perMinute(run),
          text: perMinute(run).toFixed(0),
          tone: 'connector' as const,
        })),
        line: { value: SERVER_LIMIT, label: 'limit' },
      },
    ],
    figures: {
      runs: runs.map((run) => ({
        latency_ms: run.latencyMs,
        minutes: run.minutes,
        requests: run.requests,
        requests_per_minute: Math.round(perMinute(run) * 10) / 10,
        most_requests_in_any_minute: run.mostInAnyMinute,
        answers_429: run.refused,
        records_per_second: Math.round(run.records / run.minutes / 60),
      })),
    },
  };
}
