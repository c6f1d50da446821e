import type { AirbyteMessage, JsonObject } from '@airbyte/cdk-typescript-compat';
import { VirtualClock, type SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { TenantModel } from '../../simulated-tenant/tenant-model';
import { simulateSync } from '../simulated-sync';
import { Breach, Debts } from './debts';
import { Dice } from './dice';
import { Disturbance } from './disturbance';
import { endingOf, judge, namedSecond, wasteOf } from './law';
import { SyncWatch } from './sync-watch';
import { quietSync, type SyncPlan } from './syncs';
import { emptyTally, type Tally } from './tally';
import type { World } from './world';

/** A state that reached the reader, and what was true then. */
interface Saved {
  readonly state: JsonObject;
  readonly delivered: number;
  readonly settled: number;
}

/** How a world is played. */
export interface PlayOptions {
  /** Sees each line that tells what happens in it. */
  readonly log?: (line: string) => void;
  /** Runs a sync; the real program unless given. */
  readonly sync?: typeof simulateSync;
}

/** Plays a world. @throws Breach where the connector breaks the law */
export const playWorld = (world: World, options: PlayOptions = {}): Promise<Tally> => new Story(world, options).play();

/** A second beyond the one that can't be read and its neighbour: what the error says. */
const REMEDY_SECONDS = 2;

/** The syncs of a world, one after the other, with the law checked after each. To be played once. */
class Story {
  readonly #world: World;
  readonly #log: PlayOptions['log'];
  readonly #simulate: typeof simulateSync;
  readonly #clock: VirtualClock;
  readonly #model: TenantModel;
  readonly #debts: Debts;
  readonly #tally: Tally = emptyTally();
  readonly #remedyDice: Dice;
  #lastNumber = 10_000_000;
  #saved: Saved[] = [];
  #state: JsonObject | undefined;
  /** Where the last sync could not go on, epoch s. */
  #stuckAt: number | undefined;
  #refreshes = 0;
  #waste: string | undefined;

  constructor(world: World, { log, sync = simulateSync }: PlayOptions) {
    this.#world = world;
    this.#log = log;
    this.#simulate = sync;
    this.#remedyDice = new Dice(world.seed);
    this.#clock = new VirtualClock(world.startsAt);
    this.#model = new TenantModel({ ...world.server, entries: world.entries, now: () => this.#clock.now() });
    this.#debts = new Debts(world.server.ignoresFilters === true);
    this.#debts.register(world.entries);
  }

  async play(): Promise<Tally> {
    const { syncs, server, seed, aheadMs } = this.#world;
    for (const plan of syncs) await this.#sync(plan);
    // Whatever was killed, hidden or refused comes by now: all stores have it.
    this.#model.settings.count = server.count?.kind === 'stated' ? { kind: 'true' } : this.#model.settings.count;
    const like = syncs.at(-1);
    const pauseMs = 60_000 + (server.replica?.lagMs ?? 0) + (server.storeLagMs ?? 0);
    const filters = like?.filters ?? { userIds: [], operationNames: [] };
    const quiet = quietSync(pauseMs, { filters, lookbackMinutes: like?.lookbackMinutes ?? 10, skewMs: aheadMs });
    await this.#sync(quiet);
    if (this.#saved.length > 0) {
      const { state, delivered, settled } = new Dice(seed).pick(this.#saved);
      this.#log?.(`again from ${JSON.stringify(state)}`);
      this.#state = state;
      this.#debts.replayFrom(delivered, settled);
      await this.#sync({ ...quiet, pauseMs: 1000 });
    }
    if (this.#waste !== undefined) throw new Breach(this.#waste);
    this.#tally.worlds = 1;
    return this.#tally;
  }

  async #sync(plan: SyncPlan): Promise<void> {
    const world = this.#world;
    const clock = this.#clock;
    const model = this.#model;
    const debts = this.#debts;
    const tally = this.#tally;
    clock.advance(plan.pauseMs);
    const during = new Disturbance(plan, { world, model, clock, debts, nextNumber: () => (this.#lastNumber += 1) });
    during.before();
    if (plan.isRefresh) this.#refresh();
    this.#takeHand(plan);
    const isFromNow = this.#state === undefined && world.start === 'now' && this.#refreshes === 0;
    const isUnproven = this.#state?.['config'] === undefined;
    if (this.#state === undefined) debts.startAnew(this.#startOf(plan));
    during.begin();
    const watch = new SyncWatch({ world, plan, model, clock, debts, during, isFromNow });
    this.#log?.(`sync ${tally.syncs + 1} at ${isoOfMs(clock.now())}: ${JSON.stringify(planToLog(plan))}`);
    const run = await this.#run(plan, watch);
    const tookMs = clock.now() - watch.startedAt;
    watch.end();
    tally.syncs += 1;
    tally.requests += watch.requests;
    tally.faults += during.faults;
    tally.insertions += during.insertions;
    tally.virtualMs += tookMs;
    const before = debts.deliveredCount;
    const played = { run, plan, watch, during, debts, world, model, isUnproven, tookMs };
    const reportOf = (breach: string): string =>
      `sync ${tally.syncs} of ${world.syncs.length}: ${breach}\n${lastLines(run)}`;
    try {
      judge(played, tally);
    } catch (error) {
      if (!(error instanceof Breach)) throw error;
      throw new Breach(reportOf(error.message));
    }
    const waste = wasteOf(played);
    if (waste !== undefined) this.#waste ??= reportOf(waste);
    this.#stuckAt = namedSecond(run.errors[0]);
    const isWhole = endingOf(run) === 'ended' && plan.reaches === 1;
    if (isWhole) debts.markOverdue(watch.returnedOnPages);
    if (isFromNow) debts.allowOld(isWhole ? watch.returned : undefined);
    debts.rewindTo(before);
    this.#reach(run, plan, watch);
  }

  /** What reaches the reader counts: its states, and the records before them. */
  #reach(run: SourceRun, plan: SyncPlan, watch: SyncWatch): void {
    const debts = this.#debts;
    const settled = watch.settledNow();
    let records: AirbyteMessage[] = [];
    let before = JSON.stringify(this.#state);
    for (const message of run.messages.slice(0, Math.floor(run.messages.length * plan.reaches))) {
      if (message.type === 'RECORD') records.push(message);
      if (message.type !== 'STATE') continue;
      // While nothing else can be sent for long the last one is sent again, and covers no more than it did.
      const state = JSON.stringify(message.state.stream.stream_state);
      if (state === before) continue;
      before = state;
      for (const record of records) if (record.type === 'RECORD') debts.deliver(debts.entryOf(record.record));
      this.#tally.records += records.length;
      records = [];
      // A state without a position is a sign of life, and none to go on from.
      if (message.state.stream.stream_state['timestamp'] === undefined) continue;
      if (settled !== undefined) debts.settle(settled);
      this.#state = message.state.stream.stream_state;
      this.#saved.push({ state: this.#state, delivered: debts.deliveredCount, settled: debts.settled });
    }
  }

  /** A hand edits the state: as planned, or as the last error has said. */
  #takeHand({ hand, takesRemedy }: SyncPlan): void {
    const saved = this.#state?.['timestamp'];
    const isRemedy = this.#stuckAt !== undefined && takesRemedy && this.#remedyDice.chance(0.8);
    if (this.#stuckAt !== undefined && isRemedy) {
      // The error names the whole state.
      this.#setState(this.#stuckAt + REMEDY_SECONDS, false);
    } else if (hand !== undefined && typeof saved === 'string') {
      this.#setState(Math.floor((Date.parse(saved) + hand.byMs) / 1000), hand.leavesRest);
    }
  }

  #setState(second: number, leavesRest: boolean): void {
    this.#state = { ...(leavesRest ? this.#state : {}), timestamp: isoOfMs(second * 1000) };
    this.#saved = [];
    this.#debts.setByHand(second);
    this.#log?.(`by hand: ${JSON.stringify(this.#state)}`);
  }

  #refresh(): void {
    this.#state = undefined;
    this.#saved = [];
    this.#stuckAt = undefined;
    this.#refreshes += 1;
  }

  /** Where a sync without a state starts, epoch s. */
  #startOf({ startShiftMs }: SyncPlan): number {
    const { start, backfillFrom } = this.#world;
    return start === 'backfill' ? Math.floor((backfillFrom + startShiftMs) / 1000) : -Infinity;
  }

  #run(plan: SyncPlan, watch: SyncWatch): Promise<SourceRun> {
    const { start, backfillFrom, sizes, seed } = this.#world;
    const latencies = new Dice(plan.latencyMs.seed);
    const { stopAtRequest, filters } = plan;
    const isRefreshed = this.#refreshes > 0 && this.#state === undefined;
    return this.#simulate({
      model: this.#model,
      clock: this.#clock,
      state: this.#state,
      sizes: sizes,
      syncMode: start === 'full_refresh' ? 'full_refresh' : 'incremental',
      generations: isRefreshed ? { generation_id: 3, minimum_generation_id: 3, sync_id: 7 } : {},
      config: {
        lookback_window_minutes: plan.lookbackMinutes,
        num_workers: plan.workers,
        requests_per_minute: plan.requestsPerMinute,
        user_ids: filters.userIds.map(String),
        operation_names: [...filters.operationNames],
        ...(start === 'backfill' ? { backfill_start_time: isoOfMs(backfillFrom + plan.startShiftMs) } : {}),
      },
      latency: () => latencies.magnitude(plan.latencyMs.from, plan.latencyMs.to),
      random: new Dice(seed).share,
      ...(stopAtRequest === undefined ? {} : { stopAtRequest }),
      onQuery: (query) => {
        watch.asked(query);
        if (watch.requests > MOST_REQUESTS) throw new Breach(`more than ${MOST_REQUESTS} requests`);
      },
      onResponse: (answer, request, query) => {
        watch.answered(answer, request, query);
        this.#log?.(
          `  ${request} ${isoOfMs(this.#clock.now())} ${decodeURIComponent(query.toString())}: ${answer.status} ${answer.page === undefined ? '' : `${answer.page.rows.length} rows, count ${answer.page.count ?? 'none'}`}`,
        );
      },
      ...(this.#log === undefined
        ? {}
        : {
            onMessage: (message) => {
              this.#logMessage(message);
            },
          }),
    });
  }

  #logMessage(message: AirbyteMessage): void {
    if (message.type === 'LOG') this.#log?.(`  ${message.log.level} ${message.log.message}`);
    if (message.type === 'RECORD') {
      this.#log?.(`  RECORD ${String(message.record.data['id'])} ${String(message.record.data['timestamp'])}`);
    }
    if (message.type === 'STATE') this.#log?.(`  STATE ${JSON.stringify(message.state.stream.stream_state)}`);
  }
}

/** No world of some hundred entries needs more in one sync, whatever its server is like. */
const MOST_REQUESTS = 10_000;

const isoOfMs = (ms: number): string => new Date(ms).toISOString();

const planToLog = (plan: SyncPlan): object => ({ ...plan, events: [...plan.events] });

/** The end of a sync's log, for messages. */
const lastLines = ({ logs }: SourceRun): string =>
  logs
    .slice(-4)
    .map(({ level, message }) => `  ${level} ${message}`)
    .join('\n');
