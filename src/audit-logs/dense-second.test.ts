import { describe, expect, jest, test } from '@jest/globals';
import { FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { readDenseSecond, UnreadableSecondError } from './dense-second';
import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { PageRefusedError } from '../tines/errors';
import { RangeClient } from '../tines/range-client';
import type { SlicedPage } from '../tines/page';
import { idsOf } from '../tines/shown';
import { ServerFacts } from './server-facts';

const SECOND = 1_772_452_800;
const rowsOf = (count: number): FakeRow[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index + 1), second: SECOND }));

async function read(options: FakeServerOptions, perPage = 10) {
  const server = new FakeServer(options);
  const facts = new ServerFacts();
  const client = new RangeClient({ client: server, facts, signal: new AbortController().signal, perPage });
  const ids = new Set<string>();
  const reader = readDenseSecond(SECOND, { client, facts, perPage });
  for (let next = await reader.next(); ; next = await reader.next()) {
    if (next.done === true) return { ids, result: next.value, requests: server.requests, facts };
    const { page } = next.value;
    for (let row = 0; row < page.size; row += 1) ids.add(String(page.idOf(row)));
  }
}

describe('readDenseSecond', () => {
  test('reads the pages of a counted second once', async () => {
    const { ids, result, requests } = await read({ rows: rowsOf(45) });
    expect([ids.size, result, requests.length]).toEqual([45, { counted: 45, shown: 45 }, 5]);
  });

  test.each<[string, Partial<FakeServerOptions>, number]>([
    ['its last page', { pastEnd: 'last_page' }, 16],
    ['its first page', { pastEnd: 'first_page' }, 16],
    ['nothing', {}, 12],
  ])('reads an uncounted second twice where the server shows %s behind its last', async (_, options, most) => {
    const { ids, requests } = await read({ rows: rowsOf(45), count: 'absent', next: 'absent', ...options });
    expect(ids.size).toBe(45);
    expect(requests.length).toBeLessThanOrEqual(most);
  });

  test('does not take a page that repeats the one before it for the end of a second', async () => {
    let [request, calls] = [0, 0];
    const { ids } = await read({
      rows: rowsOf(30),
      order: 'random',
      // In the first pass, page 3 shows again what page 2 has; and the count agrees.
      random: () => (calls++ + (request === 3 ? 10 : 0)) % 30,
      before: (number) => {
        request = number;
      },
      count: { offset: -10 },
    });
    expect(ids.size).toBe(30);
  });

  test('asks for as few rows in the next second as were not too heavy in the one before', async () => {
    const server = new FakeServer({ rows: rowsOf(15), isTooHeavy: (_, { perPage }) => perPage > 3 });
    const facts = new ServerFacts();
    const client = new RangeClient({ client: server, facts, signal: new AbortController().signal, perPage: 24 });
    const asked: number[] = [];
    for (let second = 0; second < 2; second += 1) {
      for await (const { perPage } of readDenseSecond(SECOND, { client, facts, perPage: 24 })) expect(perPage).toBe(3);
      asked.push(server.requests.length);
    }
    expect(asked).toEqual([9, 16]);
  });

  test.each<[string, Partial<FakeServerOptions>]>([
    ['without a count', { count: 'absent', next: 'absent' }],
    ['that counts the rows of the page', { count: 'own' }],
    ['that counts 25 at most', { count: { most: 25 } }],
    ['that always names a next page', { next: 'always' }],
    ['that shows four rows a page', { maxPerPage: 4 }],
    ['that refuses more than three rows', { isTooHeavy: (_, { perPage }) => perPage > 3 }],
  ])('shows all rows of a server %s', async (_, options) => {
    const { ids } = await read({ rows: rowsOf(45), ...options });
    expect(ids.size).toBe(45);
  });

  test.each<[string, number, FakeServerOptions['count']]>([
    ['counts one row too few', 45, { offset: -1 }],
    ['counts only the rows of the page', 12, 'own'],
    ['counts nothing', 12, 'absent'],
  ])('shows all rows in random order of a server that %s', async (_, rows, count = 'true') => {
    for (let seed = 1; seed <= 40; seed += 1) {
      let state = seed;
      const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
      expect((await read({ rows: rowsOf(rows), order: 'random', random, count })).ids.size).toBe(rows);
    }
  });

  test('ends behind the last page where that is too heavy', async () => {
    const isBehind = (rows: readonly FakeRow[], { page, perPage }: { page: number; perPage: number }): boolean =>
      page > 1 && (page - 1) * perPage >= rows.length;
    const counted = await read({ rows: rowsOf(40), isTooHeavy: isBehind });
    expect([counted.ids.size, counted.requests.length, counted.facts.mayHaveHidden]).toEqual([40, 5, false]);
    const uncounted = await read({ rows: rowsOf(40), isTooHeavy: isBehind, count: 'absent', next: 'absent' });
    expect([uncounted.ids.size, uncounted.requests.length, uncounted.facts.mayHaveHidden]).toEqual([40, 12, true]);
  });

  test('throws an error where one row can not be had, and the next one can', async () => {
    const isTooHeavy = (_: readonly FakeRow[], { page, perPage }: { page: number; perPage: number }): boolean =>
      page * perPage >= 25 && (page - 1) * perPage < 25;
    await expect(read({ rows: rowsOf(40), isTooHeavy })).rejects.toThrow(UnreadableSecondError);
  });

  test.each(['first_page', 'last_page'] as const)(
    'lets go of what shows nothing new where its %s is shown behind the last',
    async (pastEnd) => {
      const server = new FakeServer({ rows: rowsOf(40), pastEnd, count: 'absent', next: 'absent' });
      const held = new Set<SlicedPage>();
      const page: FakeServer['page'] = async (request) => {
        const answer = await server.page(request);
        held.add(answer.page);
        jest.spyOn(answer.page, 'release').mockImplementation(() => void held.delete(answer.page));
        return answer;
      };
      const facts = new ServerFacts();
      const client = new RangeClient({ client: { page }, facts, signal: new AbortController().signal, perPage: 10 });
      const yielded = new Set<SlicedPage>();
      for await (const answer of readDenseSecond(SECOND, { client, facts, perPage: 10 })) yielded.add(answer.page);
      expect(server.requests.length).toBeGreaterThan(yielded.size);
      expect(held).toEqual(yielded);
    },
  );

  test('takes a page for the one behind the last where a refusal of it passes', async () => {
    let refused = false;
    const server = new FakeServer({
      rows: rowsOf(40),
      ...{ count: 'absent', next: 'absent' },
      isTooHeavy: (rows, { page, perPage }) => page > 1 && (page - 1) * perPage >= rows.length,
    });
    const page: FakeServer['page'] = (request) => {
      if (request.page !== 42 || refused) return server.page(request);
      refused = true;
      return Promise.reject(new PageRefusedError(404));
    };
    const facts = new ServerFacts();
    const client = new RangeClient({ client: { page }, facts, signal: new AbortController().signal, perPage: 10 });
    const ids = new Set<CompactId>();
    for await (const answer of readDenseSecond(SECOND, { client, facts, perPage: 10 })) {
      for (const id of idsOf(answer.page)) ids.add(id);
    }
    expect([ids.size, refused]).toEqual([40, true]);
  });

  test('reads on where the first row of a page that is too heavy is counted, and not shown', async () => {
    const { ids } = await read({
      rows: rowsOf(40),
      withheld: ({ id }) => id === '30',
      isTooHeavy: (_, { page, perPage }) => page > 1 && perPage > 4,
    });
    expect(ids.size).toBe(39);
  });

  test('reads on where rows have appeared behind what was the end, and was too heavy', async () => {
    const server = new FakeServer({
      rows: rowsOf(40),
      ...{ count: 'absent', next: 'absent' },
      isTooHeavy: (rows, { page, perPage }) => page > 1 && (page - 1) * perPage >= rows.length,
      before: (_, rows) => {
        if (server.requests.at(-1)?.page === 42 && rows.length === 40) rows.push(...rowsOf(45).slice(40));
      },
    });
    const facts = new ServerFacts();
    const client = new RangeClient({ client: server, facts, signal: new AbortController().signal, perPage: 10 });
    const ids = new Set<CompactId>();
    for await (const answer of readDenseSecond(SECOND, { client, facts, perPage: 10 })) {
      for (const id of idsOf(answer.page)) ids.add(id);
    }
    expect(ids.size).toBe(45);
  });

  test('reads again and again where each answer has another order', async () => {
    let state = 7;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const { ids, result } = await read({ rows: rowsOf(45), order: 'random', random });
    expect([ids.size, result]).toEqual([45, { counted: 45, shown: 45 }]);
  });

  test('ends where what is counted is not shown, and says how much that is', async () => {
    const { ids, result, requests } = await read({ rows: rowsOf(45), withheld: ({ id }) => id === '7' });
    expect([ids.size, result]).toEqual([44, { counted: 45, shown: 44 }]);
    expect(requests.length).toBeLessThanOrEqual(60);
  });

  test.each([
    ['counts three pages and shows one, is no longer believed where it counts much', 8, 31, false],
    ['withholds some of many rows, is', 40, 2, true],
  ])('leaves a server that %s', async (_, rows, offset, believed) => {
    const server = new FakeServer({ rows: rowsOf(rows), count: { offset } });
    const facts = new ServerFacts();
    const client = new RangeClient({ client: server, facts, signal: new AbortController().signal, perPage: 10 });
    for (let time = 0; time < 3; time += 1) {
      for await (const { perPage } of readDenseSecond(SECOND, { client, facts, perPage: 10 })) expect(perPage).toBe(10);
    }
    expect(facts.believesLargeCounts).toBe(believed);
  });

  test('throws an error with the second of a row that can not be had alone', async () => {
    const isTooHeavy = (): boolean => true;
    const reading = read({ rows: rowsOf(45), isTooHeavy });
    await expect(reading).rejects.toThrow(UnreadableSecondError);
    await expect(reading).rejects.toMatchObject({ second: SECOND, failureType: 'transient_error' });
  });
});
