import { expect, test } from '@jest/globals';
import schema from '../../schemas/audit_logs.json';
import { FIELD_NAMES, fieldCode } from '../tines/entry-fields';
import { COLUMNS, EMPTY_RECORD } from './columns';

test('the columns are those of the schema, in its order', () => {
  expect(COLUMNS.map(({ name }) => name)).toEqual(Object.keys(schema.properties));
});

test('each field that is known by name fills the column of that name first', () => {
  const fields = new Map(COLUMNS.map(({ name, field }) => [name, field]));
  expect(FIELD_NAMES.map((name) => fields.get(name))).toEqual(FIELD_NAMES.map(fieldCode));
});

test("the empty record has null in each column's place", () => {
  const text = EMPTY_RECORD.bytes.toString('utf8', 0, EMPTY_RECORD.length);
  expect(JSON.parse(text)).toEqual(Object.fromEntries(COLUMNS.map(({ name }) => [name, null])));
  expect(COLUMNS.map(({ valueStart, valueEnd }) => text.slice(valueStart, valueEnd))).toEqual(
    COLUMNS.map(() => 'null'),
  );
});
