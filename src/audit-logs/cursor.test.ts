import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import fc from 'fast-check';
import { Cursor, newestPlausible, type DeliveredWindow } from './cursor';
import { DeliveredIds } from './delivered-ids';
import { formatState, parseState, type Position } from './state';
import { formatSeconds as at, formatTimestamp, secondsOf } from '../tines/timestamp';

/** A whole bucket of ids begins here: 2026-11-24T12:00:00Z. */
const noon = 1_795_521_600;
const scope = { domain: 'acme.tines.com', userIds: [], operationNames: [] };

/** As the platform does it between two syncs. */
const saveAndLoad = (cursor: Cursor): Position =>
  parseState(JSON.parse(JSON.stringify(formatState(cursor.position, scope))) as JsonObject, scope);

/** An entry whose timestamp is its created_at. */
const deliver = (cursor: Cursor, id: string, second: number): boolean => cursor.deliver(id, second, at(second));

const closed = (end: number | undefined, newestShown: number | undefined, lookbackSeconds = 600): DeliveredWindow => ({
  end,
  newestShown,
  lookbackSeconds,
});

/** A cursor that has read to 12:50 with a lookback of ten minutes. */
function cursorAtTenToOne(): Cursor {
  const cursor = Cursor.startingAt(noon);
  deliver(cursor, '5', noon + 3000);
  cursor.closeWindow(closed(undefined, noon + 3000));
  return cursor;
}

describe('Cursor.deliver', () => {
  test('is true for an entry whose id was not delivered, once', () => {
    const cursor = Cursor.startingAt(noon);
    expect([deliver(cursor, '1', noon), deliver(cursor, '1', noon), deliver(cursor, '2', noon)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('is true for a late entry, whose id and time lie below the position', () => {
    const cursor = cursorAtTenToOne();
    expect(deliver(cursor, '3', noon + 2500)).toBe(true);
  });

  test('is false for an entry that was skipped', () => {
    const cursor = Cursor.startingAt(noon);
    cursor.skip('1', noon);
    expect(deliver(cursor, '1', noon)).toBe(false);
  });

  test('is false for the ids of the saved state', () => {
    const cursor = new Cursor(saveAndLoad(cursorAtTenToOne()));
    expect([deliver(cursor, '5', noon + 3000), deliver(cursor, '6', noon + 3000)]).toEqual([false, true]);
  });

  test('is false for an entry without a time as long as its window can be shown again', () => {
    const cursor = Cursor.startingAt(noon);
    cursor.deliver('x', noon + 3600, at(noon));
    cursor.closeWindow(closed(noon + 3600, noon + 9000, 5400));
    expect(cursor.deliver('x', noon + 3600, at(noon))).toBe(false);
  });
});

describe('the id of the position', () => {
  test('is that of the entry delivered last', () => {
    const cursor = cursorAtTenToOne();
    deliver(cursor, '3', noon + 2500);
    deliver(cursor, '5', noon + 3000);
    cursor.skip('9', noon + 3000);
    expect(cursor.position.id).toBe('3');
  });

  test('stays that of the saved state while nothing is delivered', () => {
    const cursor = new Cursor(saveAndLoad(cursorAtTenToOne()));
    cursor.closeWindow(closed(undefined, noon + 3300));
    expect(cursor.position.id).toBe('5');
  });
});

describe('recentFrom of the position', () => {
  test.each<[string, DeliveredWindow, number]>([
    ['is the end of a window that has settled', closed(noon + 3600, noon + 9000), noon + 3600],
    [
      'is the newest entry shown less the lookback behind a window beyond that',
      closed(noon + 8500, noon + 9000),
      noon + 8400,
    ],
    ['is the newest entry shown less the lookback behind an open window', closed(undefined, noon + 9000), noon + 8400],
    ['is the newest entry shown without a lookback', closed(undefined, noon + 9000, 0), noon + 9000],
    ['stays where nothing was shown', closed(undefined, undefined), noon + 2400],
    ['stays where nothing was shown in a window with an end', closed(noon + 9000, undefined), noon + 2400],
    ['stays where the newest entry shown is an old one', closed(undefined, noon + 2000), noon + 2400],
    ['stays where the lookback has grown', closed(undefined, noon + 3100, 3600), noon + 2400],
    ['stays behind a window below it', closed(noon + 2000, noon + 9000), noon + 2400],
  ])('%s', (_, window, expected) => {
    const cursor = cursorAtTenToOne();
    cursor.closeWindow(window);
    expect(cursor.position.recentFrom).toBe(expected);
  });

  test('is the start at first', () => {
    expect(Cursor.startingAt(noon).position).toMatchObject({ timestamp: at(noon), recentFrom: noon, id: undefined });
  });
});

describe('the timestamp of the position', () => {
  test.each<[string, DeliveredWindow, string]>([
    ['is the end of a window', closed(noon + 3600, noon + 9000), at(noon + 3600)],
    ['is the newest entry shown where a window ends later', closed(noon + 9900, noon + 9000), at(noon + 9000)],
    ['is the newest entry shown behind an open window', closed(undefined, noon + 9000), at(noon + 9000)],
    ['stays where nothing was shown', closed(undefined, undefined), at(noon + 3000)],
    ['stays where nothing was shown in a window with an end', closed(noon + 9000, undefined), at(noon + 3000)],
    ['stays behind a window below it', closed(noon + 2700, noon + 9000), at(noon + 3000)],
    ['stays where the newest entry shown is an old one', closed(undefined, noon + 2000), at(noon + 3000)],
  ])('%s', (_, window, expected) => {
    const cursor = cursorAtTenToOne();
    cursor.closeWindow(window);
    expect(cursor.position.timestamp).toBe(expected);
  });

  test.each([
    ['milliseconds after', noon + 9000, 9_000_532, 9_000_532],
    ['two minutes after', noon + 8900, 9_020_001, 9_020_001],
    ['five minutes after the newest entry shown', noon + 9000, 9_300_000, 9_300_000],
    ['years after', noon + 8900, 9e12, 9_300_000],
    ['in the year 9999, after', noon + 8900, 253_402_300_799_999 - noon * 1000, 9_300_000],
    ['before', noon + 9000, 8_000_000, 9_000_000],
  ])(
    'is no less than that of a record dated %s its created_at, as far as five minutes go',
    (_, second, ms, expected) => {
      const cursor = Cursor.startingAt(noon);
      cursor.deliver('1', second, formatTimestamp(noon * 1000 + ms) ?? '');
      cursor.closeWindow(closed(undefined, noon + 9000));
      expect(cursor.position.timestamp).toBe(formatTimestamp(noon * 1000 + expected));
    },
  );

  test('is no less than that of a record dated after the end of its window', () => {
    const cursor = Cursor.startingAt(noon);
    cursor.deliver('1', noon + 3599, at(noon + 3700));
    cursor.closeWindow(closed(noon + 3600, noon + 9000));
    expect(cursor.position).toMatchObject({ timestamp: at(noon + 3700), recentFrom: noon + 3600 });
  });

  test('is moved by a misdated record behind its own window only', () => {
    const cursor = Cursor.startingAt(noon);
    cursor.deliver('1', noon + 10, '9999-12-31T23:59:59.000Z');
    cursor.closeWindow(closed(noon + 60, noon + 9000));
    cursor.closeWindow(closed(noon + 3600, noon + 9000));
    expect(cursor.position.timestamp).toBe(at(noon + 3600));
  });

  test('is not moved by entries that are skipped', () => {
    const cursor = Cursor.startingAt(noon);
    cursor.skip('1', noon + 5);
    expect(cursor.position.timestamp).toBe(at(noon));
  });

  test('of a state in the future never moves back', () => {
    const cursor = Cursor.startingAt(4_102_444_799);
    cursor.closeWindow(closed(undefined, undefined));
    cursor.closeWindow(closed(undefined, noon));
    expect(cursor.position).toMatchObject({ timestamp: '2099-12-31T23:59:59.000Z', recentFrom: 4_102_444_799 });
  });

  test('of the last moment of the year 9999 can be reached', () => {
    const last = 253_402_300_799;
    const cursor = Cursor.startingAt(noon);
    cursor.deliver('1', last, '9999-12-31T23:59:59.999Z');
    cursor.closeWindow(closed(undefined, last));
    expect(cursor.position.timestamp).toBe('9999-12-31T23:59:59.999Z');
  });
});

describe('the ids of the position', () => {
  test('are those of the last minutes in the middle of a backfill, which the next window shows again at its edge', () => {
    const cursor = Cursor.startingAt(noon);
    deliver(cursor, '1', noon + 299);
    deliver(cursor, '2', noon + 599);
    cursor.closeWindow(closed(noon + 600, noon + 9000));
    expect(cursor.position.delivered.has('2')).toBe(true);
    expect(cursor.position.delivered.has('1')).toBe(false);
  });

  test('are those from five minutes before recentFrom on, and what lies in the same bucket', () => {
    const cursor = Cursor.startingAt(noon - 400);
    for (const second of [-1, 300, 450, 900]) deliver(cursor, String(Math.abs(second)), noon + second);
    cursor.closeWindow(closed(undefined, noon + 900, 500));
    expect(cursor.position.delivered.toJSON()).toEqual({ [at(noon + 599)]: '300 150', [at(noon + 1199)]: '900' });
  });

  test('fit into a state: the oldest are forgotten, and closeWindow says how many', () => {
    const cursor = new Cursor(Cursor.startingAt(noon).position, 40);
    for (const id of ['11', '12']) deliver(cursor, id, noon);
    deliver(cursor, '21', noon + 300);
    expect([
      cursor.closeWindow(closed(undefined, noon + 300)),
      cursor.closeWindow(closed(undefined, noon + 300)),
    ]).toEqual([2, 0]);
    expect(cursor.position.delivered.toJSON()).toEqual({ [at(noon + 599)]: '21' });
  });

  test('take no more than a million characters of JSON, and no less than they may', () => {
    const cursor = Cursor.startingAt(noon);
    for (let nth = 0; nth < 30_000; nth += 1) deliver(cursor, `${nth}-`.padEnd(36, 'x'), noon + nth);
    const forgotten = cursor.closeWindow(closed(undefined, noon + 30_000, 30_000));
    const { delivered } = cursor.position;
    expect(JSON.stringify(delivered).length).toBeGreaterThan(980_000);
    expect(JSON.stringify(delivered).length).toBeLessThanOrEqual(1_000_000);
    expect(delivered.size + forgotten).toBe(30_000);
  });

  test('are taken over from the position that the cursor starts with', () => {
    const delivered = new DeliveredIds();
    const cursor = new Cursor({ timestamp: at(noon), id: undefined, recentFrom: noon, delivered });
    expect(cursor.position.delivered).toBe(delivered);
  });
});

describe('newestPlausible', () => {
  test.each([
    ['before both clocks', 100, 200, 300, 100],
    ['beyond the server only', 250, 200, 300, 250],
    ['beyond this machine only', 250, 300, 200, 250],
    ['beyond both, the server being ahead', 400, 300, 200, 300],
    ['beyond both, this machine being ahead', 400, 200, 300, 300],
    ['at the later of both', 300, 200, 300, 300],
  ])('of an entry %s', (_, newest, serverNow, now, expected) => {
    expect(newestPlausible(newest, serverNow, now)).toBe(expected);
  });
});

/** An entry of the property tests. */
interface Happened {
  readonly id: string;
  /** `created_at`. */
  readonly second: number;
  /** When it becomes visible. */
  readonly visible: number;
  /** How much later its timestamp is, in ms. */
  readonly lead: number;
}

interface Sync {
  /** Seconds since the sync before. */
  readonly later: number;
  readonly lookbackSeconds: number;
  /** Where the range is cut, in hundredths of it. */
  readonly cuts: readonly number[];
  /** After how many windows the sync is killed. */
  readonly windows: number;
}

const syncs = (lookback: fc.Arbitrary<number>): fc.Arbitrary<Sync[]> =>
  fc.array(
    fc.record({
      later: fc.integer({ min: 1, max: 1500 }),
      lookbackSeconds: lookback,
      cuts: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }),
      windows: fc.oneof(
        { weight: 3, arbitrary: fc.constant(99) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  );

/** Entries of an hour and a half, of some kinds of ids. @param delay seconds from created_at until it can be seen */
const entries = (delay: fc.Arbitrary<number>): fc.Arbitrary<Happened[]> =>
  fc
    .array(
      fc.record({
        second: fc.integer({ min: noon, max: noon + 5000 }),
        delay,
        lead: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 120_000 }), fc.constant(1e12)),
        kind: fc.constantFrom('', 'x', '00000000000000000'),
      }),
      { maxLength: 60 },
    )
    .map((all) =>
      all.map(({ second, delay, lead, kind }, nth) => ({ id: `${kind}${nth}`, second, visible: second + delay, lead })),
    );

const last: Sync = { later: 50_000, lookbackSeconds: 60, cuts: [], windows: 99 };
const anyLookback = fc.integer({ min: 0, max: 1200 });

interface Seen {
  readonly before: Position;
  readonly cursor: Cursor;
  /** The entries of the window just closed. */
  readonly shown: readonly Happened[];
  readonly reached: number;
  readonly ids: readonly string[];
}

/**
 * Syncs one after the other, each from the state of the one before.
 * @param inspect called behind each window
 * @returns ids in the order of their delivery
 */
function run(all: readonly Happened[], schedule: readonly Sync[], inspect?: (seen: Seen) => void): string[] {
  const ids: string[] = [];
  let position = Cursor.startingAt(noon).position;
  let now = noon;
  for (const { later, lookbackSeconds, cuts, windows } of schedule) {
    now += later;
    const from = position.recentFrom;
    const visible = all.filter((entry) => entry.visible <= now && entry.second >= from);
    const newestShown = visible.length === 0 ? undefined : Math.max(...visible.map(({ second }) => second));
    const edges = [...new Set(cuts.map((cut) => from + Math.floor(((now - from) * cut) / 100)))]
      .filter((edge) => edge > from)
      .toSorted((a, b) => a - b);
    const cursor = new Cursor(position);
    for (const [nth, start] of [from, ...edges].slice(0, windows).entries()) {
      const end = edges[nth];
      const before = cursor.position;
      const shown = visible.filter(({ second }) => second >= start && (end === undefined || second < end));
      for (const { id, second, lead } of shown) {
        if (cursor.deliver(id, second, formatTimestamp(second * 1000 + lead) ?? '')) ids.push(id);
      }
      cursor.closeWindow({ end, newestShown, lookbackSeconds });
      position = saveAndLoad(cursor);
      inspect?.({ before, cursor, shown, reached: Math.min(end ?? Infinity, newestShown ?? 0), ids });
    }
  }
  return ids;
}

describe('any schedule of syncs, kills and lookbacks', () => {
  const anyEntries = entries(fc.integer({ min: 0, max: 3000 }));

  test('delivers no entry twice', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        const ids = run(all, [...schedule, last]);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 500) },
    );
  });

  test('forgets no id that the next sync can see again', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        run(all, schedule, ({ cursor, ids }) => {
          const { recentFrom, delivered } = saveAndLoad(cursor);
          const seenAgain = all.filter(({ id, second }) => second >= recentFrom && ids.includes(id));
          expect(seenAgain.filter(({ id }) => !delivered.has(id))).toEqual([]);
        });
      }),
    );
  });

  test('loses nothing of a log that stalls for any time and shows its entries in the order of their times', () => {
    const stalled = fc.tuple(entries(fc.constant(0)), fc.array(fc.nat({ max: 9000 }), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(stalled, syncs(anyLookback), ([all, stalls], schedule) => {
        // During a stall, which lasts half an hour, nothing becomes visible.
        const until = (visible: number): number =>
          stalls.reduce(
            (time, start) => (time >= noon + start && time < noon + start + 1800 ? noon + start + 1800 : time),
            visible,
          );
        const inOrder = all.toSorted((a, b) => a.second - b.second);
        let latest = 0;
        const late = inOrder.map((entry) => {
          latest = Math.max(latest, until(entry.visible));
          return { ...entry, visible: latest };
        });
        expect(run(late, [...schedule, last]).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
    );
  });

  test('loses nothing that becomes visible within the lookback', () => {
    const lookback = fc.integer({ min: 60, max: 1200 });
    fc.assert(
      fc.property(entries(fc.integer({ min: 0, max: 60 })), syncs(lookback), (all, schedule) => {
        expect(run(all, [...schedule, last]).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
    );
  });

  test('never moves timestamp or recentFrom back, nor recentFrom beyond timestamp or what was shown', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        run(all, schedule, ({ before, cursor: { position }, reached }) => {
          expect(position.timestamp >= before.timestamp).toBe(true);
          expect(position.recentFrom).toBeGreaterThanOrEqual(before.recentFrom);
          expect(position.recentFrom).toBeLessThanOrEqual(Math.max(before.recentFrom, reached));
          expect(position.recentFrom).toBeLessThanOrEqual(secondsOf(position.timestamp));
        });
      }),
    );
  });

  test('has a timestamp no less than that of any record delivered until then that is dated within two minutes', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        run(all, schedule, ({ cursor: { position }, shown }) => {
          const ms = shown.filter(({ lead }) => lead <= 120_000).map(({ second, lead }) => second * 1000 + lead);
          expect(Math.max(0, ...ms)).toBeLessThanOrEqual(Date.parse(position.timestamp));
        });
      }),
    );
  });
});
