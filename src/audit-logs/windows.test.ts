import { describe, expect, test } from '@jest/globals';
import type { Clock } from '@airbyte/cdk-typescript-compat';
import { settle } from '@airbyte/cdk-typescript-compat/testing';
import type { TenantModelOptions } from '../../simulated-tenant/tenant-model';
import {
  atOnce,
  bytesOf,
  evenly,
  failingWhere,
  FROM,
  heavy,
  idsFrom,
  idsOn,
  NO_COUNT,
  NO_META,
  rangeTools,
  withholding,
} from '../../testing/range-world';
import { entryAt } from '../../testing/sync-world';
import type { TenantClient } from '../../testing/tenant-client';
import { openSync } from './opening';
import { STANDARD_SIZES, Windows, type Window, type WindowSizes } from './windows';

/** Windows of two pages of ten rows, split again from more than forty counted rows on. */
const SIZES: WindowSizes = { perPage: 10, pages: 2, bytes: 100_000, bytesHeld: 1_000_000 };

interface Settings {
  /** Seconds of the range; open where it is undefined. */
  readonly length?: number | undefined;
  readonly sizes?: Partial<WindowSizes>;
  readonly workers?: number;
  readonly responseMs?: number;
  readonly bufferedBytes?: number;
  /** The later of both clocks, in s after the start of the range. */
  readonly laterNow?: number;
  /** How long a request takes on the clock of the test, by its number, in ms; no time unless given. */
  readonly takes?: (request: number) => number;
}

/** Counts the requests that are under way at the same time. */
class Flights {
  most = 0;
  #now = 0;
  #sent = 0;

  constructor(client: TenantClient, clock: Clock, signal: AbortSignal, { takes }: Settings) {
    const page = client.page.bind(client);
    client.page = async (request, stop) => {
      this.#sent += 1;
      this.#now += 1;
      this.most = Math.max(this.most, this.#now);
      if (takes !== undefined) await clock.sleep(takes(this.#sent), signal);
      this.#now -= 1;
      return page(request, stop);
    };
  }
}

async function windowsOf(options: TenantModelOptions, settings: Settings = {}) {
  const { length, workers = 1, responseMs = 0, bufferedBytes = 0, laterNow = 7200 } = settings;
  const sizes = { ...SIZES, ...settings.sizes };
  const tools = rangeTools(options, sizes.perPage);
  const { client, requests, facts, clock, signal } = tools;
  const flights = new Flights(client, clock, signal, settings);
  const range = { from: FROM, to: length === undefined ? undefined : FROM + length };
  const opening = await clock.runTo(openSync(range, requests, facts, clock));
  const windows = new Windows(range, opening, {
    ...tools,
    sizes,
    workers,
    responseMs: () => responseMs,
    bufferedBytes: () => bufferedBytes,
    laterNow: () => FROM + laterNow,
  });
  return { windows, client, facts, clock, flights };
}

/** As `from-to`, in s after the start. */
function inWords({ range: { from, to } }: Pick<Window, 'range'>): string {
  return `${from - FROM}-${to === undefined ? '' : to - FROM}`;
}

async function all(windows: AsyncGenerator<Window, void>): Promise<Window[]> {
  const read: Window[] = [];
  for await (const window of windows) read.push(window);
  return read;
}

const wordsOf = async (windows: AsyncGenerator<Window, void>): Promise<string> =>
  (await all(windows)).map(inWords).join(' ');

/** So many entries, one each so many seconds, from a second after the start on. */
const spread = (count: number, everySeconds: number, from: number) =>
  Array.from({ length: count }, (_, index) =>
    entryAt(5000 + from + index, (FROM + from + index * everySeconds) * 1000),
  );

test('A window is cut to have nearly ten pages of 500, or 4 MB', () => {
  expect(STANDARD_SIZES).toEqual({ perPage: 500, pages: 9.75, bytes: 3_145_728, bytesHeld: 33_554_432 });
});

describe('The windows of a range that is counted', () => {
  test.each<[string, TenantModelOptions, Settings, string]>([
    ['are one where the first response has room to spare', { entries: evenly(9) }, { length: 800 }, '0-800'],
    [
      'are one where that has room to spare, whatever it counts',
      { entries: evenly(9), count: { kind: 'stated', count: () => 1000 }, meta: { pagesOf: 'rows' } },
      { length: 800 },
      '0-800',
    ],
    ['are one where nothing is returned', { entries: [] }, { length: 800 }, '0-800'],
    ['are one where that is half as much more than usual', { entries: evenly(30) }, { length: 30 }, '0-30'],
    ['are two where it is more', { entries: evenly(31) }, { length: 31 }, '0-20 20-31'],
    // What two pages return counts twice for what is left, so each is a little longer than the one before.
    ['have two pages each', { entries: evenly(90) }, { length: 90 }, '0-20 20-41 41-64 64-90'],
    ['end with what is left', { entries: evenly(80) }, { length: 80 }, '0-20 20-41 41-66 66-80'],
    ['end with an open one', { entries: evenly(90) }, {}, '0-20 20-41 41-64 64-'],
    [
      'have no more bytes than a window may have',
      { entries: evenly(31) },
      { length: 31, sizes: { bytes: 1000 } },
      '0-8 8-16 16-24 24-31',
    ],
    [
      'are split again where one counts more than 2.75 times as much',
      { entries: [...evenly(56), ...spread(44, 6, 110)] },
      { length: 500 },
      '0-35 35-100 100-281 281-500',
    ],
    [
      'are split just before the newest rows of one that has too many, where these are likely to be all',
      { entries: [...spread(60, 1, 3000), ...spread(60, 1, 7100)] },
      { length: 7160 },
      '0-2820 2820-2962 2962-2995 2995-3016 3016-3037 3037-3057 3057-3248 3248-4106 4106-6680 6680-6920 6920-7000 7000-7053 7053-7088 7088-7112 7112-7132 7132-7160',
    ],
    [
      'have the part before the newest rows of one that has too many split off, where that is more than half of it',
      { entries: [...spread(60, 1, 940), ...spread(40, 100, 1000)] },
      { length: 5000 },
      '0-760 760-840 840-893 893-928 928-952 952-972 972-1000 1000-3000 3000-5000',
    ],
    [
      'have no more than seven eighths of such a one split off',
      { entries: [...Array(10).keys()].flatMap((at) => atOnce(6, 990 + at)).concat(spread(40, 100, 1000)) },
      { length: 5000 },
      '0-875 875-952 952-968 968-978 978-985 985-990 990-993 993-1000 1000-3000 3000-5000',
    ],
    [
      'go by no order where the first response is one row alone',
      { entries: spread(100, 1, 6900), ...failingWhere((_, number) => number === 1) },
      { length: 7000 },
      '0-1400 1400-6300 6300-6600 6600-6680 6680-6744 6744-6795 6795-6836 6836-6868 6868-6894 6894-6915 6915-6935 6935-6957 6957-6996 6996-7000',
    ],
    [
      'are not where it counts 2.75 times as much',
      { entries: [...evenly(55), ...spread(45, 6, 110)] },
      { length: 500 },
      '0-100 100-342 342-500',
    ],
    [
      'are four times as long after one with less than half a page',
      { entries: [...evenly(4), ...spread(40, 20, 1000)] },
      { length: 2000 },
      '0-909 909-2000',
    ],
    [
      'are as long as before after one with half a page',
      { entries: [...evenly(5), ...spread(39, 20, 1000)] },
      { length: 2000 },
      '0-909 909-1818 1818-2000',
    ],
    [
      'are never so short that counts which are far too high cost much',
      { entries: evenly(40), count: { kind: 'stated', count: () => 1e12 } },
      { length: 200 },
      '0-2 2-10 10-15 15-20 20-25 25-30 30-35 35-40 40-45 45-65 65-145 145-200',
    ],
    [
      'are one where less is counted than is returned',
      { entries: evenly(200), count: { kind: 'capped', at: 30 } },
      { length: 200 },
      '0-200',
    ],
    [
      'are few before the newest entries where these lie much closer than all would',
      { entries: spread(100, 1, 6900) },
      { length: 7000 },
      '0-6600 6600-6680 6680-6744 6744-6795 6795-6836 6836-6868 6868-6894 6894-6915 6915-6935 6935-6957 6957-6996 6996-7000',
    ],
    [
      'are not where they lie but a little closer',
      { entries: [...evenly(30, 10), ...spread(30, 4, 300)] },
      { length: 420 },
      '0-140 140-264 264-364 364-420',
    ],
    [
      'are parts of one whose entries are much larger than all others',
      {
        entries: [
          ...evenly(200),
          ...Array.from({ length: 20 }, (_, index) =>
            entryAt(9000 + index, (FROM + 200 + index) * 1000, { note: 'x'.repeat(20_000) }),
          ),
        ],
      },
      { length: 220 },
      '0-4 4-20 20-35 35-55 55-76 76-97 97-119 119-143 143-172 172-192 192-206 206-220',
    ],
    ['do not hang on the order', { entries: evenly(90), order: 'oldest_first' }, { length: 90 }, '0-20 20-48 48-90'],
  ])('%s', async (_, options, settings, words) => {
    const { windows } = await windowsOf(options, settings);
    const read = await all(windows.read());
    expect(read.map(inWords).join(' ')).toBe(words);
    expect(idsOn(read.flatMap(({ responses }) => responses))).toEqual(idsFrom(options.entries ?? []));
  });
});

describe('The windows of a range that is not counted', () => {
  test.each<[string, TenantModelOptions, Settings, string]>([
    [
      'have most of a page each',
      { entries: evenly(90), ...NO_COUNT },
      { length: 90 },
      '0-8 8-16 16-24 24-32 32-40 40-48 48-56 56-64 64-72 72-80 80-88 88-90',
    ],
    [
      'have as much where entries are rare',
      { entries: evenly(40, 5), ...NO_COUNT },
      { length: 200 },
      '0-39 39-80 80-123 123-163 163-200',
    ],
    ['end with an open one', { entries: evenly(50), ...NO_COUNT }, {}, '0-8 8-16 16-24 24-32 32-40 40-48 48-'],
    [
      'are at most four times as long as the one before',
      { entries: [...evenly(1), ...spread(30, 1, 700)], ...NO_COUNT },
      { length: 730 },
      '0-8 8-40 40-168 168-680 680-730',
    ],
    [
      'are at least a quarter of the one before',
      { entries: [...evenly(100), ...spread(10, 40, 200)], ...NO_COUNT },
      { length: 600 },
      '0-306 306-382 382-600',
    ],
    [
      'leave no rest of next to nothing',
      { entries: [...evenly(1), ...spread(10, 1, 670)], ...NO_COUNT },
      { length: 690 },
      '0-8 8-40 40-168 168-690',
    ],
    [
      'leave a rest of more',
      { entries: [...evenly(1), ...spread(10, 1, 670)], ...NO_COUNT },
      { length: 691 },
      '0-8 8-40 40-168 168-680 680-691',
    ],
    [
      'are a second long at least',
      { entries: [0, 1, 2, 3].flatMap((second) => atOnce(15, second)), ...NO_COUNT },
      { length: 4 },
      '0-1 1-2 2-3 3-4',
    ],
    [
      'begin with a quarter where the first response does not tell of the newest entries',
      { entries: evenly(90), ...NO_COUNT, order: 'oldest_first' },
      { length: 90 },
      '0-19 19-23 23-31 31-39 39-47 47-55 55-63 63-71 71-79 79-87 87-90',
    ],
    [
      'begin with a quarter where that is too large',
      { entries: evenly(90), ...heavy(80) },
      { length: 90 },
      '0-19 19-26 26-34 34-42 42-50 50-58 58-66 66-74 74-82 82-90',
    ],
    [
      'begin with a quarter of the time up to the later clock where the range is open',
      { entries: evenly(90), ...heavy(80) },
      { laterNow: 99 },
      '0-21 21-28 28-36 36-44 44-52 52-60 60-68 68-76 76-84 84-92 92-',
    ],
    [
      'end where the newest entry is, beyond the clocks',
      { entries: evenly(60), ...failingWhere((_, number) => number <= 2) },
      { laterNow: 10 },
      '0-2 2-10 10-',
    ],
    [
      'are one where the clocks are before its start',
      { entries: [], ...failingWhere((_, number) => number === 1) },
      { laterNow: -50 },
      '0-',
    ],
  ])('%s', async (_, options, settings, words) => {
    const { windows } = await windowsOf(options, settings);
    const read = await all(windows.read());
    expect(read.map(inWords).join(' ')).toBe(words);
    expect(idsOn(read.flatMap(({ responses }) => responses))).toEqual(idsFrom(options.entries ?? []));
  });

  test('are split again where one has more than three times as many bytes as a window may have', async () => {
    const options: TenantModelOptions = { entries: [...evenly(24), ...spread(10, 40, 200)], ...NO_COUNT };
    const read = async (bytes: number): Promise<Window[]> =>
      all((await windowsOf(options, { length: 600, sizes: { bytes } })).windows.read());
    const [first] = await read(1e6);
    const pages = bytesOf(first?.responses.slice(0, 3) ?? []);
    expect((await read(pages / 3)).map(inWords).join(' ')).toBe('0-306 306-382 382-600');
    expect((await read((pages - 1) / 3)).map(inWords).join(' ')).toBe('0-98 98-306 306-389 389-600');
  });
});

describe('A window', () => {
  test('has what its range counts, and what is missing of that', async () => {
    const { windows } = await windowsOf({ entries: evenly(31), ...withholding((id) => id === 3) }, { length: 31 });
    expect(await all(windows.read())).toMatchObject([
      { counted: 20, missing: 1, isUncertain: false },
      { counted: 11, missing: 0, isUncertain: false },
    ]);
  });

  test('is uncertain where a second of it is', async () => {
    const options: TenantModelOptions = { entries: atOnce(25, 0), ...NO_META, order: 'shuffled' };
    const { windows } = await windowsOf(options, { length: 1 });
    expect(await all(windows.read())).toMatchObject([{ counted: undefined, missing: 0, isUncertain: true }]);
  });

  test('has the first response where it is the only one, and asks nothing more', async () => {
    const { windows, client } = await windowsOf({ entries: evenly(9) }, { length: 800 });
    const [window] = await all(windows.read());
    expect([client.words(FROM), window?.responses.length]).toEqual(['0-800', 1]);
  });

  test('does not have it where that is one row alone', async () => {
    const options: TenantModelOptions = { entries: evenly(12), ...failingWhere((_, number) => number === 1) };
    const { windows, client } = await windowsOf(options, { length: 12 });
    await all(windows.read());
    expect(client.words(FROM)).toBe('0-12 0-12/1 0-12 0-4');
  });

  test('does not have it where there are others', async () => {
    const { windows, client } = await windowsOf({ entries: evenly(31) }, { length: 31 });
    await all(windows.read());
    expect(client.words(FROM)).toBe('0-31 0-20 0-12 0-4 20-31 20-23');
  });

  test('ends before a second that can not be read', async () => {
    const options: TenantModelOptions = { entries: evenly(31), poison: ({ id }) => id === 14 };
    const { windows, clock } = await windowsOf(options, { length: 31 });
    const read = await clock.runTo(all(windows.read()));
    expect(read.map(inWords).join(' ')).toBe('0-13 20-31');
    expect(read[0]).toMatchObject({ unreadable: { second: FROM + 13 }, counted: 20 });
    expect(idsOn(read[0]?.responses ?? [])).toEqual(expect.arrayContaining(idsFrom(evenly(13))));
    expect(read[1]?.unreadable).toBeUndefined();
  });

  test('is not read where something else fails', async () => {
    const faultFor = (number: number): undefined => {
      if (number > 1) throw new Error('down');
    };
    const { windows } = await windowsOf({ entries: evenly(31), faultFor }, { length: 31 });
    await expect(all(windows.read())).rejects.toThrow('down');
  });

  test('is read again as one, however much it counts', async () => {
    const { windows, client } = await windowsOf({ entries: evenly(120) }, { length: 120 });
    const [first] = await all(windows.read());
    const before = client.requests.length;
    const again = await windows.readAgain({ ...expectWindow(first), range: { from: FROM, to: FROM + 100 } });
    expect(idsOn(again.responses)).toEqual(idsFrom(evenly(100)));
    expect(client.requests[before]).toMatchObject({ after: FROM - 1, before: FROM + 100, page: 1 });
  });

  test('that has more bytes than may be buffered when it is read again ends the sync, which may go on later', async () => {
    const { windows } = await windowsOf({ entries: evenly(120) }, { length: 120, sizes: { bytesHeld: 3000 } });
    const [first] = await all(windows.read());
    const again = windows.readAgain({ ...expectWindow(first), range: { from: FROM, to: FROM + 100 } });
    await expect(again).rejects.toMatchObject({
      failureType: 'transient_error',
      message: expect.stringContaining('far fewer entries from 2026-03-02T10:00:00Z on than it counted'),
    });
  });
});

function expectWindow(window: Window | undefined): Window {
  if (window === undefined) throw new Error('no window');
  return window;
}

describe('What ranges that were too large for one window have returned', () => {
  const burst = [...Array(8).keys()].flatMap((second) => atOnce(9, second));
  const options: TenantModelOptions = { entries: [...burst, ...spread(60, 1, 120)] };

  test('comes with the windows that begin them, one after the other', async () => {
    const { windows } = await windowsOf(options, { length: 300 });
    const read = await all(windows.read());
    const words = read.map((window) => [inWords(window), ...window.earlier.map(inWords)].join(' < '));
    expect(words).toEqual(['0-3 < 0-45 < 0-12', '3-12', '12-45', '45-130', '130-215', '215-300']);
  });

  test('comes so where their pages have too many bytes, too', async () => {
    const uncounted = { entries: [...evenly(24), ...spread(10, 40, 200)], ...NO_COUNT };
    const { windows } = await windowsOf(uncounted, { length: 600, sizes: { bytes: 800 } });
    const [first] = await all(windows.read());
    const words = [expectWindow(first), ...expectWindow(first).earlier].map(inWords).join(' < ');
    expect(words).toBe('0-6 < 0-306 < 0-19 < 0-93 < 0-16 < 0-27 < 0-16');
  });

  test('does not come so where it is the first of the sync, whose rows are waited for in any case', async () => {
    const large = Array.from({ length: 20 }, (_, second) =>
      entryAt(second + 1, (FROM + second) * 1000, { note: 'x'.repeat(20_000) }),
    );
    const { windows } = await windowsOf({ entries: [...large, ...evenly(30).slice(20)] }, { length: 30 });
    const [first] = await all(windows.read());
    const words = [expectWindow(first), ...expectWindow(first).earlier].map(inWords).join(' < ');
    expect(words).toBe('0-8 < 0-22 < 0-14');
  });

  test('stays with a window that is read again', async () => {
    const { windows } = await windowsOf(options, { length: 300 });
    const [first] = await all(windows.read());
    const { earlier } = await windows.readAgain(expectWindow(first));
    expect(earlier.map(inWords)).toEqual(['0-45', '0-12']);
  });
});

describe('A plan of windows', () => {
  // The second window is read already while the first is used.
  test.each([
    [undefined, '0-20 20-41 41-66 66-80'],
    [0, '0-20 20-41 41-80'],
    [200, '0-20 20-41 41-45 45-61 61-65 65-80'],
  ])('goes by the rows that are counted after a window: %p', async (rows, words) => {
    const { windows } = await windowsOf({ entries: evenly(80) }, { length: 80 });
    const read: string[] = [];
    for await (const window of windows.read()) {
      if (read.length === 0 && rows !== undefined) windows.planBy(rows);
      read.push(inWords(window));
    }
    expect(read.join(' ')).toBe(words);
  });

  test('goes by no count where the first response has none', async () => {
    const plain = await windowsOf({ entries: evenly(31), ...NO_COUNT }, { length: 31 });
    const words = await wordsOf(plain.windows.read());
    const { windows } = await windowsOf({ entries: evenly(31), ...NO_COUNT }, { length: 31 });
    windows.planBy(1);
    expect(await wordsOf(windows.read())).toBe(words);
  });

  test('is made as its turn comes, not before', async () => {
    const { windows, client } = await windowsOf({ entries: evenly(300) }, { length: 300 });
    await windows.read().next();
    expect(client.requests.length).toBeLessThan(6);
  });
});

describe('Windows that are read at the same time', () => {
  const note = 'x'.repeat(1000);
  const options: TenantModelOptions = {
    entries: Array.from({ length: 300 }, (_, second) => entryAt(second + 1, (FROM + second) * 1000, { note })),
  };
  /** Windows of one page, which has room to spare. */
  const sizes = { pages: 0.85 };
  /** The last that is asked for is answered first. */
  const takes = (request: number): number => 10_000 - request;

  test.each([
    ['two where responses take no time', 10, 0, 2],
    ['two up to 59 ms a response', 10, 59, 2],
    ['three from 60 ms a response on', 10, 60, 3],
    ['eleven at 599 ms', 20, 599, 11],
    ['no more than workers', 5, 600, 5],
    ['one with one worker', 1, 600, 1],
  ])('are %s', async (_, workers, responseMs, most) => {
    const { windows, clock, flights } = await windowsOf(options, {
      length: 300,
      workers,
      responseMs,
      sizes,
      takes: () => 100,
    });
    await clock.runTo(all(windows.read()));
    expect(flights.most).toBe(most);
  });

  test('come in order, though the last is answered first, and touch', async () => {
    const { windows, clock } = await windowsOf(options, { length: 300, workers: 10, responseMs: 600, sizes, takes });
    const read = await clock.runTo(all(windows.read()));
    expect(read.map(({ range }) => range.from)).toEqual([FROM, ...read.slice(0, -1).map(({ range }) => range.to)]);
    expect(read.at(-1)?.range.to).toBe(FROM + 300);
    expect(idsOn(read.flatMap(({ responses }) => responses))).toEqual(idsFrom(evenly(300)));
  });

  test('share what is counted, though none of them has returned yet', async () => {
    const { windows, clock } = await windowsOf(options, { length: 300, workers: 10, responseMs: 600, sizes, takes });
    const read = await clock.runTo(all(windows.read()));
    const lengths = read.slice(0, -1).map(({ range: { from, to = from } }) => to - from);
    expect(new Set(lengths)).toEqual(new Set([8]));
  });

  /** Two in each window, where a thousand are counted in each. */
  const rare: TenantModelOptions = {
    entries: evenly(20, 350),
    count: { kind: 'stated', count: () => 1000 },
    meta: { pagesOf: 'rows' },
  };
  const dense = {
    entries: [...evenly(150), ...evenly(150)].map((_, index) =>
      entryAt(index + 1, (FROM + (index >> 1)) * 1000, { note }),
    ),
  };

  test.each<[string, TenantModelOptions, number, number, number]>([
    ['two ahead of the one that is handed over where responses take no time', options, 300, 0, 3 * 8],
    ['two for each one more that is read at the same time', options, 300, 120, 7 * 8],
    ['as many, however little they have', rare, 7000, 0, 787 + 787 + 4 * 787],
    ['fewer where they have more than usual', dense, 300, 120, 4 * 8],
  ])('are buffered: %s', async (_, tenant, length, responseMs, reach) => {
    const settings = { length, workers: 10, responseMs, sizes, takes: () => 10 };
    const { windows, clock, client } = await windowsOf(tenant, settings);
    await clock.runTo(windows.read().next());
    // All that may be read ahead is read meanwhile.
    await clock.advance(100_000);
    const ends = client.requests.slice(1).map(({ before = 0 }) => before - FROM);
    expect(Math.max(...ends)).toBe(reach);
  });

  test.each([
    ['three of the usual size where that is three', 3.01, 0, 3],
    ['two where that is less than three', 2.99, 0, 2],
    ['one where that is less than one', 0.01, 0, 1],
    ['three where two take what was to be expected', 3.01, 2, 3],
    ['one where responses under way take the place of another', 3.01, 2.02, 1],
  ])('are no more than may be held in bytes: %s', async (_, usual, buffered, most) => {
    const before = await windowsOf(options, { length: 300 });
    const window = 8.5 * before.facts.rowBytes;
    const bytesHeld = usual * window;
    const { windows, clock, flights } = await windowsOf(options, {
      length: 300,
      workers: 10,
      responseMs: 600,
      bufferedBytes: buffered * window,
      sizes: { ...sizes, bytesHeld },
      takes: () => 100,
    });
    const reading = windows.read().next();
    await settle();
    expect(flights.most).toBe(most);
    await clock.runTo(reading);
  });
});
