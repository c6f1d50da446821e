import { describe, expect, test } from '@jest/globals';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import type { Fault, FaultChooser } from '../../simulated-tenant/tenant-faults';
import type { TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { entryAt, START } from '../../testing/sync-world';
import { NO_META, NO_NEXT, rangeTools } from '../../testing/range-world';
import type { TenantClient } from '../../testing/tenant-client';
import { PageRefusedError, TooLargeError, UnreadableSecondError } from '../tines/errors';
import { idsOf, type Response } from '../tines/responses';
import { DenseSecond, type DenseSecondResult } from './dense-second';

/** 2026-03-02T11:59:00Z */
const SECOND = Math.floor(START / 1000) - 60;
const PER_PAGE = 10;

/** So many entries of the second, with ids from 1 on. */
const entriesOf = (count: number, firstId = 1): TenantEntry[] =>
  Array.from({ length: count }, (_, index) => entryAt(firstId + index, SECOND * 1000));

/** What a second is read with. */
function setUp(options: TenantModelOptions, perPage = PER_PAGE) {
  const { client, ...tools } = rangeTools(options, perPage);
  return { client, clock: tools.clock, tools };
}

interface Read {
  readonly ids: readonly number[];
  readonly result: DenseSecondResult;
  readonly client: TenantClient;
  readonly words: string;
  /** Of all pages that were kept. */
  readonly bytes: number;
  /** The waits, in ms. */
  readonly slept: readonly number[];
}

async function read(options: TenantModelOptions, perPage = PER_PAGE, mostBytes = Infinity): Promise<Read> {
  const { client, clock, tools } = setUp(options, perPage);
  const returned: Response[] = [];
  const dense = new DenseSecond(SECOND, perPage, tools, mostBytes, returned);
  const result = await clock.runTo(dense.read());
  const ids = new Set(returned.flatMap(({ page }) => [...idsOf(page)].map(Number)));
  // A page that brings nothing new is not kept.
  expect([...client.held]).toEqual(returned.map(({ page }) => page));
  return {
    ids: [...ids].sort((a, b) => a - b),
    result,
    client,
    words: client.words(SECOND),
    bytes: returned.reduce((sum, { page }) => sum + page.bytes, 0),
    slept: clock.slept,
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Pages for which no answer comes. */
const failingWhere =
  (fails: (page: number, perPage: number, number: number) => boolean, status = 504): FaultChooser =>
  (number, query) =>
    fails(Number(query.get('page')), Number(query.get('per_page')), number) ? { kind: 'status', status } : undefined;

const PROVEN: DenseSecondResult = { missing: 0, isProven: true };
const UNPROVEN: DenseSecondResult = { missing: 0, isProven: false };

describe('The pages of a second', () => {
  test.each<[string, number, TenantModelOptions, string]>([
    ['are asked for once where they bring as many rows as are counted', 25, {}, '0-1 0-1#2 0-1#3'],
    [
      'are asked for once where nothing is counted and no row has moved',
      25,
      { meta: { count: false } },
      '0-1 0-1#2 0-1#3',
    ],
    ['end with one that is empty', 20, NO_NEXT, '0-1 0-1#2 0-1#3'],
    [
      'end with one that is refused, with all that is counted before it',
      20,
      { ...NO_NEXT, pastEnd: 404 },
      '0-1 0-1#2 0-1#3 ?0-1#4',
    ],
    [
      'end with one that is refused after one that is not full',
      15,
      { ...NO_META, pastEnd: 404 },
      '0-1 0-1#2 0-1#3 ?0-1#4',
    ],
    [
      'end with the second that brings nothing new',
      25,
      { ...NO_META, pastEnd: 'last_page' },
      '0-1 0-1#2 0-1#3 0-1#4 0-1#5',
    ],
    ['do not end with one that is not full, unless it says that none follows', 25, NO_META, '0-1 0-1#2 0-1#3 0-1#4'],
    [
      'do not end with one that says that none follows, unless it is not full',
      20,
      { count: { kind: 'stated', count: () => 5 } },
      '0-1 0-1#2 0-1#3',
    ],
  ])('%s', async (_, count, options, words) => {
    const second = await read({ entries: entriesOf(count), ...options });
    expect([second.ids, second.result, second.words]).toEqual([upTo(count), PROVEN, words]);
  });

  test('do not end with one that repeats the one before, if new rows follow', async () => {
    const beforeResponse: TenantModelOptions['beforeResponse'] = ({ query }) => {
      query.set('page', String([1, 2, 2, 3][Number(query.get('page')) - 1] ?? 3));
    };
    const { ids, words } = await read({ entries: entriesOf(30), ...NO_META, beforeResponse });
    expect([ids, words]).toEqual([upTo(30), '0-1 0-1#2 0-1#3 0-1#4 0-1#5 0-1#6']);
  });
});

describe('A second is read again', () => {
  /** So many rows in another order in each answer. */
  const shuffled = (count: number, seed: number): TenantModelOptions => ({
    entries: entriesOf(count),
    order: 'shuffled',
    orderSeed: seed,
  });
  const seeds = Array.from({ length: 8 }, (_, index) => index + 1);

  test('until all is returned that was counted', async () => {
    for (const seed of seeds) {
      const { ids, result, words } = await read(shuffled(25, seed));
      expect([ids, result]).toEqual([upTo(25), PROVEN]);
      expect(words.split(' ').length).toBeGreaterThan(3);
    }
  });

  test('where rows have moved and nothing is counted, until that brings nothing new', async () => {
    const results = await Promise.all(seeds.map((seed) => read({ ...shuffled(25, seed), ...NO_META })));
    for (const { ids, result } of results) {
      expect(ids.length).toBeGreaterThan(20);
      expect(result).toEqual(UNPROVEN);
    }
  });

  test.each(['empty', 404] as const)(
    'where rows have moved and fewer are counted, before a page that is %s',
    async (pastEnd) => {
      const { client } = await read({
        ...shuffled(25, 3),
        ...NO_NEXT,
        count: { kind: 'stated', count: () => 3 },
        pastEnd,
      });
      expect(client.requests.length).toBeGreaterThan(5);
    },
  );

  test('three times in vain, where counted rows are withheld', async () => {
    const { ids, result, words } = await read({ entries: entriesOf(25), withholds: ({ id }) => Number(id) > 23 });
    expect([ids, result]).toEqual([upTo(23), { missing: 2, isProven: false }]);
    expect(words).toBe(Array<string>(4).fill('0-1 0-1#2 0-1#3').join(' '));
  });

  test('three times in vain since the last new row', async () => {
    let request = 0;
    const withholds = ({ id }: TenantEntry): boolean => id === 1 || (id === 2 && request <= 6);
    const beforeResponse: TenantModelOptions['beforeResponse'] = ({ number }) => {
      request = number;
    };
    const { ids, result, client } = await read({ entries: entriesOf(25), withholds, beforeResponse });
    expect([ids, result]).toEqual([upTo(25).slice(1), { missing: 1, isProven: false }]);
    // One pass, one in vain, one that brings a row, and three in vain.
    expect(client.requests).toHaveLength(6 * 3);
  });

  test('twelve times at most, though each brings something new', async () => {
    let id = 100;
    const {
      client: tenant,
      clock,
      tools,
    } = setUp({
      entries: entriesOf(5),
      count: { kind: 'stated', count: () => 500 },
      meta: { pagesOf: 'rows' },
      beforeResponse: () => {
        tenant.model.add(entriesOf(1, (id += 1)));
      },
    });
    const dense = new DenseSecond(SECOND, 100, tools, Infinity, []);
    expect(await clock.runTo(dense.read())).toEqual({ missing: 500 - 17, isProven: false });
    expect(tenant.requests).toHaveLength(12);
  });

  test("and misses nothing where less is counted then: what has not come yet is the window's to ask for", async () => {
    const beforeResponse: TenantModelOptions['beforeResponse'] = ({ number, query }) => {
      if (number > 2) query.set('before', '2001-01-01T00:00:00Z');
    };
    const { ids, result } = await read({ entries: entriesOf(45), beforeResponse });
    expect([ids, result]).toEqual([upTo(45).slice(25), { missing: 0, isProven: false }]);
  });

  test('once where a page after a full one is refused, and nothing tells that it was the last', async () => {
    const { ids, result, words } = await read({
      entries: entriesOf(25),
      ...NO_META,
      depthLimit: { rows: 20, response: 400 },
    });
    expect([ids, result]).toEqual([upTo(25).slice(5), UNPROVEN]);
    const pass = '0-1 0-1#2 0-1#3 ?0-1#4 0-1#21/1';
    expect(words).toBe(`${pass} ${pass}`);
  });

  test('once where a page is refused before all is returned that is counted', async () => {
    const { result, words } = await read({ entries: entriesOf(25), depthLimit: { rows: 20, response: 400 } });
    expect(result).toEqual({ missing: 5, isProven: false });
    // Neither the first nor the last row of the page that is counted is answered alone.
    const pass = '0-1 0-1#2 0-1#3 ?0-1#4 0-1#21/1 0-1#23/1 0-1#25/1';
    expect(words).toBe(`${pass} ${pass}`);
  });
});

describe('The count of a second', () => {
  test.each<[string, number, TenantModelOptions, DenseSecondResult]>([
    [
      'is that of the first page',
      25,
      { count: { kind: 'stated', count: (number) => (number === 1 ? 25 : 3) } },
      PROVEN,
    ],
    [
      'is the largest of the first pass, whose pages may come from several stores',
      25,
      { count: { kind: 'stated', count: (number) => (number === 2 ? 99 : 25) } },
      UNPROVEN,
    ],
    [
      'is not that of a full page of its own rows, where another page counts more',
      25,
      { count: { kind: 'stated', count: (number) => (number === 1 ? 10 : 26) }, meta: { pagesOf: 'rows' } },
      { missing: 1, isProven: false },
    ],
    [
      'is that of no later pass',
      25,
      { count: { kind: 'stated', count: (number) => (number > 3 ? 99 : 26) } },
      { missing: 1, isProven: false },
    ],
    [
      'is that of the first pass, but nothing is missing of it that is counted no more',
      25,
      { count: { kind: 'stated', count: (number) => (number === 1 ? 26 : 25) } },
      UNPROVEN,
    ],
    [
      'says nothing where it is that of a full page alone',
      25,
      { count: { kind: 'page_rows' }, meta: { pagesOf: 'rows' } },
      PROVEN,
    ],
    ['counts where a page that is not full counts its own rows', 5, { count: { kind: 'page_rows' } }, PROVEN],
    [
      'of a full page counts where it is not that of its own rows',
      25,
      { count: { kind: 'offset', by: 1 } },
      { missing: 1, isProven: false },
    ],
    ['may be too low', 25, { count: { kind: 'stated', count: () => 3 } }, PROVEN],
  ])('%s', async (_, count, options, result) => {
    const second = await read({ entries: entriesOf(count), ...options });
    expect([second.ids, second.result]).toEqual([upTo(count), result]);
  });

  test('of a full page alone does not prove that it is all, where the next is refused', async () => {
    const options: TenantModelOptions = { count: { kind: 'page_rows' }, meta: { pagesOf: 'rows' } };
    const { result } = await read({ entries: entriesOf(25), ...options, depthLimit: { rows: 10, response: 400 } });
    expect(result).toEqual(UNPROVEN);
  });

  test('of its own rows proves that a page which is not full is all, where the next is refused', async () => {
    const { result, words } = await read({
      entries: entriesOf(5),
      count: { kind: 'page_rows' },
      ...NO_NEXT,
      pastEnd: 404,
    });
    expect([result, words]).toEqual([PROVEN, '0-1 0-1#2 ?0-1#3']);
  });
});

describe('Pages that are too large', () => {
  test('are asked for with half the rows, from the first one on', async () => {
    const { ids, words } = await read({ entries: entriesOf(7), faultFor: failingWhere((_, perPage) => perPage > 2) });
    expect(ids).toEqual(upTo(7));
    expect(words).toBe('0-1 0-1/5 0-1/2 0-1#2/2 0-1#3/2 0-1#4/2');
  });

  test('are asked for with half the rows where the page after them is answered', async () => {
    const faultFor = failingWhere((page, perPage) => page === 2 && perPage > 5);
    const { ids, words } = await read({ entries: entriesOf(25), faultFor });
    expect(ids).toEqual(upTo(25));
    expect(words).toBe('0-1 0-1#2 ?0-1#3 0-1/5 0-1#2/5 0-1#3/5 0-1#4/5 0-1#5/5 0-1#6/5');
  });

  test.each([504, 400])('with content that is refused by %d are asked for row by row', async (status) => {
    const options: TenantModelOptions = {
      entries: entriesOf(4),
      poison: ({ id }) => id === 2,
      poisonResponse: { kind: 'status', status },
      faultFor: (number) => (number < 9 ? undefined : { kind: 'status', status: 500 }),
    };
    await expect(read(options)).rejects.toThrow(UnreadableSecondError);
  });

  test('end the second where the page after them is not answered either', async () => {
    const { result, words } = await read({ entries: entriesOf(25), faultFor: failingWhere((page) => page > 1) });
    expect(result).toEqual({ missing: 15, isProven: false });
    const pass = '0-1 0-1#2 ?0-1#3 0-1#11/1 0-1#18/1 0-1#25/1';
    expect(words).toBe(`${pass} ${pass}`);
  });

  test.each([
    ['first row', 11, '0-1 0-1#2 ?0-1#3 0-1#11/1'],
    ['row in the middle of those', 18, '0-1 0-1#2 ?0-1#3 0-1#11/1 0-1#18/1'],
    ['last row', 25, '0-1 0-1#2 ?0-1#3 0-1#11/1 0-1#18/1 0-1#25/1'],
  ])(
    'are asked for with half the rows where the %s that are counted on them is answered alone',
    async (_, row, words) => {
      const faultFor = failingWhere((page, perPage) => (perPage > 5 ? page > 1 : perPage === 1 && page !== row));
      const read25 = await read({ entries: entriesOf(25), faultFor });
      expect(read25.ids).toEqual(upTo(25));
      expect(read25.words.startsWith(`${words} 0-1/5 0-1#2/5 `)).toBe(true);
    },
  );

  test('have their first row alone looked for behind as many rows as the pages before have', async () => {
    const faultFor = failingWhere((page, perPage) => (perPage > 20 ? page > 1 : perPage === 1 && page !== 26));
    const { ids, words } = await read({ entries: entriesOf(45), maxPerPage: 25, faultFor }, 40);
    expect([ids, words]).toEqual([upTo(45), '0-1 0-1#2 ?0-1#3 0-1#26/1 0-1/20 0-1#2/20 0-1#3/20']);
  });

  test('are asked for with half the rows where nothing is counted, and the first row after a full page is answered', async () => {
    const faultFor = failingWhere((page, perPage) => perPage > 5 && page > 1);
    const { ids, words } = await read({ entries: entriesOf(15), ...NO_META, faultFor });
    expect([ids, words]).toEqual([upTo(15), '0-1 0-1#2 ?0-1#3 0-1#11/1 0-1/5 0-1#2/5 0-1#3/5 0-1#4/5']);
  });

  test('have no row alone asked for whose number no second has', async () => {
    const { words } = await read({
      entries: entriesOf(25),
      count: { kind: 'stated', count: () => 2e6 },
      meta: { pagesOf: 'rows' },
      faultFor: failingWhere((page) => page > 1),
    });
    expect(words).toBe('0-1 0-1#2 ?0-1#3 0-1#11/1 0-1 0-1#2 ?0-1#3 0-1#11/1');
  });

  test('have no row alone asked for where fewer are counted than are on the pages before', async () => {
    const { words } = await read({
      entries: entriesOf(25),
      count: { kind: 'stated', count: () => 5 },
      meta: { pagesOf: 'rows' },
      faultFor: failingWhere((page) => page > 1),
    });
    expect(words).toBe('0-1 0-1#2 ?0-1#3');
  });

  test('are asked for with the same rows in the next pass', async () => {
    const { words } = await read({
      entries: entriesOf(10),
      faultFor: failingWhere((_, perPage) => perPage > 5),
      withholds: ({ id }) => id === 10,
    });
    expect(words).toBe(`0-1 ${Array<string>(4).fill('0-1/5 0-1#2/5 0-1#3/5').join(' ')}`);
  });
});

describe('A row that fails even alone', () => {
  const alone = { entries: entriesOf(3) };

  test('is asked for after 20 s and after 60 s more, and then the second is given up', async () => {
    const { client, clock, tools } = setUp({ ...alone, faultFor: failingWhere(() => true) }, 1);
    const reading = clock.runTo(new DenseSecond(SECOND, 1, tools, Infinity, []).read());
    await expect(reading).rejects.toMatchObject({
      name: 'UnreadableSecondError',
      second: SECOND,
      failureType: 'transient_error',
      cause: expect.any(TooLargeError),
    });
    expect([client.words(SECOND), clock.slept]).toEqual(['0-1 0-1 0-1', [20_000, 60_000]]);
  });

  test('is read on where one of these is answered, and nothing of that is kept', async () => {
    const { ids, slept, words } = await read({ ...alone, faultFor: failingWhere((_, __, number) => number < 3) }, 1);
    expect([ids, slept, words]).toEqual([upTo(3), [20_000, 60_000], '0-1 0-1 0-1 0-1 0-1#2 0-1#3 0-1#4']);
  });

  test('is no fault of its second where the server has answered nothing', async () => {
    const { client, clock, tools } = setUp(alone, 1);
    const error = new TooLargeError(new Error('an answer was larger than 9 bytes'), {
      hasAnswered: false,
      isSync: true,
    });
    client.page = () => Promise.reject(error);
    const reading = clock.runTo(new DenseSecond(SECOND, 1, tools, Infinity, []).read());
    await expect(reading).rejects.toBe(error);
  });

  test('is looked for on its own page', async () => {
    const faultFor = failingWhere((page, __, number) => page === 2 && number < 5);
    const { ids, words } = await read({ ...alone, faultFor }, 1);
    expect([ids, words]).toEqual([upTo(3), '0-1 0-1#2 ?0-1#3 0-1#2 0-1#2 0-1 0-1#2 0-1#3 0-1#4']);
  });

  test('beside the next one is told from the end by the last row that is counted', async () => {
    const faultFor = failingWhere((page, __, number) => (page === 2 || page === 3) && number < 5);
    const { ids, words } = await read({ entries: entriesOf(5), faultFor }, 1);
    expect([ids, words]).toEqual([upTo(5), '0-1 0-1#2 ?0-1#3 0-1#3 0-1#5 0-1#2 0-1 0-1#2 0-1#3 0-1#4 0-1#5 0-1#6']);
  });

  test('five times may be answered in the end', async () => {
    // Each second request is answered: those of the last attempts.
    const faultFor = (most: number): FaultChooser => failingWhere((_, __, number) => number % 2 === 1 && number < most);
    const { ids } = await read({ ...alone, faultFor: faultFor(11) }, 1);
    expect(ids).toEqual(upTo(3));
    await expect(read({ ...alone, faultFor: faultFor(13) }, 1)).rejects.toThrow(UnreadableSecondError);
  });
});

test.each<[string, Fault, RegExp]>([
  ['Tines', { kind: 'status', status: 504 }, / \(504\): it fails/],
  ['the connection', { kind: 'reset' }, / \(reset\): it fails/],
])('The error of a second that is given up says what it met: %s', async (_, fault, reason) => {
  const reading = read({ entries: entriesOf(3), faultFor: () => fault }, 1);
  await expect(reading).rejects.toThrow(reason);
});

test('The error of a second that is given up says how to go on without it', () => {
  const { message, failureType } = new UnreadableSecondError(SECOND, new PageRefusedError(403));
  expect(failureType).toBe('transient_error');
  expect(message).toBe(
    'Tines can\'t give an entry of the second 2026-03-02T11:59:00Z, or of the one next to it: it fails, is refused or is too large, even when it is asked for alone, while other requests are answered. Everything older was delivered. To go on without what is left of that second and the next, set the state of audit_logs in Airbyte to {"timestamp": "2026-03-02T11:59:02Z"}; tell Tines\' support, or whoever runs what is in front of the tenant, about the entry.',
  );
});

describe('A second with more than may be buffered', () => {
  test('is an error from one byte too many on', async () => {
    const entries = entriesOf(25);
    const { bytes } = await read({ entries });
    expect((await read({ entries }, PER_PAGE, bytes)).result).toEqual(PROVEN);
    const reading = read({ entries }, PER_PAGE, bytes - 1);
    await expect(reading).rejects.toMatchObject({ failureType: 'system_error' });
    await expect(reading).rejects.toThrow(
      'The second 2026-03-02T11:59:00Z has more entries than this connector can buffer, or Tines returns ever new pages for it. Everything older was delivered. To go on without what is left of that second and the next, set the state of audit_logs in Airbyte to {"timestamp": "2026-03-02T11:59:02Z"}; please report this with the log.',
    );
  });

  test('is none where the same pages are returned again and again', async () => {
    const entries = entriesOf(25);
    const { bytes } = await read({ entries });
    const { ids } = await read({ entries, count: { kind: 'stated', count: () => 99 } }, PER_PAGE, 1.5 * bytes);
    expect(ids).toEqual(upTo(25));
  });
});

test('Any other error ends the second at once', async () => {
  const failsAt = (failing: number): TenantModelOptions => ({
    entries: entriesOf(25),
    faultFor: (number) => {
      if (number === failing) throw new Error('down');
      return { kind: 'status', status: 504 };
    },
  });
  await expect(read(failsAt(1))).rejects.toThrow('down');
  // In the last attempts at a row.
  await expect(read(failsAt(2), 1)).rejects.toThrow('down');
});

describe('The last attempts at a row', () => {
  const reading = (statuses: readonly number[]) =>
    read(
      {
        entries: entriesOf(3),
        faultFor: (number) => {
          const status = statuses[number - 1];
          return status === undefined ? undefined : { kind: 'status', status };
        },
      },
      1,
    );

  test('are one at once where its response was too large, and none after it where it is taken then', async () => {
    const { ids, slept } = await reading([413]);
    expect([ids, slept]).toEqual([upTo(3), [0]]);
  });

  test.each<[string, readonly number[], string]>([
    ['one where its response was too large, and is again', [413, 413, 413], '0-1 0-1'],
    ['three where its response was too large, and it fails otherwise then', [413, 504, 504, 504], '0-1 0-1 0-1 0-1'],
    ['one where it fails, and its response is too large then', [504, 413, 413], '0-1 0-1'],
  ])('are %s', async (_, statuses, words) => {
    const { client, clock, tools } = setUp(
      {
        entries: entriesOf(3),
        faultFor: (number) => ({ kind: 'status', status: statuses[number - 1] ?? 200 }),
      },
      1,
    );
    const second = new DenseSecond(SECOND, 1, tools, Infinity, []);
    await expect(clock.runTo(second.read())).rejects.toThrow(UnreadableSecondError);
    expect(client.words(SECOND)).toBe(words);
  });

  test('are stopped in their waits', async () => {
    const { clock, tools } = setUp({ entries: entriesOf(3), faultFor: failingWhere(() => true) }, 1);
    const stop = new AbortController();
    const second = new DenseSecond(SECOND, 1, { ...tools, signal: stop.signal }, Infinity, []);
    const waiting = second.read();
    stop.abort(new Error('stopped'));
    await expect(clock.runTo(waiting)).rejects.toThrow('stopped');
  });
});
