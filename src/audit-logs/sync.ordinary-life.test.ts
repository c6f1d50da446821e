import { describe, expect, test } from '@jest/globals';
import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { seededRandom, seedOfItem } from '../../simulated-tenant/random';
import { scattered, type Fault } from '../../simulated-tenant/tenant-faults';
import {
  ascending,
  backfill,
  DAY,
  entriesBetween,
  entryAt,
  HOUR,
  idsOf,
  lastLine,
  MINUTE,
  numbers,
  START,
  syncWorld,
  warnings,
  type SyncWorld,
} from '../../testing/sync-world';

/** Of a test that simulates thousands of entries, in ms. */
const LONG = 60_000;
const config = backfill(START - 6 * DAY);

/** Syncs at each full hour from the world's start on. */
async function syncHourly(times: number, { sync, clock }: SyncWorld): Promise<SourceRun[]> {
  const startedAt = clock.now();
  const runs: SourceRun[] = [];
  for (let hour = 1; hour <= times; hour += 1) {
    runs.push(await sync());
    clock.advance(Math.max(0, startedAt + hour * HOUR - clock.now()));
  }
  return runs;
}

const idsOfAll = (runs: readonly SourceRun[]): string[] => runs.flatMap(idsOf);

describe('Hourly syncs of a tenant with two stores, of which one is behind', () => {
  const worldOf = (perHour: number, lagMinutes: number, serves?: (request: number) => boolean) =>
    syncWorld(entriesBetween(perHour * 12, START - 2 * HOUR, START + 10 * HOUR), {
      sizes: 'standard',
      config: backfill(START - 2 * HOUR),
      replica: { lagMs: lagMinutes * MINUTE, ...(serves === undefined ? {} : { serves }) },
    });
  const byChance = (request: number): boolean => seededRandom(seedOfItem(7, request))() < 0.5;

  test.each<[number, number, string, ((request: number) => boolean) | undefined]>([
    [300, 12, 'by chance', byChance],
    [300, 60, 'by chance', byChance],
    [300, 60, 'in turns', undefined],
    [1000, 15, 'in turns', undefined],
    [1000, 60, 'by chance', byChance],
  ])(
    'lose none of %d entries an hour though it is %d minutes behind, and serves %s',
    async (perHour, lagMinutes, _, serves) => {
      const runs = await syncHourly(10, worldOf(perHour, lagMinutes, serves));
      const settled = (11 - lagMinutes / 60) * perHour;
      const ids = idsOfAll(runs);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ascending(ids).slice(0, settled)).toEqual(numbers(1, settled));
    },
    LONG,
  );

  test(
    'do not say "Complete" where each window comes from the store that lacks what the first response counted',
    async () => {
      const runs = await syncHourly(4, worldOf(1000, 60));
      expect(runs.slice(1).filter((run) => lastLine(run).startsWith('Complete'))).toEqual([]);
      const starts = runs.map(({ states }) => states.at(-1)?.stream.stream_state['recent_from']);
      expect(new Set(starts).size).toBe(1);
    },
    LONG,
  );
});

describe('Responses that return and count nothing', () => {
  test(
    'as the second to ninth of a backfill of one window cost no entry, and no sync calls itself complete that lacks some',
    async () => {
      const world = syncWorld(entriesBetween(5000, START - 5 * DAY, START), {
        sizes: 'standard',
        config,
        showsNothing: (request) => request >= 2 && request <= 9,
      });
      const first = await world.sync();
      expect(lastLine(first)).toMatch(/^Read, but Tines returned less than when the sync began/);
      // Each sync counts its own requests.
      world.model.settings.showsNothing = undefined;
      const second = await world.sync();
      const third = await world.sync();
      expect(lastLine(third)).toMatch(/^Complete: /);
      expect(ascending(idsOfAll([first, second, third]))).toEqual(numbers(1, 5000));
    },
    LONG,
  );

  test(
    'as the second to ninth of a backfill of several windows are read again in the same sync',
    async () => {
      const world = syncWorld(entriesBetween(20_000, START - 5 * DAY, START), {
        sizes: 'standard',
        config,
        showsNothing: (request) => request >= 2 && request <= 9,
      });
      const run = await world.sync();
      expect(idsOf(run)).toEqual(numbers(1, 20_000));
      expect(lastLine(run)).toMatch(/^Complete: 20,000 new entries; Tines counts 20,000 /);
    },
    LONG,
  );

  test(
    'also as a window of few rows is read again leave the start of the next sync before it',
    async () => {
      const world = syncWorld(entriesBetween(64, START - 4 * DAY, START), {
        sizes: { perPage: 21, pages: 2, bytes: 20_000, bytesHeld: 2_000_000 },
        config,
        showsNothing: (request) => request >= 4 && request <= 8,
      });
      const first = await world.sync();
      world.model.settings.showsNothing = undefined;
      expect(ascending(idsOfAll([first, await world.sync()]))).toEqual(numbers(1, 64));
    },
    LONG,
  );

  test(
    'for a few entries long ago, which might be a gap, leave the start of the next sync before them',
    async () => {
      const few = entriesBetween(10, START - 4.5 * DAY, START - 4.5 * DAY + HOUR);
      const world = syncWorld([...few, ...entriesBetween(15_000, START - DAY, START, 11)], {
        sizes: 'standard',
        config,
        showsNothing: (request) => request === 2,
      });
      const first = await world.sync();
      expect(first.records).toHaveLength(15_000);
      expect(lastLine(first)).toMatch(/^Read, but Tines returned less than when the sync began/);
      world.model.settings.showsNothing = undefined;
      expect(ascending(idsOfAll([first, await world.sync()]))).toEqual(numbers(1, 15_010));
    },
    LONG,
  );

  test(
    'for longer than a sync of several windows waits end it with an error, and the next one brings all',
    async () => {
      const world = syncWorld(entriesBetween(20_000, START - 5 * DAY, START), {
        sizes: 'standard',
        config,
        showsNothing: (request) => request >= 2,
      });
      const first = await world.sync();
      expect(first.errors).toEqual([expect.objectContaining({ failure_type: 'transient_error' })]);
      expect(world.requests()).toBeLessThanOrEqual(30);
      world.model.settings.showsNothing = undefined;
      expect(idsOfAll([first, await world.sync()])).toEqual(numbers(1, 20_000));
    },
    LONG,
  );
});

test.each(['cut', 'rounded'] as const)(
  'Nothing is lost where the bounds of ranges are %s to the minute',
  async (boundSeconds) => {
    const entries = entriesBetween(4000, START - 19 * HOUR, START);
    const world = syncWorld(entries, { sizes: 'standard', config, boundSeconds });
    const first = await world.sync();
    world.clock.advance(HOUR);
    expect(ascending(idsOfAll([first, await world.sync()]))).toEqual(numbers(1, 4000));
  },
  LONG,
);

test(
  'A timestamp that was moved back by hand brings what lies after it once more',
  async () => {
    const settings = { ...config, lookback_window_minutes: 7 * 1440 };
    const world = syncWorld(entriesBetween(5 * 480, START - 5 * DAY, START), { sizes: 'standard', config: settings });
    await world.sync();
    const moved = { ...world.state(), timestamp: new Date(START - 3 * DAY).toISOString() };
    expect(ascending(idsOf(await world.sync({ state: moved })))).toEqual(numbers(961, 1440));
  },
  LONG,
);

test('Ids that are given out again, as after a restore, are delivered with one WARN', async () => {
  const settings = { ...config, lookback_window_minutes: 1440 };
  const entries = entriesBetween(2000, START - 4 * DAY, START);
  const before = syncWorld(entries, { sizes: 'standard', config: settings });
  await before.sync();
  const kept = entries.filter(({ at }) => at < START - 6 * HOUR);
  const again = entriesBetween(300, START, START + HOUR, kept.length + 1);
  const after = syncWorld([...kept, ...again], { sizes: 'standard', start: START + HOUR, config: settings });
  const run = await after.sync({ state: before.state() });
  expect(ascending(idsOf(run))).toEqual(numbers(kept.length + 1, 300));
  expect(warnings(run)).toEqual([expect.stringMatching(/have an id that stood for another entry before/)]);
});

describe('A share of 30 % of all requests that fails, with three seconds of 900 entries,', () => {
  const dense = [3, 2, 1].flatMap((days) =>
    Array.from({ length: 900 }, (_, index) => entryAt(100_000 - days * 1000 + index, START - days * DAY - 500)),
  );
  const entries = [...entriesBetween(2300, START - 5 * DAY, START), ...dense];

  test.each([1, 2, 3, 4, 5])(
    'costs no entry, no error, and at most 150 requests (seed %d)',
    async (seed) => {
      const faultFor = scattered({ kind: 'status', status: 503 }, { share: 0.3, seed });
      const world = syncWorld(entries, { sizes: 'standard', config, faultFor });
      const run = await world.sync({ random: seededRandom(seed) });
      expect(run.errors).toEqual([]);
      expect(ascending(idsOf(run))).toEqual(ascending(entries.map(({ id }) => String(id))));
      expect(world.requests()).toBeLessThanOrEqual(150);
    },
    LONG,
  );
});

describe('An entry whose responses are refused by a filter in front of the tenant', () => {
  const entries = entriesBetween(1500, START - 5 * DAY, START);

  test.each<[string, Fault]>([
    ['403', { kind: 'status', status: 403 }],
    ['302', { kind: 'redirect' }],
    ['406', { kind: 'status', status: 406 }],
    ['451', { kind: 'status', status: 451 }],
    ['400', { kind: 'status', status: 400 }],
  ])(
    'is named by its second after all that is older was delivered, in at most 260 requests: %s',
    async (_, poisonAnswer) => {
      const poison = ({ id }: { readonly id?: unknown }): boolean => Number(id) === 724;
      const world = syncWorld(entries, { sizes: 'standard', config, poison, poisonAnswer });
      const first = await world.sync();
      expect(idsOf(first)).toEqual(numbers(1, 723));
      const message = first.errors[0]?.message ?? '';
      expect(message).toContain('entry of the second 2026-02-27T21:50:24Z');
      expect(world.requests()).toBeLessThanOrEqual(260);
      const [, timestamp = ''] = /"timestamp": "([^"]+)"/.exec(message) ?? [];
      expect(idsOf(await world.sync({ state: { timestamp } }))).toEqual(numbers(725, 776));
    },
    LONG,
  );
});

test.each<[string, Fault]>([
  ['401', { kind: 'status', status: 401 }],
  ['403', { kind: 'status', status: 403 }],
  ['404', { kind: 'status', status: 404 }],
  ['302', { kind: 'redirect' }],
])('One passing %s as the first response of an hourly sync is tried again', async (_, fault) => {
  let failing = 0;
  const world: SyncWorld = syncWorld(entriesBetween(500, START - 5 * HOUR, START + HOUR), {
    sizes: 'standard',
    config,
    faultFor: (request) => (request === failing ? fault : undefined),
  });
  const first = await world.sync();
  world.clock.advance(HOUR);
  // Each sync counts its own requests.
  failing = 1;
  const second = await world.sync();
  expect(second.errors).toEqual([]);
  expect(idsOfAll([first, second])).toEqual(numbers(1, 500));
});
