import { describe, expect, test } from '@jest/globals';
import { FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { RangeClient } from '../tines/range-client';
import { askOpenEnd } from './open-end';
import { ServerFacts } from './server-facts';

const NOW = 1_772_452_800;
const rowsAgo = (...ago: readonly number[]): FakeRow[] =>
  ago.map((seconds, index) => ({ id: String(index + 1), second: NOW - seconds }));
const many = rowsAgo(...Array.from({ length: 30 }, (_, index) => 3000 - index * 100));

function clientOf(options: FakeServerOptions) {
  const server = new FakeServer({ now: NOW, ...options });
  const facts = new ServerFacts();
  const signal = new AbortController().signal;
  return { server, facts, client: new RangeClient({ client: server, facts, signal, perPage: 10 }) };
}

describe('askOpenEnd', () => {
  const ask = async (options: FakeServerOptions, from: number, round = 0) => {
    const { client, facts } = clientOf(options);
    return askOpenEnd({ from, to: undefined }, round, { client, facts, now: NOW });
  };

  test.each<[string, FakeServerOptions, number, number, object]>([
    [
      'is covered by an answer that shows it whole',
      { rows: rowsAgo(20) },
      NOW - 600,
      0,
      { kind: 'covered', counted: 1 },
    ],
    [
      'is cut at the time of the first answer',
      { rows: many },
      NOW - 3000,
      0,
      { kind: 'cut', at: NOW, rows: 30, isLastRound: false },
    ],
    [
      'is cut behind the newest entry from then on',
      { rows: rowsAgo(...many.map((__, index) => -index)) },
      NOW,
      1,
      { kind: 'cut', at: NOW + 30, isLastRound: false },
    ],
    [
      'is left to the next sync after three rounds',
      { rows: rowsAgo(...many.map((__, index) => -index)) },
      NOW,
      3,
      { kind: 'cut', isLastRound: true },
    ],
    [
      'that is too heavy is cut at the time of the first answer',
      { rows: many, isTooHeavy: () => true },
      NOW - 3000,
      0,
      { kind: 'cut', at: NOW, rows: undefined },
    ],
    [
      'that stays too heavy is cut ever further ahead',
      { rows: many, isTooHeavy: () => true },
      NOW,
      2,
      { kind: 'cut', at: NOW + 240, isLastRound: false },
    ],
  ])('An open range %s', async (_, options, from, round, expected) => {
    expect(await ask(options, from, round)).toMatchObject(expected);
  });

  test('An open range that is too heavy a dozen times is an error', async () => {
    await expect(ask({ rows: many, isTooHeavy: () => true }, NOW, 12)).rejects.toThrow('504');
  });

  test('An open range that is just full is cut, for there may be more', async () => {
    const ten = rowsAgo(...Array.from({ length: 10 }, (_, index) => 100 - index));
    expect(await ask({ rows: ten }, NOW - 600)).toMatchObject({ kind: 'cut', at: NOW, rows: 10 });
  });

  test('An open range that shows nothing from its first second on is cut behind that', async () => {
    const { client, facts } = clientOf({ rows: rowsAgo(...many.map(() => 1)), edges: 'in' });
    const end = await askOpenEnd({ from: NOW, to: undefined }, 0, { client, facts, now: NOW });
    expect(end).toMatchObject({ kind: 'cut', at: NOW + 1 });
  });

  test.each([
    ['one more where that is empty', {}, { kind: 'covered', counted: undefined }, 2],
    ['one more where that shows rows', { maxPerPage: 5 }, { kind: 'cut', rows: undefined }, 2],
  ])(
    'An open range of a server without meta takes a question for the page behind it: %s',
    async (_, more, end, questions) => {
      const rows = rowsAgo(...Array.from({ length: 9 }, (__, index) => 100 - index));
      const { client, facts, server } = clientOf({ rows, count: 'absent', next: 'absent', ...more });
      const answer = await askOpenEnd({ from: NOW - 600, to: undefined }, 0, { client, facts, now: NOW });
      expect(answer).toMatchObject(end);
      expect(server.requests).toHaveLength(questions);
    },
  );

  test('The count of an open range is not told where counts are not believed', async () => {
    const { client, facts } = clientOf({ rows: rowsAgo(20), next: 'true' });
    for (let claims = 0; claims < 3; claims += 1) facts.claimWasWrong();
    const end = await askOpenEnd({ from: NOW - 600, to: undefined }, 0, { client, facts, now: NOW });
    expect(end).toMatchObject({ kind: 'covered', counted: undefined });
  });

  test('An error that is not of weight ends the question', async () => {
    const before = (): void => {
      throw new Error('down');
    };
    await expect(ask({ rows: many, before }, NOW - 600)).rejects.toThrow('down');
  });
});
