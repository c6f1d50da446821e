import { describe, expect, test } from '@jest/globals';
import { DeliveredIds } from '@airbyte/cdk-typescript-compat/incremental';
import { ManualClock } from '@airbyte/cdk-typescript-compat/testing';
import { parseConfig, type Config } from '../config';
import { RETENTION_SECONDS, type Range } from '../tines/request';
import { LAST_SECOND } from '../tines/time';
import type { DeliveredCounts, GatheredWindow } from './delivery';
import type { SavedState } from './state';
import { SyncLog, type Proof } from './sync-log';

const minute: Range = { from: 0, to: 60 };
const complete: Proof = { missing: 0, isUncertain: false, isBehind: false };

interface Noted {
  readonly range?: Range;
  readonly withoutId?: number;
  readonly withoutTime?: number;
  readonly delivered?: number;
  readonly known?: number;
  readonly reused?: number;
  readonly excluded?: number;
  readonly old?: number;
  readonly older?: number;
  readonly missing?: number;
  readonly forgotten?: number;
}

function logOf() {
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = new SyncLog((level, message) => lines.push(`${level} ${message}`), clock);
  const window = ({ range = minute, missing = 0, forgotten = 0, ...more }: Noted): void => {
    const gathered: GatheredWindow = {
      rows: 10,
      summed: 10,
      own: 10,
      newest: undefined,
      withoutId: more.withoutId ?? 0,
      withoutTime: more.withoutTime ?? 0,
      older: more.older ?? 0,
      lacksRows: false,
    };
    const counts: DeliveredCounts = {
      delivered: more.delivered ?? 10,
      known: more.known ?? 0,
      reused: more.reused ?? 0,
      excluded: more.excluded ?? 0,
      old: more.old ?? 0,
    };
    log.window(range, gathered, counts, missing, forgotten);
  };
  return { log, lines, clock, window };
}

describe('The first lines of a sync', () => {
  test('name the range', () => {
    const { log, lines } = logOf();
    log.start('acme.tines.com', 60, 120, 1005);
    log.start('acme.tines.com', 1, 120, undefined);
    log.start('acme.tines.com', 0, 120, undefined);
    expect(lines).toEqual([
      'INFO Reading the audit logs of acme.tines.com from 1970-01-01T00:01:00Z to 1970-01-01T00:02:00Z: about 1,005 entries',
      'INFO Reading the audit logs of acme.tines.com from 1970-01-01T00:00:01Z to 1970-01-01T00:02:00Z',
      'INFO Reading the audit logs of acme.tines.com from the oldest entry that Tines keeps to 1970-01-01T00:02:00Z',
    ]);
  });

  test('say why nothing old is read, or everything', () => {
    const { log, lines } = logOf();
    log.startsNow(60);
    log.refresh();
    log.nothingReturned();
    expect(lines).toEqual([
      'INFO Backfill Start Time is not set: nothing older than 1970-01-01T00:01:00Z is read, the next sync goes on from there',
      'INFO Airbyte asks for everything anew, and Backfill Start Time is not set: all entries that Tines keeps are read',
      'INFO Tines shows no entry in this range. The next sync reads the same range again.',
    ]);
  });
});

describe('What surprises in a saved state', () => {
  const NOW = Date.UTC(2026, 10, 1) / 1000;
  const DAY = 86_400;
  const config = parseConfig({ tenant_domain: 'acme.tines.com', api_key: 'k' }, NOW * 1000);
  const lastSync = { at: NOW - 60, start: NOW - 10 * DAY, lookbackMinutes: 10 };
  const saved: SavedState = {
    timestamp: (NOW - 60) * 1000,
    id: undefined,
    recentFrom: NOW - 660,
    delivered: new DeliveredIds(),
    changed: undefined,
    isOfTenant: true,
    lastSync,
  };
  const linesOf = (state: Partial<SavedState>, settings: Partial<Config> = {}): string[] => {
    const { log, lines } = logOf();
    log.saved({ ...saved, ...state }, { ...config, lookbackMinutes: 10, ...settings }, NOW);
    return lines;
  };
  const old = NOW - RETENTION_SECONDS;

  test.each<[string, Partial<SavedState>, Partial<Config>]>([
    ['in one of the last sync', {}, {}],
    ['in one that starts now', { recentFrom: NOW, timestamp: NOW * 1000 }, {}],
    ['in one without a last sync', { lastSync: undefined }, { backfillStart: 0, lookbackMinutes: 100 }],
    ['in the oldest that Tines keeps', { recentFrom: old, lastSync: undefined }, {}],
    ['in an old one whose sync ended just in time', { recentFrom: old - 1, lastSync: { ...lastSync, at: old } }, {}],
    ['in one that starts in time', { recentFrom: old, lastSync: { ...lastSync, at: old - 1 } }, {}],
    ['in the same start time', {}, { backfillStart: (NOW - 10 * DAY) * 1000 }],
    ['in a shorter lookback', {}, { lookbackMinutes: 9 }],
  ])('is nothing %s', (_, state, settings) => {
    expect(linesOf(state, settings)).toEqual([]);
  });

  test.each<[string, Partial<SavedState>, Partial<Config>, string]>([
    [
      'another tenant',
      { changed: 'tenant' },
      {},
      'WARN Tenant Domain changed since the last sync. Entries from before 2026-10-31T23:49:00Z that only the new settings match do not come by themselves: refresh the stream in Airbyte, with a Backfill Start Time that reaches back far enough, to get them.',
    ],
    [
      'other filters',
      { changed: 'filters', lastSync: undefined },
      {},
      'WARN User IDs, Operation Names or Excluded Operations changed since the last sync. Entries from before 2026-10-31T23:49:00Z that only the new settings match do not come by themselves: refresh the stream in Airbyte, with a Backfill Start Time that reaches back far enough, to get them.',
    ],
    [
      'a start in the future',
      { recentFrom: NOW + 1, timestamp: NOW * 1000 + 2999 },
      {},
      'WARN The saved state lies in the future: it says 2026-11-01T00:00:02Z, the server says 2026-11-01T00:00:00Z. Nothing older than 2026-11-01T00:00:01Z is read; if that is not intended, reset the stream in Airbyte.',
    ],
    [
      'a start from before all that Tines keeps',
      { recentFrom: old - 1, timestamp: old * 1000, lastSync: undefined },
      {},
      'WARN Tines keeps audit logs for two years, and the last sync ended before that: what happened between 2024-11-01T00:00:00Z and 2024-11-01T00:00:00Z may be gone.',
    ],
    [
      'a last sync that is as old',
      { recentFrom: old - 1, timestamp: old * 1000, lastSync: { ...lastSync, at: old - 1, start: old - 1 } },
      {},
      'WARN Tines keeps audit logs for two years, and the last sync ended before that: what happened between 2024-11-01T00:00:00Z and 2024-11-01T00:00:00Z may be gone.',
    ],
    [
      'a start time that was moved back',
      {},
      { backfillStart: (NOW - 10 * DAY) * 1000 - 1 },
      'INFO Backfill Start Time was moved back, but the stream was read from 2026-10-22T00:00:00Z on already: what is older does not come by itself. Refresh the stream in Airbyte to get it.',
    ],
    [
      'a longer lookback',
      {},
      { lookbackMinutes: 11 },
      'INFO Lookback Window was raised from 10 to 11 minutes, but this sync still starts at 2026-10-31T23:49:00Z: entries from before that which showed late do not come by themselves. Refresh the stream in Airbyte to get them.',
    ],
  ])('is %s', (_, state, settings, line) => {
    expect(linesOf(state, settings)).toEqual([line]);
  });

  test('may be more than one thing', () => {
    const lines = linesOf({ changed: 'tenant' }, { backfillStart: 0, lookbackMinutes: 11 });
    expect(lines.map((line) => line.slice(0, 17))).toEqual([
      'WARN Tenant Domai',
      'INFO Backfill Sta',
      'INFO Lookback Win',
    ]);
  });
});

describe('A surprise while reading', () => {
  test('is that the filters are ignored', () => {
    const { log, lines } = logOf();
    log.filtersIgnored();
    expect(lines).toEqual([
      'WARN Tines returns entries that do not match User IDs or Operation Names, so these settings have no effect: all entries are delivered. Check whether a proxy in front of the tenant removes query parameters.',
    ]);
  });

  test('is a window that is read again', () => {
    const { log, lines } = logOf();
    log.readsAgain(minute, 1234, 4000);
    expect(lines).toEqual([
      'WARN Tines counted more entries from 1970-01-01T00:00:00Z on than the 1,234 that it then returned: reading them again in 4 s',
    ]);
  });
});

describe('The warnings about windows', () => {
  test.each<[string, Noted, string]>([
    [
      'entries that are not shown',
      { missing: 1234 },
      'WARN Tines counts 1,234 more entries than it shows, also when read again, first between 1970-01-01T00:00:00Z and 1970-01-01T00:01:00Z. What it shows was delivered.',
    ],
    [
      'entries without an id',
      { withoutId: 1, range: { from: 0, to: undefined } },
      'WARN 1 entry has no id, first between 1970-01-01T00:00:00Z and now: a hash of its content stands for it.',
    ],
    [
      'entries without a time, to the last second of all years',
      { withoutTime: 2, range: { from: 0, to: LAST_SECOND } },
      'WARN 2 entries have no time that fits, first between 1970-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the start of the range that was asked for stands for it.',
    ],
    [
      'entries whose ids stood for others, in a window that reaches beyond all years',
      { reused: 3, range: { from: LAST_SECOND, to: LAST_SECOND + 1 } },
      'WARN 3 entries have an id that stood for another entry before, first between 9999-12-31T23:59:59Z and now, as in a tenant that was restored from a snapshot. They were delivered, too: a destination that deduplicates by id keeps only one of the two.',
    ],
    [
      'entries that no state has room for',
      { forgotten: 4 },
      'WARN The lookback window holds more entries than a state can name, first between 1970-01-01T00:00:00Z and 1970-01-01T00:01:00Z: 4 of them are delivered again by the next sync, with the same id. A shorter Lookback Window avoids that.',
    ],
  ])('name %s', (_, noted, line) => {
    const { log, lines, window } = logOf();
    window(noted);
    expect(lines).toEqual([]);
    log.warn();
    expect(lines).toEqual([line]);
  });

  test.each<[string, Noted, RegExp]>([
    ['missing', { missing: 1 }, /^WARN Tines counts 1 more entry than it shows/],
    ['without a time', { withoutTime: 1 }, /^WARN 1 entry has no time that fits/],
    ['with an id of another', { reused: 1 }, /^WARN 1 entry has an id .*snapshot\. It was delivered, too:/],
    ['that no state has room for', { forgotten: 1 }, /: 1 of them is delivered again/],
  ])('name a single entry %s', (_, noted, line) => {
    const { log, lines, window } = logOf();
    window(noted);
    log.warn();
    expect(lines).toEqual([expect.stringMatching(line)]);
  });

  test('are one line a kind, with the sum and the first place, said once', () => {
    const { log, lines, window } = logOf();
    window({});
    window({ range: { from: 60, to: 120 }, withoutId: 2 });
    window({ range: { from: 120, to: 180 }, withoutId: 3, withoutTime: 1 });
    log.warn();
    log.warn();
    expect(lines).toEqual([
      expect.stringMatching(/^WARN 5 entries have no id, first between 1970-01-01T00:01:00Z and 1970-01-01T00:02:/),
      expect.stringMatching(/^WARN 1 entry has no time that fits, first between 1970-01-01T00:02:00Z and /),
    ]);
  });

  test('are none where nothing is wrong', () => {
    const { log, lines, window } = logOf();
    window({});
    log.warn();
    expect(lines).toEqual([]);
  });
});

describe('The progress', () => {
  /** Reads a hundred rows in each of so many spans of ten seconds. */
  async function readFor(spans: number, expected: number | undefined) {
    const world = logOf();
    world.log.start('a', 0, 100, expected);
    for (let span = 0; span < spans; span += 1) {
      await world.clock.advance(10_000);
      world.log.read(100);
    }
    return world;
  }

  test('is written every ten seconds, of the rows that were read', async () => {
    const { log, lines, clock, window } = logOf();
    log.start('a', 0, 100, 4000);
    await clock.advance(9999);
    log.read(1000);
    window({ delivered: 1100 });
    expect(lines).toHaveLength(1);
    await clock.advance(1);
    log.read(500);
    log.read(500);
    await clock.advance(9999);
    log.read(0);
    await clock.advance(1);
    log.read(0);
    expect(lines.slice(1)).toEqual([
      'INFO 1,500 of about 4,000 entries read (38 %), 1,100 delivered',
      'INFO 2,000 of about 4,000 entries read (50 %), 1,100 delivered',
    ]);
  });

  test.each([[undefined], [0]])('has no share where %s are expected', async (expected) => {
    const { lines } = await readFor(3, expected);
    expect(lines.slice(1)).toEqual([
      'INFO 100 entries read, 0 delivered',
      'INFO 200 entries read, 0 delivered',
      'INFO 300 entries read, 0 delivered',
    ]);
  });

  test('guesses what is left from half a minute on', async () => {
    const { lines } = await readFor(4, 1000);
    expect(lines.slice(1)).toEqual([
      'INFO 100 of about 1,000 entries read (10 %), 0 delivered',
      'INFO 200 of about 1,000 entries read (20 %), 0 delivered',
      'INFO 300 of about 1,000 entries read (30 %), 0 delivered; about 70 s left',
      'INFO 400 of about 1,000 entries read (40 %), 0 delivered; about 60 s left',
    ]);
  });

  test('guesses by the speed of the last minute', async () => {
    const { log, lines, clock } = await readFor(6, 10_000);
    // 600 rows in the first minute, then 1,000 in ten seconds: 1,500 in the last minute.
    await clock.advance(10_000);
    log.read(1000);
    expect(lines.at(-1)).toBe('INFO 1,600 of about 10,000 entries read (16 %), 0 delivered; about 6 min left');
    for (let span = 0; span < 5; span += 1) {
      await clock.advance(10_000);
      log.read(0);
    }
    expect(lines.at(-1)).toBe('INFO 1,600 of about 10,000 entries read (16 %), 0 delivered; about 8 min left');
    await clock.advance(10_000);
    log.read(0);
    expect(lines.at(-1)).toBe('INFO 1,600 of about 10,000 entries read (16 %), 0 delivered');
  });

  test('is no more than all, and nothing is left then', async () => {
    const { lines } = await readFor(4, 300);
    expect(lines.slice(-2)).toEqual([
      'INFO 300 of about 300 entries read (100 %), 0 delivered',
      'INFO 400 of about 300 entries read (100 %), 0 delivered',
    ]);
  });

  test.each([
    [1490, '119 s'],
    [1500, '2 min'],
    [72_290, '120 min'],
    [72_300, '2 h'],
    [144_300, '4 h'],
  ])('names what is left of %i as %s', async (expected, left) => {
    const { lines } = await readFor(3, expected);
    expect(lines.at(-1)).toContain(`; about ${left} left`);
  });
});

describe('A wait', () => {
  test('is worth a line from ten seconds on', async () => {
    const { log, lines, clock } = logOf();
    await clock.advance(5000);
    log.waits(clock.now() + 10_000, 'allowance', 1000);
    expect(lines).toEqual([]);
    log.waits(clock.now() + 10_001, 'allowance', 1000);
    expect(lines).toEqual(['INFO Waiting 11 s: Requests per Minute (1,000) is used up. 0 entries read so far']);
  });

  test('for a server that has too many requests says so, and how far the sync is', () => {
    const { log, lines, clock } = logOf();
    log.start('a', 0, 100, 40);
    log.read(10);
    log.waits(clock.now() + 180_000, 'paused', 1000);
    expect(lines.slice(1)).toEqual([
      'INFO Waiting 3 min: Tines answered 429 (too many requests). 10 of about 40 entries read (25 %) so far',
    ]);
  });
});

describe('The last line', () => {
  test.each<[string, Partial<Proof>, string]>([
    ['unproven', { isUncertain: true }, 'Read, but nothing proves that Tines has shown all entries'],
    ['missing entries', { missing: 2000, isUncertain: true }, 'Read, but 2,000 entries are not shown by Tines'],
    ['missing an entry', { missing: 1 }, 'Read, but 1 entry is not shown by Tines'],
    [
      'behind',
      { missing: 2, isUncertain: true, isBehind: true },
      'Read, but Tines returned less than when the sync began, as where a store is behind: the next sync reads it again',
    ],
  ])('calls a sync %s', (_, proof, verdict) => {
    const { log, lines, window } = logOf();
    window({ delivered: 2000 });
    log.finish(2010, { ...complete, ...proof }, 5678);
    expect(lines).toEqual([`INFO ${verdict}: 2,000 new entries; Tines counts 2,010 in this range. 5,678 requests.`]);
  });

  test('calls a sync complete, and draws the conclusion', () => {
    const { log, lines, window } = logOf();
    window({ delivered: 1, known: 8 });
    log.finish(9, complete, 1);
    expect(lines).toEqual([
      'INFO Complete: 1 new entry, 8 known from before; Tines counts 9 in this range, so none is missing. 1 request.',
    ]);
  });

  test('sums up all windows, with what was known, excluded or older', () => {
    const { log, lines, window } = logOf();
    window({ known: 1000, excluded: 1200, older: 1 });
    window({ known: 2, delivered: 2000, excluded: 34, old: 1 });
    log.finish(4248, complete, 7);
    expect(lines).toEqual([
      'INFO Complete: 2,010 new entries, 1,002 known from before, 1,234 excluded, 2 older ones left out; Tines counts 4,248 in this range, so none is missing. 7 requests.',
    ]);
  });

  test.each([
    ['a few came meanwhile', 1000, ', so none is missing'],
    ['the count is far too low', 500, ''],
  ])('concludes only from a count that fits: %s', (_, expected, conclusion) => {
    const { log, lines, window } = logOf();
    window({ delivered: 1020 });
    log.finish(expected, complete, 7);
    expect(lines[0]).toMatch(new RegExp(`^INFO Complete: 1,020 new entries; .* in this range${conclusion}\\. `));
  });

  test('says where Tines does not count', () => {
    const { log, lines } = logOf();
    log.finish(undefined, complete, 7);
    expect(lines).toEqual(['INFO Complete: 0 new entries; Tines does not count them in this range. 7 requests.']);
  });

  test('comes after the warnings, of which what is missing is by the proof', () => {
    const { log, lines, window } = logOf();
    window({ missing: 5, withoutId: 1 });
    window({ missing: 5 });
    log.finish(30, { ...complete, missing: 6 }, 7);
    expect(lines.map((line) => line.slice(0, 29))).toEqual([
      'WARN Tines counts 6 more entr',
      'WARN 1 entry has no id, first',
      'INFO Read, but 6 entries are ',
    ]);
  });

  test('comes without a warning where the proof knows of nothing missing', () => {
    const { log, lines, window } = logOf();
    window({ missing: 5 });
    log.finish(10, complete, 7);
    expect(lines).toEqual([expect.stringMatching(/^INFO Complete: /)]);
  });
});

describe('SyncLog.replaced', () => {
  test('is one WARN at the end, with the columns and the number of entries', () => {
    const { log, lines } = logOf();
    for (let entry = 0; entry < 1200; entry += 1) log.replaced(entry === 7 ? ['user_name', 'inputs'] : ['inputs']);
    expect(lines).toEqual([]);
    log.warn();
    expect(lines.filter((line) => line.startsWith('WARN'))).toEqual([
      'WARN 1,200 entries hold in "inputs", "user_name" what common JSON readers can\'t take: it is replaced by a string of its JSON text, half a surrogate pair by U+FFFD. See docs/columns.md, "What readers can\'t take".',
    ]);
  });

  test('says nothing where there was nothing', () => {
    const { log, lines } = logOf();
    log.warn();
    expect(lines).toEqual([]);
  });
});
