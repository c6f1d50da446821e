import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { catalogOf, fakeSource } from '../../testing/fake-source';
import { ConfigError } from '../errors';
import type { AirbyteStream } from '../protocol';
import { readCatalogFile, selectColumns } from './catalog-file';

const nothing = (): void => undefined;
const context = { log: nothing, signal: new AbortController().signal, mask: nothing, saveConfig: nothing };
const streams = fakeSource().streams({}, context);
const reading = async (json: unknown) =>
  readCatalogFile('/k.json', { readFile: () => Promise.resolve(JSON.stringify(json)), streams: await streams });
const entry = (name: unknown, sync_mode: unknown) => ({ stream: { name }, sync_mode });
const withId = (key: string, id: unknown) => ({ streams: [{ ...entry('cats', 'incremental'), [key]: id }] });

test('streams are selected in the order of the catalog, with their sync modes', async () => {
  const selected = await reading({ streams: [entry('dogs', 'full_refresh'), entry('cats', 'incremental')] });
  expect(selected.map(({ stream, request }) => [stream.descriptor.name, request.syncMode])).toEqual([
    ['dogs', 'full_refresh'],
    ['cats', 'incremental'],
  ]);
});

test('an empty catalog selects nothing', async () => {
  await expect(reading(catalogOf())).resolves.toEqual([]);
});

test.each(['append', 'overwrite', 'append_dedup', 'something_new', null, undefined])(
  'the destination_sync_mode %j makes no difference',
  async (destination_sync_mode) => {
    await expect(
      reading({ streams: [{ ...entry('cats', 'incremental'), destination_sync_mode }] }),
    ).resolves.toHaveLength(1);
  },
);

describe('the ids of a refresh', () => {
  const idsOf = async (ids: object) => {
    const [selected] = await reading({ streams: [{ ...entry('cats', 'incremental'), ...ids }] });
    const { generationId, minimumGenerationId, syncId } = selected?.request ?? {};
    return [generationId, minimumGenerationId, syncId];
  };

  test('are those of the catalog', async () => {
    expect(await idsOf({ generation_id: 3, minimum_generation_id: 2, sync_id: 2 ** 40 })).toEqual([3, 2, 2 ** 40]);
  });

  test('may be 0', async () => {
    expect(await idsOf({ generation_id: 0, minimum_generation_id: 0, sync_id: 0 })).toEqual([0, 0, 0]);
  });

  test.each([{}, { generation_id: null, minimum_generation_id: null, sync_id: null }])(
    'are undefined where the catalog has %j',
    async (ids) => {
      expect(await idsOf(ids)).toEqual([undefined, undefined, undefined]);
    },
  );
});

describe('a config error that names the file', () => {
  const bad: readonly (readonly [string, unknown, string])[] = [
    ['an unknown stream', catalogOf('cows'), '"cows", which doesn\'t exist. This source has: "cats", "dogs"'],
    ['an unknown sync mode', { streams: [entry('cats', 'sometimes')] }, 'the sync_mode "sometimes"'],
    ['a missing sync mode', { streams: [entry('cats', null)] }, 'no valid sync_mode'],
    ['a stream that is there twice', catalogOf('cats', 'dogs', 'cats'), 'the stream "cats" more than once'],
    ['a catalog that is not configured', { streams: [{ name: 'cats' }] }, 'entry 1, has no "stream"'],
    ['a stream without a name', { streams: [entry(null, 'incremental')] }, 'has no "stream" with a "name"'],
    ['streams that are no array', { streams: {} }, 'an array "streams"'],
    ['something else', [], 'an array "streams"'],
    ['a generation in words', withId('generation_id', '3'), 'a "generation_id" that is no whole number'],
    ['half a generation', withId('minimum_generation_id', 0.5), 'a "minimum_generation_id" that is no whole number'],
    ['a sync without a number', withId('sync_id', {}), 'a "sync_id" that is no whole number'],
  ];
  test.each(bad)('%s', async (_, json, message) => {
    await expect(reading(json)).rejects.toThrow(ConfigError);
    await expect(reading(json)).rejects.toThrow(message);
    await expect(reading(json)).rejects.toThrow('The configured catalog "/k.json"');
  });
});

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
