import type { TenantEntry } from '../../../simulated-tenant/tenant-entry';
import type { TenantModel } from '../../../simulated-tenant/tenant-model';
import type { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { pageOf } from '../page-of';
import { Breach, isRegular, type Law, secondOf } from './law';
import type { SyncPlan, World } from './world';
import { densestSeconds, isServerError } from './world-server';

/** What a {@link SyncWatch} looks at. */
export interface Watched {
  readonly world: World;
  readonly plan: SyncPlan;
  readonly model: TenantModel;
  readonly clock: VirtualClock;
  readonly law: Law;
  readonly isFromNow: boolean;
}

/** What is known of a sync without its help, and what it is held against. Seconds are epoch s. */
export class SyncWatch {
  readonly #watched: Watched;
  readonly #begun: number;
  readonly #promised: number;
  /** Seconds of the regular entries that all stores show from the start on, by the ids of their records. */
  readonly #seconds = new Map<string, number>();
  /** Entries that are counted and never shown. */
  readonly #withheld: TenantEntry[] = [];
  #hiddenAtFirst = false;
  #isFirstAnswered = false;
  /** The earlier of the clocks at the first right answer. */
  #firstNow: number | undefined;
  /** The newest entry that can have been shown before the sync knew what there is. */
  #newest = -Infinity;
  /** When it knew. */
  #opened: number | undefined;

  /** The sync begins. */
  constructor(watched: Watched) {
    this.#watched = watched;
    const { model, law, clock, isFromNow } = watched;
    this.#begun = clock.now();
    const visible = model.visibleEntries();
    const lacking = model.lackingEntries();
    const { withholds } = model.settings;
    if (isFromNow) law.beginFromNow(visible);
    this.#promised = law.promised;
    const shown: TenantEntry[] = [];
    for (const entry of visible) {
      if (lacking.has(entry)) continue;
      if (withholds?.(entry) === true) this.#withheld.push(entry);
      else shown.push(entry);
    }
    if (!isFromNow) law.begin(shown);
    for (const entry of shown) {
      if (isRegular(entry) && !this.mayBeUnseen(entry)) this.#seconds.set(law.idOf(entry), secondOf(entry));
    }
  }

  /** Whether the first answer has shown nothing, though there was something. */
  get wasFirstEmpty(): boolean {
    return this.#hiddenAtFirst;
  }

  /** The second of an entry that all stores have shown since before the sync, by its record's id. */
  readonly secondOf = (id: string): number | undefined => this.#seconds.get(id);

  /** A right answer of the audit logs arrives. @param skewMs of its Date */
  answered(skewMs: number, { isHidden, isEmpty }: { isHidden: boolean; isEmpty: boolean }): void {
    const { clock, model, law, isFromNow } = this.#watched;
    const isFirst = !this.#isFirstAnswered;
    this.#isFirstAnswered = true;
    // An answer that shows nothing may be to a question for a part, after faults that looked like too heavy a question.
    const isTold = this.#isFirstTelling && this.#newest !== -Infinity;
    if (this.#opened !== undefined || (!isFirst && isTold)) return;
    const visible = model.visibleEntries();
    const shown = visible.filter((entry) => model.settings.withholds?.(entry) !== true);
    const [last] = shown.slice(-1);
    // Where no entry has a time that can be read, nothing tells the newest.
    if (!isEmpty && last !== undefined && shown.some(hasItsTime)) this.#newest = Math.max(this.#newest, secondOf(last));
    if (!isFirst) return;
    if (isFromNow) law.beginFromNow(visible);
    this.#hiddenAtFirst = isHidden && last !== undefined;
    const date = model.settings.dateHeader ? clock.now() + skewMs : clock.now();
    this.#firstNow = Math.floor(Math.min(date, clock.now()) / 1000);
  }

  /** The sync says that it knows what there is. */
  open(): void {
    this.#opened ??= this.#watched.clock.now();
  }

  /** Holds where the next sync starts against the newest entry that was shown, less the lookback. @throws Breach */
  checkStart(recentFrom: number, startsAt: number | undefined): void {
    const settled = this.#newest - this.#watched.plan.lookbackMinutes * 60;
    const latest = Math.max(this.#promised, this.#newest === -Infinity ? (startsAt ?? settled) : settled, 0);
    if (recentFrom <= latest) return;
    throw new Breach(`the next sync starts at ${isoOf(recentFrom)}, not at ${isoOf(latest)} or before`);
  }

  /** Holds what a first sync takes as now against the clocks. @throws Breach */
  checkNow(startsAt: number): void {
    const { plan } = this.#watched;
    const opened = this.#opened ?? this.#begun;
    const earliest = this.#isLight ? this.#firstNow : Math.floor((this.#begun + Math.min(0, plan.skewMs)) / 1000);
    if (startsAt >= (earliest ?? startsAt) && startsAt <= Math.floor(opened / 1000)) return;
    throw new Breach(`now is ${isoOf(startsAt)} for a first sync that began at ${isoOf(this.#begun / 1000)}`);
  }

  /**
   * Whether an entry may never have been shown: its second is larger than what the server shows of it, or than two pages
   * and comes in another order each time.
   */
  mayBeUnseen(entry: TenantEntry): boolean {
    const { order = 'newest_first', depthLimit } = this.#watched.world.server;
    const pages = order.startsWith('shuffled') ? this.#watched.world.sizes.perPage * 2 : Infinity;
    const most = Math.min(pages, depthLimit?.rows ?? Infinity);
    if (most === Infinity) return false;
    const second = secondOf(entry);
    const near = this.#watched.model.visibleEntries().filter((other) => Math.abs(secondOf(other) - second) <= 1);
    return near.length > most;
  }

  /** Whether there is a second with more rows than a server shows which fails on the others. */
  get isTooDeep(): boolean {
    const { depthLimit } = this.#watched.world.server;
    if (depthLimit === undefined || !isServerError(depthLimit.answer)) return false;
    return densestSeconds(this.#watched.model.visibleEntries()) > depthLimit.rows;
  }

  /** Whether rows that are still there were counted in the range of the sync, and withheld. */
  get withholdsRows(): boolean {
    // What is older than a first sync from now is counted, and not asked for.
    if (this.#watched.isFromNow) return false;
    const left = new Set(this.#watched.model.visibleEntries());
    return this.#withheld.some((entry) => left.has(entry) && secondOf(entry) > this.#promised);
  }

  get #isLight(): boolean {
    const { heavyRange, heavyPage } = this.#watched.world.server;
    return heavyRange === undefined && heavyPage === undefined;
  }

  get #isFirstTelling(): boolean {
    return this.#isLight && (this.#watched.world.server.order ?? 'newest_first') === 'newest_first';
  }
}

/** Whether an entry has a time that can be read and is none of year 1. */
const hasItsTime = ({ text }: TenantEntry): boolean => pageOf(`{"audit_logs":[${text}]}`).secondOf(0) > 0;

const isoOf = (second: number): string => new Date(second * 1000).toISOString();
