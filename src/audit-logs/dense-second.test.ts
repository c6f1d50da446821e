import { describe, expect, test } from '@jest/globals';
import { FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { readDenseSecond, UnreadableSecondError } from './dense-second';
import { RangeClient } from '../tines/range-client';
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

  test('throws an error with the second of a row that can not be had alone', async () => {
    const isTooHeavy = (): boolean => true;
    const reading = read({ rows: rowsOf(45), isTooHeavy });
    await expect(reading).rejects.toThrow(UnreadableSecondError);
    await expect(reading).rejects.toMatchObject({ second: SECOND, failureType: 'transient_error' });
  });
});
