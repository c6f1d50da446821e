import { isKey, jsonKey, type JsonKey } from '../json/json-members';
import type { JsonScanner } from '../json/json-scanner';

/** The fields of an entry that have a column under their own name, or go into one. */
export const FIELD_NAMES = [
  'created_at',
  'operation_name',
  'id',
  'inputs',
  'outputs',
  'request_ip',
  'request_user_agent',
  'tenant_id',
  'updated_at',
  'user_email',
  'user_id',
  'user_name',
  'story_id',
  'timestamp',
  'resource_type',
  'resource_id',
  'resource_name',
  'ip_address',
  'user_agent',
  'status',
  'metadata',
  'organization_id',
  'tenant',
] as const;

export type FieldName = (typeof FIELD_NAMES)[number];

/** The number that stands for a field in an index. */
export const fieldCode = (name: FieldName): number => FIELD_NAMES.indexOf(name);

/** Stands for every field that has no column. */
export const OTHER_FIELD = FIELD_NAMES.length;
/** Stands for a row that is no object: its only field, named `entry`, is the row. */
export const WHOLE_ROW = OTHER_FIELD + 1;

const KEYS: readonly JsonKey[] = FIELD_NAMES.map(jsonKey);

/** The code of the field whose name begins with the quote at `start`. */
export function codeOfKey(scanner: JsonScanner, start: number, end: number): number {
  const code = KEYS.findIndex((key) => isKey(scanner, start, end, key));
  return code === -1 ? OTHER_FIELD : code;
}

/** The lengths of `"name":`, by code. */
export const MEMBER_LENGTHS = Uint8Array.from(FIELD_NAMES, (name) => name.length + 3);

/** Longest name, quotes and colon, in numbers of four bytes. */
const WORDS_PER_MEMBER = 6;
/** `"name":` of all fields, in numbers of four bytes; the last of each overlaps with the one before. */
const MEMBER_WORDS = new Int32Array(FIELD_NAMES.length * WORDS_PER_MEMBER);
FIELD_NAMES.forEach((name, code) => {
  const member = Buffer.from(`"${name}":`);
  for (let index = 0; index * 4 < member.length; index += 1) {
    MEMBER_WORDS[code * WORDS_PER_MEMBER + index] = member.readInt32LE(Math.min(index * 4, member.length - 4));
  }
});

/** Whether the bytes at `at` are the name of that field and a colon, without escapes and white space. */
export function isMemberAt(view: DataView, at: number, code: number): boolean {
  const last = at + (MEMBER_LENGTHS[code] ?? 0) - 4;
  if (last + 4 > view.byteLength) return false;
  let word = code * WORDS_PER_MEMBER;
  for (; at < last; at += 4) {
    if (view.getInt32(at, true) !== MEMBER_WORDS[word]) return false;
    word += 1;
  }
  return view.getInt32(last, true) === MEMBER_WORDS[word];
}
