import { describe, expect, test } from '@jest/globals';
import {
  afterLast,
  linkHeader,
  nextCursor,
  nextLink,
  offset,
  pageNumber,
  sinceLast,
  type NextPage,
  type PageRequest,
} from './next-page';

const after = (
  next: NextPage,
  response: unknown,
  rowCount = 1,
  request: PageRequest = { path: '/api/cats', query: { q: 'x' } },
) => next({ request, response, rows: Array.from({ length: rowCount }, (_, id) => ({ id })) });

describe('nextLink', () => {
  test.each<[string, unknown, string | undefined]>([
    ['follows an absolute link', 'https://zoo.example/api/cats?page=2', 'https://zoo.example/api/cats?page=2'],
    ['follows a link from the root', '/api/cats?page=2', '/api/cats?page=2'],
    ['follows a link that is only a query', '?page=2', '/api/cats?page=2'],
    ['follows a link beside the page', 'dogs', '/api/dogs'],
    ['ends where the link is null', null, undefined],
    ['ends where the link is empty', '', undefined],
    ['ends where there is none', undefined, undefined],
  ])('%s', (_, link, path) => {
    expect(after(nextLink({ path: 'links.next' }), { links: { next: link } })).toEqual(
      path === undefined ? undefined : { path, query: {} },
    );
  });

  test.each<[string, string]>([
    ['/v2/cats?page=2', 'https://zoo.example/v2/cats?page=2'],
    ['?page=2', 'https://zoo.example/v2/api/cats?page=2'],
    ['https://zoo.example/v2/cats?page=2', 'https://zoo.example/v2/cats?page=2'],
  ])('resolves %s against the base URL', (next, path) => {
    expect(after(nextLink({ path: 'next', baseUrl: 'https://zoo.example/v2/' }), { next })?.path).toBe(path);
  });

  test('resolves a relative link against a page that was a link itself', () => {
    const request = { path: 'https://zoo.example/api/cats?page=2', query: {} };
    expect(after(nextLink({ path: 'next' }), { next: '?page=3' }, 1, request)?.path).toBe(
      'https://zoo.example/api/cats?page=3',
    );
  });
});

describe('linkHeader', () => {
  test.each<[string, string, string | undefined]>([
    [
      'the next of several',
      '<https://a.example/1>; rel="prev", <https://a.example/3>; rel="next"',
      'https://a.example/3',
    ],
    ['a relation without quotes', '</c?p=2>; rel=next', '/c?p=2'],
    ['one relation of several, in capitals', '</c?p=2>; REL="last NEXT"', '/c?p=2'],
    [
      'other parameters, with what else ends a link in quotes',
      '</a>; title="x, <y>; rel=\\"next"; rel="first", </b>; hreflang=de; rel="next"',
      '/b',
    ],
    ['a comma in the link', '</c?ids=1,2>; rel="next"', '/c?ids=1,2'],
    ['no next', '</c?p=1>; rel="prev"', undefined],
    ['a relation that only begins like it', '</c?p=1>; rel="nextArchive"', undefined],
    ['nothing', '', undefined],
  ])('finds %s', (_, link, path) => {
    expect(after(linkHeader(), { headers: { link } })?.path).toBe(path);
  });

  test('ends where the answer has no such header', () => {
    expect(after(linkHeader(), { headers: {} })).toBeUndefined();
  });
});

describe('nextCursor', () => {
  const next = nextCursor({ path: 'meta.cursor', parameter: 'after' });
  test.each<[unknown, unknown]>([
    ['c1', { path: '/api/cats', query: { q: 'x', after: 'c1' } }],
    [0, { path: '/api/cats', query: { q: 'x', after: 0 } }],
    ['', undefined],
    [null, undefined],
    [false, undefined],
    [undefined, undefined],
  ])('after the cursor %j asks for %j', (cursor, request) => {
    expect(after(next, { meta: { cursor } })).toEqual(request);
  });

  test('goes on behind an empty page', () => {
    expect(after(next, { meta: { cursor: 'c1' } }, 0)).toBeDefined();
  });
});

describe('pageNumber', () => {
  const from = (page?: number): PageRequest => ({ path: '/cats', query: page === undefined ? {} : { page } });
  test.each<[string, NextPage, unknown, number, PageRequest, PageRequest | undefined]>([
    ['goes on from the first page', pageNumber(), {}, 9, from(), from(2)],
    ['goes on from a later page', pageNumber(), {}, 9, from(7), from(8)],
    ['goes on from page 0', pageNumber({ first: 0 }), {}, 9, from(), from(1)],
    ['ends at an empty page', pageNumber(), {}, 0, from(7), undefined],
    ['goes on where there are more pages', pageNumber({ pagesPath: 'pages' }), { pages: 3 }, 9, from(2), from(3)],
    ['ends at the last page', pageNumber({ pagesPath: 'pages' }), { pages: 3 }, 9, from(3), undefined],
    [
      'ends at the last page, counted from 0',
      pageNumber({ first: 0, pagesPath: 'pages' }),
      { pages: 3 },
      9,
      from(2),
      undefined,
    ],
    [
      'trusts an empty page more than the number of pages',
      pageNumber({ pagesPath: 'pages' }),
      { pages: 3 },
      0,
      from(2),
      undefined,
    ],
    [
      'goes on to an empty page where the number is missing',
      pageNumber({ pagesPath: 'pages' }),
      {},
      9,
      from(3),
      from(4),
    ],
  ])('%s', (_, next, answer, rowCount, request, expected) => {
    expect(after(next, answer, rowCount, request)).toEqual(expected);
  });

  test('takes a parameter of another name', () => {
    expect(after(pageNumber({ parameter: 'p' }), {})).toEqual({ path: '/api/cats', query: { q: 'x', p: 2 } });
  });
});

describe('offset', () => {
  const from = (offset?: number): PageRequest => ({ path: '/cats', query: offset === undefined ? {} : { offset } });
  test.each<[string, NextPage, unknown, number, PageRequest, PageRequest | undefined]>([
    ['counts what arrived', offset(), {}, 9, from(), from(9)],
    ['counts on', offset(), {}, 5, from(9), from(14)],
    ['ends at an empty page', offset(), {}, 0, from(14), undefined],
    ['ends at the total', offset({ totalPath: 'meta.total' }), { meta: { total: 14 } }, 5, from(9), undefined],
    ['goes on below the total', offset({ totalPath: 'meta.total' }), { meta: { total: 15 } }, 5, from(9), from(14)],
  ])('%s', (_, next, answer, rowCount, request, expected) => {
    expect(after(next, answer, rowCount, request)).toEqual(expected);
  });
});

describe('afterLast', () => {
  const next = afterLast({ parameter: 'filter', value: ({ id }) => `id > ${String(id)}` });

  test('asks for what comes after the last row', () => {
    expect(after(next, {}, 3)).toEqual({ path: '/api/cats', query: { q: 'x', filter: 'id > 2' } });
  });

  test('ends at an empty page', () => {
    expect(after(next, {}, 0)).toBeUndefined();
  });
});

describe('sinceLast', () => {
  const next = sinceLast({ parameter: 'since', value: ({ id }) => Number(id), pageSize: 3 });
  const since = (id: number): PageRequest => ({ path: '/api/cats?key=s3cret', query: { since: id } });

  test("asks for what comes from the last row's value on", () => {
    expect(after(next, {}, 3, since(0))).toEqual(since(2));
  });

  test('ends at an empty page, and where nothing lies beyond the value that was asked for', () => {
    expect(after(next, {}, 0)).toBeUndefined();
    expect(after(next, {}, 1, since(0))).toBeUndefined();
    expect(after(next, {}, 1, { path: '/', query: { since: '0' } })).toBeUndefined();
  });

  test('ends with an error where rows of one value fill a page', () => {
    expect(() => after(next, {}, 3, since(2))).toThrow(
      expect.objectContaining({
        message:
          'The rows of /api/cats can\'t be read to their end: 3 or more have the same "since", and a page holds no more. Please report this to the authors of this source.',
        failureType: 'system_error',
      }),
    );
  });
});
