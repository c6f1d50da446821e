import { createHash } from 'node:crypto';
import { deeperThan, isJsonObject, jsonOfAnyDepth, MAX_LEVELS } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import type { CursorKind, CursorValue } from './cursor-kind';
import { idsFromJson } from './delivered-ids';

/** A row that was delivered. With another cursor value it is another version, and not the one that was delivered. */
export interface DeliveredRow {
  readonly value: CursorValue;
  /** What tells it apart. */
  readonly key: string;
  /** Of all its fields; {@link NO_HASH} where it is not known. */
  readonly hash: string;
}

/** The key of a state for rows by cursor value, each a hash and a key. */
export const ROWS = 'delivered_rows';
/** The same without hashes, as states before 0.3 have it. */
const KEYS = 'delivered_keys';
/** Of a hash: 48 bits. */
const HASH_LENGTH = 8;
/** Stands for a hash that is not known. */
export const NO_HASH = '.'.repeat(HASH_LENGTH);

/** The rows that a state names. @returns the key of the state that can't be read where that is so */
export function savedRows(kind: CursorKind, state: JsonObject): readonly DeliveredRow[] | string {
  const name = state[ROWS] === undefined ? KEYS : ROWS;
  const json = state[name] ?? {};
  if (!isJsonObject(json)) return name;
  const rows: DeliveredRow[] = [];
  for (const [text, list] of Object.entries(json)) {
    const value = [text, Number(text)].find((each) => kind.isValue(each));
    const named = name === ROWS ? list : idsFromJson(list)?.map((id) => `${NO_HASH}${id}`);
    if (value === undefined || !isListOfTexts(named)) return name;
    for (const row of named) rows.push({ value, key: row.slice(HASH_LENGTH), hash: row.slice(0, HASH_LENGTH) });
  }
  return rows;
}

const isListOfTexts = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((text) => typeof text === 'string');

/**
 * Rows as a state names them, oldest first, each in its last version.
 * @param maxCharacters of the JSON; the oldest are left out
 * @returns with how many were left out
 */
export function namedRows(
  kind: CursorKind,
  rows: readonly DeliveredRow[],
  maxCharacters: number,
): { readonly json: JsonObject; readonly forgotten: number } {
  const byValue = new Map<CursorValue, Map<string, string>>();
  for (const { value, key, hash } of rows) {
    const hashes = byValue.get(value) ?? new Map<string, string>();
    byValue.set(value, hashes.set(key, hash));
  }
  const lists = [...byValue]
    .sort(([a], [b]) => kind.compare(a, b))
    .map(([value, hashes]) => [String(value), Array.from(hashes, ([key, hash]) => hash + key)] as const);
  let characters = '{}'.length;
  const excess = lists.findLastIndex(([name, list]) => {
    characters += JSON.stringify({ [name]: list }).length - 1;
    return characters > maxCharacters;
  });
  return {
    json: Object.fromEntries(lists.slice(excess + 1)),
    forgotten: lists.slice(0, excess + 1).reduce((sum, [, list]) => sum + list.length, 0),
  };
}

/** What tells a row apart; undefined where a part is missing. */
export function keyOf(row: JsonObject, fields: readonly string[]): string | undefined {
  const parts = fields.map((field) => row[field]);
  if (parts.length === 0 || parts.some((part) => part === undefined || part === null)) return undefined;
  return parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : JSON.stringify(parts);
}

/** A short hash of a row, whichever order its fields stand in. */
export function hashOf(row: JsonObject): string {
  const sorted = Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
  const json = deeperThan(MAX_LEVELS, sorted) ? jsonOfAnyDepth(sorted) : JSON.stringify(sorted);
  return createHash('sha256').update(json).digest('base64url').slice(0, HASH_LENGTH);
}
