import { describe, expect, test } from '@jest/globals';
import {
  ascending,
  backfill,
  DAY,
  entryAt,
  HOUR,
  idsOf,
  MINUTE,
  numbers,
  START,
  syncWorld,
  type SyncWorldOptions,
} from '../../testing/sync-world';

/** Of a test that plays a sync from each of many states, in ms. */
const LONG = 60_000;

describe('From every STATE of a sync another can go on, with nothing lost and nothing twice,', () => {
  const config = backfill(START - 2 * DAY);
  // As long as they are, a STATE for each few windows is no more than a tenth of the records.
  const note = 'x'.repeat(1900);
  const spread = Array.from({ length: 120 }, (_, index) =>
    entryAt(index + 1, START - DAY + index * 12 * MINUTE, { note }),
  );
  const inOneSecond = Array.from({ length: 60 }, (_, index) => entryAt(500 + index, START - HOUR));

  test.each<[string, SyncWorldOptions]>([
    ['over evenly spread entries', { entries: spread }],
    ['over a second that is larger than a window', { entries: [...spread, ...inOneSecond] }],
    ['where nothing is counted', { entries: spread, meta: { count: false } }],
    [
      'with a lookback longer than the range',
      { entries: spread, config: { ...config, lookback_window_minutes: 5000 } },
    ],
  ])(
    '%s',
    async (_, { entries = [], ...options }) => {
      const first = await syncWorld(entries, { config, ...options }).sync();
      const all = ascending(idsOf(first));
      expect(all).toHaveLength(entries.length);
      expect(first.states.length).toBeGreaterThan(options.config === undefined ? 5 : 0);
      let before = 0;
      let checked = 0;
      for (const message of first.messages) {
        if (message.type === 'RECORD') before += 1;
        if (message.type !== 'STATE') continue;
        const { clock, sync } = syncWorld(entries, { config, ...options });
        clock.advance(MINUTE);
        const second = await sync({ state: message.state.stream.stream_state });
        expect(ascending([...idsOf(first).slice(0, before), ...idsOf(second)])).toEqual(all);
        checked += 1;
      }
      expect(checked).toBe(first.states.length);
    },
    LONG,
  );

  test(
    'also where entries show late in between',
    async () => {
      const first = await syncWorld(spread, { config }).sync();
      let before = 0;
      let checked = 0;
      for (const message of first.messages) {
        if (message.type === 'RECORD') before += 1;
        if (message.type !== 'STATE') continue;
        const late = [9, 5, 1].map((minutes, index) => entryAt(900 + index, START - minutes * MINUTE));
        const world = syncWorld(spread, { config });
        world.model.add(late);
        world.clock.advance(MINUTE);
        const second = await world.sync({ state: message.state.stream.stream_state });
        const ids = [...idsOf(first).slice(0, before), ...idsOf(second)];
        expect(ascending(ids)).toEqual([...numbers(1, 120), ...numbers(900, 3)]);
        checked += 1;
      }
      expect(checked).toBeGreaterThan(5);
    },
    LONG,
  );
});
