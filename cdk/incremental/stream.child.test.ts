import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../src/protocol';
import { NO_STATE } from '../src/source';
import { quietContext, SimulatedList, take, withoutHashes } from '../testing/simulated-list';
import { childStream, type ChildStreamOptions, type StreamOptions } from './stream';

const at = (second: number): string => new Date(Date.parse('2026-01-01T00:00:00Z') + second * 1000).toISOString();
const parents = new SimulatedList([
  { id: 'a', updated: at(1) },
  { id: 'b', updated: at(2) },
  { id: 'c', updated: at(3) },
]);

const cats: StreamOptions = {
  name: 'cats',
  schema: { properties: { id: { type: 'string' }, updated: { type: 'string', format: 'date-time' } } },
  primaryKey: ['id'],
  read: parents.read,
  cursor: { field: 'updated', order: 'ascending' },
};

function kittens(more: Partial<ChildStreamOptions> = {}) {
  return childStream({
    name: 'kittens',
    schema: { type: 'object', properties: { id: { type: 'string' } } },
    primaryKey: ['id'],
    parent: cats,
    cursorField: 'cat_updated',
    // eslint-disable-next-line @typescript-eslint/require-await -- an API
    children: async function* ({ id }) {
      yield [{ id: `${String(id)}1` }];
      yield [{ id: `${String(id)}2` }];
    },
    ...more,
  });
}

const idsOf = (rows: readonly JsonObject[]): string => rows.map(({ id }) => String(id)).join(' ');

describe('childStream', () => {
  test("says that it is incremental by its parent's cursor, which is a column of its own", () => {
    expect(kittens().descriptor).toEqual({
      name: 'kittens',
      json_schema: {
        type: 'object',
        properties: { id: { type: 'string' }, cat_updated: { type: 'string', format: 'date-time' } },
      },
      source_defined_primary_key: [['id']],
      supported_sync_modes: ['full_refresh', 'incremental'],
      source_defined_cursor: true,
      default_cursor_field: ['cat_updated'],
      is_resumable: true,
    });
  });

  test('leaves a column alone that its schema declares', () => {
    const cat_updated = { type: ['null', 'string'], format: 'date-time' };
    const given = { properties: { id: {}, cat_updated } };
    expect(kittens({ schema: given }).descriptor.json_schema).toEqual(given);
  });

  test('gives the children of parent after parent, and a checkpoint after each page of parents', async () => {
    const { items } = await take(kittens(), undefined);
    expect(withoutHashes(items)).toEqual([
      {
        records: [
          { id: 'a1', cat_updated: at(1) },
          { id: 'a2', cat_updated: at(1) },
        ],
      },
      {
        records: [
          { id: 'b1', cat_updated: at(2) },
          { id: 'b2', cat_updated: at(2) },
        ],
      },
      { checkpoint: { cat_updated: at(2), delivered_rows: { [at(2)]: ['b'] } } },
      {
        records: [
          { id: 'c1', cat_updated: at(3) },
          { id: 'c2', cat_updated: at(3) },
        ],
      },
      { checkpoint: { cat_updated: at(3), delivered_rows: { [at(3)]: ['c'] } } },
    ]);
  });

  test('brings the children of parents that have changed since', async () => {
    const { records } = await take(kittens(), { cat_updated: at(2), delivered_keys: { [at(2)]: ['b'] } });
    expect(idsOf(records)).toBe('c1 c2');
  });

  test('brings the children of a parent again that has changed under the same cursor value', async () => {
    const { saved } = await take(kittens(), undefined);
    const before = parents.rows;
    parents.rows = before.map((row) => (row['id'] === 'c' ? { ...row, children: 2 } : row));
    const { records } = await take(kittens(), saved);
    parents.rows = before;
    expect(idsOf(records)).toBe('c1 c2');
  });

  test('does not move behind a page of parents while the children of one are missing', async () => {
    const failing = kittens({
      // eslint-disable-next-line @typescript-eslint/require-await -- an API
      children: async function* ({ id }) {
        if (id === 'b') throw new Error('b has no answer');
        yield [{ id: `${String(id)}1` }];
      },
    });
    const states: unknown[] = [];
    const records: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const item of failing.open({ state: { cat_updated: at(0) }, syncMode: 'incremental' })(
        quietContext(),
      )) {
        if ('checkpoint' in item) states.push(item.checkpoint);
        if ('records' in item) records.push(item.records);
      }
    };
    await expect(read()).rejects.toThrow('b has no answer');
    expect(records).toEqual([[{ id: 'a1', cat_updated: at(1) }]]);
    expect(states).toEqual([]);
  });

  test('reads the children of several parents at a time, as many as there are workers', async () => {
    let running = 0;
    let most = 0;
    const busy = kittens({
      workers: 2,
      parent: { ...cats, read: new SimulatedList(parents.rows, { pageSize: 3 }).read },
      children: async function* ({ id }) {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        yield [{ id }];
      },
    });
    expect(idsOf((await take(busy, undefined)).records)).toBe('a b c');
    expect(most).toBe(2);
  });

  test.each<[string, Partial<ChildStreamOptions>]>([
    ['without a cursor field', { cursorField: undefined as never }],
    [
      'below parents without a cursor',
      { parent: { name: 'cats', schema: {}, primaryKey: ['id'], read: parents.read } },
    ],
  ])('can only be read as a whole %s', async (_, more) => {
    expect(kittens(more).descriptor.supported_sync_modes).toEqual(['full_refresh']);
    const { records, states } = await take(kittens(more), undefined);
    expect(records).toEqual([{ id: 'a1' }, { id: 'a2' }, { id: 'b1' }, { id: 'b2' }, { id: 'c1' }, { id: 'c2' }]);
    expect(states).toEqual([NO_STATE]);
  });
});
