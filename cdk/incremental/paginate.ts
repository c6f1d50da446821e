import { isDeepStrictEqual } from 'node:util';
import { valueAt } from '../define/validator';
import { withoutQuery, type Query } from '../http/request';
import { ConnectorError } from '../src/errors';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import type { NextPage, PageRequest } from './next-page';

/** How a list is read page by page. */
export interface PaginateOptions<Response = unknown, Row extends object = JsonObject, Mapped extends object = Row> {
  /** The first page: a path below the base URL. */
  readonly path: string;
  readonly query?: Query;
  /** Asks for a page and parses the response. What it resolves to is a `Response`, whether its type says so or not. */
  readonly get: (request: PageRequest) => Promise<Response> | Promise<unknown>;
  /** Where a response has its rows, such as `data.items`; the empty path where it is the list itself. */
  readonly rows: string;
  /** What becomes of a row, such as times in the form of ISO 8601. Left out: it stays as it is. */
  readonly map?: (row: Row) => Mapped;
  /** What is asked for after a page. */
  readonly next: NextPage<Response, Row>;
}

/** Rows page by page. */
export interface Pages<Row extends object = JsonObject> extends AsyncGenerator<readonly (Row & JsonObject)[], void> {
  /** Whether pages or rows are counted. */
  readonly isCounted: boolean;
}

/** Whether pages say that they are counted. */
export const isCounted = (pages: object): boolean => 'isCounted' in pages && pages.isCounted === true;

/**
 * The rows of a list, page by page, until there is no next page. An empty page before that is no end. The types of the
 * response and of a row are what the API's documentation says: that rows are objects is checked, and no more.
 * @throws ConnectorError (system_error) where a response has no rows at its place, where a request was made before, or
 *   where counted pages have the same rows twice, one after the other: such a server would be read forever;
 *   (transient_error) where a page after the first is skipped by the client
 */
export function paginate<Response = unknown, Row extends object = JsonObject, Mapped extends object = Row>(
  options: PaginateOptions<Response, Row, Mapped>,
): Pages<Mapped> {
  return Object.assign(pagesOf(options), { isCounted: options.next.edges === 'counted' });
}

async function* pagesOf<Response, Row extends object, Mapped extends object>(
  options: PaginateOptions<Response, Row, Mapped>,
): AsyncGenerator<readonly (Mapped & JsonObject)[], void> {
  const { path, query = {}, get, map, next } = options;
  // What a response and its rows are is the author's word.
  const isResponse = (found: unknown): found is Response => found !== undefined;
  const areRows = (found: unknown): found is readonly (Row & JsonObject)[] => areObjects(found);
  const areMapped = (found: unknown): found is readonly (Mapped & JsonObject)[] => areObjects(found);
  const asked = new Set<string>();
  let before: readonly Row[] = [];
  let request: PageRequest | undefined = { path, query };
  while (request !== undefined) {
    const key = JSON.stringify(request);
    if (asked.has(key)) throw repeatedError(path, 'it names a page as the next one that was read before');
    asked.add(key);
    const response: unknown = await get(request);
    const rows = valueAt(response, options.rows);
    if (rows === undefined && isWithoutBody(response)) {
      // Where rows were given already, the rest would be lost.
      if (asked.size > 1 && isSkipped(response)) throw earlyError(path, response);
      return;
    }
    if (!areRows(rows) || !isResponse(response)) throw rowsError(path, options.rows, response);
    if (next.edges === 'counted' && rows.length > 0 && isDeepStrictEqual(rows, before)) {
      throw repeatedError(path, 'a page has the very rows of the page before it');
    }
    const fresh = next.edges === 'inclusive' ? without(rows, before) : rows;
    const mapped: unknown = map === undefined ? fresh : fresh.map(map);
    if (!areMapped(mapped)) throw new Error(`What "map" makes of a row of ${withoutQuery(path)} is no object.`);
    yield mapped;
    before = rows;
    request = next({ request, response, rows });
  }
}

/** Whether an HTTP client says that there is no body, as of a 204 or of what is left out. */
const isWithoutBody = (response: unknown): boolean =>
  isSkipped(response) || (isJsonObject(response) && response['outcome'] === 'empty');

const isSkipped = (response: unknown): response is JsonObject =>
  isJsonObject(response) && response['outcome'] === 'skipped';

const areObjects = (found: unknown): boolean => Array.isArray(found) && found.every(isJsonObject);

/** Rows that are not the same as one of others. */
function without<Row extends object>(rows: readonly Row[], others: readonly object[]): readonly Row[] {
  const known = new Set(others.map((row) => JSON.stringify(row)));
  return rows.filter((row) => !known.has(JSON.stringify(row)));
}

function earlyError(path: string, { status }: JsonObject): ConnectorError {
  return new ConnectorError(
    `The list ${withoutQuery(path)} ended early: one of its later pages is missing or not allowed (${String(status)}). Try again later.`,
    'transient_error',
  );
}

function rowsError(path: string, rows: string, response: unknown): ConnectorError {
  const place = rows === '' ? 'it is not a list of objects' : `it has no list of objects at "${rows}"`;
  return new ConnectorError(
    `The answer to ${withoutQuery(path)} is not as this source knows it: ${place}. Try again later; if it stays so, please report this to the authors of this source.`,
    'system_error',
    { internalMessage: whatIsAt(rows, response) },
  );
}

/** What is at a place of a response, or at the last one on the way there: its form, and none of its values. */
function whatIsAt(path: string, response: unknown): string {
  const found = path === '' ? response : valueAt(response, path);
  if (found === undefined && path !== '') return whatIsAt(path.split('.').slice(0, -1).join('.'), response);
  const at = `At "${path}" there is`;
  if (Array.isArray(found)) return `${at} a list of ${found.length}, not all of which are objects.`;
  if (!isJsonObject(found)) return `${at} ${found === null ? 'null' : `a value of the type ${typeof found}`}.`;
  const keys = Object.keys(found).slice(0, 20);
  return `${at} an object with ${keys.map((key) => JSON.stringify(key)).join(', ') || 'nothing in it'}.`;
}

function repeatedError(path: string, what: string): ConnectorError {
  return new ConnectorError(
    `The pages of ${withoutQuery(path)} repeat, so they can't be read to their end: ${what}. Please report this to the authors of this source.`,
    'system_error',
  );
}
