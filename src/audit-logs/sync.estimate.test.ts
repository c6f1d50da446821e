import { describe, expect, test } from '@jest/globals';
import {
  backfill,
  DAY,
  entriesBetween,
  entryAt,
  MINUTE,
  START,
  syncWorld,
  type SyncWorldOptions,
} from '../../testing/sync-world';

describe('The estimate of a sync', () => {
  const estimatesOf = async (options: SyncWorldOptions) => {
    const world = syncWorld(entriesBetween(120, START - DAY, START), { config: backfill(START - 2 * DAY), ...options });
    const first = await world.sync();
    world.clock.advance(MINUTE);
    world.model.add([entryAt(201, world.clock.now())]);
    return { first, second: await world.sync() };
  };

  test('is what the server counts, in rows of the stream', async () => {
    const { first } = await estimatesOf({});
    expect(first.estimates).toEqual([{ name: 'audit_logs', type: 'STREAM', row_estimate: 120 }]);
  });

  test('leaves out what was delivered before, where the state names nothing from before its start', async () => {
    // Ids are remembered by five minutes, and these start at one: 11:48 less the lookback.
    const { second } = await estimatesOf({ config: { ...backfill(START - 2 * DAY), lookback_window_minutes: 13 } });
    expect(second.estimates).toEqual([expect.objectContaining({ row_estimate: 1 })]);
  });

  test('is none where nothing is counted', async () => {
    const { first, second } = await estimatesOf({ meta: { count: false } });
    expect([first.estimates, second.estimates]).toEqual([[], []]);
  });

  test('is none where fewer are counted than are returned', async () => {
    const { second } = await estimatesOf({ count: { kind: 'capped', at: 0 } });
    expect(second.estimates).toEqual([]);
  });

  test('comes before the first record', async () => {
    const { first } = await estimatesOf({});
    const kinds = first.messages.map((message) => (message.type === 'TRACE' ? message.trace.type : message.type));
    expect(kinds.indexOf('ESTIMATE')).toBeLessThan(kinds.indexOf('RECORD'));
    expect(kinds.indexOf('ESTIMATE')).toBeGreaterThan(-1);
  });
});
