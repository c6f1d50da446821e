import { WHOLE_ROW } from '../tines/entry-fields';
import type { SlicedPage } from '../tines/page';
import { utf8Text, type ByteWriter } from '../json/byte-writer';
import type { EntryFields } from './entry-slices';
import { isDeeper, MAX_LEVELS, writeCut } from '../json/nested-json';

const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const ENTRY = utf8Text('"entry"');

/**
 * Writes the object of all fields that have no column, or don't fit it, under the names that the API gave them.
 * @returns whether something in it was nested too deep
 */
export function writeAdditional(out: ByteWriter, page: SlicedPage, row: number, fields: EntryFields): boolean {
  const { codes, starts, ends, firstFields, rowStarts } = page.index;
  const { body, scanner } = page;
  const last = firstFields[row + 1] ?? 0;
  let isDeep = false;
  let separator = OPENING_BRACE;
  let nameArea = (rowStarts[row] ?? 0) + 1;
  for (let field = firstFields[row] ?? 0; field < last; field += 1) {
    const code = codes[field] ?? 0;
    const start = starts[field] ?? 0;
    const end = ends[field] ?? 0;
    if (fields.isAdditional(field, code)) {
      out.byte(separator);
      separator = COMMA;
      if (code === WHOLE_ROW) out.copy(ENTRY, 0, ENTRY.length);
      else copyName(out, page, nameArea);
      out.byte(COLON);
      // The object around the fields is a level, too.
      if (scanner.deepest >= MAX_LEVELS && isDeeper(body, start, MAX_LEVELS - 1)) {
        isDeep = true;
        writeCut(out, body, start, MAX_LEVELS - 1);
      } else out.copy(scanner, start, end);
    }
    nameArea = end;
  }
  out.byte(CLOSING_BRACE);
  return isDeep;
}

/** A name lies behind the value before it, and a comma. */
function copyName(out: ByteWriter, page: SlicedPage, from: number): void {
  const { body, scanner } = page;
  let start = scanner.blankEnd(from);
  if (body[start] === COMMA) start = scanner.blankEnd(start + 1);
  out.copy(scanner, start, scanner.stringEnd(start));
}
