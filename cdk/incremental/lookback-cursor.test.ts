import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compactId } from './ids';
import { DeliveredIds, type DeliveredIdsJson } from './delivered-ids';
import { LookbackCursor, type LookbackPosition, type LookbackProgress } from './lookback-cursor';

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
const deliver = (cursor: LookbackCursor, id: string, second: number): string =>
  cursor.deliver(compactId(id), second, at(second));

/** All was read before `read`, and the next read starts `lookback` earlier. Epoch s. */
const readTo = (read: number, lookback = 600): LookbackProgress => ({
  recentFrom: read - lookback,
  timestamp: at(read),
  latestRecentFrom: read - lookback,
});

const nothingMoves: LookbackProgress = { recentFrom: undefined, timestamp: undefined, latestRecentFrom: NOON + 9e9 };

/** A cursor that has read to 12:50 with a lookback of ten minutes. */
function cursorAtTenToOne(): LookbackCursor {
  const cursor = LookbackCursor.startingAt(NOON);
  deliver(cursor, '5', NOON + 3000);
  cursor.advance(readTo(NOON + 3000));
  return cursor;
}

describe('LookbackCursor.deliver', () => {
  test('is new for an entry whose id was not delivered, and known from then on', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    const ids = ['1', '1', '2', '1', '2'];
    expect(ids.map((id) => deliver(cursor, id, NOON))).toEqual(['new', 'known', 'new', 'known', 'known']);
  });

  test('is new for a late entry, whose id and time lie below the position', () => {
    expect(deliver(cursorAtTenToOne(), '3', NOON + 2500)).toBe('new');
  });

  test('is known for an entry that was skipped', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.skip(compactId('1'), NOON);
    expect(deliver(cursor, '1', NOON)).toBe('known');
  });

  test('is known for the ids of the saved state', () => {
    const cursor = new LookbackCursor(saveAndLoad(cursorAtTenToOne()));
    expect([deliver(cursor, '5', NOON + 3000), deliver(cursor, '6', NOON + 3000)]).toEqual(['known', 'new']);
  });

  test('is known for any second of the same five minutes', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    expect(deliver(cursor, '1', NOON + 300)).toBe('new');
    expect([deliver(cursor, '1', NOON + 300), deliver(cursor, '1', NOON + 599)]).toEqual(['known', 'known']);
  });

  test.each([
    ['earlier', NOON + 299],
    ['later', NOON + 600],
  ])('is reused for an id that stood for an entry of %s five minutes, once', (_, second) => {
    const cursor = LookbackCursor.startingAt(NOON);
    deliver(cursor, '1', NOON + 300);
    expect([deliver(cursor, '1', second), deliver(cursor, '1', second)]).toEqual(['reused', 'known']);
    expect(deliver(cursor, '1', NOON + 300)).toBe('known');
  });

  test('knows both entries of a reused id in the next read, too', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    for (const second of [NOON, NOON + 300]) deliver(cursor, '1', second);
    const next = new LookbackCursor(saveAndLoad(cursor));
    const seconds = [NOON, NOON + 300, NOON + 600];
    expect(seconds.map((second) => deliver(next, '1', second))).toEqual(['known', 'known', 'reused']);
  });
});

describe('LookbackCursor.deliverUndated', () => {
  test('is new for an id that was not delivered, and known from then on, for whichever time', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    const untils = [NOON + 3600, NOON + 3600, NOON + 9000, NOON];
    expect(untils.map((until) => cursor.deliverUndated(compactId('x'), until, at(NOON)))).toEqual([
      'new',
      'known',
      'known',
      'known',
    ]);
  });

  test('is known for an id that stands for an entry with a time', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    deliver(cursor, '1', NOON);
    expect(cursor.deliverUndated(compactId('1'), NOON + 3600, at(NOON))).toBe('known');
  });

  test('remembers an entry until it can not be returned any more', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliverUndated(compactId('x'), NOON + 3600, at(NOON));
    cursor.advance(readTo(NOON + 3600, 0));
    expect(cursor.deliverUndated(compactId('x'), NOON + 3600, at(NOON))).toBe('known');
    cursor.advance(readTo(NOON + 3900, 0));
    expect(cursor.deliverUndated(compactId('x'), NOON + 4200, at(NOON))).toBe('new');
  });

  test('remembers a known entry for longer where it is returned again', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliverUndated(compactId('x'), NOON + 300, at(NOON));
    cursor.deliverUndated(compactId('x'), NOON + 3600, at(NOON));
    cursor.advance(readTo(NOON + 3600, 0));
    expect(cursor.deliverUndated(compactId('x'), NOON + 3600, at(NOON))).toBe('known');
  });
});

describe('LookbackCursor.rememberFrom', () => {
  test('leaves out the ids of entries before that second', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.rememberFrom(NOON + 310);
    for (const second of [300, 309, 310, 311]) deliver(cursor, String(second), NOON + second);
    for (const until of [309, 310]) cursor.deliverUndated(compactId(`x${until}`), NOON + until, at(NOON));
    expect(cursor.position.delivered.toJSON()).toEqual({
      [bucketEndingAt(NOON + 599)]: { integers: '310 1', others: ['x310'] },
    });
  });

  test('leaves known what is known', () => {
    const cursor = cursorAtTenToOne();
    cursor.deliverUndated(compactId('x'), NOON + 3000, at(NOON));
    cursor.rememberFrom(NOON + 9000);
    expect([deliver(cursor, '5', NOON + 3000), deliver(cursor, '5', NOON + 6000)]).toEqual(['known', 'reused']);
    expect(cursor.deliverUndated(compactId('x'), NOON + 6000, at(NOON))).toBe('known');
    expect(cursor.position.delivered.size).toBe(2);
  });

  test('leaves out nothing that is skipped', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.rememberFrom(NOON + 1);
    cursor.skip(compactId('1'), NOON);
    expect(cursor.position.delivered.size).toBe(1);
  });

  test('changes nothing else of the position', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.rememberFrom(NOON + 600);
    deliver(cursor, '1', NOON + 10);
    cursor.advance({ recentFrom: NOON + 600, timestamp: at(NOON), latestRecentFrom: NOON + 600 });
    expect(cursor.position).toMatchObject({ id: 1, timestamp: at(NOON + 600), recentFrom: NOON + 600 });
  });

  test('holds for one window', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.rememberFrom(NOON + 600);
    cursor.advance(nothingMoves);
    expect([deliver(cursor, '1', NOON), deliver(cursor, '1', NOON)]).toEqual(['new', 'known']);
  });
});

describe('the id of the position', () => {
  test('is that of the entry delivered last', () => {
    const cursor = cursorAtTenToOne();
    deliver(cursor, '3', NOON + 2500);
    deliver(cursor, '5', NOON + 3000);
    cursor.skip(compactId('9'), NOON + 3000);
    expect(cursor.position.id).toBe(3);
    cursor.deliverUndated(compactId('x'), NOON + 3000, at(NOON));
    cursor.deliverUndated(compactId('3'), NOON + 3000, at(NOON));
    expect(cursor.position.id).toBe('x');
    deliver(cursor, '3', NOON + 9000);
    expect(cursor.position.id).toBe(3);
  });

  test('stays that of the saved state while nothing is delivered', () => {
    const cursor = new LookbackCursor(saveAndLoad(cursorAtTenToOne()));
    cursor.advance(readTo(NOON + 3300));
    expect(cursor.position.id).toBe(5);
  });
});

describe('recentFrom of the position', () => {
  test.each<[string, Partial<LookbackProgress>, number]>([
    ['moves to where the next read is to start', { recentFrom: NOON + 3000 }, NOON + 3000],
    ['moves no further where all ids fit', { recentFrom: NOON + 2700, latestRecentFrom: NOON + 9e9 }, NOON + 2700],
    ['moves there also where that is later than the latest', { latestRecentFrom: NOON }, NOON + 3600],
    ['moves where it is not said how far was read', { timestamp: undefined }, NOON + 3600],
    ['stays where it is to stay', { recentFrom: undefined }, NOON + 2400],
    ['never moves back', { recentFrom: NOON + 2399 }, NOON + 2400],
  ])('%s', (_, progress, expected) => {
    const cursor = cursorAtTenToOne();
    cursor.advance({ recentFrom: NOON + 3600, timestamp: at(NOON + 9000), latestRecentFrom: NOON + 8400, ...progress });
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
  test.each<[string, Partial<LookbackProgress>, number]>([
    ['is how far was read', {}, at(NOON + 9000) + 1],
    [
      'is how far was read also where the next read starts where it did',
      { recentFrom: undefined },
      at(NOON + 9000) + 1,
    ],
    ['stays where it is to stay', { recentFrom: undefined, timestamp: undefined }, at(NOON + 3000)],
    ['never moves back', { recentFrom: NOON + 2400, timestamp: at(NOON + 2999) }, at(NOON + 3000)],
    ['is never before where the next read starts', { timestamp: at(NOON + 3000) }, at(NOON + 3600)],
    ['is not before that where it is to stay either', { timestamp: undefined }, at(NOON + 3600)],
  ])('%s', (_, progress, expected) => {
    const cursor = cursorAtTenToOne();
    cursor.advance({ recentFrom: NOON + 3600, timestamp: at(NOON + 9000) + 1, latestRecentFrom: NOON, ...progress });
    expect(cursor.position.timestamp).toBe(expected);
  });

  test.each([
    ['milliseconds after', 9_000_532, 9_000_532],
    ['two minutes after', 9_120_001, 9_120_001],
    ['five minutes after', 9_300_000, 9_300_000],
    ['more than five minutes after', 9_300_001, 9_300_000],
    ['years after', 9e12, 9_300_000],
    ['before', 8_000_000, 9_000_000],
  ])('is no less than that of a record dated %s how far was read, as far as five minutes go', (_, ms, expected) => {
    for (const way of ['deliver', 'deliverUndated'] as const) {
      const cursor = LookbackCursor.startingAt(NOON);
      cursor[way](compactId('1'), NOON + 8900, at(NOON) + ms);
      cursor.advance(readTo(NOON + 9000));
      expect(cursor.position.timestamp).toBe(at(NOON) + expected);
    }
  });

  test('is no less than that of any record of a window, whichever comes first', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    for (const [index, ms] of [1000, 3000, 2000].entries()) cursor.deliver(index, NOON + index, at(NOON + 9000) + ms);
    cursor.advance(readTo(NOON + 9000));
    expect(cursor.position.timestamp).toBe(at(NOON + 9003));
  });

  test('is no less than that of a record with a reused id, and not moved by one that is known', () => {
    const cursor = cursorAtTenToOne();
    cursor.deliver(5, NOON + 3000, at(NOON + 9200));
    cursor.deliverUndated(5, NOON + 3000, at(NOON + 9200));
    cursor.advance(readTo(NOON + 9000, 9000));
    expect(cursor.position.timestamp).toBe(at(NOON + 9000));
    cursor.deliver(5, NOON + 9000, at(NOON + 9200));
    cursor.advance(readTo(NOON + 9000));
    expect(cursor.position.timestamp).toBe(at(NOON + 9200));
  });

  test('is moved by a misdated record after its own window only', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliver(compactId('1'), NOON + 10, Date.parse('9999-12-31T23:59:59.000Z'));
    cursor.advance(readTo(NOON + 60, 0));
    cursor.advance(readTo(NOON + 3600, 0));
    expect(cursor.position.timestamp).toBe(at(NOON + 3600));
  });

  test('is not moved by a record of a window after which it was to stay', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliver(compactId('1'), NOON + 10, at(NOON + 3650));
    cursor.advance(nothingMoves);
    cursor.advance(readTo(NOON + 3600, 0));
    expect(cursor.position.timestamp).toBe(at(NOON + 3600));
  });

  test('is not moved by entries that are skipped', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.skip(compactId('1'), NOON + 5);
    cursor.advance(readTo(NOON + 1, 0));
    expect(cursor.position.timestamp).toBe(at(NOON + 1));
  });

  test('of a state in the future never moves back', () => {
    const cursor = LookbackCursor.startingAt(4_102_444_799);
    cursor.advance(nothingMoves);
    cursor.advance(readTo(NOON));
    expect(cursor.position).toMatchObject({
      timestamp: Date.parse('2099-12-31T23:59:59.000Z'),
      recentFrom: 4_102_444_799,
    });
  });

  test('of the last moment of the year 9999 can be reached', () => {
    const last = 253_402_300_799;
    const cursor = LookbackCursor.startingAt(NOON);
    cursor.deliver(compactId('1'), last, Date.parse('9999-12-31T23:59:59.999Z'));
    cursor.advance(readTo(last));
    expect(cursor.position.timestamp).toBe(Date.parse('9999-12-31T23:59:59.999Z'));
  });
});

describe('the ids of the position', () => {
  test('are those from recentFrom on, and what lies in the same bucket', () => {
    const cursor = LookbackCursor.startingAt(NOON - 400);
    for (const second of [-1, 300, 450, 900]) deliver(cursor, String(Math.abs(second)), NOON + second);
    expect(cursor.advance(readTo(NOON + 900, 500))).toBe(0);
    expect(cursor.position.delivered.toJSON()).toEqual({
      [bucketEndingAt(NOON + 599)]: '300 150',
      [bucketEndingAt(NOON + 1199)]: '900',
    });
  });

  test('of entries from before recentFrom are forgotten also where it stays where it is', () => {
    const cursor = cursorAtTenToOne();
    deliver(cursor, '3', NOON + 100);
    cursor.advance(readTo(NOON + 3000));
    expect(cursor.position.delivered.toJSON()).toEqual({ [bucketEndingAt(NOON + 3299)]: '5' });
  });

  test('are all kept where nothing is to move', () => {
    const cursor = cursorAtTenToOne();
    deliver(cursor, '3', NOON + 100);
    expect([cursor.advance(nothingMoves), cursor.position.delivered.size]).toEqual([0, 2]);
  });

  test('are taken over from the position that the cursor starts with', () => {
    const delivered = new DeliveredIds();
    const cursor = new LookbackCursor({ timestamp: at(NOON), id: undefined, recentFrom: NOON, delivered });
    expect(cursor.position.delivered).toBe(delivered);
  });
});

describe('ids that do not fit into a state', () => {
  /** As many characters as two buckets of two digits take. */
  const TWO_BUCKETS = 2 + 2 * (28 + '"11"'.length);

  /** A cursor that has delivered an entry in each of four buckets: 12:00, 12:05, 12:15 and 12:20. */
  function cursorWithFour(maxCharacters: number): LookbackCursor {
    const cursor = new LookbackCursor(LookbackCursor.startingAt(NOON).position, maxCharacters);
    for (const [id, second] of [
      ['11', 0],
      ['21', 300],
      ['41', 900],
      ['51', 1200],
    ] as const) {
      deliver(cursor, id, NOON + second);
    }
    return cursor;
  }
  const idsOf = ({ position }: LookbackCursor): unknown[] => Object.values(position.delivered.toJSON());
  const progress = (more: Partial<LookbackProgress>): LookbackProgress => ({
    recentFrom: NOON + 10,
    timestamp: at(NOON + 1400),
    latestRecentFrom: NOON + 1300,
    ...more,
  });

  test('have the next read start after their entries, no later than it takes, and none comes again', () => {
    const cursor = cursorWithFour(TWO_BUCKETS);
    expect(cursor.advance(progress({}))).toBe(0);
    expect(idsOf(cursor)).toEqual(['41', '51']);
    expect(cursor.position).toMatchObject({ recentFrom: NOON + 600, timestamp: at(NOON + 1400) });
  });

  test('are those beyond the number of characters, not one before', () => {
    const cursors = [2 * TWO_BUCKETS - 2, 2 * TWO_BUCKETS - 3].map(cursorWithFour);
    expect(cursors.map((cursor) => cursor.advance(progress({})))).toEqual([0, 0]);
    expect(cursors.map(({ position }) => position.recentFrom)).toEqual([NOON + 10, NOON + 300]);
  });

  test('are not those from before where the next read is to start', () => {
    const cursor = cursorWithFour(TWO_BUCKETS);
    expect(cursor.advance(progress({ recentFrom: NOON + 620 }))).toBe(0);
    expect([idsOf(cursor).length, cursor.position.recentFrom]).toEqual([2, NOON + 620]);
  });

  test.each<[string, Partial<LookbackProgress>, number]>([
    ['beyond the latest start', { latestRecentFrom: NOON + 310 }, NOON + 310],
    ['beyond the last second that was read whole', { timestamp: at(NOON + 310) + 999 }, NOON + 310],
  ])('are forgotten and counted where the next read would have to start %s', (_, more, recentFrom) => {
    const cursor = cursorWithFour(TWO_BUCKETS);
    expect(cursor.advance(progress(more))).toBe(1);
    expect(idsOf(cursor)).toEqual(['41', '51']);
    expect(cursor.position.recentFrom).toBe(recentFrom);
  });

  test.each<[string, Partial<LookbackProgress>, number]>([
    ['where the latest start lies before', { latestRecentFrom: NOON }, NOON + 10],
    ['where it is not said how far was read', { timestamp: undefined }, NOON + 10],
    ['while nothing may move', { recentFrom: undefined }, NOON],
  ])('are forgotten and counted, oldest first, %s', (_, more, recentFrom) => {
    const cursor = cursorWithFour(TWO_BUCKETS);
    expect([cursor.advance(progress(more)), cursor.advance(progress(more))]).toEqual([2, 0]);
    expect(idsOf(cursor)).toEqual(['41', '51']);
    expect(cursor.position.recentFrom).toBe(recentFrom);
  });

  test('are all of them where not even the newest fit: the next read starts after these', () => {
    const cursor = cursorWithFour(2);
    expect(cursor.advance(progress({ timestamp: at(NOON + 9000), latestRecentFrom: NOON + 9000 }))).toBe(0);
    expect([idsOf(cursor), cursor.position.recentFrom]).toEqual([[], NOON + 1500]);
  });

  test('are beyond a million characters of JSON, and no less are kept than may be', () => {
    const cursor = LookbackCursor.startingAt(NOON);
    for (let nth = 0; nth < 30_000; nth += 1) deliver(cursor, `${nth}-`.padEnd(36, 'x'), NOON + nth);
    const forgotten = cursor.advance({ recentFrom: NOON, timestamp: at(NOON + 30_000), latestRecentFrom: NOON });
    const { delivered } = cursor.position;
    expect(JSON.stringify(delivered).length).toBeGreaterThan(980_000);
    expect(JSON.stringify(delivered).length).toBeLessThanOrEqual(1_000_000);
    expect(delivered.size + forgotten).toBe(30_000);
  });
});

/** An entry of the property tests. */
interface Happened {
  readonly id: string;
  /** `created_at`. */
  readonly second: number;
  /** Whether its time can't be read. */
  readonly isUndated: boolean;
  /** When it becomes visible. */
  readonly visible: number;
  /** How much later its timestamp is, in ms. */
  readonly lead: number;
}

interface Sync {
  /** Seconds since the sync before. */
  readonly later: number;
  readonly lookbackSeconds: number;
  /** How many further seconds are read again as long as the ids fit. */
  readonly furtherSeconds: number;
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
      furtherSeconds: fc.constantFrom(0, 0, 1500),
      cuts: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }),
      windows: fc.oneof(
        { weight: 3, arbitrary: fc.constant(99) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  );

/** Which entry it is: an id stands for another one in other five minutes. */
const nameOf = ({ id, second }: Happened): string => `${id} of ${Math.floor(second / 300)}`;

/**
 * Entries of an hour and a half, of some kinds of ids, of which some are given out again.
 * @param delay seconds from created_at until it can be seen
 */
const entries = (delay: fc.Arbitrary<number>): fc.Arbitrary<Happened[]> =>
  fc
    .array(
      fc.record({
        second: fc.integer({ min: NOON, max: NOON + 5000 }),
        delay,
        lead: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 120_000 }), fc.constant(1e12)),
        kind: fc.constantFrom('', 'x', '00000000000000000', 'undated'),
      }),
      { maxLength: 60 },
    )
    .map((all) => {
      const happened = all.map(({ second, delay, lead, kind }, nth) => {
        const isUndated = kind === 'undated';
        return { id: `${kind}${isUndated ? nth : nth % 25}`, second, isUndated, visible: second + delay, lead };
      });
      return [...new Map(happened.map((entry) => [nameOf(entry), entry])).values()];
    });

const last: Sync = { later: 50_000, lookbackSeconds: 60, furtherSeconds: 0, cuts: [], windows: 99 };
const anyLookback = fc.integer({ min: 0, max: 1200 });

interface Seen {
  readonly before: LookbackPosition;
  readonly cursor: LookbackCursor;
  /** The entries of the window just delivered. */
  readonly shown: readonly Happened[];
  readonly reached: number;
  /** Entries in the order of their delivery. */
  readonly delivered: readonly Happened[];
  /** How many ids were forgotten so far although their entries come again. */
  readonly forgotten: number;
}

/**
 * Syncs one after the other, each from the state of the one before.
 * @param inspect called after each window
 * @returns names of entries in the order of their delivery
 */
function run(
  all: readonly Happened[],
  schedule: readonly Sync[],
  inspect?: (seen: Seen) => void,
  maxCharacters?: number,
): string[] {
  const delivered: Happened[] = [];
  let position = LookbackCursor.startingAt(NOON).position;
  let [now, forgotten] = [NOON, 0];
  for (const { later, lookbackSeconds, furtherSeconds, cuts, windows } of schedule) {
    now += later;
    const from = position.recentFrom;
    const visible = all.filter((entry) => entry.visible <= now && entry.second >= from);
    const newest = visible.length === 0 ? undefined : Math.max(...visible.map(({ second }) => second));
    const edges = [...new Set(cuts.map((cut) => from + Math.floor(((now - from) * cut) / 100)))]
      .filter((edge) => edge > from)
      .toSorted((a, b) => a - b);
    const cursor = new LookbackCursor(position, maxCharacters);
    for (const [nth, start] of [from, ...edges].slice(0, windows).entries()) {
      const end = edges[nth] ?? Infinity;
      const before = cursor.position;
      const shown = visible.filter(({ second }) => second >= start && second < end);
      const progress = progressOf(end, newest, lookbackSeconds, furtherSeconds);
      if (progress.recentFrom !== undefined) cursor.rememberFrom(progress.recentFrom);
      for (const entry of shown) {
        const ms = Math.min(at(entry.second) + entry.lead, Date.parse('9999-12-31T23:59:59.999Z'));
        const outcome = entry.isUndated
          ? cursor.deliverUndated(compactId(entry.id), Math.min(end, now) + 2, at(start))
          : cursor.deliver(compactId(entry.id), entry.second, ms);
        if (outcome !== 'known') delivered.push(entry);
      }
      forgotten += cursor.advance(progress);
      position = saveAndLoad(cursor);
      inspect?.({ before, cursor, shown, reached: Math.min(end, newest ?? 0), delivered, forgotten });
    }
  }
  return delivered.map(nameOf);
}

function progressOf(
  end: number,
  newest: number | undefined,
  lookbackSeconds: number,
  furtherSeconds: number,
): LookbackProgress {
  if (newest === undefined) return nothingMoves;
  return {
    recentFrom: Math.min(end, newest - lookbackSeconds - furtherSeconds),
    timestamp: at(Math.min(end, newest)),
    latestRecentFrom: newest - lookbackSeconds,
  };
}

describe('any schedule of syncs, kills and lookbacks', () => {
  const anyEntries = entries(fc.integer({ min: 0, max: 3000 }));
  const numRuns = (count: number) => ({ numRuns: Number(process.env['PROPERTY_RUNS'] ?? count) });

  test('delivers no entry twice', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        const names = run(all, [...schedule, last]);
        expect(new Set(names).size).toBe(names.length);
      }),
      numRuns(500),
    );
  });

  test('delivers no more entries twice than it says, where ids do not fit', () => {
    const maxCharacters = fc.integer({ min: 2, max: 300 });
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), maxCharacters, (all, schedule, most) => {
        let said = 0;
        const inspect = ({ cursor, forgotten }: Seen): void => {
          said = forgotten;
          expect(JSON.stringify(cursor.position.delivered).length).toBeLessThanOrEqual(most);
        };
        const names = run(all, [...schedule, last], inspect, most);
        expect(names.length - new Set(names).size).toBeLessThanOrEqual(said);
      }),
      numRuns(500),
    );
  });

  test('forgets no entry that the next sync can see again', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        run(all, schedule, ({ cursor, delivered: ofAll }) => {
          const { recentFrom, delivered } = saveAndLoad(cursor);
          const seenAgain = ofAll.filter(({ second }) => second >= recentFrom);
          const isKnown = ({ id, second, isUndated }: Happened): boolean =>
            isUndated ? delivered.has(compactId(id)) : delivered.hasAt(compactId(id), second);
          expect(seenAgain.filter((entry) => !isKnown(entry))).toEqual([]);
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
        expect(run(late, [...schedule, last]).toSorted()).toEqual(all.map(nameOf).toSorted());
      }),
      numRuns(300),
    );
  });

  test('loses nothing that becomes visible within the lookback, whether or not all ids fit', () => {
    const lookback = fc.integer({ min: 60, max: 1200 });
    const maxCharacters = fc.oneof(fc.constant(1_000_000), fc.integer({ min: 2, max: 300 }));
    fc.assert(
      fc.property(entries(fc.integer({ min: 0, max: 60 })), syncs(lookback), maxCharacters, (all, schedule, most) => {
        const names = new Set(run(all, [...schedule, last], undefined, most));
        expect([...names].toSorted()).toEqual(all.map(nameOf).toSorted());
      }),
      numRuns(500),
    );
  });

  test('never moves timestamp or recentFrom back, nor recentFrom beyond timestamp or what was shown', () => {
    const maxCharacters = fc.integer({ min: 2, max: 600 });
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), maxCharacters, (all, schedule, most) => {
        const inspect = ({ before, cursor: { position }, reached }: Seen): void => {
          expect(position.timestamp >= before.timestamp).toBe(true);
          expect(position.recentFrom).toBeGreaterThanOrEqual(before.recentFrom);
          expect(position.recentFrom).toBeLessThanOrEqual(Math.max(before.recentFrom, reached));
          expect(position.recentFrom).toBeLessThanOrEqual(position.timestamp / 1000);
        };
        run(all, schedule, inspect, most);
      }),
    );
  });

  test('has a timestamp no less than that of any record delivered until then that is dated within two minutes', () => {
    fc.assert(
      fc.property(anyEntries, syncs(anyLookback), (all, schedule) => {
        run(all, schedule, ({ cursor: { position }, shown }) => {
          const dated = shown.filter(({ lead, isUndated }) => lead <= 120_000 && !isUndated);
          const ms = dated.map(({ second, lead }) => second * 1000 + lead);
          expect(Math.max(0, ...ms)).toBeLessThanOrEqual(position.timestamp);
        });
      }),
    );
  });
});
