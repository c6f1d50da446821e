import { describe, expect, test } from '@jest/globals';
import {
  backfill,
  DAY,
  entriesBetween,
  entryAt,
  HOUR,
  idsOf,
  lastLine,
  MINUTE,
  numbers,
  SECOND,
  START,
  syncWorld,
  type SyncWorldOptions,
} from '../../testing/sync-world';

/** Of a test that simulates thousands of entries, in ms. */
const LONG = 60_000;
const config = backfill(START - 6 * DAY);

describe.each([1e13, 1e15, 2 ** 53 - 1])('A reported count of %d', (reported) => {
  const worldOf = (count: (request: number) => number | undefined) =>
    syncWorld(entriesBetween(1200, START - 5 * DAY, START), {
      sizes: 'standard',
      config,
      count: { kind: 'stated', count },
    });

  test('in one response ends in at most 30 requests, and the next sync brings all', async () => {
    let isFirst = true;
    const world = worldOf(() => {
      const count = isFirst ? reported : undefined;
      isFirst = false;
      return count;
    });
    const first = await world.sync();
    expect(world.requests()).toBeLessThanOrEqual(30);
    expect([...idsOf(first), ...idsOf(await world.sync())]).toEqual(numbers(1, 1200));
  });

  test(
    'in every response brings all in at most 500 requests',
    async () => {
      const world = worldOf(() => reported);
      expect(idsOf(await world.sync())).toEqual(numbers(1, 1200));
      expect(world.requests()).toBeLessThanOrEqual(500);
    },
    LONG,
  );
});

test.each(['count', 'rows'] as const)(
  'A lying count of 1,000,000 costs at most 30 requests for 1,200 entries, with pages of the %s',
  async (pagesOf) => {
    const world = syncWorld(entriesBetween(1200, START - 5 * DAY, START), {
      sizes: 'standard',
      config,
      count: { kind: 'stated', count: () => 1e6 },
      meta: { pagesOf },
    });
    const run = await world.sync();
    expect(idsOf(run)).toEqual(numbers(1, 1200));
    expect(lastLine(run)).toMatch(/^Read, but /);
    expect(world.requests()).toBeLessThanOrEqual(30);
  },
  LONG,
);

test.each([20, 100, 300, 420])('An hourly sync of %d entries is one request', async (perHour) => {
  const world = syncWorld(entriesBetween(perHour * 4, START - 4 * HOUR, START), {
    sizes: 'standard',
    start: START - 3 * HOUR,
    config: backfill(START - 4 * HOUR),
  });
  await world.sync();
  for (let hour = 2; hour >= 0; hour -= 1) {
    world.clock.advance(START - hour * HOUR - world.clock.now());
    const before = world.requests();
    expect(idsOf(await world.sync()).length).toBeGreaterThanOrEqual(perHour - 1);
    expect(world.requests() - before).toBe(1);
  }
});

test(
  'An hourly sync with a lookback of seven days asks for each of its pages about once',
  async () => {
    const world = syncWorld(entriesBetween(16_000, START - 8 * DAY, START), {
      sizes: 'standard',
      start: START - HOUR,
      config: { ...backfill(START - 8 * DAY), lookback_window_minutes: 7 * 1440 },
    });
    await world.sync();
    world.clock.advance(HOUR);
    const before = world.requests();
    const run = await world.sync();
    expect(idsOf(run).length).toBeGreaterThan(80);
    expect(lastLine(run)).toMatch(/^Complete: /);
    // 14,000 entries of seven days are 28 pages.
    expect(world.requests() - before).toBeLessThanOrEqual(34);
  },
  LONG,
);

describe('20,000 entries, 40 pages, are read', () => {
  test.each<[string, number, SyncWorldOptions]>([
    ['1.15 requests a page, though one entry is counted and not returned', 1.15 * 40, { withholds: withheld }],
    ['2.05 requests a page where counts are rounded to tens', 2.05 * 40, { count: { kind: 'rounded', to: 10 } }],
    ['1.4 requests a page where nothing is counted', 1.4 * 40, { meta: { count: false } }],
    ['1.15 requests a page where fewer rows a page are stated than are returned', 1.15 * 40, { meta: { perPage: 20 } }],
  ])(
    'with at most %s',
    async (_, most, options) => {
      const world = syncWorld(entriesBetween(20_000, START - 5 * DAY, START), {
        sizes: 'standard',
        config: backfill(START - 5 * DAY),
        ...options,
      });
      const run = await world.sync();
      expect(run.records.length).toBeGreaterThanOrEqual(19_999);
      expect(world.requests()).toBeLessThanOrEqual(most);
    },
    LONG,
  );
});

function withheld({ id }: { readonly id?: unknown }): boolean {
  return id === 8000;
}

test(
  'With a lookback as long as the backfill STATEs are at most a tenth of the records',
  async () => {
    const world = syncWorld(entriesBetween(10_000, START - 5 * DAY, START), {
      sizes: 'standard',
      config: { ...config, lookback_window_minutes: 7 * 1440 },
    });
    const run = await world.sync();
    const size = (messages: readonly unknown[]): number => JSON.stringify(messages).length;
    expect(run.records).toHaveLength(10_000);
    // The last one always comes, however large.
    expect(size(run.states.slice(0, -1))).toBeLessThanOrEqual(size(run.records) / 10);
  },
  LONG,
);

test(
  'Where the newest second has more than a page, the ids of older days are not kept while it is read',
  async () => {
    const second = Array.from({ length: 600 }, (_, index) => entryAt(50_000 + index, START - SECOND));
    const entries = [...entriesBetween(12_000, START - 5 * DAY, START - MINUTE), ...second];
    const world = syncWorld(entries, { sizes: 'standard', config: backfill(START - 5 * DAY) });
    const run = await world.sync();
    expect(run.records).toHaveLength(12_600);
    expect(Math.max(...run.states.map((state) => JSON.stringify(state).length))).toBeLessThan(8000);
  },
  LONG,
);

test(
  'Three late entries with each request do not keep a sync from its end within 150 requests',
  async () => {
    let id = 100_000;
    const world = syncWorld(entriesBetween(2000, START - 5 * HOUR, START), {
      sizes: { perPage: 33, pages: 9.75, bytes: 4e6, bytesHeld: 64e6 },
      config,
      beforeResponse: () => {
        world.model.add([0, 1, 2].map(() => entryAt(id++, world.clock.now() - 1000)));
      },
    });
    const first = await world.sync();
    expect(first.errors).toEqual([]);
    expect(world.requests()).toBeLessThanOrEqual(150);
    world.model.settings.beforeResponse = undefined;
    const ids = [...idsOf(first), ...idsOf(await world.sync())];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(2000 + id - 100_000);
  },
  LONG,
);
