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
  START,
  syncWorld,
  warnings,
} from '../../testing/sync-world';

describe('the first sync', () => {
  test('delivers every entry from the start time on, once, oldest first', async () => {
    const { sync } = syncWorld(entriesBetween(300, START - 30 * DAY, START));
    const run = await sync({ config: backfill(START - 31 * DAY) });
    expect(run.exitCode).toBe(0);
    expect(idsOf(run)).toEqual(numbers(1, 300));
    expect(lastLine(run)).toMatch(/^Complete: 300 new entries; Tines counts 300 in this range, /);
    expect(warnings(run)).toEqual([]);
  });

  test('delivers the entry of the very second of the start time, and nothing older', async () => {
    const { sync } = syncWorld([
      entryAt(1, START - DAY - 1000),
      entryAt(2, START - DAY),
      entryAt(3, START - DAY + 1000),
    ]);
    const run = await sync({ config: backfill(START - DAY) });
    expect(idsOf(run)).toEqual(['2', '3']);
  });

  test("delivers what is dated up to the server's clock, which runs ahead, and its first answer did not say so", async () => {
    let answers = 0;
    const dateSkewMs = (): number => ((answers += 1) === 1 ? 0 : DAY);
    const entries = entriesBetween(60, START - HOUR, START + 20 * HOUR).map(({ json, at }) =>
      entryOf(json, { at, visibleAt: START - HOUR }),
    );
    const { sync } = syncWorld(entries, { dateSkewMs, order: 'oldest_first' });
    expect(ascending(idsOf(await sync({ config: backfill(START - DAY) })))).toEqual(numbers(1, 60));
  });

  test('without a start time delivers nothing, not even of this second, and saves a state', async () => {
    const { sync, state } = syncWorld([entryAt(1, START - 10 * MINUTE), entryAt(2, START - 100)]);
    const run = await sync();
    expect(run.records).toEqual([]);
    expect(state()).toMatchObject({ timestamp: '2026-03-02T12:00:00.000Z', recent_from: '2026-03-02T11:50:00.000Z' });
  });

  test('without a start time and with more entries in the lookback than a page still delivers nothing old', async () => {
    const { sync, clock, model } = syncWorld(entriesBetween(100, START - 20 * MINUTE, START));
    expect(idsOf(await sync())).toEqual([]);
    model.add([entryAt(101, clock.now())]);
    clock.advance(MINUTE);
    expect(idsOf(await sync())).toEqual(['101']);
  });

  test('without a start time does not warn of older entries, which are counted and not asked for', async () => {
    const { sync } = syncWorld(entriesBetween(100, START - 5 * DAY, START - MINUTE));
    const run = await sync();
    expect(warnings(run)).toEqual([]);
    expect(lastLine(run)).toMatch(/^Complete: 0 new entries, 1 older one left out; Tines counts 1 /);
  });

  test('without a start time waits for late entries, though its whole lookback is too large', async () => {
    const entries = entriesBetween(60, START - 10 * MINUTE, START);
    const { sync, clock, model } = syncWorld(entries, { heavyRange: { rows: 20, response: 504 } });
    expect(idsOf(await sync())).toEqual([]);
    clock.advance(MINUTE);
    model.add([entryAt(101, START - 5 * MINUTE)]);
    expect(idsOf(await sync())).toEqual(['101']);
  });

  test('without a start time delivers what came while its first request was repeated for minutes', async () => {
    let id = 100;
    const world = syncWorld(entriesBetween(90, START - 5 * DAY, START), { heavyRange: { rows: 80, response: 504 } });
    world.model.settings.beforeResponse = () => {
      world.model.add([entryAt(id++, world.clock.now())]);
      world.clock.advance(30_000);
    };
    const first = await world.sync();
    world.model.settings.beforeResponse = undefined;
    const second = await world.sync();
    const ids = [...idsOf(first), ...idsOf(second)];
    expect(ascending(ids)).toEqual(numbers(100, id - 100));
  });

  test('without a start time starts by the clock where an entry is dated beyond it', async () => {
    const { sync, clock, model } = syncWorld([entryAt(9, START - MINUTE, { created_at: '2026-03-02T18:00:00Z' })]);
    expect(idsOf(await sync())).toEqual([]);
    model.add([entryAt(101, clock.now() + MINUTE)]);
    clock.advance(2 * MINUTE);
    expect(idsOf(await sync())).toEqual(['101']);
  });

  test('without a start time starts with its newest entry where no more than one row of all is returned', async () => {
    const { sync, clock, model } = syncWorld(entriesBetween(60, START - DAY, START - 30 * MINUTE), {
      faultFor: (_, query) =>
        query.get('after') === null && query.get('per_page') !== '1' ? { kind: 'status', status: 504 } : undefined,
    });
    expect(idsOf(await sync())).toEqual([]);
    clock.advance(MINUTE);
    model.add([entryAt(101, START - 20 * MINUTE)]);
    expect(idsOf(await sync())).toEqual(['101']);
  });

  test('as a full refresh without a start time delivers all that Tines keeps', async () => {
    const { sync } = syncWorld(entriesBetween(100, START - 700 * DAY, START));
    expect(idsOf(await sync({ syncMode: 'full_refresh' }))).toEqual(numbers(1, 100));
  });

  test('needs at most 80 requests for 20 pages, however early the start time', async () => {
    const { sync, requests } = syncWorld(entriesBetween(100, START - 10 * DAY, START));
    const run = await sync({ config: backfill(Date.parse('2001-01-01')) });
    expect(idsOf(run)).toEqual(numbers(1, 100));
    expect(requests()).toBeLessThanOrEqual(80);
  });

  test('of a tenant without entries is complete, says so, and asks for the same range next time', async () => {
    const { sync, state } = syncWorld([]);
    const run = await sync({ config: backfill(START - DAY) });
    expect(run.exitCode).toBe(0);
    expect(run.logs.map(({ message }) => message)).toContain(
      'Tines shows no entry in this range. The next sync reads the same range again.',
    );
    expect(state()).toMatchObject({ recent_from: '2026-03-01T12:00:00.000Z' });
  });
});

describe('the next sync', () => {
  test('delivers exactly what was added since, also what is dated minutes back', async () => {
    const { sync, clock, model } = syncWorld(entriesBetween(60, START - DAY, START));
    await sync({ config: backfill(START - DAY) });
    clock.advance(MINUTE);
    model.add([entryAt(101, START - 20 * MINUTE), entryAt(102, START + 30_000)]);
    expect(idsOf(await sync())).toEqual(['101', '102']);
    const third = await sync();
    expect(third.records).toEqual([]);
    expect(third.states.length).toBeGreaterThan(0);
  });

  test('after a first sync without start time delivers exactly what was added in between', async () => {
    const { sync, clock, model } = syncWorld(entriesBetween(60, START - HOUR, START));
    await sync();
    model.add([entryAt(201, clock.now()), entryAt(202, clock.now())]);
    clock.advance(MINUTE);
    model.add([entryAt(203, clock.now())]);
    expect(idsOf(await sync())).toEqual(['201', '202', '203']);
    expect(idsOf(await sync())).toEqual([]);
  });

  test('reads nothing from before the first range, however long the lookback is now', async () => {
    const { sync, clock } = syncWorld(entriesBetween(60, START - HOUR, START));
    await sync();
    clock.advance(MINUTE);
    expect(idsOf(await sync({ config: { lookback_window_minutes: 600 } }))).toEqual([]);
  });

  test('repeats nothing when the lookback was raised from 1 to 60 minutes', async () => {
    const { sync, clock } = syncWorld(entriesBetween(60, START - HOUR, START));
    await sync({ config: { ...backfill(START - DAY), lookback_window_minutes: 1 } });
    clock.advance(MINUTE);
    expect(idsOf(await sync({ config: { lookback_window_minutes: 60 } }))).toEqual([]);
  });

  test('warns when the filters changed, and says what does not come by itself', async () => {
    const { sync } = syncWorld(entriesBetween(5, START - DAY, START));
    await sync({ config: backfill(START - DAY) });
    const run = await sync({ config: { operation_names: ['Login'] } });
    expect(warnings(run)).toEqual([
      expect.stringMatching(/^User IDs, Operation Names or .* changed.*refresh the stream/),
    ]);
    expect(run.records).toEqual([]);
  });

  test('warns of the gap when the state is older than what Tines keeps', async () => {
    const { sync } = syncWorld([]);
    const run = await sync({ state: { timestamp: '2023-01-01T00:00:00.000Z' } });
    expect(warnings(run)).toEqual([expect.stringMatching(/between 2023-01-01T00:00:00Z and 2024-03-02/)]);
  });

  test('starts at a timestamp written by hand', async () => {
    const { sync } = syncWorld(entriesBetween(10, START - 10 * DAY, START));
    const from = new Date(START - 5 * DAY).toISOString();
    expect(idsOf(await sync({ state: { timestamp: from } }))).toEqual(numbers(6, 5));
  });

  test('with a state at the end of all times succeeds', async () => {
    const { sync } = syncWorld([...entriesBetween(10, START - 10 * DAY, START), entryOf({ id: 11 }, { at: START })]);
    const run = await sync({ state: { timestamp: '9999-12-31T23:59:59.000Z' } });
    expect(run.exitCode).toBe(0);
  });

  test('with a state in the future delivers nothing, warns, and leaves the cursor where it is', async () => {
    const { sync, state } = syncWorld(entriesBetween(10, START - 10 * DAY, START));
    const run = await sync({ state: { timestamp: '2999-01-01T00:00:00.000Z' } });
    expect(run.records).toEqual([]);
    expect(state()).toMatchObject({ timestamp: '2999-01-01T00:00:00.000Z' });
    expect(warnings(run)).toEqual([expect.stringContaining('lies in the future')]);
  });

  test('is refused for a state that can not be read, instead of starting from scratch', async () => {
    const { sync } = syncWorld(entriesBetween(10, START - DAY, START));
    const run = await sync({ state: { timestamp: 'yesterday' } });
    expect(run.exitCode).toBe(1);
    expect(run.errors).toEqual([
      expect.objectContaining({ failure_type: 'config_error', message: expect.stringContaining('"timestamp"') }),
    ]);
    expect(run.records).toEqual([]);
  });
});

describe('a second with more entries than a window', () => {
  const dense = [
    ...entriesBetween(30, START - DAY, START - DAY + MINUTE),
    ...Array.from({ length: 100 }, (_, index) => entryAt(100 + index, Math.floor((START - HOUR) / 1000) * 1000)),
  ];
  const all = [...numbers(1, 30), ...numbers(100, 100)];

  test('is delivered, each entry once, without a checkpoint inside', async () => {
    const { sync } = syncWorld(dense);
    const run = await sync({ config: backfill(START - 2 * DAY) });
    expect(ascending(idsOf(run))).toEqual(all);
    expect(run.states.filter(({ sourceStats }) => sourceStats.recordCount >= 100)).toHaveLength(1);
    expect(lastLine(run)).toMatch(/^Complete: 130 new entries; Tines counts 130 /);
  });

  test('comes in the order of its timestamps where these have milliseconds', async () => {
    const precise = Array.from({ length: 100 }, (_, index) => {
      const at = START - HOUR + 5 * index;
      return entryOf({ id: `uuid-${index % 7}-${index}`, timestamp: new Date(at).toISOString() }, { at });
    });
    const { sync } = syncWorld(precise);
    const run = await sync({ config: backfill(START - 2 * DAY) });
    const times = run.records.map(({ data }) => String(data['timestamp']));
    expect(times).toHaveLength(100);
    expect(times).toEqual(times.toSorted());
  });

  test('that comes in another order each time, and is not counted, is not called complete', async () => {
    const { sync } = syncWorld(dense.slice(-60), { meta: { present: false }, order: 'shuffled_seconds' });
    const run = await sync({ config: backfill(START - 2 * DAY) });
    expect(lastLine(run)).toMatch(/^Read, but nothing proves that Tines has shown all entries: \d+ new entries; /);
  });

  test('that is not counted, and whose last page is full before one that is refused, is not called complete', async () => {
    const { sync } = syncWorld(dense, { meta: { present: false }, depthLimit: { rows: 60, response: 400 } });
    const run = await sync({ config: backfill(START - 2 * DAY) });
    expect(run.records.length).toBeLessThan(130);
    expect(lastLine(run)).toMatch(/^Read, but nothing proves that Tines has shown all entries: /);
  });

  test('is complete without any meta, too', async () => {
    const { sync } = syncWorld(dense, { meta: { present: false } });
    const run = await sync({ config: backfill(START - 2 * DAY) });
    expect(ascending(idsOf(run))).toEqual(all);
    expect(lastLine(run)).toMatch(/^Complete: 130 new entries; Tines does not count them/);
  });

  test('that is shown in part is delivered as far as it is, with a WARN and the number of the rest', async () => {
    const { sync } = syncWorld(dense, { withholds: ({ id }) => [120, 121, 150].includes(Number(id)) });
    const run = await sync({ config: backfill(START - 2 * DAY) });
    expect(ascending(idsOf(run))).toEqual(all.filter((id) => !['120', '121', '150'].includes(id)));
    expect(warnings(run)).toEqual([
      expect.stringContaining(
        'Tines counts 3 more entries than it shows, also when read again, first between 2026-03-02T11:00:00Z and',
      ),
    ]);
    expect(lastLine(run)).toMatch(/^Read, but 3 entries are not shown by Tines: 127 new entries/);
  });
});

describe('odd rows', () => {
  test('an entry dated beyond all clocks is delivered once, and the next sync starts by the clock', async () => {
    const { sync, clock, state } = syncWorld([
      ...entriesBetween(5, START - HOUR, START - MINUTE),
      entryAt(9, START - MINUTE, { created_at: '2026-03-02T18:00:00Z' }),
    ]);
    const first = await sync({ config: backfill(START - DAY) });
    expect([idsOf(first), warnings(first)]).toEqual([['1', '2', '3', '4', '5', '9'], []]);
    expect(state()).toMatchObject({ timestamp: '2026-03-02T12:05:00.000Z', recent_from: '2026-03-02T11:50:00.000Z' });
    clock.advance(MINUTE);
    expect(idsOf(await sync())).toEqual([]);
  });

  test('entries without id or time are delivered once, with a WARN', async () => {
    const { sync, clock } = syncWorld([
      entryAt(1, START - 5 * MINUTE),
      entryOf({ operation_name: 'Login', created_at: '2026-03-02T11:56:00Z' }),
      entryOf({ id: 7, operation_name: 'Login' }, { at: START - 3 * MINUTE }),
    ]);
    const first = await sync({ config: backfill(START - DAY) });
    expect(first.records).toHaveLength(3);
    expect(warnings(first)).toEqual([
      expect.stringMatching(/^1 entry has no id, first between /),
      expect.stringMatching(/^1 entry has no time that fits, first between /),
    ]);
    clock.advance(MINUTE);
    expect((await sync()).records).toEqual([]);
    clock.advance(HOUR);
    expect((await sync()).records).toEqual([]);
  });

  test('rows far outside of the range are an error, and none of them is delivered', async () => {
    const { sync } = syncWorld(entriesBetween(50, START - 100 * DAY, START), { ignoresRange: true });
    const run = await sync({ config: backfill(START - DAY) });
    expect(run.exitCode).toBe(1);
    expect(run.errors[0]?.message).toContain('range was ignored');
    expect(run.records).toEqual([]);
  });
});
