import { entriesAt, generateEntries } from '../../../simulated-tenant/entry-generator';
import { type SimulatedTenant, type SimulatedTenantOptions } from '../../../simulated-tenant/simulated-tenant';
import type { TenantEntry } from '../../../simulated-tenant/tenant-entry';
import { AUDIT_LOGS_PATH, type Fault } from '../../../simulated-tenant/tenant-faults';
import { STANDARD_SIZES } from '../../../src/audit-logs/windows';
import { backfillStart } from '../connector-inputs';
import { count } from '../statistics';
import type { Sync, SyncOptions } from './sync';
import type { Tally } from './tally';

/** What a program goes through, with a tenant of its own. */
export interface Stage {
  readonly tenant: SimulatedTenant;
  /** One sync of the program. */
  readonly sync: (options?: SyncOptions) => Promise<Sync>;
}

/** What has come of it. */
export interface Outcome {
  readonly syncs: readonly Sync[];
  /** The ids of the entries that these syncs had to bring. */
  readonly expected: readonly string[];
}

/** A situation in which entries can get lost, come twice or out of order. */
export interface Situation {
  readonly name: string;
  /** What happens, and what is by design. */
  readonly about: string;
  readonly tenant: () => SimulatedTenantOptions;
  readonly play: (stage: Stage) => Promise<Outcome>;
  /** What the connector may repeat; nothing unless given. */
  readonly mayRepeat?: number;
}

/** What the connector must reach. */
export const allowed = ({ mayRepeat = 0 }: Situation): Tally => ({ lost: 0, repeated: mayRepeat, outOfOrder: 0 });

const MINUTE = 60_000;
/** How long both may take with a server that leaves a request without a response. */
const LIMIT_MS = 60_000;
const LIMIT = `Both are stopped after ${LIMIT_MS / 1000} s.`;
/** Entries between two STATEs of the connector, at most. */
const WINDOW = 2 * STANDARD_SIZES.pages * STANDARD_SIZES.perPage;

/** Entries from the start of the backfill to an hour ago. */
function pastEntries(count: number): TenantEntry[] {
  return generateEntries({ seed: 7, count, from: Date.parse(backfillStart), to: Date.now() - 60 * MINUTE });
}

/** Entries of the last minutes, up to some seconds ago. */
function recentEntries(count: number, minutes: number): TenantEntry[] {
  const [from, to] = [Date.now() - minutes * MINUTE, Date.now() - 5000];
  return generateEntries({ seed: 5, count, from, to, firstId: 50_000_001 });
}

const idsOf = (entries: readonly TenantEntry[]): string[] => entries.map(({ id }) => String(id));

/** One sync of all that the tenant has when it begins. */
async function backfill({ tenant, sync }: Stage, options?: SyncOptions): Promise<Outcome> {
  const expected = idsOf(tenant.model.visibleEntries());
  return { syncs: [await sync(options)], expected };
}

const plain: Situation = {
  name: 'a backfill',
  about: 'Nothing goes wrong.',
  tenant: () => ({ entries: pastEntries(20_000) }),
  play: backfill,
};

const laterSyncs: Situation = {
  name: 'three syncs',
  about:
    'Before the second one, 7 entries are added, 5 late ones dated five minutes back, and 3 in the very second of the last one delivered; before the third one, nothing. The manifest repeats by its design: each sync reads its lookback of ten minutes again and delivers it again, since it keeps no ids.',
  tenant: () => ({ entries: [...pastEntries(4000), ...recentEntries(400, 9)] }),
  play: async ({ tenant, sync }) => {
    const first = await sync();
    addTies(tenant, 3);
    tenant.addEntries(7);
    tenant.addEntries(5, { ageMs: 5 * MINUTE });
    const second = await sync({ from: first.state });
    const third = await sync({ from: second.state });
    return { syncs: [first, second, third], expected: idsOf(tenant.model.visibleEntries()) };
  },
};

/** Adds entries with the printed time of the newest one. */
function addTies(tenant: SimulatedTenant, count: number): void {
  const second = Math.floor((tenant.model.visibleEntries().at(-1)?.at ?? 0) / 1000) * 1000;
  const times = Array.from({ length: count }, (_, index) => second + 990 + index);
  const ids = tenant.model.unusedIds(Infinity, count);
  tenant.model.add(entriesAt({ seed: 11, times, ids, visibleAt: tenant.now() }));
}

const shiftedPages: Situation = {
  name: 'pages that shift',
  about:
    'While the sync goes on, each of its first 12 requests sees 5 more entries in the past. Those that were there before have to come; the new ones are older than either lookback.',
  tenant: () => ({ entries: pastEntries(9000), latencyMs: 20 }),
  play: async ({ tenant, sync }) => {
    const [count, batch] = [60, 5];
    const late = generateEntries({
      seed: 3,
      count,
      firstId: 90_000_001,
      from: Date.parse(backfillStart) + 60 * MINUTE,
      to: Date.now() - 120 * MINUTE,
    });
    let given = 0;
    tenant.settings.beforeResponse = ({ path }) => {
      if (path !== AUDIT_LOGS_PATH || given === count) return;
      given += batch;
      tenant.model.add(late.slice(given - batch, given));
    };
    return backfill({ tenant, sync });
  },
};

const shiftedLookback: Situation = {
  name: 'pages that shift in the lookback',
  about:
    'Each of the first 20 requests sees 3 more entries, up to seven minutes old; a second sync follows. What the manifest repeats is mostly its lookback.',
  tenant: () => ({ entries: [...pastEntries(4000), ...recentEntries(1500, 8)], latencyMs: 10 }),
  play: async ({ tenant, sync }) => {
    let batches = 0;
    tenant.settings.beforeResponse = ({ number }) => {
      if (batches < 20) tenant.addEntries(3, { ageMs: (number % 8) * MINUTE });
      batches += 1;
    };
    const first = await sync();
    tenant.settings.beforeResponse = undefined;
    const second = await sync({ from: first.state });
    return { syncs: [first, second], expected: idsOf(tenant.model.visibleEntries()) };
  },
};

const cappedPages: Situation = {
  name: 'pages of 100',
  about: 'The server gives 100 entries a page, whatever is asked for.',
  tenant: () => ({ entries: pastEntries(6000), maxPerPage: 100 }),
  play: backfill,
};

const olderServer: Situation = {
  name: 'no next_page_number',
  about: "An older server: its responses hold the next page's URL, but not its number.",
  tenant: () => ({ entries: pastEntries(6000), meta: { nextPageNumber: false } }),
  play: backfill,
};

const faults: Situation = {
  name: 'faults',
  about: 'One response in three is a 429, a 500, a 503, a reset, a reset in the body, or JSON that is cut off.',
  tenant: () => ({ entries: pastEntries(9000), faultFor: everyThird(spoiled) }),
  play: backfill,
};

const spoiled: readonly Fault[] = [
  { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'cut_json' },
  { kind: 'reset' },
  { kind: 'status', status: 500 },
  { kind: 'reset_in_body', afterBytes: 100_000 },
  { kind: 'status', status: 503 },
];

function everyThird(choices: readonly Fault[]): (number: number) => Fault | undefined {
  return (number) => (number % 3 === 0 ? choices[(number / 3) % choices.length] : undefined);
}

const hang: Situation = {
  name: 'a hang',
  about: `One request never gets a response. ${LIMIT}`,
  tenant: () => ({ entries: pastEntries(9000), faultFor: (number) => (number === 6 ? { kind: 'hang' } : undefined) }),
  play: (stage) => backfill(stage, { limitMs: LIMIT_MS }),
};

const drip: Situation = {
  name: 'an endless response',
  about: `One response is a blank every second, for ever. ${LIMIT} The manifest's limit is for a silence: a manifest can't set one for the whole response. What had not come by then is counted here; a sync after the stop would bring it.`,
  tenant: () => ({
    entries: pastEntries(9000),
    faultFor: (number) => (number === 6 ? { kind: 'drip', everyMs: 1000 } : undefined),
  }),
  play: (stage) => backfill(stage, { limitMs: LIMIT_MS }),
};

const killed: Situation = {
  name: 'SIGKILL in the middle',
  about: `SIGKILL after 15,000 of 30,000 records; the next sync goes on from the last STATE that reached the reader. What came after that STATE comes again, with both: the connector writes one for at most ${count(WINDOW)} entries, the manifest one for a slice.`,
  tenant: () => ({ entries: pastEntries(30_000) }),
  play: async ({ tenant, sync }) => {
    const first = await sync({ killAfter: 15_000 });
    const second = await sync({ from: first.state });
    return { syncs: [first, second], expected: idsOf(tenant.model.visibleEntries()) };
  },
  mayRepeat: WINDOW,
};

/** All, in the order of the table. */
export const situations: readonly Situation[] = [
  ...[plain, laterSyncs, shiftedPages, shiftedLookback, cappedPages, olderServer, faults, hang, drip, killed],
];
