import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@airbyte/cdk-typescript-compat/testing';
import { LAST_SECOND } from '../tines/timestamp';
import { SyncLog } from './sync-log';
import type { WindowCounts } from './window-counts';

const window = (more: Partial<WindowCounts> = {}): WindowCounts => ({
  ...{
    range: { from: 0, to: 60 },
    delivered: 10,
    known: 0,
    counted: 10,
    missing: 0,
    withoutId: 0,
    withoutTime: 0,
    hasConflicts: false,
  },
  ...more,
});

function logOf() {
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = new SyncLog((level, message) => lines.push(`${level} ${message}`), clock);
  return { log, lines, clock };
}

describe('SyncLog.finish', () => {
  test.each<[string, readonly Partial<WindowCounts>[], string]>([
    [
      'sums up windows',
      [{}, { delivered: 2000, counted: 2000 }],
      'Complete: 2,010 entries delivered; Tines counts 2,010 in the same range; 2 windows; 7 requests',
    ],
    [
      'names what was known',
      [{ known: 3, counted: 13 }],
      'Complete: 10 entries delivered, 3 had been delivered before; Tines counts 13 in the same range; 1 windows; 7 requests',
    ],
    [
      'does not count what one window does not',
      [{}, { counted: undefined }, {}],
      'Complete: 30 entries delivered; Tines does not count them in all of the range; 3 windows; 7 requests',
    ],
    [
      'names what is missing',
      [{ missing: 2 }, { missing: 1 }],
      'Read, but 3 entries are not shown by Tines: 20 entries delivered; Tines counts 20 in the same range; 2 windows; 7 requests',
    ],
  ])('%s', (_, windows, line) => {
    const { log, lines } = logOf();
    for (const each of windows) log.window(window(each));
    log.finish(7, false);
    expect(lines.at(-1)).toBe(`INFO ${line}`);
  });
});

test.each([
  [{}, 'Read, but nothing proves that Tines has shown all entries: 10 entries delivered;'],
  [{ missing: 2 }, 'Read, but 2 entries are not shown by Tines: 10 entries delivered;'],
])('SyncLog.finish is not complete where the server may lack entries (%j)', (counts, start) => {
  const { log, lines } = logOf();
  log.window(window(counts));
  log.finish(7, true);
  expect(lines.at(-1)).toContain(`INFO ${start}`);
});

describe('SyncLog.window', () => {
  test.each<[string, Partial<WindowCounts>, RegExp]>([
    [
      'entries that are not shown',
      { missing: 2 },
      /^WARN Tines counts 2 more entries between 1970-01-01T00:00:00.000Z and 1970-01-01T00:01:00.000Z/,
    ],
    [
      'entries without an id',
      { withoutId: 1, range: { from: 0, to: undefined } },
      /^WARN 1 entries between .* and now have no id/,
    ],
    ['rows of one id', { hasConflicts: true }, /^WARN Tines shows entries between .* one id and not the same content/],
    [
      'what is wrong in a window that reaches to the end of all years that have a timestamp',
      { missing: 1, range: { from: LAST_SECOND, to: LAST_SECOND + 1 } },
      /^WARN Tines counts 1 more entries between 9999-12-31T23:59:59.000Z and now/,
    ],
    ['entries without a time', { withoutTime: 4 }, /^WARN 4 entries between .* have no time that fits/],
  ])('warns of %s', (_, counts, line) => {
    const { log, lines } = logOf();
    log.window(window(counts));
    expect(lines).toEqual([expect.stringMatching(line)]);
  });

  test('tells the progress every ten seconds, with what is left', async () => {
    const { log, lines, clock } = logOf();
    log.start('a.example', 0, 100, 40);
    await clock.advance(9999);
    log.window(window());
    await clock.advance(1);
    log.window(window());
    log.window(window());
    expect(lines.slice(1)).toEqual([
      'INFO 20 entries delivered, 50 % of the range, 2 entries a second, about 10 s left',
    ]);
  });
});

test('SyncLog.dropped is silent where nothing was dropped', () => {
  const { log, lines } = logOf();
  log.dropped(0);
  log.dropped(5);
  expect(lines).toEqual([expect.stringMatching(/^WARN .* 5 of them are delivered again/)]);
});
