import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compactId } from './compact-id';
import { DeliveredIds, type DeliveredIdsJson } from './delivered-ids';
import { LookbackCursor, type DeliveredWindow, type LookbackPosition } from './lookback-cursor';

/** A whole bucket of ids begins here: 2026-11-24T12:00:00Z. */
const NOON = 1_795_521_600;

/** Epoch ms. */
const at = (second: number): number => second * 1000;
const bucketEndingAt = (second: number): string => new Date(at(second)).toISOString();

/** As the platform does it between two reads. */
function saveAndLoad({ position }: LookbackCursor): LookbackPosition {
  const delivered = DeliveredIds.fromJSON(JSON.parse(JSON.stringify(position.delivered)) as DeliveredIdsJson);
  if (delivered === undefined) throw new Error('was refused');
  return { ...position, delivered };
}

/** An entry whose timestamp is its created_at. */
const deliver = (cursor: LookbackCursor, id: string, second: number): boolean =>
  cursor.deliver(compactId(id), second, at(second));

const closed = (end: number | undefined, newestShown: number | undefined, lookbackSeconds = 600): DeliveredWindow => ({
  end,
  newestShown,
  lookbackSeconds,
});

/** A cursor that has read to 12:50 with a lookback of ten minutes. */
function cursorAtTenToOne(): LookbackCursor {
  const cursor = LookbackCursor.startingAt(NOON);
  deliver(cursor, '5', NOON + 3000);
  cursor.closeWindow(closed(undefined, NOON + 3000));
  return cursor;
}

describe('LookbackCursor.deliver', () => {
  test('is true for an entry whose id was not delivered, once', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    expect([deliver(cursor, '1', NOON), deliver(cursor, '1', NOON), deliver(cursor, '2', NOON)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('is true for a late entry, whose id and time lie below the position', () => {
    const cursor = cursorAtTenToOne();
    expect(deliver(cursor, '3', NOON + 2500)).toBe(true);
  });

  test('is false for an entry that was skipped', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.skip(compactId('1'), NOON);
    expect(deliver(cursor, '1', NOON)).toBe(false);
  });

  test('is false for the ids of the saved state', () => {
    const cursor = new LookbackCursor(saveAndLoad(cursorAtTenToOne()));
    expect([deliver(cursor, '5', NOON + 3000), deliver(cursor, '6', NOON + 3000)]).toEqual([false, true]);
  });

  test('is false for an entry without a time as long as its window can be shown again', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliver(compactId('x'), NOON + 3600, at(NOON));
    cursor.closeWindow(closed(NOON + 3600, NOON + 9000, 5400));
    expect(cursor.deliver(compactId('x'), NOON + 3600, at(NOON))).toBe(false);
  });
});

describe('the id of the position', () => {
  test('is that of the entry delivered last', () => {
    const cursor = cursorAtTenToOne();
    deliver(cursor, '3', NOON + 2500);
    deliver(cursor, '5', NOON + 3000);
    cursor.skip(compactId('9'), NOON + 3000);
    expect(cursor.position.id).toBe(3);
  });

  test('stays that of the saved state while nothing is delivered', () => {
    const cursor = new LookbackCursor(saveAndLoad(cursorAtTenToOne()));
    cursor.closeWindow(closed(undefined, NOON + 3300));
    expect(cursor.position.id).toBe(5);
  });
});

describe('recentFrom of the position', () => {
  test.each<[string, DeliveredWindow, number]>([
    ['is the end of a window that has settled', closed(NOON + 3600, NOON + 9000), NOON + 3600],
    [
      'is the newest entry shown less the lookback behind a window beyond that',
      closed(NOON + 8500, NOON + 9000),
      NOON + 8400,
    ],
    ['is the newest entry shown less the lookback behind an open window', closed(undefined, NOON + 9000), NOON + 8400],
    ['is the newest entry shown without a lookback', closed(undefined, NOON + 9000, 0), NOON + 9000],
    ['stays where nothing was shown', closed(undefined, undefined), NOON + 2400],
    ['stays where nothing was shown in a window with an end', closed(NOON + 9000, undefined), NOON + 2400],
    ['stays where the newest entry shown is an old one', closed(undefined, NOON + 2000), NOON + 2400],
    ['stays where the lookback has grown', closed(undefined, NOON + 3100, 3600), NOON + 2400],
    ['stays behind a window below it', closed(NOON + 2000, NOON + 9000), NOON + 2400],
  ])('%s', (_, window, expected) => {
    const cursor = cursorAtTenToOne();
    cursor.closeWindow(window);
    expect(cursor.position.recentFrom).toBe(expected);
  });

  test('is the start at first', () => {
    expect(LookbackCursor.startingAt(NOON).position).toMatchObject({
      timestamp: at(NOON),
      recentFrom: NOON,
      id: undefined,
    });
  });
});

describe('the timestamp of the position', () => {
  test.each<[string, DeliveredWindow, number]>([
    ['is the end of a window', closed(NOON + 3600, NOON + 9000), at(NOON + 3600)],
    ['is the newest entry shown where a window ends later', closed(NOON + 9900, NOON + 9000), at(NOON + 9000)],
    ['is the newest entry shown behind an open window', closed(undefined, NOON + 9000), at(NOON + 9000)],
    ['stays where nothing was shown', closed(undefined, undefined), at(NOON + 3000)],
    ['stays where nothing was shown in a window with an end', closed(NOON + 9000, undefined), at(NOON + 3000)],
    ['stays behind a window below it', closed(NOON + 2700, NOON + 9000), at(NOON + 3000)],
    ['stays where the newest entry shown is an old one', closed(undefined, NOON + 2000), at(NOON + 3000)],
  ])('%s', (_, window, expected) => {
    const cursor = cursorAtTenToOne();
    cursor.closeWindow(window);
    expect(cursor.position.timestamp).toBe(expected);
  });

  test.each([
    ['milliseconds after', NOON + 9000, 9_000_532, 9_000_532],
    ['two minutes after', NOON + 8900, 9_020_001, 9_020_001],
    ['five minutes after the newest entry shown', NOON + 9000, 9_300_000, 9_300_000],
    ['years after', NOON + 8900, 9e12, 9_300_000],
    ['in the year 9999, after', NOON + 8900, 253_402_300_799_999 - NOON * 1000, 9_300_000],
    ['before', NOON + 9000, 8_000_000, 9_000_000],
  ])(
    'is no less than that of a record dated %s its created_at, as far as five minutes go',
    (_, second, ms, expected) => {
      const cursor = LookbackCursor.startingAt(NOON);
      cursor.deliver(compactId('1'), second, at(NOON) + ms);
      cursor.closeWindow(closed(undefined, NOON + 9000));
      expect(cursor.position.timestamp).toBe(at(NOON) + expected);
    },
  );

  test('is no less than that of a record dated after the end of its window', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliver(compactId('1'), NOON + 3599, at(NOON + 3700));
    cursor.closeWindow(closed(NOON + 3600, NOON + 9000));
    expect(cursor.position).toMatchObject({ timestamp: at(NOON + 3700), recentFrom: NOON + 3600 });
  });

  test('is moved by a misdated record behind its own window only', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliver(compactId('1'), NOON + 10, Date.parse('9999-12-31T23:59:59.000Z'));
    cursor.closeWindow(closed(NOON + 60, NOON + 9000));
    cursor.closeWindow(closed(NOON + 3600, NOON + 9000));
    expect(cursor.position.timestamp).toBe(at(NOON + 3600));
  });

  test('is not moved by entries that are skipped', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.skip(compactId('1'), NOON + 5);
    expect(cursor.position.timestamp).toBe(at(NOON));
  });

  test('of a state in the future never moves back', () => {
    const cursor = LookbackCursor.startingAt(4_102_444_799);
    cursor.closeWindow(closed(undefined, undefined));
    cursor.closeWindow(closed(undefined, NOON));
    expect(cursor.position).toMatchObject({
      timestamp: Date.parse('2099-12-31T23:59:59.000Z'),
      recentFrom: 4_102_444_799,
    });
  });

  test('of the last moment of the year 9999 can be reached', () => {
    const last = 253_402_300_799;
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliver(compactId('1'), last, Date.parse('9999-12-31T23:59:59.999Z'));
    cursor.closeWindow(closed(undefined, last));
    expect(cursor.position.timestamp).toBe(Date.parse('9999-12-31T23:59:59.999Z'));
  });
});

describe('the ids of the position', () => {
  test('are none in the middle of a backfill: the next window starts where this one has ended', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    deliver(cursor, '1', NOON + 599);
    cursor.closeWindow(closed(NOON + 600, NOON + 9000));
    expect(cursor.position.delivered.size).toBe(0);
  });

  test('are those from recentFrom on, and what lies in the same bucket', () => {
    const cursor = LookbackCursor.startingAt(NOON - 400);
    for (const second of [-1, 300, 450, 900]) deliver(cursor, String(Math.abs(second)), NOON + second);
    cursor.closeWindow(closed(undefined, NOON + 900, 500));
    expect(cursor.position.delivered.toJSON()).toEqual({
      [bucketEndingAt(NOON + 599)]: '300 150',
      [bucketEndingAt(NOON + 1199)]: '900',
    });
  });

  test('fit into a state: the oldest are forgotten, and closeWindow says how many', () => {
    const cursor = new LookbackCursor(LookbackCursor.startingAt(NOON).position, 40);
    for (const id of ['11', '12']) deliver(cursor, id, NOON);
    deliver(cursor, '21', NOON + 300);
    expect([
      cursor.closeWindow(closed(undefined, NOON + 300)),
      cursor.closeWindow(closed(undefined, NOON + 300)),
    ]).toEqual([2, 0]);
    expect(cursor.position.delivered.toJSON()).toEqual({ [bucketEndingAt(NOON + 599)]: '21' });
  });

  test('take no more than a million characters of JSON, and no less than they may', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    for (let nth = 0; nth < 30_000; nth += 1) deliver(cursor, `${nth}-`.padEnd(36, 'x'), NOON + nth);
    const forgotten = cursor.closeWindow(closed(undefined, NOON + 30_000, 30_000));
    const { delivered } = cursor.position;
    expect(JSON.stringify(delivered).length).toBeGreaterThan(980_000);
    expect(JSON.stringify(delivered).length).toBeLessThanOrEqual(1_000_000);
    expect(delivered.size + forgotten).toBe(30_000);
  });

  test('are taken over from the position that the cursor starts with', () => {
    const delivered = new DeliveredIds();
    const cursor = new LookbackCursor({ timestamp: at(NOON), id: undefined, recentFrom: NOON, delivered });
    expect(cursor.position.delivered).toBe(delivered);
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
        second: fc.integer({ min: NOON, max: NOON + 5000 }),
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
  readonly before: LookbackPosition;
  readonly cursor: LookbackCursor;
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
  let position = LookbackCursor.startingAt(NOON).position;
  let now = NOON;
  for (const { later, lookbackSeconds, cuts, windows } of schedule) {
    now += later;
    const from = position.recentFrom;
    const visible = all.filter((entry) => entry.visible <= now && entry.second >= from);
    const newestShown = visible.length === 0 ? undefined : Math.max(...visible.map(({ second }) => second));
    const edges = [...new Set(cuts.map((cut) => from + Math.floor(((now - from) * cut) / 100)))]
      .filter((edge) => edge > from)
      .toSorted((a, b) => a - b);
    const cursor = new LookbackCursor(position);
    for (const [nth, start] of [from, ...edges].slice(0, windows).entries()) {
      const end = edges[nth];
      const before = cursor.position;
      const shown = visible.filter(({ second }) => second >= start && (end === undefined || second < end));
      for (const { id, second, lead } of shown) {
        if (cursor.deliver(compactId(id), second, Math.min(at(second) + lead, Date.parse('9999-12-31T23:59:59.999Z'))))
          ids.push(id);
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
          expect(seenAgain.filter(({ id }) => !delivered.has(compactId(id)))).toEqual([]);
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
            (time, start) => (time >= NOON + start && time < NOON + start + 1800 ? NOON + start + 1800 : time),
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
          expect(position.recentFrom).toBeLessThanOrEqual(position.timestamp / 1000);
        });
      }),
    );
  });

  test('has a timestamp no less than that of any record delivered until then that is dated within two minutes', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        run(all, schedule, ({ cursor: { position }, shown }) => {
          const ms = shown.filter(({ lead }) => lead <= 120_000).map(({ second, lead }) => second * 1000 + lead);
          expect(Math.max(0, ...ms)).toBeLessThanOrEqual(position.timestamp);
        });
      }),
    );
  });
});
