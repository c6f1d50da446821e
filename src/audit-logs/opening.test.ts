import { describe, expect, test } from '@jest/globals';
import { FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { newestPlausible, openSync } from './opening';
import { RangeClient } from '../tines/range-client';
import { ServerFacts } from './server-facts';

const NOW = 1_772_452_800;
const PER_PAGE = 10;
const rowsAgo = (...ago: readonly number[]): FakeRow[] =>
  ago.map((seconds, index) => ({ id: String(index + 1), second: NOW - seconds }));
const many = rowsAgo(...Array.from({ length: 30 }, (_, index) => 3000 - index * 100));

function clientOf(options: FakeServerOptions) {
  const server = new FakeServer({ now: NOW, ...options });
  const facts = new ServerFacts();
  return {
    server,
    facts,
    client: new RangeClient({ client: server, facts, signal: new AbortController().signal, perPage: PER_PAGE }),
  };
}

async function open(options: FakeServerOptions, machine = NOW) {
  const { server, facts, client } = clientOf(options);
  const clock = { now: () => machine * 1000 };
  const opening = await openSync({ from: NOW - 5000, to: undefined }, { client, facts, clock, lookback: 600 });
  return { ...opening, requests: server.requests.length, facts };
}

describe('openSync', () => {
  test.each<[string, FakeServerOptions, { isWhole: boolean; newest: number | undefined; requests: number }]>([
    ['few rows are the whole range', { rows: rowsAgo(50, 20) }, { isWhole: true, newest: NOW - 20, requests: 1 }],
    ['the newest of a full page is known', { rows: many }, { isWhole: false, newest: NOW - 100, requests: 1 }],
    [
      'no row is the whole range, and there is no newest',
      { rows: [] },
      { isWhole: true, newest: undefined, requests: 1 },
    ],
    [
      'rows in another order: the newest part is asked for',
      { rows: many, order: 'oldest_first' },
      { isWhole: false, newest: NOW - 100, requests: 2 },
    ],
    [
      'a range that is too heavy: the newest part is asked for',
      { rows: many, isTooHeavy: (rows) => rows.length > 20 },
      { isWhole: false, newest: NOW - 100, requests: 2 },
    ],
    [
      'an entry from the future counts as from now',
      { rows: rowsAgo(50, -900) },
      { isWhole: true, newest: NOW, requests: 1 },
    ],
  ])('%s', async (_, options, expected) => {
    expect(await open(options)).toMatchObject({ now: NOW, ...expected });
  });

  test('looks back ever further for the newest entry', async () => {
    const old = rowsAgo(...Array.from({ length: 30 }, (_, index) => 4990 - index));
    expect(await open({ rows: old, order: 'oldest_first' })).toMatchObject({ newest: NOW - 4981, requests: 4 });
  });

  test('takes a single row for the newest entry where every full page is too heavy', async () => {
    const isTooHeavy: FakeServerOptions['isTooHeavy'] = (matching, { perPage }) => matching.length > 0 && perPage > 1;
    expect(await open({ rows: many, isTooHeavy })).toMatchObject({ first: undefined, newest: NOW - 100 });
  });

  test('passes over a single row without a time there', async () => {
    const isTooHeavy: FakeServerOptions['isTooHeavy'] = (matching, { perPage }) => matching.length > 0 && perPage > 1;
    const undated = { id: '99', second: NaN, at: NOW - 100 };
    expect(await open({ rows: [...many, undated], isTooHeavy })).toMatchObject({ newest: NOW - 100 });
  });

  test('believes the later of both clocks about an entry from the future', async () => {
    expect(await open({ rows: rowsAgo(-900) }, NOW + 500)).toMatchObject({ newest: NOW + 500 });
  });
});

describe('newestPlausible', () => {
  test.each([
    ['before both clocks', 100, 200, 300, 100],
    ['beyond the server only', 250, 200, 300, 250],
    ['beyond this machine only', 250, 300, 200, 250],
    ['beyond both, the server being ahead', 400, 300, 200, 300],
    ['beyond both, this machine being ahead', 400, 200, 300, 300],
    ['at the later of both', 300, 200, 300, 300],
  ])('of an entry %s', (_, newest, serverNow, now, expected) => {
    expect(newestPlausible(newest, serverNow, now)).toBe(expected);
  });
});
