import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AirbyteStream } from '../protocol';
import { selectColumns } from './column-selection';

const propertiesOf = (names: readonly string[]): object => ({
  properties: Object.fromEntries(names.map((name) => [name, {}])),
});

const cats = (more: Partial<AirbyteStream> = {}): AirbyteStream => ({
  name: 'cats',
  json_schema: { ...propertiesOf(['id', 'name', 'age', 'seen']) },
  supported_sync_modes: ['incremental'],
  ...more,
});
const keyed = cats({
  source_defined_cursor: true,
  default_cursor_field: ['seen'],
  source_defined_primary_key: [['id']],
});
const NOTHING_CHOSEN = { cursorField: undefined, primaryKey: undefined };
const ALL = { columns: undefined, leftOut: [] };

describe('all columns are selected by', () => {
  test.each<[string, unknown]>([
    ['no schema', undefined],
    ['null', null],
    ['an empty schema', {}],
    ['null for the properties', { properties: null }],
    ['empty properties', { properties: {}, additionalProperties: false }],
    ['a list of properties', { properties: ['id'] }],
    ['all names', propertiesOf(['seen', 'age', 'name', 'id'])],
    ['all names but the key and the cursor', propertiesOf(['name', 'age'])],
    ['all names and an unknown one', propertiesOf(['id', 'name', 'age', 'seen', 'colour'])],
  ])('%s', (_, schema) => {
    expect(selectColumns(keyed, schema, NOTHING_CHOSEN)).toEqual(ALL);
  });
});

describe('columns that the properties do not name are left out', () => {
  test('but for the cursor and the key of the stream', () => {
    expect(selectColumns(keyed, propertiesOf(['name']), NOTHING_CHOSEN)).toEqual({
      columns: ['id', 'name', 'seen'],
      leftOut: ['age'],
    });
  });

  test('whatever "additionalProperties" says', () => {
    const schema = { ...propertiesOf(['name']), additionalProperties: true };
    expect(selectColumns(keyed, schema, NOTHING_CHOSEN).leftOut).toEqual(['age']);
  });

  test('and unknown ones are ignored, also where there are no others', () => {
    expect(selectColumns(keyed, propertiesOf(['colour', '__proto__']), NOTHING_CHOSEN)).toEqual({
      columns: ['id', 'seen'],
      leftOut: ['name', 'age'],
    });
  });

  test('but for the cursor and the key that the user chose, where the stream leaves the choice', () => {
    const chosen = { cursorField: ['age', 'years'], primaryKey: [['name', 'first'], ['id']] };
    expect(selectColumns(cats(), propertiesOf(['id']), chosen)).toEqual({
      columns: ['id', 'name', 'age'],
      leftOut: ['seen'],
    });
    expect(selectColumns(keyed, propertiesOf(['id']), chosen).leftOut).toEqual(['name', 'age']);
  });

  test('but for a key that the stream does not declare', () => {
    const undeclared = cats({ source_defined_primary_key: [['row']] });
    expect(selectColumns(undeclared, propertiesOf(['id']), NOTHING_CHOSEN).columns).toEqual(['id', 'row']);
  });

  test('none of a stream that declares no columns', () => {
    expect(selectColumns(cats({ json_schema: {} }), propertiesOf(['id']), NOTHING_CHOSEN)).toEqual(ALL);
  });
});

test('each declared column is either written or left out, and what is selected is written', () => {
  const names = ['id', 'name', 'age', 'seen'];
  fc.assert(
    fc.property(fc.subarray([...names, 'colour'], { minLength: 1 }), (selected) => {
      const { columns = names, leftOut } = selectColumns(keyed, propertiesOf(selected), NOTHING_CHOSEN);
      expect([...columns, ...leftOut].toSorted()).toEqual(names.toSorted());
      for (const name of [...selected, 'id', 'seen']) expect(leftOut).not.toContain(name);
      for (const name of columns) expect([...selected, 'id', 'seen']).toContain(name);
    }),
  );
});
