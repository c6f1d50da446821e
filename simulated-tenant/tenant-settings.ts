import type { CountRule, MetaStyle, RowOrder } from './page-content';
import type { QueryRules } from './page-query';
import type { Fault, FaultChooser, Headers } from './tenant-faults';
import type { TenantEntry } from './tenant-entry';

/** A request for audit logs as the settings that are functions see it. */
export interface TenantRequest {
  /** From 1, in the order of arrival; over all paths where the tenant is a server. */
  readonly number: number;
  readonly query: URLSearchParams;
  readonly path: string;
}

/** What is given instead of a page: an error with this status, or no response at all. */
export type Refusal = number | 'hang';

/** Replica of the store that lags behind: some responses come from it. */
export interface Replica {
  /** It lacks what became visible within this many ms. */
  readonly lagMs?: number | undefined;
  /** It lacks this many of the entries that became visible last. */
  readonly lagEntries?: number | undefined;
  /** Whether it gives the response to the request of this number; unless given, every second one: 2, 4, 6. */
  readonly serves?: ((requestNumber: number) => boolean) | undefined;
  /** True: its responses have no `meta.count`. */
  readonly withoutCount?: boolean | undefined;
}

/** Stall of the log pipeline: entries of this time (epoch ms, `to` excluded) become visible only at `to`. */
export interface Stall {
  readonly from: number;
  readonly to: number;
}

/** Settings of a simulated tenant: how it responds, and how it differs from a server without a fault. All of them can be changed between two responses. */
export interface TenantSettings extends QueryRules {
  /** The host that `meta` puts into its URLs. */
  domain: string;
  /** What `meta` looks like. */
  meta: MetaStyle;
  /** What `meta.count` says. */
  count: CountRule;
  /** The order of the rows, over all pages. */
  order: RowOrder;
  /** Seed of the orders that are random. */
  orderSeed: number;
  /** `after` and `before` have no effect. */
  ignoresRange: boolean;
  /** `user_id` and `operation_name` have no effect. */
  ignoresFilters: boolean;
  /** Whatever `page` is asked for, page 1 is the response, as from a server that can't read it. */
  ignoresPage: boolean;
  /** Pages have at least this many rows, even if `per_page` asks for fewer. */
  pageSizeAtLeast: number;
  /** Entries that are counted but never shown: their pages are shorter. */
  withholds: ((entry: TenantEntry) => boolean) | undefined;
  /** A page behind the last one, page 1 excepted: no rows, the last or the first page again, or an error with this status. */
  pastEnd: 'empty' | 'last_page' | 'first_page' | Refusal;
  /** Pages that begin at this row (from 0) or a later one: no rows, though they are counted, or an error. */
  depthLimit: { readonly rows: number; readonly response: 'empty' | Refusal } | undefined;
  /** Questions whose range and filters match more than so many rows are too heavy. */
  heavyRange: { readonly rows: number; readonly response: Refusal } | undefined;
  /** Pages that would show more than so many rows, or whose body would have more than so many bytes, are too heavy. */
  heavyPage: { readonly rows?: number; readonly bytes?: number; readonly response: Refusal } | undefined;
  /** Rows that can't be shown, or that a filter in front of the tenant refuses: a page with one gets `poisonResponse`. */
  poison: ((entry: TenantEntry) => boolean) | undefined;
  /** What a page with a row of `poison` is answered with; status 500 unless given. */
  poisonResponse: Fault;
  /** The replica that gives some of the responses. */
  replica: Replica | undefined;
  /** Every entry becomes visible this many ms later than it would. Applies to entries that are added from now on. */
  storeLagMs: number;
  /** Times in which nothing new becomes visible. They apply to entries that are added from now on. */
  stalls: readonly Stall[];
  /** Whether the response to the request of this number shows and counts nothing, whatever there is. */
  returnsNothing: ((requestNumber: number) => boolean) | undefined;
  /** False: responses have no `Date` header. */
  dateHeader: boolean;
  /** How far the `Date` header alone is ahead of the server's time, in ms; a function of the request's number, if responses differ. */
  dateSkewMs: number | ((requestNumber: number) => number);
  /** Sent with every response in addition to its own, such as those of a rate limit. */
  extraHeaders: Headers;
  /** Error bodies of Tines vary between endpoints: `{"errors":[...]}`, the bare array, or text. */
  errorStyle: 'object' | 'array' | 'text';
  /** What goes wrong with a response; comes before everything else about it. */
  faultFor: FaultChooser | undefined;
  /** Called just before a response is made: what is added or purged here falls between two responses. */
  beforeResponse: ((request: TenantRequest) => void) | undefined;
}

/** The settings that may be given; the others, and those that are undefined, are the standard ones. */
export type Given<Settings> = { readonly [Key in keyof Settings]?: Settings[Key] | undefined };

/** A tenant as Tines' API docs and captured responses have it. */
const standardSettings: TenantSettings = {
  domain: 'simulated.tines.example',
  meta: {
    present: true,
    count: true,
    pages: true,
    nextPage: true,
    nextPageNumber: true,
    pagesOf: 'count',
    perPage: 'true',
    lastNextPage: 'null',
  },
  count: { kind: 'true' },
  defaultPerPage: 20,
  maxPerPage: 500,
  overMaxPerPage: 'clamp',
  boundFractions: 'read',
  boundSeconds: 'read',
  afterEdge: 'exact_exclusive',
  beforeEdge: 'exact_exclusive',
  repeatedBareFilter: 'all',
  order: 'newest_first',
  orderSeed: 1,
  ignoresRange: false,
  ignoresFilters: false,
  ignoresPage: false,
  pageSizeAtLeast: 0,
  withholds: undefined,
  pastEnd: 'empty',
  depthLimit: undefined,
  heavyRange: undefined,
  heavyPage: undefined,
  poison: undefined,
  poisonResponse: { kind: 'status', status: 500 },
  replica: undefined,
  storeLagMs: 0,
  stalls: [],
  returnsNothing: undefined,
  dateHeader: true,
  dateSkewMs: 0,
  extraHeaders: {},
  errorStyle: 'object',
  faultFor: undefined,
  beforeResponse: undefined,
};

/** Options of a tenant's settings, `meta` in part. */
export interface TenantSettingsOptions extends Omit<Given<TenantSettings>, 'meta'> {
  readonly meta?: Given<MetaStyle> | undefined;
}

/** The settings of a tenant that starts with these options. */
export function tenantSettings(options: TenantSettingsOptions): TenantSettings {
  const meta = settingsOf(standardSettings.meta, options.meta ?? {});
  return settingsOf(standardSettings, { ...options, meta });
}

/** The standard settings, but for those that are given. Anything else in `given` is left out. */
export function settingsOf<Settings extends object>(standard: Settings, given: Given<Settings>): Settings {
  const keys = Object.keys(standard) as (keyof Settings)[];
  return Object.fromEntries(keys.map((key) => [key, given[key] ?? standard[key]])) as Settings;
}
