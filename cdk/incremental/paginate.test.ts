import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  afterLast,
  nextCursor,
  nextLink,
  offset,
  pageNumber,
  sinceLast,
  type NextPage,
  type PageRequest,
} from './next-page';
import { paginate, type PaginateOptions } from './paginate';

interface Reading {
  readonly ids: readonly unknown[];
  readonly asked: readonly PageRequest[];
  readonly error: unknown;
}

async function read(answers: readonly unknown[], more: Partial<PaginateOptions> = {}): Promise<Reading> {
  const asked: PageRequest[] = [];
  const ids: unknown[] = [];
  const get = (request: PageRequest): Promise<unknown> => {
    asked.push(request);
    return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1]);
  };
  try {
    const pages = paginate({ path: '/cats?key=s3cret', get, rows: 'rows', next: pageNumber(), ...more });
    for await (const rows of pages) ids.push(...rows.map(({ id }) => id));
  } catch (error) {
    return { ids, asked, error };
  }
  return { ids, asked, error: undefined };
}

const page = (...ids: readonly number[]) => ({ rows: ids.map((id) => ({ id })) });

describe('paginate', () => {
  test('gives the rows of all pages, and ends with the last', async () => {
    const { ids, asked } = await read([page(1, 2), page(3), page()], { path: '/cats', query: { q: 'x' } });
    expect(ids).toEqual([1, 2, 3]);
    expect(asked.map(({ query }) => query)).toEqual([{ q: 'x' }, { q: 'x', page: 2 }, { q: 'x', page: 3 }]);
  });

  test('asks for a page only when the one before was taken', async () => {
    const asked: PageRequest[] = [];
    const get = (request: PageRequest): Promise<unknown> => {
      asked.push(request);
      return Promise.resolve(page(asked.length));
    };
    const pages = paginate({ path: '/cats', get, rows: 'rows', next: pageNumber() });
    expect(asked).toHaveLength(0);
    await pages.next();
    expect(asked).toHaveLength(1);
    await pages.return();
    expect(asked).toHaveLength(1);
  });

  test('goes on behind an empty page that names a next one', async () => {
    const next = nextCursor({ path: 'cursor', parameter: 'after' });
    const { ids } = await read([{ ...page(1), cursor: 'a' }, { ...page(), cursor: 'b' }, page(2)], { next });
    expect(ids).toEqual([1, 2]);
  });

  test('maps rows, and counts on by what they were', async () => {
    const next = afterLast({ parameter: 'after', value: ({ id }) => Number(id) });
    const { ids, asked } = await read([page(1), page(2), page()], {
      next,
      map: ({ id }) => ({ id: `no. ${String(id)}` }),
    });
    expect(ids).toEqual(['no. 1', 'no. 2']);
    expect(asked.map(({ query }) => query['after'])).toEqual([undefined, 1, 2]);
  });

  test('takes a page with the rows of the page before it for another, where the request is another', async () => {
    const next = nextCursor({ path: 'cursor', parameter: 'after' });
    const pages = [{ ...page(1), cursor: 'a' }, { ...page(1), cursor: 'b' }, page(1)];
    expect((await read(pages, { next })).ids).toEqual([1, 1, 1]);
  });

  test('gives every row once where pages begin with what the page before ended with', async () => {
    const times = [1, 2, 2, 2, 3, 4, 4, 5];
    const list = times.map((time, id) => ({ id, time }));
    const get = ({ query }: PageRequest): Promise<unknown> => {
      const rows = list.filter(({ time }) => time >= Number(query['since'] ?? 0));
      return Promise.resolve({ rows: rows.slice(0, 4) });
    };
    const next = sinceLast({ parameter: 'since', value: ({ time }) => Number(time), pageSize: 4 });
    expect(await read([], { get, next })).toMatchObject({ ids: list.map(({ id }) => id), error: undefined });
  });

  test('gives a row again that has changed between two pages that begin with each other', async () => {
    const pages = [{ rows: [{ id: 1, time: 1 }] }, { rows: [{ id: 1, time: 1, name: 'x' }] }];
    const next = sinceLast({ parameter: 'since', value: ({ time }) => Number(time), pageSize: 4 });
    expect((await read(pages, { next })).ids).toEqual([1, 1]);
  });

  test('has the types of the response and of a row where they are named', async () => {
    interface Response {
      readonly rows: readonly Cat[];
      readonly next?: number;
    }
    interface Cat {
      readonly id: number;
    }
    const cats: readonly Response[] = [{ rows: [{ id: 1 }], next: 1 }, { rows: [{ id: 2 }] }];
    const pages = paginate<Response, Cat>({
      path: '/cats',
      get: ({ query }) => Promise.resolve(cats[Number(query['at'] ?? 0)] ?? { rows: [] }),
      rows: 'rows',
      map: ({ id }) => ({ id: id + 10 }),
      next: ({ request, response, rows }) =>
        response.next === undefined ? undefined : { ...request, query: { at: response.next * (rows[0]?.id ?? 0) } },
    });
    const ids: unknown[] = [];
    for await (const rows of pages) ids.push(...rows.map(({ id }) => id));
    expect(ids).toEqual([11, 12]);
  });

  test.each(['empty', 'skipped'])('ends where the client says that a response is %s', async (outcome) => {
    const { ids, error } = await read([{ outcome }]);
    expect(ids).toEqual([]);
    expect(error).toBeUndefined();
    expect((await read([{ outcome: 'ok' }])).error).toBeDefined();
  });

  test('ends after a page that is empty', async () => {
    expect(await read([page(1), { outcome: 'empty' }])).toMatchObject({ ids: [1], error: undefined });
  });

  test('does not end in the middle of a list where a later page is left out', async () => {
    const { ids, error } = await read([page(1), { outcome: 'skipped', status: 403 }]);
    expect(ids).toEqual([1]);
    expect(error).toMatchObject({
      message: 'The list /cats ended early: one of its later pages is missing or not allowed (403). Try again later.',
      failureType: 'transient_error',
    });
  });

  test('takes an answer that is the list itself', async () => {
    expect((await read([[{ id: 1 }], []], { rows: '' })).ids).toEqual([1]);
  });

  test.each<[string, readonly unknown[], NextPage, string]>([
    [
      'a link back to the first page',
      [{ ...page(1), next: '/cats?key=s3cret' }],
      nextLink({ path: 'next' }),
      'names a page as the next one that was read before',
    ],
    [
      'a cursor that comes again',
      [
        { ...page(1), cursor: 'a' },
        { ...page(2), cursor: 'b' },
        { ...page(3), cursor: 'a' },
      ],
      nextCursor({ path: 'cursor', parameter: 'after' }),
      'names a page as the next one that was read before',
    ],
    ['a server that takes no page numbers', [page(1, 2)], pageNumber(), 'has the very rows of the page before it'],
    [
      'a server that gives the last page forever',
      [page(1), page(2), page(2)],
      offset(),
      'has the very rows of the page before it',
    ],
  ])('ends with an error at %s', async (_, answers, next, what) => {
    const { error } = await read(answers, { path: '/cats?key=s3cret', next });
    expect(error).toMatchObject({
      message: `The pages of /cats repeat, so they can't be read to their end: ${what === 'has the very rows of the page before it' ? 'a page' : 'it'} ${what}. Please report this to the authors of this source.`,
      failureType: 'system_error',
    });
  });

  test.each<[string, unknown]>([
    ['no rows', {}],
    ['rows that are no list', { rows: {} }],
    ['rows that are no objects', { rows: [1] }],
    ['no object', null],
  ])('refuses an answer with %s, without its query and contents', async (_, answer) => {
    expect((await read([answer])).error).toMatchObject({
      message:
        'The answer to /cats is not as this source knows it: it has no list of objects at "rows". Try again later; if it stays so, please report this to the authors of this source.',
      failureType: 'system_error',
    });
  });

  test.each<[string, unknown, string]>([
    ['json.rows', { json: { items: [], total: 0 } }, 'At "json" there is an object with "items", "total".'],
    ['json.rows', { json: { rows: { a: 1 } } }, 'At "json.rows" there is an object with "a".'],
    ['json', { json: ['x', 'y'] }, 'At "json" there is a list of 2, not all of which are objects.'],
    ['json.rows', { json: 'x' }, 'At "json" there is a value of the type string.'],
    ['json', null, 'At "" there is null.'],
  ])('names what is there where there are no rows at %s', async (rows, answer, internalMessage) => {
    expect((await read([answer], { rows })).error).toMatchObject({ internalMessage });
  });

  test('gives every row once, in order, whatever the pages are and however they are counted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }),
        fc.constantFrom('page', 'offset', 'cursor', 'link'),
        fc.boolean(),
        async (sizes, kind, counted) => {
          const server = new PagedServer(sizes);
          const next = {
            page: pageNumber(counted ? { pagesPath: 'pages' } : {}),
            offset: offset(counted ? { totalPath: 'total' } : {}),
            cursor: nextCursor({ path: 'cursor', parameter: 'after' }),
            link: nextLink({ path: 'link' }),
          }[kind];
          const ids: unknown[] = [];
          const pages = paginate({
            path: '/cats',
            get: (request) => Promise.resolve(server.answer(request)),
            rows: 'rows',
            next,
          });
          for await (const rows of pages) ids.push(...rows.map(({ id }) => id));
          expect(ids).toEqual(server.ids);
          expect(server.requests).toBeLessThanOrEqual(sizes.length + 1);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Serves pages of given sizes to clients that count them in any way. */
class PagedServer {
  readonly ids: readonly number[];
  requests = 0;
  readonly #starts: readonly number[];

  constructor(readonly sizes: readonly number[]) {
    this.#starts = sizes.map((_, index) => sizes.slice(0, index).reduce((a, b) => a + b, 0));
    this.ids = Array.from({ length: sizes.reduce((a, b) => a + b, 0) }, (_, id) => id);
  }

  answer({ path, query }: PageRequest): unknown {
    this.requests += 1;
    const index = this.#indexOf(path, query);
    const start = this.#starts[index] ?? this.ids.length;
    const isLast = index >= this.sizes.length - 1;
    return {
      rows: this.ids.slice(start, start + (this.sizes[index] ?? 0)).map((id) => ({ id })),
      pages: this.sizes.length,
      total: this.ids.length,
      cursor: isLast ? null : `at ${index + 1}`,
      link: isLast ? undefined : `/cats?at=${index + 1}`,
    };
  }

  #indexOf(path: string, { page, offset: from, after }: PageRequest['query']): number {
    if (page !== undefined) return Number(page) - 1;
    if (from !== undefined)
      return this.#starts.indexOf(Number(from)) < 0 ? this.sizes.length : this.#starts.indexOf(Number(from));
    if (typeof after === 'string') return Number(after.slice('at '.length));
    return Number(/at=(\d+)/.exec(path)?.[1] ?? 0);
  }
}
