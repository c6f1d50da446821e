import { describe, expect, test } from '@jest/globals';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import {
  ascending,
  backfill,
  DAY,
  entryAt,
  HOUR,
  idsOf,
  lastLine,
  MINUTE,
  numbers,
  START,
  syncWorld,
  warnings,
} from '../../testing/sync-world';

/** An entry a minute, ids from 1 on, up to a minute before the sync begins: runs of actions, and every fourth a login. */
const entries = (minutes: number): TenantEntry[] =>
  Array.from({ length: minutes }, (_, index) => {
    const operation_name = index % 4 === 3 ? 'Login' : 'ActionRun';
    return entryAt(index + 1, START - (minutes - index) * MINUTE, { operation_name });
  });
const isLogin = (id: string): boolean => Number(id) % 4 === 0;

const all = { ...backfill(START - 10 * DAY), lookback_window_minutes: 10 };
const withoutRuns = { ...all, excluded_operations: ['ActionRun', 'AnalyticsCapture'] };

describe('Entries of an excluded operation', () => {
  test('do not come, and count in the proof', async () => {
    const { sync } = syncWorld(entries(200), { config: withoutRuns });
    const run = await sync();
    expect(idsOf(run)).toEqual(numbers(1, 200).filter(isLogin));
    expect(lastLine(run)).toMatch(/^Complete: 50 .*Tines counts 200 /);
  });

  test('that Tines counts and never returns are reported as missing', async () => {
    const { sync } = syncWorld(entries(200), { config: withoutRuns, count: { kind: 'offset', by: 3 } });
    expect(lastLine(await sync())).toMatch(/^Read, but 3 entries /);
  });

  test('are left out of the estimate, as far as the first page tells', async () => {
    const { sync } = syncWorld(entries(200), { config: withoutRuns, sizes: 'standard' });
    expect((await sync()).estimates).toEqual([expect.objectContaining({ row_estimate: 50 })]);
  });

  test('alone move the state on, which names none of them', async () => {
    const { sync, state } = syncWorld(entries(200), {
      config: { ...all, excluded_operations: ['ActionRun', 'Login'] },
    });
    const run = await sync();
    expect(run.records).toEqual([]);
    expect(state()).toMatchObject({
      timestamp: '2026-03-02T11:59:00.000Z',
      recent_from: '2026-03-02T11:49:00.000Z',
      recent_ids: {},
    });
  });

  test('come once the setting is removed, as far back as the next sync reads, and a WARN names the rest', async () => {
    const { sync } = syncWorld(entries(200));
    await sync({ config: withoutRuns });
    const next = await sync({ config: all });
    expect(ascending(idsOf(next))).toEqual(numbers(190, 11).filter((id) => !isLogin(id)));
    expect(warnings(next)).toEqual([
      expect.stringMatching(/Excluded Operations changed .* before 2026-03-02T11:49:00.* do not come by themselves/),
    ]);
    expect((await sync({ config: all })).records).toEqual([]);
  });

  test('come but once, though they were delivered before the operation was excluded for a while', async () => {
    const { sync } = syncWorld(entries(200));
    await sync({ config: all });
    expect((await sync({ config: withoutRuns })).records).toEqual([]);
    expect((await sync({ config: all })).records).toEqual([]);
  });

  test('from before a first sync from now do not come once the setting is removed', async () => {
    const { sync, clock, model } = syncWorld(entries(200));
    await sync({ config: { excluded_operations: ['ActionRun'], lookback_window_minutes: 10 } });
    clock.advance(MINUTE);
    model.add([entryAt(201, clock.now(), { operation_name: 'ActionRun' })]);
    expect(idsOf(await sync({ config: { lookback_window_minutes: 10 } }))).toEqual(['201']);
  });

  test('do not keep late entries of other operations from coming', async () => {
    const { sync, clock, model } = syncWorld(entries(200), { config: withoutRuns });
    await sync();
    clock.advance(HOUR);
    model.add([
      entryAt(300, clock.now(), { operation_name: 'ActionRun' }),
      entryAt(250, START - 5 * MINUTE, { operation_name: 'StoryCreation' }),
    ]);
    expect(idsOf(await sync())).toEqual(['250']);
  });
});
