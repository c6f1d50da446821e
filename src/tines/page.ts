import { isUtf8 } from 'node:buffer';
import type { BufferPool, StoredBody } from '@airbyte/cdk-typescript-compat/http';
import { compactId, type CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { parseTimestamp } from './timestamp';
import { millisecondsAt, secondsAt } from './timestamp-bytes';
import { contentHash } from '../json/content-hash';
import { fieldCode, type FieldName } from './entry-fields';
import { JsonScanner } from '../json/json-scanner';
import { validUtf8Length, writeValidUtf8 } from '../json/valid-utf8';
import type { PageIndex } from './page-index';
import { PageIndexer, type PageFault } from './page-indexer';
import { NO_META, pageMeta, type PageMeta } from './page-meta';
import { rowsOfSeveralLines } from '../json/line-separators';

/** One answer's page. The rows stay what they came as: slices of the body. */
export interface Page {
  /** Rows. */
  readonly size: number;
  readonly meta: PageMeta;
  /** Size of the body, in bytes of valid UTF-8. */
  readonly bytes: number;
  /** Epoch s that the API's `after` and `before` refer to: `created_at`, else `timestamp`; NaN where neither can be read. */
  secondOf(row: number): number;
  /** The id: of numbers the digits as given; a hash of the content where there is none. */
  idOf(row: number): CompactId;
  /** Whether the API gave the row an id. */
  hasOwnId(row: number): boolean;
  /** The entry's cursor value: `timestamp`, else `created_at`, epoch ms; NaN where neither can be read. */
  timeOf(row: number): number;
  /** Whether some row gives a time that is none, or in a form that can't be read. */
  hasUnreadableTime(): boolean;
  /** The text of a row's field; of a number the digits. Undefined where it has none. */
  textOf(row: number, field: FieldName): string | undefined;
  /**
   * Lets the body's place be used again: nothing of the rows must be asked for any more. What the page has in all stays.
   * Once is enough, more does no harm.
   */
  release(): void;
}

const ID = fieldCode('id');
const CREATED_AT = fieldCode('created_at');
const TIMESTAMP = fieldCode('timestamp');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const LETTER_N = 0x6e;
const NON_ASCII = 0x80;

/** A {@link Page} whose fields can be copied. */
export class SlicedPage implements Page {
  readonly body: Buffer;
  readonly scanner: JsonScanner;
  readonly index: PageIndex;
  readonly meta: PageMeta;
  readonly bytes: number;
  /** Stays what it is when the page is released, and its index used again. */
  readonly size: number;
  readonly #free: () => void;
  /** Rows whose text is no single line: 1, else 0. Undefined where there is none on the page. */
  readonly #ofSeveralLines: Uint8Array | undefined;

  #freed = false;

  /** @param scanner the one that the body was indexed with */
  constructor(body: Buffer, scanner: JsonScanner, index: PageIndex, meta: PageMeta, free: () => void) {
    this.body = body;
    this.scanner = scanner;
    this.index = index;
    this.meta = meta;
    this.bytes = body.length;
    this.size = index.rows;
    this.#free = free;
    this.#ofSeveralLines = rowsOfSeveralLines(body, index.rowStarts, index.rows);
  }

  secondOf(row: number): number {
    const second = this.#secondIn(row, CREATED_AT);
    return Number.isNaN(second) ? this.#secondIn(row, TIMESTAMP) : second;
  }

  idOf(row: number): CompactId {
    const field = this.#fieldOf(row, ID);
    const id = field === -1 ? undefined : this.#idIn(field);
    return id ?? contentHash(this.#rowBytes(row));
  }

  hasOwnId(row: number): boolean {
    const field = this.#fieldOf(row, ID);
    return field !== -1 && this.#idIn(field) !== undefined;
  }

  timeOf(row: number): number {
    const ms = this.#timeIn(row, TIMESTAMP);
    return Number.isNaN(ms) ? this.#timeIn(row, CREATED_AT) : ms;
  }

  /** Whether slices of a row can be copied into a line of output: it is a single line, and common JSON readers take it. */
  canBeCopied(row: number): boolean {
    return this.scanner.isPortable && this.#ofSeveralLines?.[row] !== 1;
  }

  hasUnreadableTime(): boolean {
    for (let row = 0; row < this.size; row += 1) {
      const isGiven = [CREATED_AT, TIMESTAMP].some((code) => this.#isGiven(this.#fieldOf(row, code)));
      if (isGiven && Number.isNaN(this.secondOf(row))) return true;
    }
    return false;
  }

  textOf(row: number, field: FieldName): string | undefined {
    const at = this.#fieldOf(row, fieldCode(field));
    if (!this.#isGiven(at)) return undefined;
    const start = this.index.starts[at] ?? 0;
    const end = this.index.ends[at] ?? 0;
    return textAt(this.body, start, end) ?? this.body.toString('latin1', start, end);
  }

  release(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#free();
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

  #secondIn(row: number, code: number): number {
    const field = this.#fieldOf(row, code);
    if (field === -1) return Number.NaN;
    const start = this.index.starts[field] ?? 0;
    const second = secondsAt(this.body, start, this.index.ends[field] ?? 0);
    if (!Number.isNaN(second)) return second;
    return Math.floor((parseTimestamp(this.#stringIn(field)) ?? Number.NaN) / 1000);
  }

  #timeIn(row: number, code: number): number {
    const field = this.#fieldOf(row, code);
    if (field === -1) return Number.NaN;
    const ms = millisecondsAt(this.body, this.index.starts[field] ?? 0, this.index.ends[field] ?? 0);
    return Number.isNaN(ms) ? (parseTimestamp(this.#stringIn(field)) ?? Number.NaN) : ms;
  }

  #idIn(field: number): CompactId | undefined {
    const start = this.index.starts[field] ?? 0;
    const end = this.index.ends[field] ?? 0;
    const first = this.body[start] ?? 0;
    if (first === 0x2d || (first >= 0x30 && first <= 0x39)) return numberAt(this.body, start, end);
    const text = this.#stringIn(field);
    if (text === undefined || text.trim() === '') return undefined;
    // As a record has it, and so that the STATE can be read: half a surrogate pair becomes U+FFFD.
    return compactId(this.scanner.isPortable ? text : Buffer.from(text).toString());
  }

  /** Undefined for what is no string. */
  #stringIn(field: number): string | undefined {
    return textAt(this.body, this.index.starts[field] ?? 0, this.index.ends[field] ?? 0);
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

/** Digits that a number holds exactly. */
const EXACT_DIGITS = 15;

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

const indexer = new PageIndexer();

/** How much a page may have. */
export interface PageLimits {
  /** A body of more rows is no page. */
  readonly rows: number;
  /** A body that is invalid UTF-8 is too large where it takes more without what is invalid. */
  readonly bytes: number;
  /** Makes room for such a body. */
  readonly allocate: BufferPool['allocate'];
}

const NO_LIMITS: PageLimits = {
  rows: Infinity,
  bytes: Infinity,
  allocate: (length) => ({ bytes: Buffer.allocUnsafeSlow(length), free: () => undefined }),
};

/**
 * Makes the page of a body, without making anything of its rows. Invalid UTF-8 counts as replaced by U+FFFD, and a byte
 * order mark in front as absent; else what `JSON.parse` takes is taken.
 * @param received is the page's from now on, which frees it; where it is no page, it is freed at once
 */
export function parsePage(received: StoredBody, given: Partial<PageLimits> = {}): SlicedPage | PageFault {
  const limits = { ...NO_LIMITS, ...given };
  const valid = isUtf8(received.bytes) ? received : replaced(received, limits);
  if (valid === undefined) return 'too_large';
  const scanner = new JsonScanner(valid.bytes);
  const index = indexer.index(scanner, limits.rows);
  if (typeof index === 'string') {
    valid.free();
    return index;
  }
  const meta = index.meta === -1 ? NO_META : pageMeta(scanner, index.meta);
  return new SlicedPage(valid.bytes, scanner, index, meta, () => {
    valid.free();
    indexer.recycle(index);
  });
}

/** A body in valid UTF-8, in place of one that isn't; undefined where it is too large. */
function replaced(body: StoredBody, { bytes, allocate }: PageLimits): StoredBody | undefined {
  const length = validUtf8Length(body.bytes);
  const valid = length > bytes ? undefined : allocate(length);
  if (valid !== undefined) writeValidUtf8(valid.bytes, body.bytes);
  body.free();
  return valid;
}
