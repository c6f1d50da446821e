import { describe, expect, test } from '@jest/globals';
import { generateEntries } from './entry-generator';
import type { RangeEdge } from './page-query';
import { entryOf, type TenantEntry } from './tenant-entry';
import { type AuditLogsPage, TenantModel, type TenantModelOptions } from './tenant-model';

const start = Date.UTC(2025, 0, 1);

/** An entry `ms` after the start of 2025; fractions are microseconds. */
function entry(id: number, ms: number, more: Record<string, unknown> = {}, visibleAt?: number): TenantEntry {
  const at = start + ms;
  const created = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return entryOf({ id, created_at: created, ...more }, visibleAt === undefined ? { at } : { at, visibleAt });
}

/** Entries 1 to `count`, one a second from second 1 on. */
function oneASecond(count: number): TenantEntry[] {
  return Array.from({ length: count }, (_, index) => entry(index + 1, (index + 1) * 1000));
}

function modelOf(entries: readonly TenantEntry[], options: TenantModelOptions = {}): TenantModel {
  return new TenantModel({ entries, domain: 'sim.tines.example', ...options });
}

function ask(model: TenantModel, query = ''): AuditLogsPage {
  return model.page(new URLSearchParams(query));
}

function ids(page: AuditLogsPage): unknown[] {
  return page.audit_logs.map(({ id }) => id);
}

const BASE_URL = 'https://sim.tines.example/api/v1/audit_logs?';

describe('pages', () => {
  test('come newest first, 20 entries each unless asked otherwise', () => {
    expect(ids(ask(modelOf(oneASecond(25))))).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  });

  test('entries of one second are ordered by their hidden microseconds, then by id', () => {
    const entries = [entry(3, 1000.001), entry(1, 1000.002), entry(4, 1000.001)];

    expect(ids(ask(modelOf(entries)))).toEqual([1, 4, 3]);
  });

  test('follow each other without a gap and end in an empty one', () => {
    const model = modelOf(oneASecond(5));

    expect([1, 2, 3, 4].map((page) => ids(ask(model, `per_page=2&page=${page}`)))).toEqual([[5, 4], [3, 2], [1], []]);
  });

  test.each(['0', '-1', 'two', '2.5', '1e3', 'https://sim.tines.example/?page=2', ''])(
    'page=%s can not be read and is answered with page 1',
    (page) => {
      expect(ids(ask(modelOf(oneASecond(5)), `per_page=2&page=${encodeURIComponent(page)}`))).toEqual([5, 4]);
    },
  );

  test('per_page is at most 500, and a larger one is cut to it', () => {
    expect(ask(modelOf(oneASecond(600)), 'per_page=501').audit_logs).toHaveLength(500);
  });

  test('a server may take a larger per_page for the default, and cap lower', () => {
    const model = modelOf(oneASecond(600), { maxPerPage: 100, overMaxPerPage: 'default' });

    expect([100, 101].map((size) => ask(model, `per_page=${size}`).audit_logs.length)).toEqual([100, 20]);
  });

  test('show an entry exactly as its text is', () => {
    const big = entryOf({ id: 1 }, { at: start, text: '{"id":98765432109876543210}' });

    expect(modelOf([big]).pageBody(new URLSearchParams())).toContain('[{"id":98765432109876543210}]');
  });
});

describe('range', () => {
  const fractions = [1000, 2000, 2000.001, 2999.999, 3000, 3000.001].map((ms, index) => entry(index + 1, ms));

  test.each<[RangeEdge, number[]]>([
    ['exact_exclusive', [6, 5, 4, 3]],
    ['exact_inclusive', [6, 5, 4, 3, 2]],
    ['second_exclusive', [6, 5]],
    ['second_inclusive', [6, 5, 4, 3, 2]],
  ])('after second 2, %s, shows %j', (afterEdge, expected) => {
    expect(ids(ask(modelOf(fractions, { afterEdge }), 'after=2025-01-01T00:00:02Z'))).toEqual(expected);
  });

  test.each<[RangeEdge, number[]]>([
    ['exact_exclusive', [4, 3, 2, 1]],
    ['exact_inclusive', [5, 4, 3, 2, 1]],
    ['second_exclusive', [4, 3, 2, 1]],
    ['second_inclusive', [6, 5, 4, 3, 2, 1]],
  ])('before second 3, %s, shows %j', (beforeEdge, expected) => {
    expect(ids(ask(modelOf(fractions, { beforeEdge }), 'before=2025-01-01T00:00:03Z'))).toEqual(expected);
  });

  test.each([
    ['read', [6, 5, 4]],
    ['cut', [6, 5, 4, 3]],
    ['unreadable', [6, 5, 4, 3, 2, 1]],
  ] as const)('after second 2.5 with fractions that are %s, shows %j', (boundFractions, expected) => {
    const model = modelOf(fractions, { boundFractions });

    expect(ids(ask(model, 'after=2025-01-01T00:00:02.500Z'))).toEqual(expected);
  });

  test('an empty or reversed one shows nothing and counts nothing', () => {
    const page = ask(modelOf(oneASecond(9)), 'after=2025-01-01T00:00:07Z&before=2025-01-01T00:00:03Z');

    expect([page.audit_logs, page.meta?.['count'], page.meta?.['pages']]).toEqual([[], 0, 0]);
  });

  test.each([
    ['read', [5, 4, 3, 2]],
    ['cut', [3, 2, 1]],
    ['rounded', [6, 5, 4, 3, 2, 1]],
  ] as const)('from 0:20 to 1:40, a bound whose seconds are %s, shows %j', (boundSeconds, expected) => {
    const everyTwenty = Array.from({ length: 9 }, (_, index) => entry(index + 1, 15_000 + index * 20_000));
    const query = 'after=2025-01-01T00:00:20Z&before=2025-01-01T00:01:40Z';

    expect(ids(ask(modelOf(everyTwenty, { boundSeconds }), query))).toEqual(expected);
  });

  test('an offset is understood, and what is no time is left out', () => {
    const model = modelOf(oneASecond(3));

    expect(ids(ask(model, 'after=2025-01-01T01:00:01%2B01:00'))).toEqual([3, 2]);
    expect(ids(ask(model, 'after=yesterday'))).toEqual([3, 2, 1]);
  });
});

describe('filters', () => {
  const entries = [
    entry(1, 1000, { user_id: 7, operation_name: 'Login' }),
    entry(2, 2000, { user_id: 8, operation_name: 'StoryCreation' }),
    entry(3, 3000, { user_id: 9, operation_name: 'Login' }),
    entry(4, 4000, { operation_name: 'TeamCreation' }),
  ];

  test.each([
    ['user_id=7', [1]],
    ['user_id%5B%5D=7&user_id[]=8', [2, 1]],
    ['user_id=7&user_id=8', [2, 1]],
    ['operation_name=Login', [3, 1]],
    ['operation_name[]=Login&operation_name[]=TeamCreation', [4, 3, 1]],
    ['operation_name=login', []],
    ['user_id=9&operation_name=Login', [3]],
    ['operation_name=Login&after=2025-01-01T00:00:02Z', [3]],
  ])('%s shows %j', (query, expected) => {
    expect(ids(ask(modelOf(entries), query))).toEqual(expected);
  });

  test('a server may take only the last of repeated ones without brackets', () => {
    expect(ids(ask(modelOf(entries, { repeatedBareFilter: 'last' }), 'user_id=7&user_id=8'))).toEqual([2]);
  });

  test('show what was added since they were last used', () => {
    const model = modelOf(entries);
    ask(model, 'user_id=7');
    model.add([entry(5, 5000, { user_id: 7 })]);

    expect(ids(ask(model, 'user_id=7'))).toEqual([5, 1]);
  });
});

describe('meta', () => {
  test('of a first page names the next one, with the query kept', () => {
    const page = ask(modelOf(oneASecond(5)), 'per_page=2&after=2024-12-31T00:00:00Z');

    expect(page.meta).toEqual({
      current_page: `${BASE_URL}per_page=2&after=2024-12-31T00%3A00%3A00Z&page=1`,
      previous_page: null,
      next_page: `${BASE_URL}per_page=2&after=2024-12-31T00%3A00%3A00Z&page=2`,
      next_page_number: 2,
      per_page: 2,
      pages: 3,
      count: 5,
    });
  });

  test('of a last page names the one before and none after', () => {
    expect(ask(modelOf(oneASecond(5)), 'per_page=2&page=3').meta).toMatchObject({
      previous_page: `${BASE_URL}per_page=2&page=2`,
      next_page: null,
      next_page_number: null,
    });
  });

  test('of a page past the end names no other', () => {
    expect(ask(modelOf(oneASecond(5)), 'per_page=2&page=9').meta).toMatchObject({
      previous_page: null,
      next_page: null,
    });
  });

  test('has its keys in the order of captured answers', () => {
    expect(Object.keys(ask(modelOf([])).meta ?? {})).toEqual([
      ...['current_page', 'previous_page', 'next_page', 'next_page_number', 'per_page', 'pages', 'count'],
    ]);
  });

  test('of older servers lacks next_page_number, and pages and count', () => {
    const page = ask(modelOf(oneASecond(1), { meta: { nextPageNumber: false, count: false, pages: false } }));

    expect(Object.keys(page.meta ?? {})).toEqual(['current_page', 'previous_page', 'next_page', 'per_page']);
  });

  test('may have no per_page, or one that is not true', () => {
    const told = (['true', 'none', 7] as const).map((perPage) => ask(modelOf([], { meta: { perPage } })).meta);

    expect(told.map((meta) => meta?.['per_page'])).toEqual([20, undefined, 7]);
  });

  test('may have the string "null" as next_page of the last page', () => {
    expect(ask(modelOf(oneASecond(1), { meta: { lastNextPage: 'null_string' } })).meta?.['next_page']).toBe('null');
  });

  test('may be missing', () => {
    expect(Object.keys(ask(modelOf([]), ''))).toEqual(['audit_logs', 'meta']);
    expect(Object.keys(ask(modelOf([], { meta: { present: false } }), ''))).toEqual(['audit_logs']);
  });
});

describe('entries that come and go', () => {
  test('an entry shows from its own time on, a late one from `visibleAt` on', () => {
    let now = start + 2500;
    const model = modelOf([...oneASecond(3), entry(9, 1500, {}, start + 4000)], { now: () => now });
    const before = ids(ask(model));
    now = start + 4000;

    expect([before, ids(ask(model))]).toEqual([
      [2, 1],
      [3, 2, 9, 1],
    ]);
    expect(model.pendingCount).toBe(0);
  });

  test.each([3, 200])('%i entries added between others take their places', (count) => {
    const between = Array.from({ length: count }, (_, index) => entry(1000 + index, 1500 + index / 1000));
    const model = modelOf(oneASecond(3));
    model.add(between.toReversed());

    expect(model.visibleEntries().map(({ id }) => id)).toEqual([1, ...between.map(({ id }) => id), 2, 3]);
  });

  test('purging forgets what is older than a time', () => {
    const model = modelOf(oneASecond(5));

    expect([model.purgeOlderThan(start + 3000), ids(ask(model))]).toEqual([2, [5, 4, 3]]);
  });

  test('unused ids lie just below those at a time, where there is a gap', () => {
    const model = modelOf([entry(10, 1000), entry(14, 2000), entry(20, 3000)]);

    expect(model.unusedIds(start + 2000, 4)).toEqual([9, 11, 12, 13]);
  });

  test('unused ids lie above all where there is no gap or no later entry', () => {
    const model = modelOf(oneASecond(3));

    expect([model.unusedIds(start + 2000, 2), model.unusedIds(Infinity, 2)]).toEqual([
      [4, 5],
      [4, 5],
    ]);
  });

  test('the ids of purged entries are not unused', () => {
    const model = modelOf([entry(10, 1000), entry(13, 1500), entry(14, 2000)]);
    model.purgeOlderThan(start + 1800);

    expect(model.unusedIds(start + 2000, 2)).toEqual([11, 12]);
  });

  test('a replica goes on showing what it has shown when other entries are purged', () => {
    const model = modelOf(oneASecond(5), { replica: { lagEntries: 1, serves: () => true } });
    model.add([entry(9, 1)]);
    const before = ids(ask(model));
    model.purgeOlderThan(start + 500);

    expect([before, ids(ask(model))]).toEqual([
      [5, 4, 3, 2, 1],
      [5, 4, 3, 2, 1],
    ]);
  });

  test('a snapshot that is restored takes away what came after, and its ids are free again', () => {
    const model = modelOf([entry(1, 1000), entry(2, 2000), entry(3, 3000)]);
    const gone = model.restore(start + 2000).map(({ id }) => id);
    model.add([entry(2, 9000)]);

    expect([gone, ids(ask(model))]).toEqual([
      [2, 3],
      [2, 1],
    ]);
  });

  test('an unused id is used once its entry was added', () => {
    const model = modelOf([entry(10, 1000), entry(14, 2000)]);
    const given = model.unusedIds(start + 2000, 2);
    model.add(given.map((id) => entry(id, 1900)));

    expect([given, model.unusedIds(start + 2000, 2)]).toEqual([
      [12, 13],
      [9, 11],
    ]);
  });
});

describe('misbehaviour', () => {
  test('a wrong count makes pages and next_page wrong too', () => {
    const model = modelOf(oneASecond(5), { count: { kind: 'offset', by: -3 } });

    expect(ask(model, 'per_page=2').meta).toMatchObject({ count: 2, pages: 1, next_page: null });
  });

  test('a count may be wrong in some answers only', () => {
    const model = modelOf(oneASecond(5), { count: { kind: 'offset', by: (number) => (number === 2 ? 1 : 0) } });

    expect([1, 2, 3].map(() => ask(model).meta?.['count'])).toEqual([5, 6, 5]);
  });

  test('a replica lacks the entries that became visible last, wherever they stand', () => {
    const model = modelOf(oneASecond(3), { replica: { lagEntries: 1 } });
    model.add([entry(9, 1500)]);

    expect([1, 2, 3].map(() => ids(ask(model)))).toEqual([
      [3, 2, 9, 1],
      [3, 2, 1],
      [3, 2, 9, 1],
    ]);
  });

  test('a replica may lack the last milliseconds', () => {
    const replica = { lagMs: 1500, serves: () => true };
    const model = modelOf(oneASecond(3), { now: () => start + 3000, replica });
    model.add([entry(9, 500)]);

    expect(ask(model).meta?.['count']).toBe(1);
  });

  test('page 1 may be repeated for ever', () => {
    const model = modelOf(oneASecond(5), { ignoresPage: true });

    expect(ask(model, 'per_page=2&page=2')).toEqual(ask(model, 'per_page=2&page=1'));
  });

  test('the range may be ignored', () => {
    const model = modelOf(oneASecond(3), { ignoresRange: true });

    expect(ids(ask(model, 'after=2030-01-01T00:00:00Z'))).toEqual([3, 2, 1]);
  });

  test('the order may be oldest first', () => {
    const model = modelOf(oneASecond(5), { order: 'oldest_first' });

    expect([1, 2, 3, 4].map((page) => ids(ask(model, `per_page=2&page=${page}`)))).toEqual([[1, 2], [3, 4], [5], []]);
  });

  test('pages may be larger than asked', () => {
    const model = modelOf(oneASecond(5), { pageSizeAtLeast: 4 });

    expect([1, 2].map((page) => ids(ask(model, `per_page=2&page=${page}`)))).toEqual([[5, 4, 3, 2], [1]]);
  });

  test('entries may be counted but withheld, which leaves short pages', () => {
    const model = modelOf(oneASecond(4), { withholds: ({ id }) => id === 3 });

    expect([1, 2].map((page) => ids(ask(model, `per_page=2&page=${page}`)))).toEqual([[4], [2, 1]]);
    expect(ask(model).meta?.['count']).toBe(4);
  });

  test('can begin between two answers', () => {
    const model = modelOf(oneASecond(2));
    model.settings.order = 'oldest_first';

    expect(ids(ask(model))).toEqual([1, 2]);
  });
});

describe('at any size', () => {
  test('paging through a generated tenant shows every entry of the range once', () => {
    const range = { from: start, to: start + 86_400_000 };
    const entries = generateEntries({ seed: 3, count: 2345, ...range, spread: 'office_hours' });
    const model = modelOf(entries);
    const seen = Array.from({ length: 6 }, (_, index) => ids(ask(model, `per_page=500&page=${index + 1}`))).flat();

    expect(seen).toEqual(entries.map(({ id }) => id).toReversed());
  });
});
