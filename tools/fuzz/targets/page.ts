import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { isJsonObject } from '../../../cdk/src/json-text';
import { RecordBatch } from '../../../src/records/record';
import { parsePage, type SlicedPage } from '../../../src/tines/page';
import type { FuzzTarget } from '../engine/target';
import { parsed } from './checks';
import { expectedRecord, expectedSecond, expectedTime } from './expected-record';
import { expectedMeta } from './expected-meta';
import { readerLimit } from './reader-limits';

const TENANT = 'acme';
/** Stands for the time of entries that have none, epoch ms. */
const STAND_IN = Date.UTC(2025, 0, 1);
/** Of a record: those of a column, and the record around it. */
const MOST_LEVELS = 191;
/** As the entry has it: in a record, the line separators in it are escapes, which are longer. */
const MOST_KEY_BYTES = 10_000;
const ESCAPE = /\\(?:u(2028|2029|0085)|.)/gs;
/** What may not stand in a line as it is: it would end it. */
const LINE_BREAK = /[\n\r\u0085\u2028\u2029]/;

/**
 * Bodies: taken is what JSON.parse takes, and each row becomes the record that an obvious mapping of objects makes of it,
 * as one line of JSON that common readers take.
 */
export const page: FuzzTarget = {
  name: 'page',
  maxBytes: 16 * 1024,
  tokens: [
    '"audit_logs":[',
    '"meta":{"count":',
    '"count":9007199254740991',
    '"count":"9007199254740992"',
    '"next_page":null',
    '"next_page_number":',
    '"\\u0069d":',
    '\\u2028',
    '\u2028',
    '\u0085',
    '\ufeff',
    '"__proto__":',
    '"inputs":{"inputs":{"storyId":1,"name":"x"}}',
    '"timestamp":"2025-01-11T03:57:28.123456Z"',
    '"resource_type":"story"',
    '\\ud83d',
    '\\ude80',
    '9'.repeat(100),
    'e600',
    '[[[[[[[[',
    ']]]]]]]]',
  ],
  run(input) {
    const bytes = Buffer.from(input);
    const made = parsePage({ bytes, free: () => undefined });
    const text = bytes.toString('utf8').replace(/^\ufeff/, '');
    const given = parsed(text);
    if (given === undefined) {
      ok(made === 'not_json' || made === 'cut_off', 'a page of what is no JSON');
      return;
    }
    const { json } = given;
    const rows: unknown = isJsonObject(json) ? json['audit_logs'] : undefined;
    const meta: unknown = isJsonObject(json) ? json['meta'] : undefined;
    if (!Array.isArray(rows)) {
      equal(made, 'not_a_page');
      return;
    }
    if (typeof made === 'string') throw new Error(`a page is refused: ${made}`);
    deepStrictEqual(made.meta, expectedMeta(isJsonObject(meta) ? meta : {}));
    checkRows(made, rows);
    made.release();
  },
};

function checkRows(made: SlicedPage, rows: readonly unknown[]): void {
  equal(made.size, rows.length);
  const batch = new RecordBatch(TENANT, () => undefined);
  const times = rows.map((row, index) => {
    ok(Object.is(made.timeOf(index), expectedTime(row)), 'another time');
    ok(Object.is(made.secondOf(index), expectedSecond(row)), 'another second');
    const own = made.timeOf(index);
    const time = Number.isNaN(own) ? STAND_IN : own;
    batch.add(made, index, time);
    return time;
  });
  const { bytes, ends } = batch.take();
  const all = Buffer.from(bytes);
  let start = 0;
  for (const [index, row] of rows.entries()) {
    const end = ends[index] ?? 0;
    const text = all.toString('utf8', start, end);
    start = end;
    ok(!LINE_BREAK.test(text), 'a record that is no single line');
    equal(readerLimit(withSeparators(text), MOST_LEVELS, MOST_KEY_BYTES), undefined);
    const record: unknown = JSON.parse(text);
    // What is replaced is no longer what the row says. In additional_fields there is a level more.
    if (readerLimit(rowText(made, index), MOST_LEVELS - 1, MOST_KEY_BYTES) !== undefined) continue;
    const hash = made.hasOwnId(index) ? undefined : String(made.idOf(index));
    deepStrictEqual(record, expectedRecord(row, { time: times[index] ?? 0, tenant: TENANT, hash, given: record }));
  }
  equal(start, all.length);
}

/** A text with line separators instead of their escapes. */
const withSeparators = (text: string): string =>
  text.replace(ESCAPE, (escape, code?: string) =>
    code === undefined ? escape : String.fromCharCode(Number.parseInt(code, 16)),
  );

function rowText({ body, scanner, index: { rowStarts } }: SlicedPage, row: number): string {
  const start = rowStarts[row] ?? 0;
  return body.toString('utf8', start, scanner.valueEnd(start));
}
