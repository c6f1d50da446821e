import type { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { readQuery, type TimeBound } from '../../simulated-tenant/page-query';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import type { TenantResponse } from '../../simulated-tenant/tenant-faults';
import type { TenantModel } from '../../simulated-tenant/tenant-model';
import type { Debts } from './debts';
import type { Disturbance } from './disturbance';
import { hasTime, isRegular, neighbours, secondOf } from './entries';
import { hasHonestCounts, isServerError } from './server';
import type { SyncPlan } from './syncs';
import type { World } from './world';

/** What a {@link SyncWatch} looks at. */
export interface Watched {
  readonly world: World;
  readonly plan: SyncPlan;
  readonly model: TenantModel;
  readonly clock: VirtualClock;
  readonly debts: Debts;
  readonly during: Disturbance;
  /** Whether it is a first sync from now. */
  readonly isFromNow: boolean;
}

/**
 * The first response to a request for all that is new, of one row where a whole page is refused: what a sync must not call
 * itself complete against. Of a first sync from now it is the second: the first has no range.
 */
export interface FirstResponse {
  readonly rows: readonly TenantEntry[];
  /** `meta.count`, if there was one. */
  readonly count: number | undefined;
  /** The second after which entries were asked for, epoch s. */
  readonly after: number;
  /** Whether an entry lies in the range as the server has read it. */
  readonly holds: (entry: TenantEntry) => boolean;
  /** What was visible then. */
  readonly visible: ReadonlySet<TenantEntry>;
  /** Whether it comes from a store that is behind: it counts less than there was. */
  readonly lacksRows: boolean;
}

/** What is known of a sync without its help: what was there, and what its requests were answered with. Times: epoch ms. */
export class SyncWatch {
  readonly #watched: Watched;
  readonly startedAt: number;
  readonly isFromNow: boolean;
  /** What all stores have since before the sync, and the server would return. */
  readonly inAllStores: ReadonlySet<TenantEntry>;
  /** Whether some store lacked an entry when the sync began. */
  readonly hasLaggard: boolean;
  readonly #atFirst: readonly TenantEntry[];
  #mayBeUnseen: (entry: TenantEntry) => boolean;
  /** All that the sync's responses have returned. */
  readonly returned = new Set<TenantEntry>();
  /** What was returned by more than requests for a single row, which ask whether there is an answer, or how many rows. */
  readonly returnedOnPages = new Set<TenantEntry>();
  requests = 0;
  /** Requests that got a page. */
  successes = 0;
  /** Requests that got 401, 403, 404 or a redirect. */
  refusals = 0;
  /** Whether one of them came before the first response. */
  refusedFirst = false;
  /** Responses that returned nothing, whatever there was. */
  emptied = 0;
  /** Whether there was a page on which no time can be read. */
  hasTimelessPage = false;
  first: FirstResponse | undefined;
  lastSuccessAt: number;
  #openedAt: number | undefined;
  /** When a request for all that is new was refused, before one was answered. */
  #refusedAt: number | undefined;
  /** The later of both clocks, as far as the sync can know it. */
  readonly #laterAtFirst: number;
  /** Whether page 2 or a later one was refused: where rows are withheld, more may follow a page that isn't full. */
  #isLaterPageRefused = false;
  #newest = -Infinity;
  #rangeFrom = Infinity;
  #firstAfter: string | null = null;

  /** The sync begins. */
  constructor(watched: Watched) {
    this.#watched = watched;
    const { model, clock, debts, world, plan, isFromNow } = watched;
    this.startedAt = clock.now();
    this.isFromNow = isFromNow;
    this.#laterAtFirst = model.settings.dateHeader ? this.#laterNow() : this.startedAt;
    this.lastSuccessAt = this.startedAt;
    const { withholds, poison } = model.settings;
    const lacking = model.lackingEntries();
    const visible = model.visibleEntries();
    const there = visible.filter(
      (entry) => !lacking.has(entry) && withholds?.(entry) !== true && poison?.(entry) !== true,
    );
    this.inAllStores = new Set(there);
    this.hasLaggard = lacking.size > 0;
    this.#atFirst = visible;
    this.#mayBeUnseen = this.#unseenRule(visible);
    debts.begin(isFromNow ? [] : there, plan.filters);
    if (!isFromNow) return;
    const now = Math.floor((this.startedAt + Math.min(0, plan.skewMs, world.aheadMs)) / 1000);
    // In another order, a page doesn't tell what is newest.
    // Nor does a single row, which is all that is asked for where the page is refused.
    const isPage = poison === undefined && model.settings.heavyPage === undefined;
    const tellsNewest = isPage && (model.settings.order === 'newest_first' || visible.length < this.pageSize);
    debts.takeAsOld(
      visible,
      there.filter((entry) => tellsNewest && isRegular(entry) && secondOf(entry) < now),
    );
  }

  /** A request is sent. */
  asked(query: URLSearchParams): void {
    this.requests += 1;
    // Whether the server is down is asked with single rows. The first request of a first sync from now has no range.
    const after = query.get('after');
    if (this.requests === 1) this.#firstAfter = after;
    if (query.get('per_page') === '1' || (after === null && this.isFromNow)) return;
    this.#rangeFrom = Math.min(this.#rangeFrom, after === null ? -Infinity : Date.parse(after));
  }

  /** Its answer has arrived. */
  answered({ status, page }: TenantResponse, number: number, query: URLSearchParams): void {
    const { debts, during, model, isFromNow, clock } = this.#watched;
    if (during.isEmptied(number)) this.emptied += 1;
    if (page === undefined) {
      if (this.#openedAt === undefined && this.#isWhole(query)) this.#refusedAt = clock.now();
      this.#isLaterPageRefused ||= !['1', null].includes(query.get('page'));
      if (status === 302 || status === 401 || status === 403 || status === 404) {
        this.refusals += 1;
        this.refusedFirst ||= this.#openedAt === undefined;
      }
      return;
    }
    this.lastSuccessAt = clock.now();
    this.successes += 1;
    this.hasTimelessPage ||= page.rows.length > 0 && !page.rows.some(hasTime);
    const isOpening = this.first === undefined && this.#isWhole(query);
    const isOnPage = isOpening || query.get('per_page') !== '1';
    for (const row of page.rows) {
      this.returned.add(row);
      if (isOnPage) this.returnedOnPages.add(row);
      if (isRegular(row)) this.#newest = Math.max(this.#newest, secondOf(row));
    }
    if (isFromNow && isOpening && this.#openedAt === undefined) debts.takeAsOld(model.visibleEntries());
    if (isOnPage) debts.returned(page.rows);
    if (!isOpening) return;
    const isWithoutRange = isFromNow && this.#openedAt === undefined;
    this.#openedAt ??= clock.now();
    if (isWithoutRange) return;
    const visible = model.visibleEntries();
    const holds = this.#rangeOf(query);
    this.first = {
      rows: page.rows,
      count: page.count,
      after: epochSecond(query.get('after')),
      holds,
      visible: new Set(visible),
      lacksRows: page.count !== undefined && page.count < visible.filter(holds).length,
    };
  }

  /** The sync has ended: what showed during a first sync from now, and lies before its first response, was there before. */
  end(): void {
    const { isFromNow, model, debts, world } = this.#watched;
    // What came meanwhile can fill a second beyond what the server returns of it.
    this.#mayBeUnseen = this.#unseenRule([...new Set([...this.#atFirst, ...model.visibleEntries()])]);
    if (!isFromNow) return;
    const now = Math.floor(((this.#openedAt ?? this.#refusedAt ?? this.startedAt) + world.aheadMs) / 1000);
    debts.takeAsOld(model.visibleEntries().filter((entry) => secondOf(entry) <= now));
  }

  /** From which second on the next sync looks for what shows late, or undefined where nothing moves. */
  settledNow(): number | undefined {
    const { plan, isFromNow } = this.#watched;
    const newest = Math.min(this.#newest, Math.floor(this.#laterNow() / 1000)) - plan.lookbackMinutes * 60;
    // What happened before a first sync from now is not owed, however late it shows.
    const now = isFromNow
      ? Math.floor(((this.#openedAt ?? this.startedAt) + Math.min(0, plan.skewMs)) / 1000)
      : -Infinity;
    const settled = Math.max(newest, now);
    return settled === -Infinity ? undefined : settled;
  }

  /** Whether an entry was there since before the sync, and nothing may have hidden it from the sync. */
  readonly mustBeSeen = (entry: TenantEntry): boolean =>
    this.inAllStores.has(entry) &&
    this.emptied === 0 &&
    !(this.#isLaterPageRefused && this.#watched.model.settings.withholds !== undefined) &&
    !this.mayBeUnseen(entry) &&
    !this.#isCutOff(entry);

  /** Whether an entry may never be returned, as it lies where the server returns but some rows. */
  mayBeUnseen(entry: TenantEntry): boolean {
    const { boundSeconds } = this.#watched.model.settings;
    // The start of the range is rounded, too.
    return this.#mayBeUnseen(entry) || (boundSeconds === 'rounded' && entry.at < this.#rangeFrom + 60_000);
  }

  /** The rows in the range that the sync has asked for, then or now; oldest first. */
  rowsInRange(): TenantEntry[] {
    const { model, debts } = this.#watched;
    const from = Math.floor(this.#rangeFrom / 1000);
    const rows = new Set([...(this.first?.visible ?? []), ...model.visibleEntries()]);
    return [...rows].filter(
      (entry) => secondOf(entry) >= from && (debts.matches(entry) || model.settings.ignoresFilters),
    );
  }

  /** How many entries have shown since the first response. */
  get cameIn(): number {
    const { model } = this.#watched;
    return model.visibleEntries().length - (this.first?.visible.size ?? 0);
  }

  /** How long the range is that was asked for, in s. */
  get rangeSeconds(): number {
    return Math.max(2, Math.ceil((this.startedAt - Math.max(this.#rangeFrom, 0)) / 1000));
  }

  /** How often a range that begins long before its first entry has to be halved to get there. */
  get halvings(): number {
    const [oldest] = this.rowsInRange();
    if (oldest === undefined) return 0;
    const from = Math.max(this.#rangeFrom, EARLIEST_MS);
    const ageMs = Math.max(1000, this.startedAt - oldest.at);
    return Math.ceil(2 * Math.log2(Math.max(1, (this.startedAt - from) / ageMs)));
  }

  /** How many rows a page of this server has at most. */
  get pageSize(): number {
    const { sizes, server } = this.#watched.world;
    const { maxPerPage = Infinity, overMaxPerPage, heavyPage } = server;
    const asked = sizes.perPage <= maxPerPage ? sizes.perPage : overMaxPerPage === 'default' ? 20 : maxPerPage;
    return Math.min(asked, heavyPage?.rows ?? Infinity);
  }

  /** Epoch ms. */
  #laterNow(): number {
    const { clock, plan, world } = this.#watched;
    return clock.now() + Math.max(0, plan.skewMs, plan.skewedRequest === undefined ? 0 : world.aheadMs);
  }

  /**
   * Whether an entry lies where a range that is closed now may end already: beyond both clocks, or in the last minutes
   * where a server rounds bounds.
   */
  #isCutOff({ at }: TenantEntry): boolean {
    const { model, world } = this.#watched;
    if (at > this.#laterAtFirst) return true;
    return model.settings.boundSeconds !== 'read' && at > this.startedAt + world.aheadMs - ROUNDED_MS;
  }

  /** Whether all that is new is asked for, be it one row of it. The range of a first sync from now follows from its first response. */
  #isWhole(query: URLSearchParams): boolean {
    return !query.has('before') && (this.isFromNow || query.get('after') === this.#firstAfter);
  }

  #rangeOf(query: URLSearchParams): (entry: TenantEntry) => boolean {
    const { model, debts } = this.#watched;
    const { from } = readQuery(query, model.settings);
    const { ignoresFilters } = model.settings;
    return (entry) => isBehind(entry, from) && (ignoresFilters || debts.matches(entry));
  }

  #unseenRule(visible: readonly TenantEntry[]): (entry: TenantEntry) => boolean {
    const { model, world } = this.#watched;
    const { order, depthLimit, heavyPage, boundSeconds, poison, pastEnd } = model.settings;
    const depth = depthLimit?.rows ?? Infinity;
    const most = order.startsWith('shuffled') ? Math.min(depth, this.pageSize) : depth;
    // Two things that are not exact hide each other.
    if (boundSeconds !== 'read' && !hasHonestCounts(world.server)) return () => true;
    if (boundSeconds !== 'read') {
      const near = neighbours(visible, 150);
      // A server that rounds `after` and `before` to the same minute may leave out its first second.
      return (entry) => secondOf(entry) % 60 === 0 || near(entry) >= Math.min(world.sizes.perPage, this.pageSize) - 2;
    }
    if (poison !== undefined && (isServerError(pastEnd) || heavyPage !== undefined || !hasHonestCounts(world.server))) {
      // Nothing tells a page that is refused because of one row from one after the last.
      const besides = neighbours(visible.filter(poison), 2);
      return (entry) => besides(entry) > 0;
    }
    if (most === Infinity) return () => false;
    const near = neighbours(visible, 1);
    return (entry) => near(entry) > most;
  }
}

const ROUNDED_MS = 120_000;
/** Where a range without a start begins at the earliest. */
const EARLIEST_MS = Date.UTC(2000);

const epochSecond = (time: string | null): number => (time === null ? -Infinity : Math.floor(Date.parse(time) / 1000));

function isBehind({ at }: TenantEntry, from: TimeBound | undefined): boolean {
  if (from === undefined) return true;
  return from.side === 'before' ? at >= from.at : at > from.at;
}
