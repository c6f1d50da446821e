import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '@airbyte/cdk-typescript-compat';
import { pageOf, pageOfRows, responseOf } from '../../testing/page-of';
import { TenantClient } from '../../testing/tenant-client';
import { entriesBetween, entryAt, START } from '../../testing/sync-world';
import type { Range } from './request';
import { idsOf, isOdd, RangeRequests, rowsFrom, type Paging, type Response } from './responses';
import { LAST_SECOND } from './time';

const NOW = Math.floor(START / 1000);
const range = { from: 10_000, to: 10_100 };
const never = new AbortController().signal;

const pageAt = (...seconds: readonly number[]) =>
  pageOfRows(seconds.map((second, index) => ({ id: index + 1, second })));

function tenant() {
  const client = new TenantClient({ entries: entriesBetween(30, START - 100_000, START), now: () => START });
  const responses: Response[] = [];
  const requests = new RangeRequests(client, 10, (response) => responses.push(response), never);
  return { client, requests, responses };
}

describe('A request for a range', () => {
  test.each<[string, Range, Paging, object]>([
    ['is a second wider on each side', { from: 100, to: 200 }, {}, { after: 99, before: 200 }],
    ['has no end where the range is open', { from: 100, to: undefined }, {}, { after: 99, before: undefined }],
    ['has no start where the range is from the beginning', { from: 0, to: 200 }, {}, { after: undefined, before: 200 }],
    ['has no start before the beginning', { from: -5, to: 200 }, {}, { after: undefined, before: 200 }],
    ['has a start from the first second on', { from: 1, to: 200 }, {}, { after: 0, before: 200 }],
    ['ends with the year 9999', { from: 100, to: 1e15 }, {}, { after: 99, before: LAST_SECOND }],
    [
      'is for the page and the rows that are wanted',
      { from: 100, to: 200 },
      { page: 3, perPage: 4 },
      { page: 3, perPage: 4 },
    ],
  ])('%s', async (_, asked, paging, expected) => {
    for (const method of ['ask', 'isAnswered'] as const) {
      const { client, requests } = tenant();
      await requests[method](asked, paging);
      expect(client.requests).toEqual([expect.objectContaining({ page: 1, perPage: 10, ...expected })]);
    }
  });

  test('is that of a whole page unless less is wanted', async () => {
    const { client, requests } = tenant();
    await requests.ask({ from: 100, to: 200 });
    expect(client.requests).toEqual([{ after: 99, before: 200, page: 1, perPage: 10, isLookedAt: false }]);
    expect(requests.perPage).toBe(10);
  });

  test('brings the response to whoever learns from it', async () => {
    const { requests, responses } = tenant();
    const asked = { from: NOW - 100, to: NOW };
    const response = await requests.ask(asked);
    expect(response).toMatchObject({ range: asked, perPage: 10 });
    expect(response.page.size).toBe(10);
    expect(responses).toEqual([response]);
  });

  test("tells the server's clock", async () => {
    const { requests } = tenant();
    await requests.ask({ from: NOW - 100, to: NOW });
    expect(requests.serverNow()).toBe(NOW * 1000);
  });

  test('tells whether it is answered, without a response', async () => {
    const { client, requests, responses } = tenant();
    expect(await requests.isAnswered({ from: NOW - 100, to: NOW }, {})).toBe(true);
    client.model.settings.faultFor = () => ({ kind: 'status', status: 500 });
    expect(await requests.isAnswered({ from: NOW - 100, to: NOW }, {})).toBe(false);
    expect([responses, client.held.size]).toEqual([[], 0]);
  });

  test('is stopped by the signal of the read', async () => {
    const stop = new AbortController();
    const client = new TenantClient({ now: () => START });
    const requests = new RangeRequests(client, 10, () => undefined, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(requests.ask(range)).rejects.toThrow('stopped');
    await expect(requests.isAnswered(range, {})).rejects.toThrow('stopped');
    expect(client.requests).toEqual([]);
  });
});

describe('A response tells of its rows', () => {
  test.each<[string, readonly number[], Partial<Response>]>([
    [
      'no second where there is none',
      [],
      { oldest: Infinity, newest: -Infinity, isNewestFirst: true, isOldestFirst: true },
    ],
    [
      'that the newest come first',
      [10_050, 10_040],
      { oldest: 10_040, newest: 10_050, isNewestFirst: true, isOldestFirst: false },
    ],
    [
      'that equal seconds are in both orders',
      [10_040, 10_040],
      { oldest: 10_040, newest: 10_040, isNewestFirst: true, isOldestFirst: true },
    ],
    [
      'that the oldest come first',
      [10_040, 10_041],
      { oldest: 10_040, newest: 10_041, isNewestFirst: false, isOldestFirst: true },
    ],
    [
      'that one row is out of order',
      [10_050, 10_040, 10_049],
      { oldest: 10_040, newest: 10_050, isNewestFirst: false, isOldestFirst: false },
    ],
    ['the seconds at its edges', [10_100, 9999], { oldest: 9999, newest: 10_100, isNewestFirst: true }],
    [
      'nothing by a row without a time',
      [10_050, NaN, 10_050],
      { oldest: 10_050, newest: 10_050, isNewestFirst: false, isOldestFirst: false },
    ],
    [
      'nothing by a row far outside',
      [10_050, 10_050, 5],
      { oldest: 10_050, newest: 10_050, isNewestFirst: false, isOldestFirst: false },
    ],
  ])('%s', async (_, seconds, expected) => {
    expect(await responseOf(range, pageAt(...seconds))).toMatchObject(expected);
  });
});

describe('A range counts as ignored', () => {
  test.each<[string, readonly number[], boolean]>([
    ['with three rows far outside of it', [1, 2, 3], true],
    ['with three of five rows far outside of it', [10_050, 10_051, 1, 2, 3], true],
    ['with rows far after it', [20_000, 20_001, 20_002], true],
    ['not with three of six', [10_050, 10_051, 10_052, 1, 2, 3], false],
    ['not with two rows, as those of the year 1', [1, 2], false],
    ['not with rows within five minutes of it', [9700, 9701, 10_399], false],
    ['not with rows without a time', [NaN, NaN, NaN, 10_050], false],
    ['not with no row', [], false],
  ])('%s', async (_, seconds, isIgnored) => {
    const response = responseOf(range, pageAt(...seconds));
    if (!isIgnored) expect((await response).page.size).toBe(seconds.length);
    else {
      await expect(response).rejects.toThrow(ConfigError);
      await expect(response).rejects.toThrow(
        'Tines answered with entries far outside of the time range that was asked for, so the range was ignored.',
      );
    }
  });
});

describe('Times that can not be read', () => {
  const bodyOf = (...logs: readonly object[]) => pageOf(JSON.stringify({ audit_logs: logs }));

  test.each([
    ['without a zone', bodyOf({ id: 1, created_at: '2026-03-02T12:00:00' })],
    ['as numbers', bodyOf({ id: 1, created_at: 1_772_452_800 }, { id: 2, created_at: 1_772_452_801 })],
    ['of which one alone is given', bodyOf({ id: 1 }, { id: 2, timestamp: 'yesterday' })],
  ])('are an error where a page has no other: %s', async (_, page) => {
    const response = responseOf(range, page);
    await expect(response).rejects.toMatchObject({ failureType: 'system_error' });
    await expect(response).rejects.toThrow(
      "Tines answered with entries none of which has a time that can be read: created_at has another form than before. Tines' API has changed; please report this, and look for a newer version of this connector. Nothing of this answer was delivered.",
    );
  });

  test.each([
    ['beside one that can', bodyOf({ id: 1, created_at: 'x' }, { id: 2, created_at: '1970-01-01T02:47:00Z' }), 2],
    [
      'beside one that lies far outside',
      bodyOf({ id: 1, created_at: 'x' }, { id: 2, created_at: '1970-01-01T00:00:01Z' }),
      2,
    ],
    ['that are not given', bodyOf({ id: 1 }, { id: 2, created_at: null }), 2],
  ])('are odd rows %s', async (_, page, rows) => {
    expect((await responseOf(range, page)).page.size).toBe(rows);
  });
});

test.each([
  ['300 s before the range', 9700, false],
  ['301 s before the range', 9699, true],
  ['299 s after the range', 10_399, false],
  ['300 s after the range', 10_400, true],
  ['no time', NaN, true],
])('A row of %s is odd: %s', (_, second, expected) => {
  expect(isOdd(second, range)).toBe(expected);
});

test('A row is never too new for an open range', () => {
  expect(isOdd(1e12, { from: 10_000, to: undefined })).toBe(false);
  expect(isOdd(9699, { from: 10_000, to: undefined })).toBe(true);
});

test('rowsFrom counts the rows from a second on', () => {
  expect([11, 14].map((second) => rowsFrom(pageAt(13, 12, 11, 10, NaN), second))).toEqual([3, 0]);
});

test('idsOf has each id once', () => {
  const page = pageOf('{"audit_logs":[{"id":7},{"id":"7"},{"id":"x"}]}');
  expect([...idsOf(page)]).toEqual([7, 'x']);
});

test('A tenant without entries in the range returns an empty page', async () => {
  const client = new TenantClient({ entries: [entryAt(1, START)], now: () => START });
  const requests = new RangeRequests(client, 10, () => undefined, never);
  expect((await requests.ask(range)).page.size).toBe(0);
});
