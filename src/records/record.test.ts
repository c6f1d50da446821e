import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import schema from '../../schemas/audit_logs.json';
import type { AuditLogsRecord } from '../generated/types';
import { pageOf } from '../../testing/page-of';
import { RecordBatch } from './record';
import { formatTimestamp, parseTimestamp } from '../tines/time';

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
const isRecord = ajv.compile(schema);
const STAND_IN = Date.UTC(2025, 0, 1);

/** The records of rows, as JSON text. */
function textsOf(
  rows: readonly string[],
  time?: number,
  replaced: string[][] = [],
  selected?: readonly string[],
): string[] {
  const page = pageOf(`{"audit_logs":[${rows.join(',')}]}`);
  const batch = new RecordBatch('acme', (columns) => replaced.push([...columns]), selected);
  for (let row = 0; row < page.size; row += 1) {
    const own = page.timeOf(row);
    batch.add(page, row, time ?? (Number.isNaN(own) ? STAND_IN : own));
  }
  const { bytes, ends } = batch.take();
  return Array.from(ends, (end, index) => Buffer.from(bytes).toString('utf8', ends[index - 1] ?? 0, end));
}

/** The record of a row that is given as JSON, with a window's start where it has no time. */
function recordIn(json: string, time?: number): AuditLogsRecord {
  return JSON.parse(textsOf([json], time)[0] ?? '') as AuditLogsRecord;
}

const recordOf = (row: unknown): AuditLogsRecord => recordIn(JSON.stringify(row));

/** Read from JSON, so that `__proto__` is a key. */
const fromJson = (json: string): unknown => JSON.parse(json);

const captured = {
  created_at: '2025-01-11T03:57:28Z',
  operation_name: 'StoryNameChange',
  id: 19_990_840,
  inputs: { inputs: { storyId: 12, name: 'Triage' } },
  outputs: { ok: true },
  request_ip: '192.0.2.1',
  request_user_agent: 'Mozilla/5.0',
  tenant_id: 5044,
  updated_at: '2025-01-11T03:57:29Z',
  user_email: 'user@example.org',
  user_id: 7642,
  user_name: ' ',
  story_id: 12,
};

describe('a captured entry', () => {
  test('has every column, filled from the names that the API uses', () => {
    expect(recordOf(captured)).toEqual({
      id: '19990840',
      timestamp: '2025-01-11T03:57:28.000Z',
      operation_name: 'StoryNameChange',
      user_id: '7642',
      user_email: 'user@example.org',
      user_name: ' ',
      ip_address: '192.0.2.1',
      user_agent: 'Mozilla/5.0',
      resource_type: 'story',
      resource_id: '12',
      resource_name: 'Triage',
      status: null,
      metadata: null,
      organization_id: '5044',
      tenant: 'acme',
      created_at: '2025-01-11T03:57:28Z',
      updated_at: '2025-01-11T03:57:29Z',
      request_ip: '192.0.2.1',
      request_user_agent: 'Mozilla/5.0',
      tenant_id: '5044',
      story_id: '12',
      inputs: captured.inputs,
      outputs: { ok: true },
      additional_fields: null,
    });
  });

  test('without inputs or outputs has null there', () => {
    const older = { ...captured, outputs: undefined, operation_name: 'Login', inputs: null };
    expect(recordOf(older)).toMatchObject({
      inputs: null,
      outputs: null,
    });
  });
});

describe('the documented record', () => {
  const documented = {
    id: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
    timestamp: '2025-08-11T23:46:52.179Z',
    user_id: 'b2c3d4e5-f6a7-8901-bcde-f12345678901',
    user_email: 'somebody@example.com',
    user_name: 'Some Body',
    operation_name: 'story.created',
    resource_type: 'story',
    resource_id: 'c3d4e5f6-a7b8-9012-cdef-123456789012',
    resource_name: 'A Workflow',
    ip_address: '203.0.113.42',
    user_agent: 'Mozilla/5.0',
    status: 'success',
    metadata: { changes: { field: 'name' } },
    organization_id: 'e5f6a7b8-c9d0-1234-ef12-345678901234',
    tenant: 'acme-corp',
  };

  test('comes through as it is', () => {
    expect(recordOf(documented)).toMatchObject({ ...documented, additional_fields: null });
  });

  test('has null in the columns that only captured entries have', () => {
    const { created_at, request_ip, tenant_id, story_id, inputs, outputs } = recordOf(documented);
    expect([created_at, request_ip, tenant_id, story_id, inputs, outputs]).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('ids', () => {
  test.each(['user_id', 'tenant_id', 'story_id', 'organization_id', 'resource_id'])('%s is a text', (column) => {
    expect(recordOf({ id: 1, [column]: 77 })).toMatchObject({ [column]: '77', additional_fields: null });
  });

  test('beyond 2^53 keep all digits', () => {
    expect(recordOf({ id: '12345678901234567890', user_id: '9007199254740993' })).toMatchObject({
      id: '12345678901234567890',
      user_id: '9007199254740993',
    });
  });

  test('an entry without one has a hash', () => {
    expect(recordOf({ ...captured, id: null }).id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('columns with two sources', () => {
  test.each([
    ['ip_address', 'request_ip', '198.51.100.1'],
    ['user_agent', 'request_user_agent', 'curl'],
    ['organization_id', 'tenant_id', 'org'],
  ] as const)('%s goes before %s, and both stay', (column, other, value) => {
    const record = recordOf({ ...captured, [column]: value });
    expect([record[column], record[other]]).toEqual([value, String(captured[other])]);
  });

  test.each([
    ['ip_address', 'request_ip'],
    ['user_agent', 'request_user_agent'],
    ['organization_id', 'tenant_id'],
  ] as const)('%s of null is filled from %s', (column, other) => {
    const record = recordOf({ ...captured, [column]: null });
    expect(record[column]).toBe(String(captured[other]));
  });

  test("tenant is the entry's own where it names one", () => {
    expect(recordOf({ ...captured, tenant: 'its-own' }).tenant).toBe('its-own');
  });

  test('timestamp is given in UTC with milliseconds', () => {
    expect(recordOf({ id: 1, timestamp: '2025-01-01T05:30:00+05:30' }).timestamp).toBe('2025-01-01T00:00:00.000Z');
  });
});

describe('the resource', () => {
  test('given in part is completed from the operation and the inputs', () => {
    expect(recordOf({ ...captured, resource_name: 'Given' })).toMatchObject({
      resource_type: 'story',
      resource_id: '12',
      resource_name: 'Given',
    });
  });

  test('is not completed beside a given type that says otherwise', () => {
    expect(recordOf({ ...captured, resource_type: 'folder' })).toMatchObject({
      resource_type: 'folder',
      resource_id: null,
      resource_name: null,
    });
  });

  test('is null where nothing is certain', () => {
    expect(recordOf({ ...captured, operation_name: 'Login' })).toMatchObject({
      resource_type: null,
      resource_id: null,
      resource_name: null,
    });
  });
});

describe('additional_fields', () => {
  test('holds every field that has no column', () => {
    const extra = { severity: 'high', nested: { a: [1] }, nothing: null, no: false };
    expect(recordOf({ ...captured, ...extra }).additional_fields).toEqual(extra);
  });

  test('holds a field of that very name', () => {
    expect(recordOf({ ...captured, additional_fields: { a: 1 } }).additional_fields).toEqual({
      additional_fields: { a: 1 },
    });
  });

  test('holds __proto__, a key like any other in JSON', () => {
    const record = recordIn('{"id":1,"__proto__":{"polluted":true},"constructor":2}');
    expect(JSON.stringify(record.additional_fields)).toBe('{"__proto__":{"polluted":true},"constructor":2}');
    expect({}).not.toHaveProperty('polluted');
  });

  test.each([
    ['inputs', ['a', 'list']],
    ['inputs', 'text'],
    ['outputs', 7],
    ['metadata', [1]],
    ['status', 200],
    ['user_email', { address: 'x' }],
    ['user_id', ['7']],
    ['user_name', false],
    ['operation_name', 7],
    ['tenant', { name: 'x' }],
    ['story_id', true],
    ['resource_name', 12.5],
    ['created_at', 1_736_567_848],
    ['updated_at', 'yesterday'],
    ['updated_at', '0'],
  ])('holds %s where it is %j, which does not fit its column', (column, value) => {
    const record = recordOf({ ...captured, timestamp: formatTimestamp(STAND_IN), [column]: value });
    expect({ ...record.additional_fields, ...pick(record, column) }).toHaveProperty([column], value);
    expect(isRecord(record)).toBe(true);
  });

  test.each(['now', 1_736_567_848, { at: 1 }, false])(
    'holds a timestamp of %j beside the one from created_at',
    (value) => {
      expect(recordOf({ ...captured, timestamp: value })).toMatchObject({
        timestamp: '2025-01-11T03:57:28.000Z',
        additional_fields: { timestamp: value },
      });
    },
  );

  test('holds the timestamp that another one had to stand for', () => {
    const { additional_fields: additional } = recordIn('{"id":1,"timestamp":"1970-01-01T00:00:00Z"}', STAND_IN);
    expect(additional).toEqual({ timestamp: '1970-01-01T00:00:00Z' });
  });

  test.each(['2025-01-11T03:57:28.123456Z', '2025-01-11T03:57:28,123456Z'])(
    "holds the timestamp %s, whose last digits the column can't",
    (timestamp) => {
      expect(recordOf({ id: 1, timestamp }).additional_fields).toEqual({ timestamp });
    },
  );

  test.each([' ', true, ['7']])('holds an id of %j, which is none', (id) => {
    expect(recordOf({ id }).additional_fields).toEqual({ id });
  });

  test('holds a row that is no object', () => {
    expect(recordOf(['odd']).additional_fields).toEqual({ entry: ['odd'] });
  });
});

function pick(record: AuditLogsRecord, column: string): AuditLogsRecord | Record<string, unknown> {
  const value = record[column];
  return value === null || typeof value !== 'object' ? {} : { [column]: value };
}

describe('the schema', () => {
  test('declares each key of a record and no other', () => {
    expect(Object.keys(recordOf(captured)).toSorted()).toEqual(Object.keys(schema.properties).toSorted());
  });

  test.each([
    '2025-01-11 03:57:28 UTC',
    '2025-01-11T03:57:28 Z',
    '2025-01-11T03:57:28,5Z',
    '2025-01-11T24:00:00Z',
    '2025-02-30T03:57:28.000Z',
    '2025-01-11T03:57:28+0530',
    '2025-01-11 03:57:28+00:00',
    '2025-01-11T03:57:28.123456789Z',
    '2016-12-31T23:59:60Z',
  ])('is kept, and the text too, where a time is written as %s', (time) => {
    const record = recordOf({ id: 1, created_at: time, updated_at: time });
    expect(isRecord(record) ? [] : isRecord.errors).toEqual([]);
    expect([record.updated_at, record.additional_fields?.['updated_at']]).toContain(time);
  });
});

const time = fc.oneof(
  fc
    .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom('2025-01-11T03:57:28Z', '2025-01-11T03:57:28.123456Z', '2025-01-11T03:57:28+05:30', '2025-01-11'),
);
const column = fc.constantFrom(...Object.keys(schema.properties));
const key = fc.oneof(
  { weight: 3, arbitrary: column },
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'entry', 'toString'),
);
const value = fc.oneof(
  fc.jsonValue(),
  time,
  fc.integer(),
  fc.constant(null),
  fc.dictionary(fc.string(), fc.jsonValue()),
);

/** An entry as JSON: an object literal would lose `__proto__`. */
const entryJson = fc
  .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 15 })
  .map((pairs) => `{${pairs.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`).join(',')}}`);

/** Whether the record tells what the entry said. */
function isFound(name: string, given: unknown, record: Readonly<Record<string, unknown>>): boolean {
  const json = JSON.stringify(given);
  const additional = record['additional_fields'] as Readonly<Record<string, unknown>> | null;
  if (additional !== null && Object.hasOwn(additional, name)) return JSON.stringify(additional[name]) === json;
  if (!Object.hasOwn(record, name) || name === 'additional_fields') return false;
  if (name === 'timestamp') return given === null || formatTimestamp(parseTimestamp(given) ?? NaN) === record[name];
  return (
    given === null ||
    JSON.stringify(record[name]) === json ||
    (typeof given === 'number' && record[name] === String(given))
  );
}

describe('any JSON object as an entry', () => {
  test('makes a record that the schema takes', () => {
    fc.assert(
      fc.property(entryJson, (json) => {
        const record = recordIn(json);
        expect(isRecord(record) ? [] : isRecord.errors).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('makes a record in which each of its values is found', () => {
    fc.assert(
      fc.property(entryJson, (json) => {
        const record = recordIn(json);
        const lost = Object.entries(fromJson(json) as object).filter(([name, given]) => !isFound(name, given, record));
        expect(lost).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** What stands in a record's text under that name. */
const columnIn = (text: string | undefined, name: string): string =>
  new RegExp(`"${name}":(.*?)(?:,"[a-z_]+":|\\}$)`).exec(text ?? '')?.[1] ?? '';

describe('byte for byte', () => {
  test('the columns of a record keep their order, and have no white space of their own', () => {
    const [text] = textsOf([' { "id" : 1 , "status" : "ok" } ']);
    expect(text).toMatch(
      /^\{"id":"1","timestamp":"[^"]*","operation_name":null,.*"status":"ok",.*"additional_fields":null\}$/,
    );
    expect(Object.keys(JSON.parse(text ?? '') as object)).toEqual(Object.keys(recordOf(captured)));
  });

  test.each(['inputs', 'outputs', 'metadata'])(
    '%s are as given: numbers of any length, escapes, white space',
    (name) => {
      const value = String.raw`{ "n" : -12345678901234567890, "f":1.0, "e":1E400, "t":"\u0041\/é", "a":1, "a":2 }`;
      expect(columnIn(textsOf([`{"${name}":${value},"id":1}`])[0], name)).toBe(value);
    },
  );

  test('a field of additional_fields is as given, its name too', () => {
    const field = String.raw`"\u0073everity":12345678901234567890.50`;
    expect(textsOf([`{"id":1, ${field} }`])[0]).toContain(`"additional_fields":{${field}}}`);
  });

  test.each(['7', '12345678901234567890', '1e400', '-0', '1.50', '0'])('an id of %s is these digits as text', (id) => {
    const [text] = textsOf([`{"id":${id},"user_id":${id},"inputs":{"storyId":${id}},"operation_name":"StoryEdit"}`]);
    expect(['id', 'user_id', 'resource_id'].map((name) => columnIn(text, name))).toEqual(Array(3).fill(`"${id}"`));
  });

  test('names of fields with escapes are the same names', () => {
    expect(recordIn(String.raw`{"\u0069d":5,"user\u005fname":"x"}`)).toMatchObject({
      id: '5',
      user_name: 'x',
      additional_fields: null,
    });
  });

  test('line breaks between the tokens of an entry become blanks: a record is one line, whatever the server sends', () => {
    const forged = '{"type":"STATE","state":{}}';
    const rows = [`{"id":1,"inputs":{"a":[\n${forged}\r\n,1]\r},"zz":[\n"é\u2028"\n]}`, '{"id":2,\n"status":"ok"}'];
    const texts = textsOf(rows);
    expect(texts.join('')).not.toMatch(/[\n\r\u2028]/);
    expect(texts.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { id: '1', inputs: { a: [JSON.parse(forged), 1] }, additional_fields: { zz: ['é\u2028'] } },
      { id: '2', status: 'ok' },
    ]);
  });

  test('of a field that comes twice the last one counts', () => {
    expect(recordIn('{"id":1,"id":2,"inputs":[1],"inputs":{},"status":"a","status":7}')).toMatchObject({
      id: '2',
      inputs: {},
      status: null,
      additional_fields: { status: 7 },
    });
  });

  test('of a field that comes twice, a first value that does not fit its column is dropped like any other', () => {
    expect(recordIn('{"id":1,"status":7,"status":"a","inputs":[],"inputs":null}')).toMatchObject({
      status: 'a',
      inputs: null,
      additional_fields: null,
    });
  });

  test('text of every length in every place of a page is copied whole, DEL and four-byte characters too', () => {
    const letters = ['\u{1F680}', '\u007f', '\u{10FFFF}', 'ü', 'x'];
    const rows = Array.from({ length: 60 }, (_, length) => {
      const text = Array.from({ length }, (__, index) => letters[(index * 3) % letters.length]).join('');
      return { id: length, user_name: text, zz: { [text]: '\u007f'.repeat(length) } };
    });
    const records = textsOf(rows.map((row) => JSON.stringify(row))).map((text) => JSON.parse(text) as AuditLogsRecord);
    expect(records.map(({ user_name: name, additional_fields: additional }) => [name, additional])).toEqual(
      rows.map((row) => [row.user_name, { zz: row.zz }]),
    );
  });

  test('many long records of one batch are all there', () => {
    const rows = Array.from({ length: 300 }, (_, id) => JSON.stringify({ id, inputs: { text: 'x'.repeat(10 * id) } }));
    const records = textsOf(rows).map((text) => JSON.parse(text) as AuditLogsRecord);
    expect(records.map(({ inputs }) => String(inputs?.['text']).length)).toEqual(rows.map((_, id) => 10 * id));
  });

  test('invalid UTF-8 is replaced as a decoder does', () => {
    const body = Buffer.concat([
      Buffer.from('{"audit_logs":[{"id":1,"user_name":"a'),
      Buffer.from([0xe2, 0x80]),
      Buffer.from('b"}]}'),
    ]);
    const page = pageOf(body);
    const batch = new RecordBatch('acme', () => undefined);
    batch.add(page, 0, STAND_IN);
    expect(Buffer.from(batch.take().bytes).toString('utf8')).toContain('"user_name":"a\ufffdb"');
  });
});

describe('line separators', () => {
  test.each([
    ['U+0085', '\u0085', '\\u0085'],
    ['U+2028', '\u2028', '\\u2028'],
    ['U+2029', '\u2029', '\\u2029'],
  ])('%s is escaped in values and in names, and in no other row', (_, separator, escaped) => {
    const row = {
      id: 2,
      user_name: separator,
      inputs: { [`k${separator}`]: `é${separator}${separator}` },
      [separator]: 1,
    };
    const texts = textsOf(['{"id":1,"user_name":"â\u20ac"}', JSON.stringify(row), '{"id":3}']);
    expect(texts.join('')).not.toContain(separator);
    expect(texts[1]?.split(escaped)).toHaveLength(6);
    expect(JSON.parse(texts[1] ?? '')).toMatchObject({
      user_name: separator,
      inputs: row.inputs,
      additional_fields: { [separator]: 1 },
    });
    expect(texts[0]).toContain('"user_name":"â\u20ac"');
  });
});

describe("what readers can't take", () => {
  const nested = (levels: number, inner: string): string => '{"a":'.repeat(levels) + inner + '}'.repeat(levels);
  const digits = '9'.repeat(301);

  test('of 190 levels in a column, 189 in additional_fields, stays as it is', () => {
    const replaced: string[][] = [];
    const [inputs, other] = [nested(190, '1'), nested(189, '1')];
    const [text] = textsOf([`{"id":1,"inputs":${inputs},"other":${other}}`], undefined, replaced);
    expect(text).toContain(`"inputs":${inputs},`);
    expect(text).toContain(`"additional_fields":{"other":${other}}}`);
    expect(replaced).toEqual([]);
  });

  test('of more levels becomes a string of JSON text from there on, and the columns are named', () => {
    const replaced: string[][] = [];
    const inner = '[1,\n"\\"\\u2028é\u2028"]';
    const row = `{"id":1,"inputs":${nested(190, inner)},"other":${nested(189, inner)}}`;
    const [text] = textsOf([row], undefined, replaced);
    expect(text).not.toContain('\u2028');
    const { inputs, additional_fields: additional } = JSON.parse(text ?? '') as AuditLogsRecord;
    expect(JSON.stringify(inputs)).toBe(nested(190, JSON.stringify(inner)));
    expect(JSON.stringify(additional)).toBe(`{"other":${nested(189, JSON.stringify(inner))}}`);
    expect(replaced).toEqual([['inputs', 'additional_fields']]);
  });

  test('of 100,000 levels is written, too', () => {
    const text = textsOf([`{"id":1,"inputs":${nested(100_000, '1')}}`])[0] ?? '';
    expect(columnIn(text, 'id')).toBe('"1"');
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test.each(['inputs', 'outputs', 'metadata'])('of numbers becomes a string in %s', (name) => {
    const replaced: string[][] = [];
    const [text] = textsOf([`{"id":1,"${name}":{"n":[${digits},1e601,1e600]}}`], undefined, replaced);
    expect(columnIn(text, name)).toBe(`{"n":["${digits}","1e601",1e600]}`);
    expect(replaced).toEqual([[name]]);
  });

  test('of numbers becomes a string in additional_fields', () => {
    const replaced: string[][] = [];
    const [text] = textsOf([`{"id":1,"n":${digits},"o":{"p":-${digits}},"status":${digits}}`], undefined, replaced);
    expect(text).toContain(`"additional_fields":{"n":"${digits}","o":{"p":"-${digits}"},"status":"${digits}"}}`);
    expect(replaced).toEqual([['additional_fields']]);
  });

  test('of numbers is no matter in ids, which are texts', () => {
    const replaced: string[][] = [];
    const [text] = textsOf([`{"id":${digits},"user_id":${digits}}`], undefined, replaced);
    expect([columnIn(text, 'id'), columnIn(text, 'user_id')]).toEqual([`"${digits}"`, `"${digits}"`]);
    expect(replaced).toEqual([]);
  });

  test('of keys becomes a string, with its value: inside of columns and among the fields', () => {
    const replaced: string[][] = [];
    const member = `"${'k'.repeat(10_001)}":{"x":1}`;
    const [text] = textsOf([`{"id":1,"inputs":{"a":[{${member}}]},${member}}`], undefined, replaced);
    const { inputs, additional_fields: additional } = JSON.parse(text ?? '') as AuditLogsRecord;
    const hidden = { [keyOf(additional)]: `{${member}}` };
    expect(keyOf(additional)).toMatch(/^long_key_[0-9a-f]{32}$/);
    expect([inputs, additional]).toEqual([{ a: [hidden] }, hidden]);
    expect(replaced).toEqual([['inputs', 'additional_fields']]);
  });

  test('of half surrogate pairs is U+FFFD in every column, in names of fields, and in what is derived', () => {
    const replaced: string[][] = [];
    const half = String.raw`\ud800`;
    const row = `{"id":"i${half}","operation_name":"StoryEdit","user_email":"${half}","tenant":"t${half}","inputs":{"storyId":"${half}","name":"n${half}"},"k${half}":1}`;
    const [text] = textsOf([row], undefined, replaced);
    expect(text).not.toMatch(/\\ud8/i);
    expect(JSON.parse(text ?? '')).toMatchObject({
      id: 'i\ufffd',
      user_email: '\ufffd',
      tenant: 't\ufffd',
      resource_id: '\ufffd',
      resource_name: 'n\ufffd',
      inputs: { storyId: '\ufffd', name: 'n\ufffd' },
      additional_fields: { 'k\ufffd': 1 },
    });
    expect(replaced).toEqual([
      ['id', 'user_email', 'resource_id', 'resource_name', 'tenant', 'inputs', 'additional_fields'],
    ]);
  });

  test('of one row changes no other row of its page, and is told of that row alone', () => {
    const replaced: string[][] = [];
    const rows = [`{"id":1,"inputs":{"n":1.50},"zz":"\\ud83d\\ude80"}`, `{"id":2,"inputs":{"n":${digits}}}`];
    expect(textsOf(rows, STAND_IN, replaced)[0]).toBe(textsOf(rows.slice(0, 1), STAND_IN)[0]);
    expect(replaced).toEqual([['inputs']]);
  });

  test('grows as much as it may in every column at once', () => {
    const worst = '\u0085'.repeat(70_000);
    const names = ['user_email', 'request_ip', 'request_user_agent', 'tenant_id', 'resource_type', 'zz'];
    const [text] = textsOf([`{"id":"${worst}",${names.map((name) => `"${name}":"${worst}"`).join(',')}}`]);
    const record = JSON.parse(text ?? '') as AuditLogsRecord;
    expect([record.ip_address, record.tenant_id, record.additional_fields?.['zz']]).toEqual([worst, worst, worst]);
  });
});

const keyOf = (object: object | null | undefined): string => Object.keys(object ?? {})[0] ?? '';

describe('a record of selected columns', () => {
  const selectedOf = (row: unknown, columns: readonly string[], replaced: string[][] = []): unknown =>
    JSON.parse(textsOf([JSON.stringify(row)], undefined, replaced, ['id', 'timestamp', ...columns])[0] ?? '');

  test('has only these, with what they have in a whole one', () => {
    expect(selectedOf(captured, ['operation_name', 'ip_address', 'resource_name'])).toEqual({
      id: '19990840',
      timestamp: '2025-01-11T03:57:28.000Z',
      operation_name: 'StoryNameChange',
      ip_address: '192.0.2.1',
      resource_name: 'Triage',
    });
  });

  test('does not have in additional_fields what does not fit a column that is left out', () => {
    const row = { ...captured, user_name: { first: 'Ada' }, status: 7, session: 'f81d' };
    expect(selectedOf(row, ['status', 'additional_fields'])).toMatchObject({
      status: null,
      additional_fields: { status: 7, session: 'f81d' },
    });
    expect(selectedOf({ ...captured, user_name: ['Ada'] }, ['additional_fields'])).toMatchObject({
      additional_fields: null,
    });
  });

  test('is told of for what is replaced in it, and not for what is left out', () => {
    const replaced: string[][] = [];
    const text = textsOf(
      ['{"id":1,"user_name":"\\ud800","zz":"\\ud800","status":"\\ud800"}', '{"id":2,"user_name":"\\ud800"}'],
      undefined,
      replaced,
      ['id', 'timestamp', 'status'],
    ).join('');
    expect(text).not.toContain('user_name');
    expect(replaced).toEqual([['status']]);
  });

  test('is a whole one without the others, whatever the row and the columns are', () => {
    const names = Object.keys(schema.properties);
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, 'x', 7, {}, [1], '2025-01-11T03:57:28.123456Z', 'StoryCreation', 'story'),
      fc.record({ storyId: fc.integer(), name: fc.string() }),
    );
    const row = fc.dictionary(fc.constantFrom(...names, 'zz', 'session'), value);
    fc.assert(
      fc.property(row, fc.subarray(names), (given, columns) => {
        const selected = ['id', 'timestamp', ...columns];
        const whole = recordIn(JSON.stringify(given)) as Record<string, unknown>;
        const extra = Object.entries(whole['additional_fields'] ?? {}).filter(
          ([name]) => selected.includes(name) || !names.includes(name),
        );
        const additional_fields = extra.length === 0 ? null : Object.fromEntries(extra);
        const wanted = Object.entries({ ...whole, additional_fields }).filter(([name]) => selected.includes(name));
        expect(selectedOf(given, columns)).toEqual(Object.fromEntries(wanted));
      }),
    );
  });
});

describe('a batch', () => {
  test('begins anew once its records were taken', () => {
    const page = pageOf('{"audit_logs":[{"id":1},{"id":2}]}');
    const batch = new RecordBatch('acme', () => undefined);
    batch.add(page, 0, STAND_IN);
    expect(batch.size).toBe(1);
    expect(batch.take().bytes.length).toBeGreaterThan(0);
    expect([batch.size, batch.take().bytes.length]).toEqual([0, 0]);
    batch.add(page, 1, STAND_IN);
    const { bytes, ends } = batch.take();
    expect([Buffer.from(bytes).toString().slice(0, 9), Array.from(ends)]).toEqual(['{"id":"2"', [bytes.length]]);
  });
});
