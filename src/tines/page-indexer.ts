import { codeOfKey, isMemberAt, MEMBER_LENGTHS, OTHER_FIELD, WHOLE_ROW } from './entry-fields';
import { PageIndex } from './page-index';
import { isKey, jsonKey } from '../json/json-members';
import type { JsonScanner } from '../json/json-scanner';

const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Why a body is no page: it ends too early, is no JSON at all, is JSON of another shape, or has too much in it. */
export type PageFault = 'cut_off' | 'not_json' | 'not_a_page' | 'too_many_fields' | 'too_large';

const AUDIT_LOGS = jsonKey('audit_logs');
const META = jsonKey('meta');
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Stands before the first field of a row. */
const ROW_START = WHOLE_ROW + 1;
/** How many unused indexes are kept, and how large they may be, in bytes. */
const MOST_SPARE = 64;
const MOST_BYTES_KEPT = 1 << 20;

/** What is known of a body's members so far. Offsets; -1 for what did not come. */
interface Shape {
  rowsAt: number;
  /** How many rows there are, those beyond what is indexed included. */
  rows: number;
  metaAt: number;
}

/**
 * Indexer of pages: validates a body and notes where its entries' fields are, in one pass. One indexer is used for all
 * pages, because it uses their indexes again, and because entries mostly have the same order of fields.
 */
export class PageIndexer {
  readonly #spare: PageIndex[] = [];
  /** For each field the one that came after it last time. */
  readonly #successors = new Uint8Array(ROW_START + 1).fill(OTHER_FIELD);

  /** @param mostRows a page of more is none, and they aren't indexed */
  index(scanner: JsonScanner, mostRows: number): PageIndex | PageFault {
    const index = this.#spare.pop() ?? new PageIndex();
    const fault = this.#fill(index, scanner, mostRows);
    if (fault === undefined) return index;
    this.recycle(index);
    return fault;
  }

  /** Takes an index back, which must not be used any more. */
  recycle(index: PageIndex): void {
    if (this.#spare.length < MOST_SPARE && index.bytes <= MOST_BYTES_KEPT) this.#spare.push(index);
  }

  #fill(index: PageIndex, scanner: JsonScanner, mostRows: number): PageFault | undefined {
    const { bytes } = scanner;
    const start = scanner.blankEnd(BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? 3 : 0);
    const shape: Shape = { rowsAt: -1, rows: 0, metaAt: -1 };
    index.clear();
    const isObject = bytes[start] === OPENING_BRACE;
    const end = isObject ? this.#indexBody(index, scanner, start, mostRows, shape) : scanner.valueEnd(start);
    const rest = end < 0 ? end : scanner.blankEnd(end);
    if (rest !== bytes.length) return rest === ~bytes.length ? 'cut_off' : 'not_json';
    if (bytes[shape.rowsAt] !== OPENING_BRACKET || shape.rows > mostRows) return 'not_a_page';
    // A `meta` of another type says nothing; the rows are what they are.
    index.meta = bytes[shape.metaAt] === OPENING_BRACE ? shape.metaAt : -1;
    return index.isFull ? 'too_many_fields' : undefined;
  }

  #indexBody(index: PageIndex, scanner: JsonScanner, start: number, mostRows: number, shape: Shape): number {
    const { bytes } = scanner;
    let at = scanner.blankEnd(start + 1);
    if (bytes[at] === CLOSING_BRACE) return at + 1;
    for (;;) {
      const value = scanner.memberValue(at);
      if (value < 0) return value;
      const keyEnd = scanner.stringEnd(at);
      const isRows = isKey(scanner, at, keyEnd, AUDIT_LOGS);
      if (isRows) shape.rowsAt = value;
      else if (isKey(scanner, at, keyEnd, META)) shape.metaAt = value;
      at =
        isRows && bytes[value] === OPENING_BRACKET
          ? this.#indexRows(index, scanner, value, mostRows, shape)
          : scanner.valueEnd(value);
      if (at < 0) return at;
      at = scanner.blankEnd(at);
      if (bytes[at] === CLOSING_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return ~at;
      at = scanner.blankEnd(at + 1);
    }
  }

  #indexRows(index: PageIndex, scanner: JsonScanner, start: number, mostRows: number, shape: Shape): number {
    const { bytes } = scanner;
    shape.rows = 0;
    index.clear();
    let at = scanner.blankEnd(start + 1);
    if (bytes[at] === CLOSING_BRACKET) return at + 1;
    for (;;) {
      at = shape.rows < mostRows ? this.#indexRow(index, scanner, at) : scanner.valueEnd(at);
      if (at < 0) return at;
      shape.rows += 1;
      if ((bytes[at] ?? 0) <= BLANK) at = scanner.blankEnd(at);
      if (bytes[at] === CLOSING_BRACKET) return at + 1;
      if (bytes[at] !== COMMA) return ~at;
      at = scanner.blankEnd(at + 1);
    }
  }

  #indexRow(index: PageIndex, scanner: JsonScanner, start: number): number {
    const { bytes, view } = scanner;
    const successors = this.#successors;
    index.addRow(start);
    if (bytes[start] !== OPENING_BRACE) {
      const end = scanner.valueEnd(start);
      index.addField(WHOLE_ROW, start, end);
      return end;
    }
    let at = start + 1;
    if (bytes[at] !== QUOTE) at = scanner.blankEnd(at);
    if (bytes[at] === CLOSING_BRACE) return at + 1;
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
      index.addField(code, value, at);
      if ((bytes[at] ?? 0) <= BLANK) at = scanner.blankEnd(at);
      const next = bytes[at];
      if (next === CLOSING_BRACE) return at + 1;
      if (next !== COMMA) return ~at;
      at += 1;
      if (bytes[at] !== QUOTE) at = scanner.blankEnd(at);
    }
  }
}
