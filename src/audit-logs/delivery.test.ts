import { describe, expect, test } from '@jest/globals';
import type { StreamItem } from '@airbyte/cdk-typescript-compat';
import { DeliveredIds, type CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { pageOf, pageOfRows, responseOf, type PageRow } from '../../testing/page-of';
import { FROM } from '../../testing/range-world';
import type { Range } from '../tines/request';
import type { Response } from '../tines/responses';
import { LAST_SECOND } from '../tines/time';
import { Delivery, type DeliveredCounts, type DeliveryTools, type GatheredWindow } from './delivery';
import type { Entry } from './entries';
import { RecordBatch } from '../records/record';

const here = { from: FROM, to: FROM + 100 };
const next = { from: FROM + 100, to: FROM + 200 };
const last = { from: FROM + 200, to: undefined };

const at = (id: CompactId, second: number): PageRow => ({ id, second: FROM + second });
const atOnce = (count: number, second: number): PageRow[] =>
  Array.from({ length: count }, (_, index) => at(index + 1, second));

/** A cursor that says what a test wants, and remembers what it was asked. */
class ScriptedCursor {
  recentFrom = FROM - 1000;
  readonly verdicts = new Map<CompactId, 'known' | 'reused'>();
  readonly calls: unknown[][] = [];

  get position(): DeliveryTools['cursor']['position'] {
    return { timestamp: 0, id: undefined, recentFrom: this.recentFrom, delivered: new DeliveredIds() };
  }

  deliver(id: CompactId, second: number, time: number): 'new' | 'known' | 'reused' {
    this.calls.push(['deliver', id, second - FROM, time - FROM * 1000]);
    return this.verdicts.get(id) ?? 'new';
  }

  deliverUndated(id: CompactId, second: number, time: number): 'new' | 'known' {
    this.calls.push(['deliverUndated', id, second - FROM, time - FROM * 1000]);
    return this.verdicts.has(id) ? 'known' : 'new';
  }

  skip(id: CompactId, second: number): void {
    this.calls.push(['skip', id, second - FROM]);
  }
}

interface Settings extends Partial<Pick<DeliveryTools, 'laterNow' | 'isOld'>> {
  readonly excludedOperations?: readonly string[];
  readonly recentFrom?: number;
  /** Rows of the first response of the sync, for a range of its own unless that is given. */
  readonly opening?: readonly PageRow[];
  readonly openingRange?: Range;
  /** The newest second that it has returned. */
  readonly newest?: number;
}

async function setUp(settings: Settings = {}) {
  const { opening, openingRange = { from: FROM, to: undefined }, newest, recentFrom = FROM - 1000 } = settings;
  /** How often each page was released, in the order in which they were made. */
  const freed: number[] = [];
  const response = (range: Range, rows: readonly PageRow[]): Promise<Response> => {
    const number = freed.push(0) - 1;
    const free = (): void => {
      freed[number] = (freed[number] ?? 0) + 1;
    };
    return responseOf(range, pageOfRows(rows, {}, free));
  };
  const cursor = new ScriptedCursor();
  cursor.recentFrom = recentFrom;
  const { laterNow = FROM + 1000, isOld = () => false } = settings;
  const excludedOperations = new Set(settings.excludedOperations);
  const batch = new RecordBatch('tenant', () => undefined);
  const tools = { cursor, batch, laterNow, isOld, excludedOperations };
  const first = opening === undefined ? undefined : await response(openingRange, opening);
  return { cursor, delivery: new Delivery(tools, [first], newest), freed, response, tools };
}

interface Delivered {
  /** Ids of the records, by batches. */
  readonly batches: readonly (readonly string[])[];
  readonly ids: readonly string[];
  readonly counts: DeliveredCounts;
}

function deliver(delivery: Delivery, range: Range): Delivered {
  const batches: string[][] = [];
  const items = delivery.deliver(range);
  for (let item = items.next(); ; item = items.next()) {
    if (item.done === true) return { batches, ids: batches.flat(), counts: item.value };
    batches.push(idsIn(item.value));
  }
}

function idsIn(item: StreamItem): string[] {
  if (!('records' in item) || !('ends' in item.records)) throw new Error('no records as bytes');
  const { bytes, ends } = item.records;
  const text = Buffer.from(bytes).toString();
  return Array.from(ends, (end, index) => {
    const record = JSON.parse(text.slice(index === 0 ? 0 : ends[index - 1], end)) as { readonly id: string };
    return record.id;
  });
}

/** Gathers a window of these pages, and delivers it. */
async function window(
  { delivery, response }: Awaited<ReturnType<typeof setUp>>,
  range: Range,
  ...pages: readonly (readonly PageRow[])[]
): Promise<Delivered & { readonly gathered: GatheredWindow }> {
  const responses = await Promise.all(pages.map((rows) => response(range, rows)));
  const gathered = delivery.gather({ range, responses, earlier: [] });
  return { gathered, ...deliver(delivery, range) };
}

describe('The delivery of a window', () => {
  test.each<[string, readonly (readonly PageRow[])[], string]>([
    [
      'comes oldest first, whichever response has returned an entry',
      [
        [at(4, 9), at(2, 5)],
        [at(3, 7), at(1, 2)],
      ],
      '1 2 3 4',
    ],
    ['comes in the order of the ids within a second', [[at(10, 5), at(9, 5), at(11, 5)]], '9 10 11'],
    ['brings an entry once that two responses have returned', [[at(2, 9), at(1, 5)], [at(1, 5)]], '1 2'],
    ['brings an entry once that a response has returned twice', [[at(1, 5), at(1, 5)]], '1'],
    ['brings older entries that are new, too', [[at(2, 5), at(1, -1)]], '1 2'],
    ['leaves entries after its end to the next window', [[at(2, 100), at(1, 99)]], '1'],
    ['brings nothing of an empty window', [[]], ''],
    ['brings nothing where there is no response', [], ''],
  ])('%s', async (_, pages, ids) => {
    expect((await window(await setUp(), here, ...pages)).ids.join(' ')).toBe(ids);
  });

  test('asks the cursor for each entry by its id, its second and its time', async () => {
    const { cursor, delivery } = await setUp();
    const page = pageOf(
      '{"audit_logs":[{"id":7,"created_at":"2026-03-02T10:00:05Z","timestamp":"2026-03-02T10:00:09.250Z"}]}',
    );
    delivery.gather({ range: here, responses: [await responseOf(here, page)], earlier: [] });
    deliver(delivery, here);
    expect(cursor.calls).toEqual([['deliver', 7, 5, 9250]]);
  });

  test('leaves out what is known, and brings what is new or has an id that is reused', async () => {
    const world = await setUp();
    world.cursor.verdicts.set(2, 'known').set(3, 'reused');
    const { ids, counts } = await window(world, here, [at(3, 6), at(2, 5), at(1, 4)]);
    expect([ids, counts]).toEqual([['1', '3'], { delivered: 2, known: 1, reused: 1, excluded: 0, old: 0 }]);
  });

  test('counts what is known once, though the next window returns it again', async () => {
    const world = await setUp();
    world.cursor.verdicts.set(1, 'known').set(2, 'known');
    const one = await window(world, here, [at(2, 99), at(1, -1)]);
    const two = await window(world, next, [at(2, 99)]);
    expect([one.counts.known, two.counts.known]).toEqual([2, 0]);
  });

  test('counts what is known with the window that it lies in, though the one before has returned it', async () => {
    const world = await setUp();
    world.cursor.verdicts.set(1, 'known');
    const one = await window(world, here, [at(1, 100)]);
    const two = await window(world, next, [at(1, 100)]);
    expect([one.counts.known, two.counts.known]).toEqual([0, 1]);
  });

  test('neither brings nor remembers entries of an excluded operation, and counts them once', async () => {
    const world = await setUp({ excludedOperations: ['Login', 'ActionRun'] });
    const login = { ...at(2, 99), operation: 'Login' };
    const one = await window(world, here, [login, { ...at(1, 5), operation: 'StoryCreation' }, at(3, 4)]);
    const two = await window(world, next, [{ ...at(4, 150), operation: 'ActionRun' }, login]);
    expect([one.ids, two.ids]).toEqual([['3', '1'], []]);
    expect([one.counts.excluded, two.counts.excluded]).toEqual([1, 1]);
    expect([one.gathered.summed, two.gathered.summed]).toEqual([3, 1]);
    expect(world.cursor.calls.map(([, id]) => id)).toEqual([3, 1]);
  });

  test('only remembers what is old, also of an excluded operation', async () => {
    const excludedOperations = ['Login'];
    const world = await setUp({ isOld: ({ second }: Entry) => second < FROM + 50, excludedOperations });
    const old = { ...at(2, 0), operation: 'Login' };
    const { ids, counts } = await window(world, here, [at(4, 50), at(3, 49), old, at(1, -1)]);
    expect([ids, counts]).toEqual([['4'], { delivered: 1, known: 0, reused: 0, excluded: 0, old: 3 }]);
    expect(world.cursor.calls).toEqual([
      ['skip', 1, -1],
      ['skip', 2, 0],
      ['skip', 3, 49],
      ['deliver', 4, 50, 50_000],
    ]);
  });

  test('hands over no more records at once than a MiB and the last of them take', async () => {
    const rows = atOnce(9, 5).map((row) => ({ ...row, note: 'x'.repeat(300_000) }));
    const { batches } = await window(await setUp(), here, rows);
    expect(batches.map(({ length }) => length)).toEqual([4, 4, 1]);
  });

  test('hands over a record that takes a MiB alone', async () => {
    const sized = (characters: number): PageRow => ({ ...at(1, 5), note: 'x'.repeat(characters) });
    const bytesOf = async (row: PageRow): Promise<number> => {
      const { delivery, response } = await setUp();
      delivery.gather({ range: here, responses: [await response(here, [row])], earlier: [] });
      const { value } = delivery.deliver(here).next();
      return 'records' in value && 'bytes' in value.records ? value.records.bytes.length : 0;
    };
    const mebibyte = sized(2 ** 20 - (await bytesOf(sized(0))));
    expect(await bytesOf(mebibyte)).toBe(2 ** 20);
    expect((await window(await setUp(), here, [at(2, 6), mebibyte])).batches).toEqual([['1'], ['2']]);
  });

  test('hands over 500 records at once', async () => {
    const { batches } = await window(await setUp(), here, atOnce(1201, 5));
    expect(batches.map(({ length }) => length)).toEqual([500, 500, 201]);
  });

  test('hands over nothing where nothing is new', async () => {
    const world = await setUp();
    for (const { id } of atOnce(600, 5)) world.cursor.verdicts.set(id, 'known');
    const { batches, counts } = await window(world, here, atOnce(600, 5));
    expect([batches, counts.known]).toEqual([[], 600]);
  });

  test('hands over a batch as soon as it is full, before the pages after it are used', async () => {
    const world = await setUp();
    const responses = [await world.response(here, atOnce(501, 5)), await world.response(here, [at(1000, 6)])];
    world.delivery.gather({ range: here, responses, earlier: [] });
    expect(idsIn(world.delivery.deliver(here).next().value as StreamItem)).toHaveLength(500);
    expect(world.cursor.calls).toHaveLength(500);
  });
});

describe('What a window has returned', () => {
  const gatheredOf = async (settings: Settings, range: Range, ...pages: readonly (readonly PageRow[])[]) =>
    (await window(await setUp(settings), range, ...pages)).gathered;

  test('is nothing where there are no rows', async () => {
    expect(await gatheredOf({}, here, [])).toEqual({
      rows: 0,
      summed: 0,
      own: 0,
      older: 0,
      newest: undefined,
      withoutId: 0,
      withoutTime: 0,
      lacksRows: false,
    });
  });

  test('is its distinct rows, those at its edges included', async () => {
    const gathered = await gatheredOf({}, here, [at(4, 100), at(3, 99), at(2, 0)], [at(2, 0), at(1, -1)]);
    expect(gathered).toMatchObject({ rows: 4, summed: 4, newest: FROM + 100 });
  });

  test('has the newest second of all its responses', async () => {
    expect(await gatheredOf({}, here, [at(2, 5)], [at(3, 9)], [])).toMatchObject({ newest: FROM + 9 });
  });

  test('sums up what is older than the range of the sync, which the opening counts, with its first window alone', async () => {
    const world = await setUp({ recentFrom: FROM });
    const one = await window(world, here, [at(3, 0), at(2, -1), at(1, -2)]);
    const two = await window(world, next, [at(4, 100), at(2, -1)]);
    expect([one.gathered, one.ids]).toMatchObject([{ rows: 3, summed: 3, older: 2 }, ['3']]);
    expect([two.gathered, two.ids]).toMatchObject([{ rows: 2, summed: 1, older: 0 }, ['4']]);
  });

  test('leaves out what lies before the start of the next sync, and sums up none of it again', async () => {
    const world = await setUp({ recentFrom: FROM });
    world.cursor.recentFrom = FROM + 100;
    const { gathered, ids } = await window(world, next, [at(3, 100), at(2, 99), at(1, -1)]);
    expect([gathered, ids]).toMatchObject([{ rows: 3, summed: 1 }, ['3']]);
  });

  test.each([
    ['not what is newer than all of the opening', FROM + 5, 1],
    ['what is as new as its newest', FROM + 6, 2],
    ['everything, where the opening does not tell its newest', undefined, 2],
  ])('sums up %s', async (_, newest, summed) => {
    expect(await gatheredOf(newest === undefined ? {} : { newest }, here, [at(2, 6), at(1, 5)])).toMatchObject({
      summed,
    });
  });

  test.each<[string, readonly PageRow[], readonly PageRow[], number]>([
    ['near its end', [at(1, 99)], [at(2, 100), at(1, 99)], 1],
    ['five minutes before its end', [at(1, -200)], [at(2, 100), at(1, -200)], 1],
    ['of its own, whose windows came together', [at(2, 100), at(1, 99)], [at(2, 100), at(1, 99)], 0],
    ['without a time', [at(7, NaN)], [at(7, NaN)], 0],
  ])('is summed up once, where the window before it has returned rows %s', async (_, before, rows, summed) => {
    const world = await setUp();
    await window(world, here, before);
    expect((await window(world, next, rows)).gathered.summed).toBe(summed);
  });

  test('sums up entries without a time, wherever the newest of the opening lies', async () => {
    expect(await gatheredOf({ newest: FROM + 5 }, last, [at(7, NaN)])).toMatchObject({ summed: 1, withoutTime: 1 });
  });

  test('tells how many entries have no id, and no time', async () => {
    const { gathered, ids } = await window(await setUp(), here, [{ id: ' ', second: FROM + 5 }, at(7, NaN), at(1, 3)]);
    expect(gathered).toMatchObject({ rows: 3, summed: 3, withoutId: 1, withoutTime: 1 });
    expect(ids).toHaveLength(3);
  });

  test('counts an entry with neither for both, and none without an id that is left out', async () => {
    const rows = [
      { id: ' ', second: NaN },
      { id: '  ', second: FROM - 1 },
    ];
    const { gathered } = await window(await setUp({ recentFrom: FROM }), here, rows);
    expect(gathered).toMatchObject({ withoutId: 1, withoutTime: 1 });
  });

  test('may be gathered again with more responses', async () => {
    const world = await setUp({ opening: [at(9, 99)] });
    const first = await world.response(here, [at(2, 5), at(8, 100)]);
    world.delivery.gather({ range: here, responses: [first], earlier: [] });
    const second = await world.response(here, [at(1, 4)]);
    expect(world.delivery.gather({ range: here, responses: [first, second], earlier: [] })).toMatchObject({
      rows: 3,
      summed: 3,
    });
    expect(deliver(world.delivery, here).ids).toEqual(['1', '2']);
    expect((await window(world, next, [])).ids).toEqual(['9', '8']);
  });
});

describe('An entry without a time', () => {
  test.each<[string, Range, Settings, [second: number, time: number]]>([
    ['of a closed range is dated by its start, and remembered until two seconds after its end', here, {}, [102, 0]],
    ['of an open range is remembered until two seconds after the later clock', last, {}, [1002, 200_000]],
    [
      'of an open range is remembered until two seconds after its start, where that is later',
      last,
      { laterNow: FROM },
      [202, 200_000],
    ],
    ['of the range from the beginning is dated by that', { from: -5, to: FROM + 100 }, {}, [102, -FROM * 1000]],
    ['is remembered until the year 9999', { from: FROM, to: LAST_SECOND }, {}, [LAST_SECOND - FROM, 0]],
  ])('%s', async (_, range, settings, [second, time]) => {
    const world = await setUp(settings);
    const { ids, counts } = await window(world, range, [at(7, NaN)]);
    expect(world.cursor.calls).toEqual([['deliverUndated', 7, second, time]]);
    expect([ids, counts.delivered]).toEqual([['7'], 1]);
  });

  test('goes by the range that was asked for, which may be a part of the window', async () => {
    const { cursor, delivery, response } = await setUp();
    const part = { from: FROM + 40, to: FROM + 60 };
    delivery.gather({
      range: here,
      responses: [await response(part, [at(7, NaN), at(1, 361), at(2, 359)])],
      earlier: [],
    });
    deliver(delivery, here);
    expect(cursor.calls).toEqual([
      ['deliverUndated', 1, 62, 40_000],
      ['deliverUndated', 7, 62, 40_000],
    ]);
  });

  test('is known where the cursor says so', async () => {
    const world = await setUp();
    world.cursor.verdicts.set(7, 'known');
    expect((await window(world, here, [at(7, NaN)])).counts).toMatchObject({ delivered: 0, known: 1, reused: 0 });
  });
});

describe('What an earlier window has returned', () => {
  test.each<[string, readonly PageRow[], string]>([
    ['comes in its place, where its own window does not return it', [at(9, 150), at(4, 101)], '3 4 9'],
    ['comes once, where its own window returns it, too', [at(9, 150), at(3, 100)], '3 9'],
  ])('%s', async (_, rows, ids) => {
    const world = await setUp();
    await window(world, here, [at(3, 100), at(1, 50)]);
    const { ids: delivered, gathered } = await window(world, next, rows);
    expect([delivered.join(' '), gathered.lacksRows]).toEqual([ids, false]);
  });

  test('is summed up with that, and is no row of its own window', async () => {
    const world = await setUp();
    expect((await window(world, here, [at(3, 100), at(1, 50)])).gathered).toMatchObject({ rows: 2, summed: 2 });
    expect((await window(world, next, [at(4, 101)])).gathered).toMatchObject({ rows: 1, summed: 1 });
  });

  test('waits for the window that it lies in, over several windows', async () => {
    const world = await setUp();
    await window(world, here, [at(3, 200), at(1, 50)]);
    const between = await window(world, next, [at(2, 150)]);
    expect([between.ids, (await window(world, last, [])).ids]).toEqual([['2'], ['3']]);
  });

  test('comes with its own window though that ends in the next minute', async () => {
    const world = await setUp();
    await window(world, here, [at(3, 199)]);
    expect((await window(world, next, [])).ids).toEqual(['3']);
  });
});

describe('What a range that was too large for one window has returned', () => {
  const gatherWithEarlier = async (rows: readonly PageRow[], earlier: readonly PageRow[]) => {
    const world = await setUp();
    const whole = { from: FROM, to: FROM + 200 };
    const responses = [await world.response(here, rows)];
    const gathered = world.delivery.gather({ range: here, responses, earlier: [await world.response(whole, earlier)] });
    return { world, gathered, delivered: deliver(world.delivery, here) };
  };

  test('comes with the window that begins it, and is no row that this one has returned', async () => {
    const { gathered, delivered } = await gatherWithEarlier([at(1, 10)], [at(2, 20), at(1, 10)]);
    expect([delivered.ids, gathered]).toMatchObject([['1', '2'], { rows: 1, summed: 2, newest: FROM + 10 }]);
  });

  test('comes with the next window where it lies after that', async () => {
    const { world, delivered } = await gatherWithEarlier([at(1, 10)], [at(3, 120), at(1, 10)]);
    const { ids, gathered } = await window(world, next, []);
    expect([delivered.ids, ids, gathered.summed, gathered.lacksRows]).toEqual([['1'], ['3'], 1, true]);
  });

  test('is released once, as soon as no entry of it is to come', async () => {
    const { world } = await gatherWithEarlier([at(1, 10)], [at(1, 10)]);
    expect(world.freed).toEqual([1, 1]);
    const { world: other } = await gatherWithEarlier([at(1, 10)], [at(3, 120), at(1, 10)]);
    expect(other.freed).toEqual([1, 0]);
    await window(other, next, []);
    expect(other.freed).toEqual([1, 1, 1]);
  });
});

describe('What the first response of the sync has returned', () => {
  test('comes with its window, which lacks it where it does not return it: a store is behind', async () => {
    const { ids, gathered } = await window(await setUp({ opening: [at(2, 20), at(1, 10)] }), here, [at(1, 10)]);
    expect([ids, gathered.lacksRows, gathered.rows, gathered.summed]).toEqual([['1', '2'], true, 1, 2]);
  });

  test('is not lacking where its window returns it', async () => {
    const { ids, gathered } = await window(await setUp({ opening: [at(2, 20), at(1, 10)] }), here, [
      at(2, 20),
      at(1, 10),
    ]);
    expect([ids, gathered.lacksRows]).toEqual([['1', '2'], false]);
  });

  test.each([
    [
      'a minute before the end of its window, which a server that rounds leaves out, comes with the next',
      40,
      [],
      ['1'],
    ],
    ['more than a minute before the end of its window comes with that', 39, ['1'], []],
  ])('%s', async (_, second, withIts, withNext) => {
    const world = await setUp({ opening: [at(1, second)] });
    const one = await window(world, here, []);
    const two = await window(world, next, []);
    expect([one.ids, two.ids]).toEqual([withIts, withNext]);
    expect([one.gathered.lacksRows, two.gathered.lacksRows]).toEqual([withIts.length > 0, withNext.length > 0]);
    expect([one.gathered.summed, two.gathered.summed]).toEqual([withIts.length, withNext.length]);
  });

  test('comes with the last window, however late it is', async () => {
    const { ids, gathered } = await window(await setUp({ opening: [at(1, 900)] }), last, []);
    expect([ids, gathered.lacksRows]).toEqual([['1'], true]);
  });

  test('lacks as soon as one of several does', async () => {
    const { gathered } = await window(await setUp({ opening: [at(3, 20), at(2, 15), at(1, 10)] }), here, [
      at(3, 20),
      at(1, 10),
    ]);
    expect(gathered.lacksRows).toBe(true);
  });

  test.each<[string, PageRow]>([
    ['before the range of the sync', at(1, -1)],
    ['without a time', at(1, NaN)],
  ])('is left out where it lies %s', async (_, row) => {
    const { ids, gathered } = await window(await setUp({ recentFrom: FROM, opening: [row] }), here, []);
    expect([ids, gathered.lacksRows]).toEqual([[], false]);
  });

  test('comes from the first second of the sync on, though it was asked for a range from the beginning', async () => {
    const settings = { recentFrom: FROM, opening: [at(2, 0), at(1, -1)], openingRange: { from: 0, to: undefined } };
    expect((await window(await setUp(settings), here, [])).ids).toEqual(['2']);
  });

  test('comes once, whichever of several first responses has returned it', async () => {
    const { cursor, response, tools } = await setUp();
    const openings = [
      await response(last, [at(3, 20), at(1, 10)]),
      undefined,
      await response(here, [at(2, 15), at(1, 10)]),
    ];
    const delivery = new Delivery({ ...tools, cursor }, openings);
    expect(delivery.gather({ range: here, responses: [], earlier: [] })).toMatchObject({ summed: 3, lacksRows: true });
    expect(deliver(delivery, here).ids).toEqual(['1', '2', '3']);
  });

  test('is not brought by itself where there is no first response', async () => {
    expect((await window(await setUp(), here, [])).ids).toEqual([]);
  });
});

describe('The pages of windows that were delivered', () => {
  test('are released once, each as soon as its last entry was made a record', async () => {
    const { delivery, freed, response } = await setUp();
    const many = Array.from({ length: 600 }, (_, index) => at(index + 2, 50));
    const responses = [await response(here, many), await response(here, [at(1, 40)]), await response(here, [])];
    delivery.gather({ range: here, responses, earlier: [] });
    const items = delivery.deliver(here);
    const seen = [];
    for (let isDone = false; !isDone; seen.push([...freed])) isDone = items.next().done === true;
    expect(seen).toEqual([
      [0, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  test('are kept while entries of them are still to come, and then released once', async () => {
    const world = await setUp();
    await window(world, here, [at(4, 201), at(3, 200), at(2, 100), at(1, 50)], [at(1, 50)]);
    expect(world.freed).toEqual([0, 1]);
    await window(world, next, []);
    expect(world.freed).toEqual([0, 1, 1]);
    await window(world, last, []);
    expect(world.freed).toEqual([1, 1, 1, 1]);
  });

  test('are released also where their entries are returned by their own window', async () => {
    const world = await setUp();
    await window(world, here, [at(2, 100)]);
    expect(world.freed).toEqual([0]);
    await window(world, next, [at(2, 100)]);
    expect(world.freed).toEqual([1, 1]);
  });

  test('are those of the first response, too', async () => {
    const world = await setUp({ opening: [at(3, 110), at(1, 10)] });
    await window(world, here, [at(1, 10)]);
    expect(world.freed).toEqual([0, 1]);
    await window(world, next, []);
    expect(world.freed).toEqual([1, 1, 1]);
  });

  test('are released where their rows are known, old or left out', async () => {
    const world = await setUp({ isOld: ({ second }) => second === FROM + 7 });
    world.cursor.verdicts.set(1, 'known');
    await window(world, here, [at(1, 5)], [at(2, 7)], [at(3, -2000)]);
    expect(world.freed).toEqual([1, 1, 1]);
  });
});
