import type { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { seededRandom, seedOfItem } from '../../simulated-tenant/random';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import type { Fault } from '../../simulated-tenant/tenant-faults';
import type { TenantModel } from '../../simulated-tenant/tenant-model';
import type { Debts } from './debts';
import { entryAt, isRegular } from './entries';
import type { Insertion, SyncPlan } from './syncs';
import type { World } from './world';

/** What a {@link Disturbance} changes. */
export interface Disturbed {
  readonly world: World;
  readonly model: TenantModel;
  readonly clock: VirtualClock;
  readonly debts: Debts;
  /** Numbers that no entry has. */
  readonly nextNumber: () => number;
}

/** What happens to a tenant before and during one sync, by its plan. */
export class Disturbance {
  readonly #plan: SyncPlan;
  readonly #world: World;
  readonly #model: TenantModel;
  readonly #clock: VirtualClock;
  readonly #debts: Debts;
  readonly #nextNumber: () => number;
  /** Responses that the plan has broken. */
  faults = 0;
  insertions = 0;
  inserted = 0;
  hasPurged = false;

  constructor(plan: SyncPlan, { world, model, clock, debts, nextNumber }: Disturbed) {
    this.#plan = plan;
    this.#world = world;
    this.#model = model;
    this.#clock = clock;
    this.#debts = debts;
    this.#nextNumber = nextNumber;
  }

  /** What happens before the sync. */
  before(): void {
    const { restoreMs, before, isForgiving } = this.#plan;
    if (restoreMs !== undefined) this.#restore(restoreMs);
    for (const insertion of before) this.#insert(insertion);
    if (isForgiving) this.#model.settings.poison = undefined;
  }

  /** Lets the tenant do during the sync what the plan says. */
  begin(): void {
    const { settings } = this.#model;
    settings.faultFor = (request) => this.#fault(request);
    settings.beforeResponse = ({ number }) => {
      this.#change(number);
    };
    settings.returnsNothing = this.isEmptied;
    settings.dateSkewMs = this.skewOf;
  }

  /** Whether the response to a request returns nothing, whatever there is. */
  readonly isEmptied = (request: number): boolean => {
    const { empty } = this.#plan;
    return empty !== undefined && request >= empty.from && request <= empty.to;
  };

  /** How far the `Date` of the response to a request is ahead of the connector's clock, in ms. */
  readonly skewOf = (request: number): number => {
    const { skewMs, skewedRequest } = this.#plan;
    return skewedRequest === undefined || skewedRequest === request ? skewMs : this.#world.aheadMs;
  };

  #fault(request: number): Fault | undefined {
    const fault = this.#eventFault(request) ?? this.#chanceFault(request);
    if (fault !== undefined) this.faults += 1;
    return fault;
  }

  #eventFault(request: number): Fault | undefined {
    const event = this.#plan.events.get(request);
    return event?.kind === 'fault' ? event.fault : undefined;
  }

  #chanceFault(request: number): Fault | undefined {
    const { failing } = this.#plan;
    if (failing === undefined) return undefined;
    const random = seededRandom(seedOfItem(failing.seed, request));
    return random() < failing.share ? failing.faults[Math.floor(random() * failing.faults.length)] : undefined;
  }

  #change(request: number): void {
    const { events, flood } = this.#plan;
    if (flood !== undefined && this.inserted < MOST_FLOODED) this.#insert(flood);
    const event = events.get(request);
    if (event?.kind === 'insertion') this.#insert(event.insertion);
    if (event?.kind !== 'purge') return;
    const before = this.#now() - event.olderThanMs;
    const gone = this.#model.visibleEntries().filter(({ at }) => at < before);
    this.#debts.gone(gone);
    this.hasPurged ||= gone.length > 0;
    this.#model.purgeOlderThan(before);
  }

  /** The tenant goes back to an older snapshot, and gives the ids that were gone to new entries, some minutes later. */
  #restore(ageMs: number): void {
    const gone = this.#model.restore(this.#now() - ageMs);
    this.#debts.gone(gone);
    this.#clock.advance(RESTORE_MS);
    const numbers = gone.flatMap(({ id }) => (typeof id === 'number' && id >= 1000 ? [id] : []));
    this.#add(numbers.map((number, index) => entryAt({ number, at: this.#now() - index }, this.#world.style)));
  }

  #insert({ lateMs, beside, count, ids }: Insertion): void {
    const visible = this.#model.visibleEntries();
    const neighbour = beside === undefined ? undefined : visible[Math.floor(beside * visible.length)];
    const at = neighbour?.at ?? this.#now() - lateMs;
    const { style } = this.#world;
    const numbers =
      style.ids === 'numbers'
        ? this.#unusedIds(ids === 'highest' ? Infinity : at, count)
        : Array.from({ length: count }, () => this.#nextNumber());
    this.insertions += 1;
    this.inserted += count;
    const visibleAt = this.#clock.now();
    this.#add(numbers.map((number) => entryAt({ number, at, visibleAt }, style)));
  }

  /** The lowest ids are those of odd entries. */
  #unusedIds(at: number, count: number): number[] {
    const areRegular = (numbers: readonly number[]): boolean => numbers.every((id) => isRegular({ id }));
    const numbers = this.#model.unusedIds(at, count);
    if (areRegular(numbers)) return numbers;
    const highest = this.#model.unusedIds(Infinity, count);
    return areRegular(highest) ? highest : highest.map(() => this.#nextNumber());
  }

  #add(entries: readonly TenantEntry[]): void {
    this.#debts.register(entries);
    this.#model.add(entries);
  }

  /** By the tenant's clock, epoch ms. */
  #now(): number {
    return this.#clock.now() + this.#world.aheadMs;
  }
}

/** A flood ends some time, so that worlds do. */
const MOST_FLOODED = 600;

/** How long it takes to restore a snapshot, in ms. */
const RESTORE_MS = 15 * 60_000;
