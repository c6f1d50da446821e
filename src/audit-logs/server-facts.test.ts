import { expect, test } from '@jest/globals';
import { fakePage } from '../testing/fake-server';
import { Claim } from './claim';
import { ServerFacts } from './server-facts';

const pageOf = (rows: number) =>
  fakePage(Array.from({ length: rows }, (_, index) => ({ id: String(index + 1), second: 1000 })));

function factsAfter(...rows: readonly number[]): ServerFacts {
  const facts = new ServerFacts();
  for (const each of rows) facts.answered(pageOf(each));
  return facts;
}

test.each([
  ['19 rows before any answer', [], 19, 500, false],
  ['20 rows before any answer', [], 20, 500, true],
  ['as many rows as were asked for', [100], 5, 5, true],
  ['fewer rows than were asked for', [100], 4, 5, false],
  ['fewer rows than the largest page', [100, 30], 99, 500, false],
  ['as many rows as the largest page', [100, 30], 100, 500, true],
])('A page counts as full with %s: %s', (_, seen, rows, perPage, expected) => {
  expect(factsAfter(...seen).isFull(rows, perPage)).toBe(expected);
});

test('The expected page size is that of the largest page, from 20 to what is asked for', () => {
  expect([factsAfter().pageSize(500), factsAfter(90, 80).pageSize(500), factsAfter(90).pageSize(50)]).toEqual([
    20, 90, 50,
  ]);
});

test('A fuller page was seen only where it had more rows', () => {
  const facts = factsAfter(10);
  expect([facts.hasFilledMore(9), facts.hasFilledMore(10)]).toEqual([true, false]);
});

test('The size of a row is the average of all answers, and assumed before the first', () => {
  const bytes = pageOf(2).bytes + pageOf(10).bytes;
  expect(factsAfter().rowBytes(500)).toBe(500);
  expect(factsAfter(2, 10).rowBytes(500)).toBe(bytes / 12);
});

test('Claims are believed until three were wrong', () => {
  const facts = factsAfter();
  const believed = [1, 2, 3].map(() => {
    facts.claimWasWrong();
    return facts.believesClaims;
  });
  expect(believed).toEqual([true, true, false]);
});

test.each([
  ['of more is wrong where two parts show no more than the page', 'more', 5, 2, [2, 3], 3],
  ['of more is right where they show more', 'more', 5, 2, [3, 3], 0],
  ['of more is open until all parts were shown', 'more', 5, 2, [1], 0],
  ['of more of one part is judged by that part', 'more', 5, 1, [5], 3],
  ['that it is all is wrong where the parts show more', 'all', 5, 2, [3, 3], 3],
  ['that it is all is right where they show no more', 'all', 5, 2, [2, 3], 0],
  ['that it is all is open until both parts were shown', 'all', 5, 2, [6], 0],
] as const)('A claim %s', (_, kind, shown, parts, rows, times) => {
  const facts = new ServerFacts();
  for (let time = 0; time < 3; time += 1) {
    const claim = new Claim(kind, shown, parts);
    for (const each of rows) claim.partShows(each, facts);
  }
  expect(facts.believesClaims).toBe(times === 0);
});
