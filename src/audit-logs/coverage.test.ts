import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import type { Fault, FaultChooser } from '../../simulated-tenant/tenant-faults';
import type { TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { pageOfRows, responseOf } from '../../testing/page-of';
import {
  atOnce,
  cover,
  evenly,
  failingWhere,
  FROM,
  heavy,
  idsFrom,
  idsOn,
  INCLUSIVE,
  NO_COUNT,
  NO_META,
  NO_NEXT,
  withholding,
  type CoverSettings,
} from '../../testing/range-world';
import { entryAt } from '../../testing/sync-world';
import type { PageMeta } from '../tines/page';
import { saysLast } from './coverage';

describe('A range of one page', () => {
  test.each<[string, TenantModelOptions, string, { counted?: number | undefined; missing?: number }]>([
    ['is covered where no page follows', { entries: evenly(19) }, '0-19', { counted: 19 }],
    ['is covered where nothing is returned', { entries: [] }, '0-19', { counted: 0 }],
    [
      'is covered where nothing is returned, whatever is counted',
      { entries: evenly(19), ...withholding(() => true), ...NO_NEXT },
      '0-19',
      { counted: 19, missing: 19 },
    ],
    ['is covered without a count', { entries: evenly(19), ...NO_COUNT }, '0-19', { counted: undefined }],
    [
      'is covered where no page follows though more is counted, which is missing',
      { entries: evenly(19), ...withholding((id) => id % 6 === 0) },
      '0-19',
      { counted: 19, missing: 3 },
    ],
    [
      'is covered where less is counted',
      { entries: evenly(19), count: { kind: 'capped', at: 4 } },
      '0-19',
      { counted: 4, missing: 0 },
    ],
    [
      'is covered where nothing tells of a next page, and there is none',
      { entries: evenly(10), ...NO_META },
      '0-19 0-19#2',
      { counted: undefined },
    ],
    [
      'is covered where nothing tells of a next page, and that is refused',
      { entries: evenly(10), ...NO_META, pastEnd: 404 },
      '0-19 0-19#2',
      { counted: undefined },
    ],
    [
      'is covered where nothing tells of a next page, and that is the same one',
      { entries: evenly(10), ...NO_META, ignoresPage: true },
      '0-19 0-19#2',
      { counted: undefined },
    ],
    [
      'is covered where the next page that the count tells of is empty',
      { entries: evenly(19), ...withholding((id) => id % 6 === 0), ...NO_NEXT },
      '0-19 0-19#2',
      { counted: 19, missing: 3 },
    ],
  ])('%s', async (_, options, words, { counted, missing = 0 }) => {
    const { coverage, held, ids, words: asked } = await cover(options, { length: 19 });
    const isWithheld = options.withholds ?? (() => false);
    expect(ids).toEqual(idsFrom((options.entries ?? []).filter((entry) => !isWithheld(entry))));
    expect([asked, coverage.counted, coverage.missing, coverage.isUncertain]).toEqual([words, counted, missing, false]);
    // What brings nothing new is released.
    expect(held).toEqual(coverage.responses.map(({ page }) => page));
    expect(held).toHaveLength(1);
  });

  test.each<[string, number, number, string]>([
    ['it repeats the first', 2, 3, '0-2 0-2#2'],
    ['some of the same rows are on it', 1, 3, '0-2 0-2#2 0-1 1-2'],
    ['none are on it', 0, 3, '0-2 0-2#2'],
    ['some of the same rows are on it, and no more are counted', 1, 2, '0-2 0-2#2'],
  ])('is looked for on its next page where that is named, and %s', async (_, rows, count, words) => {
    const logs = evenly(2).map(({ json }) => json);
    const bodyOf = (audit_logs: readonly object[]): Fault => ({
      kind: 'status',
      status: 200,
      body: JSON.stringify({ audit_logs, meta: { count, next_page_number: 2 } }),
    });
    const faultFor: FaultChooser = (number) =>
      number === 1 ? bodyOf(logs) : number === 2 ? bodyOf(logs.slice(0, rows)) : undefined;
    const { words: asked, ids } = await cover({ entries: evenly(2), faultFor }, { length: 2 });
    expect([asked, ids]).toEqual([words, [1, 2]]);
  });
});

describe('A range of several pages', () => {
  test.each<[string, TenantModelOptions, CoverSettings, string]>([
    [
      'is read from the newest page on, each next part counting what the page has left',
      { entries: evenly(60) },
      { length: 60 },
      '0-60 0-38 0-16',
    ],
    [
      'is read on from a response that is there',
      { entries: evenly(60) },
      { length: 60, isOpened: true },
      '0-60 0-38 0-16',
    ],
    [
      'may include the seconds at its edges',
      { entries: [...evenly(60), ...atOnce(2, -1), ...atOnce(2, 60)], ...INCLUSIVE },
      { length: 60 },
      '0-60 0-40 0-19',
    ],
    [
      'is read part by part, older ones first, where nothing is counted',
      { entries: evenly(60), ...NO_COUNT },
      { length: 60 },
      '0-60 0-38 0-16 16-38 38-60',
    ],
    [
      'is read part by part where less is counted than is returned',
      { entries: evenly(60), count: { kind: 'capped', at: 10 } },
      { length: 60 },
      '0-60 0-38 0-16 16-38 38-60',
    ],
    [
      'is read part by part where pages count their own rows',
      { entries: evenly(60), count: { kind: 'page_rows' }, meta: { pagesOf: 'rows' } },
      { length: 60 },
      '0-60 0-38 0-16 16-38 38-60',
    ],
    [
      'is read part by part where only every other response counts',
      { entries: evenly(60), count: { kind: 'stated', count: (number) => (number === 2 ? 0 : undefined) } },
      { length: 60 },
      '0-60 0-38 0-16 16-38 38-60',
    ],
    [
      'has the newer part asked for, too, where the older one counts one more',
      { entries: evenly(60) },
      { length: 60, appearing: { 2: atOnce(1, 5) } },
      '0-60 0-38 0-16 38-60',
    ],
    [
      'has the newer part split in the middle where more has come in since',
      { entries: evenly(60) },
      { length: 60, appearing: { 2: atOnce(1, 5), 4: atOnce(10, 50) } },
      '0-60 0-38 0-16 38-60 38-53 38-46 46-53 53-60',
    ],
    [
      'has the newer part asked for, too, where the older one is too large',
      { entries: evenly(60), ...failingWhere(({ from, to }) => from === 0 && to === 38) },
      { length: 60 },
      '0-60 0-38 ?0-38/1 0-19 19-38 38-60',
    ],
    [
      'is split before the newest row that was returned where the oldest come first',
      { entries: evenly(60), order: 'oldest_first' },
      { length: 60 },
      '0-60 0-23 23-60 23-46 46-60',
    ],
    [
      'is split in the middle where rows from after it are returned, of a server that rounds what is asked for to minutes',
      {
        entries: [...Array(26).keys()].flatMap((second) => atOnce(1, 80 + second)),
        order: 'oldest_first',
        boundSeconds: 'rounded',
      },
      { length: 180 },
      '0-180 0-103 0-102 0-51 51-102 51-76 76-102 76-89 89-102 89-95 89-92 89-90 89-90 89-90#2 90-92 90-91 90-91 90-91#2 91-92 92-95 95-102 102-103 103-180',
    ],
    [
      'is split in the middle of what was returned where it comes in any other order',
      { entries: evenly(60), order: 'shuffled', orderSeed: 7 },
      { length: 60 },
      '0-60 0-30 0-15 15-30 30-60 30-46 46-60',
    ],
    [
      'is split in the middle of what was returned where a row has no time',
      { entries: [...evenly(60), entryAt(99, (FROM + 59) * 1000, { created_at: null })] },
      { length: 60 },
      '0-60 0-49 0-27 0-5 49-60',
    ],
    [
      'is split in the middle of what was returned where a page reaches to before it',
      { entries: [...atOnce(12, -2), ...atOnce(12, 5)], boundSeconds: 'cut' },
      { length: 60 },
      '0-60 0-2 2-60',
    ],
    [
      'is split in its own middle where a page has only rows from before it',
      { entries: atOnce(30, 5), boundSeconds: 'cut' },
      { length: 60 },
      '0-60 0-5 5-60 5-6 6-60 6-33 33-60 33-46 46-60 46-53 53-60 53-56 56-60 56-58 58-60 58-59 59-60 59-60 59-60#2',
    ],
    [
      'is split where nothing tells of a next page that brings more',
      { entries: evenly(8), ...NO_META, maxPerPage: 4 },
      { length: 8 },
      '0-8 0-8#2 0-6 0-6#2 0-4 0-4#2 4-6 4-6#2 6-8 6-8#2',
    ],
  ])('%s', async (_, options, settings, words) => {
    const read = await cover(options, settings);
    expect(read.words).toBe(words);
    const isWithheld = options.withholds ?? (() => false);
    const all = [...(options.entries ?? []), ...Object.values(settings.appearing ?? {}).flat()];
    expect(read.ids).toEqual(expect.arrayContaining(idsFrom(all.filter((entry) => !isWithheld(entry)))));
    expect(read.coverage.isUncertain).toBe(false);
  });

  test.each<[string, TenantModelOptions, boolean]>([
    ['uncertain where the next page is too large', failingWhere(({ page }) => page > 1), true],
    ['certain where it is refused', { pastEnd: 404 }, false],
  ])('is covered by a page that says nothing of the next one, %s', async (_, options, isUncertain) => {
    const { coverage, ids, words } = await cover({ entries: evenly(2), ...NO_META, ...options }, { length: 2 });
    expect([ids, words, coverage.isUncertain]).toEqual([[1, 2], '0-2 0-2#2', isUncertain]);
  });

  /** Two rows and a next page, of which more are counted: some servers count what they do not return. */
  const secondPageOf = (count: number, ...faults: readonly (Fault | undefined)[]): TenantModelOptions => {
    const first: Fault = {
      kind: 'status',
      status: 200,
      body: JSON.stringify({ audit_logs: evenly(2).map(({ json }) => json), meta: { count, next_page_number: 2 } }),
    };
    return { entries: evenly(2), faultFor: (number) => [first, ...faults][number - 1] };
  };
  const secondPage = (...faults: readonly Fault[]): TenantModelOptions => secondPageOf(3, ...faults);
  const REFUSED: Fault = { kind: 'status', status: 404 };
  const TOO_LARGE: Fault = { kind: 'status', status: 504 };
  const BEHIND: Fault = { kind: 'status', status: 200, body: '{"audit_logs":[],"meta":{"count":2}}' };
  const FITTING: Fault = { kind: 'status', status: 200, body: '{"audit_logs":[],"meta":{"count":24}}' };
  const AS_MANY: Fault = { kind: 'status', status: 200, body: '{"audit_logs":[],"meta":{"count":3}}' };

  test.each<[string, TenantModelOptions, string]>([
    ['is too large, where many are', secondPageOf(25, TOO_LARGE), '0-2 0-2#2 0-1 1-2'],
    ['is refused, and the row after this page is answered alone', secondPage(REFUSED), '0-2 0-2#2 ?0-2#3/1 0-1 1-2'],
    [
      'is refused, and the row after the next is answered alone',
      secondPage(REFUSED, REFUSED),
      '0-2 0-2#2 ?0-2#3/1 ?0-2#4/1 0-1 1-2',
    ],
    ['comes from a store that counts fewer rows', secondPage(BEHIND), '0-2 0-2#2 0-1 1-2'],
    ['comes from a store whose rows all fit page 1', secondPageOf(30, FITTING), '0-2 0-2#2 0-1 1-2'],
  ])('is split where more rows are counted, and the next page %s', async (_, options, words) => {
    const { coverage, ids, words: asked } = await cover(options, { length: 2 });
    expect([ids, asked, coverage.missing, coverage.isUncertain]).toEqual([[1, 2], words, 0, false]);
  });

  test.each<[string, TenantModelOptions, string]>([
    ['is refused, and both rows after this page', secondPage(REFUSED, REFUSED, REFUSED), '0-2 0-2#2 ?0-2#3/1 ?0-2#4/1'],
    ['is empty, and counts as many rows', secondPage(AS_MANY), '0-2 0-2#2'],
  ])('misses what is counted where the next page %s', async (_, options, words) => {
    const { coverage, ids, words: asked } = await cover(options, { length: 2 });
    expect([ids, asked, coverage.missing, coverage.isUncertain]).toEqual([[1, 2], words, 1, false]);
  });

  test('misses what is counted, and is uncertain, where the next page is too large and few more rows are counted', async () => {
    const { coverage, words: asked } = await cover(secondPageOf(23, TOO_LARGE), { length: 2 });
    expect([asked, coverage.missing, coverage.isUncertain]).toEqual(['0-2 0-2#2', 21, true]);
  });

  test('stays uncertain where the next page is refused after one that was too large', async () => {
    // Page 1 of the whole is full; of its parts, the older one has a page 2 that fails, the newer one's is refused.
    const options = {
      entries: evenly(60),
      ...NO_META,
      pastEnd: 404,
      ...failingWhere(({ page, from }) => page > 1 && from === 0),
    };
    const { coverage, ids } = await cover(options, { length: 60 });
    expect([ids.length, coverage.isUncertain]).toEqual([60, true]);
  });

  test('keeps a next page that brings more, and no other', async () => {
    const { coverage, words } = await cover({ entries: evenly(4), ...NO_META, maxPerPage: 2 }, { length: 4 });
    expect(words).toBe('0-4 0-4#2 0-3 0-3#2 0-2 0-2#2 2-3 2-3#2 3-4 3-4#2');
    expect(coverage.responses.map((response) => idsOn([response]))).toEqual([
      [3, 4],
      [1, 2],
      [2, 3],
      [1],
      [1, 2],
      [3],
      [4],
    ]);
  });

  test('leaves to the next sync what has come into the newer part, which was proven', async () => {
    const { ids, words } = await cover({ entries: evenly(60) }, { length: 60, appearing: { 2: atOnce(1, 50) } });
    expect([ids, words]).toEqual([idsFrom(evenly(60)), '0-60 0-38 0-16']);
  });

  test('counts what its first response counts, and misses what is counted and not returned', async () => {
    const { coverage } = await cover(
      { entries: evenly(60), ...withholding((id) => id === 5 || id === 30) },
      { length: 60 },
    );
    expect([coverage.counted, coverage.missing]).toEqual([60, 2]);
  });
});

describe('A second that does not fit a page', () => {
  test.each<[string, readonly TenantEntry[], CoverSettings, TenantModelOptions, string]>([
    ['is read page by page', atOnce(40, 0), { length: 1 }, {}, '0-1 0-1 0-1#2'],
    [
      'is split off at the end of a range',
      [...evenly(10), ...atOnce(40, 10)],
      { length: 11 },
      {},
      '0-11 0-10 10-11 10-11 10-11#2',
    ],
    [
      'is split off with the second after it',
      [...evenly(10), ...atOnce(40, 10)],
      { length: 12 },
      {},
      '0-12 0-10 10-12 10-11 10-11 10-11#2 11-12',
    ],
    [
      'is split off with what is newer, since its rows are in no order',
      [...evenly(10), ...atOnce(40, 10)],
      { length: 30 },
      {},
      '0-30 0-10 10-30 10-11 10-11 10-11#2 11-30',
    ],
    [
      'is split off at the start of a range',
      [...atOnce(40, 0), ...evenly(10)],
      { length: 30 },
      {},
      '0-30 0-2 0-1 0-1 0-1#2 1-2',
    ],
    [
      'is split off where it lies at the edge of a range',
      [...evenly(3), ...atOnce(40, 4)],
      { length: 4 },
      INCLUSIVE,
      '0-4 0-3 3-4 3-4 3-4#2',
    ],
    [
      'is looked for by halves where the newest do not come first',
      [...evenly(4), ...atOnce(40, 2)],
      { length: 4 },
      { order: 'oldest_first' },
      '0-4 0-2 2-4 2-3 2-3 2-3#2 3-4',
    ],
  ])('%s', async (_, entries, settings, options, words) => {
    const read = await cover({ entries, ...options }, settings);
    expect([read.ids, read.words]).toEqual([idsFrom(entries), words]);
  });

  test('is asked for in pages as large as were answered before', async () => {
    const { words } = await cover({ entries: atOnce(20, 0), heavyPage: { rows: 12, response: 504 } }, { length: 1 });
    expect(words).toBe('0-1 ?0-1/1 0-1/12 0-1/12 0-1#2/12');
  });

  test.each([
    ['misses what is counted and not returned, which nothing proves', withholding((id) => id === 1005), 1, true],
    ['is uncertain where nothing is counted, and rows have moved', { ...NO_META, order: 'shuffled' } as const, 0, true],
    [
      'is uncertain, too, where rows are missing and others have moved',
      { ...withholding((id) => id === 1005), order: 'shuffled' } as const,
      1,
      true,
    ],
    ['is certain otherwise', {}, 0, false],
  ])('%s', async (_, options, missing, isUncertain) => {
    const { coverage } = await cover({ entries: atOnce(40, 0), ...options }, { length: 1 });
    expect([coverage.missing, coverage.isUncertain]).toEqual([missing, isUncertain]);
  });

  test('stays uncertain, whatever is read after it', async () => {
    const entries = [...atOnce(40, 0), ...atOnce(30, 1)];
    const { coverage } = await cover({ entries, ...NO_META, order: 'shuffled_seconds', orderSeed: 4 }, { length: 3 });
    expect(coverage.isUncertain).toBe(true);
  });
});

describe('An open range', () => {
  const open = (laterNow: number): CoverSettings => ({ length: undefined, laterNow });
  const dense = [...evenly(10), ...atOnce(40, 10)];

  test.each<[string, readonly TenantEntry[], number, TenantModelOptions, string]>([
    ['stays open where a page covers it', evenly(19), 100, {}, '0-'],
    ['stays open while the older part is asked for', evenly(60), 100, {}, '0- 0-38 0-16'],
    [
      'is closed after the later clock where it has to be split',
      evenly(60),
      100,
      { order: 'oldest_first' },
      '0- 0-23 23-101 23-46 46-101',
    ],
    [
      'is closed after its newest entry where that is later',
      evenly(30),
      10,
      { order: 'oldest_first' },
      '0- 0-23 23-24',
    ],
    [
      'is closed after the later clock where it is too large',
      evenly(30),
      39,
      heavy(28),
      '0- ?0-/1 0-39 ?0-39/1 0-31 ?0-31/1 0-15 15-31 31-39 39-40',
    ],
    [
      'is closed after its start where the clocks are behind',
      [],
      -5,
      failingWhere((asked) => asked.to === Infinity),
      '0- ?0-/1 0-1',
    ],
    ['is split before a dense second at its end', dense, 20, {}, '0- 0-10 10-21 10-11 10-11 10-11#2 11-21'],
    [
      'is split in the middle of two dense seconds at its end',
      [...dense, ...atOnce(1, 11)],
      20,
      {},
      '0- 0-11 0-10 10-11 10-11 10-11#2 11-21',
    ],
    [
      'has a newer part of one second',
      [...dense, ...atOnce(1, 12)],
      20,
      {},
      '0- 0-12 0-10 10-12 10-11 10-11 10-11#2 11-12',
    ],
  ])('%s', async (_, entries, laterNow, options, words) => {
    const read = await cover({ entries, ...options }, open(laterNow));
    expect(read.words).toBe(words);
    expect(read.ids).toEqual(idsFrom(laterNow === 10 ? entries.slice(0, 24) : entries));
  });
});

describe('An error that is not about one request', () => {
  test.each([
    ['first', evenly(60), {}],
    ['second', evenly(60), {}],
    ['second', evenly(10), NO_META],
  ] as const)('as the %s response ends the read', async (which, entries, options) => {
    const failing = which === 'first' ? 1 : 2;
    const faultFor: FaultChooser = (number) => {
      if (number === failing) throw new Error('down');
      return undefined;
    };
    await expect(cover({ entries, ...options, faultFor }, { length: 60 })).rejects.toThrow('down');
  });
});

describe('A page says that it is the last', () => {
  test.each<[string, number, Partial<PageMeta>, boolean]>([
    ['by no next page, whatever is counted', 5, { next: false, count: 9, pages: 2 }, true],
    ['not where a next page is named, whatever is counted', 5, { next: true, count: 5, pages: 1 }, false],
    ['by a count of its rows, where no next page is stated', 5, { count: 5, pages: 2 }, true],
    ['by a count of fewer', 5, { count: 4 }, true],
    ['not by a count of more', 5, { count: 6, pages: 1 }, false],
    ['by being the only one, where nothing is counted', 5, { pages: 1 }, true],
    ['by there being none', 5, { pages: 0 }, true],
    ['not by being one of two', 5, { pages: 2 }, false],
    ['not by saying nothing', 5, {}, false],
    ['by having no row, where it says nothing', 0, {}, true],
  ])('%s', async (_, rows, meta, expected) => {
    const all = Array.from({ length: rows }, (__, index) => ({ id: index + 1, second: FROM }));
    expect(saysLast(await responseOf({ from: FROM, to: FROM + 1 }, pageOfRows(all, meta)))).toBe(expected);
  });
});

const entriesArbitrary = fc
  .array(
    fc.record({
      second: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 20, max: 22 })),
      isLate: fc.boolean(),
    }),
    { maxLength: 160, size: 'max' },
  )
  .map((rows) =>
    rows
      .toSorted((a, b) => a.second - b.second)
      // Late entries have higher ids than others of their time.
      .map(({ second, isLate }, index) => entryAt(isLate ? index + 1001 : index + 1, (FROM + second) * 1000)),
  );

const anyCount = [
  fc.constant({ kind: 'true' } as const),
  fc.constant({ kind: 'page_rows' } as const),
  fc.record({ kind: fc.constant('offset' as const), by: fc.integer({ min: -5, max: 5 }) }),
] as const;
/** Counts that are the same for different ranges prove something only where the newest come first. */
const inexactCount = [
  fc.record({ kind: fc.constant('capped' as const), at: fc.integer({ min: 1, max: 150 }) }),
  fc.record({ kind: fc.constant('rounded' as const), to: fc.constant(10) }),
] as const;
const orderAndCount = fc.oneof(
  fc.record({ order: fc.constant('newest_first' as const), count: fc.oneof(...anyCount, ...inexactCount) }),
  fc.record({
    order: fc.constantFrom('oldest_first' as const, 'highest_id_first' as const, 'shuffled' as const),
    count: fc.oneof(...anyCount),
  }),
);

const serverArbitrary = fc.record({
  meta: fc.record({
    count: fc.boolean(),
    nextPage: fc.boolean(),
    nextPageNumber: fc.constant(false),
    pages: fc.boolean(),
    perPage: fc.constantFrom<('true' | 'none')[]>('true', 'none'),
    pagesOf: fc.constant('rows' as const),
  }),
  afterEdge: fc.constantFrom<TenantModelOptions['afterEdge'][]>('exact_exclusive', 'exact_inclusive'),
  beforeEdge: fc.constantFrom<TenantModelOptions['beforeEdge'][]>('exact_exclusive', 'exact_inclusive'),
  maxPerPage: fc.constantFrom(24, 24, 20),
  orderSeed: fc.integer({ min: 1, max: 1e9 }),
});

test('Coverage returns every row of the range, whatever the order is and whatever is counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      entriesArbitrary,
      orderAndCount,
      serverArbitrary,
      fc.constantFrom(Infinity, 12, 7),
      async (entries, { order, count }, server, rows) => {
        const options = { entries, order, count, ...server, heavyPage: { rows, response: 504 } };
        const { ids, coverage } = await cover(options, { length: 61 });
        const lost = idsFrom(entries).filter((id) => !ids.includes(id));
        // Of a second whose rows come in another order each time six passes may leave out a row, which a true count tells.
        if (order !== 'shuffled') expect(lost).toEqual([]);
        else if (count.kind === 'true' && server.meta.count) expect(lost.length).toBeLessThanOrEqual(coverage.missing);
      },
    ),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60) },
  );
}, 120_000);

describe('Rows that look newest first by chance prove nothing where each page counts its own', () => {
  const owning = {
    count: { kind: 'page_rows' },
    meta: { pagesOf: 'rows', nextPage: false, nextPageNumber: false },
  } as const;
  const at = (second: number, ...ids: readonly number[]) => ids.map((id) => entryAt(id, (FROM + second) * 1000));
  const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

  test.each<[string, readonly TenantEntry[], TenantModelOptions]>([
    ['those of one second', [...at(20, ...upTo(24)), ...at(22, 25)], { order: 'oldest_first' }],
    [
      'those of two, where more of the newer second follow',
      [...at(5, ...upTo(7)), ...at(1, 8), ...at(5, ...upTo(23, 9))],
      { order: 'highest_id_first' },
    ],
  ])('%s', async (_, entries, options) => {
    const { ids } = await cover({ entries, ...options, ...owning }, { length: 61 });
    expect(ids).toEqual(idsFrom(entries));
  });
});
