import { describe, expect, test } from '@jest/globals';
import { runSource, type RunSourceOptions, type SourceRun } from '../testing';
import { catalogOf, fakeSource, stateOf, type FakeBehaviour } from '../testing/fake-source';
import { MemoryOutput } from '../testing/memory-output';
import { ConfigError, ConnectorError } from './errors';
import type { AirbyteMessage, JsonObject, JsonRecords } from './protocol';

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
      return message.type;
  }
}

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
      cats: async (output) => {
        await output.records(given([{ id: '1' }, { id: '2' }]));
        await output.checkpoint({ at: 2 });
        await output.records(given([{ id: '3' }]));
        await output.checkpoint({ at: 3 });
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
      cats: async (output) => {
        await output.records(given([]));
        await output.checkpoint({ at: 0 });
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
    await read({ cats: (messages) => messages.records(given(batch)).then(() => messages.checkpoint({})) }, { output });
    expect(stalls).toBeGreaterThan(3);
    expect(output.text.match(/"RECORD"/g)).toHaveLength(300);
    expect(output.text).toContain('"recordCount":300.0');
  });

  test('longer than a chunk are written whole', async () => {
    const long = { id: '2', text: 'ä'.repeat(200_000) };
    const run = await read({
      cats: async (output) => {
        await output.records(given([{ id: '1' }, long, { id: '3' }]));
        await output.checkpoint({});
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
      cats: async (messages) => {
        await messages.records({ bytes: Buffer.from(`skipped${text}`).subarray(7), ends: [text.length] });
        await messages.checkpoint({});
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
      cats: async (output) => {
        await output.records([{ id: '1' }, { id: '2' }]);
        await output.checkpoint({ at: 2 });
        await output.records([{ id: '3' }]);
        await output.records([{ id: '4' }, { id: '5' }]);
        await output.checkpoint({ at: 5 });
        await output.checkpoint({ at: 6 });
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
      'cats state {"at":5} +3',
      'cats state {"at":6} +0',
      'cats COMPLETE',
    ]);
  });

  test('with nothing to read there is a STATE and no RUNNING', async () => {
    const run = await read({
      cats: async (output) => {
        await output.records([]);
        await output.checkpoint({ at: 0 });
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

  test('calls that are not awaited keep their order', async () => {
    const run = await read({
      cats: async (output) => {
        output.startFrom({ at: 0 });
        void output.heartbeat();
        output.estimate(3);
        void output.records([{ id: '1' }]);
        void output.rateLimited(99);
        void output.checkpoint({ at: 1 });
        output.estimate(4);
        await Promise.resolve();
      },
    });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats state {"at":0} +0',
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
    const run = await read({
      cats: async (output) => {
        const state = { at: 1 };
        const done = output.checkpoint(state);
        state.at = 2;
        await done;
        await output.heartbeat();
      },
    });
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
      cats: async (messages) => {
        await messages.records(batch);
        await messages.checkpoint({ at: 300 });
      },
    };
    expect(await read(behaviour, { output })).toMatchObject({ exitCode: 0 });
    expect(waited).toBeGreaterThan(3);
    expect(output.text.match(/"RECORD"/g)).toHaveLength(300);
    expect(output.text).toContain('"recordCount":300.0');
  });
});

describe('signs of life', () => {
  test('a heartbeat sends the last state again and counts the records since', async () => {
    const run = await read({
      cats: async (output) => {
        await output.checkpoint({ at: 1 });
        await output.heartbeat();
        await output.records([{ id: '2' }]);
        await output.heartbeat();
        await output.checkpoint({ at: 2 });
      },
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

  test('before the first checkpoint it is the state of the start, else the one that was given, else nothing', async () => {
    const beats: FakeBehaviour = {
      cats: async (output) => {
        await output.heartbeat();
        output.startFrom({ at: 'start' });
        await output.heartbeat();
        await output.checkpoint({ at: 'end' });
        output.startFrom({ at: 'too late' });
        await output.heartbeat();
      },
    };
    const first = await read(beats);
    expect(first.states.map(({ stream }) => stream.stream_state['at'])).toEqual(['start', 'end', 'end']);
    const later = await read(beats, { state: [stateOf('cats', { at: 'given' })] });
    expect(later.states.map(({ stream }) => stream.stream_state['at'])).toEqual(['given', 'start', 'end', 'end']);
  });

  test('one that comes after the end of the stream is not heard', async () => {
    let late: (() => Promise<void>) | undefined;
    const run = await read(
      {
        cats: async (output) => {
          await output.checkpoint({ at: 1 });
          late = () => output.heartbeat();
        },
        dogs: async (output) => {
          await late?.();
          await output.checkpoint({ at: 1 });
        },
      },
      {},
      ['cats', 'dogs'],
    );
    expect(storyOf(run).slice(3)).toEqual(['dogs STARTED', 'dogs state {"at":1} +0', 'dogs COMPLETE']);
  });
});

describe('a stream that fails', () => {
  const closed = new ConnectorError('The zoo is closed.', 'transient_error', { cause: new Error('503') });

  test('after records: the last state with their count, INCOMPLETE, TRACE ERROR, exit 1', async () => {
    const run = await read({
      cats: async (output) => {
        await output.checkpoint({ at: 1 });
        await output.records([{ id: '2' }]);
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
      cats: async (output) => {
        await output.checkpoint({ at: 1 });
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
      cats: async (output) => {
        output.startFrom({ at: 0 });
        await output.records([{ id: '1' }]);
        throw closed;
      },
    });
    expect(storyOf(run).slice(-3)).toEqual(['cats state {"at":0} +1', 'cats INCOMPLETE', 'error transient_error']);
  });

  test('before anything: the state it was given', async () => {
    const run = await read({ cats: () => Promise.reject(closed) }, { state: [stateOf('cats', { at: 7 })] });
    expect(storyOf(run)).toEqual([
      'cats STARTED',
      'cats state {"at":7} +0',
      'cats INCOMPLETE',
      'error transient_error',
    ]);
  });

  test('without any state known: none', async () => {
    const run = await read({ cats: () => Promise.reject(closed) });
    expect(storyOf(run)).toEqual(['cats STARTED', 'cats INCOMPLETE', 'error transient_error']);
  });

  test('does not keep the next from being read', async () => {
    const run = await read({ cats: () => Promise.reject(closed) }, {}, ['cats', 'dogs']);
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
    const run = await read({ cats: () => Promise.reject(new TypeError('x is undefined')) });
    expect(run.errors).toMatchObject([{ failure_type: 'system_error', internal_message: 'TypeError: x is undefined' }]);
    expect(run.errors[0]?.message).toMatch(/^Reading the stream "cats" failed unexpectedly\. Please report/);
  });

  test.each<[string, FakeBehaviour['cats']]>([
    ['without a checkpoint', () => Promise.resolve()],
    ['with a heartbeat only', (output) => output.heartbeat()],
    [
      'with records after its last checkpoint',
      async (output) => {
        await output.checkpoint({ at: 1 });
        await output.records([{ id: '2' }]);
      },
    ],
  ])('to end %s is such a fault', async (_, cats) => {
    const run = await read({ ...(cats === undefined ? {} : { cats }) });
    expect(run.exitCode).toBe(1);
    expect(storyOf(run).slice(-2)).toEqual(['cats INCOMPLETE', 'error system_error']);
  });

  test('a record that JSON cannot hold is such a fault, and only what was written is counted', async () => {
    const run = await read({
      cats: async (output) => {
        output.startFrom({ at: 0 });
        await output.records([{ id: '1' }, { id: 2n }, { id: '3' }]);
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
      cats: async (output) => {
        await output.records([
          { id: '1', tree },
          { id: '2', tree },
        ]);
        await output.checkpoint({ at: 2 });
      },
    });
    expect(run.exitCode).toBe(0);
    expect(run.logs).toEqual([
      {
        level: 'WARN',
        message:
          'Records of stream "cats" are nested too deep in "tree": the innermost part is written as a string of JSON.',
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
        cats: async (output, { signal }) => {
          await output.checkpoint({ at: 1 });
          await output.records([{ id: '2' }]);
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
        cats: async (output) => {
          stop.abort();
          await output.records([{ id: '1' }]);
          await output.checkpoint({ at: 1 });
        },
      },
      { signal: stop.signal },
    );
    expect(storyOf(run).slice(-2)).toEqual(['cats state {"at":1} +1', 'cats INCOMPLETE']);
  });

  test('before the first checkpoint sends the state of the start', async () => {
    const stop = new AbortController();
    const run = await read(
      {
        cats: (output) => {
          output.startFrom({ at: 0 });
          stop.abort();
          return Promise.resolve();
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
    const lost: unknown[] = [];
    let resume = (): void => undefined;
    const run = await read(
      {
        cats: async (output) => {
          await output.checkpoint({ at: 1 });
          await output.records([{ id: '2' }]);
          stop.abort();
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
          await output.records([{ id: '3' }]).catch((error: unknown) => lost.push(error));
          await output.checkpoint({ at: 3 }).catch((error: unknown) => lost.push(error));
        },
      },
      {
        signal: stop.signal,
        after: (_, callback) => {
          setImmediate(callback);
          return () => undefined;
        },
        onMessage: (message) => {
          if (tell(message) === 'cats INCOMPLETE') resume();
        },
      },
    );
    await new Promise(setImmediate);
    expect(storyOf(run).slice(-2)).toEqual(['cats state {"at":1} +1', 'cats INCOMPLETE']);
    expect(lost).toHaveLength(2);
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
      cats: async (messages) => {
        messages.startFrom({ at: 0 });
        await messages.records(batch);
        await messages.checkpoint({ at: 300 });
      },
    };
    await read(behaviour, {
      output,
      signal: stop.signal,
      after: (_, callback) => {
        setImmediate(() => {
          callback();
          setImmediate(() => {
            output.resume();
          });
        });
        return () => undefined;
      },
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
      cats: async (messages, { signal }) => {
        while (!signal.aborted) {
          pages += 1;
          await messages.records([{ id: String(pages) }]);
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
        cats: async (output) => {
          await output.checkpoint({ at: 1 });
          await output.records([{ id: '2' }]);
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
