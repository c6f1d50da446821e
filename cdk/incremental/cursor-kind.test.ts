import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../src/protocol';
import { SimulatedList, take, withoutHashes } from '../testing/simulated-list';
import type { CursorKind } from './cursor-kind';
import { stream, type CursorOptions, type StreamOptions } from './stream';

/** 2026-03-01T00:00:00Z */
const NOW = 1_772_323_200_000;
const DAY = 86_400_000;
const schema = {
  properties: {
    id: { type: 'string' },
    time: { type: 'string', format: 'date-time' },
    day: { type: ['null', 'string'], format: 'date' },
    number: { type: 'integer' },
    text: { type: 'string' },
  },
};

/** Versions such as "1.10.2", compared by their numbers. */
const VERSION: CursorKind<string> = {
  description: 'a version such as "1.10.2"',
  isValue: (value): value is string => typeof value === 'string' && /^\d+(\.\d+)*$/.test(value),
  compare: (a, b) => a.localeCompare(b, 'en', { numeric: true }),
};

/** Times as other people write them. */
const GERMAN: CursorKind<string> = {
  description: 'a day such as "31.01.2025"',
  isValue: (value): value is string => typeof value === 'string' && /^\d\d\.\d\d\.\d{4}$/.test(value),
  compare: (a, b) => germanMs(a) - germanMs(b),
  scale: {
    isTime: true,
    toNumber: germanMs,
    fromNumber: (ms) => new Date(ms).toISOString().slice(0, 10).split('-').reverse().join('.'),
  },
};

function germanMs(day: string): number {
  return Date.parse(day.split('.').reverse().join('-'));
}

function rows(list: SimulatedList, cursor: Partial<CursorOptions>, more: Partial<StreamOptions> = {}) {
  return stream({
    name: 'cats',
    schema,
    primaryKey: ['id'],
    read: list.read,
    now: () => NOW,
    cursor: { field: 'text', order: 'ascending', ...cursor },
    ...more,
  });
}

const listOf = (field: string, ...values: readonly unknown[]): SimulatedList =>
  new SimulatedList(
    values.map((value, id) => ({ id: String(id), [field]: value })),
    { field, filters: false },
  );

/** Of each kind of time: the field, three days of which the last lies in the future, today, and the day before the first. */
const TIMES: [string, Partial<CursorOptions>, readonly [number | string, number | string], number | string, unknown][] =
  [
    [
      'date-time',
      { field: 'time' },
      ['2026-02-10T12:00:00+01:00', '2026-03-09T00:00:00Z'],
      '2026-03-01T00:00:00.000Z',
      '2026-02-09T11:00:00.000Z',
    ],
    ['date', { field: 'day' }, ['2026-02-10', '2026-03-09'], '2026-03-01', '2026-02-09'],
    [
      'epoch-seconds',
      { field: 'number', kind: 'epoch-seconds' },
      [1_770_681_600, 1_773_014_400],
      1_772_323_200,
      1_770_595_200,
    ],
    [
      'epoch-milliseconds',
      { field: 'number', kind: 'epoch-milliseconds' },
      [1_770_681_600_000, 1_773_014_400_000],
      1_772_323_200_000,
      1_770_595_200_000,
    ],
    ['one of its own', { field: 'text', kind: GERMAN }, ['10.02.2026', '09.03.2026'], '01.03.2026', '09.02.2026'],
  ];

describe.each(TIMES)('a cursor of the kind %s', (_, cursor, [first, future], today, before) => {
  const field = String(cursor.field);

  test('looks back by ms, in its own form', async () => {
    const list = listOf(field);
    await take(rows(list, { ...cursor, lookback: DAY }), { [field]: first });
    expect(list.asked).toEqual([{ from: before, to: undefined }]);
  });

  test("delivers what is dated in the future once, and stays at this machine's clock", async () => {
    const { records, saved } = await take(rows(listOf(field, first, future), cursor), undefined);
    expect(records).toHaveLength(2);
    expect(withoutHashes(saved)).toEqual({ [field]: today, delivered_rows: { [String(future)]: ['1'] } });
    expect((await take(rows(listOf(field, first, future), cursor), saved)).records).toEqual([]);
  });

  test('is read in slices, which have its form and leave no gap', async () => {
    const list = listOf(field, first);
    const slices = { length: 8 * DAY, workers: 2 };
    const { records } = await take(rows(list, { ...cursor, start: first, slices }), undefined);
    expect(records).toHaveLength(1);
    expect(list.asked).toHaveLength(3);
    expect(list.asked.map(({ from }) => from).slice(1)).toEqual(list.asked.map(({ to }) => to).slice(0, -1));
    expect(list.asked.at(-1)?.to).toBeUndefined();
    expect(new Set(list.asked.map(({ from }) => typeof from))).toEqual(new Set([typeof first]));
  });

  test('goes on from its state', async () => {
    const list = listOf(field, first);
    const { saved } = await take(rows(list, cursor), undefined);
    expect(saved?.[field]).toBe(first);
    expect((await take(rows(list, cursor), saved)).records).toEqual([]);
  });
});

test('a lookback of less than a day looks back by a day where values are days', async () => {
  const list = listOf('day');
  await take(rows(list, { field: 'day', lookback: 1 }), { day: '2026-03-01' });
  expect(list.asked[0]?.from).toBe('2026-02-28');
});

test('a cursor of a kind of its own is compared by it', async () => {
  const list = listOf('text', '1.9', '1.10', '1.2');
  const { saved } = await take(rows(list, { kind: VERSION, order: 'none' }), undefined);
  expect(saved?.['text']).toBe('1.10');
});

test('an integer without a kind is a number: nothing lies in the future', async () => {
  const { saved } = await take(rows(listOf('number', 4_000_000_000), { field: 'number' }), undefined);
  expect(saved?.['number']).toBe(4_000_000_000);
});

describe('what would be ignored is refused when the source is made:', () => {
  const slices = { length: DAY, workers: 1 };
  test.each<[string, Partial<CursorOptions>, string]>([
    [
      'a lookback in texts',
      { lookback: 5 },
      '"lookback" is 5, but its cursor "text" is a text, which has no distances',
    ],
    [
      'a lookback in what has no scale',
      { kind: VERSION, lookback: 5 },
      '"lookback" is 5, but its cursor "text" is a version such as "1.10.2", which has no distances',
    ],
    ['a lookback that looks forward', { field: 'time', lookback: -1 }, '"lookback" is -1, where 0 or more is expected'],
    ['a lookback that is none', { field: 'time', lookback: NaN }, '"lookback" is NaN, where 0 or more is expected'],
    ['slices of texts', { slices }, 'it has "slices", but its cursor "text" is a text, which is no time'],
    [
      'slices of numbers',
      { field: 'number', slices },
      'it has "slices", but its cursor "number" is a number, which is no time',
    ],
    [
      'slices of less than a day where values are days',
      { field: 'day', slices: { length: DAY - 1, workers: 1 } },
      'the length of its "slices" is 86399999 ms, in which "day" does not move on',
    ],
    [
      'slices of no length',
      { field: 'time', slices: { length: 0, workers: 1 } },
      'the length of its "slices" is 0 ms, in which "time" does not move on',
    ],
    [
      'a start in another form',
      { field: 'day', start: '2026-01-01T00:00:00Z' },
      '"start" is "2026-01-01T00:00:00Z", but its cursor "day" is a day such as "2025-01-31"',
    ],
    [
      'a start in ms where values are seconds',
      { field: 'number', kind: 'epoch-seconds', start: NOW },
      '"start" is 1772323200000, but its cursor "number" is a time in seconds since 1970 such as 1738281600',
    ],
    [
      'a field that is not in the schema',
      { field: 'nowhere' },
      'the cursor field "nowhere" is not in the schema, which declares "id", "time", "day", "number", "text"',
    ],
  ])('%s', (_, cursor, what) => {
    expect(() => rows(listOf('text'), cursor)).toThrow(
      expect.objectContaining({
        message: `Stream "cats" can't be read as its source describes it: ${what}. Please report this to the authors of this source.`,
        failureType: 'system_error',
      }),
    );
  });
});

describe('a row whose cursor has another form ends the read, with an error that says which:', () => {
  const other = "or say that the cursor's kind is";
  test.each<[string, Partial<CursorOptions>, unknown, string, string]>([
    ['a day', { field: 'time' }, '2026-01-31', 'a text of the form "9999-99-99"', `${other} "date"`],
    ['a time without a zone', { field: 'time' }, '2026-01-31T10:00:00', 'a text of the form "9999-99-99T99:99:99"', ''],
    ['words', { field: 'time' }, '31. März 2026, 9 Uhr', 'a text of the form "99. aaaa 9999, 9 aaa"', ''],
    ['a long text', { field: 'time' }, 'secret'.repeat(20), `a text of the form "${'a'.repeat(40)}"`, ''],
    [
      'a time',
      { field: 'day' },
      '2026-01-31T00:00:00Z',
      'a text of the form "9999-99-99T99:99:99Z"',
      `${other} "date-time"`,
    ],
    ['seconds', { field: 'time' }, 1_738_281_600, 'a number of 10 digits', `${other} "epoch-seconds" or "number"`],
    [
      'ms where seconds are expected',
      { field: 'number', kind: 'epoch-seconds' },
      1_738_281_600_000,
      'a number of 13 digits',
      `${other} "epoch-milliseconds" or "number"`,
    ],
    [
      'seconds where ms are expected',
      { field: 'number', kind: 'epoch-milliseconds' },
      1_738_281_600,
      'a number of 10 digits',
      `${other} "epoch-seconds" or "number"`,
    ],
    ['a number as text', { field: 'number' }, '12', 'a text of the form "99"', ''],
    ['a list', { field: 'time' }, ['2026-01-31T00:00:00Z'], 'a list', ''],
    ['an object', { field: 'time' }, { at: 1 }, 'a value of type object', ''],
    ['a number where texts are expected', {}, 7, 'a number of 1 digits', `${other} "epoch-seconds" or "number"`],
  ])('%s', async (_, cursor, value, form, hint) => {
    const field = cursor.field ?? 'text';
    const { saved, error } = await readUntilError(rows(listOf(field, value), cursor));
    expect(saved).toBeUndefined();
    expect(error).toMatchObject({
      message: expect.stringContaining(
        `Stream "cats" can't be followed by "${field}": a row has ${form} there, and not `,
      ),
      failureType: 'system_error',
      internalMessage: expect.stringMatching(new RegExp(`^Turn "${field}" into .* in "map" ?${hint}\\.$`)),
    });
  });

  test('but not where there is none, or an empty text', async () => {
    const values = [undefined, null, ''];
    expect((await take(rows(listOf('time', ...values), { field: 'time' }), undefined)).records).toHaveLength(3);
  });
});

async function readUntilError(cats: ReturnType<typeof rows>): Promise<{ saved?: JsonObject; error: unknown }> {
  try {
    const { saved } = await take(cats, undefined);
    return { ...(saved === undefined ? {} : { saved }), error: undefined };
  } catch (error) {
    return { error };
  }
}

test('the kind of a cursor types its start and what is asked for', async () => {
  const list = listOf('number');
  const asked: number[] = [];
  const options: StreamOptions<JsonObject, 'epoch-seconds'> = {
    name: 'cats',
    schema,
    primaryKey: ['id'],
    cursor: { field: 'number', kind: 'epoch-seconds', order: 'none', start: 1_770_681_600 },
    read: (range) => {
      asked.push((range.from ?? 0) / 60);
      return list.read(range);
    },
  };
  await take(stream(options), undefined);
  await take(
    stream({
      ...options,
      cursor: { field: 'text', kind: VERSION, order: 'none', start: '1.2' },
      read: ({ from = '0' }) => list.read({ from: from.padStart(2), to: undefined }),
    }),
    undefined,
  );
  const cursor = { field: 'number', kind: 'epoch-seconds', order: 'none' } as const;
  // @ts-expect-error -- a start of another type
  expect(() => stream({ ...options, cursor: { ...cursor, start: 'x' } })).toThrow('"start" is "x"');
  expect(asked).toEqual([29_511_360]);
});
