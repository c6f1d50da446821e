import { describe, expect, test } from '@jest/globals';
import { runSource } from '../testing';
import { fakeSource, fakeStream, type FakeRead } from '../testing/fake-source';

const config = { token: 'tok-1' };
const ids = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: String(first + index) }));

/** Three a page, without an end, each followed by a checkpoint. */
const endless: FakeRead = function* () {
  for (let page = 0; ; page += 1) {
    yield { records: ids(page * 3, 3) };
    yield { checkpoint: { page } };
  }
};

const sample = (source: ReturnType<typeof fakeSource>, ...args: string[]) =>
  runSource(source, ['read', '--sample', ...args], { config });

describe('a sample', () => {
  test('is so many records of each stream, in the middle of a page, without a catalog and a state', async () => {
    const run = await sample(fakeSource({ cats: endless, dogs: endless }), '4');
    const one = ids(0, 4).map(({ id }) => id);
    expect(run.exitCode).toBe(0);
    expect(run.records.map(({ stream, data }) => `${stream} ${String(data['id'])}`)).toEqual([
      ...one.map((id) => `cats ${id}`),
      ...one.map((id) => `dogs ${id}`),
    ]);
  });

  test('is that of one stream where it is named', async () => {
    const run = await sample(fakeSource({ cats: endless, dogs: endless }), '2', '--stream', 'dogs');
    expect(run.records.map(({ stream }) => stream)).toEqual(['dogs', 'dogs']);
  });

  test('ends as a stop does: the last safe state with the records since, INCOMPLETE, and a line that says why', async () => {
    const run = await sample(fakeSource({ cats: endless }), '4', '--stream', 'cats');
    expect(run.states.at(-1)).toMatchObject({
      stream: { stream_state: { page: 0 } },
      sourceStats: { recordCount: 1 },
    });
    expect(run.statuses.map(({ status }) => status)).toEqual(['STARTED', 'RUNNING', 'INCOMPLETE']);
    expect(run.logs.map(({ message }) => message)).toEqual(['Ended after 4 of the records of stream "cats".']);
  });

  test('has all of a stream that has fewer, which is complete then', async () => {
    const run = await sample(fakeSource(), '5', '--stream', 'cats');
    expect(run).toMatchObject({ exitCode: 0, records: [{ data: { id: '1' } }], logs: [] });
    expect(run.statuses.at(-1)?.status).toBe('COMPLETE');
  });

  test('is cut out of records that are JSON text', async () => {
    const text: FakeRead = () => [
      { records: { bytes: Buffer.from('{"id":"1"}{"id":"2"}'), ends: [10, 20] } },
      { checkpoint: { id: '2' } },
    ];
    expect((await sample(fakeSource({ cats: text }), '1', '--stream', 'cats')).records).toMatchObject([
      { data: { id: '1' } },
    ]);
  });

  test('has the reader stop: what it awaits is aborted, and its finally blocks run', async () => {
    const seen: string[] = [];
    const careful: FakeRead = function* ({ signal }) {
      signal.addEventListener('abort', () => seen.push('aborted'));
      try {
        yield { records: ids(0, 2) };
        yield { checkpoint: { at: 2 } };
      } finally {
        seen.push('ended');
      }
    };
    await sample(fakeSource({ cats: careful }), '1');
    expect(seen).toEqual(['aborted', 'ended']);
  });

  test('has a signal that more than ten may wait for, without a warning of Node', async () => {
    const limits: unknown[] = [];
    const waiting: FakeRead = function* ({ signal }) {
      // getMaxListeners of Node 20 refuses an AbortSignal.
      const limit = Reflect.ownKeys(signal).find((key) => String(key).includes('maxEventTargetListeners)'));
      limits.push(limit === undefined ? undefined : Reflect.get(signal, limit));
      yield { records: ids(0, 1) };
      yield { checkpoint: { at: 1 } };
    };
    await sample(fakeSource({ cats: waiting }), '1');
    expect(limits).toEqual([0]);
  });

  test('is a full refresh, where a stream has one', async () => {
    const modes: string[] = [];
    const open = ({ syncMode }: { readonly syncMode: string }): void => {
      modes.push(syncMode);
    };
    const streams = () => [
      fakeStream({ name: 'cats', supported_sync_modes: ['incremental', 'full_refresh'] }, endless, open),
      fakeStream({ name: 'dogs', supported_sync_modes: ['incremental'] }, endless, open),
    ];
    await sample(fakeSource({ streams }), '1');
    expect(modes).toEqual(['full_refresh', 'incremental']);
  });

  test('of a stream that there is not is a config_error, which names those that there are', async () => {
    const run = await sample(fakeSource(), '1', '--stream', 'cows');
    expect(run).toMatchObject({ exitCode: 1, records: [] });
    expect(run.errors).toMatchObject([
      {
        failure_type: 'config_error',
        message: '--stream names the stream "cows", which doesn\'t exist. This source has: "cats", "dogs".',
      },
    ]);
  });

  test('of a stream that fails says so, masks secrets, and brings the others', async () => {
    const failing: FakeRead = function* () {
      yield { records: ids(0, 1) };
      throw new Error('GET /?token=tok-1');
    };
    const run = await sample(fakeSource({ cats: failing, dogs: endless }), '2');
    expect(run.exitCode).toBe(1);
    expect(run.records.map(({ stream }) => stream)).toEqual(['cats', 'dogs', 'dogs']);
    expect(run.errors).toMatchObject([{ internal_message: 'Error: GET /?token=****' }]);
  });
});
