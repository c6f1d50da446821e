import { isNumberAt, textAt } from '../json/json-members';
import { FIELD_KINDS, OTHER_FIELD, WHOLE_ROW } from '../tines/page-index';
import type { SlicedPage } from '../tines/page';
import { hasMoreDigits, millisecondsAt, parseTimestamp } from '../tines/time';
import { BACKSLASH, BLANK, COMMA, LETTER_N, NON_ASCII, OBJECT_START, QUOTE } from '../json/json-scanner';

/** Offset of the fraction in a time: after the opening quote and the whole seconds. */
const FRACTION = 20;
const RFC_3339 = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/** Digits beyond the milliseconds, which the cursor's form doesn't hold. */
const LOST_DIGITS = /[.,]\d{4}/;

/** Where the fields of one entry lie that fit their columns. It is used again for each entry: no objects are made. */
export class EntryFields {
  /** By field code, the offsets where the values begin and end; -1 for null, absent, or not fitting. */
  readonly starts = new Int32Array(WHOLE_ROW + 1);
  readonly ends = new Int32Array(WHOLE_ROW + 1);
  /** Bytes of the entry from the first field on. */
  length = 0;
  /** Whether there are fields without a column, or with a value that doesn't fit it. */
  hasAdditional = false;
  readonly #leftOut: readonly number[];
  /** By field code the field, where it does not fit; -1 where it does, is null, or its column is left out. */
  readonly #misfits = new Int32Array(WHOLE_ROW + 1);

  /** @param leftOut codes of fields that are not written, whether they fit or not */
  constructor(leftOut: readonly number[]) {
    this.#leftOut = leftOut;
  }

  /** Finds the fields of a row. @param time the record's timestamp, epoch ms */
  locate(page: SlicedPage, row: number, time: number): void {
    const { codes, starts, ends, firstFields, rowStarts } = page.index;
    const { body } = page;
    // For so few numbers TypedArray.fill is slower.
    for (let code = 0; code <= WHOLE_ROW; code += 1) {
      this.starts[code] = -1;
      this.#misfits[code] = -1;
    }
    const rowStart = rowStarts[row] ?? 0;
    const last = firstFields[row + 1] ?? 0;
    let [hasOthers, hasMisfits] = [false, false];
    let end = rowStart;
    for (let field = firstFields[row] ?? 0; field < last; field += 1) {
      const code = codes[field] ?? 0;
      const start = starts[field] ?? 0;
      end = ends[field] ?? 0;
      if (code >= OTHER_FIELD) {
        hasOthers = true;
        continue;
      }
      const isNull = body[start] === LETTER_N;
      const fits = !isNull && fitsColumn(page, row, code, start, end, time);
      const isMisfit = !isNull && !fits && !this.#leftOut.includes(code);
      // Of a field that comes twice the last one counts.
      this.starts[code] = fits ? start : -1;
      this.ends[code] = end;
      this.#misfits[code] = isMisfit ? field : -1;
      hasMisfits ||= isMisfit;
    }
    this.length = end - rowStart;
    this.hasAdditional = hasOthers || (hasMisfits && this.#misfits.some((field) => field !== -1));
  }

  /** Whether a field belongs into `additional_fields`. */
  isAdditional(field: number, code: number): boolean {
    return code >= OTHER_FIELD || this.#misfits[code] === field;
  }
}

/** Whether a field that is not null may stand in the column of its name. */
function fitsColumn(page: SlicedPage, row: number, code: number, start: number, end: number, time: number): boolean {
  const { body } = page;
  const isText = body[start] === QUOTE;
  switch (FIELD_KINDS[code] ?? 'text') {
    case 'text':
    case 'resource_type':
    case 'tenant':
      return isText;
    case 'identifier':
      return isText || isNumberAt(body, start);
    case 'object':
      return body[start] === OBJECT_START;
    case 'time':
      return isTime(body, start, end);
    case 'key':
      return isNumberAt(body, start) || (isText && (isPlain(body, start) || page.hasOwnId(row)));
    case 'cursor':
      return isTimeOf(time, body, start, end);
  }
}

/** Whether a string begins with a character that is there to be seen, and no escape: it is not blank then. */
function isPlain(body: Buffer, start: number): boolean {
  const byte = body[start + 1] ?? 0;
  return byte > BLANK && byte < NON_ASCII && byte !== BACKSLASH && byte !== QUOTE;
}

/** Whether a JSON value is a time as it stands: the column's type promises RFC 3339. */
function isTime(body: Buffer, start: number, end: number): boolean {
  if (!Number.isNaN(millisecondsAt(body, start, end))) return body[start + FRACTION] !== COMMA;
  const text = textAt(body, start, end);
  return text !== undefined && RFC_3339.test(text) && parseTimestamp(text) !== undefined;
}

/** Whether a JSON value says just what the normalized timestamp of an instant (epoch ms) says. */
function isTimeOf(ms: number, body: Buffer, start: number, end: number): boolean {
  const given = millisecondsAt(body, start, end);
  if (!Number.isNaN(given)) return given === ms && !hasMoreDigits(start, end);
  const text = textAt(body, start, end);
  return text !== undefined && parseTimestamp(text) === ms && !LOST_DIGITS.test(text);
}
