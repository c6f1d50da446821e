import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { pageGetter, StatusError } from '../http';
import { defineSource, defineSpec, secret } from '../define';
import { ConfigError } from '../src/errors';
import type { JsonObject } from '../src/protocol';
import { NO_STATE, stateOf, type ReadContext, type StateOrMaker, type Stream } from '../src/source';
import { configuredCatalogOf, fakeApi, runSource, sourceSuite } from '../testing';
import { quietContext, take, withoutHashes } from '../testing/simulated-list';
import type { AnyCursorKind } from './cursor-kind';
import { pageNumber } from './next-page';
import { paginate, type Pages } from './paginate';
import { childStream, keysOf, stream, type ReadRange, type StreamOptions } from './stream';

const EPOCH = Date.parse('2026-01-01T00:00:00Z');
const at = (second: number): string => new Date(EPOCH + second * 1000).toISOString();

interface Issue {
  readonly id: string;
  readonly project: string;
  readonly updated: string;
}

const schema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    project: { type: 'string' },
    updated: { type: 'string', format: 'date-time' },
  },
};

/** An API that lists issues by project, in the order in which they have changed. */
class Tracker {
  readonly asked: { readonly partition: string; readonly from: string | undefined }[] = [];
  /** What it throws for a project. */
  readonly faults = new Map<string, Error>();

  constructor(
    readonly projects: Record<string, Issue[]>,
    readonly pageSize = 2,
  ) {}

  add(project: string, ...seconds: readonly number[]): void {
    const issues = (this.projects[project] ??= []);
    for (const second of seconds) issues.push({ id: `${project}${issues.length}`, project, updated: at(second) });
  }

  read = async function* (
    this: Tracker,
    { from, partition }: ReadRange<string, string>,
  ): AsyncGenerator<readonly (Issue & JsonObject)[], void> {
    await Promise.resolve();
    this.asked.push({ partition, from });
    const rows = (this.projects[partition] ?? []).filter(({ updated }) => from === undefined || updated >= from);
    for (let first = 0; first < rows.length; first += this.pageSize) {
      yield rows.slice(first, first + this.pageSize).map((row) => ({ ...row }));
    }
    const fault = this.faults.get(partition);
    if (fault !== undefined) throw fault;
  }.bind(this);

  options(more: Partial<StreamOptions<Issue, 'date-time', string>> = {}): StreamOptions<Issue, 'date-time', string> {
    return {
      name: 'issues',
      schema,
      primaryKey: ['id'],
      partitions: () => Object.keys(this.projects),
      cursor: { field: 'updated', kind: 'date-time', order: 'ascending' },
      read: this.read,
      now: () => EPOCH + 3_600_000,
      ...more,
    };
  }
}

function tracker(projects: Readonly<Record<string, readonly number[]>>, pageSize?: number): Tracker {
  const made = new Tracker({}, pageSize);
  for (const [project, seconds] of Object.entries(projects)) made.add(project, ...seconds);
  return made;
}

const idsOf = (rows: readonly JsonObject[]): string => rows.map(({ id }) => String(id)).join(' ');

const LOGGED: string[] = [];
const listening = (): ReadContext => {
  LOGGED.length = 0;
  return quietContext((level, message) => LOGGED.push(`${level} ${message}`));
};

describe('a stream with partitions', () => {
  test('has a cursor of each, and a checkpoint wherever one has records', async () => {
    const { items } = await take(stream(tracker({ a: [1, 5], b: [], c: [3, 3, 4] }).options()), undefined);
    const [a, c3, c4] = [
      ['a', { updated: at(5), delivered_rows: { [at(5)]: ['a1'] } }],
      ['c', { updated: at(3), delivered_rows: { [at(3)]: ['c0', 'c1'] } }],
      ['c', { updated: at(4), delivered_rows: { [at(4)]: ['c2'] } }],
    ];
    const shapes = items.map((item) => ('records' in item ? idsOf(item.records as JsonObject[]) : item));
    expect(withoutHashes(shapes)).toEqual([
      'a0 a1',
      { checkpoint: { partitions: [a] } },
      'c0 c1',
      { checkpoint: { partitions: [a, c3] } },
      'c2',
      { checkpoint: { partitions: [a, c4] } },
      { checkpoint: { partitions: [a, c4] } },
    ]);
  });

  test('goes on with each from its own cursor', async () => {
    const api = tracker({ a: [1, 5], b: [3] });
    const first = await take(stream(api.options()), undefined);
    api.asked.length = 0;
    api.add('b', 4);
    const second = await take(stream(api.options()), first.saved);
    expect(idsOf(second.records)).toBe('b1');
    expect(second.items[0]).toEqual({ startFrom: first.saved });
    expect(api.asked).toEqual([
      { partition: 'a', from: at(5) },
      { partition: 'b', from: at(3) },
    ]);
  });

  test('begins with one that is new at the start, and forgets one that is gone', async () => {
    const api = tracker({ a: [5], b: [5] });
    const cursor = { field: 'updated', kind: 'date-time', order: 'ascending', start: at(2) } as const;
    const first = await take(stream(api.options({ cursor })), undefined);
    Reflect.deleteProperty(api.projects, 'a');
    api.add('c', 1, 2, 3);
    const second = await take(stream(api.options({ cursor })), first.saved);
    expect(idsOf(second.records)).toBe('c1 c2');
    expect(withoutHashes(second.saved)).toMatchObject({
      partitions: [
        ['b', { updated: at(5) }],
        ['c', { updated: at(3) }],
      ],
    });
    expect(JSON.stringify(second.saved)).not.toContain('"a"');
    api.add('a', 6);
    expect(idsOf((await take(stream(api.options({ cursor })), second.saved)).records)).toBe('a0');
  });

  test('tells keys apart that are numbers, texts or several, and takes one that is listed twice once', async () => {
    const asked: unknown[] = [];
    const keys = ['7', 7, ['o', 7], '7', ['o', 7]];
    const cats = stream({
      name: 'cats',
      schema,
      primaryKey: ['id'],
      cursor: { field: 'updated', kind: 'date-time', order: 'none' },
      partitions: () => keys,
      // eslint-disable-next-line @typescript-eslint/require-await -- an API
      read: async function* ({ partition }) {
        asked.push(partition);
        yield [{ id: JSON.stringify(partition), updated: at(asked.length) }];
      },
    });
    const { saved } = await take(cats, undefined);
    expect(asked).toEqual(['7', 7, ['o', 7]]);
    expect((await take(cats, saved)).states.at(-1)).toMatchObject({
      partitions: [
        ['7', {}],
        [7, {}],
        [['o', 7], {}],
      ],
    });
  });

  test('without a cursor is read as a whole', async () => {
    const { cursor, ...whole } = tracker({ a: [1, 5, 6], b: [3] }).options();
    expect(cursor).toBeDefined();
    const { records, states } = await take(stream(whole), undefined);
    expect(idsOf(records)).toBe('a0 a1 a2 b0');
    expect(states).toEqual([NO_STATE]);
    expect((await take(stream({ ...whole, partitions: () => [] }), undefined)).states).toEqual([NO_STATE]);
  });

  test('begins several at the same time, and holds one page of each', async () => {
    const api = tracker({ a: [1, 2, 3], b: [1, 2, 3], c: [1], d: [1], e: [1] });
    const items = stream(api.options({ workers: 3 })).open({ state: undefined, syncMode: 'incremental' })(
      quietContext(),
    );
    for await (const item of items) if ('records' in item) break;
    expect(api.asked.map(({ partition }) => partition)).toEqual(['a', 'b', 'c']);
  });

  test('says nothing in a state that is made later than its checkpoint but what was delivered until then', async () => {
    const issues = stream(tracker({ a: [1, 2, 3], b: [], c: [4, 5, 6], d: [7] }, 1).options());
    const delivered: string[] = [];
    let last: StateOrMaker | undefined;
    for await (const item of issues.open({ state: undefined, syncMode: 'incremental' })(quietContext())) {
      if ('checkpoint' in item) last = item.checkpoint;
      if ('records' in item) delivered.push(idsOf(item.records as JsonObject[]));
      if (last === undefined) continue;
      const { records } = await take(issues, stateOf(last) as JsonObject);
      const ids = [...delivered, ...records.map(({ id }) => String(id))];
      expect([...new Set(ids)].sort()).toEqual(['a0', 'a1', 'a2', 'c0', 'c1', 'c2', 'd0']);
    }
  });

  test('takes a checkpoint of a partition back whose rows come in another order', async () => {
    const { states, records } = await take(stream(tracker({ a: [1], b: [5, 9, 2] }).options()), undefined);
    expect(idsOf(records)).toBe('a0 b0 b1 b2');
    expect(
      states.map(({ partitions }) =>
        (partitions as [string, JsonObject][]).map(([key, { updated }]) => [key, updated]),
      ),
    ).toEqual([
      [['a', at(1)]],
      [
        ['a', at(1)],
        ['b', at(9)],
      ],
      [['a', at(1)]],
      [
        ['a', at(1)],
        ['b', at(9)],
      ],
      [
        ['a', at(1)],
        ['b', at(9)],
      ],
    ]);
  });

  test.each<[JsonObject, string]>([
    [{ updated: at(1) }, '"partitions" must be a list of pairs'],
    [{ partitions: ['a'] }, '"partitions" must be a list of pairs'],
    [{ partitions: [['a', { updated: 7 }]] }, '"updated" must be a time such as'],
  ])('refuses the state %j', (state, message) => {
    const issues = stream(tracker({ a: [] }).options());
    expect(() => issues.open({ state, syncMode: 'incremental' })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), failureType: 'config_error' }),
    );
  });

  test.each(['missing', 'workers'] as const)('is the only one that takes "%s"', (option) => {
    const { partitions, ...rest } = tracker({}).options({ missing: 'skip', workers: 1 });
    expect(partitions).toBeDefined();
    const { missing, workers, ...bare } = rest;
    const one = option === 'missing' ? { missing: missing ?? 'fail' } : { workers: workers ?? 1 };
    expect(() =>
      stream({ ...bare, ...one, read: () => tracker({}).read({ from: '', to: '', partition: '' }) }),
    ).toThrow('it has "missing" or "workers", but no "partitions"');
  });

  test('loses and repeats nothing, wherever it is killed and whatever partitions come', async () => {
    const seconds = fc.array(fc.nat(30), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), seconds),
        fc.dictionary(fc.constantFrom('a', 'c', 'e'), seconds),
        fc.record({ pageSize: fc.integer({ min: 1, max: 4 }), workers: fc.integer({ min: 1, max: 3 }) }),
        fc.array(fc.nat(12), { maxLength: 4 }),
        async (before, later, { pageSize, workers }, kills) => {
          const ascending = (times: readonly number[]) => [...times].sort((a, b) => a - b);
          const api = tracker(
            Object.fromEntries(Object.entries(before).map(([key, times]) => [key, ascending(times)])),
            pageSize,
          );
          const issues = stream(api.options({ workers }));
          const all = () =>
            Object.values(api.projects)
              .flatMap((rows) => rows.map(({ id }) => id))
              .sort();
          const known = all();
          let state: JsonObject | undefined;
          const kept: string[] = [];
          const lost: string[] = [];
          for (const kill of [...kills, Infinity]) {
            const { items, saved } = await take(issues, state, { kill });
            const last = items.findLastIndex((item) => 'checkpoint' in item);
            items.forEach((item, index) => {
              if ('records' in item)
                (index < last ? kept : lost).push(...(item.records as Issue[]).map(({ id }) => id));
            });
            state = saved === NO_STATE ? undefined : saved;
          }
          expect([...new Set([...kept, ...lost])].sort()).toEqual(known);
          expect(kept.toSorted()).toEqual([...new Set(kept)].sort());
          for (const [key, times] of Object.entries(later)) api.add(key, ...ascending(times).map((time) => 40 + time));
          const next = await take(issues, state);
          expect(next.records.map(({ id }) => String(id)).sort()).toEqual(all().filter((id) => !known.includes(id)));
          const last = next.saved === NO_STATE ? undefined : next.saved;
          expect((await take(issues, last)).records).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('partitions that are missing', () => {
  const missing = (status: number): Error =>
    new ConfigError(`answered ${status}`, { cause: new StatusError('the tracker', status) });
  const withMissing = (): Tracker => {
    const api = tracker({ a: [1], b: [], c: [2, 3, 4], d: [9] });
    api.faults.set('b', missing(404));
    api.faults.set('c', missing(403));
    return api;
  };

  test('fail the stream unless it says otherwise', async () => {
    await expect(take(stream(withMissing().options()), undefined)).rejects.toThrow('answered 404');
  });

  test('are skipped, with what they gave before, and one line says how many there were', async () => {
    const context = listening();
    const { records, saved } = await take(stream(withMissing().options({ missing: 'skip' })), undefined, { context });
    expect(idsOf(records)).toBe('a0 c0 c1 c2 d0');
    expect(withoutHashes(saved)).toMatchObject({
      partitions: [
        ['a', {}],
        ['c', { updated: at(4) }],
        ['d', {}],
      ],
    });
    expect(LOGGED).toEqual([
      'INFO Stream "issues": 2 of 4 lists were skipped, because the server answers that they are missing or not allowed (403, 404).',
    ]);
  });

  test('keep the state that they had', async () => {
    const api = tracker({ a: [1], b: [2] });
    const first = await take(stream(api.options({ missing: 'skip' })), undefined);
    api.read = () => {
      throw missing(410);
    };
    const context = listening();
    expect((await take(stream(api.options({ missing: 'skip' })), first.saved, { context })).saved).toEqual(first.saved);
    expect(LOGGED).toEqual([expect.stringMatching(/^WARN Stream "issues": 2 of 2 lists were skipped/)]);
  });

  test.each<[string, Error]>([
    ['another status', new StatusError('the tracker', 401)],
    ['a message for the user', new ConfigError('no')],
    ['any other error', new Error('404')],
  ])('are not those that fail with %s', async (_, fault) => {
    const api = tracker({ a: [1] });
    api.faults.set('a', fault);
    await expect(take(stream(api.options({ missing: 'skip' })), undefined)).rejects.toBe(fault);
  });

  test('are skipped also among the children of parents', async () => {
    const children = (mode?: 'skip'): Stream =>
      childStream({
        name: 'notes',
        schema: { properties: { id: { type: 'string' } } },
        primaryKey: ['id'],
        parent: tracker({ a: [1, 2, 3] }).options(),
        cursorField: 'issue_updated',
        ...(mode === undefined ? {} : { missing: mode }),
        // eslint-disable-next-line @typescript-eslint/require-await -- an API
        children: async function* ({ id }) {
          if (id === 'a1') throw missing(404);
          yield [{ id: `${id}n` }];
        },
      });
    await expect(take(children(), undefined)).rejects.toThrow('answered 404');
    const context = listening();
    const { records, saved } = await take(children('skip'), undefined, { context });
    expect(idsOf(records)).toBe('a0n a2n');
    expect(saved).toMatchObject({ partitions: [['a', { issue_updated: at(3) }]] });
    expect(LOGGED).toEqual([
      'INFO Stream "notes": 1 of 4 lists were skipped, because the server answers that they are missing or not allowed (404).',
    ]);
  });

  describe('at a server', () => {
    const listsOf = async (streamOf: (rows: (project: string, context: ReadContext) => Pages) => Stream) => {
      const asked: string[] = [];
      const api = await fakeApi({
        routes: {
          'GET /projects/:project/issues': ({ params: { project = '' }, query }) => {
            asked.push(project);
            if (project === 'gone') return { status: 404 };
            if (project === 'secret') return { status: 403 };
            return { json: query['page'] === '2' ? [] : [{ id: project }] };
          },
        },
      });
      const get = pageGetter({
        service: 'the tracker',
        baseUrl: api.url,
        allowHttp: true,
        settings: { address: 'URL' },
        log: () => undefined,
      });
      const rows = (project: string, context: ReadContext): Pages =>
        paginate({ path: `/projects/${project}/issues`, get: get(context), rows: 'json', next: pageNumber() });
      const { records } = await take(streamOf(rows), undefined, { context: listening() });
      await api.close();
      return { asked: asked.sort().join(' '), ids: idsOf(records) };
    };
    const named = { name: 'issues', schema, primaryKey: ['id'], missing: 'skip' } as const;
    const projects = ['a', 'gone', 'secret', 'b'];

    test.each<[string, (rows: (project: string, context: ReadContext) => Pages) => Stream]>([
      [
        'partitions',
        (rows) =>
          stream({
            ...named,
            partitions: () => projects,
            read: ({ partition }, context) => rows(partition, context),
          }),
      ],
      [
        'children',
        (rows) =>
          childStream({
            ...named,
            parent: {
              name: 'projects',
              schema,
              primaryKey: ['id'],
              // eslint-disable-next-line @typescript-eslint/require-await -- an API
              read: async function* () {
                yield projects.map((id) => ({ id }));
              },
            },
            children: ({ id }, context) => rows(id, context),
          }),
      ],
    ])('are asked for once by the pageGetter of %s, and counted', async (_, streamOf) => {
      expect(await listsOf(streamOf)).toEqual({ asked: 'a a b b gone secret', ids: 'a b' });
      expect(LOGGED).toEqual([expect.stringMatching(/^INFO Stream "issues": 2 of 4 lists were skipped.*403, 404/)]);
    });

    test('are asked for once as a parent of keysOf', async () => {
      const { asked, ids } = await listsOf((rows) => {
        const parent: StreamOptions<JsonObject, AnyCursorKind, string> = {
          ...named,
          partitions: () => ['a', 'gone'],
          read: ({ partition }, context) => rows(partition, context),
        };
        return stream({
          ...named,
          partitions: keysOf(parent, ({ id }) => String(id)),
          read: ({ partition }, context) => rows(String(partition), context),
        });
      });
      expect({ asked, ids }).toEqual({ asked: 'a a a a gone', ids: 'a' });
    });
  });
});

describe('keysOf', () => {
  interface Named {
    readonly name: string;
  }

  class Organisations {
    read = 0;
    fails = false;
    readonly options: StreamOptions<Named> = {
      name: 'organisations',
      schema: { properties: { name: { type: 'string' } } },
      primaryKey: ['name'],
      read: () => this.#pages(),
    };

    async *#pages(): AsyncGenerator<readonly (Named & JsonObject)[], void> {
      await Promise.resolve();
      this.read += 1;
      if (this.fails) throw new Error('no answer');
      yield [{ name: 'x' }];
      yield [{ name: 'y' }, { name: 'z' }];
    }
  }

  test('gives the rows of a parent as partitions, from parents several deep', async () => {
    const organisations = new Organisations();
    const projects: StreamOptions<Named & { readonly owner: string }, 'date-time', string> = {
      name: 'projects',
      schema: { properties: { name: { type: 'string' } } },
      primaryKey: ['name'],
      missing: 'skip',
      partitions: keysOf(organisations.options, ({ name }) => name),
      // eslint-disable-next-line @typescript-eslint/require-await -- an API
      read: async function* ({ partition }) {
        if (partition === 'y') throw new StatusError('the tracker', 404);
        yield [1, 2].map((number) => ({ name: `${partition}${number}`, owner: partition }));
      },
    };
    const partitions = keysOf(projects, ({ owner, name }): [string, string] => [owner, name]);
    const context = listening();
    const asked: unknown[] = [];
    const issues = stream({
      name: 'issues',
      schema,
      primaryKey: ['id'],
      partitions,
      // eslint-disable-next-line @typescript-eslint/require-await -- an API
      read: async function* ({ partition: [owner, name] }) {
        asked.push(`${owner}/${name}`);
        yield [{ id: name }];
      },
    });
    expect(idsOf((await take(issues, undefined, { context })).records)).toBe('x1 x2 z1 z2');
    expect(asked).toEqual(['x/x1', 'x/x2', 'z/z1', 'z/z2']);
    expect(LOGGED).toEqual([expect.stringMatching(/^INFO Stream "projects": 1 of 3 lists were skipped/)]);
  });

  test('reads the parent once in a sync, for all streams that share it, and again after a failure', async () => {
    const organisations = new Organisations();
    const partitions = keysOf(organisations.options, ({ name }) => name);
    const streams = ['issues', 'people'].map((name) => stream(tracker({}).options({ name, partitions })));
    const context = quietContext();
    organisations.fails = true;
    for (const one of streams) await expect(take(one, undefined, { context })).rejects.toThrow('no answer');
    organisations.fails = false;
    for (const one of streams) await take(one, undefined, { context });
    expect(organisations.read).toBe(3);
    for (const one of streams) await take(one, undefined, { context: quietContext() });
    expect(organisations.read).toBe(5);
  });

  test('reads the parent once where a source is read as Airbyte reads it', async () => {
    const organisations = new Organisations();
    const spec = defineSpec({ title: 'Tracker', settings: {} });
    const streams = (): Stream[] => {
      const partitions = keysOf(organisations.options, ({ name }) => name);
      return ['issues', 'people'].map((name) => stream(tracker({}).options({ name, partitions })));
    };
    const source = defineSource({ spec, check: () => Promise.resolve(), streams });
    const run = await runSource(source, ['read'], { config: {}, catalog: await configuredCatalogOf(source, {}) });
    expect(run).toMatchObject({ exitCode: 0, errors: [] });
    expect(organisations.read).toBe(1);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['""', ''],
    ['null', NaN],
    ['{}', {}],
    ['[]', []],
    ['["a",null]', ['a', undefined]],
  ])('that makes a key %s is a mistake of the source, not a partition that is missing', async (written, key) => {
    const partitions = (): readonly string[] => ['a', key as string];
    const issues = stream(tracker({ a: [1] }).options({ partitions, missing: 'skip' }));
    await expect(take(issues, undefined)).rejects.toMatchObject({
      failureType: 'system_error',
      message: expect.stringContaining(`a partition has the key ${written}, where a text, a number or several are`),
    });
  });
});

describe('streams that are made of the same options', () => {
  const notes = (parent: StreamOptions<Issue, 'date-time', string>, name: string): Stream =>
    childStream({
      name,
      schema: { properties: { id: { type: 'string' } } },
      primaryKey: ['id'],
      parent,
      cursorField: 'issue_updated',
      // eslint-disable-next-line @typescript-eslint/require-await -- an API
      children: async function* ({ id }) {
        yield [{ id: `${id}n` }];
      },
    });

  test('read each of its ranges once in a sync', async () => {
    const api = tracker({ a: [1, 2, 3], b: [4] });
    const options = api.options();
    const streams = [stream(options), notes(options, 'notes'), notes(options, 'files')];
    let states: (JsonObject | undefined)[] = [undefined, undefined, undefined];
    for (const ids of [
      ['a0 a1 a2 b0', 'a0n a1n a2n b0n', 'a0n a1n a2n b0n'],
      ['b1', 'b1n', 'b1n'],
    ]) {
      api.asked.length = 0;
      const context = quietContext();
      const runs = [];
      for (const [index, one] of streams.entries()) runs.push(await take(one, states[index], { context }));
      expect(runs.map(({ records }) => idsOf(records))).toEqual(ids);
      expect(api.asked).toHaveLength(2);
      states = runs.map(({ saved }) => saved);
      api.add('b', 5);
    }
  });

  test('read again what is too much to be kept', async () => {
    const api = tracker({ a: Array.from({ length: 20_001 }, () => 1), b: [1] }, 10_000);
    const { cursor, ...options } = api.options();
    expect(cursor).toBeDefined();
    const context = quietContext();
    for (const one of [stream(options), stream(options)]) await take(one, undefined, { context });
    expect(api.asked.map(({ partition }) => partition)).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('a source whose streams have partitions', () => {
  const api = tracker({ a: [1, 2, 2, 3], b: [], c: [2, 4] });
  const spec = defineSpec({
    title: 'Tracker Source Spec',
    settings: { token: secret({ title: 'Token', description: 'Paste it.' }) },
  });
  const check = ({ token }: { readonly token: string }): Promise<void> =>
    token === 'a-token-47' ? Promise.resolve() : Promise.reject(new ConfigError('Token is not known: paste another.'));
  const streams = (): Stream[] => {
    const projects = stream({
      name: 'projects',
      schema: { type: 'object', properties: { id: { type: 'string' } } },
      primaryKey: ['id'],
      partitions: () => Object.keys(api.projects),
      // eslint-disable-next-line @typescript-eslint/require-await -- an API
      read: async function* ({ partition: id }) {
        yield [{ id }];
      },
    });
    return [projects, stream(api.options())];
  };
  sourceSuite(defineSource({ spec, check, streams }), {
    config: { token: 'a-token-47' },
    refused: { 'a token that is not known': { config: { token: 'another' }, message: /Token is not known/ } },
    change: () => {
      api.add('b', 5);
      api.add('d', 1);
      return Promise.resolve();
    },
    restate: () => {
      const last = api.projects['c']?.pop();
      if (last !== undefined) api.projects['c']?.push({ ...last, project: 'moved' });
      return Promise.resolve();
    },
    framework: { describe, test },
  });
});

test('the types of rows, cursor values and partitions need no cast', async () => {
  interface Page {
    readonly json: { readonly items: readonly Issue[]; readonly next: number | null };
  }
  const get = (): Promise<unknown> => Promise.resolve({ json: { items: [{ id: 'i', updated: at(1) }], next: null } });
  const projects = keysOf(tracker({ a: [1] }).options(), ({ project }) => project.toUpperCase());
  const issues = stream({
    name: 'issues',
    schema,
    primaryKey: ['id'],
    partitions: projects,
    cursor: { field: 'updated', kind: 'date-time', order: 'ascending' },
    read: ({ from, partition }) =>
      paginate<Page, Issue>({
        path: `/projects/${partition.toLowerCase()}/issues`,
        query: { since: from?.replace('T', ' ') },
        get,
        rows: 'json.items',
        map: (issue) => ({ ...issue, project: partition }),
        next: ({ request, response: { json } }) =>
          json.next === null ? undefined : { ...request, query: { page: json.next } },
      }),
  });
  expect((await take(issues, undefined)).records).toEqual([{ id: 'i', updated: at(1), project: 'A' }]);
});
