import { type MetaStyle, pageMeta } from './page-meta';
import { type PageQuery, type QueryRules, readQuery, type TimeBound } from './page-query';
import { firstIndex, SortedEntries } from './sorted-entries';
import { type EntryId, type TenantEntry } from './tenant-entry';

/** Ways in which a server can be wrong. All off by default; set at any time. Answers are numbered from 1. */
export interface Misbehaviour {
  /** Added to the true `count`; `pages`, `next_page` and `next_page_number` follow the wrong count. */
  countOffset?: number | ((answer: number) => number) | undefined;
  /** Some answers come from a replica that lacks what became visible last. */
  replica?: ReplicaLag | undefined;
  /** Whatever `page` is asked for, page 1 is the answer, as from a server that can't read it. */
  repeatsFirstPage?: boolean | undefined;
  /** `after` and `before` have no effect. */
  ignoresRange?: boolean | undefined;
  oldestFirst?: boolean | undefined;
  /** Pages have at least this many entries, even if `per_page` asks for fewer. */
  pageSizeAtLeast?: number | undefined;
  /** Entries that are counted but never shown: their pages are shorter. */
  withholds?: ((entry: TenantEntry) => boolean) | undefined;
}

/** How far behind a replica is, and which answers it gives. */
export interface ReplicaLag {
  /** It lacks this many of the entries that became visible last. */
  readonly lagEntries?: number | undefined;
  /** It lacks what became visible within this many ms. */
  readonly lagMs?: number | undefined;
  /** Whether it gives this answer; unless given, every second one: 2, 4, 6. */
  readonly serves?: ((answer: number) => boolean) | undefined;
}

/** Everything about the tenant that can be set, also between two answers. */
export interface TenantSettings extends QueryRules {
  /** The host that `meta` puts into its URLs. */
  domain: string;
  meta: MetaStyle;
  misbehaviour: Misbehaviour;
}

/** What a model starts with; anything else is as Tines' API docs and captured answers have it. */
export interface TenantModelOptions extends Partial<Omit<TenantSettings, 'meta'>> {
  readonly entries?: readonly TenantEntry[] | undefined;
  /** The server's clock, epoch ms; it must not run backwards. */
  readonly now?: (() => number) | undefined;
  readonly meta?: Partial<MetaStyle> | undefined;
}

/** The answer to `GET /api/v1/audit_logs`, parsed. */
export interface AuditLogsPage {
  readonly audit_logs: readonly Record<string, unknown>[];
  readonly meta?: Readonly<Record<string, unknown>>;
}

const keptFilters = 8;

/** A tenant in memory: its entries and how it answers. Nothing of HTTP. */
export class TenantModel {
  readonly settings: TenantSettings;
  readonly #now: () => number;
  readonly #visible = new SortedEntries();
  /** Entries in the order in which they became visible, and when each did. */
  readonly #arrivals: { readonly entry: TenantEntry; readonly at: number }[] = [];
  /** Entries that aren't visible yet, the next one last. */
  #pending: TenantEntry[] = [];
  readonly #filtered = new Map<string, readonly TenantEntry[]>();
  #answers = 0;
  #highestId = 0;
  /** All ids; known once `unusedIds` has looked for gaps. */
  #usedIds: Set<EntryId> | undefined;

  constructor(options: TenantModelOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.settings = startSettings(options);
    this.#admit(options.entries ?? [], -Infinity);
  }

  /** Adds entries, in any order. They show from `visibleAt` on, or else from their own time on. */
  add(entries: readonly TenantEntry[]): void {
    const now = this.#now();
    this.#release(now);
    this.#admit(entries, now);
  }

  /** Forgets the visible entries from before a time (epoch ms), as retention does. Returns how many there were. */
  purgeOlderThan(at: number): number {
    this.#release(this.#now());
    const index = firstIndex(this.#visible.rows, (row) => row.at >= at);
    this.#visible.dropBefore(index);
    const kept = this.#arrivals.filter(({ entry }) => entry.at >= at);
    this.#arrivals.length = 0;
    for (const arrival of kept) this.#arrivals.push(arrival);
    this.#filtered.clear();
    return index;
  }

  /** The entries that are visible now, oldest first: a view, valid until the model changes. */
  visibleEntries(): readonly TenantEntry[] {
    this.#release(this.#now());
    return this.#visible.rows;
  }

  /** How many entries there are that aren't visible yet. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /**
   * Up to `count` whole numbers that are no entry's id and lie just below the ids at the time `at` (epoch ms), ascending:
   * ids for entries that show late, which had got their number in time. Above all ids where there aren't enough.
   */
  unusedIds(at: number, count: number): number[] {
    const { rows } = this.#visible;
    const next = rows[firstIndex(rows, (row) => row.at >= at)]?.id;
    const unused: number[] = [];
    if (typeof next === 'number') {
      const used = (this.#usedIds ??= new Set([...rows, ...this.#pending].map(({ id }) => id)));
      for (let id = next - 1; id > 0 && unused.length < count; id--) if (!used.has(id)) unused.push(id);
    }
    for (let id = this.#highestId + 1; unused.length < count; id++) unused.push(id);
    return unused.sort((a, b) => a - b);
  }

  /** The page that a query asks for, parsed: large integers are rounded, see `pageBody`. */
  page(query: URLSearchParams): AuditLogsPage {
    return JSON.parse(this.pageBody(query)) as AuditLogsPage;
  }

  /** The body of the answer to a query, JSON. */
  pageBody(query: URLSearchParams): string {
    const now = this.#now();
    this.#release(now);
    this.#answers++;
    const { misbehaviour, domain, meta } = this.settings;
    const asked = readQuery(query, this.settings);
    const rows = this.#lacking(this.#matching(asked), now);
    const [start, end] = misbehaviour.ignoresRange === true ? [0, rows.length] : rangeOf(rows, asked);
    const page = misbehaviour.repeatsFirstPage === true ? 1 : asked.page;
    const perPage = Math.max(asked.perPage, misbehaviour.pageSizeAtLeast ?? 0);
    const shown = pageOf(rows, { start, end, page, perPage, oldestFirst: misbehaviour.oldestFirst === true });
    const withholds = misbehaviour.withholds;
    const texts = (withholds ? shown.filter((row) => !withholds(row)) : shown).map(({ text }) => text);
    const metaText = pageMeta({ domain, query, page, perPage, count: this.#countOf(end - start) }, meta);
    const tail = metaText === undefined ? '}' : `,"meta":${JSON.stringify(metaText)}}`;
    return `{"audit_logs":[${texts.join(',')}]${tail}`;
  }

  #countOf(count: number): number {
    const { countOffset = 0 } = this.settings.misbehaviour;
    return Math.max(0, count + (typeof countOffset === 'number' ? countOffset : countOffset(this.#answers)));
  }

  #matching({ userIds, operationNames }: PageQuery): readonly TenantEntry[] {
    if (userIds.length === 0 && operationNames.length === 0) return this.#visible.rows;
    const key = JSON.stringify([userIds, operationNames]);
    const known = this.#filtered.get(key);
    if (known !== undefined) return known;
    const [users, names] = [new Set(userIds), new Set(operationNames)];
    const rows = this.#visible.rows.filter(
      ({ userId, operationName }) =>
        (users.size === 0 || (userId !== undefined && users.has(String(userId)))) &&
        (names.size === 0 || (operationName !== undefined && names.has(operationName))),
    );
    if (this.#filtered.size >= keptFilters) this.#filtered.clear();
    this.#filtered.set(key, rows);
    return rows;
  }

  /** Without what the replica lacks, if it gives this answer. */
  #lacking(rows: readonly TenantEntry[], now: number): readonly TenantEntry[] {
    const { replica } = this.settings.misbehaviour;
    if (replica === undefined) return rows;
    const { lagEntries = 0, lagMs, serves = (answer) => answer % 2 === 0 } = replica;
    if (!serves(this.#answers)) return rows;
    const since = lagMs === undefined ? Infinity : now - lagMs;
    const fresh = this.#arrivals.filter(({ at }, index) => index >= this.#arrivals.length - lagEntries || at > since);
    const lacked = new Set(fresh.map(({ entry }) => entry));
    return rows.filter((row) => !lacked.has(row));
  }

  /** Takes entries in: those that are due become visible now, at the earliest at `notBefore`, the others wait. */
  #admit(entries: readonly TenantEntry[], notBefore: number): void {
    for (const { id } of entries) {
      if (typeof id !== 'number') continue;
      this.#highestId = Math.max(this.#highestId, id);
      this.#usedIds?.add(id);
    }
    const now = this.#now();
    const due = entries.filter((entry) => visibleFrom(entry) <= now);
    const waiting = due.length === entries.length ? [] : entries.filter((entry) => visibleFrom(entry) > now);
    this.#show(due, notBefore);
    if (waiting.length === 0) return;
    this.#pending = this.#pending.concat(waiting).sort((a, b) => visibleFrom(b) - visibleFrom(a));
  }

  /** Makes the pending entries visible whose time has come. */
  #release(now: number): void {
    const due: TenantEntry[] = [];
    for (let next = this.#pending.at(-1); next !== undefined && visibleFrom(next) <= now; next = this.#pending.at(-1)) {
      due.push(next);
      this.#pending.pop();
    }
    this.#show(due, -Infinity);
  }

  #show(entries: readonly TenantEntry[], notBefore: number): void {
    if (entries.length === 0) return;
    this.#visible.insert(entries);
    for (const entry of entries) this.#arrivals.push({ entry, at: Math.max(notBefore, visibleFrom(entry)) });
    this.#filtered.clear();
  }
}

function startSettings(options: TenantModelOptions): TenantSettings {
  const { meta = {} } = options;
  return {
    domain: options.domain ?? 'simulated.tines.example',
    defaultPerPage: options.defaultPerPage ?? 20,
    maxPerPage: options.maxPerPage ?? 500,
    overMaxPerPage: options.overMaxPerPage ?? 'clamp',
    afterEdge: options.afterEdge ?? 'exact_exclusive',
    beforeEdge: options.beforeEdge ?? 'exact_exclusive',
    repeatedBareFilter: options.repeatedBareFilter ?? 'all',
    misbehaviour: options.misbehaviour ?? {},
    meta: {
      present: meta.present ?? true,
      nextPageNumber: meta.nextPageNumber ?? true,
      totals: meta.totals ?? true,
      lastNextPage: meta.lastNextPage ?? 'null',
    },
  };
}

function visibleFrom({ at, visibleAt }: TenantEntry): number {
  return visibleAt ?? at;
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

interface PageCut {
  readonly start: number;
  readonly end: number;
  readonly page: number;
  readonly perPage: number;
  readonly oldestFirst: boolean;
}

function pageOf(rows: readonly TenantEntry[], { start, end, page, perPage, oldestFirst }: PageCut): TenantEntry[] {
  const skipped = (page - 1) * perPage;
  if (oldestFirst) return rows.slice(Math.min(start + skipped, end), Math.min(start + skipped + perPage, end));
  const newest = Math.max(start, end - skipped);
  return rows.slice(Math.max(start, newest - perPage), newest).reverse();
}
