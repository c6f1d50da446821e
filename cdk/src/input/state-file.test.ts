import { describe, expect, test } from '@jest/globals';
import { stateOf } from '../../testing/fake-source';
import { ConfigError } from '../errors';
import type { JsonObject } from '../protocol';
import { readStateFile, type StreamState } from './state-file';

const list = (json: unknown): Promise<readonly StreamState[]> =>
  readStateFile('/s.json', () => Promise.resolve(typeof json === 'string' ? json : JSON.stringify(json)), [
    'cats',
    'dogs',
  ]);
/** By the names of the streams. */
const reading = async (json: unknown): Promise<unknown> =>
  new Map((await list(json)).map(({ stream, state }) => [stream.name, state]));
const catsAt = (id: string) => new Map([['cats', { id }]]);

describe('no state', () => {
  test.each([
    ['[]'],
    ['{}'],
    ['null'],
    ['{"type":"LEGACY","data":{}}'],
    ['{"type":"LEGACY","data":null}'],
    ['{"data":{}}'],
  ])('%s', async (text) => {
    await expect(reading(text)).resolves.toEqual(new Map());
  });

  test.each([null, {}, { __ab_no_cursor_state_message: true }])(
    'a stream_state %j names the stream, without a state',
    async (state) => {
      await expect(reading([stateOf('cats', state)])).resolves.toEqual(new Map([['cats', undefined]]));
    },
  );

  test('is not what only names that every object has are in', async () => {
    const state = JSON.parse('{"constructor":1,"__proto__":{"id":"7"}}') as JsonObject;
    await expect(reading([stateOf('cats', state)])).resolves.toEqual(new Map([['cats', state]]));
  });

  test('an absent stream_state likewise', async () => {
    await expect(reading([{ type: 'STREAM', stream: { stream_descriptor: { name: 'cats' } } }])).resolves.toEqual(
      new Map([['cats', undefined]]),
    );
  });

  test('a GLOBAL without streams', async () => {
    await expect(reading([{ type: 'GLOBAL', global: { shared_state: null, stream_states: null } }])).resolves.toEqual(
      new Map(),
    );
  });
});

describe('forms of a state', () => {
  const stream = { stream_descriptor: { name: 'cats', namespace: null }, stream_state: { id: '7' } };
  const forms: readonly (readonly [string, unknown])[] = [
    ['an array of STREAM messages', [{ type: 'STREAM', stream }]],
    [
      'with a namespace',
      [{ type: 'STREAM', stream: { ...stream, stream_descriptor: { name: 'cats', namespace: 'n' } } }],
    ],
    ['with all that the platform adds', [{ type: 'STREAM', stream, global: null, data: null, sourceStats: null }]],
    ['without the type', [{ stream }]],
    ['whole AirbyteMessages', [{ type: 'STATE', state: { type: 'STREAM', stream }, record: null }]],
    ['one message alone', { type: 'STREAM', stream }],
    ['one AirbyteMessage alone', { type: 'STATE', state: { type: 'STREAM', stream } }],
    ['a descriptor and its state alone', stream],
    ['a GLOBAL message', [{ type: 'GLOBAL', global: { shared_state: {}, stream_states: [stream] } }]],
    ['a GLOBAL without the type', { global: { stream_states: [stream] } }],
    ['a LEGACY message', [{ type: 'LEGACY', data: { cats: { id: '7' } } }]],
    ['a LEGACY without the type', { data: { cats: { id: '7' } } }],
    ['a map of streams', { cats: { id: '7' } }],
  ];
  test.each(forms)('%s', async (_, json) => {
    await expect(reading(json)).resolves.toEqual(catsAt('7'));
  });

  test('streams that are not known are kept, for the log', async () => {
    await expect(reading([stateOf('cats', { id: '7' }), stateOf('cows', { id: '1' })])).resolves.toEqual(
      new Map([
        ['cats', { id: '7' }],
        ['cows', { id: '1' }],
      ]),
    );
    await expect(reading({ cats: { id: '7' }, cows: null })).resolves.toEqual(
      new Map<string, unknown>([
        ['cats', { id: '7' }],
        ['cows', undefined],
      ]),
    );
  });

  test('streams of one name are told apart by their namespaces', async () => {
    const of = (namespace: string, id: string) => ({
      stream: { stream_descriptor: { name: 'cats', namespace }, stream_state: { id } },
    });
    expect(await list([of('zoo', '1'), of('park', '2'), of('zoo', '3')])).toEqual([
      { stream: { name: 'cats', namespace: 'zoo' }, state: { id: '3' } },
      { stream: { name: 'cats', namespace: 'park' }, state: { id: '2' } },
    ]);
  });

  test('of several states of one stream the last counts, and an empty one takes nothing away', async () => {
    await expect(
      reading([stateOf('cats', { id: '6' }), stateOf('cats', { id: '7' }), stateOf('cats', null)]),
    ).resolves.toEqual(catsAt('7'));
  });
});

describe('what is not understood is a config error that names the file', () => {
  const bad: readonly (readonly [string, unknown])[] = [
    ['an empty file', ''],
    ['no JSON', '{"type":'],
    ['a scalar', 7],
    ['an array of something else', ['cats']],
    ['null in an array', [null]],
    ['an unknown type', [{ type: 'SHARD', stream: {} }]],
    ['an object of nothing known', [{ hello: 1 }]],
    ['another message', [{ type: 'RECORD', record: {} }]],
    ['a message without its contents', [{ type: 'STATE', state: null }]],
    ['a namespace that is a number', [{ stream: { stream_descriptor: { name: 'cats', namespace: 7 } } }]],
    ['a STREAM without a stream', [{ type: 'STREAM', stream: null }]],
    ['a stream without a descriptor', [{ type: 'STREAM', stream: { stream_state: { id: '7' } } }]],
    ['a descriptor without a name', [{ type: 'STREAM', stream: { stream_descriptor: {}, stream_state: {} } }]],
    [
      'a state that is a string',
      [{ type: 'STREAM', stream: { stream_descriptor: { name: 'cats' }, stream_state: 'x' } }],
    ],
    [
      'a state that is an array',
      [{ type: 'STREAM', stream: { stream_descriptor: { name: 'cats' }, stream_state: [] } }],
    ],
    ['a GLOBAL with a shared state', [{ type: 'GLOBAL', global: { shared_state: { id: '7' }, stream_states: [] } }]],
    ['a GLOBAL without contents', [{ type: 'GLOBAL' }]],
    ['a GLOBAL of something else', [{ type: 'GLOBAL', global: { stream_states: { cats: {} } } }]],
    ['a LEGACY of something else', [{ type: 'LEGACY', data: [] }]],
    ['a LEGACY with a bad state', [{ type: 'LEGACY', data: { cats: 'x' } }]],
    ["a stream's bare state", { id: '7' }],
    ['a map of no known stream', { cows: { id: '7' } }],
    ['a map with a bad state', { cats: '7' }],
  ];
  test.each(bad)('%s', async (_, json) => {
    const reject = expect(reading(json)).rejects;
    await reject.toThrow(ConfigError);
    await expect(reading(json)).rejects.toThrow('The state file "/s.json"');
  });

  test('the message says which entry is meant', async () => {
    await expect(reading([stateOf('cats', {}), { type: 'STREAM', stream: {} }])).rejects.toThrow(
      'the "stream" of entry 2 has no "stream_descriptor"',
    );
  });
});
