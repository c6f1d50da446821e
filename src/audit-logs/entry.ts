import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '@airbyte/cdk-typescript-compat';
import { normalizeTimestamp } from './timestamp';

/** One row of the API with what identifies and orders it. */
export interface Entry {
  /** The API's id as text, or a hash of the content where it gave none. */
  readonly id: string;
  /** Normalized; undefined where the API gave none that can be read. */
  readonly timestamp: string | undefined;
  /** The row as parsed; what is no object is wrapped as `{ "entry": ... }`. */
  readonly fields: JsonObject;
}

/** An entry whose place in time is settled. */
export interface DatedEntry extends Entry {
  readonly timestamp: string;
  /** Until when (normalized timestamp) this id must be remembered, where that isn't its own timestamp. */
  readonly rememberUntil?: string;
}

/** Reads one row, whatever its shape: `id` and `timestamp`, or `created_at` in most captures. */
export function toEntry(row: unknown): Entry {
  const fields = isJsonObject(row) ? row : { entry: row };
  return {
    id: idOf(fields['id']) ?? contentHash(fields),
    timestamp: normalizeTimestamp(fields['timestamp']) ?? normalizeTimestamp(fields['created_at']),
    fields,
  };
}

function idOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Whether the API gave this entry an id of its own. */
export const hasOwnId = (entry: Entry): boolean => idOf(entry.fields['id']) !== undefined;

/** The same row has the same hash in every sync, whatever the order of its keys and however deep it is nested. */
function contentHash(fields: JsonObject): string {
  const hash = createHash('sha256');
  const pieces: unknown[] = [fields];
  while (pieces.length > 0) {
    const piece = pieces.pop();
    if (Array.isArray(piece)) {
      hash.update(`[${piece.length}`);
      for (const item of piece) pieces.push(item);
    } else if (isJsonObject(piece)) {
      const keys = Object.keys(piece).sort();
      hash.update(`{${JSON.stringify(keys)}`);
      for (const key of keys) pieces.push(piece[key]);
    } else {
      hash.update(`${typeof piece}${typeof piece === 'string' ? JSON.stringify(piece) : String(piece)};`);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** Oldest first; ids that are digits compare as numbers. For sorting. */
export function compareEntries(a: DatedEntry, b: DatedEntry): number {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  return compareIds(a.id, b.id);
}

const DIGITS = /^\d+$/;

/** Numbers before texts, numbers by value, texts by code unit. For sorting. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const aIsNumber = DIGITS.test(a);
  if (aIsNumber !== DIGITS.test(b)) return aIsNumber ? -1 : 1;
  if (aIsNumber && a.length !== b.length) {
    const difference = BigInt(a) - BigInt(b);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return a < b ? -1 : 1;
}
