import { describe, expect, test } from '@jest/globals';
import { FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { Coverage, type Reading } from './coverage';
import { UnreadableSecondError } from './dense-second';
import { RangeClient } from '../tines/range-client';
import { ServerFacts } from './server-facts';

const FROM = 1_000_000;

/** Facts that count what was disproved. */
class CountedFacts extends ServerFacts {
  wrong = 0;

  override claimWasWrong(): void {
    this.wrong += 1;
    super.claimWasWrong();
  }
}

interface Settings {
  /** Seconds of the range. */
  readonly length: number;
  /** Seconds of the range that have settled; all unless given. */
  readonly settled?: number;
  readonly mostRows?: number;
  readonly mostBytes?: number;
  readonly perPage?: number;
}

interface Read {
  readonly reading: Reading;
  /** The ranges asked for, as `from-to` from the start on, with `#` and the number of a page behind the first. */
  readonly questions: readonly string[];
  readonly wrong: number;
  readonly perPage: readonly number[];
}

async function cover(server: FakeServerOptions, settings: Settings): Promise<Read> {
  const { length, settled = length, mostRows = Infinity, mostBytes = Infinity, perPage = 24 } = settings;
  const client = new FakeServer(server);
  const facts = new CountedFacts();
  const ranges = new RangeClient({ client, facts, signal: new AbortController().signal, perPage });
  const options = { client: ranges, facts, perPage, mostRows, mostBytes, settledBefore: FROM + settled };
  const reading = await new Coverage({ from: FROM, to: FROM + length }, options).read();
  const questions = client.requests.map(
    ({ after = 0, before = 0, page }) => `${after + 1 - FROM}-${before - FROM}${page === 1 ? '' : `#${page}`}`,
  );
  return { reading, questions, wrong: facts.wrong, perPage: client.requests.map((request) => request.perPage) };
}

/** One row in each second. */
const evenly = (count: number): FakeRow[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index + 1), second: FROM + index }));

/** Rows of one second, behind those of {@link evenly}. */
const atOnce = (count: number, second: number): FakeRow[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(1000 * (second + 1) + index), second: FROM + second }));

/** Adds rows before a request. */
const appearing =
  (at: Readonly<Record<number, readonly FakeRow[]>>) =>
  (request: number, rows: FakeRow[]): void => {
    rows.push(...(at[request] ?? []));
  };

const without = { count: 'absent', next: 'absent' } as const;

describe('the questions for a range', () => {
  test.each<[string, FakeServerOptions, Settings, string]>([
    ['are one where all fits a page', { rows: evenly(19) }, { length: 19 }, '0-19'],
    ['are one more where nothing is shown', { rows: [] }, { length: 60 }, '0-60 0-60'],
    ['are for the older part alone where it counts the rest', { rows: evenly(60) }, { length: 60 }, '0-60 0-37 0-14'],
    [
      'are for both parts as long as the newer has not settled',
      { rows: evenly(60) },
      { length: 60, settled: 59 },
      '0-60 37-60 0-37 0-14',
    ],
    [
      'are for both parts where nothing is counted',
      { rows: evenly(60), count: 'absent' },
      { length: 60 },
      '0-60 37-60 0-37 14-37 0-14',
    ],
    [
      'are for both parts where less is counted than is shown',
      { rows: evenly(60), count: { most: 10 } },
      { length: 60 },
      '0-60 37-60 0-37 14-37 0-14',
    ],
    [
      'are for both parts where a full page counts its own rows',
      { rows: evenly(60), count: 'own' },
      { length: 60 },
      '0-60 37-60 0-37 14-37 0-14',
    ],
    [
      'are for the newer part too where the older counts one more',
      { rows: evenly(60), before: appearing({ 2: atOnce(1, 5) }) },
      { length: 60 },
      '0-60 0-37 37-60 0-37 0-14',
    ],
    [
      'leave out nothing around where the older part did not count the rest',
      { rows: evenly(60), before: appearing({ 2: atOnce(1, 5), 3: atOnce(10, 50) }) },
      { length: 60 },
      '0-60 0-37 37-60 47-60 37-47 0-37 0-14',
    ],
    [
      'leave out nothing in the parts of such a part',
      { rows: evenly(60), before: appearing({ 2: atOnce(1, 5), 3: [...atOnce(10, 50), ...atOnce(10, 55)] }) },
      { length: 60 },
      '0-60 0-37 37-60 51-60 37-51 38-51 37-38 0-37 0-14',
    ],
    [
      'are halves of what is too heavy',
      { rows: evenly(16), isTooHeavy: (rows) => rows.length > 7 },
      { length: 16 },
      '0-16 8-16 12-16 8-12 0-8 4-8 0-4',
    ],
    [
      'are for the newer part too where the older is too heavy',
      {
        rows: evenly(60),
        isTooHeavy: (_, { after, before }) => after === FROM - 1 && before === FROM + 37,
        before: appearing({ 3: atOnce(10, 50) }),
      },
      { length: 60 },
      '0-60 0-37 37-60 47-60 37-47 18-37 0-18',
    ],
    [
      'look for a second page where nothing tells of it',
      { rows: evenly(10), ...without },
      { length: 10 },
      '0-10 0-10#2',
    ],
    [
      'look for a second page, which may be refused',
      { rows: evenly(10), ...without, depth: 1 },
      { length: 10 },
      '0-10 0-10#2',
    ],
    [
      'cut a range whose second page is too heavy to be looked for',
      { rows: evenly(4), ...without, isTooHeavy: (_, { page }) => page > 1 },
      { length: 4 },
      '0-4 0-4#2 1-4 0-1',
    ],
    [
      'cut a range whose second page shows more',
      { rows: evenly(8), ...without, maxPerPage: 4 },
      { length: 8 },
      '0-8 0-8#2 5-8 0-5 0-5#2 2-5 0-2',
    ],
    ['number the pages of a second', { rows: atOnce(40, 0) }, { length: 1 }, '0-1 0-1 0-1#2'],
  ])('%s', async (_, server, settings, questions) => {
    const read = await cover(server, settings);
    expect(read.questions.join(' ')).toBe(questions);
    expect(read.reading.kind).toBe('covered');
  });
});

describe('what is disproved', () => {
  test.each<[string, FakeServerOptions, Settings, number]>([
    ['is nothing where counts are true', { rows: evenly(60) }, { length: 60 }, 0],
    ['is nothing behind a page that is just full', { rows: evenly(24) }, { length: 24, settled: 0 }, 0],
    ['is nothing where the edges of ranges are shown', { rows: evenly(60), edges: 'in' }, { length: 60 }, 0],
    ['is a count of the rest', { rows: evenly(60), before: appearing({ 2: atOnce(1, 5) }) }, { length: 60 }, 1],
    ['is each count that is the own of a page', { rows: evenly(60), count: 'own' }, { length: 60 }, 2],
  ])('%s', async (_, server, settings, wrong) => {
    expect((await cover(server, settings)).wrong).toBe(wrong);
  });

  test.each([
    ['not provable', 0, 11, 29],
    ['provable', 12, 1, 4],
  ])('is a next page that does not exist, where the parts are %s', async (_, settled, wrong, questions) => {
    const read = await cover({ rows: evenly(12), next: 'always' }, { length: 12, settled });
    expect([read.wrong, read.questions.length]).toEqual([wrong, questions]);
  });

  test.each([
    ['not provable', 0, 6, 21],
    ['provable', 12, 6, 13],
  ])('is a count of rows that are withheld, where the parts are %s', async (_, settled, wrong, questions) => {
    const withheld = ({ second }: FakeRow): boolean => second === FROM + 3;
    const read = await cover({ rows: evenly(12), withheld }, { length: 12, settled });
    expect([read.wrong, read.questions.length]).toEqual([wrong, questions]);
  });

  test.each([
    [0, '0-12 3-12 0-3'],
    [12, '0-12 0-3'],
  ])('is no count of rows that come to light in a part (%d s have settled)', async (settled, questions) => {
    const read = await cover({ rows: evenly(12), maxPerPage: 10 }, { length: 12, settled });
    expect([read.wrong, read.questions.join(' ')]).toEqual([0, questions]);
  });
});

describe('the count of a range', () => {
  test.each<[string, FakeServerOptions, number | undefined]>([
    ['is that of the first answer', { rows: evenly(60) }, 60],
    ['is unknown where nothing is counted', { rows: evenly(60), count: 'absent' }, undefined],
    ['is unknown where counts were disproved', { rows: evenly(120), count: 'own' }, undefined],
  ])('%s', async (_, server, counted) => {
    const { reading } = await cover(server, { length: server.rows.length });
    expect(reading).toMatchObject({ kind: 'covered', counted });
  });
});

describe('a range of more than may be held', () => {
  test.each<[string, Partial<FakeServerOptions>, Partial<Settings>, Reading | 'covered', number]>([
    ['is told at once where it is counted', {}, { mostRows: 59 }, { kind: 'too_big', rows: 60 }, 1],
    ['is none where as many may be held', {}, { mostRows: 71 }, 'covered', 3],
    [
      'is told by the density of what was read, where too little is counted',
      { count: { most: 30 } },
      { mostRows: 50 },
      { kind: 'too_big', rows: 186 },
      3,
    ],
    [
      'is not told while as many rows may be held as were read',
      { count: { most: 24 } },
      { mostRows: 24 },
      { kind: 'too_big', rows: 123 },
      2,
    ],
    ['is told by its bytes', {}, { mostBytes: 100 }, { kind: 'too_big', rows: 24 }, 1],
  ])('%s', async (_, server, settings, expected, requests) => {
    const { reading, questions } = await cover({ rows: evenly(60), ...server }, { length: 60, ...settings });
    expect(expected === 'covered' ? reading.kind : reading).toEqual(expected);
    expect(questions).toHaveLength(requests);
  });

  test('is told from one byte too many on', async () => {
    const first = await cover({ rows: evenly(60) }, { length: 60 });
    const bytes = first.reading.kind === 'covered' ? (first.reading.answers[0]?.page.bytes ?? 0) : 0;
    const asked = async (mostBytes: number): Promise<number> =>
      (await cover({ rows: evenly(60) }, { length: 60, mostBytes })).questions.length;
    expect([await asked(bytes), await asked(bytes - 1)]).toEqual([2, 1]);
  });

  test.each([
    [64, 'covered'],
    [63, 'split'],
  ])('of one second is split off where %d rows may be held: %s', async (mostRows, kind) => {
    expect((await cover({ rows: atOnce(40, 0) }, { length: 1, mostRows })).reading.kind).toBe(kind);
  });

  test('of one second is split off by its bytes', async () => {
    const second = { rows: atOnce(40, 0) };
    const whole = await cover(second, { length: 1 });
    const answers = whole.reading.kind === 'covered' ? whole.reading.answers : [];
    const bytes = answers.reduce((sum, { page }) => sum + page.bytes, 0);
    expect((await cover(second, { length: 1, mostBytes: bytes })).reading.kind).toBe('covered');
    expect((await cover(second, { length: 1, mostBytes: bytes - 1 })).reading).toEqual({
      kind: 'split',
      second: FROM,
      error: undefined,
    });
  });
});

describe('a second that is too heavy', () => {
  const rows = atOnce(10, 0);

  test('is read by half a page at most', async () => {
    const { perPage, reading } = await cover({ rows, isTooHeavy: (_, { perPage }) => perPage > 12 }, { length: 1 });
    expect([reading.kind, perPage]).toEqual(['covered', [24, 12]]);
  });

  test('even a row at a time is split off with the error', async () => {
    const { reading, perPage } = await cover({ rows, isTooHeavy: () => true }, { length: 1, perPage: 1 });
    expect(reading).toEqual({ kind: 'split', second: FROM, error: expect.any(UnreadableSecondError) });
    expect(perPage).toEqual([1, 1]);
  });
});

test.each([
  [1, evenly(60), 60],
  [2, atOnce(40, 0), 1],
])('an error of question %d ends the reading', async (failing, rows, length) => {
  const before = (request: number): void => {
    if (request === failing) throw new Error('down');
  };
  await expect(cover({ rows, before }, { length })).rejects.toThrow('down');
});
