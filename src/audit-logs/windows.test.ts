import { describe, expect, test } from '@jest/globals';
import { FakeServer, type FakeRow, type FakeServerOptions } from '../testing/fake-server';
import { UnreadableSecondError } from './dense-second';
import { RangeClient } from '../tines/range-client';
import { ServerFacts } from './server-facts';
import type { WindowSizes } from './window-size';
import { readWindows, type Stretch, type Window, type WindowsOptions } from './windows';

const FROM = 1_000_000;
/** Windows of two pages of ten rows, cut again from more than forty rows on. */
const SIZES: WindowSizes = { perPage: 10, pages: 2, slack: 2, bytes: 100_000, bytesHeld: 1_000_000 };

const at = (id: number, second: number): FakeRow => ({ id: String(id), second: FROM + second });

/** One row in each second. */
const evenly = (count: number, from = 0): FakeRow[] =>
  Array.from({ length: count }, (_, index) => at(from + index + 1, from + index));

const atOnce = (count: number, second: number): FakeRow[] =>
  Array.from({ length: count }, (_, index) => at(1000 * (second + 1) + index, second));

const stretch = (from: number, to: number | undefined, rows?: number): Stretch => ({
  range: { from: FROM + from, to: to === undefined ? undefined : FROM + to },
  rows,
});

type Answering = FakeServer['page'];

interface Settings extends Partial<Pick<WindowsOptions, 'workers' | 'answerMs' | 'now' | 'settledBefore'>> {
  readonly sizes?: Partial<WindowSizes>;
  /** Stands between the windows and the server. */
  readonly answering?: (answer: Answering) => Answering;
}

function setUp(server: FakeServerOptions, settings: Settings = {}) {
  const { sizes = {}, answering = (answer: Answering): Answering => answer, ...options } = settings;
  const fake = new FakeServer(server);
  const all = { ...SIZES, ...sizes };
  const facts = new ServerFacts();
  const page = answering((request) => fake.page(request));
  const client = new RangeClient({
    ...{ client: { page }, facts, signal: new AbortController().signal, perPage: all.perPage },
  });
  const read = (...stretches: readonly Stretch[]): AsyncGenerator<Window, void> =>
    readWindows(stretches, {
      ...{ client, facts, sizes: all, workers: 1, answerMs: () => 0, settledBefore: FROM + 1e6, now: FROM + 1e6 },
      ...options,
    });
  return { read, requests: fake.requests };
}

/** As `from-to`, from the start on; `!` stands before a second that isn't held. */
function inWords({ kind, range }: Window): string {
  const to = range.to === undefined ? '' : String(range.to - FROM);
  return `${kind === 'held' ? '' : '!'}${range.from - FROM}-${to}`;
}

async function windowsOf(windows: AsyncGenerator<Window, void>): Promise<Window[]> {
  const all: Window[] = [];
  for await (const window of windows) all.push(window);
  return all;
}

const wordsOf = async (windows: AsyncGenerator<Window, void>): Promise<string> =>
  (await windowsOf(windows)).map(inWords).join(' ');

const bytesOf = (window: Window): number =>
  window.kind === 'held' ? window.answers.reduce((sum, { page }) => sum + page.bytes, 0) : 0;

/** Ids that the windows' answers show, distinct. */
const idsIn = (windows: readonly Window[]): ReadonlySet<string> =>
  new Set(
    windows.flatMap((window) =>
      window.kind === 'held'
        ? window.answers.flatMap(({ page }) => Array.from({ length: page.size }, (_, row) => String(page.idOf(row))))
        : [],
    ),
  );

describe('The windows of a range', () => {
  test.each<[string, FakeServerOptions, Stretch, string]>([
    ['are one where little is expected', { rows: evenly(15) }, stretch(0, 15, 15), '0-15'],
    ['are one where nothing is known', { rows: evenly(15) }, stretch(0, 15), '0-15'],
    ['are as long as each other', { rows: evenly(90) }, stretch(0, 90, 90), '0-15 15-30 30-45 45-60 60-75 75-90'],
    ['end with a shorter one', { rows: evenly(80) }, stretch(0, 80, 80), '0-14 14-28 28-42 42-56 56-70 70-80'],
    ['are cut where they turn out to be too big', { rows: evenly(60) }, stretch(0, 60), '0-15 15-30 30-45 45-60'],
    [
      'are half as long behind one that is too big',
      { rows: [...evenly(50), ...Array.from({ length: 25 }, (_, index) => at(100 + index, 100 + 8 * index))] },
      stretch(0, 300, 40),
      '0-25 25-50 50-75 75-100 100-150 150-200 200-250 250-300',
    ],
    [
      'are twice as long behind one in which there is next to nothing',
      { rows: [] },
      stretch(0, 800, 80),
      '0-134 134-402 402-800',
    ],
    ['are none before or behind a dense second where there is no room', { rows: atOnce(60, 0) }, stretch(0, 1), '!0-1'],
  ])('%s', async (_, server, range, windows) => {
    expect(await wordsOf(setUp(server).read(range))).toBe(windows);
  });

  test('stand around a second that is read on its own', async () => {
    // What is counted does not tell that the range is too big.
    const server = { rows: [...evenly(20), ...atOnce(200, 9)], count: { most: 60 } };
    expect(await wordsOf(setUp(server, { sizes: { slack: 4 } }).read(stretch(0, 20)))).toBe('0-9 !9-10 10-20');
  });

  test('touch, and show every row, over several stretches', async () => {
    const rows = [...evenly(200), ...atOnce(5, 77)];
    const { read } = setUp({ rows }, { workers: 4, answerMs: () => 500 });
    const windows = await windowsOf(read(stretch(0, 50, 50), stretch(50, 200, 180), stretch(200, undefined)));
    const ends = [0, ...windows.map(({ range: { to } }) => (to === undefined ? undefined : to - FROM))];
    expect(windows.map(({ range: { from } }) => from - FROM)).toEqual(ends.slice(0, -1));
    expect(ends.at(-1)).toBeUndefined();
    expect([...idsIn(windows)]).toHaveLength(rows.length);
  });

  test('tell what the server counts in them', async () => {
    const { read } = setUp({ rows: evenly(30) });
    const windows = await windowsOf(read(stretch(0, 30, 30)));
    expect(windows.map((window) => (window.kind === 'held' ? window.counted : NaN))).toEqual([15, 15]);
  });

  test('are cut by what is known when their turn comes, not before', async () => {
    const { read, requests } = setUp({ rows: evenly(300) });
    const windows = read(stretch(0, 300, 300));
    await windows.next();
    expect(requests.length).toBeLessThan(10);
  });
});

describe('A second that can not be read', () => {
  const isTooHeavy: FakeServerOptions['isTooHeavy'] = (matching) => matching.some(({ id }) => id === '10');

  test('is an error behind everything that is older, and nothing newer comes', async () => {
    const { read } = setUp({ rows: evenly(20), isTooHeavy }, { workers: 3, answerMs: () => 500 });
    const words: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const window of read(stretch(0, 20, 20))) words.push(inWords(window));
    };
    await expect(reading()).rejects.toThrow(UnreadableSecondError);
    await expect(reading()).rejects.toMatchObject({ second: FROM + 9 });
    expect(words[0]).toBe('0-9');
    expect(words).toHaveLength(2);
  });
});

test('Seconds that can not be read, with no answer in between, end the read as a whole', async () => {
  const { read, requests } = setUp({ rows: [], isTooHeavy: () => true });
  const reading = windowsOf(read(stretch(0, 86_400 * 365)));
  await expect(reading).rejects.toMatchObject({
    failureType: 'transient_error',
    message: expect.stringMatching(/^Tines gives no answer that can be used, however little is asked for \(504\)/),
  });
  expect(requests.length).toBeLessThan(150);
});

describe('A range without an end', () => {
  test.each<[string, FakeServerOptions, Settings, string]>([
    ['is one window where one answer shows it', { rows: evenly(9) }, { now: FROM + 9 }, '0-'],
    ['is cut at the time of the first answer', { rows: evenly(30) }, { now: FROM + 30 }, '0-15 15-30 30-'],
    [
      'is followed where more came in since',
      { rows: evenly(60) },
      { now: FROM + 30 },
      '0-8 8-16 16-24 24-30 30-45 45-60 60-',
    ],
    [
      'is cut at the time of the first answer where it is too heavy',
      { rows: evenly(30), isTooHeavy: (matching) => matching.length > 12 },
      { now: FROM + 30 },
      '0-30 30-',
    ],
  ])('%s', async (_, server, settings, windows) => {
    expect(await wordsOf(setUp(server, { settledBefore: FROM, ...settings }).read(stretch(0, undefined)))).toBe(
      windows,
    );
  });
});

test('What comes in faster than it is read is left to the next sync after three rounds', async () => {
  let second = 30;
  const before = (_: number, rows: FakeRow[]): void => {
    for (let count = 0; count < 3; count += 1, second += 1) rows.push(at(second + 1, second));
  };
  const { read, requests } = setUp({ rows: evenly(30), before }, { now: FROM + 30, settledBefore: FROM });
  const windows = await windowsOf(read(stretch(0, undefined)));
  const end = windows.at(-1)?.range.to ?? 0;
  expect(end).toBeGreaterThan(FROM + 30);
  const shown = idsIn(windows);
  expect(evenly(end - FROM).filter(({ id }) => !shown.has(id))).toEqual([]);
  expect(requests.length).toBeLessThan(400);
});

/** Answers only when a test lets it, and counts how many wait. */
class Gate {
  readonly #waiting: (() => void)[] = [];
  most = 0;

  answering(answer: Answering): Answering {
    return async (request) => {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.most = Math.max(this.most, this.#waiting.length);
      });
      return answer(request);
    };
  }

  /** Lets whoever is waiting have an answer, the last first, until the promise has settled. */
  async open<T>(promise: Promise<T>): Promise<T> {
    const state = { isOver: false };
    const end = (): void => {
      state.isOver = true;
    };
    promise.then(end, end);
    while (!state.isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#waiting.pop()?.();
    }
    return promise;
  }
}

describe('Windows that are read at the same time', () => {
  const reading = async (settings: Settings) => {
    const gate = new Gate();
    const { read } = setUp({ rows: evenly(300) }, { ...settings, answering: (answer) => gate.answering(answer) });
    const words = await gate.open(wordsOf(read(stretch(0, 300, 300))));
    return { most: gate.most, words };
  };

  test.each([
    ['two where answers take no time', 10, 0, 2],
    ['two up to 59 ms an answer', 10, 59, 2],
    ['three from 60 ms an answer on', 10, 60, 3],
    ['twelve at 600 ms', 20, 600, 12],
    ['no more than workers', 5, 600, 5],
    ['one with one worker', 1, 600, 1],
  ])('are %s', async (_, workers, answerMs, most) => {
    expect((await reading({ workers, answerMs: () => answerMs })).most).toBe(most);
  });

  test('come in order, though the last answers first', async () => {
    const { words } = await reading({ workers: 10, answerMs: () => 600 });
    const expected = Array.from({ length: 19 }, (_, index) => `${16 * index}-${Math.min(300, 16 * index + 16)}`);
    expect(words).toBe(expected.join(' '));
  });

  test.each([
    ['three of the usual size where that is three', 30_000, 3],
    ['one where that is less than one', 1, 1],
  ])('are no more than may be held in bytes before a body was seen: %s', async (_, bytesHeld, most) => {
    const gate = new Gate();
    const settings = { workers: 10, answerMs: () => 600, sizes: { bytesHeld } };
    const { read } = setUp({ rows: evenly(300) }, { ...settings, answering: (answer) => gate.answering(answer) });
    const windows = read(stretch(0, 300, 300));
    const first = windows.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(gate.most).toBe(most);
    await gate.open(first);
    await gate.open(windows.return());
  });

  test('hold no more bodies than may be held, and one window', async () => {
    let held = 0;
    let most = 0;
    const answering =
      (answer: Answering): Answering =>
      async (request) => {
        const given = await answer(request);
        held += given.page.bytes;
        most = Math.max(most, held);
        return given;
      };
    const bytesHeld = 6000;
    const settings = { workers: 10, answerMs: () => 600, sizes: { bytesHeld } };
    const { read } = setUp({ rows: evenly(600) }, { ...settings, answering });
    let largest = 0;
    for await (const window of read(stretch(0, 600, 600))) {
      largest = Math.max(largest, bytesOf(window));
      held -= bytesOf(window);
    }
    expect(held).toBe(0);
    expect(most).toBeLessThanOrEqual(bytesHeld + largest);
    expect(most).toBeGreaterThan(largest);
  });

  test.each([
    ['two ahead of the one that is handed over where answers take no time', 0, 3],
    ['two for each one more that is read at the same time', 600, 7],
  ])('are held: %s', async (_, answerMs, most) => {
    const gate = new Gate();
    const { read, requests } = setUp(
      { rows: evenly(600) },
      { workers: 4, answerMs: () => answerMs, answering: (answer) => gate.answering(answer) },
    );
    const windows = read(stretch(0, 600, 600));
    await gate.open(windows.next());
    // All of them have answered, and nothing else is asked for until the next window is.
    for (let turn = 0; turn < 200; turn += 1) await gate.open(new Promise((resolve) => setImmediate(resolve)));
    const starts = new Set(requests.map(({ after }) => after));
    expect(starts.size).toBe(most);
    await gate.open(windows.return());
  });
});
