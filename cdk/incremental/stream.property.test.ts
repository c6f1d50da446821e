import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { JsonObject } from '../src/protocol';
import { stateOf, type StreamItem } from '../src/source';
import { quietContext, SimulatedList, take } from '../testing/simulated-list';
import { childStream, stream, type StreamOptions } from './stream';

const EPOCH = Date.parse('2026-01-01T00:00:00Z');
const at = (second: number): string => new Date(EPOCH + second * 1000).toISOString();

/** One API and one way to read it. Times are seconds. */
interface World {
  /** When the rows were updated; their index is their id. */
  readonly times: readonly number[];
  /** Rows that appear after the first sync, dated so many seconds before (at most the lookback) or after the newest. */
  readonly later: readonly number[];
  readonly pageSize: number;
  readonly filters: boolean;
  readonly declared: 'ascending' | 'none';
  /** Whether the API gives rows in the order of their times. */
  readonly sorted: boolean;
  readonly lookback: number;
  readonly slices: number | undefined;
  /** After how many items each run is killed; then one runs to its end. */
  readonly kills: readonly number[];
}

const anyWorlds = fc.record<World>({
  times: fc.array(fc.nat(30), { maxLength: 25 }),
  later: fc.array(fc.integer({ min: -5, max: 10 }), { maxLength: 6 }),
  pageSize: fc.integer({ min: 1, max: 5 }),
  filters: fc.boolean(),
  declared: fc.constantFrom('ascending', 'none'),
  sorted: fc.boolean(),
  lookback: fc.nat(5),
  slices: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  kills: fc.array(fc.nat(12), { maxLength: 4 }),
});

/** The order is what was declared. Else a read that is killed before it shows otherwise has gone too far. */
const isHonest = ({ sorted, declared, slices }: World): boolean =>
  sorted || declared === 'none' || slices !== undefined;
const worlds = anyWorlds.filter(isHonest);

const schema = { properties: { id: { type: 'string' }, updated: { type: 'string', format: 'date-time' } } };

class Play {
  readonly list: SimulatedList;
  readonly options: StreamOptions;

  constructor(readonly world: World) {
    const rows = world.times.map((second, id) => ({ id: `r${id}`, updated: at(second) }));
    this.list = new SimulatedList([], world);
    this.show(rows);
    this.options = {
      name: 'cats',
      schema,
      primaryKey: ['id'],
      read: this.list.read,
      now: () => EPOCH + 45_000,
      cursor: {
        field: 'updated',
        order: world.declared,
        start: at(0),
        lookback: world.lookback * 1000,
        ...(world.slices === undefined ? {} : { slices: { length: world.slices * 1000, workers: 3 } }),
      },
    };
  }

  /** In the API's order: by time, or as they come, where a kill finds other rows first in each run. */
  show(rows: readonly JsonObject[]): void {
    const all = [...this.list.rows, ...rows];
    if (this.world.sorted) all.sort((a, b) => Date.parse(String(a['updated'])) - Date.parse(String(b['updated'])));
    this.list.rows = all;
  }

  /** The rows that appear after the first sync. */
  laterRows(): readonly JsonObject[] {
    const newest = Math.max(0, ...this.world.times);
    return this.world.later.map((offset, id) => ({
      id: `l${id}`,
      updated: at(Math.max(newest - this.world.lookback, newest + offset, 0)),
    }));
  }
}

const sorted = (ids: Iterable<unknown>): readonly string[] => [...ids].map(String).sort();
const idsOf = (rows: readonly JsonObject[]): readonly unknown[] => rows.map(({ id }) => id);

describe('a stream with a cursor, in any world', () => {
  test('delivers every row once, and in the next sync exactly those that are new', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorlds, async (world) => {
        const play = new Play(world);
        const first = await take(stream(play.options), undefined);
        expect(sorted(idsOf(first.records))).toEqual(sorted(idsOf(play.list.rows)));
        play.show(play.laterRows());
        const second = await take(stream(play.options), first.saved);
        expect(sorted(idsOf(second.records))).toEqual(sorted(idsOf(play.laterRows())));
        expect((await take(stream(play.options), second.saved)).records).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('loses nothing when it is killed anywhere, again and again, and repeats only what came after the last checkpoint', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const play = new Play(world);
        let state: JsonObject | undefined;
        const kept: unknown[] = [];
        const lost: unknown[] = [];
        for (const kill of [...world.kills, Infinity]) {
          const run = await take(stream(play.options), state, { kill });
          const last = run.items.findLastIndex((item) => 'checkpoint' in item);
          run.items.forEach((item, index) => {
            if ('records' in item) (index < last ? kept : lost).push(...idsOf(item.records as JsonObject[]));
          });
          state = run.saved;
        }
        expect(sorted(new Set([...kept, ...lost]))).toEqual(sorted(idsOf(play.list.rows)));
        expect(sorted(kept)).toEqual(sorted(new Set(kept)));
      }),
      { numRuns: 500 },
    );
  });

  test('never makes a checkpoint from which rows would be missing, however late its state is made', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const play = new Play(world);
        const items: StreamItem[] = [];
        const reader = stream(play.options).open({ state: undefined, syncMode: 'incremental' });
        for await (const item of reader(quietContext())) items.push(item);
        const before: unknown[] = [];
        for (const item of items) {
          if ('records' in item) before.push(...idsOf(item.records as JsonObject[]));
          if ('checkpoint' in item) {
            const rest = await take(stream(play.options), stateOf(item.checkpoint) as JsonObject);
            expect(sorted([...before, ...idsOf(rest.records)])).toEqual(sorted(idsOf(play.list.rows)));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a child stream, in any world', () => {
  const childrenOf = (parent: JsonObject): JsonObject[] =>
    Array.from({ length: String(parent['id']).length % 3 }, (_, index) => ({ id: `${String(parent['id'])}.${index}` }));

  const childrenStream = (play: Play) =>
    childStream({
      name: 'kittens',
      schema: { properties: { id: { type: 'string' } } },
      primaryKey: ['id'],
      parent: play.options,
      cursorField: 'cat_updated',
      workers: 2,
      // eslint-disable-next-line @typescript-eslint/require-await -- an API
      children: async function* (parent) {
        for (const child of childrenOf(parent)) yield [child];
      },
    });

  test('loses no child when it is killed anywhere, again and again', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const play = new Play(world);
        let state: JsonObject | undefined;
        const delivered: unknown[] = [];
        for (const kill of [...world.kills, Infinity]) {
          const run = await take(childrenStream(play), state, { kill });
          delivered.push(...idsOf(run.records));
          state = run.saved;
        }
        expect(sorted(new Set(delivered))).toEqual(sorted(idsOf(play.list.rows.flatMap(childrenOf))));
        expect((await take(childrenStream(play), state)).records).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
