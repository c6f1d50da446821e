import { expect, test } from '@jest/globals';
import { fakePage } from '../testing/fake-server';
import { Claim, claimOf } from './claim';
import { ServerFacts } from './server-facts';
import { survey } from '../tines/shown';

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

test('Counts of more than two pages are believed until three more were wrong than right', () => {
  const facts = factsAfter();
  facts.largeCountWas('right');
  const believed = [1, 2, 3, 4].map(() => {
    facts.largeCountWas('wrong');
    return facts.believesLargeCounts;
  });
  expect(believed).toEqual([true, true, true, false]);
});

test.each([
  ['is', 3, 2, true],
  ['is not', 2, 2, false],
  ['is not', undefined, 2, false],
])(
  'A server %s one that may hide rows where a page taken for whole counts %s and shows %d',
  (_, count, rows, expected) => {
    const facts = factsAfter();
    facts.tookAsWhole(
      fakePage(
        Array.from({ length: rows }, (_, row) => ({ id: `${row}`, second: 1 })),
        { count },
      ),
    );
    expect(facts.mayHaveHidden).toBe(expected);
  },
);

test('Pages of a second are asked for twice as many rows as were light enough in the one before', () => {
  const facts = factsAfter();
  const before = facts.lightPage(500);
  facts.pageWasLight(60);
  expect([before, facts.lightPage(500), facts.lightPage(100)]).toEqual([500, 120, 100]);
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

test.each([
  ['one of two pages, and of two pages of rows, is of little', { pages: 2, count: 100 }, 'more'],
  ['one of three pages is of much', { pages: 3 }, 'much'],
  ['one of more rows than two pages have is of much', { count: 101 }, 'much'],
] as const)('Of the claims of a page that is not full, %s', (_, meta, kind) => {
  const range = { from: 1000, to: 1002 };
  const page = fakePage([{ id: '1', second: 1000 }], meta);
  const answer = { range, perPage: 50, page, shown: survey(page, range), serverNow: 0 };
  expect(claimOf(answer, { kind: 'a_part', isFull: false })).toBe(kind);
});

test.each([
  ['counts no more than it shows claims to be all', 1, 'all'],
  ['counts more claims nothing', 2, undefined],
  ['counts nothing claims nothing', undefined, undefined],
])('A full page that %s', (_, count, kind) => {
  const range = { from: 1000, to: 1002 };
  const page = fakePage([{ id: '1', second: 1000 }], { count });
  const answer = { range, perPage: 1, page, shown: survey(page, range), serverNow: 0 };
  expect(claimOf(answer, { kind: 'a_part', isFull: true })).toBe(kind);
});
