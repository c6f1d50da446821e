import { isUtf8 } from 'node:buffer';
import type { BufferPool, StoredBody } from '@airbyte/cdk-typescript-compat/http';
import { compactId, type CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { validUtf8 } from '../json/byte-writer';
import { contentHash } from '../json/content-hash';
import { decode, findMembers, isNumberAt, jsonKey, MemberLookup, textAt } from '../json/json-members';
import { ARRAY_START, JsonScanner, LETTER_N, OBJECT_START } from '../json/json-scanner';
import { isOneLine } from '../json/portable-json';
import { fieldCode, indexPage, type FieldName, type PageFault, type PageIndex } from './page-index';
import { millisecondsAt, parseTimestamp } from './time';

const ID = fieldCode('id');
const CREATED_AT = fieldCode('created_at');
const TIMESTAMP = fieldCode('timestamp');
/** Digits that a number holds exactly. */
const EXACT_DIGITS = 15;

/** What a page says of itself and of the others. */
export type PageMeta = Readonly<ReturnType<typeof pageMeta>>;

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
  readonly #isOneLine: boolean;
  #stored: StoredBody | undefined;

  /** @param stored freed once, when the page is released @param scanner the one that the body was indexed with */
  constructor(stored: StoredBody, scanner: JsonScanner, index: PageIndex) {
    this.#stored = stored;
    this.body = stored.bytes;
    this.scanner = scanner;
    this.index = index;
    this.meta = pageMeta(scanner, index.meta);
    this.bytes = stored.bytes.length;
    this.size = index.rows;
    this.#isOneLine = isOneLine(stored.bytes);
  }

  /** Epoch s that `after` and `before` refer to: `created_at`, else `timestamp`; NaN where neither can be read. */
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

  /** Whether slices of a row can be copied into a line of output: it is one line, and common JSON readers take it. */
  canBeCopied(row: number): boolean {
    if (this.#isOneLine || !this.scanner.isPortable) return this.scanner.isPortable;
    const { rowStarts } = this.index;
    return isOneLine(this.body.subarray(rowStarts[row], row + 1 < this.size ? rowStarts[row + 1] : undefined));
  }

  /** Lets body and index be used again: rows must not be read any more; the rest stays. More than once does no harm. */
  release(): void {
    if (this.#stored === undefined) return;
    this.#stored.free();
    this.#stored = undefined;
    this.index.recycle();
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

const META = new MemberLookup(['count', 'pages', 'next_page', 'next_page_number', 'per_page'].map(jsonKey));
/** What stands for no next page. */
const NO_PAGE: readonly unknown[] = [null, false, 0, '', 'null'];

/** Reads the object `meta`, valid JSON at that offset; -1 where there is none. Arrays and objects in it say nothing. */
function pageMeta(scanner: JsonScanner, at: number) {
  const { bytes } = scanner;
  if (at === -1) META.clear();
  else findMembers(scanner, at, META);
  const [count, pages, nextPage, nextNumber, perPage] = Array.from(META.found, (value): unknown => {
    const isScalar = value !== -1 && bytes[value] !== OBJECT_START && bytes[value] !== ARRAY_START;
    return isScalar ? decode(bytes, value, scanner.valueEnd(value)) : undefined;
  });
  const next = [nextPage, nextNumber].filter((value) => value !== undefined);
  return {
    /** Rows on all pages: a whole number, also where it is given as text. */
    count: wholeNumber(count),
    /** Number of pages, likewise. */
    pages: wholeNumber(pages),
    /**
     * Whether there is a next page: false where `next_page` or `next_page_number` is there and names none (null, also as
     * the text "null"); undefined where both are absent. One that names a page outweighs one that doesn't.
     */
    next: next.length === 0 ? undefined : next.some((value) => !NO_PAGE.includes(value)),
    /** Rows that a page can have, likewise; in every captured response. */
    perPage: wholeNumber(perPage),
  };
}

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
 * @param received is freed by the page, or at once where it is none @param limits none where they are left out
 */
export function parsePage(
  received: StoredBody,
  { rows = Infinity, bytes = Infinity, allocate = allocateAnywhere }: Partial<PageLimits> = {},
): SlicedPage | PageFault {
  let body: StoredBody | undefined = received;
  if (!isUtf8(received.bytes)) {
    body = validUtf8(received.bytes, (length) => (length > bytes ? undefined : allocate(length)));
    received.free();
  }
  if (body === undefined) return 'too_large';
  const scanner = new JsonScanner(body.bytes);
  const index = indexPage(scanner, rows);
  if (typeof index !== 'string') return new SlicedPage(body, scanner, index);
  body.free();
  return index;
}
