import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runSource, type RunSourceOptions, type SourceRun } from '../../testing';
import { catalogOf, fakeSource, type FakeRead } from '../../testing/fake-source';
import { ManualTimers } from '../../testing/manual-timers';
import { MemoryOutput } from '../../testing/memory-output';
import type { JsonObject, JsonRecords } from '../protocol';
import type { StreamItem } from '../source';

const MINUTE_MS = 60_000;
/** After so much silence, in ms, the last state is sent again. */
const SILENCE_MS = 120_000;

const read = (cats: FakeRead, options: RunSourceOptions = {}): Promise<SourceRun> =>
  runSource(fakeSource({ cats }), ['read'], { config: { token: 'tok-1' }, catalog: catalogOf('cats'), ...options });

/** Reads with a clock that the stream itself moves on. */
function readInTime(cats: (pass: (ms: number) => void) => Iterable<StreamItem>): Promise<SourceRun> {
  const timers = new ManualTimers();
  const pass = (ms: number): void => {
    timers.advance(ms);
  };
  return read(() => cats(pass), timers);
}

/** The STATEs, each with its count of records. */
const statesOf = (run: SourceRun): unknown[] =>
  run.states.map(({ stream, sourceStats }) => [stream.stream_state, sourceStats.recordCount]);

/** What counts as the weight of a state's STATE: its line up to the end of the state. */
const weightOf = (state: JsonObject): number =>
  `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"cats"},"stream_state":${JSON.stringify(state)}`
    .length;

/** Characters of a RECORD's line in addition to those of its data. */
const FRAME = '{"type":"RECORD","record":{"stream":"cats","data":,"emitted_at":1700000000000}}'.length;

/** Records whose lines weigh so much together. */
function recordsOf(weight: number, count: number): JsonObject[] {
  const lengths = Array.from({ length: count }, (_, index) => Math.floor((weight + index) / count) - FRAME);
  return lengths.map((length) => ({ id: 'x'.repeat(length - '{"id":""}'.length) }));
}

const asObjects = (records: readonly JsonObject[]): readonly JsonObject[] => records;

/** Records as JSON text that does not begin at the start of its bytes' buffer. */
function asText(records: readonly JsonObject[]): JsonRecords {
  const texts = records.map((record) => JSON.stringify(record));
  const ends = texts.map((_, index) => texts.slice(0, index + 1).join('').length);
  return { bytes: Buffer.from(`before${texts.join('')}`).subarray(6), ends };
}

describe.each([
  ['objects', asObjects],
  ['JSON text', asText],
])('a checkpoint after records as %s', (_, given) => {
  const state = { at: 2, ids: 'x'.repeat(3000) };
  const statesAfter = (weight: number): Promise<SourceRun> =>
    readInTime(function* () {
      yield { checkpoint: { at: 1 } };
      yield { records: given(recordsOf(weight, 3)) };
      yield { checkpoint: state };
      yield { records: given([{ id: '4' }]) };
      yield { checkpoint: { at: 3 } };
    });

  test('is a STATE where they weigh 20 times what it does', async () => {
    const run = await statesAfter(20 * weightOf(state));
    expect(statesOf(run)).toEqual([
      [{ at: 1 }, 0],
      [state, 3],
      [{ at: 3 }, 1],
    ]);
  });

  test('is kept where those before it weigh enough, but not those since the last STATE', async () => {
    const enough = given(recordsOf(30 * weightOf(state), 3));
    const run = await readInTime(function* () {
      yield { checkpoint: { at: 1 } };
      yield { records: enough };
      yield { checkpoint: state };
      yield { records: given([{ id: '4' }]) };
      yield { checkpoint: { ...state, at: 4 } };
      yield { checkpoint: { at: 5 } };
    });
    expect(statesOf(run)).toEqual([
      [{ at: 1 }, 0],
      [state, 3],
      [{ at: 5 }, 1],
    ]);
  });

  test('is kept where they weigh less, and the next STATE counts them', async () => {
    const run = await statesAfter(20 * weightOf(state) - 1);
    expect(statesOf(run)).toEqual([
      [{ at: 1 }, 0],
      [{ at: 3 }, 4],
    ]);
  });
});

describe('a checkpoint', () => {
  test('that is the first is a STATE at once', async () => {
    const run = await read(() => [{ checkpoint: { at: 1 } }, { estimate: 5 }]);
    expect(run.messages.map(({ type }) => type)).toEqual(['TRACE', 'STATE', 'TRACE', 'TRACE']);
  });

  test('that is the first is one also where a state was sent while the stream was silent', async () => {
    const run = await readInTime(function* (pass) {
      yield { startFrom: { at: 0 } };
      pass(SILENCE_MS);
      yield { checkpoint: { at: 1 } };
      yield { estimate: 5 };
    });
    expect(run.messages.map(({ type }) => type)).toEqual(['TRACE', 'STATE', 'STATE', 'TRACE', 'TRACE']);
  });

  test('that comes a minute after the last STATE is one, not earlier, whatever the records weigh', async () => {
    const run = await readInTime(function* (pass) {
      yield { checkpoint: { at: 1 } };
      pass(MINUTE_MS - 1);
      yield { checkpoint: { at: 2 } };
      pass(1);
      yield { checkpoint: { at: 3 } };
      pass(MINUTE_MS - 1);
      yield { checkpoint: { at: 4 } };
      pass(1);
      yield { records: [{ id: '5' }] };
      yield { checkpoint: { at: 5 } };
      yield { checkpoint: { at: 6 } };
    });
    expect(statesOf(run)).toEqual([
      [{ at: 1 }, 0],
      [{ at: 3 }, 0],
      [{ at: 5 }, 1],
      [{ at: 6 }, 0],
    ]);
  });

  test('that says what the last STATE said, after no record, is never one', async () => {
    const run = await readInTime(function* (pass) {
      yield { checkpoint: { at: 1 } };
      yield { checkpoint: { at: 1 } };
      pass(MINUTE_MS);
      yield { checkpoint: { at: 1 } };
    });
    expect(statesOf(run)).toEqual([[{ at: 1 }, 0]]);
  });

  test('that says the same after records is one, and counts them', async () => {
    const run = await readInTime(function* () {
      yield { checkpoint: { at: 1 } };
      yield { records: [{ id: '2' }] };
      yield { checkpoint: { at: 1 } };
    });
    expect(statesOf(run)).toEqual([
      [{ at: 1 }, 0],
      [{ at: 1 }, 1],
    ]);
  });

  test('that is kept is no sign of life: it is sent after two minutes of silence, and only once', async () => {
    const run = await readInTime(function* (pass) {
      yield { checkpoint: { at: 1 } };
      pass(MINUTE_MS - 1);
      yield { checkpoint: { at: 2 } };
      pass(SILENCE_MS - MINUTE_MS + 1);
      yield { estimate: 5 };
    });
    expect(run.messages.map(({ type }) => type)).toEqual(['TRACE', 'STATE', 'STATE', 'TRACE', 'TRACE']);
    expect(statesOf(run)).toEqual([
      [{ at: 1 }, 0],
      [{ at: 2 }, 0],
    ]);
  });

  test('that says the same over and over keeps no sign of life from being given', async () => {
    const run = await readInTime(function* (pass) {
      for (let seconds = 0; seconds <= 240; seconds += 10) {
        yield { checkpoint: { at: 1 } };
        pass(10_000);
      }
    });
    expect(run.states).toHaveLength(3);
  });

  test('that is kept hands the records before it to the output', async () => {
    const seen: string[] = [];
    const output = new MemoryOutput();
    await read(
      function* () {
        yield { checkpoint: { at: 1 } };
        yield { records: [{ id: '2' }] };
        yield { checkpoint: { at: 2 } };
        seen.push(output.text);
      },
      { output },
    );
    expect(seen[0]).toContain('{"id":"2"}');
    expect(seen[0]).not.toContain('{"at":2}');
  });

  test('that takes an earlier one back is a STATE at once', async () => {
    const run = await readInTime(function* () {
      yield { records: [{ id: '9' }] };
      yield { checkpoint: { at: 9 } };
      yield { checkpoint: { at: 1 }, takesBack: true };
      yield { records: [{ id: '2' }] };
      yield { checkpoint: { at: 9 } };
    });
    expect(statesOf(run)).toEqual([
      [{ at: 9 }, 1],
      [{ at: 1 }, 0],
      [{ at: 9 }, 1],
    ]);
  });

  test('that was changed after it was yielded is written as it was', async () => {
    const run = await readInTime(function* () {
      yield { checkpoint: { at: 1 } };
      const state = { at: 2 };
      yield { checkpoint: state };
      state.at = 3;
    });
    expect(statesOf(run)).toEqual([
      [{ at: 1 }, 0],
      [{ at: 2 }, 0],
    ]);
  });
});

describe('a checkpoint of which a function makes the state', () => {
  const made: number[] = [];
  const state = (at: number): StreamItem => ({
    checkpoint: () => {
      made.push(at);
      return { at, ids: 'x'.repeat(at * 100) };
    },
  });
  beforeEach(() => {
    made.length = 0;
  });

  test('has it called only where the records weigh enough for the state that was made last', async () => {
    const run = await readInTime(function* () {
      for (let at = 1; at <= 1000; at += 1) {
        yield { records: [{ id: 'x'.repeat(1000) }] };
        yield state(at);
      }
    });
    expect(made.length).toBeLessThan(20);
    expect(statesOf(run).at(-1)).toEqual([expect.objectContaining({ at: 1000 }), expect.any(Number)]);
    expect(run.states.reduce((sum, { sourceStats }) => sum + sourceStats.recordCount, 0)).toBe(1000);
  });

  test('has it called after a minute', async () => {
    const run = await readInTime(function* (pass) {
      yield state(1);
      pass(MINUTE_MS);
      yield state(2);
      yield state(3);
      yield state(4);
    });
    expect(made).toEqual([1, 2, 4]);
    expect(run.states).toHaveLength(3);
  });

  test('has it called when the read fails', async () => {
    const run = await read(function* () {
      yield state(1);
      yield { records: [{ id: '2' }] };
      yield state(2);
      throw new Error('x');
    });
    expect(statesOf(run).at(-1)).toEqual([expect.objectContaining({ at: 2 }), 1]);
  });

  test('has it called once', async () => {
    await readInTime(function* (pass) {
      yield state(1);
      yield state(2);
      pass(SILENCE_MS);
      pass(SILENCE_MS);
    });
    expect(made).toEqual([1, 2]);
  });
});

describe('the last checkpoint, which was kept, is a STATE', () => {
  const items: readonly StreamItem[] = [
    { checkpoint: { at: 1 } },
    { records: [{ id: '2' }] },
    { checkpoint: { at: 2 } },
    { records: [{ id: '3' }] },
  ];

  test('when the read ends', async () => {
    const run = await read(() => [...items, { checkpoint: { at: 3 } }]);
    expect(statesOf(run).at(-1)).toEqual([{ at: 3 }, 2]);
    expect(run.exitCode).toBe(0);
  });

  test('when the read fails, with the count of all records since the last STATE', async () => {
    const run = await read(function* () {
      yield* items;
      throw new Error('x');
    });
    expect(statesOf(run).at(-1)).toEqual([{ at: 2 }, 2]);
  });

  test('when the read is stopped', async () => {
    const stop = new AbortController();
    const run = await read(
      function* () {
        yield* items;
        stop.abort();
      },
      { signal: stop.signal },
    );
    expect(statesOf(run).at(-1)).toEqual([{ at: 2 }, 2]);
  });
});

test('records after the last checkpoint are a fault, also where a state was sent after them', async () => {
  const run = await readInTime(function* (pass) {
    yield { checkpoint: { at: 1 } };
    yield { records: [{ id: '2' }] };
    pass(SILENCE_MS);
  });
  expect(statesOf(run)).toEqual([
    [{ at: 1 }, 0],
    [{ at: 1 }, 1],
  ]);
  expect(run.errors.map(({ failure_type }) => failure_type)).toEqual(['system_error']);
});

describe('of any records and checkpoints,', () => {
  /** What a stream does: records with so many characters each, a checkpoint with so many, or ms that pass. */
  type Step = { readonly records: readonly number[] } | { readonly checkpoint: number } | { readonly pass: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.nat({ max: 3000 }), { maxLength: 30 }).map((records) => ({ records })) },
    {
      weight: 4,
      arbitrary: fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 4000 })).map((checkpoint) => ({ checkpoint })),
    },
    { weight: 1, arbitrary: fc.nat({ max: MINUTE_MS }).map((pass) => ({ pass })) },
  );

  interface Written {
    readonly line: string;
    /** Epoch ms. */
    readonly at: number;
  }

  /** What is written; the state says how many records came before it, and which checkpoint it is. No timer ever fires. */
  async function play(steps: readonly Step[]): Promise<readonly Written[]> {
    let now = 1_700_000_000_000;
    const written: Written[] = [];
    let [records, checkpoints] = [0, 0];
    const run = await read(
      function* () {
        for (const one of [...steps, { checkpoint: 0 }]) {
          if ('pass' in one) now += one.pass;
          else if ('records' in one) {
            yield { records: one.records.map((length) => ({ id: String((records += 1)), text: 'x'.repeat(length) })) };
          } else {
            checkpoints += 1;
            yield { checkpoint: { records, checkpoints, ids: 'x'.repeat(one.checkpoint) } };
          }
        }
      },
      {
        now: () => now,
        after: () => () => undefined,
        onMessage: (message) => written.push({ line: JSON.stringify(message), at: now }),
      },
    );
    expect(run.exitCode).toBe(0);
    expect(run.records.map(({ data }) => data['id'])).toEqual(run.records.map((_, index) => String(index + 1)));
    const states = run.messages.flatMap((message, place) =>
      message.type === 'STATE' ? [{ state: message.state, before: run.messages.slice(0, place) }] : [],
    );
    let counted = 0;
    for (const { state, before } of states) {
      // A checkpoint of its place: it says how many records came before it.
      expect(before.filter(({ type }) => type === 'RECORD')).toHaveLength(Number(state.stream.stream_state['records']));
      counted += state.sourceStats.recordCount;
    }
    expect(counted).toBe(records);
    expect(states.at(-1)?.state.stream.stream_state['checkpoints']).toBe(checkpoints);
    return written;
  }

  const isState = ({ line }: Written): boolean => line.startsWith('{"type":"STATE"');
  const isRecord = ({ line }: Written): boolean => line.startsWith('{"type":"RECORD"');
  const charactersOf = (lines: readonly Written[]): number => lines.reduce((sum, { line }) => sum + line.length, 0);

  test('each STATE is a checkpoint of its place, and all weigh a tenth of the records beside one a minute', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const written = await play(steps);
        const states = written.filter(isState);
        for (const [index, { line, at }] of states.entries()) {
          const before = states[index - 1];
          if (before === undefined || index === states.length - 1 || at - before.at >= MINUTE_MS) continue;
          const between = written.slice(
            written.indexOf(before),
            written.findIndex((one) => one.line === line),
          );
          expect(charactersOf(between.filter(isRecord)) / line.length).toBeGreaterThan(15);
        }
        const minutes = Math.floor(((written.at(-1)?.at ?? 0) - (written[0]?.at ?? 0)) / MINUTE_MS);
        const largest = Math.max(...states.map(({ line }) => line.length));
        const allowed = charactersOf(written.filter(isRecord)) / 10 + (2 + minutes) * largest;
        expect(charactersOf(states)).toBeLessThanOrEqual(allowed);
      }),
    );
  });
});
