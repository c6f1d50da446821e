import { MAX_LEVELS, type JsonRecords } from '@airbyte/cdk-typescript-compat';
import { ByteWriter, utf8Text, type Utf8Text } from '../json/byte-writer';
import { isNumberAt } from '../json/json-members';
import { QUOTE, COMMA, COLON, OBJECT_START, OBJECT_END, MAX_KEY_BYTES } from '../json/json-scanner';
import { MOST_GROWTH, writePortable } from '../json/portable-json';
import { grown, WHOLE_ROW } from '../tines/page-index';
import type { SlicedPage } from '../tines/page';
import { writeTimestamp } from '../tines/time';
import { recordLayout, type Column, type RecordLayout } from './columns';
import { EntryFields } from './fields';
import { ResourceFinder } from './resource';

/** The most bytes of a value that come from no field: a hash in quotes, which stands for an id. */
const MOST_OWN = 34;
/** A byte of a field stands in at most so many columns: an operation's inputs, and its id or name, for example. */
const MOST_COPIES = 3;
const USUAL_RECORDS = 512;
/** Bytes that the writer's memory keeps from one batch to the next. */
const MOST_KEPT = 4 * 1024 * 1024;

/**
 * Records of entries, put together from slices of the responses: every field as the API gave it, byte for byte, the
 * documented columns filled from their other names, and in `additional_fields` what has no column or doesn't fit it.
 * Ids become strings of the digits as given. What common JSON readers refuse is replaced: it would be lost silently.
 */
export class RecordBatch {
  readonly #onReplaced: (columns: readonly string[]) => void;
  readonly #tenant: Utf8Text;
  readonly #layout: RecordLayout;
  /** Bytes of a record that come from no field. */
  readonly #ownBytes: number;
  readonly #fields: EntryFields;
  readonly #resource = new ResourceFinder();
  #out = new ByteWriter();
  #ends = new Uint32Array(USUAL_RECORDS);
  /** Records so far. */
  size = 0;
  /** How far the empty record was copied: columns that are not opened stay null. */
  #copied = 0;
  /** Whether the entry's bytes can be copied as they are. */
  #canBeCopied = true;
  #replaced: string[] = [];

  /** @param onReplaced called, with the columns, where something was replaced @param columns those that are written */
  constructor(tenant: string, onReplaced: (columns: readonly string[]) => void, columns?: readonly string[]) {
    this.#onReplaced = onReplaced;
    this.#tenant = utf8Text(JSON.stringify(tenant));
    this.#layout = recordLayout(columns);
    this.#ownBytes = this.#layout.empty.length + this.#layout.columns.length * MOST_OWN + this.#tenant.length;
    this.#fields = new EntryFields(this.#layout.leftOut);
  }

  /** What they take, in bytes. */
  get bytes(): number {
    return this.#out.length;
  }

  /** Adds the record of a row. @param time its own timestamp or a stand-in, epoch ms in the years 0 to 9999 */
  add(page: SlicedPage, row: number, time: number): void {
    const out = this.#out;
    const fields = this.#fields;
    fields.locate(page, row, time);
    this.#canBeCopied = page.canBeCopied(row);
    const copies = this.#canBeCopied ? MOST_COPIES : MOST_COPIES * MOST_GROWTH;
    out.reserve(copies * fields.length + this.#ownBytes);
    this.#resource.complete(page, fields);
    this.#copied = 0;
    this.#writeColumns(page, row, time);
    const { empty } = this.#layout;
    out.copy(empty, this.#copied, empty.length);
    out.assertRoom();
    if (this.size === this.#ends.length) this.#ends = grown(this.#ends, new Uint32Array(2 * this.size));
    this.#ends[this.size] = out.length;
    this.size += 1;
    if (this.#replaced.length > 0) this.#onReplaced(this.#replaced.splice(0));
  }

  /** Hands the records out and begins anew. They stay as they are until the next record is added. */
  take(): JsonRecords {
    const records = { bytes: this.#out.bytes.subarray(0, this.bytes), ends: this.#ends.subarray(0, this.size) };
    this.size = 0;
    if (this.#out.bytes.length > MOST_KEPT) this.#out = new ByteWriter();
    this.#out.length = 0;
    return records;
  }

  #writeColumns(page: SlicedPage, row: number, time: number): void {
    const { starts, ends, hasAdditional } = this.#fields;
    for (const column of this.#layout.columns) {
      const { kind } = column;
      const field = starts[column.field] === -1 ? column.otherField : column.field;
      const start = starts[field] ?? -1;
      if (kind === undefined) {
        if (hasAdditional) this.#writeAdditional(column, page, row);
      } else if (kind === 'cursor') {
        this.#open(column);
        writeTimestamp(this.#out, time);
      } else if (start !== -1) this.#writeValue(column, page, start, ends[field] ?? 0);
      else if (kind === 'key') this.#writeStandIn(column, utf8Text(`"${page.idOf(row)}"`));
      else if (kind === 'resource_type') this.#writeStandIn(column, this.#resource.type);
      else if (kind === 'tenant') this.#writeStandIn(column, this.#tenant);
    }
  }

  /** Copies the names up to and with this column's; the columns in between are null. */
  #open({ valueStart, valueEnd }: Column): void {
    this.#out.copy(this.#layout.empty, this.#copied, valueStart);
    this.#copied = valueEnd;
  }

  /** As it is given; a number in quotes, in which it may be as long as it is. */
  #writeValue(column: Column, page: SlicedPage, start: number, end: number): void {
    const out = this.#out;
    this.#open(column);
    if (isNumberAt(page.body, start)) {
      out.byte(QUOTE);
      out.copy(page.scanner, start, end);
      out.byte(QUOTE);
    } else this.#copy(column, page, start, end, MAX_LEVELS);
  }

  /** A text of ours for one that isn't given; where it is empty, the column stays null. */
  #writeStandIn(column: Column, text: Utf8Text): void {
    if (text.length === 0) return;
    this.#open(column);
    this.#out.copy(text, 0, text.length);
  }

  /** Copies a value or a name of the entry, which may have so many levels. */
  #copy({ name }: Column, { body, scanner }: SlicedPage, start: number, end: number, levels: number): void {
    if (this.#canBeCopied) this.#out.copy(scanner, start, end);
    else if (writePortable(this.#out, body, start, end, levels) && !this.#replaced.includes(name)) {
      this.#replaced.push(name);
    }
  }

  /** Writes the object of all fields that have no column, or don't fit it, under the names that the API gave them. */
  #writeAdditional(column: Column, page: SlicedPage, row: number): void {
    const { codes, starts, ends, firstFields, rowStarts } = page.index;
    const out = this.#out;
    this.#open(column);
    const last = firstFields[row + 1] ?? 0;
    let separator = OBJECT_START;
    let nameArea = (rowStarts[row] ?? 0) + 1;
    for (let field = firstFields[row] ?? 0; field < last; field += 1) {
      const code = codes[field] ?? 0;
      const end = ends[field] ?? 0;
      if (this.#fields.isAdditional(field, code)) {
        out.byte(separator);
        separator = COMMA;
        if (code === WHOLE_ROW) out.ascii('"entry":');
        // The object around the fields is a level, too.
        if (code === WHOLE_ROW) this.#copy(column, page, starts[field] ?? 0, end, MAX_LEVELS - 1);
        else this.#writeMember(column, page, nameArea, starts[field] ?? 0, end);
      }
      nameArea = end;
    }
    out.byte(OBJECT_END);
  }

  /** A name lies after the value before it, and a comma. */
  #writeMember(column: Column, page: SlicedPage, from: number, value: number, end: number): void {
    const { body, scanner } = page;
    let start = scanner.blankEnd(from);
    if (body[start] === COMMA) start = scanner.blankEnd(start + 1);
    const nameEnd = scanner.stringEnd(start);
    if (nameEnd - start - 2 > MAX_KEY_BYTES) this.#copy(column, page, start, end, MAX_LEVELS - 1);
    else {
      this.#copy(column, page, start, nameEnd, 0);
      this.#out.byte(COLON);
      this.#copy(column, page, value, end, MAX_LEVELS - 1);
    }
  }
}
