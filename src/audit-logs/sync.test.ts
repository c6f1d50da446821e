import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { describe, expect, test } from '@jest/globals';
import { entryTimes } from '../../simulated-tenant/entry-times';
import { seededRandom } from '../../simulated-tenant/random';
import { entryOf, type TenantEntry } from '../../simulated-tenant/tenant-entry';
import { TenantModel, type TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { simulateSync, type SimulatedSync } from '../testing/simulated-sync';
import { VirtualClock } from '../testing/virtual-clock';
import { STANDARD_SIZES, type ReadingSizes } from './window-reader';

const START = Date.parse('2026-03-02T12:00:00.400Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SMALL: ReadingSizes = { perPage: 5, windowEntries: 20, windowBytes: 20_000, windowsOpen: 3 };

const entryAt = (id: number, at: number, inputs: JsonObject | null = null): TenantEntry =>
  entryOf({ id, created_at: `${new Date(at).toISOString().slice(0, 19)}Z`, operation_name: 'Login', inputs }, { at });

/** `count` entries, evenly from `from` to before `to`, ids from `firstId` on. */
const entriesBetween = (count: number, from: number, to: number, firstId = 1): TenantEntry[] =>
  Array.from({ length: count }, (_, index) => entryAt(firstId + index, from + (index * (to - from)) / count));

function world(entries: readonly TenantEntry[], options: TenantModelOptions = {}) {
  const clock = new VirtualClock(START);
  const model = new TenantModel({ ...options, entries, now: () => clock.now() });
  let state: JsonObject | undefined;
  const sync = async (more: Partial<SimulatedSync> = {}): Promise<SourceRun> => {
    const run = await simulateSync({ model, clock, state, sizes: SMALL, ...more });
    state = run.states.at(-1)?.stream.stream_state ?? state;
    return run;
  };
  return { clock, model, sync, state: () => state };
}

const idsOf = (run: SourceRun): string[] => run.records.map(({ data }) => String(data['id']));
const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));
const warnings = (run: SourceRun): string[] =>
  run.logs.filter(({ level }) => level === 'WARN').map(({ message }) => message);
const backfill = (from: number): JsonObject => ({ backfill_start_time: new Date(from).toISOString() });

describe('the first sync', () => {
  test('brings every entry from the start time on, once, oldest first', async () => {
    const { sync } = world(entriesBetween(300, START - 30 * DAY, START));
    const run = await sync({ config: backfill(START - 31 * DAY) });
    expect(run.exitCode).toBe(0);
    expect(idsOf(run)).toEqual(numbers(1, 300));
  });

  test('brings nothing from before the start time, and the entry of that very second', async () => {
    const { sync } = world([entryAt(1, START - DAY - 1000), entryAt(2, START - DAY), entryAt(3, START - DAY + 1000)]);
    const run = await sync({ config: { backfill_start_time: new Date(START - DAY).toISOString() } });
    expect(idsOf(run)).toEqual(['2', '3']);
  });

  test('brings nothing without a start time, not even what happened in this second, but a STATE', async () => {
    const { sync } = world([entryAt(1, START - 10 * MINUTE), entryAt(2, START - 100)]);
    const run = await sync();
    expect(run.records).toEqual([]);
    expect(run.states).toHaveLength(1);
    expect(run.states[0]?.stream.stream_state['timestamp']).toBe('2026-03-02T12:00:00.000Z');
  });

  test('brings all that Tines keeps in a full refresh without a start time', async () => {
    const { sync } = world(entriesBetween(100, START - 700 * DAY, START));
    expect(idsOf(await sync({ syncMode: 'full_refresh' }))).toEqual(numbers(1, 100));
  });

  test('asks for no empty parts before the oldest entry, however early the start time', async () => {
    const { sync } = world(entriesBetween(100, START - 10 * DAY, START));
    let requests = 0;
    await sync({ config: backfill(Date.parse('2001-01-01')), onQuery: () => requests++ });
    expect(requests).toBeLessThan(45);
  });
});

describe('the next sync', () => {
  test('brings exactly what was added since, also what is dated minutes back', async () => {
    const { sync, clock, model } = world(entriesBetween(60, START - DAY, START));
    await sync({ config: backfill(START - DAY) });
    clock.advance(MINUTE);
    model.add([entryAt(101, START - 5 * MINUTE), entryAt(102, START + 30_000)]);
    expect(idsOf(await sync())).toEqual(['101', '102']);
    const third = await sync();
    expect(third.records).toEqual([]);
    expect(third.states.length).toBeGreaterThan(0);
  });

  test('after a first sync without start time brings exactly what was added in between', async () => {
    const { sync, clock, model } = world(entriesBetween(60, START - 60 * MINUTE, START));
    await sync();
    model.add([entryAt(201, clock.now()), entryAt(202, clock.now())]);
    clock.advance(MINUTE);
    model.add([entryAt(203, clock.now())]);
    expect(idsOf(await sync())).toEqual(['201', '202', '203']);
    expect(idsOf(await sync())).toEqual([]);
  });

  test('never reads before the first range, however long the lookback', async () => {
    const { sync, clock } = world(entriesBetween(60, START - 60 * MINUTE, START));
    await sync();
    clock.advance(MINUTE);
    expect(idsOf(await sync({ config: { lookback_window_minutes: 600 } }))).toEqual([]);
  });

  test('repeats nothing when the lookback was raised from 1 to 60 minutes', async () => {
    const { sync, clock } = world(entriesBetween(60, START - 60 * MINUTE, START));
    await sync({ config: { ...backfill(START - DAY), lookback_window_minutes: 1 } });
    clock.advance(MINUTE);
    expect(idsOf(await sync({ config: { lookback_window_minutes: 60 } }))).toEqual([]);
  });

  test('warns when the filters changed, and says what does not come by itself', async () => {
    const { sync } = world(entriesBetween(5, START - DAY, START));
    await sync({ config: backfill(START - DAY) });
    const run = await sync({ config: { operation_names: ['Login'] } });
    expect(warnings(run)).toEqual([expect.stringMatching(/Operation Names changed.*refresh the stream/)]);
  });

  test('warns of the gap when the state is older than what Tines keeps', async () => {
    const { sync } = world([]);
    const run = await sync({ state: { timestamp: '2023-01-01T00:00:00.000Z' } });
    expect(warnings(run)).toEqual([expect.stringMatching(/between 2023-01-01T00:00:00.000Z and 2024-03-02/)]);
  });

  test('starts at a timestamp written by hand', async () => {
    const { sync } = world(entriesBetween(10, START - 10 * DAY, START));
    const from = new Date(START - 5 * DAY).toISOString();
    expect(idsOf(await sync({ state: { timestamp: from } }))).toEqual(numbers(6, 5));
  });

  test('with a state at the end of all times does not fail', async () => {
    const { sync } = world([...entriesBetween(10, START - 10 * DAY, START), entryOf({ id: 11 }, { at: START })]);
    const run = await sync({ state: { timestamp: '9999-12-31T23:59:59.000Z' } });
    expect(run.exitCode).toBe(0);
  });

  test('with a state in the future brings nothing, warns, and leaves the cursor where it is', async () => {
    const { sync } = world(entriesBetween(10, START - 10 * DAY, START));
    const run = await sync({ state: { timestamp: '2999-01-01T00:00:00.000Z' } });
    expect(run.records).toEqual([]);
    expect(run.states.at(-1)?.stream.stream_state['timestamp']).toBe('2999-01-01T00:00:00.000Z');
    expect(warnings(run)).toEqual([expect.stringContaining('lies in the future')]);
  });

  test('is refused for a state that can not be read, instead of starting from scratch', async () => {
    const { sync } = world([]);
    const run = await sync({ state: { timestamp: 'yesterday' } });
    expect(run.exitCode).toBe(1);
    expect(run.errors).toEqual([
      expect.objectContaining({ failure_type: 'config_error', message: expect.stringContaining('"timestamp"') }),
    ]);
    expect(run.records).toEqual([]);
  });
});

describe('checkpoints', () => {
  test('every STATE of a read can be gone on from: what came after it comes, and nothing else', async () => {
    const { sync } = world(entriesBetween(200, START - DAY, START));
    const run = await sync({ config: backfill(START - DAY) });
    let delivered = 0;
    for (const state of run.states) {
      delivered += state.sourceStats.recordCount;
      const replay = await sync({ state: state.stream.stream_state });
      expect(idsOf(replay)).toEqual(numbers(1 + delivered, 200 - delivered));
    }
    expect(delivered).toBe(200);
    expect(run.states.length).toBeGreaterThan(5);
  });

  test('carry no ids while a backfill is far from now', async () => {
    const { sync } = world(entriesBetween(200, START - DAY, START - DAY / 2));
    const run = await sync({ config: backfill(START - DAY) });
    expect(run.states.map(({ stream }) => stream.stream_state['recent_ids'])).toEqual(run.states.map(() => ({})));
  });

  test('a stop in the middle finishes the window at hand, and the next sync goes on without a repeat', async () => {
    const { sync } = world(entriesBetween(200, START - DAY, START));
    const first = await sync({ config: backfill(START - DAY), stopAtRequest: 30 });
    expect(first.statuses.at(-1)?.status).toBe('INCOMPLETE');
    const second = await sync({ config: backfill(START - DAY) });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(numbers(1, 200));
  });

  test('the estimate is what Tines counts', async () => {
    const { sync } = world(entriesBetween(200, START - DAY, START));
    const run = await sync({ config: backfill(START - DAY) });
    expect(run.estimates).toEqual([{ name: 'audit_logs', type: 'STREAM', row_estimate: 200 }]);
  });

  test('the last line proves that the read is complete', async () => {
    const { sync } = world(entriesBetween(200, START - DAY, START));
    const run = await sync({ config: backfill(START - DAY) });
    expect(run.logs.at(-1)?.message).toMatch(/^Complete: 200 entries delivered; Tines counts 200 in the same range/);
  });
});

describe('a second with more entries than a window', () => {
  const dense = [
    ...entriesBetween(30, START - DAY, START - DAY + 60_000),
    ...Array.from({ length: 100 }, (_, index) => entryAt(100 + index, START - 3600_000 + 5 * index)),
  ];

  test('is streamed, each entry once, without a checkpoint inside', async () => {
    const { sync } = world(dense);
    const run = await sync({ config: backfill(START - 2 * DAY) });
    expect(idsOf(run).sort()).toEqual([...numbers(1, 30), ...numbers(100, 100)].sort());
    expect(run.states.filter(({ sourceStats }) => sourceStats.recordCount >= 100)).toHaveLength(1);
  });

  test('comes in the order of its timestamps where these have milliseconds', async () => {
    const precise = Array.from({ length: 100 }, (_, index) => {
      const at = START - 3600_000 + 5 * index;
      return entryOf({ id: `uuid-${index % 7}-${index}`, timestamp: new Date(at).toISOString() }, { at });
    });
    const { sync } = world(precise);
    const times = (await sync({ config: backfill(START - 2 * DAY) })).records.map(({ data }) =>
      String(data['timestamp']),
    );
    expect(times).toHaveLength(100);
    expect(times).toEqual(times.toSorted());
  });

  test.each(['too_large', 'timeout'] as const)('is read in smaller pages where one is: %s', async (kind) => {
    const { sync } = world(dense);
    const isHeavy = (query: URLSearchParams): boolean => query.get('page') === '7' && Number(query.get('per_page')) > 2;
    const happens: SimulatedSync['happens'] = (_, query) => (isHeavy(query) ? { kind } : undefined);
    const run = await sync({ config: backfill(START - 2 * DAY), happens });
    expect(run.exitCode).toBe(0);
    expect(idsOf(run).sort()).toEqual([...numbers(1, 30), ...numbers(100, 100)].sort());
  });

  test('is found without a count, too', async () => {
    const { sync } = world(dense, { meta: { present: false } });
    const run = await sync({ config: backfill(START - 2 * DAY) });
    expect(idsOf(run).sort()).toEqual([...numbers(1, 30), ...numbers(100, 100)].sort());
  });
});

describe('a tenant whose answers take 600 ms', () => {
  const LATENCY = 600;
  const WORKERS = 10;
  const DAYS = 90;
  const evenly = (part: number): number => part * DAYS * DAY;
  const inOfficeHours = (part: number): number => {
    const hours = part * DAYS * 8;
    return Math.floor(hours / 8) * DAY + (9 + (hours % 8)) * 60 * MINUTE;
  };

  /** At the beginning it has to be found out how to cut the range, and at the end there is nothing more to open. */
  const EDGE = 30;

  // 950 requests a minute take 9.5 workers of ten.
  test.each([
    ['500 bytes, evenly', 500, 60_000, evenly],
    ['500 bytes, in office hours', 500, 60_000, inOfficeHours],
    ['2 kB, evenly', 2000, 55_000, evenly],
    ['2 kB, in office hours', 2000, 55_000, inOfficeHours],
  ])('keeps ten workers busy at entries of %s', async (_, bytes, count, spread) => {
    const from = START - (DAYS + 1) * DAY;
    const note = 'x'.repeat(bytes - 120);
    const { clock, sync } = world(
      Array.from({ length: count }, (_, index) => entryAt(index + 1, from + spread(index / count), { note })),
    );
    const answered: number[] = [];
    const run = await sync({
      sizes: STANDARD_SIZES,
      config: { ...backfill(from), requests_per_minute: 100_000 },
      latency: () => LATENCY,
      onQuery: () => answered.push(clock.now()),
    });
    expect(run.records).toHaveLength(count);
    const steady = answered.slice(EDGE, -EDGE);
    const duration = (steady.at(-1) ?? 0) - (answered[EDGE - 1] ?? 0);
    expect(steady.length).toBeGreaterThan(40);
    expect((steady.length * LATENCY) / duration / WORKERS).toBeGreaterThan(0.95);
  });
});

describe('100,000 entries', () => {
  test.each(['even', 'office_hours'] as const)('cost at most 1.1 requests for 500, spread %s', async (spread) => {
    const from = START - 90 * DAY;
    const times = entryTimes(seededRandom(1), spread, { count: 100_000, from, to: START });
    const { sync } = world(Array.from(times, (at, index) => entryAt(index + 1, at)));
    let requests = 0;
    const run = await sync({ sizes: STANDARD_SIZES, config: backfill(from), onQuery: () => requests++ });
    expect(run.records).toHaveLength(100_000);
    expect(requests / (100_000 / 500)).toBeLessThanOrEqual(1.1);
  });
});

describe('a window whose older rows are much larger than those of its page 1', () => {
  const row = (id: number, at: number): TenantEntry => entryAt(id, at, id > 15 ? null : { note: 'x'.repeat(5000) });
  const inBytes = { sizes: { ...SMALL, windowBytes: 10_000 } };

  test('is halved instead of being held', async () => {
    const { sync } = world(Array.from({ length: 20 }, (_, index) => row(index + 1, START - DAY + index * 10 * MINUTE)));
    const run = await sync({ config: backfill(START - 2 * DAY), ...inBytes });
    expect(idsOf(run)).toEqual(numbers(1, 20));
    expect(run.states.length).toBeGreaterThan(4);
  });

  test('is streamed where it is one second', async () => {
    const { sync } = world(Array.from({ length: 20 }, (_, index) => row(index + 1, START - DAY + index * 10)));
    const run = await sync({ config: backfill(START - 2 * DAY), ...inBytes });
    expect(idsOf(run).toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(1, 20));
    expect(run.logs.map(({ message }) => message)).toContainEqual(expect.stringMatching(/^The second .* page by page/));
  });
});

describe('page 1 of the whole range', () => {
  const entries = Array.from({ length: 6 }, (_, index) => entryAt(index + 1, START - DAY + index * 60 * MINUTE));
  const tooMany = (query: URLSearchParams): boolean => Number(query.get('per_page')) > 2;

  test.each(['too_large', 'timeout'] as const)('is asked for in smaller pieces when it is: %s', async (kind) => {
    const { sync } = world(entries);
    const happens: SimulatedSync['happens'] = (_, query) =>
      tooMany(query) && !query.has('before') ? { kind } : undefined;
    expect(idsOf(await sync({ config: backfill(START - 2 * DAY), happens }))).toEqual(numbers(1, 6));
  });

  test('that never comes is a transient_error after ten minutes', async () => {
    const { sync, clock } = world(entries);
    const run = await sync({ config: backfill(START - 2 * DAY), happens: () => ({ kind: 'timeout' }) });
    expect(run.errors).toEqual([expect.objectContaining({ failure_type: 'transient_error' })]);
    expect(clock.now() - START).toBeGreaterThanOrEqual(10 * MINUTE);
  });

  test('with an entry that is too large alone is a transient_error that says so', async () => {
    const { sync } = world(entries);
    const run = await sync({ config: backfill(START - 2 * DAY), happens: () => ({ kind: 'too_large' }) });
    expect(run.errors).toEqual([
      expect.objectContaining({
        failure_type: 'transient_error',
        message: expect.stringMatching(/^A single audit log entry/),
      }),
    ]);
  });

  test('of a first sync without a start time, too', async () => {
    const { sync } = world(Array.from({ length: 10 }, (_, index) => entryAt(index + 1, START - 300 + index)));
    const run = await sync({ happens: (_, query) => (tooMany(query) ? { kind: 'too_large' } : undefined) });
    expect([run.exitCode, run.records, run.states.length]).toEqual([0, [], 1]);
  });
});

describe('while a long sync goes on', () => {
  test('more entries than a window come in order of their time, and not as one second', async () => {
    const { sync, clock, model } = world(entriesBetween(300, START - DAY, START - 20 * MINUTE));
    let id = 10_000;
    const run = await sync({
      config: { ...backfill(START - 2 * DAY), num_workers: 1 },
      latency: () => 1000,
      happens: () => ({
        kind: 'change',
        change: () => {
          model.add([entryAt(id++, clock.now())]);
        },
      }),
    });
    const times = run.records.map(({ data }) => String(data['timestamp']));
    expect(times.length).toBeGreaterThan(320);
    expect(times).toEqual(times.toSorted());
    expect(run.logs.map(({ message }) => message).join()).not.toContain('page by page');
  });

  test('an entry without a time that appears is delivered once', async () => {
    const { sync, clock, model } = world(entriesBetween(60, START - DAY, START - 20 * MINUTE));
    let real = 0;
    const change = (): void => {
      real = clock.now();
      model.add([entryOf({ id: 777, operation_name: 'Login' }, { at: real })]);
    };
    const first = await sync({
      config: backfill(START - 2 * DAY),
      latency: () => 20_000,
      happens: (request) => (request >= 4 && real === 0 ? { kind: 'change', change } : undefined),
    });
    clock.advance(real - 5000 + 10 * MINUTE - clock.now());
    const second = await sync();
    clock.advance(MINUTE);
    const ids = [first, second, await sync()].flatMap(idsOf);
    expect(ids.filter((each) => each === '777')).toHaveLength(1);
  });
});

describe('entries that Tines counts and does not show', () => {
  test('hide none of the others, wherever whole pages of them are missing', async () => {
    for (let start = 20; start < 190; start += 10) {
      const isGone = (id: number): boolean => id <= 5 || (id > start && id <= start + 9);
      const withholds = ({ id }: TenantEntry): boolean => isGone(Number(id));
      const { sync } = world(entriesBetween(200, START - 10 * DAY, START - DAY), { withholds });
      const shown = numbers(1, 200).filter((id) => !isGone(Number(id)));
      expect(idsOf(await sync({ config: backfill(START - 11 * DAY) }))).toEqual(shown);
    }
  });

  const dense = Array.from({ length: 100 }, (_, index) => entryAt(100 + index, START - 60 * MINUTE + 5 * index));

  test('in a dense second hide none of the others there', async () => {
    for (let middle = 1; middle < 19; middle += 1) {
      const isGone = (id: number): boolean => id < 105 || (id >= 100 + middle * 5 && id < 105 + middle * 5);
      const withholds = ({ id }: TenantEntry): boolean => isGone(Number(id));
      const { sync } = world(dense, { withholds });
      const shown = numbers(100, 100).filter((id) => !isGone(Number(id)));
      expect(idsOf(await sync({ config: backfill(START - 2 * DAY) })).toSorted()).toEqual(shown);
    }
  });

  test('in a dense second are the subject of a WARN', async () => {
    const withholds = ({ id }: TenantEntry): boolean => [120, 121, 150].includes(Number(id));
    const run = await world(dense, { withholds }).sync({ config: backfill(START - 2 * DAY) });
    expect(run.records).toHaveLength(97);
    expect(warnings(run)[0]).toContain('Tines counts 3 more entries between 2026-03-02T11:00:00.000Z and');
  });

  test('without end are not waited for', async () => {
    const countOffset = (request: number): number => (request === 1 ? 0 : 1e9);
    const { sync } = world(entriesBetween(8, START - 5 * MINUTE, START), {
      count: { kind: 'offset', by: countOffset },
    });
    let requests = 0;
    const run = await sync({ config: backfill(START - 6 * MINUTE), onQuery: () => requests++ });
    expect(idsOf(run)).toEqual(numbers(1, 8));
    expect(requests).toBeLessThan(100);
  });
});

describe('odd rows', () => {
  test('an entry without id or time is delivered once, with a WARN', async () => {
    const { sync, clock } = world([
      entryAt(1, START - 5 * MINUTE),
      entryOf({ operation_name: 'Login', created_at: '2026-03-02T11:56:00Z' }),
      entryOf({ id: 7, operation_name: 'Login' }, { at: START - 3 * MINUTE }),
    ]);
    const first = await sync({ config: backfill(START - DAY) });
    expect(first.records).toHaveLength(3);
    expect(warnings(first)).toHaveLength(2);
    clock.advance(MINUTE);
    expect((await sync()).records).toEqual([]);
    clock.advance(60 * MINUTE);
    expect((await sync()).records).toEqual([]);
  });

  test('rows far outside of the range are an error, not a mess', async () => {
    const { sync } = world(entriesBetween(50, START - 100 * DAY, START), { ignoresRange: true });
    const run = await sync({ config: backfill(START - DAY) });
    expect(run.exitCode).toBe(1);
    expect(run.errors[0]?.message).toContain('range was ignored');
    expect(run.records).toEqual([]);
  });

  test('a server that repeats its first page ends a first sync without a start time in an error', async () => {
    const entries = Array.from({ length: 10 }, (_, index) => entryAt(index + 1, START - 300 + index));
    const run = await world(entries, { ignoresPage: true }).sync();
    expect(run.errors).toEqual([expect.objectContaining({ message: expect.stringContaining('page after page') })]);
  });

  test('a server that repeats its first page ends in an error, not in a loop', async () => {
    const { sync } = world(entriesBetween(50, START - DAY, START), { ignoresPage: true });
    const run = await sync({ config: backfill(START - DAY) });
    expect(run.exitCode).toBe(1);
    expect(run.errors[0]?.message).toContain('same entries');
  });
});
