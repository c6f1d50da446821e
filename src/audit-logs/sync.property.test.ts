import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RangeEdge } from '../../simulated-tenant/page-query';
import { entryOf, type TenantEntry } from '../../simulated-tenant/tenant-entry';
import { TenantModel, type TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { simulateSync, type Happening } from '../testing/simulated-sync';
import { VirtualClock } from '../testing/virtual-clock';

/*
 * The law: an entry that was visible before a sync began, in the range it is asked for, is delivered by the end of that
 * sync; and no entry is delivered twice. A killed run counts as far as its last STATE that reached the reader.
 */

const START = Date.parse('2026-03-02T12:00:00.400Z');
const SECOND = 1000;
const LOOKBACK_MINUTES = 10;
const LOOKBACK = LOOKBACK_MINUTES * 60 * SECOND;
const FIRST = START - 40 * 24 * 3600 * SECOND;
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 150);

interface Insertion {
  /** How far back from its appearance it is dated, in ms. */
  readonly late: number;
  readonly count: number;
}

/** Tines forgets what is older, as it does after two years. */
interface Purge {
  /** How far back from now, in ms. */
  readonly olderThan: number;
}

type Event = 'reset' | 'cut' | 'error' | 'limit' | Insertion | Purge;

interface SyncPlan {
  /** What happens at which request of the sync. */
  readonly happenings: ReadonlyMap<number, Event>;
  /** Added before it. */
  readonly before: readonly Insertion[];
  /** Time that passes before it, in ms. */
  readonly pause: number;
  /** How much of its output reaches the reader, 1: all. */
  readonly reaches: number;
  readonly lookbackMinutes: number;
  readonly workers: number;
}

interface World {
  readonly entries: readonly TenantEntry[];
  readonly server: TenantModelOptions;
  readonly syncs: readonly SyncPlan[];
}

const entryAt = (id: number, at: number, uuid: boolean): TenantEntry =>
  uuid
    ? entryOf({ id: `0000-${(id * 7919) % 1000}-${id}`, timestamp: new Date(at).toISOString() }, { at })
    : entryOf({ id, created_at: `${new Date(at).toISOString().slice(0, 19)}Z`, inputs: null }, { at });

/** Gaps of all sizes, ties, and now and then a second full of entries. */
const timesArbitrary = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ gap: fc.integer({ min: 0, max: 900 }), repeat: fc.constant(1) }) },
      { weight: 4, arbitrary: fc.record({ gap: fc.integer({ min: 0, max: 3_600_000 }), repeat: fc.constant(1) }) },
      { weight: 2, arbitrary: fc.record({ gap: fc.integer({ min: 0, max: 500_000_000 }), repeat: fc.constant(1) }) },
      {
        weight: 1,
        arbitrary: fc.record({ gap: fc.integer({ min: 0, max: 5_000 }), repeat: fc.integer({ min: 2, max: 45 }) }),
      },
    ),
    { maxLength: 90 },
  )
  .map((steps) => {
    // Backwards from now, so that what is recent is part of every tenant.
    let at = START - 1;
    return steps
      .flatMap(({ gap, repeat }) => {
        at = Math.max(FIRST + 1, at - gap);
        return Array.from({ length: repeat }, () => at);
      })
      .reverse();
  });

const edge = fc.constantFrom<RangeEdge>('exact_exclusive', 'exact_inclusive', 'second_exclusive', 'second_inclusive');

const insertion: fc.Arbitrary<Insertion> = fc.record({
  late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: LOOKBACK - 120 * SECOND })),
  count: fc.integer({ min: 1, max: 6 }),
});

const fault = fc.constantFrom<Event>('reset', 'cut', 'error', 'limit');
const purge: fc.Arbitrary<Purge> = fc.record({
  olderThan: fc.integer({ min: LOOKBACK, max: 20 * 24 * 3600 * SECOND }),
});

const planOf = (event: fc.Arbitrary<Event>): fc.Arbitrary<SyncPlan> =>
  fc.record({
    happenings: fc
      .array(fc.tuple(fc.integer({ min: 1, max: 40 }), event), { maxLength: 5 })
      .map((pairs) => new Map(pairs)),
    before: fc.array(insertion, { maxLength: 3 }),
    pause: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3 * LOOKBACK })),
    reaches: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
    lookbackMinutes: fc.constantFrom(LOOKBACK_MINUTES, LOOKBACK_MINUTES, 60, 600),
    workers: fc.constantFrom(1, 3, 10),
  });

const usual = planOf(fc.oneof(fault, insertion));

function worldOf(server: fc.Arbitrary<TenantModelOptions>, plan = usual): fc.Arbitrary<World> {
  return fc
    .record({
      times: timesArbitrary,
      uuid: fc.boolean(),
      server,
      edges: fc.tuple(edge, edge),
      syncs: fc.array(plan, { minLength: 1, maxLength: 5 }),
    })
    .map(({ times, uuid, server: options, edges: [afterEdge, beforeEdge], syncs }) => ({
      entries: times.map((at, index) => entryAt(index + 1, at, uuid)),
      server: { ...options, afterEdge, beforeEdge },
      syncs,
    }));
}

/** Runs the syncs of a world one after the other and checks the law after each. */
class Story {
  readonly clock = new VirtualClock(START);
  readonly model: TenantModel;
  private state: JsonObject | undefined;
  private readonly delivered = new Set<string>();
  /** Ids that Tines has forgotten. */
  private readonly purged = new Set<string>();
  private nextId = 100_000;
  private readonly uuid: boolean;
  private replica: boolean;
  private warnedOfMissing = false;

  constructor(private readonly world: World) {
    this.model = new TenantModel({ ...world.server, entries: world.entries, now: () => this.clock.now() });
    this.replica = world.server.replica !== undefined;
    this.uuid = typeof world.entries[0]?.id === 'string';
  }

  async play(): Promise<void> {
    for (const sync of this.world.syncs) await this.sync(sync);
    // Whatever was killed, or behind: one more sync that nothing disturbs brings everything.
    this.model.settings.replica = undefined;
    this.replica = false;
    await this.sync({
      happenings: new Map(),
      before: [],
      pause: 1,
      reaches: 1,
      lookbackMinutes: LOOKBACK_MINUTES,
      workers: 10,
    });
    const never = this.model.visibleEntries().filter(({ id }) => !this.delivered.has(String(id)));
    // Replicas that are behind at the worst moments again and again: then the log has said that something is missing.
    if (!this.warnedOfMissing) expect(never).toEqual([]);
  }

  private async sync(plan: SyncPlan): Promise<void> {
    this.clock.advance(plan.pause);
    plan.before.forEach((given) => {
      this.insert(given);
    });
    const visible = this.model.visibleEntries().map((entry) => ({ id: String(entry.id), at: entry.at }));
    const recentFrom = this.state?.['recent_from'];
    const from = typeof recentFrom === 'string' ? Date.parse(recentFrom) : FIRST;
    const run = await simulateSync({
      model: this.model,
      clock: this.clock,
      state: this.state,
      sizes: { perPage: 5, windowEntries: 20, windowBytes: 10_000, windowsOpen: 3 },
      config: {
        backfill_start_time: new Date(FIRST).toISOString(),
        lookback_window_minutes: plan.lookbackMinutes,
        num_workers: plan.workers,
      },
      happens: (request) => this.happening(plan.happenings.get(request)),
    });
    expect(run.errors).toEqual([]);
    expect(run.exitCode).toBe(0);
    this.checkOrder(run, plan);
    this.warnedOfMissing ||= this.replica && run.logs.some(({ message }) => /^Tines counts \d+ more/.test(message));
    this.take(run, plan.reaches);
    // What a replica that is behind doesn't show is not visible: the sync after it has caught up brings that.
    if (plan.reaches < 1 || this.replica) return;
    const missing = visible.filter(
      ({ id, at }) => Math.floor(at / SECOND) * SECOND >= from && !this.delivered.has(id) && !this.purged.has(id),
    );
    expect(missing).toEqual([]);
  }

  private happening(what: Event | undefined): Happening | undefined {
    switch (what) {
      case undefined:
        return undefined;
      case 'reset':
      case 'cut':
        return { kind: what };
      case 'error':
        return { kind: 'status', status: 502 };
      case 'limit':
        return { kind: 'status', status: 429, retryAfter: '2' };
      default:
        return {
          kind: 'change',
          change: () => {
            if ('olderThan' in what) this.purge(what);
            else this.insert(what);
          },
        };
    }
  }

  private insert({ late, count }: Insertion): void {
    const at = this.clock.now() - late;
    this.model.add(Array.from({ length: count }, () => entryAt(this.nextId++, at, this.uuid)));
  }

  private purge({ olderThan }: Purge): void {
    const before = this.clock.now() - olderThan;
    for (const { id, at } of this.model.visibleEntries()) if (at < before) this.purged.add(String(id));
    this.model.purgeOlderThan(before);
  }

  /** Records up to the last STATE that reached the reader are delivered, those after it are taken back. */
  private take(run: SourceRun, reaches: number): void {
    const reached = run.messages.slice(0, Math.floor(run.messages.length * reaches));
    const lastState = reached.findLastIndex(({ type }) => type === 'STATE');
    for (const message of reached.slice(0, lastState + 1)) {
      if (message.type === 'STATE') this.state = message.state.stream.stream_state;
      if (message.type !== 'RECORD') continue;
      const id = String(message.record.data['id']);
      expect(this.delivered.has(id)).toBe(false);
      this.delivered.add(id);
    }
  }

  private checkOrder(run: SourceRun, plan: SyncPlan): void {
    const inserted = [...plan.happenings.values()].some((what) => typeof what === 'object' && 'late' in what);
    // What appears in a second while that is being streamed comes last.
    if (inserted && run.logs.some(({ message }) => message.includes('delivered page by page'))) return;
    const times = run.records.map(({ data }) => String(data['timestamp']));
    expect(times).toEqual(times.toSorted());
  }
}

async function holdsFor(server: fc.Arbitrary<TenantModelOptions>, plan = usual): Promise<void> {
  await fc.assert(
    fc.asyncProperty(worldOf(server, plan), (world) => new Story(world).play()),
    { numRuns: RUNS },
  );
}

const caps = fc.constantFrom(500, 500, 3, 1);

describe('nothing lost, nothing twice, ascending', () => {
  test('with a server that counts', async () => {
    await holdsFor(fc.record({ maxPerPage: caps }));
  }, 120_000);

  test('with a server that does not count', async () => {
    await holdsFor(
      fc.record({
        maxPerPage: caps,
        meta: fc.constantFrom(
          { present: false },
          { count: false, pages: false },
          { count: false, pages: false, nextPageNumber: false },
        ),
      }),
    );
  }, 120_000);

  test('with a server whose count lags behind or is too high', async () => {
    await holdsFor(
      fc.record({
        maxPerPage: caps,
        count: fc.constantFrom(-40, -5, -2, -1, 1, 3, 50).map((by) => ({ kind: 'offset' as const, by })),
      }),
    );
  }, 120_000);

  test('with a server whose count is another on each page', async () => {
    await holdsFor(
      fc.record({
        maxPerPage: caps,
        count: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 7 }).map((offsets) => ({
          kind: 'offset' as const,
          by: (requestNumber: number) => offsets[requestNumber % offsets.length] ?? 0,
        })),
      }),
    );
  }, 120_000);

  test('with a server that shows the oldest first', async () => {
    await holdsFor(fc.record({ maxPerPage: caps, order: fc.constant('oldest_first' as const) }));
  }, 120_000);

  test('with a server that sends larger pages than asked for', async () => {
    await holdsFor(fc.record({ pageSizeAtLeast: fc.constantFrom(7, 50) }));
  }, 120_000);

  test('while Tines forgets what is old', async () => {
    const servers = fc.record({
      maxPerPage: caps,
      order: fc.constantFrom('newest_first' as const, 'oldest_first' as const),
    });
    await holdsFor(servers, planOf(fc.oneof(fault, insertion, purge)));
  }, 120_000);

  test('with replicas that are behind', async () => {
    const serves = fc
      .array(fc.boolean(), { minLength: 2, maxLength: 9 })
      .map((turns) => (answer: number) => turns[answer % turns.length] === true);
    await holdsFor(
      fc.record({
        maxPerPage: caps,
        replica: fc.record({ lagMs: fc.integer({ min: 1, max: 60_000 }), serves }),
      }),
    );
  }, 120_000);
});
