import { describe, expect, test } from '@jest/globals';
import { TenantEntry, entryOf } from './tenant-entry';
import {
  bytesOf,
  type Fault,
  firstOf,
  nextRequests,
  scattered,
  type TenantResponse,
  tooManyRequests,
} from './tenant-faults';
import { type AuditLogsPage, TenantModel, type TenantModelOptions } from './tenant-model';

const start = Date.UTC(2025, 0, 1);
const SECOND = 1000;

function entryAt(id: number, ms: number): TenantEntry {
  const at = start + ms;
  return entryOf({ id, created_at: `${new Date(at).toISOString().slice(0, 19)}Z` }, { at });
}

/** Entries 1 to `count`, one a second from second 1 on. */
function oneASecond(count: number): TenantEntry[] {
  return Array.from({ length: count }, (_, index) => entryAt(index + 1, (index + 1) * SECOND));
}

function modelOf(count: number, options: TenantModelOptions = {}): TenantModel {
  return new TenantModel({ entries: oneASecond(count), now: () => start + 3600 * SECOND, ...options });
}

function ask(model: TenantModel, query = ''): TenantResponse {
  return model.respond(new URLSearchParams(query));
}

function pageOf({ body }: TenantResponse): AuditLogsPage {
  return JSON.parse(body) as AuditLogsPage;
}

function ids(answer: TenantResponse): unknown[] {
  return pageOf(answer).audit_logs.map(({ id }) => id);
}

function askTimes(model: TenantModel, times: number, query = ''): TenantResponse[] {
  return Array.from({ length: times }, () => ask(model, query));
}

describe('an answer', () => {
  test('has status, type, date and the page', () => {
    const model = modelOf(3);
    const { status, headers, body } = ask(model);

    expect([status, headers]).toEqual([
      200,
      { date: 'Wed, 01 Jan 2025 01:00:00 GMT', 'content-type': 'application/json; charset=utf-8' },
    ]);
    expect(body).toBe(model.pageBody(new URLSearchParams()));
  });

  test('says for whoever watches which entries are on the page, and what it counts', () => {
    const model = modelOf(3);
    const { page } = ask(model, 'per_page=2');
    const withoutCount = ask(modelOf(3, { meta: { count: false } })).page?.count;

    expect([page?.rows.map(({ id }) => id), page?.count, withoutCount]).toEqual([[3, 2], 3, undefined]);
  });

  test.each<Fault>([{ kind: 'cut_json' }, { kind: 'reset_in_body' }, { kind: 'status', status: 503 }])(
    'with a fault has no page for whoever watches: %j',
    (fault) => {
      expect(ask(modelOf(3, { faultFor: () => fault })).page).toBeUndefined();
    },
  );

  test('may have no date', () => {
    expect(ask(modelOf(1, { dateHeader: false })).headers).not.toHaveProperty('date');
  });

  test.each([true, false])('carries the extra headers of the settings, with a date: %j', (dateHeader) => {
    const { headers } = ask(modelOf(1, { dateHeader, extraHeaders: { 'x-ratelimit-limit': '1000' } }));

    expect(headers).toMatchObject({ 'x-ratelimit-limit': '1000', 'content-type': 'application/json; charset=utf-8' });
  });

  test('of /api/v1/info tells about the stack', () => {
    const { body } = modelOf(1).respond(new URLSearchParams(), { path: '/api/v1/info' });

    expect(JSON.parse(body)).toHaveProperty('stack.region');
  });

  test('to a request that the server refuses has an error body in its style', () => {
    const { status, headers, body } = modelOf(1, { errorStyle: 'text' }).respond(new URLSearchParams(), {
      refused: 403,
    });

    expect([status, headers['content-type'], body]).toEqual([
      403,
      'text/plain; charset=utf-8',
      'You do not have permission to perform this action',
    ]);
  });
});

describe('order', () => {
  const late = [...oneASecond(4), entryAt(9, 1500)];

  test.each([
    ['newest_first', [4, 3, 2, 9, 1]],
    ['highest_id_first', [9, 4, 3, 2, 1]],
    ['oldest_first', [1, 9, 2, 3, 4]],
  ] as const)('%s: a late entry with the highest id gives %j', (order, expected) => {
    const model = modelOf(0, { entries: late, order });
    const pages = [1, 2, 3].map((page) => ids(ask(model, `per_page=2&page=${page}`)));

    expect([ids(ask(model)), pages.flat()]).toEqual([expected, expected]);
  });

  test('highest_id_first compares ids that are texts as texts', () => {
    const entries = ['b', 'a', 'c'].map((id, index) => entryOf({ id }, { at: start + index }));

    expect(ids(ask(modelOf(0, { entries, order: 'highest_id_first' })))).toEqual(['c', 'b', 'a']);
  });

  test('shuffled: the rows of the range, in another order in each answer', () => {
    const answers = askTimes(modelOf(20, { order: 'shuffled' }), 3, 'after=2025-01-01T00:00:10Z').map(ids);

    expect(new Set(answers.map((rows) => rows.join())).size).toBe(3);
    expect(answers.map((rows) => rows.toSorted())).toEqual(Array(3).fill([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]));
  });

  test('shuffled: the same seed gives the same orders', () => {
    const answers = [1, 1, 2].map((orderSeed) => ids(ask(modelOf(20, { order: 'shuffled', orderSeed }))).join());

    expect([answers[0] === answers[1], answers[0] === answers[2]]).toEqual([true, false]);
  });

  test('shuffled_seconds: only rows of one second change their order, also across the edges of a page', () => {
    const entries = [entryAt(1, 500), ...[2, 3, 4, 5].map((id) => entryAt(id, 1000 + id)), entryAt(6, 2000)];
    const model = modelOf(0, { entries, order: 'shuffled_seconds' });
    const all = askTimes(model, 30).map(ids);
    const cut = askTimes(model, 30, 'per_page=3&page=1').map(ids);

    expect(new Set(all.map((rows) => rows.slice(1, 5).join())).size).toBeGreaterThan(10);
    expect(new Set(all.map((rows) => `${rows.slice(1, 5).toSorted().join()} ${[rows[0], rows[5]].join()}`))).toEqual(
      new Set(['2,3,4,5 6,1']),
    );
    expect(new Set(cut.flatMap((rows) => rows.slice(1)))).toEqual(new Set([2, 3, 4, 5]));
  });

  test('shuffled_seconds: a second that the range cuts shows only its part of the range', () => {
    const entries = [entryAt(1, 1000), entryAt(2, 1200), entryAt(3, 1400)];
    const model = modelOf(0, { entries, order: 'shuffled_seconds' });

    expect(ids(ask(model, 'after=2025-01-01T00:00:01Z')).toSorted()).toEqual([2, 3]);
    expect(ids(ask(model, 'per_page=3&page=2'))).toEqual([]);
  });
});

describe('meta.count', () => {
  const meta = (answer: TenantResponse): unknown[] => {
    const { meta: facts = {} } = pageOf(answer);
    return [facts['count'], facts['pages'], facts['next_page_number']];
  };

  test.each<[string, TenantModelOptions, unknown[]]>([
    ['is true', {}, [5, 3, 2]],
    ['is 3 too low', { count: { kind: 'offset', by: -3 } }, [2, 1, null]],
    ['is never below 0', { count: { kind: 'offset', by: -9 } }, [0, 0, null]],
    ['is another in each answer', { count: { kind: 'offset', by: (number) => number } }, [6, 3, 2]],
    ['is capped', { count: { kind: 'capped', at: 4 } }, [4, 2, 2]],
    ['is capped, but pages are not', { count: { kind: 'capped', at: 4 }, meta: { pagesOf: 'rows' } }, [4, 3, 2]],
    ['is of the page’s own rows', { count: { kind: 'page_rows' } }, [2, 1, null]],
    [
      'is of the page’s own rows, while pages tell more',
      { count: { kind: 'page_rows' }, meta: { pagesOf: 'rows' } },
      [2, 3, 2],
    ],
    ['is missing', { meta: { count: false } }, [undefined, 3, 2]],
    [
      'is missing with pages and the next number',
      { meta: { count: false, pages: false, nextPageNumber: false } },
      Array(3).fill(undefined),
    ],
  ])('%s', (_, options, expected) => {
    expect(meta(ask(modelOf(5, options), 'per_page=2'))).toEqual(expected);
  });

  test('is what there was some time ago', () => {
    let now = start + 10 * SECOND;
    const model = modelOf(12, { now: () => now, count: { kind: 'stale', ageMs: 4 * SECOND } });
    const counts = [ask(model), ask(model, 'after=2025-01-01T00:00:08Z')].map((answer) => meta(answer)[0]);
    now += 10 * SECOND;

    expect([...counts, meta(ask(model))[0], ids(ask(model)).length]).toEqual([6, 0, 12, 12]);
  });

  test('is rounded to tens', () => {
    const counts = [4, 5, 14].map((rows) => pageOf(ask(modelOf(rows, { count: { kind: 'rounded', to: 10 } }))).meta);

    expect(counts.map((meta) => meta?.['count'])).toEqual([0, 10, 10]);
  });

  test('is up to 2^53 - 1 in one response, and right in all others', () => {
    const count = (number: number): number | undefined => (number === 2 ? Number.MAX_SAFE_INTEGER : undefined);
    const answers = askTimes(modelOf(3, { count: { kind: 'stated', count } }), 3);

    expect(answers.map((answer) => pageOf(answer).meta?.['count'])).toEqual([3, Number.MAX_SAFE_INTEGER, 3]);
  });

  test('is frozen for each range, whatever page is asked for', () => {
    let now = start + 2 * SECOND;
    const model = modelOf(5, { now: () => now, count: { kind: 'frozen' } });
    ask(model, 'before=2026-01-01T00:00:00Z&page=2');
    now += 60 * SECOND;
    const queries = ['per_page=1&before=2026-01-01T00:00:00Z', ''];

    expect(queries.map((query) => meta(ask(model, query))[0])).toEqual([2, 5]);
  });

  test('may be the only thing that meta tells', () => {
    const model = modelOf(5, { meta: { pages: false, nextPage: false, nextPageNumber: false } });

    expect(Object.keys(pageOf(ask(model)).meta ?? {})).toEqual(['current_page', 'previous_page', 'per_page', 'count']);
  });
});

describe('pages that are hard to reach', () => {
  test.each<[TenantModelOptions['pastEnd'], number, unknown[]]>([
    ['empty', 200, []],
    ['last_page', 200, [1]],
    ['first_page', 200, [5, 4]],
    [404, 404, []],
    [400, 400, []],
    ['hang', 0, []],
  ])('one behind the last: %s', (pastEnd, status, rows) => {
    const model = modelOf(5, { pastEnd });
    const [last, behind] = [ask(model, 'per_page=2&page=3'), ask(model, 'per_page=2&page=4')];

    expect([ids(last), behind.status]).toEqual([[1], status]);
    expect(status === 200 ? ids(behind) : []).toEqual(rows);
  });

  test('page 1 of an empty tenant is never behind the last', () => {
    expect(ask(modelOf(0, { pastEnd: 404 }), 'page=1').status).toBe(200);
  });

  test('offsets from a depth on are answered empty, with a true count', () => {
    const model = modelOf(9, { depthLimit: { rows: 4, response: 'empty' } });
    const [within, deep] = [ask(model, 'per_page=2&page=2'), ask(model, 'per_page=2&page=3')];

    expect([ids(within), ids(deep), pageOf(deep).meta?.['count']]).toEqual([[7, 6], [], 9]);
  });

  test.each([400, 404, 504])('offsets from a depth on are answered with %i', (answer) => {
    const model = modelOf(9, { depthLimit: { rows: 4, response: answer } });

    expect([2, 3].map((page) => ask(model, `per_page=2&page=${page}`).status)).toEqual([200, answer]);
  });
});

describe('too heavy', () => {
  test.each([500, 502, 504, 413])('a range that matches more than so many rows is answered with %i', (answer) => {
    const model = modelOf(9, { heavyRange: { rows: 5, response: answer } });
    const queries = ['per_page=1', 'after=2025-01-01T00:00:04Z', 'after=2025-01-01T00:00:03Z'];

    expect(queries.map((query) => ask(model, query).status)).toEqual([answer, 200, answer]);
  });

  test('a range may be too heavy to be answered at all', () => {
    const { status, fault } = ask(modelOf(9, { heavyRange: { rows: 5, response: 'hang' } }));

    expect([status, fault]).toEqual([0, { kind: 'hang' }]);
  });

  test('a page of more than so many rows', () => {
    const model = modelOf(9, { heavyPage: { rows: 3, response: 502 } });

    expect([3, 4].map((size) => ask(model, `per_page=${size}`).status)).toEqual([200, 502]);
  });

  test('a page of more than so many bytes', () => {
    const bytes = Buffer.byteLength(ask(modelOf(3)).body);

    expect([0, 1].map((less) => ask(modelOf(3, { heavyPage: { bytes: bytes - less, response: 413 } })).status)).toEqual(
      [200, 413],
    );
  });

  test('one row can’t be shown: each page with it is answered with 500, and others aren’t', () => {
    const model = modelOf(5, { poison: ({ id }) => id === 3 });
    const queries = ['per_page=2', 'per_page=2&page=2', 'per_page=1&page=3', 'per_page=1&page=2'];

    expect(queries.map((query) => ask(model, query).status)).toEqual([200, 500, 500, 200]);
  });

  test.each<[Fault, number]>([
    [{ kind: 'status', status: 403 }, 403],
    [{ kind: 'status', status: 451 }, 451],
    [{ kind: 'redirect' }, 302],
    [{ kind: 'reset' }, 0],
  ])('a filter in front of the tenant refuses each page with one row: %j', (poisonResponse, status) => {
    const model = modelOf(5, { poison: ({ id }) => id === 3, poisonResponse });

    expect(['per_page=2', 'per_page=2&page=2'].map((query) => ask(model, query).status)).toEqual([200, status]);
  });
});

describe('a store that is behind', () => {
  test('shows everything some minutes late, what is added as well', () => {
    let now = start + 60 * SECOND;
    const model = modelOf(3, { now: () => now, storeLagMs: 60 * SECOND });
    model.add([entryAt(9, 59_000)]);
    const early = ids(ask(model));
    now = start + 62 * SECOND;
    const later = ids(ask(model));
    now = start + 119 * SECOND;

    expect([early, later, ids(ask(model))]).toEqual([[], [2, 1], [9, 3, 2, 1]]);
  });

  test('shows what came in a stall only at its end, with its own time', () => {
    let now = start + 5 * SECOND;
    const stalls = [{ from: start + 3 * SECOND, to: start + 9 * SECOND }];
    const model = modelOf(9, { now: () => now, stalls });
    const during = ids(ask(model));
    now = start + 8.999 * SECOND;
    const before = ids(ask(model));
    now = start + 9 * SECOND;
    const page = pageOf(ask(model));

    expect([during, before, page.audit_logs.map(({ id }) => id)]).toEqual([
      [2, 1],
      [2, 1],
      [9, 8, 7, 6, 5, 4, 3, 2, 1],
    ]);
    expect(page.audit_logs[5]).toMatchObject({ created_at: '2025-01-01T00:00:04Z' });
  });

  test('has a replica that lags by visibility, not by time, and gives every second answer', () => {
    const model = modelOf(3, { replica: { lagMs: 1500, withoutCount: true } });
    model.add([entryAt(9, 500)]);
    const answers = askTimes(model, 3);

    expect(answers.map(ids)).toEqual([
      [3, 2, 1, 9],
      [3, 2, 1],
      [3, 2, 1, 9],
    ]);
    expect(answers.map((answer) => pageOf(answer).meta?.['count'])).toEqual([4, undefined, 4]);
  });

  test('has a replica for chosen requests', () => {
    const model = modelOf(3, { replica: { lagEntries: 2, serves: (number) => number % 3 === 0 } });

    expect(askTimes(model, 6).map((answer) => ids(answer).length)).toEqual([3, 3, 1, 3, 3, 1]);
  });

  test('has a replica that is hours behind, and serves in turns', () => {
    const hours = 3600 * SECOND;
    const entries = Array.from({ length: 6 }, (_, index) => entryAt(index + 1, index * hours));
    const model = new TenantModel({ entries, now: () => start + 5 * hours, replica: { lagMs: 2.5 * hours } });

    expect(askTimes(model, 2).map(ids)).toEqual([
      [6, 5, 4, 3, 2, 1],
      [3, 2, 1],
    ]);
  });

  test('shows and counts nothing in a run of answers', () => {
    const model = modelOf(3, { returnsNothing: (number) => number >= 2 && number <= 3 });

    expect(askTimes(model, 4).map((answer) => pageOf(answer).meta?.['count'])).toEqual([3, 0, 0, 3]);
  });

  test('shows and counts nothing in single answers', () => {
    const answers = askTimes(modelOf(3, { returnsNothing: (number) => number === 1 }), 2);

    expect(answers.map((answer) => [ids(answer).length, pageOf(answer).meta?.['count']])).toEqual([
      [0, 0],
      [3, 3],
    ]);
  });
});

describe('the Date header', () => {
  test('is ahead of the server’s time in every answer, and entries aren’t', () => {
    const model = modelOf(3, { now: () => start + 2 * SECOND, dateSkewMs: 720 * SECOND });
    const answer = ask(model);

    expect([answer.headers['date'], ids(answer)]).toEqual(['Wed, 01 Jan 2025 00:12:02 GMT', [2, 1]]);
  });

  test('is a day ahead in a single answer', () => {
    const model = modelOf(3, { dateSkewMs: (number) => (number === 2 ? 86_400 * SECOND : 0) });

    expect(askTimes(model, 3).map(({ headers }) => headers['date']?.slice(5, 11))).toEqual([
      '01 Jan',
      '02 Jan',
      '01 Jan',
    ]);
  });
});

describe('what is ignored', () => {
  test('filters', () => {
    const model = modelOf(3, { ignoresFilters: true });

    expect(ids(ask(model, 'user_id[]=7&operation_name=Login&after=2025-01-01T00:00:01Z'))).toEqual([3, 2]);
  });

  test('the page', () => {
    const model = modelOf(3, { ignoresPage: true });

    expect([ids(ask(model, 'per_page=2&page=2')), ids(ask(model, 'per_page=2&page=9'))]).toEqual([
      [3, 2],
      [3, 2],
    ]);
  });
});

describe('changes between answers', () => {
  test('insertions fall just before an answer', () => {
    const model = modelOf(3);
    model.settings.beforeResponse = ({ number, query }) => {
      if (number === 2) model.add([entryAt(9, 2500)]);
      if (query.get('page') === '7') model.purgeOlderThan(start + 3000);
    };

    expect([ids(ask(model)), ids(ask(model)), ids(ask(model, 'page=7')), ids(ask(model))]).toEqual([
      [3, 2, 1],
      [3, 9, 2, 1],
      [],
      [3],
    ]);
  });
});

describe('faults', () => {
  test.each([undefined, '0', '86400', 'soon'])('429 for ever, Retry-After %s', (retryAfter) => {
    const answers = askTimes(modelOf(3, { faultFor: () => tooManyRequests(retryAfter) }), 3);

    expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual(
      Array(3).fill([429, retryAfter]),
    );
  });

  test('429 of one question only', () => {
    const model = modelOf(3, {
      faultFor: (_, query) => (query.get('page') === '2' ? tooManyRequests() : undefined),
    });

    expect(['page=1', 'page=2', 'page=3', 'page=2'].map((query) => ask(model, query).status)).toEqual([
      200, 429, 200, 429,
    ]);
  });

  test('scattered ones hit a share of the requests, the same ones for the same seed', () => {
    const hit = (seed: number): boolean[] => {
      const faultFor = scattered(tooManyRequests('1'), { share: 0.05, seed });
      return askTimes(modelOf(1, { faultFor }), 1000).map(({ status }) => status === 429);
    };

    expect(Math.abs(hit(1).filter(Boolean).length - 50)).toBeLessThan(20);
    expect(hit(1)).toEqual(hit(1));
    expect(hit(1)).not.toEqual(hit(2));
  });

  test.each<[string, Fault, Partial<TenantResponse>]>([
    [
      '503 with Retry-After: 0',
      { kind: 'status', status: 503, headers: { 'retry-after': '0' } },
      { status: 503, headers: expect.objectContaining({ 'retry-after': '0' }) as unknown as TenantResponse['headers'] },
    ],
    ['401', { kind: 'status', status: 401 }, { status: 401 }],
    ['403', { kind: 'status', status: 403 }, { status: 403 }],
    ['404', { kind: 'status', status: 404 }, { status: 404 }],
    ['302', { kind: 'redirect' }, { status: 302 }],
    [
      'JSON of another shape',
      { kind: 'status', status: 200, body: '{"errors":[]}' },
      { status: 200, body: '{"errors":[]}' },
    ],
    ['a reset', { kind: 'reset' }, { status: 0, fault: { kind: 'reset' } }],
    ['no answer', { kind: 'hang' }, { status: 0, fault: { kind: 'hang' } }],
    ['a page cut off', { kind: 'cut_json', keepBytes: 6 }, { status: 200, body: '{"audi' }],
  ])('%s can pass as the second answer', (_, fault, expected) => {
    const model = modelOf(3, { faultFor: (number) => (number === 2 ? fault : undefined) });
    const answers = askTimes(model, 3);

    expect(answers[1]).toMatchObject(expected);
    expect([answers[0], answers[2]].map((answer) => answer?.status)).toEqual([200, 200]);
  });

  test('a reset in the body keeps the answer that it breaks', () => {
    const model = modelOf(3, { faultFor: () => ({ kind: 'reset_in_body' }) });

    expect(ask(model)).toMatchObject({ status: 200, fault: { kind: 'reset_in_body' } });
    expect(ids(ask(model))).toEqual([3, 2, 1]);
  });

  test('JSON is cut off to the byte, also within a character', () => {
    const entries = [new TenantEntry({ at: start, id: 1 }, '{"name":"é"}')];
    const bytes = bytesOf(ask(modelOf(0, { entries, faultFor: () => ({ kind: 'cut_json', keepBytes: 25 }) })));

    expect(bytes.toString('hex').endsWith('3a22c3')).toBe(true);
  });

  test('the next requests for audit logs take what waits, one each, and then what else there is', () => {
    const model = modelOf(1, {
      faultFor: firstOf(nextRequests({ kind: 'status', status: 500 }, { kind: 'empty' }), undefined, () => ({
        kind: 'html',
      })),
    });
    const info = model.respond(new URLSearchParams(), { path: '/api/v1/info' });

    expect([info, ...askTimes(model, 3)].map(({ status, body }) => [status, body.length > 0])).toEqual([
      [200, true],
      [500, true],
      [200, false],
      [200, true],
    ]);
  });
});
