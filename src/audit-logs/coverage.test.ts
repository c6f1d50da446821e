import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { Coverage, type Reading } from './coverage';
import { RangeClient } from '../tines/range-client';
import { ServerFacts } from './server-facts';

const PER_PAGE = 24;
const FROM = 1_000_000;

interface Read {
  readonly reading: Reading;
  readonly shown: ReadonlySet<string>;
  readonly requests: number;
}

async function cover(
  options: FakeServerOptions,
  length: number,
  limits: { settled?: boolean; mostRows?: number } = {},
): Promise<Read> {
  const server = new FakeServer(options);
  const facts = new ServerFacts();
  const client = new RangeClient({ client: server, facts, signal: new AbortController().signal, perPage: PER_PAGE });
  const to = FROM + length;
  const coverage = new Coverage(
    { from: FROM, to },
    {
      ...{ client, facts, perPage: PER_PAGE, mostBytes: Infinity },
      settledBefore: limits.settled === false ? FROM : to,
      mostRows: limits.mostRows ?? Infinity,
    },
  );
  const reading = await coverage.read();
  const answers = reading.kind === 'covered' ? reading.answers : [];
  const shown = new Set(
    answers.flatMap(({ page }) => Array.from({ length: page.size }, (_, row) => String(page.idOf(row)))),
  );
  return { reading, shown, requests: server.requests.length };
}

/** One row a second, ids from 1 on. */
const evenly = (count: number, everySeconds = 1): FakeRow[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index + 1), second: FROM + index * everySeconds }));

const idsOf = (rows: readonly FakeRow[]): string[] => rows.map(({ id }) => id);

describe('coverage', () => {
  test.each<[string, Partial<FakeServerOptions>]>([
    ['newest first and counted', {}],
    ['oldest first', { order: 'oldest_first' }],
    ['in random order', { order: 'random' }],
    ['without counts', { count: 'absent' }],
    ['without any meta', { count: 'absent', next: 'absent' }],
    ['counting the rows of the page alone', { count: 'own' }],
    ['counting at most 15', { count: { most: 15 } }],
    ['counting 3 too many', { count: { offset: 3 } }],
    ['counting 3 too few', { count: { offset: -3 } }],
    ['always naming a next page', { next: 'always' }],
    ['filling pages with 4 rows', { maxPerPage: 4 }],
    ['including the edges of a range', { edges: 'in' }],
    ['failing on more than 7 rows of a range', { isTooHeavy: (rows: readonly FakeRow[]) => rows.length > 7 }],
    ['refusing offsets from 10 on', { depth: 10 }],
  ])('shows all rows of a server %s', async (_, options) => {
    for (const settled of [true, false]) {
      const rows = evenly(240);
      const { shown, reading } = await cover({ rows, ...options }, 240, { settled });
      expect(reading.kind).toBe('covered');
      expect([...shown]).toEqual(expect.arrayContaining(idsOf(rows)));
    }
  });

  test('shows the rows of a second that a page of it and of an older one leaves, where that counts its own', async () => {
    // The rows come in any order, which looks like newest first.
    const rows = [5, 1, 5].flatMap((second, part) =>
      Array.from({ length: [23, 1, 7][part] ?? 0 }, (_, index) => ({
        id: String(100 * (part + 1) + index),
        second: FROM + second,
      })),
    );
    let state = 0;
    const { shown } = await cover({ rows, order: 'random', random: () => (state += 1), count: 'own' }, 10);
    expect([...shown]).toEqual(expect.arrayContaining(idsOf(rows)));
  });

  test.each<[string, Partial<FakeServerOptions>, boolean, number]>([
    ['a settled, counted range takes a question a page', {}, true, 12],
    ['a range that has not settled takes two a page', {}, false, 24],
    ['counts that are always wrong cost as much', { count: { offset: 3 } }, true, 34],
    ['counts of the page alone cost as much', { count: 'own' }, true, 30],
  ])('%s', async (_, options, settled, most) => {
    const { requests } = await cover({ rows: evenly(240), ...options }, 240, { settled });
    expect(requests).toBeLessThanOrEqual(most);
  });
});

const rowsArbitrary = fc
  .array(
    fc.record({
      second: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 20, max: 22 })),
      late: fc.boolean(),
    }),
    { maxLength: 160, size: 'max' },
  )
  .map((rows) =>
    rows
      .toSorted((a, b) => a.second - b.second)
      .map(({ second, late }, index): FakeRow => ({
        // Late rows of a server that sorts by id have higher ids than their time says.
        id: String(late && second > 5 ? index + 1000 : index + 1),
        second: FROM + second,
      })),
  );

const serverArbitrary = fc.record({
  order: fc.constantFrom<'newest_first' | 'oldest_first' | 'by_id' | 'random'>(
    'newest_first',
    'oldest_first',
    'by_id',
    'random',
  ),
  count: fc.oneof(
    fc.constantFrom<'true' | 'absent' | 'own'>('true', 'absent', 'own'),
    fc.record({ most: fc.integer({ min: 1, max: 150 }) }),
    fc.record({ offset: fc.integer({ min: -5, max: 5 }) }),
  ),
  next: fc.constantFrom<'true' | 'absent' | 'always'>('true', 'absent', 'always'),
  edges: fc.constantFrom<'in' | 'out'>('in', 'out'),
  maxPerPage: fc.constantFrom(24, 24, 20),
  heavy: fc.constantFrom(Infinity, Infinity, 60, 20),
  settled: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1e9 }),
});

describe('a range that is too much to be held', () => {
  const second = (id: number): FakeRow => ({ id: String(id), second: FROM + 5 });
  const dense = Array.from({ length: 60 }, (_, index) => second(index + 1));

  test.each([
    ['of many seconds is too big, with the number of its rows', evenly(60), 60, { kind: 'too_big', rows: 60 }],
    [
      'of one second is to be read on its own',
      dense.map((row) => ({ ...row, second: FROM })),
      1,
      { kind: 'split', second: FROM },
    ],
  ])('%s', async (_, rows, length, expected) => {
    expect((await cover({ rows }, length, { mostRows: 50 })).reading).toMatchObject(expected);
  });

  test('is estimated by the density of its newest page where nothing is counted', async () => {
    const { reading } = await cover({ rows: evenly(60), count: 'absent' }, 60, { mostRows: 50 });
    expect(reading).toEqual({ kind: 'too_big', rows: 60 });
  });

  test('is too big also where that shows only as it is read, by what was read', async () => {
    const { reading } = await cover({ rows: evenly(60), count: { most: 30 } }, 60, { mostRows: 50 });
    expect(reading).toMatchObject({ kind: 'too_big' });
  });

  test('is covered nevertheless where nothing is left to ask for', async () => {
    const { reading, shown } = await cover({ rows: evenly(15) }, 15, { mostRows: 10 });
    expect([reading.kind, shown.size]).toEqual(['covered', 15]);
  });
});

test('coverage shows every row of the range, whatever the order and the counts are', async () => {
  await fc.assert(
    fc.asyncProperty(rowsArbitrary, serverArbitrary, async (rows, { heavy, settled, seed, ...server }) => {
      let state = seed;
      const random = (): number => {
        state = (state * 48271) % 2147483647;
        return state / 2147483647;
      };
      const isTooHeavy = (matching: readonly FakeRow[], { perPage }: { perPage: number }): boolean =>
        matching.length > heavy && perPage > 3 && server.order !== 'random';
      const { shown, reading } = await cover({ rows, ...server, random, isTooHeavy }, 61, { settled });
      expect(reading.kind).toBe('covered');
      expect(idsOf(rows).filter((id) => !shown.has(id))).toEqual([]);
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 150) },
  );
});
