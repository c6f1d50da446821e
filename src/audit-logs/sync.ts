import { setMaxListeners } from 'node:events';
import {
  isRefresh,
  type Clock,
  type OpenRequest,
  type ReadContext,
  type StreamItem,
} from '@airbyte/cdk-typescript-compat';
import { SYNC_RETRY_LIMITS } from '@airbyte/cdk-typescript-compat/http';
import { LookbackCursor, type LookbackProgress } from '@airbyte/cdk-typescript-compat/incremental';
import type { Config } from '../config';
import { RecordBatch } from '../records/record';
import type { TinesClient } from '../tines/client';
import { connect, type Environment } from '../tines/connect';
import { BEGINNING, type Range } from '../tines/request';
import { idsOf, RangeRequests, rowsOf, type Response } from '../tines/responses';
import type { SlicedPage } from '../tines/page';
import { fewerReturnedError } from '../tines/errors';
import { Completeness, missingOf } from './completeness';
import { Delivery, isOfOperations, type GatheredWindow } from './delivery';
import type { Entry } from './entries';
import { openSync, type Opening } from './opening';
import { ServerFacts } from './server-facts';
import { formatState, type SavedState } from './state';
import { SyncLog } from './sync-log';
import { STANDARD_SIZES, Windows, type Window, type WindowSizes } from './windows';

/** Where a sync starts: with what is new from now on, or at a second (epoch s). */
type Start = 'now' | { readonly second: number; readonly isRefresh: boolean };

const DAY_SECONDS = 24 * 3600;
/** While a sync runs, the next one would start so long before what was read: servers round bounds, and stores are late. */
const EDGE_SECONDS = 300;
/** The waits before a window that returned too little is read again, in ms. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
/** So many of them for the newest window, which the next sync reads again anyway. */
const NEWEST_WAITS = 3;

/** What a sync is made for. */
export interface SyncInputs {
  readonly config: Config;
  readonly environment: Environment;
  readonly request: OpenRequest;
  readonly saved: SavedState | undefined;
  readonly sizes?: WindowSizes | undefined;
}

/**
 * One sync of the audit logs, as a StreamReader reads: from the saved state, or the first range, to whatever is newest. When
 * stopped, the window that is being delivered is finished first.
 * @throws ConnectorError
 */
export async function* readAuditLogs(inputs: SyncInputs, context: ReadContext): AsyncGenerator<StreamItem, void> {
  const { config, environment, saved } = inputs;
  const ended = new AbortController();
  // Every request under way listens to it.
  setMaxListeners(0, ended.signal);
  const stop = (): void => {
    ended.abort();
  };
  context.signal.addEventListener('abort', stop, { once: true });
  const log = new SyncLog(context.log, environment.clock);
  const client = connect(config, environment, {
    log: context.log,
    mask: context.mask,
    retryLimits: SYNC_RETRY_LIMITS,
    hasSucceeded: saved?.isOfTenant === true,
    onWait: (until, reason) => {
      context.rateLimited(until);
      log.waits(until, reason, config.requestsPerMinute);
    },
  });
  const sync = new Sync(inputs, client, log, ended.signal);
  try {
    const start = startOf(inputs);
    if (start === 'now') yield* sync.startFromNow();
    else yield* sync.readFrom(start.second, start.isRefresh);
  } catch (error) {
    // Asked to stop: what a request was interrupted with is no error.
    if (!context.signal.aborted) throw error;
  } finally {
    log.warn();
    context.signal.removeEventListener('abort', stop);
    ended.abort();
  }
}

function startOf({ saved, config, request }: SyncInputs): Start {
  if (saved !== undefined) return { second: Math.max(BEGINNING, saved.recentFrom), isRefresh: false };
  if (config.backfillStart !== undefined) {
    return { second: Math.max(BEGINNING, Math.floor(config.backfillStart / 1000)), isRefresh: false };
  }
  const isAsked = isRefresh(request);
  return request.syncMode === 'full_refresh' || isAsked ? { second: BEGINNING, isRefresh: isAsked } : 'now';
}

/** The steps of one sync. To be used once. Times are epoch s. */
class Sync {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #saved: SavedState | undefined;
  readonly #excludedOperations: ReadonlySet<string>;
  readonly #columns: OpenRequest['columns'];
  readonly #sizes: WindowSizes;
  readonly #client: TinesClient;
  readonly #log: SyncLog;
  readonly #signal: AbortSignal;
  readonly #facts = new ServerFacts();
  readonly #requests: RangeRequests;
  readonly #lookback: number;
  constructor(
    { config, environment, request, saved, sizes }: SyncInputs,
    client: TinesClient,
    log: SyncLog,
    signal: AbortSignal,
  ) {
    this.#config = config;
    this.#clock = environment.clock;
    this.#saved = saved;
    this.#excludedOperations = new Set(config.excludedOperations);
    this.#columns = request.columns;
    this.#sizes = sizes ?? STANDARD_SIZES;
    this.#client = client;
    this.#log = log;
    this.#signal = signal;
    this.#lookback = config.lookbackMinutes * 60;
    this.#requests = new RangeRequests(
      client,
      this.#sizes.perPage,
      (response) => {
        this.#facts.add(response);
        log.read(response.page.size);
      },
      signal,
    );
  }

  /**
   * A first sync without a start time: nothing old is delivered. It reads back as far as the lookback reaches, and
   * remembers what it finds there as delivered: what the first response has returned, and what is older than its newest.
   */
  async *startFromNow(): AsyncGenerator<StreamItem, void> {
    // The first response may come minutes after this, if none of the whole range comes at all.
    const began = Math.floor(this.#clock.now() / 1000);
    const all = await this.#open(BEGINNING);
    const now = untilNow(all.newest ?? newestOfOne(all.response), all) ?? Math.min(began, all.earlierNow);
    const from = Math.max(BEGINNING, now - this.#lookback);
    const returned = all.response === undefined ? new Set() : idsOf(all.response.page);
    this.#log.startsNow(now);
    const cursor = LookbackCursor.startingAt(from);
    // A page that is full of its newest second may lack rows of it.
    const isCut = all.response?.oldest === now;
    const isOld = ({ page, row, second }: Entry): boolean =>
      second < now || (second === now && isCut) || returned.has(page.idOf(row));
    // What the first response counts is another range.
    const opening = await this.#open(from);
    yield* this.#deliver(opening, from, cursor, isOld, all.response);
  }

  /** Reads everything from a second on. @param isRefreshed whether that is because Airbyte asked for everything anew */
  async *readFrom(from: number, isRefreshed: boolean): AsyncGenerator<StreamItem, void> {
    const saved = this.#saved;
    const cursor = saved === undefined ? LookbackCursor.startingAt(from) : new LookbackCursor(saved);
    if (isRefreshed) this.#log.refresh();
    yield { startFrom: this.#stateOf(cursor, from, Math.floor(this.#clock.now() / 1000)) };
    const opening = await this.#open(from);
    const { response, counted, laterNow } = opening;
    this.#log.start(this.#config.domain, from, laterNow, counted);
    if (saved !== undefined) this.#log.saved(saved, this.#config, laterNow);
    if (response !== undefined && !matchesFilters(response.page, this.#config)) this.#log.filtersIgnored();
    if (response !== undefined && counted !== undefined) {
      yield { estimate: this.#estimateOf(counted, cursor, response.page) };
    }
    if (response?.page.size === 0) this.#log.nothingReturned();
    yield* this.#deliver(opening, from, cursor, () => false);
  }

  /** How many records may come, if what is excluded is as frequent everywhere as on the first page. */
  #estimateOf(counted: number, cursor: LookbackCursor, page: SlicedPage): number {
    const excluded = rowsOf(page).filter((row) => isOfOperations(page, row, this.#excludedOperations));
    const share = excluded.length / Math.max(1, page.size);
    return Math.max(0, Math.round(counted * (1 - share)) - cursor.position.delivered.size);
  }

  #open(from: number): Promise<Opening> {
    return openSync({ from, to: undefined }, this.#requests, this.#facts, this.#clock);
  }

  async *#deliver(
    opening: Opening,
    from: number,
    cursor: LookbackCursor,
    isOld: (entry: Entry) => boolean,
    before?: Response,
  ): AsyncGenerator<StreamItem, void> {
    const { response, newest, earlierNow, laterNow } = opening;
    const batch = new RecordBatch(this.#config.tenant, this.#log.replaced, this.#columns);
    const delivery = new Delivery(
      { cursor, batch, laterNow, isOld, excludedOperations: this.#excludedOperations },
      [before, response],
      newest === undefined ? Infinity : Math.max(newest, earlierNow),
    );
    const completeness = new Completeness(opening, this.#requests, this.#facts);
    const windows = this.#windowsOf(from, opening);
    for await (const read of windows.read()) {
      const [window, gathered] = await this.#verified(read, delivery, windows, completeness);
      const { range } = window;
      completeness.gathered(window, gathered);
      const reached = newestOf(opening, range.to, gathered.newest);
      const nextStart = this.#nextStart(range, reached, cursor, completeness);
      cursor.rememberFrom(nextStart);
      const counts = yield* delivery.deliver(range);
      const forgotten = cursor.advance(this.#progress(range, reached, nextStart, completeness));
      this.#log.window(range, gathered, counts, missingOf(window, gathered), forgotten);
      yield { checkpoint: this.#stateOf(cursor, from, laterNow) };
      if (window.unreadable !== undefined) throw window.unreadable;
      if (this.#signal.aborted) return;
    }
    this.#log.finish(opening.counted, completeness, this.#client.requestsSent);
  }

  #windowsOf(from: number, opening: Opening): Windows {
    return new Windows({ from, to: undefined }, opening, {
      requests: this.#requests,
      facts: this.#facts,
      clock: this.#clock,
      signal: this.#signal,
      laterNow: () =>
        Math.max(opening.laterNow, Math.floor(Math.max(this.#clock.now(), this.#requests.serverNow()) / 1000)),
      sizes: this.#sizes,
      workers: this.#config.workers,
      responseMs: () => this.#client.responseMs,
      bufferedBytes: () => this.#client.bufferedBytes,
    });
  }

  /** A window and what it returned, read again while that is less than was counted. @throws ConnectorError */
  async #verified(
    first: Window,
    delivery: Delivery,
    windows: Windows,
    completeness: Completeness,
  ): Promise<[Window, GatheredWindow]> {
    let window = first;
    let gathered = delivery.gather(window);
    let isRefuted = false;
    for (let attempt = 0; isRefuted || (await completeness.isShort(window, gathered, attempt)); attempt += 1) {
      const isNewest = window.range.to === undefined;
      const wait = WAITS_MS[attempt];
      if (isNewest && attempt >= NEWEST_WAITS) break;
      if (wait === undefined) throw fewerReturnedError(window.range.from);
      this.#log.readsAgain(window.range, gathered.rows, wait);
      await this.#clock.sleep(wait, this.#signal);
      const again = await windows.readAgain(window);
      // What lacks most of the rows that came before says nothing of those that are missing.
      isRefuted = delivery.gather(again).rows < gathered.rows / 2;
      const counted = Math.max(window.counted ?? 0, again.counted ?? 0);
      window = { ...again, counted, responses: [...window.responses, ...again.responses] };
      gathered = delivery.gather(window);
    }
    const planned = completeness.rowsAfter;
    if (planned !== undefined) windows.planBy(planned);
    return [window, gathered];
  }

  /**
   * Where the next sync starts after a window: while this one runs, far enough back that a store which is behind is read
   * again. Never earlier than now.
   */
  #nextStart(
    { to }: Range,
    newest: number | undefined,
    { position: { recentFrom } }: LookbackCursor,
    { isBehind, isHeld }: Completeness,
  ): number {
    if (isBehind || isHeld || newest === undefined) return recentFrom;
    const kept = newest - Math.max(this.#lookback, DAY_SECONDS);
    return Math.max(recentFrom, Math.min((to ?? Infinity) - EDGE_SECONDS, kept));
  }

  /** How far the position moves after a window. @param nextStart of {@link #nextStart} */
  #progress(
    { to }: Range,
    newest: number | undefined,
    nextStart: number,
    { isBehind, isHeld }: Completeness,
  ): LookbackProgress {
    if (newest === undefined) return { recentFrom: undefined, timestamp: undefined, latestRecentFrom: 0 };
    const latest = Math.min((to ?? Infinity) - EDGE_SECONDS, newest - this.#lookback);
    const isEnd = to === undefined;
    return {
      recentFrom: isBehind ? undefined : isEnd ? latest : nextStart,
      timestamp: Math.min(to ?? Infinity, newest) * 1000,
      latestRecentFrom: isBehind || (isHeld && !isEnd) ? 0 : latest,
    };
  }

  #stateOf(cursor: LookbackCursor, from: number, now: number): object {
    const { lookbackMinutes, backfillStart = Infinity } = this.#config;
    const start = Math.min(this.#saved?.lastSync?.start ?? from, Math.floor(backfillStart / 1000));
    return formatState(cursor.position, this.#config, { at: now, start: Math.max(BEGINNING, start), lookbackMinutes });
  }
}

/** The later of both clocks stands for a second beyond both. */
function untilNow(second: number | undefined, { laterNow }: Opening): number | undefined {
  return second === undefined ? undefined : Math.min(second, laterNow);
}

/**
 * The newest second, as far as is known: where the opening doesn't tell it, the later of what was returned and the end of
 * what was read. The end counts as far as both clocks have come: one that is wrong for a single response would move the
 * position past what is still to come.
 */
function newestOf(opening: Opening, to: number | undefined, newestOfWindow: number | undefined): number | undefined {
  const { newest, response, earlierNow } = opening;
  const end = to === undefined ? -Infinity : Math.min(to, earlierNow);
  const returned = Math.max(end, newestOfWindow ?? -Infinity, response?.newest ?? -Infinity);
  return untilNow(newest ?? (Number.isFinite(returned) ? returned : undefined), opening);
}

/** Where only one row is returned, it is the newest in the API's order. */
function newestOfOne(response: Response | undefined): number | undefined {
  return response?.perPage === 1 && Number.isFinite(response.newest) ? response.newest : undefined;
}

/** Whether the rows of a page are those that the filters let through. */
function matchesFilters(page: SlicedPage, { userIds, operationNames }: Config): boolean {
  const isOf = (value: string | undefined, filter: readonly string[]): boolean =>
    filter.length === 0 || value === undefined || filter.includes(value);
  return rowsOf(page).every(
    (row) => isOf(page.textOf(row, 'operation_name'), operationNames) && isOf(page.textOf(row, 'user_id'), userIds),
  );
}
