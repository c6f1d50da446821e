import type { Query } from '../http/http-client';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';

/** One page's request. */
export interface PageRequest {
  /** Below the base URL, or a link as the server gave it: absolute, or from the root of the host. */
  readonly path: string;
  readonly query: Query;
}

/** A page that has arrived. */
export interface ArrivedPage {
  readonly request: PageRequest;
  /** The answer as it was parsed. */
  readonly answer: unknown;
  readonly rows: readonly JsonObject[];
}

/** Decides what is asked for after a page; undefined where it was the last. */
export type NextPage = (page: ArrivedPage) => PageRequest | undefined;

/** Of {@link nextLink} and {@link linkHeader}. */
export interface LinkOptions {
  /** Where the link, or the header, is in an answer. */
  readonly path: string;
  /** What links from the root of the host are resolved against. Left out: there are none, or the base URL has no path. */
  readonly baseUrl?: string;
}

/** Follows the link that an answer has at a path, such as `json.links.next`. No link ends the read. */
export function nextLink({ path, baseUrl }: LinkOptions): NextPage {
  return ({ request, answer }) => linked(valueAt(answer, path), request, baseUrl);
}

/** Follows the link with `rel="next"` of a `Link` header (RFC 8288), by default at `headers.link`. */
export function linkHeader({ path = 'headers.link', baseUrl }: Partial<LinkOptions> = {}): NextPage {
  return ({ request, answer }) => {
    const header = valueAt(answer, path);
    return typeof header === 'string' ? linked(relatedLink(header, 'next'), request, baseUrl) : undefined;
  };
}

/** Sends the cursor that an answer has at a path, such as `meta.next_cursor`, as a parameter. None ends the read. */
export function nextCursor({ path, parameter }: { readonly path: string; readonly parameter: string }): NextPage {
  return ({ request, answer }) => {
    const cursor = valueAt(answer, path);
    return isGiven(cursor) ? withParameter(request, parameter, cursor) : undefined;
  };
}

/** Of {@link pageNumber}. */
export interface PageNumberOptions {
  /** Defaults to `page`. */
  readonly parameter?: string;
  /** The number of the first page, where the first request doesn't name it. Defaults to 1. */
  readonly first?: number;
  /**
   * Where an answer says how many pages there are. Without it the first empty page is the last: a short one may be
   * short because the server allows no more.
   */
  readonly pagesPath?: string;
}

/** Counts pages. */
export function pageNumber({ parameter = 'page', first = 1, pagesPath }: PageNumberOptions = {}): NextPage {
  return ({ request, answer, rows }) => {
    const number = numberOr(request.query[parameter], first);
    if (rows.length === 0 || isBehind(number - first + 1, answer, pagesPath)) return undefined;
    return withParameter(request, parameter, number + 1);
  };
}

/** Of {@link offset}. */
export interface OffsetOptions {
  /** Defaults to `offset`. */
  readonly parameter?: string;
  /** Where an answer says how many rows there are. Without it the first empty page is the last. */
  readonly totalPath?: string;
}

/** Counts the rows before a page, by what arrived and not by what was asked for. */
export function offset({ parameter = 'offset', totalPath }: OffsetOptions = {}): NextPage {
  return ({ request, answer, rows }) => {
    const next = numberOr(request.query[parameter], 0) + rows.length;
    if (rows.length === 0 || isBehind(next, answer, totalPath)) return undefined;
    return withParameter(request, parameter, next);
  };
}

/** Of {@link afterLast}. */
export interface AfterLastOptions {
  /** Such as `starting_after`, or a filter. */
  readonly parameter: string;
  /** What it says of the rows that come after this one. */
  readonly value: (last: JsonObject) => string | number;
}

/**
 * Asks for the rows after the last one, until there are none. Rows that move while the list is read, because they are
 * changed or others come in before them, don't push others over the edge of a page, as they do where pages are counted.
 */
export function afterLast({ parameter, value }: AfterLastOptions): NextPage {
  return ({ request, rows }) => {
    const last = rows.at(-1);
    return last === undefined ? undefined : withParameter(request, parameter, value(last));
  };
}

/**
 * The value at a path of keys in parsed JSON, such as `meta.next_cursor`; undefined where there is none. The empty path
 * is the value itself.
 */
export function valueAt(json: unknown, path: string): unknown {
  if (path === '') return json;
  return path.split('.').reduce<unknown>((value, key) => {
    return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, json);
}

/** Whether as much was read as the answer says there is. */
function isBehind(read: number, answer: unknown, totalPath: string | undefined): boolean {
  const total = totalPath === undefined ? undefined : valueAt(answer, totalPath);
  return typeof total === 'number' && read >= total;
}

/** Where a link leads, seen from the page that it is on. */
function linked(link: unknown, { path }: PageRequest, baseUrl: string | undefined): PageRequest | undefined {
  if (typeof link !== 'string' || link === '') return undefined;
  if (baseUrl === undefined && link.startsWith('/')) return { path: link, query: {} };
  const page = path.startsWith('/') ? `${(baseUrl ?? UNKNOWN).replace(/\/$/, '')}${path}` : path;
  const { href } = new URL(link, page);
  return { path: href.startsWith(`${UNKNOWN}/`) ? href.slice(UNKNOWN.length) : href, query: {} };
}

/** Stands for a base URL that is not known here. */
const UNKNOWN = 'http://host.invalid';

/** A quoted text may hold anything, also what else would end a link. */
const LINK = /<([^>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^",;]*))*)/g;
const RELATIONS = /;\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]*))/i;

function relatedLink(header: string, relation: string): string | undefined {
  for (const [, link, parameters = ''] of header.matchAll(LINK)) {
    const [, quoted, bare] = RELATIONS.exec(parameters) ?? [];
    const relations = (quoted ?? bare ?? '').toLowerCase().split(/\s+/);
    if (relations.includes(relation)) return link;
  }
  return undefined;
}

const isGiven = (cursor: unknown): cursor is string | number =>
  (typeof cursor === 'string' && cursor !== '') || typeof cursor === 'number';

const numberOr = (value: unknown, otherwise: number): number => (value === undefined ? otherwise : Number(value));

function withParameter({ path, query }: PageRequest, name: string, value: string | number): PageRequest {
  return { path, query: { ...query, [name]: value } };
}
