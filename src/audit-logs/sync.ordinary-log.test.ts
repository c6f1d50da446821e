import { describe, expect, test } from '@jest/globals';
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
} from '../../testing/sync-world';

/** Of a test that simulates thousands of entries, in ms. */
const LONG = 60_000;
const config = backfill(START - DAY);

describe('Times that can not be read end a sync with a system_error, and nothing is delivered:', () => {
  test.each<[string, string]>([
    ['without a zone', '$1"$2"'],
    ['as epoch numbers', '$11772452800'],
  ])('%s', async (_, replacement) => {
    const entries = entriesBetween(200, START - 5 * HOUR, START).map((entry) =>
      Object.assign({}, entry, { text: entry.text.replace(/("created_at":)"([^"]*)Z"/, replacement) }),
    );
    const run = await syncWorld(entries, { sizes: 'standard', config }).sync();
    expect(run.errors).toEqual([expect.objectContaining({ failure_type: 'system_error' })]);
    expect(run.records).toEqual([]);
  });
});

describe('Nothing is warned of', () => {
  test('where the start is years ago and the filters match nothing yet', async () => {
    const world = syncWorld(entriesBetween(200, START - DAY, START), {
      config: { backfill_start_time: '2020-01-01T00:00:00Z', operation_names: ['None'] },
    });
    const runs = [await world.sync(), await world.sync()];
    expect(runs.flatMap(warnings)).toEqual([]);
  });

  test('where Date is hours behind', async () => {
    const world = syncWorld(entriesBetween(600, START - DAY, START + 3 * HOUR), {
      sizes: 'standard',
      dateSkewMs: -5 * HOUR,
      config,
    });
    for (let hour = 0; hour < 3; hour += 1) {
      expect(warnings(await world.sync())).toEqual([]);
      world.clock.advance(HOUR);
    }
  });
});

test('Windows that have the same to warn of make one WARN, with the sum and the first place', async () => {
  const withheld = new Set([20, 80, 140, 200, 260]);
  const world = syncWorld(entriesBetween(300, START - DAY, START), {
    config,
    withholds: ({ id }) => withheld.has(Number(id)),
  });
  const run = await world.sync();
  expect(warnings(run)).toEqual([expect.stringMatching(/^Tines counts 5 more entries than it shows/)]);
});

describe('One line, once, says what does not come by itself', () => {
  test('after the start was moved back and the lookback raised', async () => {
    const world = syncWorld(entriesBetween(300, START - DAY, START), { sizes: 'standard', config });
    await world.sync();
    const changed = { ...backfill(START - 3 * DAY), lookback_window_minutes: 1000 };
    const linesOf = async () =>
      (await world.sync({ config: changed })).logs
        .map(({ message }) => message)
        .filter((message) => /^(?:Backfill Start Time was moved|Lookback Window was raised)/.test(message));
    expect(await linesOf()).toHaveLength(2);
    expect(await linesOf()).toEqual([]);
  });

  test('where the server ignores the filters', async () => {
    const world = syncWorld(entriesBetween(300, START - DAY, START), {
      config: { ...config, operation_names: ['Logout'] },
      ignoresFilters: true,
    });
    expect(warnings(await world.sync())).toEqual([expect.stringMatching(/settings have no effect/)]);
  });
});

test(
  'A second of 2,347 rows that come in another order each time is delivered in order and completely',
  async () => {
    const dense = Array.from({ length: 2347 }, (_, index) => entryAt(1501 + index, START - DAY));
    const entries = [
      ...entriesBetween(1500, START - 2 * DAY, START - DAY - SECOND),
      ...dense,
      ...entriesBetween(250, START - DAY + SECOND, START, 3848),
    ];
    const world = syncWorld(entries, {
      sizes: 'standard',
      config: backfill(START - 3 * DAY),
      order: 'shuffled_seconds',
    });
    const run = await world.sync();
    const times = run.records.map(({ data }) => String(data['timestamp']));
    expect(times).toEqual(times.toSorted());
    expect(ascending(idsOf(run))).toEqual(numbers(1, 4097));
  },
  LONG,
);

test('A first sync from now delivers nothing old though Date is three minutes ahead', async () => {
  const world = syncWorld(entriesBetween(6000, START - HOUR, START + HOUR), {
    sizes: { perPage: 33, pages: 9.75, bytes: 4e6, bytesHeld: 64e6 },
    dateSkewMs: 3 * MINUTE,
  });
  const run = await world.sync({ latency: () => 1 });
  const old = run.records.filter(({ data }) => Date.parse(String(data['timestamp'])) < START - SECOND);
  expect(old).toEqual([]);
});

test(
  'Progress is said every ten seconds, with no guess in the first half minute, and each long wait has a line',
  async () => {
    const world = syncWorld(entriesBetween(4000, START - DAY, START), {
      sizes: { perPage: 20, pages: 10, bytes: 4e6, bytesHeld: 64e6 },
      config: { ...config, requests_per_minute: 60, num_workers: 1 },
    });
    const startedAt = world.clock.now();
    const early: string[] = [];
    const all: string[] = [];
    const run = await world.sync({
      latency: () => 600,
      onMessage: (message) => {
        if (message.type !== 'LOG') return;
        all.push(message.log.message);
        if (world.clock.now() - startedAt < 30 * SECOND) early.push(message.log.message);
      },
    });
    expect(lastLine(run)).toMatch(/^Complete: 4,000 new entries/);
    expect(early.filter((line) => line.includes(' left'))).toEqual([]);
    expect(all).toContainEqual(
      expect.stringMatching(/ of about 4,000 entries read \(\d+ %\), [\d,]+ delivered; about /),
    );
    expect(all).toContainEqual(expect.stringMatching(/^Waiting \d+ s: Requests per Minute \(60\) is used up\./));
  },
  LONG,
);
