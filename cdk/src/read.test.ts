import { describe, expect, test } from '@jest/globals';
import { runSource, type RunSourceOptions, type SourceRun } from '../testing';
import { catalogOf, fakeSource, fakeStream, stateOf, type FakeBehaviour, type FakeRead } from '../testing/fake-source';
import { ManualTimers } from '../testing/manual-timers';
import { MemoryOutput } from '../testing/memory-output';
import { ConfigError, ConnectorError } from './errors';
import type { AirbyteMessage, JsonObject, JsonRecords, RecordMeta } from './protocol';
import type { OpenRequest, Stream, StreamItem } from './source';
import { STOP_GRACE_MS } from './stop';

const config = { token: 'tok-1' };

function read(
  behaviour: FakeBehaviour,
  options: RunSourceOptions = {},
  streams: readonly string[] = ['cats'],
): Promise<SourceRun> {
  return runSource(fakeSource(behaviour), ['read'], { config, catalog: catalogOf(...streams), ...options });
}

/** The messages in a few letters. */
function storyOf(run: SourceRun): string[] {
  return run.messages.map(tell);
}

function tell(message: AirbyteMessage): string {
  switch (message.type) {
    case 'RECORD':
      return `${message.record.stream} record ${String(message.record.data['id'])}`;
    case 'STATE': {
      const { stream, sourceStats } = message.state;
      return `${stream.stream_descriptor.name} state ${JSON.stringify(stream.stream_state)} +${sourceStats.recordCount}`;
    }
    case 'TRACE': {
      const { trace } = message;
      if (trace.type === 'STREAM_STATUS') {
        const { stream_descriptor: stream, status, reasons } = trace.stream_status;
        return `${stream.name} ${status}${reasons === undefined ? '' : ` ${JSON.stringify(reasons)}`}`;
      }
      return trace.type === 'ERROR' ? `error ${trace.error.failure_type}` : `estimate ${trace.estimate.row_estimate}`;
    }
    case 'LOG':
      return `log ${message.log.level}`;
    case 'SPEC':
    case 'CATALOG':
    case 'CONNECTION_STATUS':
    case 'CONTROL':
      return message.type;
  }
}

/** The longest silence, in ms. */
const SILENCE_MS = 120_000;

/** The grace after a stop is over at once; other times never pass. */
function soon(ms: number, callback: () => void): () => void {
  if (ms === STOP_GRACE_MS) setImmediate(callback);
  return () => undefined;
}

const failing = (error: Error): FakeRead =>
  function* () {
    throw error;
  };

/** Records as JSON text. */
function asText(records: readonly JsonObject[]): JsonRecords {
  const texts = records.map((record) => Buffer.from(JSON.stringify(record)));
  const ends = texts.map((_, index) => texts.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0));
  return { bytes: new Uint8Array(Buffer.concat(texts)), ends };
}

const asObjects = (records: readonly JsonObject[]): readonly JsonObject[] => records;

describe.each([
  ['objects', asObjects],
  ['JSON text', asText],
])('records as %s', (_, given) => {
  test('are written in their order and counted in the next STATE', async () => {
    const run = await read({
      *cats() {
        yield { records: given([{ id: '1' }, { id: '2' }]) };
        yield { checkpoint: { at: 2 } };
        yield { records: given([{ id: '3' }]) };
        yield { checkpoint: { at: 3 } };
      },
    });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats RUNNING',
      'cats record 1',
      'cats record 2',
      'cats state {"at":2} +2',
      'cats record 3',
      'cats state {"at":3} +1',
      'cats COMPLETE',
    ]);
  });

  test('of which there are none are not RUNNING', async () => {
    const run = await read({
      *cats() {
        yield { records: given([]) };
        yield { checkpoint: { at: 0 } };
      },
    });
    expect(storyOf(run)).toEqual(['cats STARTED', 'cats state {"at":0} +0', 'cats COMPLETE']);
  });

  test('wait for a reader that is behind, and are all written', async () => {
    const output = new MemoryOutput();
    const write = output.write.bind(output);
    let stalls = 0;
    output.write = (bytes, done) => {
      output.stall();
      setImmediate(() => {
        stalls += 1;
        output.resume();
      });
      return write(bytes, done);
    };
    const batch = Array.from({ length: 300 }, (_, id) => ({ id: String(id), text: 'ä'.repeat(500) }));
    await read({ cats: () => [{ records: given(batch) }, { checkpoint: { at: 300 } }] }, { output });
    expect(stalls).toBeGreaterThan(3);
    expect(output.text.match(/"RECORD"/g)).toHaveLength(300);
    expect(output.text).toContain('"recordCount":300.0');
  });

  test('longer than a chunk are written whole', async () => {
    const long = { id: '2', text: 'ä'.repeat(200_000) };
    const run = await read({
      *cats() {
        yield { records: given([{ id: '1' }, long, { id: '3' }]) };
        yield { checkpoint: { at: 1 } };
      },
    });
    const records = run.messages.flatMap((message) => (message.type === 'RECORD' ? [message.record.data] : []));
    expect(records).toEqual([{ id: '1' }, long, { id: '3' }]);
  });
});

test('JSON text is written byte for byte', async () => {
  const text = '{ "id" : 12345678901234567890, "x":1.0 }';
  const output = new MemoryOutput();
  await read(
    {
      *cats() {
        yield { records: { bytes: Buffer.from(`skipped${text}`).subarray(7), ends: [text.length] } };
        yield { checkpoint: { at: 1 } };
      },
    },
    { output },
  );
  expect(output.text).toMatch(
    /\n\{"type":"RECORD","record":\{"stream":"cats","data":\{ "id" : 12345678901234567890, "x":1\.0 \},"emitted_at":\d+\}\}\n/,
  );
});

describe('a read that ends well', () => {
  test('STARTED, RUNNING at the first record, RECORDs, STATEs that count them, COMPLETE', async () => {
    const run = await read({
      *cats() {
        yield { records: [{ id: '1' }, { id: '2' }] };
        yield { checkpoint: { at: 2 } };
        yield { records: [{ id: '3' }] };
        yield { records: [{ id: '4' }, { id: '5' }] };
        yield { checkpoint: { at: 6 } };
      },
    });
    expect(run.exitCode).toBe(0);
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats RUNNING',
      'cats record 1',
      'cats record 2',
      'cats state {"at":2} +2',
      'cats record 3',
      'cats record 4',
      'cats record 5',
      'cats state {"at":6} +3',
      'cats COMPLETE',
    ]);
  });

  test('with nothing to read there is a STATE and no RUNNING', async () => {
    const run = await read({
      *cats() {
        yield { records: [] };
        yield { checkpoint: { at: 0 } };
      },
    });
    expect(storyOf(run)).toEqual(['cats STARTED', 'cats state {"at":0} +0', 'cats COMPLETE']);
  });

  test('streams are read in the order of the catalog', async () => {
    const run = await read({}, {}, ['dogs', 'cats']);
    expect(run.statuses.map(({ stream_descriptor: { name }, status }) => `${name} ${status}`)).toEqual([
      'dogs STARTED',
      'dogs RUNNING',
      'dogs COMPLETE',
      'cats STARTED',
      'cats RUNNING',
      'cats COMPLETE',
    ]);
  });

  test('an empty catalog reads nothing and ends with 0', async () => {
    expect(await read({}, {}, [])).toMatchObject({ exitCode: 0, lines: [] });
  });

  test('emitted_at is the time at which it was emitted, in epoch ms', async () => {
    const run = await read({}, { now: () => 1_700_000_000_123 });
    expect(run.records.map(({ emitted_at }) => emitted_at)).toEqual([1_700_000_000_123]);
    expect(run.traces.map(({ emitted_at }) => emitted_at)).toEqual([1, 1, 1].map(() => 1_700_000_000_123));
  });

  test('the count of records has a decimal point', async () => {
    const run = await read({});
    expect(run.lines.find((line) => line.includes('"STATE"'))).toContain('"sourceStats":{"recordCount":1.0}');
  });

  test('items keep their order, and a rate limit comes where it is told', async () => {
    const run = await read({
      *cats({ rateLimited }) {
        yield { startFrom: { at: 0 } };
        yield { estimate: 3 };
        yield { records: [{ id: '1' }] };
        rateLimited(99);
        yield { checkpoint: { at: 1 } };
        yield { estimate: 4 };
      },
    });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'estimate 3',
      'cats RUNNING',
      'cats record 1',
      'cats RUNNING [{"type":"RATE_LIMITED","rate_limited":{"quota_reset":99}}]',
      'cats state {"at":1} +1',
      'estimate 4',
      'cats COMPLETE',
    ]);
  });

  test('a state object that is changed later was written as it was', async () => {
    const timers = new ManualTimers();
    const run = await read(
      {
        *cats() {
          const state = { at: 1 };
          yield { checkpoint: state };
          state.at = 2;
          timers.advance(SILENCE_MS);
        },
      },
      timers,
    );
    expect(run.states.map(({ stream }) => stream.stream_state)).toEqual([{ at: 1 }, { at: 1 }]);
  });

  test('a batch that is larger than the pipe waits for its reader and arrives whole', async () => {
    const output = new MemoryOutput();
    let waited = 0;
    const write = output.write.bind(output);
    output.write = (bytes, done) => {
      if (!Buffer.from(bytes).includes('RECORD')) return write(bytes, done);
      output.stall();
      setImmediate(() => {
        waited += 1;
        output.resume();
      });
      return write(bytes, done);
    };
    const batch = Array.from({ length: 300 }, (_, id) => ({ id: String(id), text: 'x'.repeat(1000) }));
    const behaviour: FakeBehaviour = {
      *cats() {
        yield { records: batch };
        yield { checkpoint: { at: 300 } };
      },
    };
    expect(await read(behaviour, { output })).toMatchObject({ exitCode: 0 });
    expect(waited).toBeGreaterThan(3);
    expect(output.text.match(/"RECORD"/g)).toHaveLength(300);
    expect(output.text).toContain('"recordCount":300.0');
  });
});

describe('signs of life', () => {
  /** Reads with a clock that the stream itself moves on. */
  const readInTime = (cats: (pass: (ms: number) => void) => ReturnType<FakeRead>, options: RunSourceOptions = {}) => {
    const timers = new ManualTimers();
    const pass = (ms: number): void => {
      timers.advance(ms);
    };
    return read({ cats: () => cats(pass) }, { now: timers.now, after: timers.after, ...options });
  };
  const statesOf = (run: SourceRun): unknown[] => run.states.map(({ stream }) => stream.stream_state);

  test('after two minutes of silence, not earlier, the last state is sent again and counts the records since', async () => {
    const run = await readInTime(function* (pass) {
      yield { checkpoint: { at: 1 } };
      pass(SILENCE_MS - 1);
      pass(1);
      yield { records: [{ id: '2' }] };
      pass(SILENCE_MS);
      yield { checkpoint: { at: 2 } };
      pass(SILENCE_MS - 1);
    });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats state {"at":1} +0',
      'cats state {"at":1} +0',
      'cats RUNNING',
      'cats record 2',
      'cats state {"at":1} +1',
      'cats state {"at":2} +0',
      'cats COMPLETE',
    ]);
  });

  test('a silence that goes on is broken every two minutes', async () => {
    const run = await readInTime(function* (pass) {
      yield { checkpoint: { at: 1 } };
      pass(5 * SILENCE_MS);
    });
    expect(run.states).toHaveLength(6);
  });

  test.each<[string, StreamItem]>([
    ['records', { records: [{ id: '1' }] }],
    ['a checkpoint', { checkpoint: { at: 1 } }],
  ])('%s put the next one off', async (_, item) => {
    const run = await readInTime(function* (pass) {
      yield { startFrom: { at: 0 } };
      pass(SILENCE_MS - 1);
      yield item;
      pass(SILENCE_MS - 1);
      yield { checkpoint: { at: 'end' } };
    });
    expect(statesOf(run)).not.toContainEqual({ at: 0 });
  });

  test.each<[string, (rateLimited: (until: number) => void) => readonly StreamItem[]]>([
    ['an estimate', () => [{ estimate: 7 }]],
    ['where the read stands', () => [{ startFrom: { at: 0 } }]],
    [
      'a rate limit',
      (rateLimited) => {
        rateLimited(5);
        return [];
      },
    ],
  ])('%s does not: the platform does not count it', async (_, items) => {
    const timers = new ManualTimers();
    const run = await read(
      {
        *cats({ rateLimited }) {
          yield { startFrom: { at: 0 } };
          timers.advance(SILENCE_MS - 1);
          yield* items(rateLimited);
          timers.advance(1);
          yield { checkpoint: { at: 1 } };
        },
      },
      timers,
    );
    expect(statesOf(run)).toEqual([{ at: 0 }, { at: 1 }]);
  });

  test('before the first checkpoint it is the state of the start, else the one that was given, else one that says there is none', async () => {
    const beats = function* (pass: (ms: number) => void): Generator<StreamItem> {
      pass(SILENCE_MS);
      yield { startFrom: { at: 'start' } };
      pass(SILENCE_MS);
      yield { checkpoint: { at: 'end' } };
      yield { startFrom: { at: 'too late' } };
      pass(SILENCE_MS);
    };
    const none = { __ab_no_cursor_state_message: true };
    expect(statesOf(await readInTime(beats))).toEqual([none, { at: 'start' }, { at: 'end' }, { at: 'end' }]);
    const later = await readInTime(beats, { state: [stateOf('cats', { at: 'given' })] });
    expect(statesOf(later)).toEqual([{ at: 'given' }, { at: 'start' }, { at: 'end' }, { at: 'end' }]);
  });

  test('while the reader of the output is behind there is none: it is not the source that is silent', async () => {
    const timers = new ManualTimers();
    const output = new MemoryOutput();
    const run = read(
      {
        *cats() {
          output.stall();
          yield { checkpoint: { at: 1 } };
        },
      },
      { now: timers.now, after: timers.after, output },
    );
    await new Promise(setImmediate);
    timers.advance(3 * SILENCE_MS);
    output.resume();
    await run;
    expect(output.text.match(/"STATE"/g)).toHaveLength(1);
  });

  test('after the end of a stream there is none, and no timer is left', async () => {
    const timers = new ManualTimers();
    const run = await read(
      {
        *cats() {
          yield { checkpoint: { at: 1 } };
        },
        *dogs() {
          timers.advance(SILENCE_MS);
          yield { checkpoint: { at: 1 } };
        },
      },
      timers,
      ['cats', 'dogs'],
    );
    expect(run.states.map(({ stream }) => stream.stream_descriptor.name)).toEqual(['cats', 'dogs', 'dogs']);
    expect(timers.pending).toBe(0);
  });
});

describe('a stream that fails', () => {
  const closed = new ConnectorError('The zoo is closed.', 'transient_error', { cause: new Error('503') });

  test('after records: the last state with their count, INCOMPLETE, TRACE ERROR, exit 1', async () => {
    const run = await read({
      *cats() {
        yield { checkpoint: { at: 1 } };
        yield { records: [{ id: '2' }] };
        throw closed;
      },
    });
    expect(run.exitCode).toBe(1);
    expect(storyOf(run).slice(-4)).toEqual([
      'cats record 2',
      'cats state {"at":1} +1',
      'cats INCOMPLETE',
      'error transient_error',
    ]);
    expect(run.errors).toMatchObject([
      { message: 'The zoo is closed.', internal_message: 'Error: 503', stream_descriptor: { name: 'cats' } },
    ]);
    expect(run.errors[0]?.stack_trace).toContain('Caused by: Error: 503');
  });

  test('right after a checkpoint: the state is not repeated', async () => {
    const run = await read({
      *cats() {
        yield { checkpoint: { at: 1 } };
        throw closed;
      },
    });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats state {"at":1} +0',
      'cats INCOMPLETE',
      'error transient_error',
    ]);
  });

  test('before its first checkpoint: the state it started from', async () => {
    const run = await read({
      *cats() {
        yield { startFrom: { at: 0 } };
        yield { records: [{ id: '1' }] };
        throw closed;
      },
    });
    expect(storyOf(run).slice(-3)).toEqual(['cats state {"at":0} +1', 'cats INCOMPLETE', 'error transient_error']);
  });

  test('before anything: the state it was given', async () => {
    const run = await read({ cats: failing(closed) }, { state: [stateOf('cats', { at: 7 })] });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats state {"at":7} +0',
      'cats INCOMPLETE',
      'error transient_error',
    ]);
  });

  test('without any state known: none', async () => {
    const run = await read({ cats: failing(closed) });
    expect(storyOf(run)).toEqual(['cats STARTED', 'cats INCOMPLETE', 'error transient_error']);
  });

  test('does not keep the next from being read', async () => {
    const run = await read({ cats: failing(closed) }, {}, ['cats', 'dogs']);
    expect(run.exitCode).toBe(1);
    expect(storyOf(run).slice(3)).toEqual([
      'dogs STARTED',
      'dogs RUNNING',
      'dogs record 1',
      'dogs state {"id":"1"} +1',
      'dogs COMPLETE',
    ]);
  });

  test('a fault of the program is a system_error that tells the user what to do', async () => {
    const run = await read({ cats: failing(new TypeError('x is undefined')) });
    expect(run.errors).toMatchObject([{ failure_type: 'system_error', internal_message: 'TypeError: x is undefined' }]);
    expect(run.errors[0]?.message).toMatch(/^Reading the stream "cats" failed unexpectedly\. Please report/);
  });

  test.each<[string, FakeBehaviour['cats']]>([
    ['without a checkpoint', () => []],
    ['with where it starts from only', () => [{ startFrom: { at: 0 } }]],
    ['with records after its last checkpoint', () => [{ checkpoint: { at: 1 } }, { records: [{ id: '2' }] }]],
  ])('to end %s is such a fault', async (_, cats) => {
    const run = await read({ ...(cats === undefined ? {} : { cats }) });
    expect(run.exitCode).toBe(1);
    expect(storyOf(run).slice(-2)).toEqual(['cats INCOMPLETE', 'error system_error']);
  });

  test('by what it yields is ended, and one that hangs in its finally block is left behind', async () => {
    const steps: string[] = [];
    const cats: FakeRead = async function* () {
      try {
        yield { startFrom: { at: 0 } };
        yield { checkpoint: {} };
      } finally {
        steps.push('ending');
        await new Promise(() => undefined);
      }
    };
    const run = await read({ cats }, { after: soon }, ['cats', 'dogs']);
    expect(steps).toEqual(['ending']);
    expect(storyOf(run).slice(1, 4)).toEqual(['cats state {"at":0} +0', 'cats INCOMPLETE', 'error system_error']);
    expect(storyOf(run).at(-1)).toBe('dogs COMPLETE');
  });

  test('by what it yields is told as that, whatever its finally block throws', async () => {
    const cats: FakeRead = function* () {
      try {
        yield { checkpoint: {} };
      } finally {
        throw new Error('not this');
      }
    };
    const run = await read({ cats });
    expect(run.errors[0]?.internal_message).toContain('a checkpoint that holds nothing');
  });

  test('a record that JSON cannot hold is such a fault, and only what was written is counted', async () => {
    const run = await read({
      *cats() {
        yield { startFrom: { at: 0 } };
        yield { records: [{ id: '1' }, { id: 2n }, { id: '3' }] };
      },
    });
    expect(storyOf(run).slice(-4)).toEqual([
      'cats record 1',
      'cats state {"at":0} +1',
      'cats INCOMPLETE',
      'error system_error',
    ]);
  });
});

describe('what a stream yields', () => {
  const faultOf = async (item: unknown): Promise<string | undefined> => {
    const cats = (): readonly StreamItem[] => [{ startFrom: { at: 0 } }, item as StreamItem, { checkpoint: { at: 1 } }];
    const run = await read({ cats });
    expect(run).toMatchObject({ exitCode: 1, records: [] });
    expect(storyOf(run).slice(-3)).toEqual(['cats state {"at":0} +0', 'cats INCOMPLETE', 'error system_error']);
    return run.errors[0]?.internal_message;
  };

  test.each<[string, unknown]>([
    ['an undefined one', undefined],
    ['an empty one', {}],
    ['one in which everything is undefined', { at: undefined }],
    ['an array', [1]],
    ['null', null],
  ])('as a checkpoint may not be %s: the next sync would start from scratch', async (_, checkpoint) => {
    expect(await faultOf({ checkpoint })).toContain('checkpoint that holds nothing');
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['an array', ['id']],
    ['text', 'id'],
    ['undefined', undefined],
  ])('as a record may not be %s', async (_, record) => {
    expect(await faultOf({ records: [record] })).toContain('a record that is no object');
  });

  test.each<[string, unknown]>([
    ['empty', {}],
    ['undefined throughout', { id: undefined }],
  ])('as a record may not be %s', async (_, record) => {
    expect(await faultOf({ records: [record] })).toContain('a record that holds nothing');
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a record by itself', { id: '1' }],
  ])('may not be %s', async (_, item) => {
    expect(await faultOf(item)).toContain('something that is no item');
  });

  test('may be values of an interface', async () => {
    interface Cat {
      readonly id: string;
    }
    const cat: Cat = { id: '1' };
    const run = await read({ cats: () => [{ records: [cat] }, { checkpoint: cat }] });
    expect(storyOf(run)).toContain('cats state {"id":"1"} +1');
  });

  test.each([
    ['objects', asObjects],
    ['JSON text', asText],
  ])('may be %s with a meta, which each of them has', async (_, given) => {
    const meta: RecordMeta = {
      changes: [{ field: 'text', change: 'TRUNCATED', reason: 'SOURCE_FIELD_SIZE_LIMITATION' }],
    };
    const run = await read({
      cats: () => [
        { records: given([{ id: '1' }]), meta },
        { records: given([{ id: '2' }]) },
        { checkpoint: { at: 2 } },
      ],
    });
    expect(run.records.map((record) => record.meta)).toEqual([meta, undefined]);
  });
});

describe('a stream that never goes on from a state', () => {
  const descriptor = { supported_sync_modes: ['full_refresh'] } as const;
  const catalog = { streams: [{ stream: { name: 'cats' }, sync_mode: 'full_refresh' }] };

  test('needs no checkpoint: its STATE says that there is none, and counts the records', async () => {
    const run = await read({ descriptor, cats: () => [{ records: [{ id: '1' }, { id: '2' }] }] }, { catalog });
    expect(run.exitCode).toBe(0);
    expect(storyOf(run).slice(-3)).toEqual([
      'cats record 2',
      'cats state {"__ab_no_cursor_state_message":true} +2',
      'cats COMPLETE',
    ]);
  });

  test('has its STATE also when there was nothing to read', async () => {
    const run = await read({ descriptor, cats: () => [] }, { catalog });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats state {"__ab_no_cursor_state_message":true} +0',
      'cats COMPLETE',
    ]);
  });

  test('that does so all the same needs one after its last record', async () => {
    const cats = (): readonly StreamItem[] => [{ records: [{ id: '1' }] }];
    const run = await read({ descriptor: { ...descriptor, is_resumable: true }, cats }, { catalog });
    expect(run.exitCode).toBe(1);
  });
});

describe('a namespace', () => {
  test('stands in every message of its stream', async () => {
    const zoo = { name: 'cats', namespace: 'zoo' };
    const cats: FakeRead = function* ({ rateLimited }) {
      yield { estimate: 1 };
      yield { records: [{ id: '1' }] };
      rateLimited(5);
      yield { checkpoint: { at: 1 } };
      throw new Error('x');
    };
    const run = await read(
      { descriptor: zoo, cats },
      { catalog: { streams: [{ stream: zoo, sync_mode: 'incremental' }] } },
    );
    expect(run.records).toMatchObject([{ namespace: 'zoo', stream: 'cats' }]);
    expect(run.states.map(({ stream }) => stream.stream_descriptor)).toEqual([zoo]);
    expect(run.estimates).toMatchObject([zoo]);
    expect(run.errors.map((error) => error.stream_descriptor)).toEqual([zoo]);
    expect(new Set(run.statuses.map((status) => JSON.stringify(status.stream_descriptor)))).toEqual(
      new Set([JSON.stringify({ name: 'cats', namespace: 'zoo' })]),
    );
  });

  test('tells streams and states of one name apart', async () => {
    const opened: unknown[] = [];
    const streamIn = (namespace: string): Stream =>
      fakeStream({ name: 'cats', namespace }, undefined, ({ state }) => opened.push([namespace, state]));
    const entryOf = (namespace: string) => ({ stream: { name: 'cats', namespace }, sync_mode: 'incremental' });
    const state = { stream: { stream_descriptor: { name: 'cats', namespace: 'park' }, stream_state: { at: 7 } } };
    const run = await read(
      { streams: () => [streamIn('zoo'), streamIn('park')] },
      { catalog: { streams: [entryOf('park'), entryOf('zoo')] }, state: [state] },
    );
    expect(run.exitCode).toBe(0);
    expect(opened).toEqual([
      ['park', { at: 7 }],
      ['zoo', undefined],
    ]);
  });

  test('that the platform adds or leaves out makes no difference where the name is enough', async () => {
    const opened: unknown[] = [];
    const catalog = { streams: [{ stream: { name: 'cats', namespace: 'added' }, sync_mode: 'incremental' }] };
    const state = [stateOf('cats', { at: 7 })];
    await read({ descriptor: { namespace: 'zoo' }, open: (request) => opened.push(request.state) }, { catalog, state });
    expect(opened).toEqual([{ at: 7 }]);
  });
});

describe('a full refresh', () => {
  const state = [stateOf('cats', { at: 7 })];
  const asked = (stream: object = {}) => ({
    streams: [{ stream: { name: 'cats', ...stream }, sync_mode: 'full_refresh' }],
  });

  test('is not handed a saved state, and does not send it again when it fails', async () => {
    const opened: unknown[] = [];
    const run = await read(
      {
        open: (request) => opened.push(request.state),
        *cats() {
          yield { records: [{ id: '1' }] };
          throw new Error('x');
        },
      },
      { state, catalog: asked() },
    );
    expect(opened).toEqual([undefined]);
    expect(run.states).toEqual([]);
    expect(run.logs).toEqual([
      { level: 'INFO', message: 'The state of stream "cats" is not used: a full refresh reads all of it.' },
    ]);
  });

  test.each([
    ['goes on from it where the stream is resumable', {}, { at: 7 }],
    ['goes on from it where the catalog says so, too', { is_resumable: true }, { at: 7 }],
    ['starts anew where the catalog says that the stream is not', { is_resumable: false }, undefined],
  ])('%s', async (_, stream, expected) => {
    const opened: unknown[] = [];
    const open = (request: OpenRequest): unknown => opened.push(request.state);
    await read({ descriptor: { is_resumable: true }, open }, { state, catalog: asked(stream) });
    expect(opened).toEqual([expected]);
  });
});

describe('a stream of the catalog that no longer exists', () => {
  const behaviour: FakeBehaviour = { missingStreams: 'skip' };

  test('keeps no other from being read where the source wants it so, and the read ends with its failure', async () => {
    const run = await read(behaviour, {}, ['cats', 'cows', 'dogs']);
    expect(run.exitCode).toBe(1);
    expect(storyOf(run).filter((line) => !line.includes('record') && !line.includes('state'))).toEqual([
      'cats STARTED',
      'cats RUNNING',
      'cats COMPLETE',
      'cows STARTED',
      'cows INCOMPLETE',
      'error config_error',
      'dogs STARTED',
      'dogs RUNNING',
      'dogs COMPLETE',
    ]);
    expect(run.errors[0]?.message).toContain('names the stream "cows", which doesn\'t exist');
    expect(run.errors[0]?.stream_descriptor).toEqual({ name: 'cows' });
  });

  test('may still be there twice in the catalog no more than others', async () => {
    expect(await read(behaviour, {}, ['cows', 'cows'])).toMatchObject({ exitCode: 1, statuses: [] });
  });
});

describe('inputs', () => {
  test('a stream is opened with its state, also with a namespace', async () => {
    const opened: unknown[] = [];
    await read(
      { open: ({ state }) => opened.push(state) },
      { state: [stateOf('cats', { at: 7 }), stateOf('dogs', { at: 8 })] },
    );
    expect(opened).toEqual([{ at: 7 }]);
  });

  test.each([['[]'], ['{}'], [JSON.stringify([stateOf('cats', null)])]])('without one for %s', async (state) => {
    const opened: unknown[] = [];
    const run = await read({ open: (request) => opened.push(request.state) }, { state });
    expect(run.exitCode).toBe(0);
    expect(opened).toEqual([undefined]);
  });

  test('a stream is opened with the sync mode and the ids of a refresh from the catalog', async () => {
    const opened: unknown[] = [];
    const ids = { generation_id: 3, minimum_generation_id: 3, sync_id: 17 };
    const catalog = { streams: [{ stream: { name: 'cats' }, sync_mode: 'full_refresh', ...ids }] };
    const run = await read({ open: (request) => opened.push(request) }, { catalog });
    expect(run.exitCode).toBe(0);
    expect(opened).toEqual([
      { state: undefined, syncMode: 'full_refresh', generationId: 3, minimumGenerationId: 3, syncId: 17 },
    ]);
  });

  test('a stream is opened with what the user chose in the catalog', async () => {
    const opened: unknown[] = [];
    const entry = {
      stream: { name: 'cats', json_schema: { properties: { id: {}, name: {} } } },
      sync_mode: 'incremental',
      cursor_field: ['meta', 'at'],
      primary_key: [['id'], ['meta', 'zoo']],
    };
    const properties = { id: {}, name: {}, age: {}, meta: {} };
    const descriptor = { json_schema: { properties } };
    await read({ descriptor, open: (request) => opened.push(request) }, { catalog: { streams: [entry] } });
    expect(opened).toMatchObject([
      { cursorField: ['meta', 'at'], primaryKey: [['id'], ['meta', 'zoo']], columns: ['id', 'name', 'meta'] },
    ]);
  });

  test.each([
    [{ stream: { name: 'cats' } }],
    [{ stream: { name: 'cats', json_schema: {} }, cursor_field: null, primary_key: null }],
    [{ stream: { name: 'cats', json_schema: { properties: null } }, cursor_field: [], primary_key: [[]] }],
  ])('what the user did not choose is undefined: %j', async (entry) => {
    const opened: OpenRequest[] = [];
    await read(
      { open: (request) => opened.push(request) },
      { catalog: { streams: [{ ...entry, sync_mode: 'incremental' }] } },
    );
    expect(opened.map(({ cursorField, primaryKey, columns }) => [cursorField, primaryKey, columns])).toEqual([
      [undefined, undefined, undefined],
    ]);
  });

  test('a state that is nested too deep to be written again is a config_error', async () => {
    const deep = `{"cats":{"at":${'['.repeat(5000)}${']'.repeat(5000)}}}`;
    const run = await read({}, { state: deep });
    expect(storyOf(run)).toEqual(['error config_error']);
  });

  test('a state of a stream that no longer exists is a log line', async () => {
    const run = await read({}, { state: [stateOf('cows', { at: 7 })] });
    expect(run.exitCode).toBe(0);
    expect(run.logs).toEqual([
      { level: 'INFO', message: 'The state of stream "cows" is not used: there is no such stream.' },
    ]);
  });

  test('an empty state is a log line', async () => {
    const run = await read({}, { state: [stateOf('cats', null)] });
    expect(run.logs.map(({ message }) => message)).toEqual([
      'The state of stream "cats" is empty: it is read as in a first sync.',
    ]);
  });

  test('an empty state of a stream that has none says nothing', async () => {
    const descriptor = { supported_sync_modes: ['full_refresh'] } as const;
    const run = await read({ descriptor }, { state: [stateOf('cats', null)], catalog: catalogOf('cats') });
    expect(run.logs).toEqual([]);
  });

  test('a state file that cannot be understood is a config_error; nothing is read', async () => {
    const run = await read({}, { state: '{"at":7}' });
    expect(run.exitCode).toBe(1);
    expect(storyOf(run)).toEqual(['error config_error']);
  });

  test('a state that the stream refuses is told with the name of the file; no stream is read', async () => {
    const open = (): void => {
      throw new ConfigError('"at" must be a number.');
    };
    const run = await read({ open }, { state: [stateOf('cats', { at: 'x' })] }, ['dogs', 'cats']);
    expect(run.exitCode).toBe(1);
    expect(storyOf(run)).toEqual(['error config_error']);
    expect(run.errors).toMatchObject([
      { message: 'The state file "state" can\'t be used: "at" must be a number.', stream_descriptor: { name: 'cats' } },
    ]);
  });

  test('a fault in opening a stream is a system_error', async () => {
    const open = (): void => {
      throw new TypeError('x');
    };
    const run = await read({ open }, { state: [stateOf('cats', { at: 'x' })] });
    expect(run).toMatchObject({ exitCode: 1, errors: [{ failure_type: 'system_error' }] });
  });

  test.each([
    ['an unknown stream', catalogOf('cows')],
    ['an unknown sync mode', { streams: [{ stream: { name: 'cats' }, sync_mode: 'x' }] }],
    ['a catalog that is not JSON', '{'],
  ])('%s is a TRACE ERROR with exit 1', async (_, catalog) => {
    const run = await read({}, { catalog });
    expect(run.exitCode).toBe(1);
    expect(storyOf(run)).toEqual(['error config_error']);
  });
});

describe('nesting that is too deep', () => {
  test('is written as text, with one WARN that names stream and field and nothing of the contents', async () => {
    const tree: unknown = JSON.parse(`${'["secret thing",'.repeat(20_000)}1${']'.repeat(20_000)}`);
    const run = await read({
      *cats() {
        yield {
          records: [
            { id: '1', tree },
            { id: '2', tree },
          ],
        };
        yield { checkpoint: { at: 2 } };
      },
    });
    expect(run.exitCode).toBe(0);
    expect(run.logs).toEqual([
      {
        level: 'WARN',
        message:
          'Records of stream "cats" hold in "tree" what common JSON readers can\'t take: it is replaced by a string of its JSON text, half a surrogate pair by U+FFFD.',
      },
    ]);
    expect(run.records.map(({ data }) => Array.isArray(data['tree']))).toEqual([true, true]);
  });
});

describe('a stop', () => {
  test('in the middle: the last safe state, INCOMPLETE, no error, no further stream', async () => {
    const stop = new AbortController();
    const run = await read(
      {
        *cats({ signal }) {
          yield { checkpoint: { at: 1 } };
          yield { records: [{ id: '2' }] };
          stop.abort();
          signal.throwIfAborted();
        },
      },
      { signal: stop.signal },
      ['cats', 'dogs'],
    );
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats state {"at":1} +0',
      'cats RUNNING',
      'cats record 2',
      'cats state {"at":1} +1',
      'cats INCOMPLETE',
    ]);
  });

  test('a reader that checkpoints and returns is not complete either', async () => {
    const stop = new AbortController();
    const run = await read(
      {
        *cats() {
          stop.abort();
          yield { records: [{ id: '1' }] };
          yield { checkpoint: { at: 1 } };
        },
      },
      { signal: stop.signal },
    );
    expect(storyOf(run).slice(-2)).toEqual(['cats state {"at":1} +1', 'cats INCOMPLETE']);
  });

  test('ends a reader that does not listen at its next checkpoint, with its finally blocks', async () => {
    const stop = new AbortController();
    const steps: string[] = [];
    const run = await read(
      {
        *cats() {
          try {
            for (let at = 1; ; at += 1) {
              if (at === 2) stop.abort();
              yield { records: [{ id: String(at) }] };
              yield { checkpoint: { at } };
            }
          } finally {
            steps.push('ended');
          }
        },
      },
      { signal: stop.signal },
    );
    expect(storyOf(run).slice(-3)).toEqual(['cats record 2', 'cats state {"at":2} +1', 'cats INCOMPLETE']);
    expect(steps).toEqual(['ended']);
  });

  test('before the first checkpoint sends the state of the start', async () => {
    const stop = new AbortController();
    const run = await read(
      {
        *cats() {
          yield { startFrom: { at: 0 } };
          stop.abort();
        },
      },
      { signal: stop.signal },
    );
    expect(storyOf(run)).toEqual(['cats STARTED', 'cats state {"at":0} +0', 'cats INCOMPLETE']);
  });

  test('before the read starts reads nothing', async () => {
    expect(await read({}, { signal: AbortSignal.abort() })).toMatchObject({ records: [], statuses: [] });
  });

  test('a reader that does not end is given up, and no longer heard', async () => {
    const stop = new AbortController();
    const steps: string[] = [];
    let resume = (): void => undefined;
    const run = await read(
      {
        async *cats() {
          yield { checkpoint: { at: 1 } };
          yield { records: [{ id: '2' }] };
          stop.abort();
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
          try {
            yield { records: [{ id: '3' }] };
            steps.push('went on');
          } finally {
            steps.push('ended');
          }
        },
      },
      {
        signal: stop.signal,
        after: soon,
        onMessage: (message) => {
          if (tell(message) === 'cats INCOMPLETE') resume();
        },
      },
    );
    await new Promise(setImmediate);
    expect(storyOf(run).slice(-2)).toEqual(['cats state {"at":1} +1', 'cats INCOMPLETE']);
    expect(steps).toEqual(['ended']);
  });

  test('a batch that the reader of the pipe does not take is cut off, and its state is never sent', async () => {
    const stop = new AbortController();
    const output = new MemoryOutput((chunk) => {
      if (!chunk.includes('RECORD')) return;
      output.stall();
      stop.abort();
    });
    const batch = Array.from({ length: 300 }, (_, id) => ({ id: String(id), text: 'x'.repeat(1000) }));
    const behaviour: FakeBehaviour = {
      *cats() {
        yield { startFrom: { at: 0 } };
        yield { records: batch };
        yield { checkpoint: { at: 300 } };
      },
    };
    await read(behaviour, {
      output,
      signal: stop.signal,
      after: (ms, callback) =>
        soon(ms, () => {
          callback();
          setImmediate(() => {
            output.resume();
          });
        }),
    });
    const records = output.text.match(/"RECORD"/g)?.length ?? 0;
    expect(records).toBeLessThan(100);
    expect(output.text).toContain(`"stream_state":{"at":0}},"sourceStats":{"recordCount":${records}.0}`);
    expect(output.text).not.toContain('{"at":300}');
    expect(output.text.trimEnd()).toMatch(/"INCOMPLETE"}}}$/);
  });
});

describe('nobody reads the output', () => {
  test('reading stops at once and the run ends with 0', async () => {
    const output = new MemoryOutput();
    let pages = 0;
    const behaviour: FakeBehaviour = {
      *cats({ signal }) {
        while (!signal.aborted) {
          pages += 1;
          yield { records: [{ id: String(pages) }] };
          if (pages === 3) output.breakPipe();
        }
      },
    };
    expect(await read(behaviour, { output })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(pages).toBe(3);
  });
});

describe('what nobody catches', () => {
  test('ends the read: the last safe state, INCOMPLETE, a masked TRACE ERROR, no further stream, exit 1', async () => {
    const fault = new AbortController();
    const run = await read(
      {
        async *cats() {
          yield { checkpoint: { at: 1 } };
          yield { records: [{ id: '2' }] };
          fault.abort(new Error('tok-1 in a timer'));
          await new Promise(() => undefined);
        },
      },
      { fault: fault.signal },
      ['cats', 'dogs'],
    );
    expect(run.exitCode).toBe(1);
    expect(storyOf(run).slice(-3)).toEqual(['cats state {"at":1} +1', 'cats INCOMPLETE', 'error system_error']);
    expect(run.errors[0]?.internal_message).toBe('Error: **** in a timer');
  });
});
