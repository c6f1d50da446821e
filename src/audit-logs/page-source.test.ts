import { beforeEach, describe, expect, test } from '@jest/globals';
import { settle } from '../testing/manual-clock';
import type { StoredBody } from '../tines/body-store';
import type { Page, PageRequest, TinesClient } from '../tines/client';
import { PageTooHeavyError } from '../tines/errors';
import { PageSource } from './page-source';
import { Workers } from './workers';

const MB = 1024 * 1024;
const signal = new AbortController().signal;

interface Asked {
  readonly request: PageRequest;
  readonly signal: AbortSignal;
  readonly divisible: boolean | undefined;
  readonly answer: (page: Page) => void;
}

let asked: Asked[];
let immediately: Page | undefined;

beforeEach(() => {
  asked = [];
  immediately = undefined;
});

const pageOf = (page: Partial<Page> = {}): Page => ({
  rows: [],
  count: undefined,
  perPage: undefined,
  bytes: 20,
  serverNow: 0,
  ...page,
});

const ask: TinesClient['page'] = (request, stop, divisible) =>
  new Promise((answer) => {
    asked.push({ request, signal: stop, divisible, answer });
    if (immediately !== undefined) answer(immediately);
  });

const client: Pick<TinesClient, 'page' | 'pageBody'> = {
  page: ask,
  pageBody: async (...args) => {
    const { bytes, serverNow } = await ask(...args);
    return { body: { bytes: Buffer.alloc(bytes), free: () => undefined }, serverNow };
  },
};

const sourceOf = (workers = 4): PageSource => new PageSource(client as TinesClient, new Workers(workers), signal);

async function fetchFrom(source: PageSource, page: Partial<Page>, divisible = true): Promise<Page> {
  immediately = pageOf(page);
  return source.fetch({ from: 100, to: 160 }, 1, 500, divisible);
}

describe('a page', () => {
  test('is asked for with the bounds of its window', async () => {
    immediately = pageOf();
    await sourceOf().fetch({ from: 100, to: 160 }, 3, 250, true);
    expect(asked[0]).toMatchObject({ request: { after: 99, before: 160, page: 3, perPage: 250 }, divisible: true });
  });

  test('is asked for with the signal of the sync', async () => {
    await fetchFrom(sourceOf(), {});
    expect(asked[0]?.signal).toBe(signal);
  });

  test('is handed over as it came', async () => {
    const page = pageOf({ rows: [{ id: 1 }], count: 7 });
    expect(await fetchFrom(sourceOf(), page)).toEqual(page);
  });
});

describe('the workers', () => {
  test('fetch the older window first', async () => {
    const source = sourceOf(1);
    for (const from of [50, 300, 100, 200]) void source.fetch({ from, to: from + 10 }, 1, 500, true);
    for (let turn = 0; turn < 4; turn += 1) {
      await settle();
      asked[turn]?.answer(pageOf());
    }
    await settle();
    expect(asked.map(({ request }) => request.before)).toEqual([60, 110, 210, 310]);
  });

  test('fetch page 1 of every window before the rest of any', async () => {
    const source = sourceOf(1);
    const waiting: readonly (readonly [from: number, page: number])[] = [
      [10, 2],
      [20, 2],
      [20, 3],
      [40, 1],
      [30, 1],
      [50, 7],
    ];
    for (const [from, page] of waiting) void source.fetch({ from, to: from + 10 }, page, 500, true);
    for (let turn = 0; turn < waiting.length; turn += 1) {
      await settle();
      asked[turn]?.answer(pageOf());
    }
    await settle();
    const order = asked.map(({ request }) => [(request.before ?? 0) - 10, request.page]);
    expect(order).toEqual([
      [10, 2],
      [30, 1],
      [40, 1],
      [20, 2],
      [20, 3],
      [50, 7],
    ]);
  });

  test('are free again after a page that is too heavy', async () => {
    const source = sourceOf(1);
    await expect(fetchFrom(source, { bytes: 9 * MB, rows: [1] })).rejects.toThrow(PageTooHeavyError);
    await expect(fetchFrom(source, {})).resolves.toBeDefined();
  });
});

describe("the server's clock", () => {
  test('is that of the latest answer', async () => {
    const source = sourceOf();
    await fetchFrom(source, { serverNow: 5000 });
    await fetchFrom(source, { serverNow: 7000 });
    expect(source.serverNow).toBe(7000);
  });

  test('never goes back', async () => {
    const source = sourceOf();
    await fetchFrom(source, { serverNow: 7000 });
    await fetchFrom(source, { serverNow: 5000 });
    expect(source.serverNow).toBe(7000);
  });
});

describe('a page of many bytes', () => {
  test('is too heavy where less can be asked for', async () => {
    await expect(fetchFrom(sourceOf(), { rows: [1], bytes: 8 * MB + 1 })).rejects.toThrow(PageTooHeavyError);
  });

  test('is handed over where nothing less can be asked for', async () => {
    await expect(fetchFrom(sourceOf(), { rows: [1], bytes: 8 * MB + 1 }, false)).resolves.toMatchObject({
      rows: [1],
    });
  });

  test('is no more than 8 MB', async () => {
    await expect(fetchFrom(sourceOf(), { rows: [1], bytes: 8 * MB })).resolves.toMatchObject({
      rows: [1],
    });
  });
});

describe('a page to be parsed later', () => {
  const fetchBody = (source: PageSource, divisible = true): Promise<StoredBody> =>
    source.fetchBody({ from: 100, to: 160 }, 3, 250, divisible);

  test('is asked for in the same way', async () => {
    immediately = pageOf();
    await fetchBody(sourceOf());
    expect(asked[0]).toMatchObject({ request: { after: 99, before: 160, page: 3, perPage: 250 }, divisible: true });
  });

  test("moves the server's clock on", async () => {
    const source = sourceOf();
    immediately = pageOf({ serverNow: 7000 });
    await fetchBody(source);
    expect(source.serverNow).toBe(7000);
  });

  test('of many bytes is too heavy where less can be asked for', async () => {
    immediately = pageOf({ bytes: 8 * MB + 1 });
    await expect(fetchBody(sourceOf())).rejects.toThrow(PageTooHeavyError);
    await expect(fetchBody(sourceOf(), false)).resolves.toBeDefined();
  });
});
