import { FIELD_NAMES, OTHER_FIELD, WHOLE_ROW, type FieldName } from '../tines/entry-fields';
import { isNumberAt } from '../json/json-members';
import type { SlicedPage } from '../tines/page';
import { isTimeColumn, isTimeOf } from './time-column';

const QUOTE = 0x22;
const OPENING_BRACE = 0x7b;
const LETTER_N = 0x6e;

const TEXT = 0;
const TEXT_OR_NUMBER = 1;
const OBJECT = 2;
const TIME = 3;
const OWN_ID = 4;
const CURSOR_TIME = 5;

const SPECIAL: Partial<Record<FieldName, number>> = {
  id: OWN_ID,
  timestamp: CURSOR_TIME,
  created_at: TIME,
  updated_at: TIME,
  user_id: TEXT_OR_NUMBER,
  resource_id: TEXT_OR_NUMBER,
  organization_id: TEXT_OR_NUMBER,
  tenant_id: TEXT_OR_NUMBER,
  story_id: TEXT_OR_NUMBER,
  inputs: OBJECT,
  outputs: OBJECT,
  metadata: OBJECT,
};
/** What a field must be to fit its column. */
const KINDS = Uint8Array.from(FIELD_NAMES, (name) => SPECIAL[name] ?? TEXT);

/** Where the fields of one entry lie that fit their columns. It is used again for each entry: no objects are made. */
export class EntryFields {
  /** By field code, offsets of the values and of what is behind them; -1 for null, absent, or not fitting. */
  readonly starts = new Int32Array(WHOLE_ROW + 1);
  readonly ends = new Int32Array(WHOLE_ROW + 1);
  /** Bytes of the entry from the first field on. */
  length = 0;
  /** Whether there are fields without a column, or with a value that doesn't fit it. */
  hasAdditional = false;

  /** By field code the field, where it does not fit; -1 where it does, or is null. */
  readonly #misfits = new Int32Array(WHOLE_ROW + 1).fill(-1);
  /** Whether there was one; a later field of the same name may have taken its place. */
  #hasMisfits = false;

  /** @param time the record's timestamp, epoch ms */
  locate(page: SlicedPage, row: number, time: number): void {
    const { codes, starts, ends, firstFields, rowStarts } = page.index;
    const { body } = page;
    this.#reset();
    const rowStart = rowStarts[row] ?? 0;
    const first = firstFields[row] ?? 0;
    const last = firstFields[row + 1] ?? 0;
    let others = false;
    let end = rowStart;
    for (let field = first; field < last; field += 1) {
      const code = codes[field] ?? 0;
      const start = starts[field] ?? 0;
      end = ends[field] ?? 0;
      if (code >= OTHER_FIELD) {
        others = true;
        continue;
      }
      const fits = body[start] !== LETTER_N && this.#fits(page, row, code, start, end, time);
      // Of a field that comes twice the last one counts.
      this.starts[code] = fits ? start : -1;
      this.ends[code] = end;
      if (!fits || this.#hasMisfits) this.#noteMisfit(code, fits || body[start] === LETTER_N ? -1 : field);
    }
    this.length = end - rowStart;
    this.hasAdditional = others || (this.#hasMisfits && this.#misfits.some((field) => field !== -1));
  }

  /** Each call of TypedArray.fill costs more. */
  #reset(): void {
    const { starts } = this;
    for (let code = 0; code < starts.length; code += 1) starts[code] = -1;
    if (this.#hasMisfits) this.#misfits.fill(-1);
    this.#hasMisfits = false;
  }

  #noteMisfit(code: number, field: number): void {
    this.#misfits[code] = field;
    if (field !== -1) this.#hasMisfits = true;
  }

  /** Whether a field belongs into `additional_fields`. */
  isAdditional(field: number, code: number): boolean {
    return code >= OTHER_FIELD || this.#misfits[code] === field;
  }

  #fits(page: SlicedPage, row: number, code: number, start: number, end: number, time: number): boolean {
    const { body } = page;
    const first = body[start];
    switch (KINDS[code] ?? TEXT) {
      case TEXT:
        return first === QUOTE;
      case TEXT_OR_NUMBER:
        return first === QUOTE || isNumberAt(body, start);
      case OBJECT:
        return first === OPENING_BRACE;
      case TIME:
        return isTimeColumn(body, start, end);
      case OWN_ID:
        return isNumberAt(body, start) || (first === QUOTE && (isPlain(body, start) || page.hasOwnId(row)));
      default:
        return isTimeOf(time, body, start, end);
    }
  }
}

/** Whether a string begins with a letter, a digit or the like: it is not blank then. */
function isPlain(body: Buffer, start: number): boolean {
  const byte = body[start + 1] ?? 0;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
