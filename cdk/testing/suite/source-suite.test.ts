import { describe, expect, test } from '@jest/globals';
import { defineSource, defineSpec, secret, text } from '../../define';
import { childStream, stream, type StreamOptions } from '../../incremental';
import { ConfigError } from '../../src/errors';
import type { AirbyteStream, JsonObject } from '../../src/protocol';
import type { CommandContext, Source, Stream, StreamItem } from '../../src/source';
import { sourceSuite, type SourceSuiteOptions } from './source-suite';

const at = (minute: number): string => new Date(Date.parse('2026-01-01T00:00:00Z') + minute * 60_000).toISOString();
const TOKEN = 'zoo-token-4711';

interface ZooConfig {
  readonly token: string;
  readonly cage?: string | undefined;
}

/** A zoo with nothing wrong: keepers as a whole, cats incrementally, their kittens below them. */
class Zoo {
  rows: JsonObject[] = [1, 2, 2, 3, 4, 5, 5].map((minute, id) => ({ id: `c${id}`, updated: at(minute), name: 'x' }));

  cats(more: Partial<StreamOptions> = {}): StreamOptions {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- read by a generator function
    const zoo = this;
    return {
      name: 'cats',
      schema: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          updated: { type: 'string', format: 'date-time' },
          name: { type: 'string' },
        },
      },
      primaryKey: ['id'],
      cursor: { field: 'updated', order: 'ascending', start: at(1) },
      read: async function* ({ from }) {
        await Promise.resolve();
        const rows = zoo.rows.filter(({ updated }) => from === undefined || String(updated) >= String(from));
        for (let first = 0; first < rows.length; first += 2) yield rows.slice(first, first + 2);
      },
      ...more,
    };
  }

  streams(): readonly Stream[] {
    return [
      stream({
        name: 'keepers',
        schema: { type: 'object', properties: { name: { type: 'string' } } },
        primaryKey: ['name'],
        // eslint-disable-next-line @typescript-eslint/require-await -- a list that is there
        read: async function* () {
          yield [{ name: 'Anna' }, { name: 'Bert' }];
        },
      }),
      stream(this.cats()),
      childStream({
        name: 'kittens',
        schema: { type: 'object', properties: { id: { type: 'string' } } },
        primaryKey: ['id'],
        parent: this.cats(),
        cursorField: 'cat_updated',
        children: async function* ({ id }) {
          await Promise.resolve();
          yield [{ id: `${String(id)}-1` }, { id: `${String(id)}-2` }];
        },
      }),
    ];
  }

  source(): Source<ZooConfig> {
    return defineSource({
      spec: defineSpec({
        title: 'Zoo Source Spec',
        settings: {
          token: secret({ title: 'Token', description: 'Paste it.' }),
          cage: text({ title: 'Cage', description: 'Type its name.', optional: true }),
        },
      }),
      check: ({ token }, { log }) => {
        log('INFO', `Trying the token ${token}.`);
        if (token === TOKEN) return Promise.resolve();
        throw new ConfigError('The zoo does not know this Token: paste another.');
      },
      streams: () => this.streams(),
    });
  }
}

function options(zoo: Zoo, more: Partial<SourceSuiteOptions> = {}): SourceSuiteOptions {
  return {
    config: { token: TOKEN },
    refused: {
      'a token that the zoo does not know': { config: { token: 'wrong' }, message: /does not know this Token/ },
    },
    change: () => {
      zoo.rows.push({ id: 'new', updated: at(6) });
    },
    restate: () => {
      zoo.rows = zoo.rows.map((row) => (row === zoo.rows.at(-1) ? { ...row, name: 'restated' } : row));
      return Promise.resolve();
    },
    framework: { describe, test },
    ...more,
  };
}

describe('a source with nothing wrong', () => {
  const zoo = new Zoo();
  sourceSuite(zoo.source(), options(zoo));
});

describe('a source whose cursor is a time in seconds', () => {
  const zoo = new Zoo();
  zoo.rows = [1, 2, 2, 3].map((minute, id) => ({ id: `c${id}`, updated: 1_770_000_000 + 60 * minute }));
  const schema = { type: 'object', properties: { id: { type: 'string' }, updated: { type: 'integer' }, name: {} } };
  const cats = (): StreamOptions<JsonObject, 'epoch-seconds'> => ({
    ...zoo.cats(),
    schema,
    cursor: { field: 'updated', kind: 'epoch-seconds', order: 'ascending', lookback: 60_000 },
  });
  const more = {
    change: () => {
      zoo.rows.push({ id: 'new', updated: 1_770_000_600 });
      return Promise.resolve();
    },
  };
  sourceSuite({ ...zoo.source(), streams: () => [stream(cats())] }, options(zoo, more));
});

/** The sentences of the tests that fail. */
async function failuresOf<Config>(
  source: Source<Config>,
  given: SourceSuiteOptions,
): Promise<Readonly<Record<string, string>>> {
  const tests: [string, () => Promise<void>][] = [];
  const framework = {
    describe: (_: string, body: () => void) => {
      body();
    },
    test: Object.assign(
      (name: string, body: () => Promise<void>) => {
        tests.push([name, body]);
      },
      { skip: () => undefined },
    ),
  };
  sourceSuite(source, { ...given, framework });
  const failures: Record<string, string> = {};
  for (const [name, body] of tests) {
    await body().catch((error: unknown) => {
      failures[name] = (error instanceof Error ? error.message : String(error)).replace(
        /^AssertionError \[ERR_ASSERTION\]: /,
        '',
      );
    });
  }
  return failures;
}

type Mutant = (zoo: Zoo, source: Source<ZooConfig>) => Source<ZooConfig>;

const withStreams =
  (change: (streams: readonly Stream[]) => readonly Stream[]): Mutant =>
  (zoo, source) => ({
    ...source,
    streams: () => change(zoo.streams()),
  });

/** Changes what `cats` says of itself. */
const describing = (change: (descriptor: AirbyteStream) => object): Mutant =>
  withStreams((streams) =>
    streams.map((each) =>
      each.descriptor.name === 'cats'
        ? { ...each, descriptor: { ...each.descriptor, ...change(each.descriptor) } }
        : each,
    ),
  );

/** Changes the items of `cats`. */
const giving = (
  change: (items: AsyncIterable<StreamItem>, context: CommandContext) => AsyncIterable<StreamItem>,
): Mutant =>
  withStreams((streams) =>
    streams.map((each) =>
      each.descriptor.name === 'cats'
        ? {
            ...each,
            open: (request) => (context) => change(each.open(request)(context) as AsyncIterable<StreamItem>, context),
          }
        : each,
    ),
  );

const specWith =
  (properties: object): Mutant =>
  (_, source) => ({
    ...source,
    spec: () => {
      const { connectionSpecification: schema } = source.spec();
      return {
        connectionSpecification: { ...schema, properties: { ...(schema['properties'] as object), ...properties } },
      };
    },
  });

const mapRecords = (change: (record: JsonObject) => JsonObject) =>
  async function* (items: AsyncIterable<StreamItem>): AsyncGenerator<StreamItem, void> {
    for await (const item of items) {
      yield 'records' in item ? { records: (item.records as readonly JsonObject[]).map(change) } : item;
    }
  };

/** The records of an item as text, which is written as it is. */
function asJsonText({ records }: Extract<StreamItem, { readonly records: unknown }>): StreamItem {
  const texts = (records as readonly JsonObject[]).map((record) => JSON.stringify(record));
  const ends = texts.map((_, index) => texts.slice(0, index + 1).join('').length);
  return { records: { bytes: Buffer.from(texts.join('')), ends } };
}

describe('sourceSuite finds', () => {
  test.each<[string, Mutant, RegExp, RegExp]>([
    [
      'a setting without a title',
      specWith({ cage: { type: 'string', description: 'x' } }),
      /^spec is a form/,
      /"cage" has no "title"/,
    ],
    [
      'a secret that is not marked',
      specWith({ password: { type: 'string', title: 'P', description: 'x' } }),
      /^spec is a form/,
      /"password" looks like a secret/,
    ],
    [
      'a reference in the spec',
      specWith({ cage: { $ref: '#/x', title: 'C', description: 'x' } }),
      /^spec is a form/,
      /"cage" uses "\$ref"/,
    ],
    [
      'a check that refuses what works',
      (_, source) => ({ ...source, check: () => Promise.reject(new ConfigError('No.')) }),
      /^check accepts the config$/,
      /FAILED/,
    ],
    [
      'a check that accepts everything',
      (_, source) => ({ ...source, check: () => Promise.resolve({ status: 'SUCCEEDED' }) }),
      /^check refuses a token/,
      /was accepted/,
    ],
    [
      'a parser that accepts everything',
      (_, source) => ({ ...source, parseConfig: () => ({ token: TOKEN }) }),
      /^check names every required setting/,
      /was accepted/,
    ],
    [
      'a parser that refuses unknown settings',
      (_, source) => ({
        ...source,
        parseConfig: (json) => {
          if ('added_by_the_platform' in json) throw new ConfigError('Unknown.');
          return source.parseConfig(json);
        },
      }),
      /^check accepts the config with nulls/,
      /FAILED/,
    ],
    [
      'a parser that crashes',
      (_, source) => ({ ...source, parseConfig: ({ token }) => ({ token: (token as string).trim() }) }),
      /^check names every setting of a wrong type/,
      /system_error|exitCode/,
    ],
    [
      'a secret in the log',
      (_, source) => ({
        ...source,
        streams: (_config, { log }) => {
          log('INFO', Buffer.from(TOKEN).toString('hex'));
          log('INFO', TOKEN.split('').join(''));
          return [];
        },
      }),
      /^discover lists/,
      /There are no streams/,
    ],
    [
      'a secret in a record',
      giving(mapRecords((record) => ({ ...record, note: TOKEN }))),
      /^read gives records/,
      /A secret of the config is in the output/,
    ],
    [
      'a primary key that is not declared',
      describing(() => ({ source_defined_primary_key: [['nowhere']] })),
      /^discover declares/,
      /Stream cats: its primary key "nowhere" is not declared in its schema/,
    ],
    [
      'a cursor that is not declared',
      describing(() => ({ default_cursor_field: ['nowhere'] })),
      /^discover declares/,
      /Stream cats: its cursor "nowhere" is not declared in its schema/,
    ],
    [
      'a cursor that has no name',
      describing(() => ({ default_cursor_field: undefined })),
      /^discover declares/,
      /Stream cats: it has a cursor of its own and does not name it/,
    ],
    [
      'a primary key that is an object',
      describing(() => ({
        json_schema: { type: 'object', properties: { id: { type: ['null', 'object'] }, updated: {}, name: {} } },
      })),
      /^discover declares/,
      /Stream cats: its primary key "id" is no scalar/,
    ],
    [
      'a schema with a reference',
      describing(({ json_schema: schema }) => ({ json_schema: { ...schema, definitions: {} } })),
      /^discover lists/,
      /"definitions"/,
    ],
    [
      'a field that is not declared',
      giving(mapRecords((record) => ({ ...record, extra: 1 }))),
      /^read gives records/,
      /the field "extra", which is not declared/,
    ],
    [
      'a value that breaks the schema',
      giving(mapRecords((record) => ({ ...record, updated: 'soon' }))),
      /^read gives records/,
      /breaks "format" at "updated"/,
    ],
    [
      'a record without its primary key',
      giving(mapRecords(({ updated }) => ({ updated }))),
      /^read gives records/,
      /has no "id"/,
    ],
    [
      'a record that comes twice',
      giving(async function* (items) {
        for await (const item of items) {
          yield item;
          if ('records' in item) yield item;
        }
      }),
      /^read gives records/,
      /comes twice/,
    ],
    [
      'a record that is lost behind a checkpoint',
      giving(async function* (items) {
        let skipped = false;
        for await (const item of items) {
          if ('records' in item && !skipped) {
            skipped = true;
            continue;
          }
          yield item;
        }
      }),
      /^read from every state/,
      /not the same records/,
    ],
    [
      'a checkpoint before its records',
      giving(async function* (items) {
        let held: StreamItem | undefined;
        for await (const item of items) {
          if ('records' in item) held = item;
          else if ('checkpoint' in item && held !== undefined) {
            yield item;
            yield held;
            held = undefined;
            yield item;
          } else yield item;
        }
      }),
      /^read from every state/,
      /not the same records/,
    ],
    [
      'a state that is not understood',
      withStreams((streams) =>
        streams.map((each) => ({ ...each, open: (request) => each.open({ ...request, state: undefined }) })),
      ),
      /^read from a state that can not be understood/,
      /config_error|exitCode/,
    ],
    [
      'a read that starts over',
      withStreams((streams) =>
        streams.map((each) => ({ ...each, open: (request) => each.open({ ...request, state: undefined }) })),
      ),
      /^read from the last state gives nothing again/,
      /gives records again/,
    ],
    [
      'columns that are written though they are not selected',
      giving(async function* (items) {
        for await (const item of items) yield 'records' in item ? asJsonText(item) : item;
      }),
      /^read of selected columns/,
      /not the columns id, updated/,
    ],
    [
      'a record that does not come again though it has changed',
      withStreams((streams) =>
        streams.map((each) => ({
          ...each,
          open: (request) => (context) =>
            mapRecords((record) => (request.state === undefined ? record : { ...record, name: 'x' }))(
              each.open(request)(context) as AsyncIterable<StreamItem>,
            ),
        })),
      ),
      /^read from the last state gives a record again/,
      /Stream cats: a record that has changed under its cursor value is missing/,
    ],
    [
      'a state that goes back',
      giving(async function* (items) {
        for await (const item of items) yield 'checkpoint' in item ? { checkpoint: { updated: at(0) } } : item;
      }),
      /^read from the last state gives nothing again|^read from a state in the future/,
      /went back|records again/,
    ],
  ])('%s', async (_, mutate, sentence, message) => {
    const zoo = new Zoo();
    const failures = await failuresOf(mutate(zoo, zoo.source()), options(zoo));
    const found = Object.entries(failures).filter(([name]) => sentence.test(name));
    expect({ found: found.length > 0, failures }).toMatchObject({ found: true });
    expect(found.map(([, why]) => why).join(' ')).toMatch(message);
  });

  test('a source in which nothing changes', async () => {
    const nothing = { change: () => Promise.resolve(), restate: () => Promise.resolve() };
    expect(await failuresOf(new Zoo().source(), options(new Zoo(), nothing))).toEqual({
      'read from the last state gives what has changed since': 'Nothing has changed.',
      'read from the last state gives a record again that has changed under the same cursor value':
        'No record has changed.',
    });
  });

  test('a stream that is empty, in which nothing can be tested', async () => {
    const zoo = new Zoo();
    zoo.rows = [];
    expect(await failuresOf(zoo.source(), options(zoo))).toMatchObject({
      'read gives records as the schema says, each with its primary key, each once':
        'Stream cats has no records: nothing can be tested.',
    });
  });

  test('that there is no framework', () => {
    const there: unknown = Reflect.get(globalThis, 'describe');
    Reflect.deleteProperty(globalThis, 'describe');
    try {
      expect(() => {
        sourceSuite(new Zoo().source(), { config: {} });
      }).toThrow('There is no global "describe" and "test"');
    } finally {
      Object.assign(globalThis, { describe: there });
    }
  });
});

describe('tests that are left out', () => {
  const zoo = new Zoo();
  const name = 'read from every state gives exactly the rest';
  /** What the suite names: tests, and tests that are not run. */
  function namesIn(skip: Readonly<Record<string, string>>): { readonly run: string[]; readonly left: string[] } {
    const names: { readonly run: string[]; readonly left: string[] } = { run: [], left: [] };
    const framework = {
      describe: (_: string, body: () => void) => {
        body();
      },
      test: Object.assign((test: string) => names.run.push(test), { skip: (test: string) => names.left.push(test) }),
    };
    sourceSuite(zoo.source(), options(zoo, { framework, skip }));
    return names;
  }

  test('are named with the reason, and are not run', () => {
    const { run, left } = namesIn({ [name]: 'a state takes an hour' });
    expect(left).toEqual([`${name} (left out: a state takes an hour)`]);
    expect(run).toEqual(namesIn({}).run.filter((other) => other !== name));
  });

  test('are an error where there is no such test, which lists those that there are', () => {
    expect(() => namesIn({ 'read well': 'x' })).toThrow(
      /^There is no test "read well" to be left out.*\nread from every/s,
    );
  });
});

test('sourceSuite lets streams repeat that say so', async () => {
  const zoo = new Zoo();
  const source: Source<ZooConfig> = { ...zoo.source(), streams: () => [stream({ ...zoo.cats(), primaryKey: [] })] };
  expect(Object.keys(await failuresOf(source, options(zoo)))).not.toEqual([]);
  expect(
    await failuresOf(
      source,
      options(new Zoo(), {
        repeating: ['cats'],
        change: () => {
          zoo.rows.push({ id: 'x', updated: at(9) });
          return Promise.resolve();
        },
        restate: () => {
          zoo.rows = zoo.rows.map((row) => (row['id'] === 'x' ? { ...row, name: 'restated' } : row));
          return Promise.resolve();
        },
      }),
    ),
  ).toEqual({});
});
