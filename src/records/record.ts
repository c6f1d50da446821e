import type { JsonRecords } from '@airbyte/cdk-typescript-compat';
import { ByteWriter, utf8Text, type Utf8Source, type Utf8Text } from '../json/byte-writer';
import { isDeeper, MAX_LEVELS, writeCut } from '../json/nested-json';
import { WHOLE_ROW } from '../tines/entry-fields';
import { grown } from '../tines/grown';
import type { SlicedPage } from '../tines/page';
import { formatTimestamp } from '../tines/timestamp';
import { COLUMNS, EMPTY_RECORD, type Column } from './columns';
import { EntryFields } from './fields';
import { ResourceFinder } from './resource';

const QUOTE = 0x22;
const COMMA = 0x2c;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const LETTER_Z = 0x5a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
/** The most bytes of a value that come from no field: a hash in quotes, which stands for an id. */
const MOST_OWN = 34;
/** Bytes of a record that come from no field. */
const OWN_BYTES = EMPTY_RECORD.length + COLUMNS.length * MOST_OWN;
/** A byte of a field stands in at most so many columns: an operation's inputs, and its id or name, for example. */
const MOST_COPIES = 3;
const USUAL_RECORDS = 512;
/** Bytes that the writer's memory keeps from one batch to the next. */
const MOST_KEPT = 4 * 1024 * 1024;
const DAY_MS = 86_400_000;
/** Of `2025-01-11T`. */
const DATE_LENGTH = 11;

/** The name under which a row that is no object stands in `additional_fields`. */
const ENTRY = utf8Text('"entry"');

/** Called with the columns in which something was nested too deep and was replaced by a string of its JSON text. */
export type OnTooDeep = (columns: readonly string[]) => void;

/**
 * Records of entries, put together from slices of the responses: every field as the API gave it, byte for byte, the
 * documented columns filled from their other names, and in `additional_fields` whatever has no column or doesn't fit its
 * column's type. Nothing is dropped. Ids become strings, of numbers the digits as given.
 */
export class RecordBatch {
  readonly #onTooDeep: OnTooDeep;
  readonly #tenant: Utf8Text;
  readonly #fields = new EntryFields();
  readonly #resource = new ResourceFinder();
  #out = new ByteWriter();
  #ends = new Uint32Array(USUAL_RECORDS);
  #size = 0;
  /** How far {@link EMPTY_RECORD} was copied: columns that are not opened stay null. */
  #copied = 0;
  #tooDeep: string[] = [];
  /** The day of the last timestamp, since 1970, and its text: making the text of a Date takes longer than all the rest. */
  #day = Number.NaN;
  #date = '';

  /** @param tenant the first label of the tenant's domain, for entries that name none */
  constructor(tenant: string, onTooDeep: OnTooDeep) {
    this.#onTooDeep = onTooDeep;
    this.#tenant = utf8Text(JSON.stringify(tenant));
  }

  /** Records so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds the record of a row.
   * @param time its timestamp, epoch ms in the years 0 to 9999; the row's own, or the one that stands for it
   */
  add(page: SlicedPage, row: number, time: number): void {
    const out = this.#out;
    const fields = this.#fields;
    fields.locate(page, row, time);
    const start = out.length;
    out.reserve(MOST_COPIES * fields.length + OWN_BYTES + this.#tenant.length);
    this.#resource.complete(page, fields);
    this.#copied = 0;
    for (const column of COLUMNS) this.#writeColumn(column, page, row, time);
    out.copy(EMPTY_RECORD, this.#copied, EMPTY_RECORD.length);
    if (page.ofSeveralLines?.[row] === 1) out.makeOneLine(start);
    if (this.#size === this.#ends.length) this.#ends = grown(this.#ends, new Uint32Array(2 * this.#size));
    this.#ends[this.#size] = out.length;
    this.#size += 1;
    if (this.#tooDeep.length > 0) this.#onTooDeep(this.#tooDeep.splice(0));
  }

  /** Hands the records out and begins anew. They stay as they are until the next record is added. */
  take(): JsonRecords {
    const records = {
      bytes: this.#out.bytes.subarray(0, this.#out.length),
      ends: this.#ends.subarray(0, this.#size),
    };
    this.#size = 0;
    if (this.#out.bytes.length > MOST_KEPT) this.#out = new ByteWriter();
    this.#out.length = 0;
    return records;
  }

  #writeColumn(column: Column, page: SlicedPage, row: number, time: number): void {
    const { starts, ends } = this.#fields;
    const field = starts[column.field] === -1 ? column.otherField : column.field;
    const start = starts[field] ?? -1;
    const end = ends[field] ?? 0;
    switch (column.kind) {
      case 'key':
        this.#open(column);
        if (start === -1) this.#out.ascii(JSON.stringify(String(page.idOf(row))));
        else this.#writeText(page.scanner, start, end);
        return;
      case 'cursor':
        this.#open(column);
        this.#writeTime(time);
        return;
      case 'text':
      case 'identifier':
      case 'time':
        if (start === -1) return;
        this.#open(column);
        this.#writeText(page.scanner, start, end);
        return;
      case 'object':
        if (start === -1) return;
        this.#open(column);
        this.#writeValue(column, page, start, end, MAX_LEVELS);
        return;
      case 'resource_type':
        this.#writeTextOr(column, page.scanner, start, end, this.#resource.type);
        return;
      case 'tenant':
        this.#writeTextOr(column, page.scanner, start, end, this.#tenant);
        return;
      case 'additional':
        if (!this.#fields.hasAdditional) return;
        this.#open(column);
        this.#writeAdditional(column, page, row);
    }
  }

  /** Copies the names up to and with this column's; the columns in between are null. */
  #open({ valueStart, valueEnd }: Column): void {
    this.#out.copy(EMPTY_RECORD, this.#copied, valueStart);
    this.#copied = valueEnd;
  }

  /** A string as it is; a number in quotes. */
  #writeText(source: Utf8Source, start: number, end: number): void {
    const out = this.#out;
    const isNumber = source.bytes[start] !== QUOTE;
    if (isNumber) out.byte(QUOTE);
    out.copy(source, start, end);
    if (isNumber) out.byte(QUOTE);
  }

  /** @param standIn for a text that isn't given; where it is empty, too, the column stays null */
  #writeTextOr(column: Column, source: Utf8Source, start: number, end: number, standIn: Utf8Text): void {
    if (start === -1 && standIn.length === 0) return;
    this.#open(column);
    if (start === -1) this.#out.copy(standIn, 0, standIn.length);
    else this.#out.copy(source, start, end);
  }

  #writeValue({ name }: Column, { body, scanner }: SlicedPage, start: number, end: number, levels: number): void {
    if (scanner.deepest > levels && isDeeper(body, start, levels)) {
      if (!this.#tooDeep.includes(name)) this.#tooDeep.push(name);
      writeCut(this.#out, body, start, levels);
    } else this.#out.copy(scanner, start, end);
  }

  /** Writes the object of all fields that have no column, or don't fit it, under the names that the API gave them. */
  #writeAdditional(column: Column, page: SlicedPage, row: number): void {
    const { codes, starts, ends, firstFields, rowStarts } = page.index;
    const out = this.#out;
    const last = firstFields[row + 1] ?? 0;
    let separator = OPENING_BRACE;
    let nameArea = (rowStarts[row] ?? 0) + 1;
    for (let field = firstFields[row] ?? 0; field < last; field += 1) {
      const code = codes[field] ?? 0;
      const end = ends[field] ?? 0;
      if (this.#fields.isAdditional(field, code)) {
        out.byte(separator);
        separator = COMMA;
        if (code === WHOLE_ROW) out.copy(ENTRY, 0, ENTRY.length);
        else this.#writeName(page, nameArea);
        out.byte(COLON);
        // The object around the fields is a level, too.
        this.#writeValue(column, page, starts[field] ?? 0, end, MAX_LEVELS - 1);
      }
      nameArea = end;
    }
    out.byte(CLOSING_BRACE);
  }

  /** A name lies after the value before it, and a comma. */
  #writeName({ body, scanner }: SlicedPage, from: number): void {
    let start = scanner.blankEnd(from);
    if (body[start] === COMMA) start = scanner.blankEnd(start + 1);
    this.#out.copy(scanner, start, scanner.stringEnd(start));
  }

  /** Writes an instant (epoch ms) in the normalized form. */
  #writeTime(ms: number): void {
    const day = Math.floor(ms / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = (formatTimestamp(day * DAY_MS) ?? '').slice(0, DATE_LENGTH);
    }
    const rest = ms - day * DAY_MS;
    const out = this.#out;
    out.byte(QUOTE);
    out.ascii(this.#date);
    out.twoDigits(Math.floor(rest / 3_600_000));
    out.byte(COLON);
    out.twoDigits(Math.floor(rest / 60_000) % 60);
    out.byte(COLON);
    out.twoDigits(Math.floor(rest / 1000) % 60);
    out.byte(POINT);
    out.byte(ZERO + Math.floor((rest % 1000) / 100));
    out.twoDigits(rest % 100);
    out.byte(LETTER_Z);
    out.byte(QUOTE);
  }
}
