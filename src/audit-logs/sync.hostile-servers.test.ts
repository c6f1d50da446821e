import { describe, expect, test } from '@jest/globals';
import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { generateEntries } from '../../simulated-tenant/entry-generator';
import { oddEntry } from '../../simulated-tenant/tenant-entry';
import type { Fault } from '../../simulated-tenant/tenant-faults';
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
  type SyncWorldOptions,
} from '../../testing/sync-world';

/** Of a test that simulates thousands of entries, in ms. */
const LONG = 60_000;
const config = backfill(START - 31 * DAY);

/** A backfill of evenly spread entries in pages of 500. */
async function backfillOf(count: number, options: SyncWorldOptions) {
  const world = syncWorld(entriesBetween(count, START - 30 * DAY, START - HOUR), {
    ...{ sizes: 'standard', config },
    ...options,
  });
  const run = await world.sync();
  return { run, ...world };
}

/** Entries of an hour with gaps and bursts. */
const generated = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    entryAt(index + 1, START - HOUR + Math.floor(index / 3) * 30_000 + index),
  );

/** So many entries of one second. */
const atOnce = (count: number, at: number) =>
  Array.from({ length: count }, (_, index) => entryAt(1000 + Math.floor(at / 1000) + index * 1e6, at));

function expectAll(run: SourceRun, count: number): void {
  expect(run.errors).toEqual([]);
  expect(idsOf(run)).toEqual(numbers(1, count));
}

describe('A backfill delivers every entry once, in order, from a server', () => {
  test.each<[string, number, number, SyncWorldOptions]>([
    ['that answers offsets from 5,000 on with nothing', 7000, 40, { depthLimit: { rows: 5000, answer: 'empty' } }],
    ['that answers offsets from 10,000 on with 400', 11_000, 50, { depthLimit: { rows: 10_000, answer: 400 } }],
    ['that answers offsets from 1,000 on with 404', 5000, 30, { depthLimit: { rows: 1000, answer: 404 } }],
    ['that answers deep offsets with 504', 5000, 30, { depthLimit: { rows: 1000, answer: 504 } }],
    ['that answers a page behind the last with 404', 2000, 30, { pastEnd: 404 }],
    ['that answers a page behind the last with 400', 2000, 30, { pastEnd: 400 }],
    ['that answers a page behind the last with the last one', 1000, 30, { pastEnd: 'last_page' }],
    ['that answers every page with the first one', 2000, 30, { ignoresPage: true }],
    ['that fails on ranges of more than 10,000 rows', 11_000, 70, { heavyRange: { rows: 10_000, answer: 500 } }],
    ['that never answers on ranges of more than 2,000 rows', 6000, 90, { heavyRange: { rows: 2000, answer: 'hang' } }],
    ['that answers pages of more than 250 rows with 502', 4000, 240, { heavyPage: { rows: 250, answer: 502 } }],
    ['that answers pages of more than 250 rows with 413', 4000, 120, { heavyPage: { rows: 250, answer: 413 } }],
    ['that counts only the rows of the page', 4000, 70, { count: { kind: 'page_rows' }, meta: { pagesOf: 'rows' } }],
    ['that counts 10,000 at most', 11_000, 80, { count: { kind: 'capped', at: 10_000 } }],
    ['that counts nothing', 4000, 60, { meta: { count: false } }],
    ['whose answers have no meta', 4000, 60, { meta: { present: false } }],
    ['that shows the oldest first', 4000, 60, { order: 'oldest_first' }],
    ['that shows rows in another order each time', 4000, 60, { order: 'shuffled' }],
    ['that shows 100 rows a page', 4000, 120, { maxPerPage: 100 }],
  ])(
    '%s',
    async (_, count, most, options) => {
      const { run, requests } = await backfillOf(count, options);
      expectAll(run, count);
      expect(lastLine(run)).toMatch(new RegExp(`^Complete: ${count.toLocaleString('en-US')} new entries;`));
      expect(requests()).toBeLessThanOrEqual(most);
    },
    LONG,
  );

  test.each([404, 400, 'last_page'] as const)(
    'with windows of whole pages, behind which it answers %s',
    async (pastEnd) => {
      const { sync } = syncWorld(entriesBetween(20, START - 4 * DAY, START - DAY), { config, pastEnd });
      const run = await sync();
      expectAll(run, 20);
      expect(lastLine(run)).toMatch(/^Complete: 20 new entries; Tines counts 20 /);
    },
  );

  test('that answers a page behind the last with the last one, and has no meta', async () => {
    const world = syncWorld(entriesBetween(20, START - 4 * DAY, START - DAY), {
      ...{ config, pastEnd: 'last_page', meta: { present: false } },
    });
    const run = await world.sync();
    expectAll(run, 20);
    expect(lastLine(run)).toMatch(/^Complete: 20 new entries; Tines does not count them/);
  });

  test('that counts the rows of the page while pages and the next page say that there is more', async () => {
    // How many rows a page has is not stated: it would give the count away.
    const faultFor = (_: number, query: URLSearchParams): Fault => {
      const { audit_logs, meta } = world.model.page(query);
      return {
        kind: 'status',
        status: 200,
        body: JSON.stringify({ audit_logs, meta: { ...meta, per_page: undefined } }),
      };
    };
    const world = syncWorld(entriesBetween(700, START - 30 * DAY, START - HOUR), {
      ...{ config, sizes: 'standard', maxPerPage: 100, count: { kind: 'page_rows' }, meta: { pagesOf: 'rows' } },
      faultFor,
    });
    const run = await world.sync();
    expectAll(run, 700);
    expect(lastLine(run)).toMatch(/^Complete: 700 new entries;/);
  });
});

test.each(['newest_first', 'oldest_first', 'shuffled'] as const)(
  'Rows that are counted and never shown hide no others behind pages that are not full, and are named at the end: %s',
  async (order) => {
    const withholds = ({ id }: { id: number | string }): boolean => Number(id) % 7 === 3;
    const entries = [...generated(150), ...atOnce(60, START - 10 * MINUTE), ...atOnce(60, START - 9 * MINUTE)];
    const shown = entries.flatMap(({ id }) => (withholds({ id }) ? [] : [String(id)]));
    const { sync } = syncWorld(entries, { config, withholds, order });
    const run = await sync();
    expect(ascending(idsOf(run))).toEqual(ascending(shown));
    expect(lastLine(run)).toMatch(/^Read, but .* new entries; /);
  },
  LONG,
);

describe('A row that its server can not give, even alone,', () => {
  const options = { poison: ({ id }: { id: number | string }) => id === 150 };
  const at = START - DAY;
  const entries = [...entriesBetween(149, START - 4 * DAY, at), ...entriesBetween(50, at, START - HOUR, 150)];

  test(
    'ends the sync with an error that names its second and the state behind it',
    async () => {
      const { sync } = syncWorld(entries, { config, ...options });
      const run = await sync();
      expect(idsOf(run)).toEqual(numbers(1, 149));
      expect(run.errors).toEqual([
        expect.objectContaining({
          failure_type: 'transient_error',
          message: expect.stringMatching(
            /an entry of the second 2026-03-01T12:00:00Z.*\{"timestamp": "2026-03-01T12:00:02Z"\}/,
          ),
        }),
      ]);
    },
    LONG,
  );

  test(
    'is passed by the state that the error names, and nothing else is left out',
    async () => {
      const { sync } = syncWorld(entries, { config, ...options });
      const first = await sync();
      const second = await sync({ state: { timestamp: '2026-03-01T12:00:02.000Z' } });
      expect([...idsOf(first), ...idsOf(second)]).toEqual([...numbers(1, 149), ...numbers(151, 49)]);
      expect(second.errors).toEqual([]);
    },
    LONG,
  );
});

test.each([
  ['1.5 s after', { from: 1500, to: 1500 }],
  ['up to 2 minutes after', { from: 1500, to: 2 * MINUTE }],
  ['up to 2 minutes before', { from: -2 * MINUTE, to: 0 }],
])(
  'Entries whose timestamp is %s their created_at are each delivered once',
  async (_, timestampDelta) => {
    // Six seconds apart, in windows of twenty: each delta reaches over the edges of windows.
    const entries = generateEntries({ seed: 3, count: 600, from: START - 2 * HOUR, to: START - HOUR, timestampDelta });
    const ids = entries.map(({ id }) => String(id));
    const { sync, clock } = syncWorld(entries, { config });
    const run = await sync();
    expect(ascending(idsOf(run))).toEqual(ascending(ids));
    expect(lastLine(run)).toMatch(/^Complete: 600 new entries; Tines counts 600 /);
    clock.advance(MINUTE);
    expect(idsOf(await sync())).toEqual([]);
  },
  LONG,
);

test(
  'Entries whose timestamp is not their created_at cost no more requests than others',
  async () => {
    const times = { from: START - 30 * DAY, to: START - HOUR, timestampDelta: { from: 1500, to: 2 * MINUTE } };
    const entries = generateEntries({ seed: 3, count: 4000, ...times });
    const { sync, requests } = syncWorld(entries, { config, sizes: 'standard' });
    const run = await sync();
    expect(lastLine(run)).toMatch(/^Complete: 4,000 new entries; Tines counts 4,000 /);
    expect(requests()).toBeLessThanOrEqual(14);
  },
  LONG,
);

test(
  'Rows of one second in another order in each answer are delivered completely',
  async () => {
    const second = START - HOUR - 400;
    const entries = Array.from({ length: 3000 }, (_, index) => entryAt(index + 1, second));
    const { sync } = syncWorld(entries, { config, sizes: 'standard', order: 'shuffled_seconds' });
    const run = await sync();
    expect(ascending(idsOf(run))).toEqual(numbers(1, 3000));
    expect(lastLine(run)).toMatch(/^Complete: 3,000 new entries; Tines counts 3,000 /);
  },
  LONG,
);

test(
  'Rows of dense seconds in another order in each answer are delivered completely',
  async () => {
    const entries = Array.from({ length: 2100 }, (_, index) =>
      entryAt(index + 1, START - DAY - 400 + Math.floor(index / 700) * 1000),
    );
    const { sync } = syncWorld(entries, { config, sizes: 'standard', order: 'shuffled_seconds' });
    const run = await sync();
    expect(ascending(idsOf(run))).toEqual(numbers(1, 2100));
    expect(lastLine(run)).toMatch(/^Complete: 2,100 new entries;/);
  },
  LONG,
);

describe('Rows of the year 1', () => {
  test('are delivered with a WARN, and do not make the range count as ignored', async () => {
    const odd = [1001, 1002].map((id) => oddEntry({ oddity: 'year_1', at: START - 2 * MINUTE, id }));
    const { sync, clock } = syncWorld([entryAt(1, START - HOUR), ...odd], { config });
    const run = await sync();
    expect(run.errors).toEqual([]);
    expect(ascending(idsOf(run))).toEqual(['1', '1001', '1002']);
    expect(warnings(run)).toEqual([expect.stringMatching(/^2 entries have no time that fits, first between /)]);
    clock.advance(MINUTE);
    expect(idsOf(await sync())).toEqual([]);
  });
});

test('Times with t and z in lower case are times', async () => {
  const odd = oddEntry({ oddity: 'lower_case', at: START - DAY, id: 2 });
  const { sync } = syncWorld([entryAt(1, START - 2 * DAY), odd, entryAt(3, START - HOUR)], { config });
  const run = await sync();
  expectAll(run, 3);
  expect(run.records[1]?.data['timestamp']).toBe('2026-03-01T12:00:00.000Z');
  expect(warnings(run)).toEqual([]);
});
