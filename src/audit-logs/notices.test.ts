import { beforeEach, describe, expect, test } from '@jest/globals';
import type { LogLevel } from '@airbyte/cdk-typescript-compat';
import { Notices } from './notices';
import type { SavedState } from './state';
import { formatSeconds, secondsOf } from './timestamp';
import { BEGINNING } from './window';
import type { WholeWindow } from './window-reader';

const NOW = secondsOf('2026-03-01T12:00:00.000Z');
const DAY = 86_400;
let logged: [LogLevel, string][];
let notices: Notices;

beforeEach(() => {
  logged = [];
  notices = new Notices((level, message) => logged.push([level, message]));
});

const savedAt = (seconds: number, config: string | undefined = 'same'): SavedState => ({
  timestamp: formatSeconds(seconds),
  id: undefined,
  recentFrom: formatSeconds(seconds),
  recentIds: new Map(),
  config,
});

describe('the start', () => {
  test('names the tenant and the range', () => {
    notices.start('acme.tines.com', NOW - DAY, NOW);
    expect(logged).toEqual([
      ['INFO', expect.stringMatching(/acme\.tines\.com from 2026-02-28T12:00:00\.000Z to 2026-03-01T12:00:00\.000Z/)],
    ]);
  });

  test('says in words when everything is read', () => {
    notices.start('acme.tines.com', BEGINNING, NOW);
    expect(logged[0]?.[1]).toContain('the oldest entry that Tines keeps');
  });

  test('from now says that nothing old is read, and why', () => {
    notices.startsNow('2026-03-01T12:00:00.000Z');
    expect(logged).toEqual([
      ['INFO', expect.stringMatching(/Backfill Start Time is not set.*2026-03-01T12:00:00\.000Z/)],
    ]);
  });
});

describe('a saved state', () => {
  test('that is as usual is nothing to speak of', () => {
    notices.saved(savedAt(NOW - DAY), NOW - DAY, NOW, 'same');
    expect(logged).toEqual([]);
  });

  test('of other settings is a WARN that says what does not come, and what to do', () => {
    notices.saved(savedAt(NOW - DAY, 'other'), NOW - DAY, NOW, 'same');
    expect(logged).toEqual([
      ['WARN', expect.stringMatching(/Tenant Domain, User IDs or Operation Names.*2026-02-28T12:00:00\.000Z.*refresh/)],
    ]);
  });

  test('written by hand knows no settings: no WARN', () => {
    notices.saved({ ...savedAt(NOW - DAY), config: undefined }, NOW - DAY, NOW, 'same');
    expect(logged).toEqual([]);
  });

  test('in the future is a WARN', () => {
    notices.saved(savedAt(NOW + DAY), NOW + DAY, NOW, 'same');
    expect(logged).toEqual([['WARN', expect.stringMatching(/future.*2026-03-02T12:00:00\.000Z/)]]);
  });

  test('older than Tines keeps entries is a WARN that names the gap', () => {
    notices.saved(savedAt(NOW - 731 * DAY), NOW - 731 * DAY, NOW, 'same');
    expect(logged).toEqual([
      ['WARN', expect.stringMatching(/two years.*between 2024-02-29T12:00:00\.000Z and 2024-03-01T12:00:00\.000Z/)],
    ]);
  });

  test('of almost two years ago is none', () => {
    notices.saved(savedAt(NOW - 729 * DAY), NOW - 729 * DAY, NOW, 'same');
    expect(logged).toEqual([]);
  });
});

describe('a window', () => {
  const usual: WholeWindow = {
    kind: 'whole',
    window: { from: NOW - 60, to: NOW },
    entries: [{ id: '1', timestamp: formatSeconds(NOW - 30), fields: { user_email: 'confidential@example.org' } }],
    counted: 1,
    missing: 0,
    readAgain: true,
    pageAfterPage: true,
    odd: { withoutId: 0, withoutTime: 0 },
  };

  test('that is as usual is nothing to speak of', () => {
    notices.window(usual);
    expect(logged).toEqual([]);
  });

  test.each<[string, Partial<WholeWindow>, RegExp]>([
    ['of which Tines shows less than it counts', { missing: 3 }, /counts 3 more entries/],
    ['with entries without an id', { odd: { withoutId: 2, withoutTime: 0 } }, /2 entries .* no id/],
    ['with entries without a time', { odd: { withoutId: 0, withoutTime: 4 } }, /4 entries .* no time/],
  ])('%s is a WARN with the range', (_, odd, message) => {
    notices.window({ ...usual, ...odd });
    expect(logged).toEqual([['WARN', expect.stringMatching(message)]]);
    expect(logged[0]?.[1]).toContain('between 2026-03-01T11:59:00.000Z and 2026-03-01T12:00:00.000Z');
  });

  test('that is open reaches to now', () => {
    notices.window({ ...usual, window: { from: NOW - 60, to: undefined }, missing: 1 });
    expect(logged[0]?.[1]).toContain('2026-03-01T11:59:00.000Z and now');
  });

  test('that is odd in every way is as many WARNs, without a word of its entries', () => {
    notices.window({ ...usual, missing: 1, odd: { withoutId: 1, withoutTime: 1 } });
    expect(logged.map(([level]) => level)).toEqual(['WARN', 'WARN', 'WARN']);
    expect(JSON.stringify(logged)).not.toContain('confidential');
  });
});

describe('ids that do not fit into the state', () => {
  test('are a WARN with their number and what to do', () => {
    notices.dropped(1234);
    expect(logged).toEqual([['WARN', expect.stringMatching(/1234.*again.*Lookback Window/)]]);
  });

  test('are nothing to speak of when there are none', () => {
    notices.dropped(0);
    expect(logged).toEqual([]);
  });
});

test('a second that is streamed is told, with what a kill inside of it means', () => {
  notices.denseSecond(NOW);
  expect(logged).toEqual([['INFO', expect.stringMatching(/2026-03-01T12:00:00\.000Z.*page by page.*again if/)]]);
});
