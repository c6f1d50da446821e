import { describe, expect, test } from '@jest/globals';
import type { StreamItem } from '@airbyte/cdk-typescript-compat';
import { LookbackCursor } from '@airbyte/cdk-typescript-compat/incremental';
import { fakePage, FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { parsePage, type SlicedPage } from '../tines/page';
import { Delivery, type DeliveryOptions } from './delivery';
import type { Entry } from './entry-list';
import type { Range } from '../tines/range';
import { RangeClient, type Answer } from '../tines/range-client';
import { RecordBatch } from '../records/record';
import { ServerFacts } from './server-facts';
import { survey } from '../tines/shown';
import type { WindowCounts } from './window-counts';
import type { Window } from './windows';

const FROM = 1_772_452_800;
const PER_PAGE = 10;
const here = { from: FROM, to: FROM + 100 };
const next = { from: FROM + 100, to: FROM + 200 };

/** Counts the pages whose bodies are held. */
class Bodies {
  held = 0;
  most = 0;
  /** How often each body was freed, by the order in which they came. */
  readonly freed: number[] = [];

  hold(page: SlicedPage): SlicedPage {
    const number = this.freed.push(0) - 1;
    this.held += 1;
    this.most = Math.max(this.most, this.held);
    const held = parsePage({
      bytes: page.body,
      free: () => {
        this.held -= 1;
        this.freed[number] = (this.freed[number] ?? 0) + 1;
      },
    });
    if (typeof held === 'string') throw new Error(held);
    return held;
  }

  answer(range: Range, rows: readonly FakeRow[]): Answer {
    const page = this.hold(fakePage(rows));
    return { range, perPage: 500, page, shown: survey(page, range), serverNow: 0 };
  }
}

const at = (id: number, second: number): FakeRow => ({ id: String(id), second: FROM + second });

const atOnce = (count: number, second: number, firstId = 1): FakeRow[] =>
  Array.from({ length: count }, (_, index) => at(firstId + index, second));

const heldWindow = (range: Range, answers: readonly Answer[], counted?: number): Window => ({
  ...{ kind: 'held', range, answers, counted },
});

function setUp(more: Partial<DeliveryOptions> & { server?: FakeServerOptions } = {}) {
  const { server = { rows: [] }, ...options } = more;
  const bodies = new Bodies();
  const facts = new ServerFacts();
  const fake = new FakeServer(server);
  const page: FakeServer['page'] = async (request) => {
    const answer = await fake.page(request);
    return { ...answer, page: bodies.hold(answer.page) };
  };
  const client = new RangeClient({
    ...{ client: { page }, facts, signal: new AbortController().signal },
    perPage: PER_PAGE,
  });
  const cursor = LookbackCursor.startingAt(FROM - 1000);
  const delivery = new Delivery({
    ...{ client, facts, perPage: PER_PAGE, cursor, now: FROM + 1000, bytesSorted: Infinity },
    batch: new RecordBatch('tenant', () => undefined),
    isOld: () => false,
    ...options,
  });
  return { bodies, cursor, delivery, requests: fake.requests };
}

interface Delivered {
  /** Ids of the records, by batches. */
  readonly batches: string[][];
  readonly ids: string[];
  readonly counts: WindowCounts;
}

async function deliver(delivery: Delivery, window: Window): Promise<Delivered> {
  const batches: string[][] = [];
  const items = delivery.deliver(window);
  for (let item = await items.next(); ; item = await items.next()) {
    if (item.done === true) return { batches, ids: batches.flat(), counts: item.value };
    batches.push(idsIn(item.value));
  }
}

function idsIn(item: StreamItem): string[] {
  if (!('records' in item) || !('ends' in item.records)) throw new Error('no records as bytes');
  const { bytes, ends } = item.records;
  const text = Buffer.from(bytes).toString();
  return Array.from(ends, (end, index) => {
    const record: unknown = JSON.parse(text.slice(index === 0 ? 0 : ends[index - 1], end));
    return typeof record === 'object' && record !== null && 'id' in record ? String(record.id) : '';
  });
}

describe('Delivery of a window that is held', () => {
  test.each<[string, readonly (readonly FakeRow[])[], string]>([
    [
      'comes oldest first, whichever answer shows an entry',
      [
        [at(4, 9), at(2, 5)],
        [at(3, 7), at(1, 2)],
      ],
      '1 2 3 4',
    ],
    ['comes in the order of the ids within a second', [[at(10, 5), at(9, 5), at(11, 5)]], '9 10 11'],
    ['brings an entry once that two answers show', [[at(2, 9), at(1, 5)], [at(1, 5)]], '1 2'],
    ['brings an entry once that an answer shows twice', [[at(1, 5), at(1, 5)]], '1'],
    ['brings older entries that are new, too', [[at(2, 5), at(1, -1)]], '1 2'],
    ['leaves entries behind its end to the next window', [[at(2, 100), at(1, 99)]], '1'],
    ['brings nothing of an empty window', [[]], ''],
  ])('%s', async (_, pages, ids) => {
    const { bodies, delivery } = setUp();
    const answers = pages.map((rows) => bodies.answer(here, rows));
    expect((await deliver(delivery, heldWindow(here, answers))).ids.join(' ')).toBe(ids);
  });

  test('leaves out what was delivered before, and counts it as known', async () => {
    const { bodies, cursor, delivery } = setUp();
    cursor.deliver(2, FROM + 5, 0);
    const { ids, counts } = await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(2, 5), at(1, 4)])], 2));
    expect(ids).toEqual(['1']);
    expect(counts).toMatchObject({ range: here, delivered: 1, known: 1, counted: 2, missing: 0 });
  });

  test('counts no entry of the window before as known again', async () => {
    const { bodies, delivery } = setUp();
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(1, 99)])]));
    const { counts } = await deliver(delivery, heldWindow(next, [bodies.answer(next, [at(2, 100), at(1, 99)])]));
    expect(counts).toMatchObject({ delivered: 1, known: 0 });
  });

  test('starts to count anew with each window', async () => {
    const { bodies, delivery } = setUp();
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(1, 1), at(2, 2)])]));
    const { counts } = await deliver(delivery, heldWindow(next, [bodies.answer(next, [at(3, 150)])]));
    expect(counts).toMatchObject({ delivered: 1, known: 0 });
  });

  test.each<[string, number | undefined, { counted: number | undefined; missing: number }]>([
    ['as many as are shown', 3, { counted: 2, missing: 0 }],
    ['more than are shown, edges included', 5, { counted: 4, missing: 2 }],
    ['fewer than are shown', 1, { counted: 2, missing: 0 }],
    ['nothing', undefined, { counted: undefined, missing: 0 }],
  ])('tells what is missing where the server counts %s', async (_, counted, expected) => {
    const { bodies, delivery } = setUp();
    const answer = bodies.answer(here, [at(3, 100), at(2, 99), at(1, 50)]);
    expect((await deliver(delivery, heldWindow(here, [answer], counted))).counts).toMatchObject(expected);
  });

  test('does not take what the window before has shown of it for missing or for shown by itself', async () => {
    const { bodies, delivery } = setUp();
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(2, 100), at(1, 99)])], 2));
    const { ids, counts } = await deliver(delivery, heldWindow(next, [bodies.answer(next, [at(3, 150)])], 2));
    expect(ids).toEqual(['2', '3']);
    expect(counts).toMatchObject({ delivered: 2, missing: 1 });
  });

  test('counts entries without an id, and without a time', async () => {
    const { bodies, delivery } = setUp();
    const answer = bodies.answer(here, [{ id: ' ', second: FROM + 5 }, { id: '7', second: NaN }, at(1, 3)]);
    const { ids, counts } = await deliver(delivery, heldWindow(here, [answer]));
    expect(ids).toHaveLength(3);
    expect(counts).toMatchObject({ withoutId: 1, withoutTime: 1 });
  });

  test('hands over 500 records at once', async () => {
    const { bodies, delivery } = setUp();
    const rows = atOnce(1201, 5);
    const { batches } = await deliver(delivery, heldWindow(here, [bodies.answer(here, rows)]));
    expect(batches.map(({ length }) => length)).toEqual([500, 500, 201]);
  });

  test('hands over nothing where nothing is new', async () => {
    const { bodies, cursor, delivery } = setUp();
    const rows = atOnce(600, 5);
    for (const { id, second } of rows) cursor.deliver(Number(id), second, 0);
    const { batches, counts } = await deliver(delivery, heldWindow(here, [bodies.answer(here, rows)]));
    expect([batches, counts.known]).toEqual([[], 600]);
  });
});

describe('Delivery of what an earlier window has shown', () => {
  test.each<[string, readonly FakeRow[], string]>([
    ['brings it in its place, where its own window does not show it', [at(9, 150), at(4, 101)], '3 4 9'],
    ['brings it once, where its own window shows it, too', [at(9, 150), at(3, 100)], '3 9'],
  ])('%s', async (_, rows, ids) => {
    const { bodies, delivery } = setUp();
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(3, 100), at(1, 50)])]));
    expect((await deliver(delivery, heldWindow(next, [bodies.answer(next, rows)]))).ids.join(' ')).toBe(ids);
  });

  test('waits for the window that it lies in, over several windows', async () => {
    const { bodies, delivery } = setUp();
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(3, 201), at(1, 50)])]));
    const between = await deliver(delivery, heldWindow(next, [bodies.answer(next, [at(2, 150)])]));
    const open = { from: FROM + 200, to: undefined };
    const last = await deliver(delivery, heldWindow(open, [bodies.answer(open, [])]));
    expect([between.ids, last.ids]).toEqual([['2'], ['3']]);
  });
});

describe('Delivery of old entries', () => {
  const isOld = ({ second }: Entry): boolean => second < FROM + 50;

  test('remembers them without handing them over, and counts them neither as new nor as known', async () => {
    const { bodies, cursor, delivery } = setUp({ isOld });
    const { ids, counts } = await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(2, 50), at(1, 49)])]));
    expect(ids).toEqual(['2']);
    expect(counts).toMatchObject({ delivered: 1, known: 0 });
    expect(cursor.deliver(1, FROM + 49, 0)).toBe('known');
  });
});

describe('The pages of windows that were delivered', () => {
  test('are released once, each as soon as its last entry was made a record', async () => {
    const { bodies, delivery } = setUp();
    const many = Array.from({ length: 600 }, (_, id) => at(id + 2, 50));
    const answers = [bodies.answer(here, many), bodies.answer(here, [at(1, 40)]), bodies.answer(here, [])];
    const items = delivery.deliver(heldWindow(here, answers));
    const freed = [];
    for (let done = false; !done; freed.push([...bodies.freed])) ({ done = false } = await items.next());
    expect(freed).toEqual([
      [0, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  test('are not released while entries of them lie ahead, and then once', async () => {
    const { bodies, delivery } = setUp();
    const edge = [at(4, 201), at(3, 200), at(2, 100), at(1, 50)];
    await deliver(delivery, heldWindow(here, [bodies.answer(here, edge), bodies.answer(here, [at(1, 50)])]));
    expect(bodies.freed).toEqual([0, 1]);
    await deliver(delivery, heldWindow(next, [bodies.answer(next, [])]));
    expect(bodies.freed).toEqual([0, 1, 1]);
    const open = { from: FROM + 200, to: undefined };
    await deliver(delivery, heldWindow(open, [bodies.answer(open, [])]));
    expect(bodies.freed).toEqual([1, 1, 1, 1]);
  });

  test('are released also where their entries ahead are shown by their own window', async () => {
    const { bodies, delivery } = setUp();
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(2, 100)])]));
    await deliver(delivery, heldWindow(next, [bodies.answer(next, [at(2, 100)])]));
    expect(bodies.freed).toEqual([1, 1]);
  });
});

describe('Delivery of a dense second', () => {
  const second: Window = { kind: 'dense_second', range: { from: FROM + 100, to: FROM + 101 } };
  const rows = atOnce(95, 100);
  const allIds = rows.map(({ id }) => id);
  const ascending = (ids: readonly string[]): string[] => ids.toSorted((a, b) => Number(a) - Number(b));

  test('brings every entry once, in the order of the ids, and counts them', async () => {
    const { delivery, requests } = setUp({ server: { rows } });
    const { ids, counts } = await deliver(delivery, second);
    expect(ids).toEqual(allIds);
    expect(counts).toEqual({
      ...{
        range: second.range,
        delivered: 95,
        known: 0,
        counted: 95,
        missing: 0,
        withoutId: 0,
        withoutTime: 0,
        hasConflicts: false,
      },
    });
    expect(requests).toHaveLength(10);
  });

  test('holds no more pages than may be sorted at once, however many there are', async () => {
    const pageBytes = fakePage(rows.slice(0, PER_PAGE)).bytes;
    const { bodies, delivery } = setUp({ server: { rows: atOnce(500, 100) }, bytesSorted: 2.5 * pageBytes });
    const { batches, ids } = await deliver(delivery, second);
    expect(ascending(ids)).toHaveLength(500);
    expect(bodies.most).toBeLessThanOrEqual(4);
    expect(batches.length).toBeGreaterThan(10);
    for (const batch of batches) expect(batch).toEqual(ascending(batch));
  });

  test('releases every page once', async () => {
    const { bodies, delivery } = setUp({ server: { rows }, bytesSorted: 3000 });
    await deliver(delivery, second);
    expect(bodies.freed).toEqual(Array.from({ length: 10 }, () => 1));
  });

  test('does not hold the pages of later passes that show nothing new', async () => {
    const withheld = ({ id }: FakeRow): boolean => id === '7';
    const { bodies, delivery } = setUp({ server: { rows, withheld } });
    await deliver(delivery, second);
    expect(bodies.freed.length).toBeGreaterThan(90);
    // The ten pages of the first pass, the one that is looked at, and the empty ones behind the last.
    expect(bodies.most).toBeLessThanOrEqual(20);
  });

  test('brings what the window before has shown of it once, and first', async () => {
    const { bodies, delivery } = setUp({ server: { rows }, bytesSorted: 1 });
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(1000, 100), at(50, 100), at(999, 98)])]));
    const { ids, counts } = await deliver(delivery, second);
    expect(ids.slice(0, 2)).toEqual(expect.arrayContaining(['50']));
    expect(ascending(ids)).toEqual([...allIds, '1000']);
    expect(counts).toMatchObject({ delivered: 96, counted: 96, missing: 0 });
  });

  test('leaves its neighbours at the edges to their own windows, whose ids they keep', async () => {
    const edges = [at(501, 99), at(502, 101)];
    const { bodies, delivery } = setUp({ server: { rows: [...rows, ...edges], edges: 'in' } });
    await deliver(delivery, heldWindow(here, [bodies.answer(here, [at(501, 99)])]));
    expect(ascending((await deliver(delivery, second)).ids)).toEqual(allIds);
    const behind = { from: FROM + 101, to: FROM + 200 };
    expect((await deliver(delivery, heldWindow(behind, [bodies.answer(behind, [])]))).ids).toEqual(['502']);
    expect([...new Set(bodies.freed)]).toEqual([1]);
  });

  test('tells how many entries the server counts and does not show', async () => {
    const withheld = ({ id }: FakeRow): boolean => id === '7' || id === '70';
    const { delivery } = setUp({ server: { rows, withheld } });
    const { ids, counts } = await deliver(delivery, second);
    expect(ids).toHaveLength(93);
    expect(counts).toMatchObject({ delivered: 93, known: 0, counted: 95, missing: 2 });
  });

  test('counts what was delivered before as known', async () => {
    const { cursor, delivery } = setUp({ server: { rows } });
    for (const { id, second: time } of rows.slice(0, 40)) cursor.deliver(Number(id), time, 0);
    const { ids, counts } = await deliver(delivery, second);
    expect(ids).toEqual(allIds.slice(40));
    expect(counts).toMatchObject({ delivered: 55, known: 40, counted: 95 });
  });

  test('hands over what was read before an error', async () => {
    const server: FakeServerOptions = {
      rows,
      before: (request) => {
        if (request === 6) throw new Error('down');
      },
    };
    const pageBytes = fakePage(rows.slice(0, PER_PAGE)).bytes;
    const { delivery } = setUp({ server, bytesSorted: pageBytes });
    const items = delivery.deliver(second);
    const ids: string[] = [];
    const reading = async (): Promise<void> => {
      for (let item = await items.next(); item.done !== true; item = await items.next()) ids.push(...idsIn(item.value));
    };
    await expect(reading()).rejects.toThrow('down');
    expect(ids.length).toBeGreaterThanOrEqual(2 * PER_PAGE);
  });
});
