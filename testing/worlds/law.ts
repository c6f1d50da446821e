import type { ErrorTrace } from '@airbyte/cdk-typescript-compat';
import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import type { TenantModel } from '../../simulated-tenant/tenant-model';
import { Breach, type Debts, nameOf } from './debts';
import type { Disturbance } from './disturbance';
import { isRegular, neighbours, secondOf } from './entries';
import { hasHonestCounts, isServerError } from './server';
import type { SyncWatch } from './sync-watch';
import type { SyncPlan } from './syncs';
import type { Tally } from './tally';
import type { World } from './world';

/*
 * The law. It reads the connector's messages, and of its state and its log only whether a sync calls itself complete.
 *
 *  1. A sync that ends well has delivered each entry of its range that all stores had before it began.
 *  2. What a response returned in its range is delivered by it, by the next that ends well and is returned it again, or
 *     at the latest by the next before which all stores had it.
 *  3. The range begins at the configured start, where a hand has set the state, or at the newest entry that was returned
 *     before, less the lookback. What shows later than that is not owed; what was owed once stays owed.
 *  4. Nothing comes twice, but after a kill, a hand's edit or a refresh; nothing older than the start comes at all.
 *  5. Records ascend by timestamp, except what was returned late.
 *  6. "Complete" is not said where the first response has counted or returned more than the reader has, nor where an owed
 *     entry is missing.
 *  7. The requests of a sync are few: so many a page of its range, and some for each fault and oddity of the server.
 *  8. It takes no longer than these requests, their waits and the limit explain.
 *  9. It ends with an error only where the world gives a reason, and has delivered what is older than a second it names.
 * 10. Any state that was saved gives all that came after it.
 */

/** A sync that was played, and what it is held against. */
export interface PlayedSync {
  readonly run: SourceRun;
  readonly plan: SyncPlan;
  readonly watch: SyncWatch;
  readonly during: Disturbance;
  readonly debts: Debts;
  readonly world: World;
  readonly model: TenantModel;
  /** Whether it began without a state, or with one that does not name the tenant. */
  readonly isUnproven: boolean;
  /** How long it took, in ms. */
  readonly tookMs: number;
}

/** How a sync ended. */
export type Ending = 'ended' | 'failed' | 'stopped';

/** How a sync ended, by its messages. */
export function endingOf({ errors, statuses }: SourceRun): Ending {
  if (errors.length > 0) return 'failed';
  return statuses.at(-1)?.status === 'COMPLETE' ? 'ended' : 'stopped';
}

/** Holds a sync against the law; its records are then with the reader. @throws Breach */
export function judge(sync: PlayedSync, tally: Tally): void {
  const { run, debts } = sync;
  const delivered = run.records.map((record) => debts.entryOf(record));
  for (const entry of delivered) debts.deliver(entry);
  checkOrder(sync, delivered);
  switch (endingOf(run)) {
    case 'ended':
      tally.ended += 1;
      checkDebts(sync, tally);
      checkComplete(sync, tally);
      break;
    case 'failed':
      tally.failed += 1;
      checkReason(sync, run.errors[0]);
      break;
    case 'stopped':
      tally.stopped += 1;
      if (sync.plan.stopAtRequest === undefined) throw new Breach('the sync neither ended nor failed');
  }
}

/** What is wrong with the requests or the time of a sync: less grave than all else, and reported where nothing else is wrong. */
export function wasteOf(sync: PlayedSync): string | undefined {
  const { requests } = sync.watch;
  const most = mostRequests(sync);
  if (requests > most) return `${requests} requests where ${most} are enough`;
  const longest = longestMs(sync);
  return sync.tookMs > longest ? `${seconds(sync.tookMs)} s where ${seconds(longest)} s are enough` : undefined;
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);

function checkDebts(sync: PlayedSync, tally: Tally): void {
  const { watch, debts } = sync;
  const missing = debts.missing();
  if (missing.length === 0) return;
  const isDue = (entry: TenantEntry): boolean =>
    watch.mustBeSeen(entry) ||
    (debts.isOverdue(entry) && watch.returnedOnPages.has(entry) && !watch.mayBeUnseen(entry));
  const hidden = new Set(missing.filter((entry) => isHidden(sync, entry, missing.length)));
  const due = missing.filter((entry) => isDue(entry) && !hidden.has(entry));
  if (due.length > 0) throw new Breach(`${due.length} are missing: ${named(due)}`);
  if (hidden.size > 0) tally.excused += 1;
  if (hidden.size < missing.length) tally.postponed += 1;
  debts.gone(hidden);
}

/** Whether an entry may be lost, because nothing tells that it is there. */
function isHidden({ watch, during, world }: PlayedSync, entry: TenantEntry, missing: number): boolean {
  if (watch.inAllStores.has(entry) && watch.mayBeUnseen(entry)) return true;
  // Entries that show late make up in the sum for those that an empty response has hidden, or another order, in which a
  // store that is behind does so, too.
  const { count, order } = world.server;
  const isMasked =
    watch.emptied > 0 ||
    order === 'highest_id_first' ||
    (watch.hasLaggard && (order ?? 'newest_first') !== 'newest_first');
  if (isMasked && missing <= Math.max(during.inserted, watch.cameIn)) return true;
  // Two counts that are off by chance may fit together.
  const isByChance = count?.kind === 'offset' && typeof count.by === 'function';
  if (isByChance && order === 'highest_id_first' && missing <= MOST_BY_CHANCE) return true;
  // Counts that are not exact, or come from that store, don't tell a store that is behind, beyond the first response's rows.
  const { first } = watch;
  const isLagging = watch.hasLaggard && !watch.inAllStores.has(entry) && first?.rows.includes(entry) !== true;
  return isLagging && (!hasHonestCounts(world.server) || first?.lacksRows === true);
}

/** Counts that are off by up to three are apart by no more than this. */
const MOST_BY_CHANCE = 6;

function checkComplete({ run, watch, debts }: PlayedSync, tally: Tally): void {
  const line = run.logs.findLast(({ level }) => level === 'INFO')?.message ?? '';
  if (!line.startsWith('Complete')) return;
  tally.complete += 1;
  const { first } = watch;
  if (first === undefined) return;
  // A range is asked for a second wider than it is, and a server may round it.
  const start = Math.max(debts.floor, first.after + 1);
  const has = (entry: TenantEntry): boolean => debts.isKnown(entry) || secondOf(entry) < start;
  const lacking = first.rows.filter((entry) => debts.matches(entry) && !has(entry));
  if (lacking.length > 0) {
    throw new Breach(`"Complete", but the first response has returned ${named(lacking)}\n  ${line}`);
  }
  const sum = [...new Set([...first.visible, ...watch.returned])].filter((entry) => first.holds(entry) && has(entry));
  if (first.count !== undefined && first.count > sum.length) {
    throw new Breach(
      `"Complete", but the first response has counted ${first.count}, and ${sum.length} came\n  ${line}`,
    );
  }
}

/** Entries have two times, and windows go by the other one: how far timestamps may be out of order, in ms. */
const disorderMs = ({ style: { times, deltaMs } }: World): number =>
  times === 'both' ? deltaMs.to - deltaMs.from + 1000 : 0;

function checkOrder({ run, watch, world }: PlayedSync, delivered: readonly TenantEntry[]): void {
  const tolerance = disorderMs(world);
  let latest = -Infinity;
  delivered.forEach((entry, index) => {
    if (!isRegular(entry) || !watch.mustBeSeen(entry)) return;
    const at = Date.parse(String(run.records[index]?.data['timestamp']));
    if (at < latest - tolerance) {
      throw new Breach(`${nameOf(entry)} comes after one of ${new Date(latest).toISOString()}`);
    }
    latest = Math.max(latest, at);
  });
}

/** No success for so long is a reason to end a sync, in ms. */
const OUTAGE_MS = 9 * 60_000;

const SECOND_NAMED = /the second (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** The second that an error names, epoch s. */
export function namedSecond(error: ErrorTrace | undefined): number | undefined {
  const time = SECOND_NAMED.exec(error?.message ?? '')?.[1];
  return time === undefined ? undefined : Math.floor(Date.parse(time) / 1000);
}

function checkReason(sync: PlayedSync, error: ErrorTrace | undefined): void {
  const { watch, debts } = sync;
  const said = `${error?.failure_type ?? 'no error'}: ${error?.message ?? ''}`;
  const second = namedSecond(error);
  if (second === undefined) {
    if (hasReason(sync)) return;
    throw new Breach(`the sync failed without a reason: ${said}`);
  }
  if (!canNotBeRead(sync, second)) throw new Breach(`the sync failed for a second that can be read: ${said}`);
  const missing = debts
    .missing()
    .filter((entry) => watch.mustBeSeen(entry) && secondOf(entry) < second - widthOf(sync.model));
  if (missing.length > 0) throw new Breach(`what is older is missing: ${named(missing)}, though ${said}`);
}

/** Whether the world explains that a sync ends with an error that names no second. */
function hasReason({ watch, during, model, plan, isUnproven, tookMs }: PlayedSync): boolean {
  const { count, heavyPage, heavyRange } = model.settings;
  const isHeavy = heavyPage !== undefined || heavyRange !== undefined;
  const silentMs = watch.startedAt + tookMs - watch.lastSuccessAt;
  return (
    silentMs >= OUTAGE_MS ||
    (isUnproven && watch.refusedFirst) ||
    watch.refusals >= 3 ||
    watch.emptied > 0 ||
    watch.hasTimelessPage ||
    watch.hasLaggard ||
    during.hasPurged ||
    // What is refused from the start is the range, or the key, or a filter.
    (model.settings.poison !== undefined && watch.first === undefined) ||
    // Small requests fail, too, so that nothing tells for an hour that one is too large.
    (isHeavy && (plan.failing?.share ?? 0) >= 0.3) ||
    count.kind === 'stated' ||
    count.kind === 'frozen'
  );
}

/** How far rows lie from the second that is asked for, in s: ranges are a second wider, and some servers round them. */
const widthOf = ({ settings }: TenantModel): number => (settings.boundSeconds === 'read' ? 1 : 120);

/** Whether the server, or something in front of it, does not let a second be read, or its neighbour. */
function canNotBeRead({ model, debts, plan }: PlayedSync, second: number): boolean {
  const { poison, depthLimit, heavyRange, replica, pastEnd } = model.settings;
  const near = model
    .visibleEntries()
    .filter(
      (entry) =>
        Math.abs(secondOf(entry) - second) <= widthOf(model) && (debts.matches(entry) || model.settings.ignoresFilters),
    );
  if (poison !== undefined && near.some(poison)) return true;
  // A store that is behind refuses pages that another one has.
  if (replica !== undefined && typeof pastEnd === 'number') return true;
  // So many failures can be taken for refusals of the same row.
  if ((plan.failing?.share ?? 0) >= 0.3) return true;
  if (heavyRange !== undefined && near.length > heavyRange.rows) return true;
  return depthLimit !== undefined && isServerError(depthLimit.response) && near.length > depthLimit.rows;
}

/** How many requests a sync may send. */
function mostRequests(sync: PlayedSync): number {
  const { watch, during, model, plan, world } = sync;
  const { count, meta } = model.settings;
  const rows = watch.rowsInRange();
  const oddity = oddityOf(sync);
  const disturbances = 10 * during.faults + 4 * watch.emptied + (during.hasPurged || watch.hasLaggard ? 6 : 0);
  if (oddity === 0 && rows.length < watch.pageSize && plan.flood === undefined) {
    return (watch.isFromNow ? 3 : 2) + disturbances;
  }
  const pages = Math.ceil((rows.length + during.inserted) / Math.max(1, watch.pageSize - 2));
  const windows = 3;
  const dense = denseSecondsCost(rows, watch.pageSize) * (oddity === 0 ? 1 : 3);
  const content = model.settings.poison === undefined ? 0 : 100 + 80 * world.disliked.size;
  // Where counts say nothing, windows begin as short as a page, are four times as long after each that has next to nothing,
  // and a few of each length are under way. With lies, a part that is too large begins anew, and page 2 is asked for as well.
  const growing = hasHonestCounts(world.server) ? 0 : Math.ceil(Math.log2(watch.rangeSeconds) / 2) * (1 + plan.workers);
  const lies = growing + (count.kind === 'stated' ? growing + 2 * pages : 0);
  // Lies add up: where every count is huge and all pages look full, each second is read by its pages; so it is where counts
  // are not exact and page 2 fails.
  if (count.kind === 'stated' && meta.perPage !== 'true') return Infinity;
  if (!hasHonestCounts(world.server) && isServerError(model.settings.pastEnd)) return Infinity;
  return Math.ceil(16 + watch.halvings + 3 * (pages * (windows + oddity) + dense) + disturbances + content + lies);
}

/** What it costs to find the seconds that don't fit a page, and to read their pages and those of their neighbours. */
function denseSecondsCost(rows: readonly TenantEntry[], pageSize: number): number {
  const near = neighbours(rows, 1);
  const seconds = new Map(rows.map((row) => [secondOf(row), near(row)]));
  return [...seconds.values()]
    .filter((count) => count >= pageSize)
    .reduce((sum, count) => sum + 16 + 3 * (4 + 2 * Math.ceil(count / pageSize)), 0);
}

/** What a page of a range may cost on this server, in requests, beyond what it costs on a plain one. */
function oddityOf({ watch, model }: PlayedSync): number {
  const { order, meta, count, heavyPage, heavyRange, depthLimit, replica, boundSeconds, withholds, poison } =
    model.settings;
  const isHonest = meta.present && meta.count && meta.perPage === 'true' && count.kind === 'true';
  const costs = [
    isHonest && withholds === undefined ? 0 : 2,
    order === 'newest_first' ? 0 : 3,
    replica === undefined ? 0 : 2,
    boundSeconds === 'read' ? 0 : 8,
    heavyRange === undefined && depthLimit === undefined ? 0 : 6,
    heavyPage === undefined ? 0 : 12,
    poison === undefined ? 0 : 1,
    watch.emptied > 0 ? 3 : 0,
  ].filter((cost) => cost > 0);
  // One is met with in each part that another one makes.
  return costs.reduce((sum, cost) => sum + cost, 0) * Math.max(1, costs.length);
}

/** How long a window that lacks rows is read again at most, in ms. */
const READ_AGAIN_MS = 63_000;

/** How long a sync may take, in ms. */
function longestMs({ watch, plan }: PlayedSync): number {
  const perRequest = plan.latencyMs.to + 60_000 / plan.requestsPerMinute;
  const again = watch.hasLaggard ? READ_AGAIN_MS : 0;
  return 120_000 + again + watch.requests * perRequest + (watch.requests - watch.successes) * 60_000;
}

const named = (entries: readonly TenantEntry[]): string =>
  entries.slice(0, 5).map(nameOf).join(', ') + (entries.length > 5 ? ', ...' : '');
