import { parseArgs } from 'node:util';
import { generateEntries } from './entry-generator';
import type { SimulatedTenant, SimulatedTenantOptions } from './simulated-tenant';
import { rowOrders } from './page-content';
import { entryOf } from './tenant-entry';
import { type Fault, firstOf, nextRequests, scattered, tooManyRequests } from './tenant-faults';

/** What the command line asks for. */
export interface TenantArguments {
  /** All a tenant needs to start, its entries included. */
  readonly options: SimulatedTenantOptions;
  /** Where to write the certificate, PEM. */
  readonly caFile: string | undefined;
}

/** The usage text of the program. */
export const USAGE = `Usage: simulated-tenant [options]
  --entries N          entries to start with (0)
  --from T, --to T     their time, ISO 8601 (the last 30 days)
  --seed N             another number, other entries (1)
  --shape S            created_at | timestamp (created_at)
  --spread S           even | office_hours (even)
  --first-id N         the lowest id
  --latency MS         how long every answer takes (0)
  --rate-limit N       audit log requests a minute (no limit)
  --retry-after F      seconds | date | none (seconds)
  --max-per-page N     the largest per_page (500)
  --clock-offset MS    how far the server's clock is ahead (0)
  --api-key KEY        the key that is accepted
  --port N             on 127.0.0.1 (a free one)
  --ca-file FILE       where to write the certificate, PEM
  --order O            newest_first | highest_id_first | oldest_first | shuffled | shuffled_seconds (newest_first)
  --count C            true | none | frozen | page_rows | offset:N | capped:N | stale:MS (true)
  --past-end P         what a page behind the last is: empty | last_page | first_page | a status such as 404 (empty)
  --depth-limit N:A    rows from N on (0 is the newest) are answered A: empty | a status
  --heavy-range N:S    ranges of more than N rows are answered with status S
  --heavy-page N:S     pages of more than N rows are answered with status S
  --replica-lag MS     every other answer comes from a replica that is so far behind
  --store-lag MS       every entry becomes visible so much later
  --date-skew MS       how far the Date header alone is ahead (0)
  --entry-bytes N      entries are filled up to so many bytes
  --timestamp-delta A:B  entries have both times, timestamp A to B ms after created_at
  --scattered-429 P    P per cent of the requests are answered with 429 and Retry-After: 1
  --warm               write all entries' JSON before the start, so that answers cost the same from the first on
Then a JSON line on stdin for each command: {"command":"add","count":5}, {"command":"add_late","count":5,"minutes":30},
{"command":"add_text","text":"the JSON of an entry, which is shown as it is"},
{"command":"fault","fault":{"kind":"status","status":503}}, {"command":"stats"}, {"command":"stop"}.
`;

const names = [
  'entries',
  'from',
  'to',
  'seed',
  'shape',
  'spread',
  'first-id',
  'latency',
  'rate-limit',
  'retry-after',
  'max-per-page',
  'clock-offset',
  'api-key',
  'port',
  'ca-file',
  'order',
  'count',
  'past-end',
  'depth-limit',
  'heavy-range',
  'heavy-page',
  'replica-lag',
  'store-lag',
  'date-skew',
  'timestamp-delta',
  'scattered-429',
  'entry-bytes',
] as const;

/** Reads the command line and makes the entries. `now`: epoch ms. Throws Error with what is wrong with it. */
export function readTenantArguments(argv: readonly string[], now: number): TenantArguments {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...argv], options: { ...options, warm: { type: 'boolean' } } });
  const given = values as Partial<Record<string, string>>;
  const number = (name: string): number | undefined => numberOf(name, given[name]);
  const to = timeOf('to', given['to']) ?? now;
  const shape = oneOf('shape', given['shape'], ['created_at', 'timestamp'] as const);
  const entries = generateEntries({
    seed: number('seed') ?? 1,
    count: number('entries') ?? 0,
    from: timeOf('from', given['from']) ?? to - 30 * 86_400_000,
    to,
    shape,
    spread: oneOf('spread', given['spread'], ['even', 'office_hours'] as const),
    firstId: number('first-id'),
    timestampDelta: rangeOf('timestamp-delta', given['timestamp-delta']),
    bytes: number('entry-bytes'),
  });
  if ('warm' in values) entries.forEach(({ text }) => text);
  const server: SimulatedTenantOptions = {
    entries,
    port: number('port'),
    clockOffsetMs: number('clock-offset') ?? 0,
    latencyMs: number('latency') ?? 0,
    requestsPerMinute: number('rate-limit') ?? Infinity,
    retryAfter: oneOf('retry-after', given['retry-after'], ['seconds', 'date', 'none'] as const) ?? 'seconds',
    maxPerPage: number('max-per-page') ?? 500,
    ...(given['api-key'] === undefined ? {} : { apiKey: given['api-key'] }),
    addedShape: shape,
    ...variantOf(given),
  };
  return { options: server, caFile: given['ca-file'] };
}

/** How the server differs from a well-behaved one. */
function variantOf(given: Partial<Record<string, string>>): SimulatedTenantOptions {
  const replicaLag = numberOf('replica-lag', given['replica-lag']);
  const share = numberOf('scattered-429', given['scattered-429']);
  return {
    order: oneOf('order', given['order'], rowOrders),
    ...countOf(given['count']),
    pastEnd: nameOrStatus('past-end', given['past-end'], ['empty', 'last_page', 'first_page'] as const),
    depthLimit: limitOf('depth-limit', given['depth-limit'], ['empty'] as const),
    heavyRange: limitOf('heavy-range', given['heavy-range'], []),
    heavyPage: limitOf('heavy-page', given['heavy-page'], []),
    replica: replicaLag === undefined ? undefined : { lagMs: replicaLag },
    storeLagMs: numberOf('store-lag', given['store-lag']),
    dateSkewMs: numberOf('date-skew', given['date-skew']),
    faultFor: share === undefined ? undefined : scattered(tooManyRequests('1'), { share: share / 100, seed: 1 }),
  };
}

function countOf(text: string | undefined): Pick<SimulatedTenantOptions, 'count' | 'meta'> {
  const [kind = '', number] = (text ?? 'true').split(':');
  const value = (): number => numberOf('count', number ?? '') ?? 0;
  switch (kind) {
    case 'none':
      return { meta: { count: false } };
    case 'true':
    case 'frozen':
    case 'page_rows':
      return { count: { kind } };
    case 'offset':
      return { count: { kind, by: value() } };
    case 'capped':
      return { count: { kind, at: value() } };
    case 'stale':
      return { count: { kind, ageMs: value() } };
    default:
      throw new Error(`--count is one of those in the usage text, not "${text ?? ''}"`);
  }
}

function limitOf<Name extends string>(
  name: string,
  text: string | undefined,
  names: readonly Name[],
): { rows: number; response: Name | number } | undefined {
  const [rows, response] = text?.split(':') ?? [];
  if (rows === undefined) return undefined;
  return { rows: numberOf(name, rows) ?? 0, response: nameOrStatus(name, response ?? '', names) ?? 500 };
}

function rangeOf(name: string, text: string | undefined): { from: number; to: number } | undefined {
  const [from, to] = text?.split(':') ?? [];
  if (from === undefined) return undefined;
  return { from: numberOf(name, from) ?? 0, to: numberOf(name, to ?? '') ?? 0 };
}

function nameOrStatus<Name extends string>(
  name: string,
  text: string | undefined,
  names: readonly Name[],
): Name | number | undefined {
  return names.find((known) => known === text) ?? numberOf(name, text);
}

/**
 * Does what a JSON line asks a running tenant for, and returns the response to print. An unknown or unreadable command is
 * answered with `error`. `stop` stops the tenant before it is answered.
 */
export async function obeyCommand(tenant: SimulatedTenant, line: string): Promise<Record<string, unknown>> {
  try {
    const command = JSON.parse(line) as Record<string, unknown>;
    return await perform(tenant, command);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function perform(tenant: SimulatedTenant, command: Record<string, unknown>): Promise<Record<string, unknown>> {
  const name = command['command'];
  switch (name) {
    case 'add':
      return added(tenant, count(command['count']), 0);
    case 'add_late':
      return added(tenant, count(command['count']), count(command['minutes']) * 60_000);
    case 'add_text':
      return addedText(tenant, String(command['text']));
    case 'fault':
      tenant.settings.faultFor = firstOf(tenant.settings.faultFor, nextRequests(command['fault'] as Fault));
      return { fault: command['fault'] };
    case 'stats':
      return tenantStats(tenant);
    case 'stop':
      await tenant.stop();
      return { stopped: true };
    default:
      throw new Error(`unknown command: ${JSON.stringify(name)}`);
  }
}

function added(tenant: SimulatedTenant, number: number, ageMs: number): Record<string, unknown> {
  return { added: tenant.addEntries(number, { ageMs }).map(({ id }) => id) };
}

function addedText(tenant: SimulatedTenant, text: string): Record<string, unknown> {
  const entry = entryOf(JSON.parse(text) as Record<string, unknown>, { text });
  tenant.model.add([entry]);
  return { added: [entry.id] };
}

/** Numbers of entries and requests, times in ms, memory in bytes. */
function tenantStats(tenant: SimulatedTenant): Record<string, unknown> {
  const cpu = process.cpuUsage();
  return {
    entries: tenant.model.visibleEntries().length,
    pending: tenant.model.pendingCount,
    requests: tenant.requests.length,
    statuses: tenant.countsByStatus(),
    max_requests_in_any_minute: tenant.maxRequestsInAnyMinute(),
    max_requests_in_flight: tenant.maxRequestsInFlight(),
    cpu_ms: Math.round((cpu.user + cpu.system) / 1000),
    rss_bytes: process.memoryUsage.rss(),
  };
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`a number from 0 on is needed, not ${JSON.stringify(value)}`);
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new Error(`--${name} needs a whole number, not "${text}"`);
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new Error(`--${name} needs a time such as 2025-01-31T00:00:00Z, not "${text}"`);
  return at;
}

function oneOf<Choice extends string>(
  name: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw new Error(`--${name} is one of ${choices.join(', ')}, not "${text}"`);
  return choice;
}
