import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTenant, statsOf, type BenchTenant, type TenantStats } from './bench-tenant';
import { connectorInputs } from './connector-inputs';
import type { Bench, Part, PartResult } from './part';
import { count } from './statistics';

/** How long the tenants take to respond, in ms, and the share of their responses that are 429 with `Retry-After: 1`, in per cent. */
const TENANTS = [
  { latencyMs: 150, refusedPerCent: 0 },
  { latencyMs: 600, refusedPerCent: 0 },
  { latencyMs: 150, refusedPerCent: 5 },
] as const;
/** What scattered 429s must leave of what their waits alone leave. */
const LEAST_SHARE_BESIDE_WAITS = 0.8;
/** What the tenants enforce, and what the connector uses of it by default: requests in any 60 s. */
const SERVER_LIMIT = 1000;
const OWN_LIMIT = 950;
/** What it must reach of its own limit. */
const LEAST_SHARE = 0.95;
const MINUTES = 3;
const PER_PAGE = 500;
const POLL_MS = 20;

interface PaceRun extends TenantKind {
  readonly minutes: number;
  /** Audit log requests that the tenant saw within the time. */
  readonly requests: number;
  readonly mostInAnyMinute: number;
  readonly refused: number;
  readonly records: number;
}

/** Requests a minute under a rate limit, with default settings, all tenants at the same time: mostly they wait. */
export const pace: Part = {
  letter: 'b',
  name: 'pace',
  run: async (bench) => {
    const minutes = bench.quick ? 1 : MINUTES;
    bench.say(`pace: ${TENANTS.length} tenants, ${SERVER_LIMIT} requests a minute, ${minutes} min`);
    const tenants: LimitedTenant[] = [];
    try {
      for (const kind of TENANTS) tenants.push(await startLimited(bench, kind, minutes));
      return resultOf(await Promise.all(tenants.map((tenant) => follow(bench, tenant, minutes))));
    } finally {
      await Promise.all(tenants.map(({ tenant }) => tenant.stop()));
    }
  },
};

interface TenantKind {
  readonly latencyMs: number;
  readonly refusedPerCent: number;
}

interface LimitedTenant extends BenchTenant, TenantKind {}

async function startLimited(bench: Bench, kind: TenantKind, minutes: number): Promise<LimitedTenant> {
  const { latencyMs, refusedPerCent } = kind;
  // A few more pages than there can be requests.
  const entries = Math.ceil(minutes * OWN_LIMIT * 1.05) * PER_PAGE;
  const options = ['--latency', String(latencyMs), '--rate-limit', String(SERVER_LIMIT), '--seed', String(latencyMs)];
  const refusals = refusedPerCent === 0 ? [] : ['--scattered-429', String(refusedPerCent)];
  return { ...(await startTenant(bench, entries, [...options, ...refusals])), ...kind };
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
    return {
      ...seenBy(stats),
      latencyMs: tenant.latencyMs,
      refusedPerCent: tenant.refusedPerCent,
      minutes,
      records: records.count,
    };
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

/** Where every 429 costs the second that it asks for, a request takes that share of a second longer. */
function leastOf({ refusedPerCent }: TenantKind): number {
  if (refusedPerCent === 0) return OWN_LIMIT * LEAST_SHARE;
  return LEAST_SHARE_BESIDE_WAITS * (60 / (60 / OWN_LIMIT + refusedPerCent / 100));
}

function titleOf({ latencyMs, refusedPerCent }: TenantKind): string {
  return `responses in ${latencyMs} ms${refusedPerCent === 0 ? '' : `, ${refusedPerCent} % of them 429`}`;
}

function resultOf(runs: readonly PaceRun[]): PartResult {
  const perMinute = ({ requests, minutes }: PaceRun): number => requests / minutes;
  return {
    findings: runs.flatMap((run) => [
      {
        what: `Requests a minute, ${titleOf(run)}`,
        measured: `${perMinute(run).toFixed(1)} (${count(run.records / run.minutes / 60)} records/s)`,
        required: `>= ${leastOf(run).toFixed(1)}`,
        met: perMinute(run) >= leastOf(run),
      },
      {
        what: `Most requests in any 60 s, ${titleOf(run)}`,
        measured: String(run.mostInAnyMinute),
        required: `<= ${OWN_LIMIT}`,
        met: run.mostInAnyMinute <= OWN_LIMIT,
      },
      {
        what: `Responses with 429, ${titleOf(run)}`,
        measured: String(run.refused),
        required: run.refusedPerCent === 0 ? '0' : '',
        met: run.refusedPerCent > 0 || run.refused === 0,
      },
    ]),
    charts: [
      {
        title: 'Requests a minute under a rate limit',
        note: `limit of Tines ${SERVER_LIMIT}, default setting ${OWN_LIMIT}, ${runs[0]?.minutes ?? 0} minutes`,
        bars: runs.map((run) => ({
          label: titleOf(run),
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
        scattered_429_percent: run.refusedPerCent,
        minutes: run.minutes,
        requests: run.requests,
        requests_per_minute: Math.round(perMinute(run) * 10) / 10,
        most_requests_in_any_minute: run.mostInAnyMinute,
        responses_429: run.refused,
        records_per_second: Math.round(run.records / run.minutes / 60),
      })),
    },
  };
}
