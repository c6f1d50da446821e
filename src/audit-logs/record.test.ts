import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import schema from '../../schemas/audit_logs.json';
import type { AuditLogsRecord } from '../generated/types';
import { toEntry } from './entry';
import { toRecord } from './record';
import { normalizeTimestamp } from './timestamp';

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
const isRecord = ajv.compile(schema);
const STAND_IN = '2025-01-01T00:00:00.000Z';

/** The record of a row, with a window's start where the row has no time. */
function recordOf(row: unknown, tenant = 'acme'): AuditLogsRecord {
  const entry = toEntry(row);
  return toRecord({ ...entry, timestamp: entry.timestamp ?? STAND_IN }, tenant);
}

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
    expect(recordOf(documented, 'other')).toMatchObject({ ...documented, additional_fields: null });
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
    expect(recordOf({ ...captured, tenant: 'its-own' }, 'acme').tenant).toBe('its-own');
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
    const record = recordOf(fromJson('{"id":1,"__proto__":{"polluted":true},"constructor":2}'));
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
    const record = recordOf({ ...captured, timestamp: STAND_IN, [column]: value });
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
    const entry = { ...toEntry({ id: 1, timestamp: '1970-01-01T00:00:00Z' }), timestamp: STAND_IN };
    expect(toRecord(entry, 'acme').additional_fields).toEqual({ timestamp: '1970-01-01T00:00:00Z' });
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
  if (name === 'timestamp') return given === null || normalizeTimestamp(given) === record[name];
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
        const record = fromJson(JSON.stringify(recordOf(fromJson(json))));
        expect(isRecord(record) ? [] : isRecord.errors).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('makes a record in which each of its values is found', () => {
    fc.assert(
      fc.property(entryJson, (json) => {
        const record = fromJson(JSON.stringify(recordOf(fromJson(json)))) as Record<string, unknown>;
        const lost = Object.entries(fromJson(json) as object).filter(([name, given]) => !isFound(name, given, record));
        expect(lost).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves the entry as it was', () => {
    fc.assert(
      fc.property(entryJson, (json) => {
        const row = fromJson(json);
        recordOf(row);
        expect(JSON.stringify(row)).toBe(JSON.stringify(fromJson(json)));
      }),
    );
  });
});
