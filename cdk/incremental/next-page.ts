import { valueAt } from './json-path';

/** Parameters of a request by name; those that are undefined are not sent. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

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
  /** How many rows are on it. */
  readonly rowCount: number;
}

/** Decides what is asked for after a page; undefined where it was the last. */
export type NextPage = (page: ArrivedPage) => PageRequest | undefined;

/** Follows the link that an answer has at a path, such as `links.next`. No link ends the read. */
export function nextLink(path: string): NextPage {
  return ({ request, answer }) => linked(valueAt(answer, path), request);
}

/**
 * Follows the link with `rel="next"` of a `Link` header (RFC 8288).
 * @param path where in the answer the header is
 */
export function linkHeader(path = 'headers.link'): NextPage {
  return ({ request, answer }) => {
    const header = valueAt(answer, path);
    return typeof header === 'string' ? linked(relatedLink(header, 'next'), request) : undefined;
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
  return ({ request, answer, rowCount }) => {
    const number = numberOr(request.query[parameter], first);
    if (isBehind(number - first + 1, rowCount, answer, pagesPath)) return undefined;
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
  return ({ request, answer, rowCount }) => {
    const next = numberOr(request.query[parameter], 0) + rowCount;
    return isBehind(next, rowCount, answer, totalPath) ? undefined : withParameter(request, parameter, next);
  };
}

/** Whether nothing is left: the page is empty, or as much was read as the answer says there is. */
function isBehind(read: number, rowCount: number, answer: unknown, totalPath: string | undefined): boolean {
  const total = totalPath === undefined ? undefined : valueAt(answer, totalPath);
  return rowCount === 0 || (typeof total === 'number' && read >= total);
}

function linked(link: unknown, { path }: PageRequest): PageRequest | undefined {
  if (typeof link !== 'string' || link === '') return undefined;
  // A link may be relative to the page that it is on.
  return { path: /^([a-z]+:)?\//i.test(link) ? link : relativeTo(path, link), query: {} };
}

function relativeTo(path: string, link: string): string {
  const base = new URL(path, ORIGIN);
  const { origin, pathname, search } = new URL(link, base);
  return origin === ORIGIN ? `${pathname}${search}` : `${origin}${pathname}${search}`;
}

/** Stands for the host, which is not known here. */
const ORIGIN = 'http://host.invalid';

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
