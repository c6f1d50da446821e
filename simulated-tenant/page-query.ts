/**
 * How the server reads a bound T. Which of them Tines does isn't documented. `exact_*` compare the stored time with its
 * microseconds (`after=...:30Z` exclusive: shows 30.000001), `second_*` the time printed, cut to seconds.
 */
export type RangeEdge = 'exact_exclusive' | 'exact_inclusive' | 'second_exclusive' | 'second_inclusive';

/** How the server reads its query. */
export interface QueryRules {
  /** `per_page` where none is asked for; Tines' API docs: 20. */
  defaultPerPage: number;
  /** The largest `per_page`; Tines' API docs: 500. Older servers cap lower. */
  maxPerPage: number;
  /** What a larger `per_page` gives: the maximum, or the default. Not documented. */
  overMaxPerPage: 'clamp' | 'default';
  /** What a fraction of a second in a bound means: itself, nothing, or that the bound can't be read and is left out. */
  boundFractions: 'read' | 'cut' | 'unreadable';
  /** What the seconds of a bound mean: themselves, nothing, or that the bound is rounded to the nearest minute. */
  boundSeconds: 'read' | 'cut' | 'rounded';
  afterEdge: RangeEdge;
  beforeEdge: RangeEdge;
  /** Whether `user_id=1&user_id=2`, without brackets, means both or only the last (as Rails reads it). */
  repeatedBareFilter: 'all' | 'last';
}

/** A place in time between entries: before those that happened at `at`, or behind them. */
export interface TimeBound {
  /** Epoch ms. */
  readonly at: number;
  readonly side: 'before' | 'behind';
}

/** A query as the server has understood it. */
export interface PageQuery {
  readonly page: number;
  readonly perPage: number;
  readonly from: TimeBound | undefined;
  readonly to: TimeBound | undefined;
  readonly userIds: readonly string[];
  readonly operationNames: readonly string[];
}

const MINUTE_MS = 60_000;
const READABLE_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads a query. A `page` that is no whole number from 1 on is page 1, without an error, as a live server was seen to
 * answer. An unreadable `after` or `before` is left out, an unreadable `per_page` means the default; neither is documented.
 */
export function readQuery(query: URLSearchParams, rules: QueryRules): PageQuery {
  return {
    page: positive(query.get('page')) ?? 1,
    perPage: readPerPage(query.get('per_page'), rules),
    from: lowerBound(readTime(query.get('after'), rules), rules.afterEdge),
    to: upperBound(readTime(query.get('before'), rules), rules.beforeEdge),
    userIds: readFilter(query, 'user_id', rules),
    operationNames: readFilter(query, 'operation_name', rules),
  };
}

function positive(text: string | null): number | undefined {
  const value = text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return value >= 1 ? value : undefined;
}

function readPerPage(text: string | null, rules: QueryRules): number {
  const standard = Math.min(rules.defaultPerPage, rules.maxPerPage);
  const asked = positive(text) ?? standard;
  if (asked <= rules.maxPerPage) return asked;
  return rules.overMaxPerPage === 'clamp' ? rules.maxPerPage : standard;
}

function readFilter(query: URLSearchParams, name: string, { repeatedBareFilter }: QueryRules): readonly string[] {
  const bare = query.getAll(name);
  return [...query.getAll(`${name}[]`), ...(repeatedBareFilter === 'last' ? bare.slice(-1) : bare)];
}

/** Epoch ms. A time without a zone is UTC. */
function readTime(text: string | null, rules: QueryRules): number | undefined {
  const match = READABLE_TIME.exec(text ?? '');
  if (match === null) return undefined;
  const hasClock = match[0].length > 10;
  const at = Date.parse(hasClock && match[1] === undefined ? `${match[0]}Z` : match[0]);
  if (Number.isNaN(at)) return undefined;
  if (at % 1000 !== 0 && rules.boundFractions === 'unreadable') return undefined;
  return minuteOf(rules.boundFractions === 'cut' ? secondOf(at) : at, rules);
}

function minuteOf(at: number, { boundSeconds }: QueryRules): number {
  switch (boundSeconds) {
    case 'read':
      return at;
    case 'cut':
      return Math.floor(at / MINUTE_MS) * MINUTE_MS;
    case 'rounded':
      return Math.round(at / MINUTE_MS) * MINUTE_MS;
  }
}

function lowerBound(at: number | undefined, edge: RangeEdge): TimeBound | undefined {
  if (at === undefined) return undefined;
  switch (edge) {
    case 'exact_exclusive':
      return { at, side: 'behind' };
    case 'exact_inclusive':
      return { at, side: 'before' };
    case 'second_exclusive':
      return { at: secondOf(at) + 1000, side: 'before' };
    case 'second_inclusive':
      return { at: nextSecond(at), side: 'before' };
  }
}

function upperBound(at: number | undefined, edge: RangeEdge): TimeBound | undefined {
  if (at === undefined) return undefined;
  switch (edge) {
    case 'exact_exclusive':
      return { at, side: 'before' };
    case 'exact_inclusive':
      return { at, side: 'behind' };
    case 'second_exclusive':
      return { at: nextSecond(at), side: 'before' };
    case 'second_inclusive':
      return { at: secondOf(at) + 1000, side: 'before' };
  }
}

function secondOf(at: number): number {
  return Math.floor(at / 1000) * 1000;
}

/** The first whole second that isn't before `at`. */
function nextSecond(at: number): number {
  return Math.ceil(at / 1000) * 1000;
}
