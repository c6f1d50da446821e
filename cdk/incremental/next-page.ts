import { valueAt } from '../define/validator';
import { withoutQuery, type Query } from '../http/request';
import { ConnectorError } from '../src/errors';
import type { JsonObject } from '../src/protocol';

/** One page's request. */
export interface PageRequest {
  /** Below the base URL, or a link as the server gave it: absolute, or from the root of the host. */
  readonly path: string;
  readonly query: Query;
}

/** A page that has arrived. */
export interface ArrivedPage<Response = unknown, Row extends object = JsonObject> {
  readonly request: PageRequest;
  /** The response as it was parsed. */
  readonly response: Response;
  readonly rows: readonly Row[];
}

/** Decides what is asked for after a page; undefined where it was the last. */
export interface NextPage<Response = unknown, Row extends object = JsonObject> {
  (page: ArrivedPage<Response, Row>): PageRequest | undefined;
  /**
   * `counted`: pages or rows are counted, so a row that moves meanwhile pushes others over the edges of pages. `inclusive`:
   * a page begins with rows of the page before. Left out: neither.
   */
  readonly edges?: 'counted' | 'inclusive';
}

/** Of a list whose responses and rows may be any. */
type NextOfAny = NextPage<unknown, object>;

/** Of {@link nextLink} and {@link linkHeader}. */
export interface LinkOptions {
  /** Where the link, or the header, is in a response. */
  readonly path: string;
  /** What links from the root of the host are resolved against. Left out: there are none, or the base URL has no path. */
  readonly baseUrl?: string;
}

/** Follows the link that a response has at a path, such as `json.links.next`. No link ends the read. */
export function nextLink({ path, baseUrl }: LinkOptions): NextOfAny {
  return ({ request, response }) => linked(valueAt(response, path), request, baseUrl);
}

/** Follows the link with `rel="next"` of a `Link` header (RFC 8288), by default at `headers.link`. */
export function linkHeader({ path = 'headers.link', baseUrl }: Partial<LinkOptions> = {}): NextOfAny {
  return ({ request, response }) => {
    const header = valueAt(response, path);
    return typeof header === 'string' ? linked(relatedLink(header, 'next'), request, baseUrl) : undefined;
  };
}

/** Sends the cursor that a response has at a path, such as `meta.next_cursor`, as a parameter. None ends the read. */
export function nextCursor({ path, parameter }: { readonly path: string; readonly parameter: string }): NextOfAny {
  return ({ request, response }) => {
    const cursor = valueAt(response, path);
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
   * Where a response says how many pages there are. Without it the first empty page is the last: a short one may be
   * short because the server allows no more.
   */
  readonly pagesPath?: string;
}

/** Counts pages. */
export function pageNumber({ parameter = 'page', first = 1, pagesPath }: PageNumberOptions = {}): NextOfAny {
  return counted(({ request, response, rows }) => {
    const number = numberOr(request.query[parameter], first);
    if (rows.length === 0 || isAllOf(response, pagesPath, number - first + 1)) return undefined;
    return withParameter(request, parameter, number + 1);
  });
}

/** Of {@link offset}. */
export interface OffsetOptions {
  /** Defaults to `offset`. */
  readonly parameter?: string;
  /** Where a response says how many rows there are. Without it the first empty page is the last. */
  readonly totalPath?: string;
}

/** Counts the rows before a page, by what arrived and not by what was asked for. */
export function offset({ parameter = 'offset', totalPath }: OffsetOptions = {}): NextOfAny {
  return counted(({ request, response, rows }) => {
    const next = numberOr(request.query[parameter], 0) + rows.length;
    if (rows.length === 0 || isAllOf(response, totalPath, next)) return undefined;
    return withParameter(request, parameter, next);
  });
}

/** Of {@link afterLast} and {@link sinceLast}. */
export interface AfterLastOptions<Row extends object = JsonObject> {
  /** Such as `starting_after`, or a filter. */
  readonly parameter: string;
  /** What it says of the rows that come after this one, or from this one on. */
  readonly value: (last: Row) => string | number;
}

/**
 * Asks for the rows after the last one, until there are none. Rows that move while the list is read, because they are
 * changed or others come in before them, don't push others over the edge of a page, as they do where pages are counted.
 */
export function afterLast<Row extends object = JsonObject>(options: AfterLastOptions<Row>): NextPage<unknown, Row> {
  const { parameter, value } = options;
  return ({ request, rows }) => {
    const last = rows.at(-1);
    return last === undefined ? undefined : withParameter(request, parameter, value(last));
  };
}

/** Of {@link sinceLast}. */
export interface SinceLastOptions<Row extends object = JsonObject> extends AfterLastOptions<Row> {
  /** The most rows that the server gives at once for these requests: by it a value is known that fills a page. */
  readonly pageSize: number;
}

/**
 * Asks for the rows from the last one's value on, for an API whose `since` includes that value: those that come again
 * with the next page are left out. Ends where a page has nothing beyond that value. Rows that move meanwhile do no harm, as
 * with {@link afterLast}.
 * @returns a function that throws a ConnectorError (system_error) where rows of one value fill a page: what there is beyond
 *   them can't be asked for
 */
export function sinceLast<Row extends object = JsonObject>(options: SinceLastOptions<Row>): NextPage<unknown, Row> {
  const { parameter, value, pageSize } = options;
  const next = ({ request, rows }: ArrivedPage<unknown, Row>): PageRequest | undefined => {
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    const since = value(last);
    if (String(request.query[parameter]) !== String(since)) return withParameter(request, parameter, since);
    if (rows.length < pageSize) return undefined;
    throw new ConnectorError(
      `The rows of ${withoutQuery(request.path)} can't be read to their end: ${rows.length} or more have the same "${parameter}", and a page holds no more. Please report this to the authors of this source.`,
      'system_error',
    );
  };
  return Object.assign(next, { edges: 'inclusive' } as const);
}

const counted = (next: NextOfAny): NextOfAny =>
  Object.assign((page: ArrivedPage<unknown, object>) => next(page), { edges: 'counted' } as const);

/** Whether as much was read as the response says there is. */
function isAllOf(response: unknown, totalPath: string | undefined, read: number): boolean {
  const total = totalPath === undefined ? undefined : valueAt(response, totalPath);
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
