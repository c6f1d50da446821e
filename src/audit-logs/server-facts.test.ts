import { expect, test } from '@jest/globals';
import { pageOfRows, responseOf } from '../../testing/page-of';
import type { Response } from '../tines/responses';
import { ServerFacts } from './server-facts';

const range = { from: 1000, to: 2000 };

/** A response of so many rows, of which so many were asked for. */
function responseWith(rows: number, perPage = 500, stated?: number): Promise<Response> {
  const page = pageOfRows(
    Array.from({ length: rows }, (_, index) => ({ id: index + 1, second: 1500 })),
    { perPage: stated },
  );
  return responseOf(range, page, perPage);
}

async function factsAfter(...rows: readonly number[]): Promise<ServerFacts> {
  const facts = new ServerFacts();
  for (const each of rows) facts.add(await responseWith(each));
  return facts;
}

test.each([
  ['as it states itself', 30, 30, [100], 500, true],
  ['not with fewer rows than it states', 29, 30, [20], 500, false],
  ['as it states, up to as many as were asked for', 50, 50, [], 50, true],
  ['not as it states where more were never asked for', 30, 51, [], 50, true],
  ['where it states none, like the largest page', 100, undefined, [100, 30], 500, true],
  ['where it states none, not with fewer rows than the largest page', 99, undefined, [100, 30], 500, false],
  ['where it states none, not with fewer than 20 rows', 19, undefined, [], 500, false],
  ['where it states none, with 20 rows before any larger page', 20, undefined, [], 500, true],
  ['where it states none, with as many rows as were asked for', 5, undefined, [100], 5, true],
  ['where it states none, not with fewer than were asked for', 4, undefined, [100], 5, false],
  ['where it states that it has no room, like the largest page', 19, 0, [], 500, false],
  ['where it states a single row', 1, 1, [], 500, true],
] as const)('A page is full %s', async (_, rows, stated, before, perPage, expected) => {
  const facts = await factsAfter(...before);
  expect(facts.isFull(await responseWith(rows, perPage, stated))).toBe(expected);
});

test('A page is expected to have as many rows as the largest, at least 20 and at most what is asked for', async () => {
  const [none, some] = [await factsAfter(), await factsAfter(90, 80)];
  expect([none.pageSize(500), none.pageSize(7), some.pageSize(500), some.pageSize(50)]).toEqual([20, 7, 90, 50]);
});

test('A row has the average size of all rows so far, and 500 bytes before the first', async () => {
  const [two, ten] = [await responseWith(2), await responseWith(10)];
  const facts = new ServerFacts();
  expect(facts.rowBytes).toBe(500);
  facts.add(two);
  facts.add(ten);
  expect(facts.rowBytes).toBe((two.page.bytes + ten.page.bytes) / 12);
});
