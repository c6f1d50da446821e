import { describe, expect, test } from '@jest/globals';
import type { FaultChooser } from '../../simulated-tenant/tenant-faults';
import type { TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { entryAt, START } from '../../testing/sync-world';
import { rangeTools } from '../../testing/range-world';
import { openSync, type Opening } from './opening';

const NOW = Math.floor(START / 1000);

/** One entry at each of these times, in s before now. */
const entriesAgo = (...ago: readonly number[]) =>
  ago.map((seconds, index) => entryAt(index + 1, (NOW - seconds) * 1000));
/** Thirty entries, a hundred seconds apart. */
const many = entriesAgo(...Array.from({ length: 30 }, (_, index) => 3000 - index * 100));

/** Opens a sync of the last 5,000 s in pages of ten. @param machine this machine's clock, epoch ms */
async function open(options: TenantModelOptions, machine = START): Promise<Opening> {
  const { requests, facts } = rangeTools(options, 10);
  return openSync({ from: NOW - 5000, to: undefined }, requests, facts, { now: () => machine, sleep: never });
}

/** A sync that is opened, and how many rows were asked for. */
async function openAndLook(options: TenantModelOptions): Promise<{ opening: Opening; asked: readonly number[] }> {
  const { client, requests, facts } = rangeTools(options, 10);
  const clock = { now: () => START, sleep: never };
  const opening = await openSync({ from: NOW - 5000, to: undefined }, requests, facts, clock);
  return { opening, asked: client.requests.map(({ perPage }) => perPage) };
}

const failingFirst: FaultChooser = (number) => (number === 1 ? { kind: 'status', status: 504 } : undefined);

const never = (): Promise<void> => Promise.reject(new Error('nobody waits here'));

describe('The opening of a sync', () => {
  test.each<[string, TenantModelOptions, Partial<Opening>]>([
    ['knows all of what fits a page', { entries: entriesAgo(50, 20) }, { counted: 2, newest: NOW - 20, isSmall: true }],
    [
      'knows the newest entry, and how many there are, by a full page',
      { entries: many },
      { counted: 30, newest: NOW - 100, isSmall: false },
    ],
    ['knows no newest entry where none is returned', { entries: [] }, { counted: 0, newest: undefined, isSmall: true }],
    ['takes entries of one second for those of a second', { entries: entriesAgo(20, 20) }, { newest: NOW - 20 }],
    [
      'does not know the newest entry by a full page in another order',
      { entries: many, order: 'oldest_first' },
      { counted: 30, newest: undefined, isSmall: false },
    ],
    [
      'knows the newest entry in another order where all is on the page',
      { entries: entriesAgo(50, 20), order: 'oldest_first' },
      { newest: NOW - 20, isSmall: true },
    ],
    [
      'does not know it there where the page says that another follows',
      { entries: entriesAgo(50, 20), order: 'oldest_first', count: { kind: 'stated', count: () => 11 } },
      { counted: 11, newest: undefined, isSmall: true },
    ],
    [
      'does not know it there where the page is full, though it says that it is the last',
      { entries: entriesAgo(...many.slice(-10).map((_, index) => 50 - index)), order: 'oldest_first' },
      { counted: undefined, newest: undefined, isSmall: false },
    ],
    ['knows no count where nothing is counted', { entries: many, meta: { count: false } }, { counted: undefined }],
    [
      'does not believe a count of fewer rows than are returned',
      { entries: many, count: { kind: 'capped', at: 9 } },
      { counted: undefined, newest: NOW - 100 },
    ],
    [
      "does not believe a count of a full page's own rows",
      { entries: many, count: { kind: 'page_rows' } },
      { counted: undefined },
    ],
    [
      'knows nothing where the whole range is too large',
      { entries: many, heavyRange: { rows: 20, response: 504 } },
      { response: undefined, counted: undefined, newest: undefined, isSmall: false },
    ],
    [
      'knows no newest entry where no row has a time',
      { entries: [entryAt(1, START - 1000, { created_at: null })] },
      { newest: undefined },
    ],
  ])('%s', async (_, options, expected) => {
    expect(await open(options)).toMatchObject(expected);
  });

  test('knows the newest entry beyond both clocks, too', async () => {
    const entries = [entryAt(1, START - 60_000), entryAt(2, START - 20_000, { created_at: '2026-03-02T13:00:00Z' })];
    expect(await open({ entries })).toMatchObject({ newest: NOW + 3600, laterNow: NOW });
  });

  test.each([
    ['the machine ahead', 500_000, NOW, NOW + 500],
    ['the server ahead', -500_000, NOW - 500, NOW],
  ])('has both clocks, %s, cut to the second', async (_, ms, earlierNow, laterNow) => {
    expect(await open({ entries: many }, START + ms)).toMatchObject({ earlierNow, laterNow });
  });

  test("has the server's clock, too, where the range is too large: an error tells it as well", async () => {
    const opening = await open({ entries: many, heavyRange: { rows: 20, response: 504 } }, START + 7000);
    expect(opening).toMatchObject({ response: undefined, earlierNow: NOW, laterNow: NOW + 7 });
  });

  test('falls back to one row where the whole range is too large, which tells the count and not the newest', async () => {
    const { opening, asked } = await openAndLook({ entries: many, heavyPage: { rows: 9, response: 504 } });
    expect(asked).toEqual([10, 1]);
    expect(opening).toMatchObject({ counted: 30, newest: undefined, isSmall: false, laterNow: NOW });
    expect(opening.response?.page.size).toBe(1);
  });

  test('does not know the newest entry by one row, though that is all there is', async () => {
    const { opening, asked } = await openAndLook({ entries: entriesAgo(20), faultFor: failingFirst });
    expect(asked).toEqual([10, 1]);
    // A page of one row is full of one row.
    expect(opening).toMatchObject({ counted: undefined, newest: undefined, isSmall: false });
  });

  test('knows that there is nothing by no row', async () => {
    const { opening } = await openAndLook({ entries: [], faultFor: failingFirst });
    expect(opening).toMatchObject({ counted: 0, newest: undefined, isSmall: true });
  });

  test('asks for one row no more than once', async () => {
    const { opening, asked } = await openAndLook({ entries: many, heavyRange: { rows: 20, response: 504 } });
    expect([asked, opening.response]).toEqual([[10, 1], undefined]);
  });

  test('asks once where the whole range is answered', async () => {
    expect((await openAndLook({ entries: many })).asked).toEqual([10]);
  });

  test('keeps the response, whose rows are to be delivered', async () => {
    const { response } = await open({ entries: many });
    expect(response?.page.size).toBe(10);
    expect(response?.range).toEqual({ from: NOW - 5000, to: undefined });
  });

  test('fails with anything but a request that is too large', async () => {
    const beforeResponse = (): void => {
      throw new Error('down');
    };
    await expect(open({ entries: many, beforeResponse })).rejects.toThrow('down');
  });
});
