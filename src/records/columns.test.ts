import { expect, test } from '@jest/globals';
import schema from '../../schemas/audit_logs.json';
import { FIELD_NAMES, fieldCode } from '../tines/page-index';
import { recordLayout } from './columns';

const { columns, empty } = recordLayout();

test('the columns are those of the schema, in its order', () => {
  expect(columns.map(({ name }) => name)).toEqual(Object.keys(schema.properties));
});

test('each field that is known by name fills the column of that name first', () => {
  const fields = new Map(columns.map(({ name, field }) => [name, field]));
  expect(FIELD_NAMES.map((name) => fields.get(name))).toEqual(FIELD_NAMES.map(fieldCode));
});

test("the empty record has null in each column's place", () => {
  const text = empty.bytes.toString('utf8', 0, empty.length);
  expect(JSON.parse(text)).toEqual(Object.fromEntries(columns.map(({ name }) => [name, null])));
  expect(columns.map(({ valueStart, valueEnd }) => text.slice(valueStart, valueEnd))).toEqual(
    columns.map(() => 'null'),
  );
});
