import { isKey, jsonKey } from '../json/json-members';
import {
  ARRAY_END,
  ARRAY_START,
  BLANK,
  COMMA,
  OBJECT_END,
  OBJECT_START,
  QUOTE,
  type JsonScanner,
} from '../json/json-scanner';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const AUDIT_LOGS = jsonKey('audit_logs');
const META = jsonKey('meta');

/**
 * What a field holds. `key` and `cursor` tell entries apart and order them; an `identifier` is a text or a number; the
 * last two are texts for which something else can stand in.
 */
export type FieldKind = 'key' | 'cursor' | 'text' | 'identifier' | 'time' | 'object' | 'resource_type' | 'tenant';

/** The fields of an entry that have a column under their own name, in the order of the columns. */
const FIELDS = {
  id: 'key',
  timestamp: 'cursor',
  operation_name: 'text',
  user_id: 'identifier',
  user_email: 'text',
  user_name: 'text',
  ip_address: 'text',
  user_agent: 'text',
  resource_type: 'resource_type',
  resource_id: 'identifier',
  resource_name: 'text',
  status: 'text',
  metadata: 'object',
  organization_id: 'identifier',
  tenant: 'tenant',
  created_at: 'time',
  updated_at: 'time',
  request_ip: 'text',
  request_user_agent: 'text',
  tenant_id: 'identifier',
  story_id: 'identifier',
  inputs: 'object',
  outputs: 'object',
} as const satisfies Readonly<Record<string, FieldKind>>;

export type FieldName = keyof typeof FIELDS;

/** Their names, by code. */
export const FIELD_NAMES = Object.keys(FIELDS).filter((name): name is FieldName => name in FIELDS);
/** What they hold, by code. */
export const FIELD_KINDS: readonly FieldKind[] = Object.values(FIELDS);

/** The number that stands for a field in an index. */
export const fieldCode = (name: FieldName): number => FIELD_NAMES.indexOf(name);

/** Stands for every field that has no column. */
export const OTHER_FIELD = FIELD_NAMES.length;
/** Stands for a row that is no object: its only field, named `entry`, is the row. */
export const WHOLE_ROW = OTHER_FIELD + 1;
/** Stands before the first field of a row. */
const ROW_START = WHOLE_ROW + 1;

const KEYS = FIELD_NAMES.map(jsonKey);
/** The lengths of `"name":`, by code. */
const MEMBER_LENGTHS = Uint8Array.from(FIELD_NAMES, (name) => name.length + 3);
/** Longest name, quotes and colon, in numbers of four bytes. */
const WORDS_PER_MEMBER = Math.ceil(Math.max(...MEMBER_LENGTHS) / 4);
/** `"name":` of all fields, in numbers of four bytes; the last of each overlaps with the one before. */
const MEMBER_WORDS = new Int32Array(FIELD_NAMES.length * WORDS_PER_MEMBER);
FIELD_NAMES.forEach((name, code) => {
  const member = Buffer.from(`"${name}":`);
  for (let index = 0; index * 4 < member.length; index += 1) {
    MEMBER_WORDS[code * WORDS_PER_MEMBER + index] = member.readInt32LE(Math.min(index * 4, member.length - 4));
  }
});
/** For each field the one that came after it last time: entries mostly have the same order of fields. */
const successors = new Uint8Array(ROW_START + 1).fill(OTHER_FIELD);

const FEWEST_ROWS = 512;
const FEWEST_FIELDS = 8 * FEWEST_ROWS;
/** The most fields that an index has: twenty for each of the most rows of a page. More would only fill the memory. */
export const MOST_FIELDS = 1 << 19;
/** How much larger the columns become when they are full. */
const GROWTH = 1.25;
/** How many unused indexes are kept, and of how many rows and fields they may be. */
const MOST_SPARE = 64;
const MOST_KEPT = 1 << 16;
const spare: PageIndex[] = [];

/** Why a body is no page: it ends too early, is no JSON at all, is JSON of another shape, or has too much in it. */
export type PageFault = 'cut_off' | 'not_json' | 'not_a_page' | 'too_many_fields' | 'too_large';

/** Validates a body and notes where fields are, in one pass. @param mostRows a body of more rows is no page */
export function indexPage(scanner: JsonScanner, mostRows: number): PageIndex | PageFault {
  const index = spare.pop() ?? new PageIndex();
  const fault = index.fill(scanner, mostRows);
  if (fault === undefined) return index;
  index.recycle();
  return fault;
}

/**
 * Index of a page: where its parts lie in its body, as columns of numbers, which may be longer than what is in them.
 * Fields of a row keep their order. It is used again: a new one would stay until the old generation is collected.
 */
export class PageIndex {
  /** Offset of each row. */
  rowStarts = new Uint32Array(FEWEST_ROWS);
  /** For each row the first of its fields, and at the end the number of fields. */
  firstFields = new Uint32Array(FEWEST_ROWS + 1);
  codes = new Uint8Array(FEWEST_FIELDS);
  /** Offsets of the fields' values, and of what comes after them. */
  starts = new Uint32Array(FEWEST_FIELDS);
  ends = new Uint32Array(FEWEST_FIELDS);
  /** Offset of the object `meta`; -1 where there is none. */
  meta = -1;
  /** How many rows there are. */
  rows = 0;
  #fields = 0;
  /** Offset of the list of rows; -1 where there is none. */
  #rowsAt = -1;
  #hasTooManyRows = false;

  /** Notes what is in a body. @returns why it is no page; undefined where it is one */
  fill(scanner: JsonScanner, mostRows: number): PageFault | undefined {
    const { bytes } = scanner;
    this.#clear();
    this.#rowsAt = this.meta = -1;
    const start = scanner.blankEnd(BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? 3 : 0);
    const end = bytes[start] === OBJECT_START ? this.#addBody(scanner, start, mostRows) : scanner.valueEnd(start);
    const rest = end < 0 ? end : scanner.blankEnd(end);
    if (rest !== bytes.length) return rest === ~bytes.length ? 'cut_off' : 'not_json';
    if (bytes[this.#rowsAt] !== ARRAY_START || this.#hasTooManyRows) return 'not_a_page';
    // A `meta` of another type says nothing; the rows are what they are.
    if (bytes[this.meta] !== OBJECT_START) this.meta = -1;
    return this.#fields > MOST_FIELDS ? 'too_many_fields' : undefined;
  }

  /** Lets it be used again: it must not be read any more. */
  recycle(): void {
    if (spare.length < MOST_SPARE && this.rowStarts.length + this.codes.length <= MOST_KEPT) spare.push(this);
  }

  #clear(): void {
    this.rows = 0;
    this.#fields = 0;
    this.#hasTooManyRows = false;
    this.firstFields[0] = 0;
  }

  #addBody(scanner: JsonScanner, start: number, mostRows: number): number {
    const { bytes } = scanner;
    let at = scanner.blankEnd(start + 1);
    if (bytes[at] === OBJECT_END) return at + 1;
    for (;;) {
      const value = scanner.memberValue(at);
      if (value < 0) return value;
      const keyEnd = scanner.stringEnd(at);
      const isRows = isKey(scanner, at, keyEnd, AUDIT_LOGS);
      if (isRows) this.#rowsAt = value;
      else if (isKey(scanner, at, keyEnd, META)) this.meta = value;
      at = isRows && bytes[value] === ARRAY_START ? this.#addRows(scanner, value, mostRows) : scanner.valueEnd(value);
      if (at < 0) return at;
      at = scanner.blankEnd(at);
      if (bytes[at] === OBJECT_END) return at + 1;
      if (bytes[at] !== COMMA) return ~at;
      at = scanner.blankEnd(at + 1);
    }
  }

  #addRows(scanner: JsonScanner, start: number, mostRows: number): number {
    const { bytes } = scanner;
    // Of a list that comes twice the last one counts.
    this.#clear();
    let at = scanner.blankEnd(start + 1);
    if (bytes[at] === ARRAY_END) return at + 1;
    for (;;) {
      this.#hasTooManyRows = this.rows === mostRows;
      at = this.#hasTooManyRows ? scanner.valueEnd(at) : this.#addRow(scanner, at);
      if (at < 0) return at;
      if ((bytes[at] ?? 0) <= BLANK) at = scanner.blankEnd(at);
      if (bytes[at] === ARRAY_END) return at + 1;
      if (bytes[at] !== COMMA) return ~at;
      at = scanner.blankEnd(at + 1);
    }
  }

  #addRow(scanner: JsonScanner, start: number): number {
    const { bytes, view } = scanner;
    const row = this.rows;
    if (row === this.rowStarts.length) {
      this.rowStarts = grown(this.rowStarts, new Uint32Array(Math.ceil(row * GROWTH)));
      this.firstFields = grown(this.firstFields, new Uint32Array(this.rowStarts.length + 1));
    }
    this.rowStarts[row] = start;
    this.rows = row + 1;
    this.firstFields[row + 1] = this.#fields;
    if (bytes[start] !== OBJECT_START) {
      const end = scanner.valueEnd(start);
      this.#noteField(WHOLE_ROW, start, end);
      return end;
    }
    let at = start + 1;
    if (bytes[at] !== QUOTE) at = scanner.blankEnd(at);
    if (bytes[at] === OBJECT_END) return at + 1;
    let code = ROW_START;
    for (;;) {
      const expected = successors[code] ?? OTHER_FIELD;
      let value: number;
      if (expected !== OTHER_FIELD && isMemberAt(view, at, expected)) {
        code = expected;
        value = at + (MEMBER_LENGTHS[expected] ?? 0);
        if ((bytes[value] ?? 0) <= BLANK) value = scanner.blankEnd(value);
      } else {
        value = scanner.memberValue(at);
        if (value < 0) return value;
        const actual = codeOfKey(scanner, at, scanner.stringEnd(at));
        successors[code] = actual;
        code = actual;
      }
      at = scanner.valueEnd(value);
      if (at < 0) return at;
      this.#noteField(code, value, at);
      if ((bytes[at] ?? 0) <= BLANK) at = scanner.blankEnd(at);
      const next = bytes[at];
      if (next === OBJECT_END) return at + 1;
      if (next !== COMMA) return ~at;
      at += 1;
      if (bytes[at] !== QUOTE) at = scanner.blankEnd(at);
    }
  }

  /** Notes a field of the last row, or only counts it where there are too many. */
  #noteField(code: number, start: number, end: number): void {
    const field = this.#fields;
    this.#fields = field + 1;
    if (field >= MOST_FIELDS) return;
    if (field === this.codes.length) {
      const length = Math.min(MOST_FIELDS, Math.ceil(field * GROWTH));
      this.codes = grown(this.codes, new Uint8Array(length));
      this.starts = grown(this.starts, new Uint32Array(length));
      this.ends = grown(this.ends, new Uint32Array(length));
    }
    this.codes[field] = code;
    this.starts[field] = start;
    this.ends[field] = end;
    this.firstFields[this.rows] = field + 1;
  }
}

/** The code of the field whose name begins with the quote at `start`. */
function codeOfKey(scanner: JsonScanner, start: number, end: number): number {
  const code = KEYS.findIndex((key) => isKey(scanner, start, end, key));
  return code === -1 ? OTHER_FIELD : code;
}

/** Whether the bytes at `at` are the name of that field and a colon, without escapes and white space. */
function isMemberAt(view: DataView, at: number, code: number): boolean {
  const last = at + (MEMBER_LENGTHS[code] ?? 0) - 4;
  if (last + 4 > view.byteLength) return false;
  let word = code * WORDS_PER_MEMBER;
  for (; at < last; at += 4) {
    if (view.getInt32(at, true) !== MEMBER_WORDS[word]) return false;
    word += 1;
  }
  return view.getInt32(last, true) === MEMBER_WORDS[word];
}

/** A larger column of numbers with what was in the smaller one. */
export function grown<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
