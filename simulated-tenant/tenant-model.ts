import { EntryStore, firstIndex } from './entry-store';
import { pageMeta, pageRows, RowCounter } from './page-content';
import { type PageQuery, readQuery, type TimeBound } from './page-query';
import { seedOfItem } from './random';
import type { TenantEntry } from './tenant-entry';
import {
  AUDIT_LOGS_PATH,
  type Fault,
  faultyResponse,
  INFO_PATH,
  type ReturnedPage,
  type TenantResponse,
} from './tenant-faults';
import {
  type Refusal,
  type Replica,
  tenantSettings,
  type TenantSettings,
  type TenantSettingsOptions,
} from './tenant-settings';

/** What a model starts with. */
export interface TenantModelOptions extends TenantSettingsOptions {
  readonly entries?: readonly TenantEntry[] | undefined;
  /** The server's clock, epoch ms; it must not run backwards. The real one unless given. */
  readonly now?: (() => number) | undefined;
}

/** The response to `GET /api/v1/audit_logs`, parsed. */
export interface AuditLogsPage {
  readonly audit_logs: readonly Record<string, unknown>[];
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What a server knows of a request besides its query. */
export interface RequestFacts {
  /** `auditLogsPath` or `infoPath`; the audit logs unless given. */
  readonly path?: string | undefined;
  /** The request's number, from 1; one more than the last unless given. */
  readonly number?: number | undefined;
  /** The status with which the server refuses the request, because of its key or its path. */
  readonly refused?: number | undefined;
}

/** What comes instead of a page. */
class RefusedError extends Error {
  constructor(readonly fault: Fault) {
    super('refused');
  }
}

const faultOf = (refusal: Refusal): Fault =>
  refusal === 'hang' ? { kind: 'hang' } : { kind: 'status', status: refusal };

/** A page and what its `meta` is made of. */
interface Shown {
  readonly rows: readonly TenantEntry[];
  readonly page: number;
  /** How many rows match. */
  readonly matching: number;
  readonly count: number;
}

const JSON_TYPE = 'application/json; charset=utf-8';

const errorTexts: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'You do not have permission to perform this action',
  404: 'Not found',
  429: 'Too many requests',
};

/** The shape of a captured response. */
const infoBody = JSON.stringify({
  stack: { name: 'sim1', type: 'dedicated', region: 'local', egress_ips: ['192.0.2.10', '192.0.2.11'] },
});

/** A tenant in memory: its entries and how it responds, refusals and faults included. Nothing of HTTP. */
export class TenantModel {
  /** How it responds; may be changed between two responses. */
  readonly settings: TenantSettings;
  readonly #now: () => number;
  readonly #store: EntryStore;
  readonly #counter = new RowCounter();
  #number = 0;
  /** The last `Date`, and the second it names: many responses share one. */
  #date = '';
  #dateSecond: number | undefined;

  /** `settings`: those of the options unless given; shared with other holders. */
  constructor(options: TenantModelOptions = {}, settings: TenantSettings = tenantSettings(options)) {
    const { entries = [], now = Date.now } = options;
    this.settings = settings;
    this.#now = now;
    this.#store = new EntryStore({ now, visibleFrom: (entry) => this.#visibleFrom(entry) });
    this.#store.add(entries, -Infinity);
  }

  /** Adds entries, in any order. They show from `visibleAt` on, or else from their own time on. */
  add(entries: readonly TenantEntry[]): void {
    this.#store.add(entries, this.#now());
  }

  /** Forgets the visible entries from before a time (epoch ms), as retention does. Returns how many there were. */
  purgeOlderThan(at: number): number {
    return this.#store.purgeOlderThan(at);
  }

  /**
   * Goes back to a snapshot: the visible entries from a time on (epoch ms) are gone, as if they had never been, and their
   * ids may be given again. Returns them, oldest first.
   */
  restore(at: number): readonly TenantEntry[] {
    return this.#store.restore(at);
  }

  /** The entries that are visible now, oldest first: a view, valid until the model changes. */
  visibleEntries(): readonly TenantEntry[] {
    return this.#store.visible();
  }

  /** The visible entries that the replica does not show now. */
  lackingEntries(): ReadonlySet<TenantEntry> {
    const { replica } = this.settings;
    this.#store.visible();
    return replica === undefined ? new Set() : this.#lackedBy(replica);
  }

  /** How many entries there are that aren't visible yet. */
  get pendingCount(): number {
    return this.#store.pendingCount;
  }

  /**
   * Up to `count` whole numbers that are no entry's id and lie just below the ids at the time `at` (epoch ms), ascending:
   * ids for entries that show late, which had got their number in time. Above all ids where there aren't enough.
   */
  unusedIds(at: number, count: number): number[] {
    return this.#store.unusedIds(at, count);
  }

  /** The response to a query, as all settings have it. */
  respond(query: URLSearchParams, { path = AUDIT_LOGS_PATH, number, refused }: RequestFacts = {}): TenantResponse {
    this.#number = number ?? this.#number + 1;
    const { beforeResponse, faultFor } = this.settings;
    beforeResponse?.({ number: this.#number, query, path });
    const fault = faultFor?.(this.#number, query, path);
    const error = (status: number): TenantResponse => this.error(status);
    const right = (): TenantResponse => (refused === undefined ? this.#rightResponse(query, path) : error(refused));
    return this.#dated(fault === undefined ? right() : faultyResponse(fault, { right, error }));
  }

  /** An error in the tenant's style. It has no date. */
  error(status: number): TenantResponse {
    const isText = this.settings.errorStyle === 'text';
    const headers = { 'content-type': isText ? 'text/plain; charset=utf-8' : JSON_TYPE };
    return { status, headers, body: this.#errorBody(status) };
  }

  /** The page that a query asks for, parsed: large integers are rounded, see `pageBody`. */
  page(query: URLSearchParams): AuditLogsPage {
    return JSON.parse(this.pageBody(query)) as AuditLogsPage;
  }

  /** The body of the page that a query asks for, JSON, without faults. Throws Error where the page is refused. */
  pageBody(query: URLSearchParams): string {
    this.#number += 1;
    return this.#body(query).body;
  }

  #visibleFrom({ at, visibleAt }: TenantEntry): number {
    const { stalls, storeLagMs } = this.settings;
    const arrives = visibleAt ?? at;
    const stall = stalls.find(({ from, to }) => arrives >= from && arrives < to);
    return (stall?.to ?? arrives) + storeLagMs;
  }

  #rightResponse(query: URLSearchParams, path: string): TenantResponse {
    const headers = { 'content-type': JSON_TYPE };
    if (path === INFO_PATH) return { status: 200, headers, body: infoBody };
    try {
      return { status: 200, headers, ...this.#body(query) };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return faultyResponse(error.fault, { right: () => this.error(500), error: (status) => this.error(status) });
    }
  }

  /** Throws RefusedError where there is no page. */
  #body(query: URLSearchParams): { body: string; page: ReturnedPage } {
    const { settings } = this;
    const asked = readQuery(query, settings);
    const perPage = Math.max(asked.perPage, settings.pageSizeAtLeast);
    const shown = this.#shown(query, asked, perPage);
    const { withholds, heavyPage } = settings;
    const rows = withholds === undefined ? shown.rows : shown.rows.filter((row) => !withholds(row));
    refuseWhere(settings.poison !== undefined && rows.some(settings.poison), settings.poisonResponse);
    if (heavyPage !== undefined) refuseWhere(rows.length > (heavyPage.rows ?? Infinity), heavyPage.response);
    const { page, count, matching } = shown;
    const facts = { domain: settings.domain, query, page, perPage, count, rows: matching };
    const hidesCount = this.#fromReplica() && settings.replica?.withoutCount === true;
    const style = hidesCount ? { ...settings.meta, count: false } : settings.meta;
    const meta = pageMeta(facts, style);
    const tail = meta === undefined ? '}' : `,"meta":${JSON.stringify(meta)}}`;
    const body = `{"audit_logs":[${rows.map(({ text }) => text).join(',')}]${tail}`;
    if (heavyPage?.bytes !== undefined) refuseWhere(Buffer.byteLength(body) > heavyPage.bytes, heavyPage.response);
    return { body, page: { rows, count: style.present && style.count ? count : undefined } };
  }

  #shown(query: URLSearchParams, asked: PageQuery, perPage: number): Shown {
    const { settings } = this;
    const rows = this.#rows(settings.ignoresFilters ? { ...asked, userIds: [], operationNames: [] } : asked);
    const [start, end] = settings.ignoresRange ? [0, rows.length] : rangeOf(rows, asked);
    const matching = end - start;
    const { heavyRange, depthLimit, order, orderSeed } = settings;
    if (heavyRange !== undefined) refuseWhere(matching > heavyRange.rows, heavyRange.response);
    const page = this.#pageNumber(settings.ignoresPage ? 1 : asked.page, Math.ceil(matching / perPage));
    const offset = (page - 1) * perPage;
    const tooDeep = depthLimit !== undefined && offset >= depthLimit.rows;
    if (tooDeep && depthLimit.response !== 'empty') throw new RefusedError(faultOf(depthLimit.response));
    const seed = seedOfItem(orderSeed, this.#number);
    const shown = tooDeep ? [] : pageRows({ rows, start, end, offset, perPage, order, seed });
    const count = this.#counter.count(settings.count, {
      rows: matching,
      shown: shown.length,
      requestNumber: this.#number,
      fresh: (withinMs) => this.#freshWithin(rows, [start, end], withinMs),
      question: () => questionOf(query),
    });
    return { rows: shown, page, matching, count };
  }

  /** The page that is shown where `page` of `pages` is asked for. */
  #pageNumber(page: number, pages: number): number {
    const { pastEnd } = this.settings;
    if (page === 1 || page <= pages || pastEnd === 'empty') return page;
    if (pastEnd === 'first_page') return 1;
    if (pastEnd === 'last_page') return Math.max(1, pages);
    throw new RefusedError(faultOf(pastEnd));
  }

  /** The rows that pass the filters, of what is known where the response comes from. */
  #rows(asked: PageQuery): readonly TenantEntry[] {
    const { replica, returnsNothing } = this.settings;
    if (returnsNothing?.(this.#number) === true) return [];
    const rows = this.#store.matching(asked);
    if (replica === undefined || !this.#fromReplica()) return rows;
    const lacked = this.#lackedBy(replica);
    return lacked.size === 0 ? rows : rows.filter((row) => !lacked.has(row));
  }

  #lackedBy({ lagMs, lagEntries }: Replica): ReadonlySet<TenantEntry> {
    const since = lagMs === undefined ? Infinity : this.#now() - lagMs;
    return this.#store.arrivedAfter(since, lagEntries);
  }

  #fromReplica(): boolean {
    const { replica } = this.settings;
    if (replica === undefined) return false;
    return replica.serves === undefined ? this.#number % 2 === 0 : replica.serves(this.#number);
  }

  #freshWithin(rows: readonly TenantEntry[], [start, end]: [number, number], withinMs: number): number {
    const fresh = this.#store.arrivedAfter(this.#now() - withinMs);
    if (fresh.size === 0) return 0;
    return rows.slice(start, end).filter((row) => fresh.has(row)).length;
  }

  #dated(response: TenantResponse): TenantResponse {
    const { dateHeader, dateSkewMs, extraHeaders } = this.settings;
    if (!dateHeader) return { ...response, headers: { ...extraHeaders, ...response.headers } };
    const skew = typeof dateSkewMs === 'number' ? dateSkewMs : dateSkewMs(this.#number);
    const second = Math.floor((this.#now() + skew) / 1000);
    if (second !== this.#dateSecond) {
      this.#dateSecond = second;
      this.#date = new Date(second * 1000).toUTCString();
    }
    return { ...response, headers: { date: this.#date, ...extraHeaders, ...response.headers } };
  }

  #errorBody(status: number): string {
    const message = errorTexts[status] ?? 'Something went wrong';
    const errors = [{ message, details: message }];
    switch (this.settings.errorStyle) {
      case 'object':
        return JSON.stringify({ errors });
      case 'array':
        return JSON.stringify(errors);
      case 'text':
        return message;
    }
  }
}

function refuseWhere(holds: boolean, refusal: Refusal | Fault): void {
  if (holds) throw new RefusedError(typeof refusal === 'object' ? refusal : faultOf(refusal));
}

/** The query without what chooses a page. */
function questionOf(query: URLSearchParams): string {
  const kept = new URLSearchParams(query);
  kept.delete('page');
  kept.delete('per_page');
  kept.sort();
  return kept.toString();
}

/** The rows of the range: from the first index to before the second. */
function rangeOf(rows: readonly TenantEntry[], { from, to }: PageQuery): [start: number, end: number] {
  const start = from === undefined ? 0 : indexAt(rows, from);
  const end = to === undefined ? rows.length : indexAt(rows, to);
  return [start, Math.max(start, end)];
}

function indexAt(rows: readonly TenantEntry[], { at, side }: TimeBound): number {
  return firstIndex(rows, side === 'before' ? (row) => row.at >= at : (row) => row.at > at);
}
