import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { VirtualClock, type SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { TenantModel } from '../../../simulated-tenant/tenant-model';
import { simulateSync } from '../simulated-sync';
import { checkOrder } from './check-order';
import { deliveredWindows } from './delivered-window';
import { Dice } from './dice';
import { Breach, Law } from './law';
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
  private readonly clock: VirtualClock;
  private readonly model: TenantModel;
  private readonly law: Law;
  private readonly ids = new InsertedIds();
  private readonly tally: Tally = emptyTally();
  private saved: Saved[] = [];
  private state: JsonObject | undefined;
  private refreshes = 0;

  constructor(private readonly world: World) {
    const { entries, server, startsAt, start, backfillFrom } = world;
    this.clock = new VirtualClock(startsAt);
    this.model = new TenantModel({ ...server, entries, now: () => this.clock.now() });
    this.law = new Law(start === 'backfill' ? Math.floor(backfillFrom / 1000) : -Infinity);
  }

  /** @throws Breach that names the seed */
  async play(): Promise<Tally> {
    try {
      for (const plan of this.world.syncs) await this.sync(plan);
      // A replica that is behind still is; whatever was killed or hidden comes by now.
      await this.sync(QUIET);
      await this.replay();
      this.tally.worlds = 1;
      return this.tally;
    } catch (error) {
      const { kind, seed } = this.world;
      const text = error instanceof Error ? (error instanceof Breach ? error.message : error.stack) : String(error);
      throw new Breach(`WORLD_KIND=${kind} WORLD_SEED=${seed}, sync ${this.tally.syncs}: ${text ?? ''}`, {
        cause: error,
      });
    }
  }

  /** Any state that was ever saved gives all that came after it. */
  private async replay(): Promise<void> {
    if (this.saved.length === 0) return;
    const { state, delivered } = new Dice(this.world.seed).pick(this.saved);
    this.state = state;
    this.law.rewindTo(delivered);
    await this.sync(QUIET);
  }

  private async sync(plan: SyncPlan): Promise<void> {
    this.clock.advance(plan.pauseMs);
    const during = new SyncWorld(this.world, plan, {
      model: this.model,
      clock: this.clock,
      law: this.law,
      ids: this.ids,
    });
    during.insertBefore();
    if (plan.isRefresh) this.refresh();
    const isFromNow = this.state === undefined && this.world.start === 'now' && this.refreshes === 0;
    if (this.state === undefined) this.law.reset();
    during.begin(isFromNow);
    const run = await this.run(plan, during);
    this.tally.syncs += 1;
    during.end(this.tally);
    const isCut = plan.reaches < 1 || plan.stopAtRequest !== undefined;
    if (run.errors.length > 0 || (run.exitCode !== 0 && !isCut)) {
      throw new Breach(`the sync failed: ${JSON.stringify(run.errors[0] ?? run.exitCode)}\n${lastLines(run)}`);
    }
    this.tally.checks += 1;
    const ordering = during.ordering();
    checkOrder(deliveredWindows(run.messages), ordering);
    if (!ordering.isWhole) this.tally.skippedOrder += 1;
    this.take(run, plan.reaches);
    during.checkOld(this.tally);
    if (isCut || during.wasFirstEmpty) this.tally.skippedEnd += 1;
    else this.checkMissing(run, during);
  }

  private checkMissing(run: SourceRun, during: SyncWorld): void {
    const missing = this.law.missing();
    const unexcused = missing.filter((entry) => !during.mayBeUnseen(entry));
    if (unexcused.length === 0) {
      if (missing.length > 0) this.tally.excused += 1;
      return;
    }
    const named = unexcused
      .slice(0, 5)
      .map((entry) => `${this.law.idOf(entry)} of ${new Date(entry.at).toISOString()}`);
    throw new Breach(`${unexcused.length} are missing: ${named.join(', ')}\n${lastLines(run)}`);
  }

  private run(plan: SyncPlan, during: SyncWorld): Promise<SourceRun> {
    const { start, backfillFrom, sizes, replicaSeed } = this.world;
    const latencies = new Dice(plan.latencyMs.seed);
    const { stopAtRequest } = plan;
    const isRefreshed = this.refreshes > 0 && this.state === undefined;
    return simulateSync({
      ...{ model: this.model, clock: this.clock, state: this.state, sizes },
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
      onAnswer: (status, request) => {
        during.answered(status, request);
      },
      onQuery: () => {
        this.tally.requests += 1;
        if (during.requests > MOST_REQUESTS) throw new Breach(`more than ${MOST_REQUESTS} requests`);
      },
    });
  }

  private refresh(): void {
    this.state = undefined;
    this.saved = [];
    this.refreshes += 1;
  }

  /** Records up to the last STATE that reached the reader are delivered; those after it come again. */
  private take({ messages }: SourceRun, reaches: number): void {
    for (const { ids, state } of deliveredWindows(messages.slice(0, Math.floor(messages.length * reaches)))) {
      for (const id of ids) this.law.deliver(id);
      this.tally.entries += ids.length;
      this.state = state;
      this.saved.push({ state, delivered: this.law.deliveredCount });
    }
  }
}

/** No world of some hundred entries needs more in one sync, whatever its server is like. */
const MOST_REQUESTS = 20_000;

const lastLines = ({ logs }: SourceRun): string =>
  logs
    .slice(-4)
    .map(({ level, message }) => `  ${level} ${message}`)
    .join('\n');
