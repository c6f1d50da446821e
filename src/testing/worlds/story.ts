import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { VirtualClock, type SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { TenantModel } from '../../../simulated-tenant/tenant-model';
import { simulateSync } from '../simulated-sync';
import { checkOrder } from './check-order';
import { deliveredWindows } from './delivered-window';
import { Dice } from './dice';
import { checkEnd } from './check-end';
import { Breach, Law, secondOf } from './law';
import { endOf, isOpeningLine, lastLines, recentFrom } from './sync-end';
import type { SyncWatch } from './sync-watch';
import { InsertedIds, SyncWorld } from './sync-world';
import { emptyTally, type Tally } from './tally';
import type { SyncPlan, World } from './world';

/** The last sync of every world, which nothing disturbs. */
const QUIET: SyncPlan = {
  ...{ pauseMs: 60_000, before: [], events: new Map(), lookbackMinutes: 10, workers: 10, requestsPerMinute: 950 },
  ...{ reaches: 1, stopAtRequest: undefined, latencyMs: { from: 100, to: 100, seed: 1 }, skewMs: 0 },
  ...{ skewedRequest: undefined, isFirstEmpty: false, isRefresh: false },
};

/** A state that reached the reader, and how many records had by then. */
interface Saved {
  readonly state: JsonObject;
  readonly delivered: number;
}

/** The syncs of a world, one after the other, with the law checked after each. To be played once. */
export class Story {
  readonly #world: World;
  readonly #clock: VirtualClock;
  readonly #model: TenantModel;
  readonly #law: Law;
  readonly #ids = new InsertedIds();
  readonly #tally: Tally = emptyTally();
  #saved: Saved[] = [];
  #state: JsonObject | undefined;
  #refreshes = 0;

  constructor(world: World) {
    this.#world = world;
    const { entries, server, startsAt, start, backfillFrom } = world;
    this.#clock = new VirtualClock(startsAt);
    this.#model = new TenantModel({ ...server, entries, now: () => this.#clock.now() });
    this.#law = new Law(start === 'backfill' ? Math.floor(backfillFrom / 1000) : -Infinity);
  }

  /** @throws Breach that names the seed */
  async play(): Promise<Tally> {
    try {
      for (const plan of this.#world.syncs) await this.#sync(plan);
      // A replica that is behind still is; whatever was killed or hidden comes by now.
      await this.#sync(QUIET);
      await this.#replay();
      this.#tally.worlds = 1;
      return this.#tally;
    } catch (error) {
      const { kind, seed } = this.#world;
      const text = error instanceof Error ? (error instanceof Breach ? error.message : error.stack) : String(error);
      throw new Breach(`WORLD_KIND=${kind} WORLD_SEED=${seed}, sync ${this.#tally.syncs}: ${text ?? ''}`, {
        cause: error,
      });
    }
  }

  /** Any state that was ever saved gives all that came after it. */
  async #replay(): Promise<void> {
    if (this.#saved.length === 0) return;
    const { state, delivered } = new Dice(this.#world.seed).pick(this.#saved);
    this.#state = state;
    this.#law.rewindTo(delivered);
    await this.#sync(QUIET);
  }

  async #sync(plan: SyncPlan): Promise<void> {
    const world = this.#world;
    const clock = this.#clock;
    const model = this.#model;
    const law = this.#law;
    const ids = this.#ids;
    const tally = this.#tally;
    clock.advance(plan.pauseMs);
    const during = new SyncWorld(world, plan, { model, clock, law, ids });
    during.insertBefore();
    if (plan.isRefresh) this.#refresh();
    const isFromNow = this.#state === undefined && world.start === 'now' && this.#refreshes === 0;
    if (this.#state === undefined) law.reset();
    const watch = during.begin(isFromNow);
    const ends: number[] = [];
    const run = await this.#run(plan, during, watch, ends);
    tally.syncs += 1;
    tally.faults += during.faults;
    tally.insertions += during.insertions;
    if (isUnreadable(run) && watch.isTooDeep) {
      tally.tooDeep += 1;
      return;
    }
    if (run.errors.length > 0 || (run.exitCode !== 0 && plan.stopAtRequest === undefined)) {
      throw new Breach(`the sync failed: ${JSON.stringify(run.errors[0] ?? run.exitCode)}\n${lastLines(run)}`);
    }
    checkOrder(run, ends, watch.secondOf, tally);
    this.#check(run, watch, plan.reaches);
  }

  /** Holds the whole of a sync against the law, then takes back what does not reach the reader. */
  #check(run: SourceRun, watch: SyncWatch, reaches: number): void {
    const law = this.#law;
    const tally = this.#tally;
    const windows = deliveredWindows(run.messages);
    const end = endOf(run);
    const before = law.deliveredCount;
    for (const { ids } of windows) for (const id of ids) law.deliver(id);
    if (end.startsAt !== undefined) {
      watch.checkNow(end.startsAt);
      this.#takeAsOld(end.startsAt);
    }
    if (end.line === undefined || watch.wasFirstEmpty) tally.unended += 1;
    else checkEnd(run, end, { law, watch, model: this.#model, tally });
    law.rewindTo(before);
    for (const { ids, state } of deliveredWindows(run.messages.slice(0, Math.floor(run.messages.length * reaches)))) {
      for (const id of ids) law.deliver(id);
      watch.checkStart(recentFrom(state), end.startsAt);
      tally.entries += ids.length;
      this.#state = state;
      this.#saved.push({ state, delivered: law.deliveredCount });
    }
    if (this.#state !== undefined) law.promiseFrom(recentFrom(this.#state));
  }

  /** A first sync from now delivers nothing old, whenever that showed. @throws Breach */
  #takeAsOld(now: number): void {
    const law = this.#law;
    const model = this.#model;
    law.beginFromNow(model.visibleEntries().filter((entry) => secondOf(entry) < now));
    const needless = law.needless(now);
    if (needless.length === 0) return;
    throw new Breach(`old entries were delivered by a first sync from now: ${needless.slice(0, 5).join(', ')}`);
  }

  /** @param ends is filled with how many records there were at the end of each window */
  #run(plan: SyncPlan, during: SyncWorld, watch: SyncWatch, ends: number[]): Promise<SourceRun> {
    const { start, backfillFrom, sizes, replicaSeed } = this.#world;
    const latencies = new Dice(plan.latencyMs.seed);
    const { stopAtRequest } = plan;
    const isRefreshed = this.#refreshes > 0 && this.#state === undefined;
    return simulateSync({
      ...{ model: this.#model, clock: this.#clock, state: this.#state, sizes },
      syncMode: start === 'full_refresh' ? 'full_refresh' : 'incremental',
      ...(isRefreshed ? { generations: { generation_id: 3, minimum_generation_id: 3, sync_id: 7 } } : {}),
      config: {
        lookback_window_minutes: plan.lookbackMinutes,
        num_workers: plan.workers,
        requests_per_minute: plan.requestsPerMinute,
        ...(start === 'backfill' ? { backfill_start_time: new Date(backfillFrom).toISOString() } : {}),
      },
      latency: () => latencies.magnitude(plan.latencyMs.from, plan.latencyMs.to),
      random: new Dice(replicaSeed).share,
      ...(stopAtRequest === undefined ? {} : { stopAtRequest }),
      onAnswer: (answer, request, query) => {
        during.answered(answer, { number: request, isOpen: !query.has('before') }, watch);
      },
      onMessage: (message) => {
        if (message.type === 'LOG' && isOpeningLine(message.log.message)) watch.open();
      },
      onCheckpoint: (records) => ends.push(records),
      onQuery: () => {
        this.#tally.requests += 1;
        if (during.requests > MOST_REQUESTS) throw new Breach(`more than ${MOST_REQUESTS} requests`);
      },
    });
  }

  #refresh(): void {
    this.#state = undefined;
    this.#saved = [];
    this.#refreshes += 1;
  }
}

/** No world of some hundred entries needs more in one sync, whatever its server is like. */
const MOST_REQUESTS = 20_000;

/** Whether the sync ended because of a second with a row that it couldn't get. */
const isUnreadable = ({ errors }: SourceRun): boolean =>
  errors[0]?.message.startsWith("Tines can't give an entry of the second") === true;
