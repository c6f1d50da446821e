import type { Fault, TenantAnswer } from '../../../simulated-tenant/tenant-faults';
import type { TenantModel } from '../../../simulated-tenant/tenant-model';
import type { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import type { Law } from './law';
import { SyncWatch } from './sync-watch';
import type { Insertion, SyncPlan, World } from './world';
import { entryAt } from './world-entries';

/** What a {@link SyncWorld} is part of. */
interface Surroundings {
  readonly model: TenantModel;
  readonly clock: VirtualClock;
  readonly law: Law;
  readonly ids: InsertedIds;
}

/** How an answer without a row begins. */
const EMPTY = '{"audit_logs":[]';

/** Numbers that no entry has. */
export class InsertedIds {
  #last = 10_000_000;

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}

/** What the world does during one sync. */
export class SyncWorld {
  readonly #world: World;
  readonly #plan: SyncPlan;
  readonly #around: Surroundings;
  /** Requests answered so far. */
  requests = 0;
  faults = 0;
  insertions = 0;
  #rightAnswers = 0;
  readonly #faulty = new Set<number>();
  #hasOpenAnswer = false;

  constructor(world: World, plan: SyncPlan, around: Surroundings) {
    this.#world = world;
    this.#plan = plan;
    this.#around = around;
  }

  /** What appears before the sync. */
  insertBefore(): void {
    for (const insertion of this.#plan.before) this.#insert(insertion);
  }

  /** The sync begins. */
  begin(isFromNow: boolean): SyncWatch {
    const { model, clock, law } = this.#around;
    const { settings } = model;
    settings.faultFor = (request) => this.#fault(request);
    settings.beforeAnswer = ({ number }) => {
      this.#change(number);
    };
    settings.showsNothing = () => this.#showsNothing();
    settings.dateSkewMs = (request) => this.#skewOf(request);
    return new SyncWatch({ world: this.#world, plan: this.#plan, model, clock, law, isFromNow });
  }

  /** A right answer of the audit logs arrives. `isOpen`: to a question for a range without an end. */
  answered(
    { status, body }: TenantAnswer,
    { number, isOpen }: { number: number; isOpen: boolean },
    watch: SyncWatch,
  ): void {
    if (status !== 200 || this.#faulty.has(number)) return;
    // Whether the server is down is asked with a small question, which tells nothing of what there is.
    if (isOpen || this.#hasOpenAnswer) {
      this.#hasOpenAnswer = true;
      watch.answered(this.#skewOf(number), { isHidden: this.#showsNothing(), isEmpty: body.startsWith(EMPTY) });
    }
    this.#rightAnswers += 1;
  }

  #fault(request: number): Fault | undefined {
    this.requests += 1;
    const event = this.#plan.events.get(request);
    if (event?.kind !== 'fault' && (event?.kind !== 'refusal' || this.#rightAnswers === 0)) return undefined;
    this.faults += 1;
    this.#faulty.add(request);
    return event.fault;
  }

  #showsNothing(): boolean {
    return this.#plan.isFirstEmpty && this.#rightAnswers === 0;
  }

  #skewOf(request: number): number {
    const { skewMs, skewedRequest } = this.#plan;
    return skewedRequest === undefined || skewedRequest === request ? skewMs : 0;
  }

  #change(request: number): void {
    const event = this.#plan.events.get(request);
    if (event?.kind === 'insertion') this.#insert(event.insertion);
    if (event?.kind !== 'purge') return;
    const { model, clock, law } = this.#around;
    const before = clock.now() - event.olderThanMs;
    law.purged(model.visibleEntries().filter(({ at }) => at < before));
    model.purgeOlderThan(before);
  }

  #insert({ lateMs, beside, count, ids }: Insertion): void {
    const { model, clock } = this.#around;
    const visible = model.visibleEntries();
    const neighbour = beside === undefined ? undefined : visible[Math.floor(beside * visible.length)];
    const at = neighbour?.at ?? clock.now() - lateMs;
    const { ids: form } = this.#world.style;
    const numbers =
      form === 'numbers'
        ? model.unusedIds(ids === 'highest' ? Infinity : at, count)
        : Array.from({ length: count }, () => this.#around.ids.next());
    this.insertions += 1;
    model.add(numbers.map((number) => entryAt(number, at, this.#world.style)));
  }
}
