import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../src/protocol';
import { NO_STATE } from '../src/source';
import { quietContext, SimulatedList, take, withoutHashes } from '../testing/simulated-list';
import { pageNumber, type NextPage, type PageRequest } from './next-page';
import { paginate, type Pages } from './paginate';
import { stream, type CursorOptions, type StreamOptions } from './stream';

const schema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    updated: { type: 'string', format: 'date-time' },
    serial: { type: 'integer' },
    name: { type: 'string' },
  },
};
const NOW = Date.parse('2026-03-01T00:00:00Z');
const at = (second: number): string => new Date(Date.parse('2026-01-01T00:00:00Z') + second * 1000).toISOString();
const row = (id: string, second: number): JsonObject => ({ id, updated: at(second) });

const LOGGED: string[] = [];
const context = quietContext((level, message) => LOGGED.push(`${level} ${message}`));

function cats(list: SimulatedList, cursor?: Partial<CursorOptions>, more: Partial<StreamOptions> = {}) {
  return stream({
    name: 'cats',
    schema,
    primaryKey: ['id'],
    read: list.read,
    now: () => NOW,
    ...(cursor === undefined ? {} : { cursor: { field: 'updated', order: 'ascending', ...cursor } }),
    ...more,
  });
}

const idsOf = (rows: readonly JsonObject[]): string => rows.map(({ id }) => String(id)).join('');
const updatedOf = (states: readonly JsonObject[]): unknown[] => states.map(({ updated }) => updated);

describe('a stream without a cursor', () => {
  const list = new SimulatedList([row('a', 1), row('b', 2), row('c', 3)]);

  test('says that it can only be read as a whole', () => {
    expect(cats(list).descriptor).toEqual({
      name: 'cats',
      json_schema: schema,
      supported_sync_modes: ['full_refresh'],
      source_defined_primary_key: [['id']],
    });
    expect(cats(list, undefined, { primaryKey: [] }).descriptor).not.toHaveProperty('source_defined_primary_key');
  });

  test('gives all rows page by page, and in the end the state that says nothing', async () => {
    const { items } = await take(cats(list), undefined, { syncMode: 'full_refresh' });
    expect(items).toEqual([
      { records: [row('a', 1), row('b', 2)] },
      { records: [row('c', 3)] },
      { checkpoint: NO_STATE },
    ]);
  });
});

describe('a stream with a cursor', () => {
  const list = (...rows: JsonObject[]): SimulatedList => new SimulatedList(rows);

  test('says that it is incremental, by a cursor of its own, and can be resumed', () => {
    expect(cats(list(), {}).descriptor).toMatchObject({
      supported_sync_modes: ['full_refresh', 'incremental'],
      source_defined_cursor: true,
      default_cursor_field: ['updated'],
      is_resumable: true,
    });
  });

  test('makes a checkpoint after every page, with the highest cursor and the keys of the rows there', async () => {
    const { items } = await take(cats(list(row('a', 1), row('b', 2), row('c', 2), row('d', 3)), {}), undefined);
    expect(withoutHashes(items)).toEqual([
      { records: [row('a', 1), row('b', 2)] },
      { checkpoint: { updated: at(2), delivered_rows: { [at(2)]: ['b'] } } },
      { records: [row('c', 2), row('d', 3)] },
      { checkpoint: { updated: at(3), delivered_rows: { [at(3)]: ['d'] } } },
    ]);
  });

  test('names a row in its state by a hash of its fields, in whichever order they come, and its key', async () => {
    for (const given of [
      { id: 'a', updated: at(1), name: 'x' },
      { name: 'x', updated: at(1), id: 'a' },
    ]) {
      expect((await take(cats(list(given), {}), undefined)).saved).toEqual({
        updated: at(1),
        delivered_rows: { [at(1)]: ['D62h1cMya'] },
      });
    }
  });

  test('gives a row again that has changed under the same cursor value, each time, and no other', async () => {
    const versions = ['x', 'y', 'x', 'x'].map((name) => ({ ...row('a', 2), name }));
    let state: JsonObject | undefined;
    const given: unknown[] = [];
    for (const version of versions) {
      const { records, saved } = await take(cats(list(row('b', 2), version), {}), state);
      given.push(records.map(({ id, name }) => [id, name]));
      state = saved;
    }
    expect(given).toEqual([
      [
        ['b', undefined],
        ['a', 'x'],
      ],
      [['a', 'y']],
      [['a', 'x']],
      [],
    ]);
  });

  test('gives a row again that has changed within the lookback', async () => {
    const [a, b] = [row('a', 10), row('b', 20)];
    const first = await take(cats(list(a, b), { lookback: 15_000 }), undefined);
    const second = await take(cats(list({ ...a, name: 'x' }, b), { lookback: 15_000 }), first.saved);
    expect(second.records).toEqual([{ ...a, name: 'x' }]);
    expect(withoutHashes(second.saved)).toEqual(withoutHashes(first.saved));
  });

  test('gives a row twice in one read where it has changed in between, and not where it is the same', async () => {
    const rows = [row('a', 1), row('a', 1), { ...row('a', 1), name: 'x' }, { ...row('a', 1), name: 'x' }];
    expect((await take(cats(list(...rows), {}), undefined)).records).toEqual([rows[0], rows[2]]);
  });

  test('tells rows apart that are nested too deep to be written', async () => {
    const deep = (end: number): unknown => JSON.parse(`${'['.repeat(20_000)}${end}${']'.repeat(20_000)}`);
    const first = await take(cats(list({ ...row('a', 1), name: deep(1) }), {}), undefined);
    expect((await take(cats(list({ ...row('a', 1), name: deep(1) }), {}), first.saved)).records).toEqual([]);
    expect((await take(cats(list({ ...row('a', 1), name: deep(2) }), {}), first.saved)).records).toHaveLength(1);
  });

  test('takes a row of a state without hashes for what was delivered, and knows from then on how it was', async () => {
    const state = { updated: at(2), delivered_keys: { [at(2)]: ['a', 'b'] } };
    const { records, saved } = await take(cats(list(row('a', 2)), {}), state);
    expect(records).toEqual([]);
    const changed = ['a', 'b'].map((id) => ({ ...row(id, 2), name: 'x' }));
    expect((await take(cats(list(...changed), {}), saved)).records).toEqual([changed[0]]);
  });

  test.each<[string, unknown]>([
    ['as a list, as they were written once', ['7', '12', 'b']],
    ['as the differences of integers', { integers: '7 5', others: ['b'] }],
  ])('knows the keys of a state %s', async (_, keys) => {
    const api = list(row('7', 2), row('12', 2), row('b', 2), row('13', 2));
    const { records } = await take(cats(api, {}), { updated: at(2), delivered_keys: { [at(2)]: keys } });
    expect(idsOf(records)).toBe('13');
  });

  test("goes on from the state: rows at its edge that were delivered don't come again, others there do", async () => {
    const api = list(row('a', 1), row('b', 2), row('c', 2), row('d', 3));
    const state = { updated: at(2), delivered_rows: { [at(2)]: ['........b'] } };
    const { items, records } = await take(cats(api, {}), state);
    expect(items[0]).toEqual({ startFrom: state });
    expect(idsOf(records)).toBe('cd');
    expect(api.asked).toEqual([{ from: at(2), to: undefined }]);
  });

  test('gives a row again whose cursor has changed', async () => {
    const state = { updated: at(2), delivered_keys: { [at(2)]: ['a'] } };
    expect(idsOf((await take(cats(list(row('a', 3)), {}), state)).records)).toBe('a');
  });

  test('goes on from a state of only the cursor, written by hand', async () => {
    expect(idsOf((await take(cats(list(row('a', 1), row('b', 2)), {}), { updated: at(2) })).records)).toBe('b');
  });

  test('begins at its start, and leaves out what lies before', async () => {
    const api = new SimulatedList([row('a', 1), row('b', 2)], { filters: false });
    const { records, states } = await take(cats(api, { start: at(2) }), undefined);
    expect(idsOf(records)).toBe('b');
    expect(api.asked).toEqual([{ from: at(2), to: undefined }]);
    expect(updatedOf(states)).toEqual([at(2)]);
  });

  test.each<[string, Partial<CursorOptions>, JsonObject | undefined, JsonObject]>([
    ['its start', { start: at(5) }, undefined, { updated: at(5) }],
    [
      'the state that it was given',
      {},
      { updated: at(9), delivered_rows: { [at(9)]: ['12345678x'] } },
      { updated: at(9), delivered_rows: { [at(9)]: ['12345678x'] } },
    ],
    ['a state in the future', {}, { updated: '2099-01-01T00:00:00Z' }, { updated: '2099-01-01T00:00:00Z' }],
    ['the state that says nothing', {}, undefined, NO_STATE],
  ])('makes one checkpoint where there is nothing to read: %s', async (_, cursor, state, expected) => {
    expect((await take(cats(list(), cursor), state)).states).toEqual([expected]);
  });

  test('asks again for what lies in the lookback, and gives only what is new there', async () => {
    const api = list(row('a', 10), row('b', 20));
    const first = await take(cats(api, { lookback: 15_000 }), undefined);
    expect(withoutHashes(first.saved)).toEqual({
      updated: at(20),
      delivered_rows: { [at(10)]: ['a'], [at(20)]: ['b'] },
    });
    api.rows = [row('a', 10), row('late', 12), row('b', 20), row('c', 30)];
    const second = await take(cats(api, { lookback: 15_000 }), first.saved);
    expect(api.asked.at(-1)).toEqual({ from: at(5), to: undefined });
    expect(idsOf(second.records)).toBe('latec');
    expect(withoutHashes(second.saved)).toEqual({
      updated: at(30),
      delivered_rows: { [at(20)]: ['b'], [at(30)]: ['c'] },
    });
  });

  test('does not look back before its start', async () => {
    const api = list();
    await take(cats(api, { start: at(10), lookback: 60_000 }), { updated: at(20) });
    expect(api.asked).toEqual([{ from: at(10), to: undefined }]);
  });

  test('delivers rows that are dated in the future once, and does not follow them', async () => {
    const rows = [row('a', 1), { id: 'z', updated: '2099-01-01T00:00:00.000Z' }];
    const first = await take(cats(list(...rows), {}), undefined);
    expect(withoutHashes(first.saved)).toEqual({
      updated: '2026-03-01T00:00:00.000Z',
      delivered_rows: { '2099-01-01T00:00:00.000Z': ['z'] },
    });
    const second = await take(cats(list(...rows, { id: 'b', updated: '2026-03-02T00:00:00.000Z' }), {}), first.saved);
    expect(idsOf(second.records)).toBe('b');
  });

  test('delivers rows without a cursor, and says that these come again', async () => {
    LOGGED.length = 0;
    const { records, saved } = await take(cats(list(row('a', 1), { id: 'b', updated: null }), {}), undefined, {
      context,
    });
    expect(idsOf(records)).toBe('ab');
    expect(saved).toMatchObject({ updated: at(1) });
    expect(LOGGED).toEqual([
      'WARN Some rows of stream "cats" have no "updated": they come again in every sync that shows them.',
    ]);
  });

  test.each<[string, string, readonly (string | number)[], Partial<StreamOptions>]>([
    ['numbers by value', 'serial', [2, 10, 100], {}],
    ['texts by their characters', 'name', ['10', '2', 'a'], {}],
    [
      'times of different precision',
      'updated',
      ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:01Z'],
      {},
    ],
    [
      'times finer than a millisecond',
      'updated',
      ['2026-01-01T00:00:00.0001Z', '2026-01-01T00:00:00.0002Z', '2026-01-01T00:00:00.001Z'],
      {},
    ],
    ['times with a blank', 'updated', ['2026-01-01 00:00:00.001Z', '2026-01-01 00:00:00.002Z'], {}],
    ['times of different time zones', 'updated', ['2026-01-01T01:00:00+02:00', '2026-01-01T00:00:00Z'], {}],
  ])('compares %s', async (_, field, values) => {
    LOGGED.length = 0;
    const api = new SimulatedList(
      values.map((value, id) => ({ id: String(id), [field]: value })),
      { field, pageSize: 1 },
    );
    const first = await take(cats(api, { field }), undefined, { context });
    expect(first.states.map((state) => state[field])).toEqual(values);
    expect((await take(cats(api, { field }), first.saved)).records).toEqual([]);
    expect(LOGGED).toEqual([]);
  });

  test('looks back by number', async () => {
    const api = new SimulatedList([{ id: 'a', serial: 7 }], { field: 'serial' });
    await take(cats(api, { field: 'serial', lookback: 5 }), { serial: 9 });
    expect(api.asked).toEqual([{ from: 4, to: undefined }]);
  });

  test('tells rows apart by all fields of the primary key', async () => {
    const rows = [1, 2].map((serial) => ({ ...row('a', 1), serial }));
    const first = await take(cats(list(...rows), {}, { primaryKey: ['id', 'serial'] }), undefined);
    expect(first.records).toHaveLength(2);
    expect((await take(cats(list(...rows), {}, { primaryKey: ['id', 'serial'] }), first.saved)).records).toEqual([]);
  });

  test('gives the rows at the edge again where there is no primary key', async () => {
    const first = await take(cats(list(row('a', 1), row('b', 2)), {}, { primaryKey: [] }), undefined);
    expect(first.saved).toEqual({ updated: at(2) });
    expect(idsOf((await take(cats(list(row('a', 1), row('b', 2)), {}, { primaryKey: [] }), first.saved)).records)).toBe(
      'b',
    );
  });

  test('makes the state of a checkpoint at any later time as it was there, also where its rows have changed since', async () => {
    const api = list(row('a', 1), row('b', 2), { ...row('b', 2), name: 'x' }, row('c', 9), row('d', 40), row('e', 50));
    const cursor = { lookback: 15_000 };
    const { states } = await take(cats(api, cursor), undefined);
    const made: unknown[] = [];
    for await (const item of cats(api, cursor).open({ state: undefined, syncMode: 'incremental' })(context)) {
      if ('checkpoint' in item) made.push(item.checkpoint);
    }
    expect(made.map((state) => (typeof state === 'function' ? (state as () => unknown)() : 'made'))).toEqual(states);
  });

  test('keeps its state small, and says that the rest comes again', async () => {
    LOGGED.length = 0;
    const rows = Array.from({ length: 10_002 }, (_, id) => row(String(id).padEnd(120, 'x'), id % 2));
    const api = new SimulatedList(
      rows.toSorted((a, b) => String(a['updated']).localeCompare(String(b['updated']))),
      { pageSize: 6000 },
    );
    const { saved } = await take(cats(api, { lookback: 5000 }), undefined, { context });
    expect(Object.keys((saved?.['delivered_rows'] ?? {}) as JsonObject)).toEqual([at(1)]);
    expect(LOGGED).toEqual([
      'WARN The state of stream "cats" would be too large: 5001 records or more come again in the next sync.',
    ]);
  });

  test.each<[string, JsonObject, string]>([
    ['no cursor', { other: 1 }, '"updated" must be a time such as "2025-01-31T00:00:00Z"'],
    ['a cursor of another type', { updated: 7 }, '"updated" must be a time such as "2025-01-31T00:00:00Z"'],
    [
      'a time that does not exist',
      { updated: '2025-02-30T00:00:00Z' },
      '"updated" must be a time such as "2025-01-31T00:00:00Z"',
    ],
    [
      'keys that are no lists',
      { updated: at(1), delivered_keys: { [at(1)]: 'a' } },
      '"delivered_keys" must be as this source wrote it',
    ],
    [
      'keys without a time',
      { updated: at(1), delivered_keys: { x: ['a'] } },
      '"delivered_keys" must be as this source wrote it',
    ],
    [
      'rows that are no lists',
      { updated: at(1), delivered_rows: { [at(1)]: 'a' } },
      '"delivered_rows" must be as this source wrote it',
    ],
    [
      'keys that are no object',
      { updated: at(1), delivered_keys: [] },
      '"delivered_keys" must be as this source wrote it',
    ],
  ])('refuses a state with %s', (_, state, what) => {
    expect(() => cats(list(), {}).open({ state, syncMode: 'incremental' })).toThrow(
      expect.objectContaining({
        message: `The saved state of the stream cats can't be read: ${what}. Mend it, or reset the stream in Airbyte to read everything again.`,
        failureType: 'config_error',
      }),
    );
  });

  test.each<[string, Partial<CursorOptions>, string]>([
    [
      'a cursor field that is not in the schema',
      { field: 'nowhere' },
      'the cursor field "nowhere" is not in the schema, which declares "id", "updated", "serial", "name".',
    ],
    ['a start of another kind', { start: 'yesterday' }, '"start" is "yesterday", but its cursor "updated" is a time'],
    [
      'slices of what is no time',
      { field: 'serial', slices: { length: 1, workers: 1 } },
      'it has "slices", but its cursor "serial" is a number, which is no time',
    ],
  ])('refuses %s when it is made', (_, cursor, message) => {
    expect(() => cats(list(), cursor)).toThrow(message);
  });

  test.each([undefined, {}])(
    'refuses a primary key that is not in the schema when it is made, with the cursor %j',
    (cursor) => {
      expect(() => cats(list(), cursor, { primaryKey: ['id', 'number'] })).toThrow(
        'the primary key "number" is not in the schema, which declares "id", "updated", "serial", "name".',
      );
      expect(() => cats(list(), cursor, { schema: {} })).toThrow(
        '"id" is not in the schema, which declares no column.',
      );
    },
  );
});

describe('rows that do not come in the order of the cursor', () => {
  const disordered = (): SimulatedList =>
    new SimulatedList([row('a', 1), row('b', 5), row('c', 9), row('d', 2), row('e', 3), row('f', 4)]);

  test('declared so: one checkpoint, in the end', async () => {
    const { items } = await take(cats(disordered(), { order: 'none' }), { updated: at(0) });
    expect(items.map((item) => Object.keys(item)[0])).toEqual([
      'startFrom',
      'records',
      'records',
      'records',
      'checkpoint',
    ]);
    expect(items.at(-1)).toMatchObject({ checkpoint: { updated: at(9) } });
  });

  test('declared as ascending: the checkpoint goes back before the row that comes late, and waits for the end', async () => {
    LOGGED.length = 0;
    const { items, records } = await take(cats(disordered(), {}), { updated: at(0) }, { context });
    expect(items.filter((item) => 'checkpoint' in item).map(({ takesBack }) => takesBack)).toEqual([
      undefined,
      true,
      undefined,
    ]);
    const shapes = items.map((item) => ('checkpoint' in item ? item.checkpoint : Object.keys(item)[0]));
    expect(withoutHashes(shapes)).toEqual([
      'startFrom',
      'records',
      { updated: at(5), delivered_rows: { [at(5)]: ['b'] } },
      { updated: at(0), delivered_rows: { [at(5)]: ['b'] } },
      'records',
      'records',
      { updated: at(9), delivered_rows: { [at(9)]: ['c'] } },
    ]);
    expect(idsOf(records)).toBe('abcdef');
    expect(LOGGED).toEqual([
      'WARN The rows of stream "cats" do not come in the order of "updated", as declared: should this read be interrupted, the next begins where this one did.',
    ]);
  });

  test('by no more than the lookback: a checkpoint after every page all the same', async () => {
    LOGGED.length = 0;
    const { states } = await take(cats(disordered(), { lookback: 7000 }), undefined, { context });
    expect(updatedOf(states)).toEqual([at(5), at(9), at(9)]);
    expect(LOGGED).toEqual([]);
  });
});

describe('pages that are counted', () => {
  const rowsOf = (count: number) => Array.from({ length: count }, (_, id) => row(`r${id}`, id));
  const pagesBy = (next: NextPage<unknown, object>, count: number) => (): Pages => {
    const all = rowsOf(count);
    const get = ({ query }: PageRequest) => Promise.resolve(all.slice(Number(query['page'] ?? 1) * 2 - 2).slice(0, 2));
    return paginate({ path: '/cats', get, rows: '', next });
  };
  const counted = pageNumber();
  const uncounted: NextPage<unknown, object> = (page) => counted(page);

  test.each<[string, Partial<CursorOptions>, NextPage<unknown, object>, number, number]>([
    ['is warned of where rows are ascending', {}, counted, 5, 1],
    ['is warned of also in slices', { start: at(0), slices: { length: 9e9, workers: 1 } }, counted, 5, 1],
    ['is not where they are not', { order: 'none' }, counted, 5, 0],
    ['is not where there is one page', {}, counted, 2, 0],
    ['is not where they go on after the last row', {}, uncounted, 5, 0],
  ])('that a row may be missed %s', async (_, cursor, next, count, warnings) => {
    LOGGED.length = 0;
    const { records } = await take(cats(new SimulatedList([]), cursor, { read: pagesBy(next, count) }), undefined, {
      context,
    });
    expect(records).toHaveLength(count);
    expect(LOGGED).toEqual(
      Array.from(
        { length: warnings },
        () =>
          'WARN The pages of stream "cats" are counted, and its rows come in the order of "updated": one that changes meanwhile moves to the end, and pushes another to a page that was read already, where it is missed. The source should go on after the last row (afterLast, sinceLast).',
      ),
    );
  });
});

describe('a stream that is read in slices', () => {
  const slices = { length: 10_000, workers: 2 };
  const until = (second: number): Partial<StreamOptions> => ({ now: () => Date.parse(at(second)) });

  test('asks for slice after slice, the last one without an end, and makes a checkpoint after each', async () => {
    const api = new SimulatedList([row('b', 8), row('a', 3), row('d', 19), row('c', 12), row('e', 24)]);
    const { records, states } = await take(cats(api, { order: 'none', start: at(0), slices }, until(25)), undefined);
    expect(api.asked).toEqual([
      { from: at(0), to: at(10) },
      { from: at(10), to: at(20) },
      { from: at(20), to: undefined },
    ]);
    expect(idsOf(records)).toBe('badce');
    expect(updatedOf(states)).toEqual([at(8), at(19), at(24)]);
  });

  test('takes from each slice its own where the API gives more', async () => {
    const rows = [row('a', 3), row('b', 10), row('c', 20)];
    const api = new SimulatedList(rows, { filters: false });
    expect(idsOf((await take(cats(api, { order: 'none', start: at(0), slices }, until(25)), undefined)).records)).toBe(
      'abc',
    );
  });

  test('stays at the newest row where slices are empty, and makes no checkpoint after them', async () => {
    const api = new SimulatedList([row('a', 3)]);
    const { states } = await take(cats(api, { order: 'none', start: at(0), slices }, until(25)), undefined);
    expect(updatedOf(states)).toEqual([at(3)]);
  });

  test('is one slice where nothing says where it begins', async () => {
    const api = new SimulatedList([row('a', 3)]);
    await take(cats(api, { order: 'none', slices }, until(25)), undefined);
    expect(api.asked).toEqual([{ from: undefined, to: undefined }]);
  });
});
