import type { JsonRecords } from '@airbyte/cdk-typescript-compat';
import { fieldCode } from '../tines/entry-fields';
import { grown } from '../tines/grown';
import { textAt, type SlicedPage } from '../tines/page';
import { writeAdditional } from './additional-fields';
import { ByteWriter, utf8Text, type Utf8Source, type Utf8Text } from '../json/byte-writer';
import { EntryFields } from './entry-slices';
import { isDeeper, MAX_LEVELS, writeCut } from '../json/nested-json';
import { column, COLUMNS, FRAGMENT_ENDS, FRAGMENTS, SOURCES } from './record-columns';
import { NO_RULE, type ResourceRule } from './resource';
import { ResourceFinder } from './resource-finder';
import { RuleCache } from './rule-cache';
import { TimestampWriter } from './time-column';

const QUOTE = 0x22;
const OPENING_BRACE = 0x7b;
const NULL_LENGTH = 4;
/** Bytes of a record that come from no field. */
const OWN_BYTES = 1024;
/** A byte of a field stands in at most so many columns: an operation's inputs, and its id or name, for example. */
const MOST_COPIES = 3;
const USUAL_RECORDS = 512;
/** Bytes that the writer's memory keeps from one batch to the next. */
const MOST_KEPT = 4 * 1024 * 1024;

const ID = fieldCode('id');
const OPERATION = fieldCode('operation_name');
const INPUTS = fieldCode('inputs');
const TYPE = fieldCode('resource_type');
const RESOURCE_ID = fieldCode('resource_id');
const RESOURCE_NAME = fieldCode('resource_name');
const ID_COLUMN = column('id');
const TIMESTAMP_COLUMN = column('timestamp');
const TYPE_COLUMN = column('resource_type');
const RESOURCE_ID_COLUMN = column('resource_id');
const RESOURCE_NAME_COLUMN = column('resource_name');
const TENANT_COLUMN = column('tenant');
const ADDITIONAL_COLUMN = column('additional_fields');

/** Told the columns in which something was nested too deep and was replaced by a string of its JSON text. */
export type OnTooDeep = (columns: readonly string[]) => void;

/**
 * Records of entries, put together from slices of the answers: every field as the API gave it, byte for byte, the
 * documented columns filled from their other names, and in `additional_fields` whatever has no column or doesn't fit its
 * column's type. Nothing is dropped. Ids become strings, of numbers the digits as given.
 */
export class RecordBatch {
  readonly #onTooDeep: OnTooDeep;
  #out = new ByteWriter();
  #ends = new Uint32Array(USUAL_RECORDS);
  #size = 0;
  readonly #tenant: Utf8Text;
  readonly #fields = new EntryFields();
  readonly #resource = new ResourceFinder();
  readonly #rules = new RuleCache();
  readonly #timestamps = new TimestampWriter();
  /** From where on the fragments are still to be copied: columns that were skipped are null there. */
  #fragment = 0;
  #tooDeep: string[] = [];

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
   * @param time its timestamp, epoch ms; the row's own, or the one that stands for it
   */
  add(page: SlicedPage, row: number, time: number): void {
    const out = this.#out;
    const fields = this.#fields;
    fields.locate(page, row, time);
    const start = out.length;
    out.reserve(MOST_COPIES * fields.length + OWN_BYTES + this.#tenant.length);
    this.#fragment = 0;
    this.#writeId(page, row);
    this.#openColumn(TIMESTAMP_COLUMN);
    this.#timestamps.write(out, time);
    this.#writeColumns(TIMESTAMP_COLUMN + 1, TYPE_COLUMN, page);
    this.#writeResource(page);
    this.#writeColumns(RESOURCE_NAME_COLUMN + 1, ADDITIONAL_COLUMN, page);
    if (fields.hasAdditional) {
      this.#openColumn(ADDITIONAL_COLUMN);
      if (writeAdditional(out, page, row, fields)) this.#tooDeep.push('additional_fields');
    }
    out.copy(FRAGMENTS, this.#fragment, FRAGMENTS.length);
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

  #writeId(page: SlicedPage, row: number): void {
    this.#openColumn(ID_COLUMN);
    const start = this.#fields.starts[ID] ?? -1;
    if (start === -1) this.#writeText(String(page.idOf(row)));
    else this.#writeScalar(page.scanner, start, this.#fields.ends[ID] ?? 0);
  }

  /** Columns that hold a field's value, or that of a second one. */
  #writeColumns(from: number, to: number, page: SlicedPage): void {
    const { starts, ends } = this.#fields;
    for (let index = from; index < to; index += 1) {
      let code = SOURCES[2 * index] ?? 0;
      let start = starts[code] ?? -1;
      if (start === -1) {
        code = SOURCES[2 * index + 1] ?? 0;
        start = starts[code] ?? -1;
      }
      if (start !== -1) {
        this.#openColumn(index);
        this.#writeValue(page, index, start, ends[code] ?? 0);
      } else if (index === TENANT_COLUMN) {
        this.#openColumn(index);
        this.#out.copy(this.#tenant, 0, this.#tenant.length);
      }
    }
  }

  #writeValue(page: SlicedPage, index: number, start: number, end: number): void {
    const { body, scanner } = page;
    if (body[start] !== OPENING_BRACE) this.#writeScalar(scanner, start, end);
    else if (scanner.deepest > MAX_LEVELS && isDeeper(body, start, MAX_LEVELS)) {
      this.#tooDeep.push(COLUMNS[index] ?? '');
      writeCut(this.#out, body, start, MAX_LEVELS);
    } else this.#out.copy(scanner, start, end);
  }

  /** A string as it is; a number in quotes. */
  #writeScalar(source: Utf8Source, start: number, end: number): void {
    const out = this.#out;
    const isNumber = source.bytes[start] !== QUOTE;
    if (isNumber) out.byte(QUOTE);
    out.copy(source, start, end);
    if (isNumber) out.byte(QUOTE);
  }

  /** As given; what is missing is derived, but never beside a given type that says otherwise. */
  #writeResource(page: SlicedPage): void {
    const { starts, ends } = this.#fields;
    const { scanner } = page;
    const type = starts[TYPE] ?? -1;
    const isWhole = type !== -1 && starts[RESOURCE_ID] !== -1 && starts[RESOURCE_NAME] !== -1;
    const rule = isWhole ? NO_RULE : this.#ruleFor(page, type);
    if (type !== -1 || rule !== NO_RULE) this.#openColumn(TYPE_COLUMN);
    if (type !== -1) this.#out.copy(scanner, type, ends[TYPE] ?? 0);
    else this.#out.copy(rule.json, 0, rule.json.length);
    this.#resource.find(scanner, rule, starts[INPUTS] ?? -1);
    this.#writeGivenOr(page, RESOURCE_ID_COLUMN, RESOURCE_ID, this.#resource.id);
    this.#writeGivenOr(page, RESOURCE_NAME_COLUMN, RESOURCE_NAME, this.#resource.name);
  }

  #ruleFor(page: SlicedPage, type: number): ResourceRule {
    const { starts, ends } = this.#fields;
    const operation = starts[OPERATION] ?? -1;
    const rule = operation === -1 ? NO_RULE : this.#rules.find(page.scanner, operation, ends[OPERATION] ?? 0);
    const isOther = type !== -1 && textAt(page.body, type, ends[TYPE] ?? 0) !== rule.type;
    return isOther ? NO_RULE : rule;
  }

  #writeGivenOr(page: SlicedPage, index: number, code: number, derived: number): void {
    const given = this.#fields.starts[code] ?? -1;
    if (given === -1 && derived === -1) return;
    this.#openColumn(index);
    const start = given === -1 ? derived : given;
    this.#writeScalar(
      page.scanner,
      start,
      given === -1 ? page.scanner.valueEnd(start) : (this.#fields.ends[code] ?? 0),
    );
  }

  /** Copies the names up to and with this column's; those in between are null. */
  #openColumn(index: number): void {
    const end = FRAGMENT_ENDS[index] ?? 0;
    this.#out.copy(FRAGMENTS, this.#fragment, end);
    this.#fragment = end + NULL_LENGTH;
  }

  /** ASCII that needs no escapes. */
  #writeText(text: string): void {
    this.#out.byte(QUOTE);
    this.#out.ascii(text);
    this.#out.byte(QUOTE);
  }
}
