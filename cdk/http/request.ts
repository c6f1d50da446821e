import type { HttpRequest } from './http';
import type { TimedResponse } from './limited-http';

/** Parameters of a query or a form; a list repeats its name, and what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly (string | number)[] | undefined>>;

/** What a request asks for. */
export interface RequestOptions {
  /** `POST` where there is a `json` or a `form`, else `GET`. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with a slash and lies below the base URL; or a whole URL of the same origin, such as that of a next page. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form (`application/x-www-form-urlencoded`), where there is no `json`. */
  readonly form?: Query;
  /** In addition to those of the client, over which they prevail. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The largest body, or row of `rows`, in bytes after decompression. That of the client unless given. */
  readonly maxBodyBytes?: number;
  /**
   * Whether it must not be sent twice, because it makes or changes something, such as an export job. Then it is sent again
   * only where the server has certainly not received it, or has answered 429. Unless given, a source reads: every request,
   * a POST as well, is sent again as a GET is.
   */
  readonly once?: boolean;
  /** `skip`: 403, 404 and 410 mean that there is nothing, as of a child that is gone or may not be seen. Else an error. */
  readonly missing?: 'skip';
}

/** A request, and what its response is read to. */
export interface ApiRequest<T = unknown> extends RequestOptions {
  /**
   * Reads a response that brings what was asked for: JSON unless given. Its body is the parser's: to free, or to keep.
   * @throws RetryableError where the same request may bring something else, RequestTooLargeError where a smaller one may
   */
  readonly parse?: (response: TimedResponse) => T;
}

/** A path, for messages: parameters may hold secrets. */
export const withoutQuery = (path: string): string => path.replace(/[?#].*$/s, '');

/** The URL of a request. @throws Error for a URL of another origin than `base`, where credentials would go */
export function urlOf(base: URL, { path, query = {} }: RequestOptions): URL {
  if (!path.startsWith('/') && !URL.canParse(path)) {
    throw new Error(`the path ${withoutQuery(path)} is no URL and does not begin with a slash`);
  }
  const url = path.startsWith('/')
    ? new URL(`${base.origin}${base.pathname.replace(/\/$/, '')}${path}`)
    : new URL(path);
  if (url.origin !== base.origin) throw new Error(`a request to ${url.host} instead of ${base.host}`);
  for (const name of Object.keys(query)) url.searchParams.delete(name);
  for (const [name, value] of pairsOf(query)) url.searchParams.append(name, value);
  return url;
}

/** A request as it is sent to its URL. */
export function httpRequestOf(url: URL, { method, json, form, headers, once }: RequestOptions): HttpRequest {
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  const body = json === undefined ? form && new URLSearchParams([...pairsOf(form)]).toString() : JSON.stringify(json);
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    target: `${url.pathname}${url.search}`,
    headers: body === undefined ? headers : { 'Content-Type': type, ...headers },
    body,
    once,
  };
}

function* pairsOf(query: Query): Generator<[name: string, value: string]> {
  for (const [name, value] of Object.entries(query)) {
    for (const each of value === undefined ? [] : [value].flat()) yield [name, String(each)];
  }
}

/** Names of parameters whose values are nobody's business. */
const SECRET_NAME = /auth|code|cred|key|pass|secret|session|sign?(nature)?$|token/i;
/** The longest description of a request, and the longest excerpt of a body, in characters. */
const LONGEST = 300;

/** A request for the log, without what by its name is a secret. @param isPrivate leaves out the query */
export function describeRequest({ method = 'GET', target }: HttpRequest, isPrivate: boolean): string {
  const [path = '', query = ''] = target.split('?', 2);
  const masked = query.replace(/([^&=]+)=[^&]*/g, (all, name: string) =>
    SECRET_NAME.test(name) ? `${name}=****` : all,
  );
  return begin(`${method} ${path}${isPrivate || query === '' ? '' : `?${masked}`}`);
}

/** How the body of a response begins, in one line, without what the request had under the names of secrets. */
export function excerptOf(bytes: Buffer, request: HttpRequest): string {
  const most = 4 * LONGEST;
  let text = bytes.toString('utf8', 0, most).replace(/[\s\p{Cc}]+/gu, ' ');
  for (const secret of secretsIn(request)) text = text.replaceAll(secret, '****');
  return begin(text, bytes.length > most || text.length > LONGEST);
}

/** Names and values as they are sent, in a query or a form, and in JSON. */
const PAIRS = [/([^?&=]+)=([^&]*)/g, /"([^"]+)":"((?:[^"\\]|\\.)*)"/g];
/** Of a shorter value too much else would be masked, in characters. */
const SHORTEST_SECRET = 4;

function* secretsIn({ target, body = '' }: HttpRequest): Generator<string> {
  for (const pair of PAIRS) {
    for (const [, name = '', value = ''] of [target, body].flatMap((text) => [...text.matchAll(pair)])) {
      if (!SECRET_NAME.test(name) || value.length < SHORTEST_SECRET) continue;
      yield value;
      yield new URLSearchParams(`value=${value}`).get('value') ?? value;
    }
  }
}

/** A word that is cut off is left out: a half of a secret would not be masked. */
const begin = (text: string, isCut = text.length > LONGEST): string =>
  isCut ? `${text.slice(0, LONGEST).replace(/[^\s"'<>,;&?]*$/, '')}...` : text;
