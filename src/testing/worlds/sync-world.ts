import type { Fault } from '../../../simulated-tenant/tenant-faults';
import type { TenantEntry } from '../../../simulated-tenant/tenant-entry';
import type { TenantModel } from '../../../simulated-tenant/tenant-model';
import type { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import type { Ordering } from './check-order';
import { Breach, type Law } from './law';
import type { Tally } from './tally';
import type { Insertion, SyncPlan, World } from './world';
import { entryAt } from './world-entries';
import { densestSeconds } from './world-server';

/** What a {@link SyncWorld} is part of. */
interface Surroundings {
  readonly model: TenantModel;
  readonly clock: VirtualClock;
  readonly law: Law;
  readonly ids: InsertedIds;
}

/** Numbers that no entry has. */
export class InsertedIds {
  private last = 10_000_000;

  next(): number {
    this.last += 1;
    return this.last;
  }
}

/** What the world does during one sync, and what it knows of that sync. */
export class SyncWorld {
  /** Requests answered so far. */
  requests = 0;
  private isFromNow = false;
  private rightAnswers = 0;
  private faults = 0;
  private readonly faulty = new Set<number>();
  private insertions = 0;
  private hiddenAtFirst = false;
  /** Of the first right answer: the second of its Date, and the newest entry that was visible, epoch s. */
  private first: { readonly now: number; readonly newest: number } | undefined;

  constructor(
    private readonly world: World,
    private readonly plan: SyncPlan,
    private readonly around: Surroundings,
  ) {}

  /** Whether the first answer has shown nothing, though there was something. */
  get wasFirstEmpty(): boolean {
    return this.hiddenAtFirst;
  }

  /** What appears before the sync. */
  insertBefore(): void {
    for (const insertion of this.plan.before) this.insert(insertion);
  }

  /** The sync begins. */
  begin(isFromNow: boolean): void {
    this.isFromNow = isFromNow;
    const { model, law } = this.around;
    const { settings } = model;
    settings.faultFor = (request) => this.fault(request);
    settings.beforeAnswer = ({ number }) => {
      this.change(number);
    };
    settings.showsNothing = () => this.showsNothing();
    settings.dateSkewMs = (request) => this.skewOf(request);
    const visible = model.visibleEntries();
    if (isFromNow) law.beginFromNow(visible);
    else {
      const lacking = model.lackingEntries();
      law.begin(visible.filter((entry) => !lacking.has(entry)));
    }
  }

  /** The sync has ended: what is promised of what shows from now on. */
  end(tally: Tally): void {
    const { model, law } = this.around;
    const { server } = this.world;
    tally.faults += this.faults;
    tally.insertions += this.insertions;
    const isFirstTelling =
      server.order === 'newest_first' && server.heavyRange === undefined && server.heavyPage === undefined;
    const newest = isFirstTelling && this.first !== undefined ? this.first.newest : newestOf(model.visibleEntries());
    law.promiseFrom(newest - this.plan.lookbackMinutes * 60);
    if (!this.isFromNow) return;
    // Where all its questions were too heavy at first, nobody knows which clock it went by: what it may have seen is old.
    const isHeavy = server.heavyRange !== undefined || server.heavyPage !== undefined;
    const now = isHeavy || this.first === undefined ? Math.ceil(this.around.clock.now() / 1000) : this.first.now;
    // Nothing was shown, or not what is newest, or not even a second of that: the sync starts from its clock.
    const isFromClock = this.hiddenAtFirst || server.replica !== undefined || isHeavy || newest === -Infinity;
    law.promiseFrom(isFromClock ? now : -Infinity);
    law.beginFromNow(model.visibleEntries().filter(({ at }) => Math.floor(at / 1000) < now));
  }

  /** A first sync from now delivers nothing old, where its first answer and its clock tell what that is. @throws Breach */
  checkOld(tally: Tally): void {
    if (!this.isFromNow || this.first === undefined) return;
    const needless = this.around.law.needless(this.first.now);
    if (needless.length === 0) return;
    if (this.world.server.replica !== undefined || this.hiddenAtFirst) tally.excused += 1;
    else throw new Breach(`old entries were delivered by a first sync from now: ${needless.slice(0, 5).join(', ')}`);
  }

  /** Whether an entry may never have been shown: its second is larger than a page, and comes in another order each time. */
  mayBeUnseen({ at }: TenantEntry): boolean {
    const { order = 'newest_first' } = this.world.server;
    if (!order.startsWith('shuffled')) return false;
    const second = Math.floor(at / 1000);
    const near = this.around.model
      .visibleEntries()
      .filter((other) => Math.abs(Math.floor(other.at / 1000) - second) <= 1);
    return near.length > this.world.sizes.perPage * 2;
  }

  /** What the order of this sync's records may depend on. */
  ordering(): Ordering {
    const { server, style } = this.world;
    const entries = this.around.model.visibleEntries();
    const isOdd = entries.some(({ id }) => typeof id === 'number' && id < 1000);
    const isWhole =
      this.insertions === 0 && style.times !== 'both' && !isOdd && server.replica === undefined && !isDense(entries);
    const isLagging = server.storeLagMs !== undefined || server.stalls !== undefined;
    const deltas = style.times === 'both' ? style.deltaMs.to - style.deltaMs.from : 0;
    return { isWhole: isWhole && !isLagging, denseSpreadMs: 4000 + deltas };
  }

  /** A right answer of the audit logs arrives. */
  answered(status: number, request: number): void {
    if (status !== 200 || this.faulty.has(request)) return;
    this.rightAnswers += 1;
    if (this.first !== undefined) return;
    const { clock, model, law } = this.around;
    const visible = model.visibleEntries();
    if (this.isFromNow) law.beginFromNow(visible);
    this.hiddenAtFirst = this.plan.isFirstEmpty && visible.length > 0;
    const date = model.settings.dateHeader ? clock.now() + this.skewOf(request) : clock.now();
    this.first = { now: Math.floor(Math.min(date, clock.now()) / 1000), newest: newestOf(visible) };
  }

  private fault(request: number): Fault | undefined {
    this.requests += 1;
    const event = this.plan.events.get(request);
    if (event?.kind !== 'fault' && (event?.kind !== 'refusal' || this.rightAnswers === 0)) return undefined;
    this.faults += 1;
    this.faulty.add(request);
    return event.fault;
  }

  private showsNothing(): boolean {
    return this.plan.isFirstEmpty && this.rightAnswers === 0;
  }

  private skewOf(request: number): number {
    const { skewMs, skewedRequest } = this.plan;
    return skewedRequest === undefined || skewedRequest === request ? skewMs : 0;
  }

  private change(request: number): void {
    const event = this.plan.events.get(request);
    if (event?.kind === 'insertion') this.insert(event.insertion);
    if (event?.kind !== 'purge') return;
    const { model, clock, law } = this.around;
    const before = clock.now() - event.olderThanMs;
    law.purged(model.visibleEntries().filter(({ at }) => at < before));
    model.purgeOlderThan(before);
  }

  private insert({ lateMs, beside, count, ids }: Insertion): void {
    const { model, clock } = this.around;
    const visible = model.visibleEntries();
    const neighbour = beside === undefined ? undefined : visible[Math.floor(beside * visible.length)];
    const at = neighbour?.at ?? clock.now() - lateMs;
    const { ids: form } = this.world.style;
    const numbers =
      form === 'numbers'
        ? model.unusedIds(ids === 'highest' ? Infinity : at, count)
        : Array.from({ length: count }, () => this.around.ids.next());
    this.insertions += 1;
    model.add(numbers.map((number) => entryAt(number, at, this.world.style)));
  }
}

const isDense = (entries: readonly TenantEntry[]): boolean => densestSeconds(entries) > 20;

const newestOf = (visible: readonly TenantEntry[]): number =>
  visible.reduce((newest, { at }) => Math.max(newest, Math.floor(at / 1000)), -Infinity);
