import { describe, expect, test } from '@jest/globals';
import { FakeServer, type FakeServerOptions } from '../testing/fake-server';
import type { Range } from './range';
import { RangeClient } from './range-client';
import { ServerFacts } from '../audit-logs/server-facts';

const NOW = 1_772_452_800;
const rows = Array.from({ length: 30 }, (_, index) => ({ id: String(index + 1), second: NOW - 100 + index }));

function clientOf(options: Partial<FakeServerOptions> = {}) {
  const server = new FakeServer({ rows, now: NOW, ...options });
  const facts = new ServerFacts();
  return {
    server,
    facts,
    client: new RangeClient({ client: server, facts, signal: new AbortController().signal, perPage: 10 }),
  };
}

describe('RangeClient.ask', () => {
  test.each<[string, Range, object]>([
    ['a closed range a second wider on each side', { from: 100, to: 200 }, { after: 99, before: 200 }],
    ['an open range without an end', { from: 100, to: undefined }, { after: 99, before: undefined }],
    ['the range from the beginning without a start', { from: 0, to: 200 }, { after: undefined, before: 200 }],
    ['nothing beyond the year 9999', { from: 100, to: 1e15 }, { after: 99, before: 253_402_300_799 }],
  ])('asks for %s', async (_, range, expected) => {
    const { server, client } = clientOf();
    await client.ask(range);
    expect(server.requests).toEqual([{ ...expected, page: 1, perPage: 10 }]);
  });

  test('says what the page shows, and tells the facts', async () => {
    const { client, facts } = clientOf();
    const answer = await client.ask({ from: NOW - 100, to: NOW });
    expect(answer).toMatchObject({ perPage: 10, serverNow: NOW * 1000, shown: { rows: 10, newest: NOW - 71 } });
    expect(facts.hasFilledMore(9)).toBe(true);
  });

  test('throws where the range was ignored', async () => {
    const { server } = clientOf();
    const ignoring = {
      page: (request: object) => server.page({ page: 1, perPage: 10, ...request, after: undefined, before: undefined }),
    };
    const options = { facts: new ServerFacts(), signal: new AbortController().signal, perPage: 10 };
    const client = new RangeClient({ client: ignoring, ...options });
    await expect(client.ask({ from: 1000, to: 2000 })).rejects.toThrow('range was ignored');
  });
});

test.each<[string, Partial<FakeServerOptions>, number, boolean]>([
  ['an empty one is there', {}, NOW - 80, true],
  ['there are rows on it', {}, NOW - 100, false],
  ['it is refused', { depth: 1 }, NOW - 100, true],
])('A range is one page according to its page 2 where %s', async (_, options, from, expected) => {
  expect(await clientOf(options).client.isOnePage({ from, to: undefined })).toBe(expected);
});
