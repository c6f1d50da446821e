import { isUtf8 } from 'node:buffer';
import type { BufferPool, StoredBody } from '@airbyte/cdk-typescript-compat/http';
import { compactId, type CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { validUtf8Length, writeValidUtf8 } from '../json/byte-writer';
import { contentHash } from '../json/content-hash';
import { decode, findMembers, isNumberAt, jsonKey, MemberLookup } from '../json/json-members';
import { JsonScanner } from '../json/json-scanner';
import { rowsOfSeveralLines } from '../json/portable-json';
import { fieldCode, indexPage, type FieldName, type PageFault, type PageIndex } from './page-index';
import { millisecondsAt, parseTimestamp } from './time';

const ID = fieldCode('id');
const CREATED_AT = fieldCode('created_at');
const TIMESTAMP = fieldCode('timestamp');
const BLANK = 0x20;
const QUOTE = 0x22;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const OPENING_BRACE = 0x7b;
const NON_ASCII = 0x80;
/** Digits that a number holds exactly. */
const EXACT_DIGITS = 15;

/** What a page says of itself and of the others. */
export interface PageMeta {
  /** Rows on all pages: a whole number, also where it is given as text. */
  readonly count: number | undefined;
  /** Number of pages, likewise. */
  readonly pages: number | undefined;
  /**
   * Whether there is a next page: false where `next_page` or `next_page_number` is there and names none (null, also as
   * the text "null", as one product's fixture has it); undefined where both are absent. One that names a page outweighs
   * one that doesn't.
   */
  readonly next: boolean | undefined;
  /** Rows that a page can have, likewise a whole number; in every captured response. */
  readonly perPage: number | undefined;
}

/** One response's page. The rows stay what they came as: slices of the body. */
export class SlicedPage {
  readonly body: Buffer;
  readonly scanner: JsonScanner;
  readonly index: PageIndex;
  readonly meta: PageMeta;
  /** Size of the body, in bytes of valid UTF-8. */
  readonly bytes: number;
  /** Rows. It stays what it is when the page is released, and its index used again. */
  readonly size: number;
  /** Rows whose text is no single line: 1, else 0. Undefined where there is none on the page. */
  readonly #ofSeveralLines: Uint8Array | undefined;
  #free: (() => void) | undefined;

  /** @param scanner the one that the body was indexed with @param free called once, when the page is released */
  constructor(body: Buffer, scanner: JsonScanner, index: PageIndex, free: () => void) {
    this.body = body;
    this.scanner = scanner;
    this.index = index;
    this.meta = pageMeta(scanner, index.meta);
    this.bytes = body.length;
    this.size = index.rows;
    this.#ofSeveralLines = rowsOfSeveralLines(body, index.rowStarts, index.rows);
    this.#free = free;
  }

  /**
   * Epoch s that the API's `after` and `before` refer to: `created_at`, else `timestamp`; NaN where neither can be
   * read.
   */
  secondOf(row: number): number {
    return Math.floor(this.#timeIn(row, CREATED_AT, TIMESTAMP) / 1000);
  }

  /** The entry's cursor value: `timestamp`, else `created_at`, epoch ms; NaN where neither can be read. */
  timeOf(row: number): number {
    return this.#timeIn(row, TIMESTAMP, CREATED_AT);
  }

  /** Whether some row gives a time that is none, or in a form that can't be read. */
  hasUnreadableTime(): boolean {
    for (let row = 0; row < this.size; row += 1) {
      const isGiven = [CREATED_AT, TIMESTAMP].some((code) => this.#isGiven(this.#fieldOf(row, code)));
      if (isGiven && Number.isNaN(this.secondOf(row))) return true;
    }
    return false;
  }

  /** The id: of numbers the digits as given; a hash of the content where there is none. */
  idOf(row: number): CompactId {
    return this.#ownIdOf(row) ?? contentHash(this.#rowBytes(row));
  }

  /** Whether the API gave the row an id. */
  hasOwnId(row: number): boolean {
    return this.#ownIdOf(row) !== undefined;
  }

  /** The text of a row's field; of a number the digits. Undefined where it has none. */
  textOf(row: number, name: FieldName): string | undefined {
    const field = this.#fieldOf(row, fieldCode(name));
    if (!this.#isGiven(field)) return undefined;
    const start = this.index.starts[field] ?? 0;
    const end = this.index.ends[field] ?? 0;
    return textAt(this.body, start, end) ?? this.body.toString('latin1', start, end);
  }

  /**
   * Whether slices of a row can be copied into a line of output: it is a single line, and common JSON readers take it.
   */
  canBeCopied(row: number): boolean {
    return this.scanner.isPortable && this.#ofSeveralLines?.[row] !== 1;
  }

  /**
   * Lets the body's place be used again: its rows must not be read any more. What the page says in all stays. Once is
   * enough, more does no harm.
   */
  release(): void {
    const free = this.#free;
    this.#free = undefined;
    free?.();
  }

  /** The last field of that code in a row, as an index into the page's fields; -1 where there is none. */
  #fieldOf(row: number, code: number): number {
    const { codes, firstFields } = this.index;
    const first = firstFields[row] ?? 0;
    for (let field = (firstFields[row + 1] ?? 0) - 1; field >= first; field -= 1) {
      if (codes[field] === code) return field;
    }
    return -1;
  }

  /** Whether there is a field, and it isn't null. */
  #isGiven(field: number): boolean {
    return field !== -1 && this.body[this.index.starts[field] ?? 0] !== LETTER_N;
  }

  /** The time in one field, or in the other where the one has none; epoch ms, or NaN. */
  #timeIn(row: number, code: number, otherCode: number): number {
    const ms = this.#millisecondsIn(this.#fieldOf(row, code));
    return Number.isNaN(ms) ? this.#millisecondsIn(this.#fieldOf(row, otherCode)) : ms;
  }

  #millisecondsIn(field: number): number {
    if (field === -1) return Number.NaN;
    const start = this.index.starts[field] ?? 0;
    const end = this.index.ends[field] ?? 0;
    const ms = millisecondsAt(this.body, start, end);
    return Number.isNaN(ms) ? (parseTimestamp(textAt(this.body, start, end)) ?? Number.NaN) : ms;
  }

  #ownIdOf(row: number): CompactId | undefined {
    const field = this.#fieldOf(row, ID);
    if (field === -1) return undefined;
    const start = this.index.starts[field] ?? 0;
    const end = this.index.ends[field] ?? 0;
    if (isNumberAt(this.body, start)) return numberAt(this.body, start, end);
    const text = textAt(this.body, start, end);
    if (text === undefined || text.trim() === '') return undefined;
    // As a record has it, and so that the STATE can be read: half a surrogate pair becomes U+FFFD.
    return compactId(this.scanner.isPortable ? text : Buffer.from(text).toString());
  }

  #rowBytes(row: number): Buffer {
    const start = this.index.rowStarts[row] ?? 0;
    return this.body.subarray(start, this.scanner.valueEnd(start));
  }
}

/** The text of a JSON string; undefined for any other value. */
export function textAt(body: Buffer, start: number, end: number): string | undefined {
  if (body[start] !== QUOTE) return undefined;
  for (let at = start + 1; at < end - 1; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === BACKSLASH || byte >= NON_ASCII || byte < BLANK) {
      const text: unknown = JSON.parse(body.toString('utf8', start, end));
      return typeof text === 'string' ? text : undefined;
    }
  }
  return body.toString('latin1', start + 1, end - 1);
}

/** A number's id: its digits as given. */
function numberAt(body: Buffer, start: number, end: number): CompactId {
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (body[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9 || end - start > EXACT_DIGITS) return body.toString('latin1', start, end);
    number = number * 10 + digit;
  }
  return number;
}

const META_NAMES = ['count', 'pages', 'next_page', 'next_page_number', 'per_page'] as const;
const META = new MemberLookup(META_NAMES.map(jsonKey));

/** Reads the object `meta`, valid JSON at that offset; -1 where there is none. */
function pageMeta(scanner: JsonScanner, at: number): PageMeta {
  if (at === -1) META.clear();
  else findMembers(scanner, at, META);
  const valueOf = (name: (typeof META_NAMES)[number]): unknown =>
    scalarAt(scanner, META.found[META_NAMES.indexOf(name)] ?? -1);
  const namesPage = [valueOf('next_page'), valueOf('next_page_number')].map(isPageNamed);
  return {
    count: wholeNumber(valueOf('count')),
    pages: wholeNumber(valueOf('pages')),
    next: namesPage.includes(true) || (namesPage.includes(false) ? false : undefined),
    perPage: wholeNumber(valueOf('per_page')),
  };
}

/** Undefined where there is none, or where it is an array or an object. */
function scalarAt(scanner: JsonScanner, at: number): unknown {
  const first = at === -1 ? OPENING_BRACE : scanner.bytes[at];
  if (first === OPENING_BRACE || first === OPENING_BRACKET) return undefined;
  return decode(scanner.bytes, at, scanner.valueEnd(at));
}

const isPageNamed = (value: unknown): boolean | undefined =>
  value === undefined ? undefined : ![null, false, 0, '', 'null'].some((none) => none === value);

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** How much a page may have. */
export interface PageLimits {
  /** A body of more rows is no page. */
  readonly rows: number;
  /** A body that is invalid UTF-8 is too large where it takes more without what is invalid. */
  readonly bytes: number;
  /** Makes room for such a body. */
  readonly allocate: BufferPool['allocate'];
}

const allocateAnywhere: BufferPool['allocate'] = (length) => ({
  bytes: Buffer.allocUnsafeSlow(length),
  free: () => undefined,
});

/**
 * Makes the page of a body, without making anything of its rows. Invalid UTF-8 counts as replaced by U+FFFD, and a byte
 * order mark in front as absent; else what `JSON.parse` takes is taken.
 * @param received is the page's from now on, which frees it; where it is no page, it is freed at once
 * @param limits none where they are left out
 */
export function parsePage(received: StoredBody, limits: Partial<PageLimits> = {}): SlicedPage | PageFault {
  const { rows = Infinity, bytes = Infinity, allocate = allocateAnywhere } = limits;
  const body = isUtf8(received.bytes) ? received : inValidUtf8(received, bytes, allocate);
  if (body === undefined) return 'too_large';
  const scanner = new JsonScanner(body.bytes);
  const index = indexPage(scanner, rows);
  if (typeof index === 'string') {
    body.free();
    return index;
  }
  return new SlicedPage(body.bytes, scanner, index, () => {
    body.free();
    index.recycle();
  });
}

/** A body in valid UTF-8, in place of one that isn't; undefined where it is too large. */
function inValidUtf8(body: StoredBody, maxBytes: number, allocate: BufferPool['allocate']): StoredBody | undefined {
  const length = validUtf8Length(body.bytes);
  const valid = length > maxBytes ? undefined : allocate(length);
  if (valid !== undefined) writeValidUtf8(valid.bytes, body.bytes);
  body.free();
  return valid;
}
