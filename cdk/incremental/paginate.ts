import { isDeepStrictEqual } from 'node:util';
import type { Query } from '../http/http-client';
import { ConnectorError } from '../src/errors';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { valueAt, type NextPage, type PageRequest } from './next-page';

/** How a list is read page by page. */
export interface PaginateOptions {
  /** The first page: a path below the base URL. */
  readonly path: string;
  readonly query?: Query;
  /** Asks for a page and parses the answer. */
  readonly get: (request: PageRequest) => Promise<unknown>;
  /** Where an answer has its rows, such as `data.items`; the empty path where it is the list itself. */
  readonly rows: string;
  /** What becomes of a row, such as times in the form of ISO 8601. Left out: it stays as it is. */
  readonly map?: (row: JsonObject) => JsonObject;
  /** What is asked for after a page. */
  readonly next: NextPage;
}

/**
 * The rows of a list, page by page, until there is no next page. An empty page before that is no end.
 * @throws ConnectorError (system_error) where an answer has no rows at its place, or where a page comes twice: a
 *   request that was made before, or the rows of the page before it. Such a server would be read forever.
 */
export async function* paginate({
  path,
  query = {},
  get,
  rows,
  map = (row) => row,
  next,
}: PaginateOptions): AsyncGenerator<readonly JsonObject[], void> {
  const asked = new Set<string>();
  let before: readonly JsonObject[] = [];
  let request: PageRequest | undefined = { path, query };
  while (request !== undefined) {
    const key = JSON.stringify(request);
    if (asked.has(key)) throw repeatedError(path, 'it names a page as the next one that was read before');
    asked.add(key);
    const answer = await get(request);
    const found = rowsOf(answer, rows, path);
    if (found.length > 0 && isDeepStrictEqual(found, before)) {
      throw repeatedError(path, 'a page has the very rows of the page before it');
    }
    yield found.map(map);
    before = found;
    request = next({ request, answer, rows: found });
  }
}

function rowsOf(answer: unknown, rows: string, path: string): readonly JsonObject[] {
  const found = valueAt(answer, rows);
  if (Array.isArray(found) && found.every(isJsonObject)) return found;
  const place = rows === '' ? 'it is not a list of objects' : `it has no list of objects at "${rows}"`;
  throw new ConnectorError(
    `The answer to ${withoutQuery(path)} is not as this source knows it: ${place}. Try again later; if it stays so, please report this to the authors of this source.`,
    'system_error',
  );
}

function repeatedError(path: string, what: string): ConnectorError {
  return new ConnectorError(
    `The pages of ${withoutQuery(path)} repeat, so they can't be read to their end: ${what}. Please report this to the authors of this source.`,
    'system_error',
  );
}

/** Parameters may hold secrets. */
const withoutQuery = (path: string): string => path.replace(/[?#].*$/s, '');
