import { describe, expect, test } from '@jest/globals';
import { fakePage, type FakeRow } from '../testing/fake-server';
import type { PageMeta } from '../tines/page-meta';
import { survey } from '../tines/shown';
import { ServerFacts } from './server-facts';
import { RETENTION_SECONDS } from '../tines/range';
import { stretchesOf } from './stretches';

const DAY = 86_400;
const NOW = 1_772_452_800;
const SETTLED = NOW - 600;
const OLDEST_KEPT = NOW - RETENTION_SECONDS - 30 * DAY;

/** The first answer of a sync from `from` on: ten rows, every so many seconds back from now. */
function openingOf(from: number, everySeconds: number, meta: Partial<PageMeta>) {
  const rows = Array.from({ length: 10 }, (_, index): FakeRow => ({
    ...{ id: String(10 - index), second: NOW - 1 - index * everySeconds },
  }));
  const page = fakePage(rows, meta);
  const range = { from, to: undefined };
  const first = { range, perPage: 10, page, shown: survey(page, range), serverNow: NOW * 1000 };
  return { first, isWhole: false, now: NOW, newest: NOW - 1 };
}

/** Facts of a server whose counts were wrong so often. */
function factsOf(wrongClaims: number): ServerFacts {
  const facts = new ServerFacts();
  for (let claims = 0; claims < wrongClaims; claims += 1) facts.claimWasWrong();
  return facts;
}

const rangesOf = (from: number, settledBefore: number): unknown[] =>
  stretchesOf(openingOf(from, 100, { count: 30 }), from, settledBefore, factsOf(0)).map(({ range }) => [
    range.from,
    range.to,
  ]);

describe('The stretches of a sync', () => {
  test.each([
    [
      'are the settled part and the open rest',
      NOW - 5000,
      SETTLED,
      [
        [NOW - 5000, SETTLED],
        [SETTLED, undefined],
      ],
    ],
    ['are one where the range begins at the end of the settled part', SETTLED, SETTLED, [[SETTLED, undefined]]],
    ['are one where nothing has settled', NOW - 10, SETTLED, [[NOW - 10, undefined]]],
    [
      'keep apart what is older than Tines keeps',
      0,
      SETTLED,
      [
        [0, OLDEST_KEPT],
        [OLDEST_KEPT, SETTLED],
        [SETTLED, undefined],
      ],
    ],
    [
      'keep nothing apart of what Tines keeps',
      OLDEST_KEPT,
      SETTLED,
      [
        [OLDEST_KEPT, SETTLED],
        [SETTLED, undefined],
      ],
    ],
    [
      'keep nothing apart where all that has settled is older',
      0,
      OLDEST_KEPT,
      [
        [0, OLDEST_KEPT],
        [OLDEST_KEPT, undefined],
      ],
    ],
  ])('%s', (_, from, settledBefore, ranges) => {
    expect(rangesOf(from, settledBefore)).toEqual(ranges);
  });
});

describe('The rows of the settled part', () => {
  const from = NOW - 5000;
  // Six of the ten rows are newer than what has settled.
  test.each<[string, Partial<PageMeta>, number, number]>([
    ['are those that are counted, less the newer ones shown', { count: 50 }, 0, 44],
    ['are none where no more is counted than is newer', { count: 10 }, 0, 4],
    ['are estimated by the density of the page where nothing is counted', {}, 0, 50],
    ['are estimated where less is counted than is shown', { count: 9 }, 0, 50],
    ['are estimated where counts are not believed', { count: 400 }, 3, 50],
  ])('%s', (_, meta, wrongClaims, rows) => {
    const stretches = stretchesOf(openingOf(from, 100, meta), from, SETTLED, factsOf(wrongClaims));
    expect(stretches[0]?.rows).toBe(rows);
    expect(stretches[1]?.rows).toBeUndefined();
  });

  test('are unknown where the first question was too heavy', () => {
    const opening = { first: undefined, isWhole: false, now: NOW, newest: NOW - 1 };
    expect(stretchesOf(opening, from, SETTLED, factsOf(0))[0]?.rows).toBeUndefined();
  });
});
