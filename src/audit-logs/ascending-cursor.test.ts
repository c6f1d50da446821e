import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import fc from 'fast-check';
import { AscendingCursor } from './ascending-cursor';
import type { DatedEntry } from './entry';
import { formatState, parseState, type SavedState } from './state';
import { formatSeconds, secondsOf } from './timestamp';

const at = formatSeconds;
const entry = (id: number | string, second: number): DatedEntry => ({
  id: String(id),
  timestamp: at(second),
  fields: {},
});
const idsOf = (entries: readonly DatedEntry[]): string[] => entries.map(({ id }) => id);

function cursorAt(second: number, maxCharacters?: number): AscendingCursor {
  const start = { timestamp: at(second), id: undefined, recentFrom: at(second), recentIds: new Map() };
  return new AscendingCursor(start, maxCharacters);
}

/** As the platform does it between two syncs. */
const saveAndLoad = (cursor: AscendingCursor): SavedState =>
  parseState(JSON.parse(JSON.stringify(formatState(cursor.state('settings')))) as JsonObject);

describe('what is new', () => {
  test('is what was not delivered yet, in the order given', () => {
    const cursor = cursorAt(0);
    cursor.takeNew([entry(1, 10), entry(3, 12)]);
    expect(idsOf(cursor.takeNew([entry(1, 10), entry(2, 11), entry(3, 12), entry(4, 13)]))).toEqual(['2', '4']);
  });

  test('is a late entry too, whose time and id lie below the position', () => {
    const cursor = cursorAt(0);
    cursor.takeNew([entry(100, 50)]);
    cursor.closeWindow(at(60), at(30));
    expect(idsOf(cursor.takeNew([entry(7, 40), entry(100, 50)]))).toEqual(['7']);
  });

  test('is each of several entries of the same time, once', () => {
    const cursor = cursorAt(0);
    expect(idsOf(cursor.takeNew([entry(1, 10), entry(2, 10)]))).toEqual(['1', '2']);
    expect(idsOf(cursor.takeNew([entry(1, 10), entry(2, 10), entry(3, 10)]))).toEqual(['3']);
  });

  test('is an entry only once within one call', () => {
    expect(idsOf(cursorAt(0).takeNew([entry(1, 10), entry(1, 10)]))).toEqual(['1']);
  });

  test('is not what was skipped', () => {
    const cursor = cursorAt(10);
    cursor.skip([entry(1, 10)]);
    expect(idsOf(cursor.takeNew([entry(1, 10), entry(2, 10)]))).toEqual(['2']);
  });

  test('is decided by the ids of the saved state', () => {
    const cursor = new AscendingCursor({
      timestamp: at(50),
      id: '2',
      recentFrom: at(40),
      recentIds: new Map([
        [at(45), ['1']],
        [at(50), ['2']],
      ]),
    });
    expect(idsOf(cursor.takeNew([entry(1, 45), entry(2, 50), entry(3, 50)]))).toEqual(['3']);
  });
});

describe('the position', () => {
  test('moves to the end of a window', () => {
    const cursor = cursorAt(0);
    cursor.closeWindow(at(60), at(30));
    expect(cursor.timestamp).toBe(at(60));
  });

  test('never moves backwards', () => {
    const cursor = cursorAt(100);
    cursor.closeWindow(at(60), at(30));
    expect([cursor.timestamp, cursor.recentFrom]).toEqual([at(100), at(100)]);
  });

  test('does not move with an entry', () => {
    const cursor = cursorAt(0);
    cursor.takeNew([entry(1, 10)]);
    expect(cursor.timestamp).toBe(at(0));
  });
});

describe('the id in the state', () => {
  test('is that of the last entry delivered', () => {
    const cursor = cursorAt(0);
    cursor.takeNew([entry(1, 10), entry(2, 11)]);
    cursor.takeNew([entry(2, 11)]);
    expect(cursor.state('c').id).toBe('2');
  });

  test('stays that of the saved state while nothing is delivered', () => {
    const cursor = new AscendingCursor({ timestamp: at(5), id: '9', recentFrom: at(5), recentIds: new Map() });
    cursor.skip([entry(10, 5)]);
    expect(cursor.state('c').id).toBe('9');
  });
});

describe('where the next sync starts reading', () => {
  test("is the window's end while that lies below the lookback", () => {
    const cursor = cursorAt(0);
    cursor.closeWindow(at(60), at(1000));
    expect(cursor.recentFrom).toBe(at(60));
  });

  test("is the lookback's beginning once a window reaches into it", () => {
    const cursor = cursorAt(0);
    cursor.closeWindow(at(1600), at(1000));
    expect(cursor.recentFrom).toBe(at(1000));
  });

  test('never moves backwards, nor below the first range', () => {
    const cursor = cursorAt(1000);
    cursor.closeWindow(at(1600), at(500));
    expect(cursor.recentFrom).toBe(at(1000));
  });
});

describe('what is remembered', () => {
  test('is pruned below the place where the next sync starts', () => {
    const cursor = cursorAt(0);
    cursor.takeNew([entry(1, 10), entry(2, 30), entry(3, 31)]);
    cursor.closeWindow(at(60), at(30));
    expect(cursor.state('c').recentIds).toEqual(
      new Map([
        [at(30), ['2']],
        [at(31), ['3']],
      ]),
    );
    expect(cursor.rememberedIds).toBe(2);
  });

  test('is nothing in the middle of a backfill', () => {
    const cursor = cursorAt(0);
    cursor.takeNew([entry(1, 10), entry(2, 59)]);
    cursor.closeWindow(at(60), at(1000));
    expect(cursor.state('c').recentIds.size).toBe(0);
  });

  test('is grouped by time, in ascending order', () => {
    const cursor = cursorAt(0);
    cursor.takeNew([entry(1, 50), entry(2, 40), entry(3, 50)]);
    expect([...cursor.state('c').recentIds]).toEqual([
      [at(40), ['2']],
      [at(50), ['1', '3']],
    ]);
  });

  test('is kept for as long as an entry without a time can be shown again', () => {
    const cursor = cursorAt(0);
    const timeless = { ...entry('x', 0), rememberUntil: at(62) };
    cursor.takeNew([timeless]);
    cursor.closeWindow(at(60), at(50));
    expect(cursor.takeNew([timeless])).toEqual([]);
  });
});

describe('the cap', () => {
  test('drops the oldest ids first, and says how many', () => {
    const cursor = cursorAt(0, 100);
    cursor.takeNew([entry(11, 1), entry(12, 1), entry(21, 2), entry(31, 3)]);
    cursor.closeWindow(at(10), at(0));
    expect(cursor.takeDropped()).toBe(2);
    expect([...cursor.state('c').recentIds.values()]).toEqual([['21'], ['31']]);
  });

  test('tells of each dropped id once', () => {
    const cursor = cursorAt(0, 10);
    cursor.takeNew([entry(11, 1)]);
    cursor.closeWindow(at(10), at(0));
    expect([cursor.takeDropped(), cursor.takeDropped()]).toEqual([1, 0]);
  });

  test('lets what was dropped come again rather than get lost', () => {
    const cursor = cursorAt(0, 10);
    cursor.takeNew([entry(11, 1)]);
    cursor.closeWindow(at(10), at(0));
    expect(idsOf(new AscendingCursor(saveAndLoad(cursor)).takeNew([entry(11, 1)]))).toEqual(['11']);
  });

  test('drops nothing that fits', () => {
    const cursor = cursorAt(0);
    cursor.takeNew(Array.from({ length: 20_000 }, (_, index) => entry(index, index % 600)));
    cursor.closeWindow(at(600), at(0));
    expect([cursor.takeDropped(), cursor.rememberedIds]).toEqual([0, 20_000]);
  });

  test('bounds the JSON of the state, whatever was pruned before', () => {
    const group = fc.record({
      second: fc.nat({ max: 30 }),
      count: fc.nat({ max: 8 }),
      digits: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(
        fc.array(group, { maxLength: 12 }),
        fc.nat({ max: 30 }),
        fc.integer({ min: 50, max: 500 }),
        (groups, from, max) => {
          const cursor = cursorAt(0, max);
          for (const [index, { second, count, digits }] of groups.entries()) {
            cursor.takeNew(
              Array.from({ length: count }, (_, nth) => entry(`${index}-${nth}`.padStart(digits, '0'), second)),
            );
          }
          cursor.closeWindow(at(60), at(Math.floor(from / 2)));
          cursor.closeWindow(at(60), at(from));
          const { recentIds } = cursor.state('c');
          expect(JSON.stringify(Object.fromEntries(recentIds)).length).toBeLessThanOrEqual(max + 2);
          expect([...recentIds.values()].flat()).toHaveLength(cursor.rememberedIds);
        },
      ),
    );
  });
});

interface Step {
  /** Seconds since the sync before. */
  readonly later: number;
  readonly lookback: number;
  /** Where the range is cut, in parts of a hundred. */
  readonly cuts: readonly number[];
  /** After how many windows the sync is killed. */
  readonly windows: number;
}

interface Happened {
  readonly second: number;
  /** How much later it becomes visible. */
  readonly delay: number;
}

const steps = (lookback: fc.Arbitrary<number>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      later: fc.integer({ min: 1, max: 400 }),
      lookback,
      cuts: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }),
      windows: fc.oneof(
        { weight: 3, arbitrary: fc.constant(99) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  );

const happened = (delay: fc.Arbitrary<number>): fc.Arbitrary<Happened[]> =>
  fc.array(fc.record({ second: fc.nat({ max: 2000 }), delay }), { maxLength: 60 });

/** Syncs one after the other, each from the state of the one before. @returns ids in the order of their delivery */
function runSyncs(
  entries: readonly Happened[],
  syncs: readonly Step[],
  inspect?: (cursor: AscendingCursor) => void,
): string[] {
  const delivered: string[] = [];
  let state: SavedState | undefined;
  let now = 0;
  for (const { later, lookback, cuts, windows } of syncs) {
    now += later;
    const cursor = state === undefined ? cursorAt(0) : new AscendingCursor(state);
    const from = secondsOf(cursor.recentFrom);
    const edges = [...new Set(cuts.map((cut) => from + Math.floor(((now - from) * cut) / 100)))]
      .filter((edge) => edge > from && edge < now)
      .toSorted((a, b) => a - b);
    for (const [index, start] of [from, ...edges].slice(0, windows).entries()) {
      const end = edges[index];
      const shown = entries
        .map((each, id) => ({ ...each, id }))
        .filter(({ second, delay }) => second + delay <= now && second >= start && (end === undefined || second < end))
        .map(({ id, second }) => entry(id, second));
      delivered.push(...idsOf(cursor.takeNew(shown)));
      cursor.closeWindow(at(end ?? now), at(Math.max(0, now - lookback)));
      inspect?.(cursor);
      state = saveAndLoad(cursor);
    }
  }
  return delivered;
}

describe('any sequence of syncs', () => {
  const late = happened(fc.integer({ min: 0, max: 900 }));
  const anySteps = steps(fc.integer({ min: 60, max: 600 }));
  const last = { later: 5000, lookback: 60, cuts: [], windows: 99 };

  test('delivers nothing twice, with any lookback, lateness and kill', () => {
    fc.assert(
      fc.property(late, anySteps, (entries, syncs) => {
        const delivered = runSyncs(entries, [...syncs, last]);
        expect(new Set(delivered).size).toBe(delivered.length);
      }),
      { numRuns: 300 },
    );
  });

  test('delivers everything that becomes visible within the lookback', () => {
    fc.assert(
      fc.property(happened(fc.integer({ min: 0, max: 60 })), anySteps, (entries, syncs) => {
        const delivered = runSyncs(entries, [...syncs, last]);
        expect(delivered.toSorted()).toEqual(entries.map((_, id) => String(id)).toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test('never moves the position or the start backwards, nor the start past the position', () => {
    fc.assert(
      fc.property(late, anySteps, (entries, syncs) => {
        let before = [at(0), at(0)];
        runSyncs(entries, syncs, ({ timestamp, recentFrom }) => {
          expect([timestamp >= String(before[0]), recentFrom >= String(before[1]), recentFrom <= timestamp]).toEqual([
            true,
            true,
            true,
          ]);
          before = [timestamp, recentFrom];
        });
      }),
    );
  });

  test('repeats nothing when the lookback is raised from 1 to 60 minutes', () => {
    const entries = Array.from({ length: 200 }, (_, index) => ({ second: index * 10, delay: 0 }));
    const delivered = runSyncs(entries, [
      { later: 2000, lookback: 60, cuts: [], windows: 99 },
      { later: 60, lookback: 3600, cuts: [50], windows: 99 },
      { later: 60, lookback: 3600, cuts: [], windows: 99 },
    ]);
    expect(delivered).toEqual(entries.map((_, id) => String(id)));
  });
});
