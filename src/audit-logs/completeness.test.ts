import { describe, expect, test } from '@jest/globals';
import type { TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { evenly, failingWhere, FROM, NO_COUNT, rangeTools } from '../../testing/range-world';
import { UnreadableSecondError } from '../tines/errors';
import { Completeness, missingOf } from './completeness';
import type { GatheredWindow } from './delivery';
import type { Opening } from './opening';
import type { Window } from './windows';

type WindowRead = Pick<Window, 'range' | 'counted' | 'missing' | 'isUncertain' | 'unreadable'>;

/** The newest second, and the clocks, after {@link FROM}. */
const NEWEST = 999;
const unreadable = new UnreadableSecondError(FROM, new Error('504'));

/** A window of the first hundred seconds unless another range is given. */
const windowOf = (more: Partial<WindowRead> = {}): WindowRead => ({
  range: { from: FROM, to: FROM + 100 },
  counted: undefined,
  missing: 0,
  isUncertain: false,
  unreadable: undefined,
  ...more,
});

/** The window to whatever is newest. */
const lastOf = (more: Partial<WindowRead> = {}): WindowRead =>
  windowOf({ range: { from: FROM + 100, to: undefined }, ...more });

/** What was returned: so many rows of the window's own. */
const rowsOf = (rows: number, more: Partial<GatheredWindow> = {}): GatheredWindow => ({
  rows,
  summed: rows,
  own: rows,
  newest: undefined,
  withoutId: 0,
  withoutTime: 0,
  older: 0,
  lacksRows: false,
  ...more,
});

/** @param counted what the opening counted */
function completenessOf(counted: number | undefined, options: TenantModelOptions = {}, more: Partial<Opening> = {}) {
  const { client, requests, facts } = rangeTools(options, 500);
  const opening: Opening = {
    response: undefined,
    counted,
    newest: FROM + NEWEST,
    isSmall: false,
    earlierNow: FROM + NEWEST,
    laterNow: FROM + NEWEST,
    ...more,
  };
  return { completeness: new Completeness(opening, requests, facts), client };
}

/** Takes note of a window whose rows were all delivered. */
function deliverAll(completeness: Completeness, window: WindowRead, rows: number): void {
  completeness.gathered(window, rowsOf(rows));
}

test.each<[string, Partial<WindowRead>, number, number]>([
  ['as many as the parts of a window lack, where nothing counts it', { counted: undefined, missing: 3 }, 10, 3],
  ['as many as they lack, where the whole lacks more', { counted: 20, missing: 3 }, 10, 3],
  ['as many as the whole lacks, where that is fewer', { counted: 12, missing: 3 }, 10, 2],
  ['none where the whole has all', { counted: 10, missing: 3 }, 10, 0],
  ['none where it has more', { counted: 5, missing: 3 }, 10, 0],
])('What is missing in a window is %s', (_, window, rows, missing) => {
  expect(missingOf(windowOf(window), rowsOf(rows))).toBe(missing);
});

describe('A window is short', () => {
  const isShort = (window: WindowRead, gathered: GatheredWindow, attempt: number, counted?: number) =>
    completenessOf(counted).completeness.isShort(window, gathered, attempt);

  test.each<[string, Partial<WindowRead>, number, number, boolean]>([
    ['where a row is lacking, at first', { counted: 100 }, 99, 0, true],
    ['not where a row is lacking once more', { counted: 100 }, 99, 1, false],
    ['not where 20 rows and 5 % are lacking once more', { counted: 100 }, 75, 1, false],
    ['where more than 20 rows and 5 % are lacking, however often', { counted: 100 }, 74, 6, true],
    ['not where it has all', { counted: 100 }, 100, 0, false],
    ['not where it has more', { counted: 100 }, 200, 0, false],
    ['not where what is lacking is known to be missing', { counted: 100, missing: 50 }, 50, 0, false],
    ['where more than that is lacking', { counted: 100, missing: 50 }, 49, 0, true],
    ['not where nothing counts it', { counted: undefined }, 0, 0, false],
    ['not where it ends with a second that can not be read', { counted: 100, unreadable }, 0, 0, false],
  ])('%s', async (_, window, rows, attempt, expected) => {
    expect(await isShort(windowOf(window), rowsOf(rows), attempt)).toBe(expected);
  });

  test.each<[string, Partial<WindowRead>, number, number, boolean]>([
    ['where the sync lacks a row, at first', {}, 99, 0, true],
    ['not where it lacks a row once more', {}, 99, 1, false],
    ['not where it lacks 20 rows and 5 % once more', {}, 75, 1, false],
    ['where it lacks more, however often', {}, 74, 6, true],
    ['not where it lacks nothing', {}, 100, 0, false],
    ['not for rows that are missing', { missing: 1 }, 99, 0, false],
    ['where rows are missing that the window does not count', { counted: 99, missing: 1 }, 99, 0, true],
  ])('at the end of a sync %s', async (_, window, summed, attempt, expected) => {
    expect(await isShort(lastOf(window), rowsOf(99, { summed }), attempt, 100)).toBe(expected);
  });

  test('at the end not where the opening counts nothing', async () => {
    expect(await isShort(lastOf(), rowsOf(0), 0)).toBe(false);
  });

  test('at the end for what the windows before it have delivered', async () => {
    const { completeness } = completenessOf(100);
    completeness.gathered(windowOf({ missing: 5 }), rowsOf(50, { summed: 45 }));
    // 100 = 45 summed up before, 5 missing, 50.
    expect(await completeness.isShort(lastOf(), rowsOf(49), 0)).toBe(true);
    expect(await completeness.isShort(lastOf(), rowsOf(50), 0)).toBe(false);
  });

  test('not before the end where it is the sync that lacks rows', async () => {
    expect(await isShort(windowOf(), rowsOf(0), 0, 19)).toBe(false);
  });

  test.each<[string, WindowRead, number]>([
    ['a window', windowOf({ counted: 100 }), 99],
    ['the sync', lastOf(), 99],
  ])('because of a small difference only once in a sync, where %s lacks it', async (_, window, rows) => {
    const { completeness } = completenessOf(100);
    expect(await completeness.isShort(window, rowsOf(rows), 0)).toBe(true);
    expect(await completeness.isShort(window, rowsOf(rows), 1)).toBe(false);
    expect(await completeness.isShort(windowOf({ counted: 200 }), rowsOf(199), 0)).toBe(false);
    expect(await completeness.isShort(windowOf({ counted: 200 }), rowsOf(100), 0)).toBe(true);
  });

  test('because of a small difference again, where it was gone when the window was read again', async () => {
    const { completeness } = completenessOf(undefined);
    expect(await completeness.isShort(windowOf({ counted: 100 }), rowsOf(99), 0)).toBe(true);
    expect(await completeness.isShort(windowOf({ counted: 100 }), rowsOf(100), 1)).toBe(false);
    expect(await completeness.isShort(windowOf({ counted: 200 }), rowsOf(199), 0)).toBe(true);
  });
});

describe('A window with a tenth of what is likely', () => {
  /** A window of a tenth of the time: likely are 100 of 1,000 rows. @param after rows that the tenant has after it */
  const doubted = (after: number, options: TenantModelOptions = {}, more: Partial<Opening> = {}) =>
    completenessOf(1000, { entries: evenly(100 + after).slice(100), ...options }, more);
  const COUNT_AFTER = '100-/1';
  const wordsOf = ({ client }: ReturnType<typeof doubted>): string[] =>
    client.requests.map(({ after, before, perPage }) => `${(after ?? 0) + 1 - FROM}-${before ?? ''}/${perPage}`);

  test.each<[string, number, Partial<WindowRead>, Partial<Opening>, boolean]>([
    ['is doubted with less than that', 9, {}, {}, true],
    ['is not doubted with so much', 10, {}, {}, false],
    ['is doubted by its own rows alone', 9, { counted: 5 }, {}, true],
    ['is not doubted where the opening counts nothing', 0, {}, { counted: undefined }, false],
    ['is doubted where a quarter of a page is likely', 0, {}, { counted: 50 }, true],
    ['is not doubted where less is likely', 0, {}, { counted: 49 }, false],
    ['is not doubted where it is the newest', 0, { range: { from: FROM, to: undefined } }, { counted: 20 }, false],
    ['is doubted by the clock where no newest entry is known', 9, {}, { newest: undefined }, true],
    ['is not doubted so, at a tenth', 10, {}, { newest: undefined }, false],
    ['is doubted to its own end where that lies beyond the newest entry', 99, {}, { newest: FROM + 50 }, true],
    ['is not doubted so, at a tenth of it', 100, {}, { newest: FROM + 50 }, false],
    ['has a later part as its share', 9, { range: { from: FROM + 100, to: FROM + 190 } }, {}, true],
    ['is not doubted in a later part, at a tenth', 10, { range: { from: FROM + 100, to: FROM + 190 } }, {}, false],
  ])('%s', async (_, rows, window, more, isAsked) => {
    const world = doubted(900, {}, more);
    await world.completeness.isShort(windowOf(window), rowsOf(rows), 9);
    expect(wordsOf(world).length).toBe(isAsked ? 1 : 0);
  });

  test('is judged by one row of what follows it, that is let go', async () => {
    const world = doubted(900);
    await world.completeness.isShort(windowOf(), rowsOf(0), 0);
    expect(wordsOf(world)).toEqual([COUNT_AFTER]);
    expect(world.client.held.size).toBe(0);
  });

  test.each<[string, number, number, boolean]>([
    ['is short where more than 20 rows are not counted after it either', 979, 0, true],
    ['is not where 20 are', 980, 0, false],
    ['is short by the same in the third attempt', 979, 2, true],
    ['is not in the fourth', 979, 3, false],
    ['is short there where more than 20 rows and 5 % of all are', 929, 3, true],
    ['is not where 20 rows and 5 % are', 930, 3, false],
    ['is short, however often, where all are', 0, 9, true],
    ['is not where all are counted after it', 1000, 0, false],
  ])('%s', async (_, after, attempt, expected) => {
    const { completeness } = doubted(after);
    expect(await completeness.isShort(windowOf(), rowsOf(0), attempt)).toBe(expected);
    expect(completeness.rowsAfter).toBe(expected ? undefined : after);
  });

  test('is doubted by what its own responses have returned, whatever came before it', async () => {
    const world = doubted(900);
    await world.completeness.isShort(windowOf(), rowsOf(50, { own: 0 }), 9);
    expect(wordsOf(world)).toEqual([COUNT_AFTER]);
  });

  test.each<[string, number, boolean]>([
    ['holds the start of the next sync where a row is not counted after it either', 999, true],
    ['does not where all are', 1000, false],
  ])('%s', async (_, after, isHeld) => {
    const { completeness } = doubted(after);
    await completeness.isShort(windowOf(), rowsOf(0), 0);
    expect(completeness.isHeld).toBe(isHeld);
  });

  test('holds what came before, what is missing and its own against the count', async () => {
    for (const [after, expected] of [
      [951, true],
      [952, false],
    ] as const) {
      const { completeness } = doubted(after);
      completeness.gathered(windowOf({ missing: 5 }), rowsOf(10));
      const gathered = rowsOf(8, { summed: 9 });
      // 1,000 = 10 before + 5 missing + 4 missing here + 9 + 952 after + 20.
      expect(await completeness.isShort(windowOf({ missing: 4 }), gathered, 0)).toBe(expected);
    }
  });

  test('counts from what the windows before it have left', async () => {
    const world = doubted(900);
    world.completeness.gathered(windowOf({ missing: 100 }), rowsOf(850, { summed: 851 }));
    // Of 49 rows a tenth of the time has 4.9: less than a quarter of the smallest page.
    await world.completeness.isShort(windowOf(), rowsOf(0), 0);
    expect(wordsOf(world)).toEqual([]);
  });

  test.each<[string, TenantModelOptions]>([
    ['nothing counts what follows it', NO_COUNT],
    ['what follows it is too large', failingWhere(() => true)],
  ])('is not short where %s', async (_, options) => {
    const { completeness } = doubted(0, options);
    expect(await completeness.isShort(windowOf(), rowsOf(0), 0)).toBe(false);
    expect(completeness.rowsAfter).toBeUndefined();
  });

  test('fails with anything but a request that is too large', async () => {
    const beforeAnswer = (): void => {
      throw new Error('down');
    };
    await expect(doubted(0, { beforeAnswer }).completeness.isShort(windowOf(), rowsOf(0), 0)).rejects.toThrow('down');
  });

  test('has told what follows it until the next window is judged', async () => {
    const { completeness } = doubted(1000);
    await completeness.isShort(windowOf(), rowsOf(0), 0);
    await completeness.isShort(windowOf(), rowsOf(100), 0);
    expect(completeness.rowsAfter).toBeUndefined();
  });
});

describe('The proof', () => {
  test('is complete at first', () => {
    const { isBehind, isUncertain, missing } = completenessOf(100).completeness;
    expect([isBehind, isUncertain, missing]).toEqual([false, false, 0]);
  });

  test.each<[string, WindowRead, GatheredWindow, boolean]>([
    ['in a window that lacks rows of the opening', windowOf(), rowsOf(0, { lacksRows: true }), true],
    ['in no other', windowOf(), rowsOf(0), false],
    ['at the end, where a row is lacking', lastOf(), rowsOf(99), true],
    [
      'at the end, where a row that the opening counts is lacking and another came in',
      lastOf(),
      rowsOf(100, { summed: 99 }),
      true,
    ],
    ['not at the end where all came', lastOf(), rowsOf(100), false],
    ['not at the end where more came', lastOf(), rowsOf(101), false],
    ['not at the end where what is lacking is missing', lastOf({ missing: 1 }), rowsOf(99), false],
  ])('says that a store is behind %s', (_, window, gathered, isBehind) => {
    const { completeness } = completenessOf(100);
    completeness.gathered(window, gathered);
    expect(completeness.isBehind).toBe(isBehind);
  });

  test('goes on saying so', () => {
    const { completeness } = completenessOf(0);
    completeness.gathered(windowOf({ isUncertain: true }), rowsOf(0, { lacksRows: true }));
    completeness.gathered(windowOf(), rowsOf(0));
    expect([completeness.isBehind, completeness.isUncertain]).toEqual([true, true]);
  });

  test('is uncertain by an uncertain window alone', () => {
    const { completeness } = completenessOf(100);
    completeness.gathered(windowOf({ isUncertain: true }), rowsOf(0));
    expect([completeness.isBehind, completeness.isUncertain]).toEqual([false, true]);
  });

  test.each<[string, number | undefined, number]>([
    ['what its windows miss, where the opening counts nothing', undefined, 5],
    ['what they miss, where the opening counts so many', 105, 5],
    ['what they miss, where it counts more', 200, 5],
    ['what the opening counts more than came, where that is less', 104, 4],
    ['nothing where all came that the opening counts', 100, 0],
    ['nothing where more came', 90, 0],
  ])('misses %s', (_, counted, missing) => {
    const { completeness } = completenessOf(counted);
    deliverAll(completeness, windowOf({ missing: 2 }), 60);
    deliverAll(completeness, windowOf({ counted: 45, missing: 3 }), 40);
    expect(completeness.missing).toBe(missing);
  });
});
