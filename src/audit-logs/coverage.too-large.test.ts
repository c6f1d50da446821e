import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../simulated-tenant/tenant-faults';
import type { TenantModelOptions } from '../../simulated-tenant/tenant-model';
import {
  atOnce,
  bytesOf,
  cover,
  evenly,
  failingWhere,
  FROM,
  idsFrom,
  idsOn,
  NO_COUNT,
  rangeToCover,
  type Asked,
  type CoverSettings,
} from '../../testing/range-world';
import { pageOfRows, responseOf } from '../../testing/page-of';
import { densityOf, RangeTooLargeError, type CoverageLimits, type Density } from './coverage';

describe('What is too large for the server', () => {
  test.each<[string, TenantModelOptions, CoverSettings, string]>([
    [
      'is split near its end where not even one row is answered, each time eight times farther, up to its middle',
      { entries: evenly(10, 100), ...failingWhere(({ from, to }) => from === 0 && to > 300) },
      { length: 1000 },
      '0-1000 ?0-1000/1 0-999 ?0-999/1 0-991 ?0-991/1 0-927 ?0-927/1 0-463 ?0-463/1 0-231 231-463 463-927 927-991 991-999 999-1000',
    ],
    [
      'is split as far from its end as the page before it reached, where there is one',
      { entries: evenly(100), ...failingWhere(({ from, to }) => from === 0 && to > 60 && to < 100) },
      { length: 100 },
      '0-100 0-78 ?0-78/1 0-55 0-33 0-11 55-78 78-100',
    ],
    [
      'is split as far from its end as the last page of several seconds reached',
      {
        entries: [...evenly(31), ...atOnce(40, 60), ...evenly(94).slice(70)],
        ...failingWhere(({ from, to }) => from === 0 && to > 40 && to < 61),
      },
      { length: 100 },
      '0-100 0-72 0-62 0-60 ?0-60/1 0-49 ?0-49/1 0-24 0-2 2-24 24-49 49-60 60-62 60-61 60-61 60-61#2 61-62',
    ],
    [
      'is asked for in smaller pages where one row of it is answered',
      { entries: evenly(40), heavyPage: { rows: 12, response: 504 } },
      { length: 40 },
      '0-40 ?0-40/1 0-40/12 0-30/12 0-20/12 0-10/12',
    ],
    [
      'is asked for in ever smaller pages, down to one row',
      { entries: evenly(2), heavyPage: { rows: 1, response: 504 } },
      { length: 2, perPage: 5 },
      '0-2 ?0-2/1 0-2/2 ?0-2/1 0-2/1 0-1/1 0-1/1 0-1#2/1 1-2/1 1-2/1 1-2#2/1',
    ],
    [
      'is asked for in halves at once where pages have one row',
      { entries: evenly(2), ...failingWhere(({ from, to }) => to - from > 1) },
      { length: 2, perPage: 1 },
      '0-2 0-1 0-1 0-1#2 1-2 1-2 1-2#2',
    ],
  ])('%s', async (_, options, settings, words) => {
    const read = await cover(options, settings);
    expect([read.ids, read.words]).toEqual([idsFrom(options.entries ?? []), words]);
  });

  test('has pages twice as large after eight that were answered, up to whole ones', async () => {
    // The newest rows alone are too large.
    const fails = ({ to, perPage }: Asked): boolean => to > 290 && perPage > 6;
    const { ids, words } = await cover({ entries: evenly(300), ...failingWhere(fails) }, { length: 300 });
    expect(ids).toEqual(idsFrom(evenly(300)));
    const perPage = words.split(' ').map((word) => word.split('/')[1] ?? '24');
    expect(perPage.slice(0, 5)).toEqual(['24', '1', '12', '1', '6']);
    expect(perPage.slice(5).join(' ')).toBe(
      [...Array<string>(7).fill('6'), ...Array<string>(8).fill('12'), ...Array<string>(9).fill('24')].join(' '),
    );
  });

  test('has whole pages again in its parts', async () => {
    // Twelve rows at most of all, and nothing of the older part.
    const fails = ({ from, to, perPage }: Asked): boolean => to - from > 16 && (perPage > 12 || to < 60);
    const { ids, words } = await cover({ entries: evenly(60), ...failingWhere(fails) }, { length: 60 });
    expect(ids).toEqual(idsFrom(evenly(60)));
    expect(words).toBe(
      '0-60 ?0-60/1 0-60/12 0-50/12 ?0-50/1 0-39 ?0-39/1 0-19 ?0-19/1 0-9 9-19 19-39 ?19-39/1 19-30 30-39 39-50 50-60',
    );
  });
});

describe('A second that is too large', () => {
  const alone = { entries: evenly(3) };

  test('is asked for alone, and after 20 s and 60 s more for one row, and then given up', async () => {
    const { client, clock, read } = rangeToCover({ ...alone, ...failingWhere(() => true) }, { length: 1 });
    await expect(read()).rejects.toMatchObject({
      name: 'UnreadableSecondError',
      second: FROM,
      message: expect.stringContaining('(504)'),
    });
    expect([client.words(FROM), clock.slept]).toEqual([
      '0-1 ?0-1/1 0-1 0-1/12 0-1/6 0-1/3 0-1/1 0-1/1 0-1/1',
      [20_000, 60_000],
    ]);
  });

  test.each<[string, TenantModelOptions, string]>([
    [
      'and where one of them is answered',
      { ...alone, ...failingWhere((_, number) => number < 8) },
      '0-1 ?0-1/1 0-1 0-1/12 0-1/6 0-1/3 0-1/1 0-1/1 0-1',
    ],
    [
      'by smaller pages where one of them is answered',
      { entries: atOnce(20, 0), ...failingWhere(({ perPage }, number) => number < 3 || perPage > 12) },
      '0-1 ?0-1/1 0-1 0-1/12 0-1#2/12',
    ],
  ])('is read after all %s', async (_, options, words) => {
    expect((await cover(options, { length: 1 })).words).toBe(words);
  });

  test('is given up at once where the response itself is too large', async () => {
    const faultFor = (): Fault => ({ kind: 'status', status: 413 });
    const { client, clock, read } = rangeToCover({ ...alone, faultFor }, { length: 1 });
    await expect(read()).rejects.toMatchObject({ name: 'UnreadableSecondError', second: FROM });
    expect([client.words(FROM), clock.slept]).toEqual(['0-1 ?0-1/1 0-1 0-1/12 0-1/6 0-1/3 0-1/1 0-1/1', [0]]);
  });

  test.each(['newest_first', 'oldest_first'] as const)(
    'has everything before it covered when it is given up, where pages show the %s',
    async (order) => {
      const options: TenantModelOptions = { entries: evenly(60), order, poison: ({ id }) => id === 41 };
      const { coverage, read } = rangeToCover(options, { length: 60 });
      await expect(read()).rejects.toMatchObject({ name: 'UnreadableSecondError', second: FROM + 40 });
      expect(idsOn(coverage.responses)).toEqual(expect.arrayContaining(idsFrom(evenly(40))));
    },
  );
});

describe('A range with more than may be buffered', () => {
  const tooLarge = async (options: TenantModelOptions, settings: CoverSettings) => {
    const { client, read } = rangeToCover(options, settings);
    const rows = await read().then(
      () => undefined,
      (error: unknown) => (error instanceof RangeTooLargeError ? error.density.rows : error),
    );
    return { rows, requests: client.requests.length };
  };
  const sixty = { entries: evenly(60) };

  test.each<[string, TenantModelOptions, CoverSettings, number | undefined, number]>([
    ['is too large at once where that is counted', sixty, { length: 60, limits: { rows: 59 } }, 60, 1],
    ['is not where as many are counted as may be', sixty, { length: 60, limits: { rows: 60 } }, undefined, 3],
    [
      'is not where more is counted, and the page is not full',
      { entries: evenly(19), count: { kind: 'stated', count: () => 100 }, meta: { pagesOf: 'rows' } },
      { length: 19, limits: { rows: 30 } },
      undefined,
      1,
    ],
    ['is not where it is one second', { entries: atOnce(40, 0) }, { length: 1, limits: { rows: 30 } }, undefined, 3],
    ['is not where nothing is counted', { ...sixty, ...NO_COUNT }, { length: 60, limits: { rows: 30 } }, undefined, 5],
  ])('%s', async (_, options, settings, rows, requests) => {
    expect(await tooLarge(options, settings)).toMatchObject({ rows, requests });
  });

  const uncounted = { ...sixty, ...NO_COUNT };

  test.each<[string, TenantModelOptions, CoverSettings, number, number]>([
    // 24 rows in 22 of 60 seconds.
    ['as the page makes likely', uncounted, { length: 60 }, Math.ceil((24 * 60) / 22), 1],
    // 48 rows in 44 of them.
    ['as both pages make likely', uncounted, { length: 60 }, Math.ceil((48 * 60) / 44), 2],
    [
      'as the page makes likely, up to the later clock',
      uncounted,
      { length: undefined, laterNow: 100 },
      Math.ceil((24 * 100) / 62),
      1,
    ],
    [
      'as the page makes likely in a second, where the clocks are behind',
      uncounted,
      { length: undefined, laterNow: 30 },
      24 * 30,
      1,
    ],
    ['as are counted, where that is fewer', sixty, { length: 60 }, 60, 1],
    [
      'as were returned, where fewer are counted',
      { ...sixty, count: { kind: 'capped', at: 10 }, meta: { pagesOf: 'rows' } },
      { length: 60 },
      24,
      1,
    ],
  ])('in bytes has as many rows %s', async (_, options, settings, rows, requests) => {
    const { coverage } = await cover(options, settings);
    const bytes = bytesOf(coverage.responses.slice(0, requests));
    expect(await tooLarge(options, { ...settings, limits: { bytes: bytes - 1 } })).toEqual({ rows, requests });
    expect((await tooLarge(options, { ...settings, limits: { bytes } })).requests).toBeGreaterThan(requests);
  });

  test('in bytes has as many rows as its older part makes likely, without the page whose rows come again', async () => {
    const options: TenantModelOptions = { ...uncounted, order: 'oldest_first' };
    const { coverage } = await cover(options, { length: 60 });
    const older = bytesOf(coverage.responses.slice(1, 2));
    // The older part is 23 of 60 seconds.
    const rows = Math.ceil((23 * 60) / 23);
    expect(await tooLarge(options, { length: 60, limits: { bytes: older - 1 } })).toEqual({ rows, requests: 2 });
    expect((await tooLarge(options, { length: 60, limits: { bytes: older } })).requests).toBeGreaterThan(2);
  });

  const densityOfRange = async (options: TenantModelOptions, settings: CoverSettings): Promise<Density | undefined> => {
    try {
      await rangeToCover(options, settings).read();
      return undefined;
    } catch (error) {
      if (error instanceof RangeTooLargeError) return error.density;
      throw error;
    }
  };

  test.each<[string, TenantModelOptions, CoverSettings, Density]>([
    [
      'by the first page, where it counts too many',
      sixty,
      { length: 60, limits: { rows: 59 } },
      { rows: 60, newestSeconds: 24, newestRows: 24, newest: FROM + 59 },
    ],
    [
      'not by a first page in another order',
      { ...sixty, order: 'oldest_first' },
      { length: 60, limits: { rows: 59 } },
      { rows: 60, newestSeconds: undefined, newestRows: 24, newest: FROM + 23 },
    ],
    [
      'by what was read, where that has too many bytes',
      sixty,
      { length: 60, limits: { bytes: 1 } },
      { rows: 60, newestSeconds: 22, newestRows: 24, newest: FROM + 59 },
    ],
  ])('tells how they lie %s', async (_, options, settings, density) => {
    expect(await densityOfRange(options, settings)).toEqual(density);
  });

  test.each<[string, Partial<CoverageLimits>]>([
    ['counts too many rows', { rows: 59 }],
    ['has too many bytes', { bytes: 1 }],
  ])('hands over what was returned of it, where that %s', async (_, limits) => {
    const error: unknown = await rangeToCover(sixty, { length: 60, limits })
      .read()
      .catch((reason: unknown) => reason);
    expect(error instanceof RangeTooLargeError && idsOn(error.responses)).toEqual(idsFrom(evenly(60)).slice(-24));
  });

  test('tells nothing of how they lie by an empty page', async () => {
    const range = { from: FROM, to: FROM + 60 };
    expect(densityOf(await responseOf(range, pageOfRows([])), 60)).toEqual({
      rows: 60,
      newestSeconds: undefined,
      newestRows: 1,
      newest: -Infinity,
    });
  });

  test('is an error for whoever can not read it as several', async () => {
    const { read } = rangeToCover(sixty, { length: 60, limits: { rows: 59 } });
    await expect(read()).rejects.toMatchObject({
      name: 'RangeTooLargeError',
      message: 'a range has more rows than may be buffered',
    });
  });

  test('in one second is an error', async () => {
    const reading = cover({ entries: atOnce(60, 0) }, { length: 1, limits: { secondBytes: 3000 } });
    await expect(reading).rejects.toMatchObject({ failureType: 'system_error' });
  });

  test('in one second does not count for the range', async () => {
    const entries = [...evenly(5), ...atOnce(200, 5)];
    const { coverage } = await cover({ entries }, { length: 7, limits: { bytes: 12_000 } });
    expect(idsOn(coverage.responses)).toEqual(idsFrom(entries));
  });
});
