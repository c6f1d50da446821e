import { describe, expect, test } from '@jest/globals';
import { entryOf } from '../../simulated-tenant/tenant-entry';
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
  SECOND,
  START,
  syncWorld,
  warnings,
  type SyncWorld,
  type SyncWorldOptions,
} from '../../testing/sync-world';

/** Of a test that simulates many syncs, in ms. */
const LONG = 60_000;

/** Syncs again and again, `times` times, every so often. @returns the ids that were delivered, in their order */
async function syncEvery(ms: number, times: number, { sync, clock }: SyncWorld): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < times; index += 1) {
    const startedAt = clock.now();
    const run = await sync();
    expect(run.errors).toEqual([]);
    ids.push(...idsOf(run));
    clock.advance(Math.max(0, startedAt + ms - clock.now()));
  }
  return ids;
}

describe('Syncs every ten minutes deliver every entry once', () => {
  const config = backfill(START - HOUR);

  test(
    'though the log stalls for 40 minutes and then shows what happened meanwhile',
    async () => {
      const stalls = [{ from: START + 15 * MINUTE, to: START + 55 * MINUTE }];
      const world = syncWorld(entriesBetween(300, START, START + 100 * MINUTE), { config, stalls });
      expect(ascending(await syncEvery(10 * MINUTE, 13, world))).toEqual(numbers(1, 300));
      expect(world.state()).toMatchObject({ timestamp: '2026-03-02T13:39:40.000Z' });
    },
    LONG,
  );

  test(
    'though the store is always 15 minutes behind',
    async () => {
      const world = syncWorld(entriesBetween(300, START - 20 * MINUTE, START + 100 * MINUTE), {
        ...{ config, storeLagMs: 15 * MINUTE },
      });
      expect(ascending(await syncEvery(10 * MINUTE, 14, world))).toEqual(numbers(1, 300));
    },
    LONG,
  );

  test.each([
    ['first', 1],
    ['second', 0],
  ])(
    'though every other answer, the %s one too, comes from a replica that is 20 s behind and does not count',
    async (_, remainder) => {
      const serves = (request: number): boolean => request % 2 === remainder;
      const world = syncWorld(entriesBetween(4800, START - 20 * MINUTE, START + 40 * MINUTE), {
        ...{ config, sizes: 'standard', replica: { lagMs: 20 * SECOND, withoutCount: true, serves } },
      });
      expect(ascending(await syncEvery(10 * MINUTE, 7, world))).toEqual(numbers(1, 4800));
    },
    LONG,
  );

  test(
    'though the Date header is 12 minutes ahead',
    async () => {
      const world = syncWorld(entriesBetween(300, START - 20 * MINUTE, START + 40 * MINUTE), {
        ...{ config, dateSkewMs: 12 * MINUTE, storeLagMs: 5 * SECOND },
      });
      expect(ascending(await syncEvery(10 * MINUTE, 8, world))).toEqual(numbers(1, 300));
    },
    LONG,
  );

  test.each<[string, SyncWorldOptions]>([
    ['', {}],
    // Then nothing but clocks says how far there are entries.
    [', of a server that returns the oldest entries first', { order: 'oldest_first' }],
  ])(
    'though the Date header of one first answer is a day ahead%s',
    async (_, options) => {
      let isFirst = true;
      const dateSkewMs = (): number => {
        const skew = isFirst ? DAY : 0;
        isFirst = false;
        return skew;
      };
      const world = syncWorld(entriesBetween(300, START - 20 * MINUTE, START + 40 * MINUTE), {
        config,
        dateSkewMs,
        ...options,
      });
      const { sync, state } = world;
      const first = idsOf(await sync());
      expect(String(state()?.['timestamp']) < '2026-03-02T12:05').toBe(true);
      expect(ascending([...first, ...(await syncEvery(10 * MINUTE, 7, world))])).toEqual(numbers(1, 300));
    },
    LONG,
  );

  test(
    'though entries show up to nine minutes late',
    async () => {
      const world = syncWorld([], { config });
      let id = 1;
      const ids: string[] = [];
      for (let round = 0; round < 8; round += 1) {
        world.model.add([0, 3, 6, 9].map((late) => entryAt(id++, world.clock.now() - late * MINUTE)));
        ids.push(...(await syncEvery(10 * MINUTE, 1, world)));
      }
      expect(ascending(ids)).toEqual(numbers(1, 32));
    },
    LONG,
  );
});

describe('An answer that shows and counts nothing', () => {
  test(
    'costs no entry of a backfill',
    async () => {
      const world = syncWorld(entriesBetween(6000, START - 30 * DAY, START - HOUR), {
        ...{
          config: backfill(START - 31 * DAY),
          sizes: 'standard',
          returnsNothing: (request: number) => request === 1,
        },
      });
      const first = await world.sync();
      expect([first.exitCode, idsOf(first)]).toEqual([0, []]);
      world.model.settings.returnsNothing = undefined;
      expect(idsOf(await world.sync())).toEqual(numbers(1, 6000));
    },
    LONG,
  );

  test('costs no entry of a later sync', async () => {
    let isBlind = false;
    const world = syncWorld(entriesBetween(60, START - HOUR, START + HOUR), {
      ...{ config: backfill(START - DAY), returnsNothing: () => isBlind },
    });
    const first = idsOf(await world.sync());
    world.clock.advance(30 * MINUTE);
    isBlind = true;
    expect(idsOf(await world.sync())).toEqual([]);
    isBlind = false;
    world.clock.advance(31 * MINUTE);
    expect([...first, ...idsOf(await world.sync())]).toEqual(numbers(1, 60));
  });
});

test.each([
  ['seven days repeats nothing in the next sync at 4,000', 7, 4000],
  ['36 hours repeats nothing in the next sync at 20,000', 1.5, 20_000],
])(
  'A lookback of %s entries a day',
  async (_, days, perDay) => {
    const old = days * perDay;
    const entries = entriesBetween(old + perDay, START - days * DAY, START + DAY);
    const config = { ...backfill(START - days * DAY), lookback_window_minutes: days * 1440 };
    const world = syncWorld(entries, { config, sizes: 'standard' });
    const first = idsOf(await world.sync());
    expect(first.length).toBeGreaterThan(old);
    world.clock.advance(DAY);
    expect([...first, ...idsOf(await world.sync())]).toEqual(numbers(1, old + perDay));
    expect(JSON.stringify(world.state()).length).toBeLessThan(200_000);
  },
  120_000,
);

test('Entries of another tenant with the same ids, within the lookback, are delivered', async () => {
  const mine = syncWorld(entriesBetween(20, START - 5 * MINUTE, START));
  await mine.sync({ config: backfill(START - DAY) });
  const other = syncWorld(entriesBetween(20, START - 5 * MINUTE, START));
  const run = await other.sync({ config: { tenant_domain: 'other.tines.example' }, state: mine.state() });
  expect(idsOf(run)).toEqual(numbers(1, 20));
  expect(warnings(run)).toEqual([expect.stringMatching(/^Tenant Domain changed since the last sync/)]);
});

describe('A refresh that Airbyte asks for, without a start time,', () => {
  const generations = { generation_id: 3, minimum_generation_id: 3, sync_id: 12 };

  test('delivers all that Tines keeps, and says so', async () => {
    const { sync } = syncWorld(entriesBetween(300, START - 600 * DAY, START - HOUR));
    const run = await sync({ generations });
    expect(idsOf(run)).toEqual(numbers(1, 300));
    expect(run.statuses.at(-1)?.status).toBe('COMPLETE');
    expect(lastLine(run)).toMatch(/^Complete: 300 new entries; Tines counts 300 /);
    expect(run.logs[0]?.message).toMatch(/^Airbyte asks for everything anew/);
  });

  test('goes on from its state when Airbyte tries again', async () => {
    const { sync } = syncWorld(entriesBetween(300, START - 600 * DAY, START - HOUR));
    const first = await sync({ generations, stopAtRequest: 30 });
    const second = await sync({ generations });
    expect(first.statuses.at(-1)?.status).toBe('INCOMPLETE');
    expect([...idsOf(first), ...idsOf(second)]).toEqual(numbers(1, 300));
  });

  test('is not taken for a first sync with generation 0, which starts from now', async () => {
    const { sync } = syncWorld(entriesBetween(30, START - 600 * DAY, START - HOUR));
    expect(idsOf(await sync({ generations: { generation_id: 0, minimum_generation_id: 0, sync_id: 4 } }))).toEqual([]);
  });
});

describe('Entries that come in while a sync reads', () => {
  test(
    'faster than they are read are delivered in the order of their time, up to some end, and then the rest',
    async () => {
      let id = 1000;
      const world = syncWorld(entriesBetween(300, START - DAY, START - 20 * MINUTE), {
        config: { ...backfill(START - 2 * DAY), num_workers: 1 },
        beforeResponse: () => {
          world.model.add([entryAt(id++, world.clock.now())]);
        },
      });
      const run = await world.sync({ latency: () => SECOND });
      const seconds = run.records.map(({ data }) => String(data['timestamp']));
      expect(seconds).toEqual(seconds.toSorted());
      expect(run.logs.map(({ message }) => message).join()).not.toContain('page by page');
      world.model.settings.beforeResponse = undefined;
      world.clock.advance(MINUTE);
      const ids = [...idsOf(run), ...idsOf(await world.sync())];
      expect(ascending(ids)).toEqual([...numbers(1, 300), ...numbers(1000, id - 1000)]);
      expect(world.requests()).toBeLessThan(1200);
    },
    LONG,
  );

  test('without a time are delivered once', async () => {
    let hasAppeared = false;
    const world = syncWorld(entriesBetween(60, START - DAY, START - 20 * MINUTE), {
      beforeResponse: ({ number }) => {
        if (number < 4 || hasAppeared) return;
        hasAppeared = true;
        world.model.add([entryOf({ id: 777, operation_name: 'Login' }, { at: world.clock.now() })]);
      },
    });
    const ids = idsOf(await world.sync({ config: backfill(START - 2 * DAY), latency: () => 20 * SECOND }));
    for (let round = 0; round < 3; round += 1) {
      world.clock.advance(5 * MINUTE);
      ids.push(...idsOf(await world.sync()));
    }
    expect(ascending(ids)).toEqual([...numbers(1, 60), '777']);
  });

  test('and are dated within a settled window come with the next sync, if not with this', async () => {
    let id = 1000;
    const world = syncWorld(entriesBetween(300, START - DAY, START), {
      config: backfill(START - 2 * DAY),
      beforeResponse: ({ number }) => {
        if (number % 3 === 0) world.model.add([entryAt(id++, world.clock.now() - ((number * 37) % 540) * SECOND)]);
      },
    });
    const ids = idsOf(await world.sync());
    world.model.settings.beforeResponse = undefined;
    world.clock.advance(MINUTE);
    ids.push(...idsOf(await world.sync()));
    expect(ascending(ids)).toEqual([...numbers(1, 300), ...numbers(1000, id - 1000)]);
  });
});
