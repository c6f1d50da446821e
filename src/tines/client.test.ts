import { beforeEach, describe, expect, test } from '@jest/globals';
import { ConnectorError, type LogLevel } from '@airbyte/cdk-typescript-compat';
import {
  CertificateError,
  CHECK_RETRY_LIMITS,
  createHttpClient,
  ProxyError,
  RefusedError,
  RequestTooLargeError,
  RetryableError,
  SYNC_RETRY_LIMITS,
  type ResponseLimits,
  type Http,
  type HttpResponse,
  type RetryLimits,
} from '@airbyte/cdk-typescript-compat/http';
import { ManualClock } from '@airbyte/cdk-typescript-compat/testing';
import { DEADLINE_MS, TinesClient } from './client';
import { explainFact, PageRefusedError, TooLargeError } from './errors';
import { MOST_FIELDS } from './page-index';
import type { SlicedPage } from './page';
import type { AuditLogsFilters, PageRequest } from './request';

const DOMAIN = 'acme.tines.com';
const NOW = Date.parse('2026-03-01T12:00:00.500Z');
const never = new AbortController().signal;
const NO_FILTERS: AuditLogsFilters = { userIds: [], operationNames: [] };
const EMPTY = '{"audit_logs":[]}';

let clock: ManualClock;
/** What was asked for, but for small requests. */
let targets: string[];
/** How many small requests there were. */
let small: number;
let logged: [LogLevel, string][];
let given: ResponseLimits[];

beforeEach(() => {
  clock = new ManualClock(NOW);
  targets = [];
  small = 0;
  logged = [];
  given = [];
  freed = 0;
});

let freed: number;

const answer = (status: number, body = '', headers: HttpResponse['headers'] = {}): HttpResponse => ({
  status,
  headers,
  body: { bytes: Buffer.from(body), free: () => (freed += 1) },
});

type Reply = HttpResponse | Error;

const SMALL_RANGE = '?after=2000-01-01T00%3A00%3A00Z&before=2000-01-01T00%3A00%3A01Z&';
const isSmall = (target: string): boolean => target.includes(SMALL_RANGE);

interface Settings {
  readonly filters?: AuditLogsFilters;
  readonly limits?: RetryLimits;
  readonly requestsPerMinute?: number;
  readonly hasSucceeded?: boolean;
}

/** A client of a server that replies so. */
function clientOfServer(
  server: (query: URLSearchParams, target: string) => Reply,
  { filters = NO_FILTERS, limits, requestsPerMinute = 1000, hasSucceeded }: Settings = {},
): TinesClient {
  const http: Http = ({ target }, _, responseLimits) => {
    if (isSmall(target)) small += 1;
    else targets.push(target);
    if (responseLimits !== undefined) given.push(responseLimits);
    const reply = server(new URL(target, 'https://x').searchParams, target);
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  };
  const client = createHttpClient({
    service: 'Tines',
    baseUrl: `https://${DOMAIN}`,
    settings: { address: 'Tenant Domain' },
    explain: explainFact,
    deadlineMs: DEADLINE_MS,
    http: () => http,
    retryLimits: limits ?? SYNC_RETRY_LIMITS,
    requestsPerMinute,
    hasSucceeded,
    clock,
    random: () => 0.5,
    log: (level, message) => {
      if (level !== 'DEBUG') logged.push([level, message]);
    },
  });
  const bodies = {
    usedBytes: 4711,
    allocate: (length: number) => ({ bytes: Buffer.alloc(length), free: () => (freed += 1) }),
  };
  return new TinesClient(client, filters, bodies);
}

/**
 * A client whose requests get these replies one after the other, the last one again and again. A small request gets that of
 * the request before it.
 */
function clientOf(replies: readonly [Reply, ...Reply[]], filters = NO_FILTERS): TinesClient {
  let last = replies[0];
  const server = (_: URLSearchParams, target: string): Reply => {
    if (isSmall(target)) return last;
    const reply = replies[Math.min(targets.length, replies.length) - 1] ?? replies[0];
    if (target !== '/api/v1/info') last = reply;
    return reply;
  };
  return clientOfServer(server, { filters });
}

const FIRST: PageRequest = { page: 1, perPage: 500 };
const RANGE: PageRequest = { after: 1000, before: 2000, page: 1, perPage: 500 };
const ONE_ROW: PageRequest = { ...RANGE, perPage: 1 };

const get = (client: TinesClient, request = FIRST): Promise<SlicedPage> => clock.runTo(client.page(request, never));

const pageOf = (body: string, headers?: HttpResponse['headers']): Promise<SlicedPage> =>
  get(clientOf([answer(200, body, headers)]));

async function queryOf(request: PageRequest, filters = NO_FILTERS): Promise<string> {
  await get(clientOf([answer(200, EMPTY)], filters), request);
  return decodeURIComponent(String(targets[0]).split('?')[1] ?? '');
}

async function failure(answers: readonly [Reply, ...Reply[]]): Promise<ConnectorError> {
  const error: unknown = await get(clientOf(answers)).catch((reason: unknown) => reason);
  if (error instanceof ConnectorError) return error;
  throw new Error('no ConnectorError', { cause: error });
}

describe('what is asked for', () => {
  test('is the path of the audit logs', async () => {
    await get(clientOf([answer(200, EMPTY)]));
    expect(targets).toEqual(['/api/v1/audit_logs?per_page=500&page=1']);
  });

  test('is a page by its number, never by the URL in the answer', async () => {
    const body = '{"audit_logs":[{"id":1}],"meta":{"next_page":"https://evil.example/?page=2"}}';
    const client = clientOf([answer(200, body)]);
    await get(client, { page: 1, perPage: 1 });
    await get(client, { page: 2, perPage: 1 });
    expect(targets).toEqual(['/api/v1/audit_logs?per_page=1&page=1', '/api/v1/audit_logs?per_page=1&page=2']);
  });

  test('is a range in whole seconds, in UTC', async () => {
    expect(await queryOf({ ...FIRST, after: 1_736_567_848, before: 1_736_567_849 })).toBe(
      'after=2025-01-11T03:57:28Z&before=2025-01-11T03:57:29Z&per_page=500&page=1',
    );
  });

  test('may be open at either end', async () => {
    expect(await queryOf({ ...FIRST, after: 0 })).toBe('after=1970-01-01T00:00:00Z&per_page=500&page=1');
    targets = [];
    expect(await queryOf({ ...FIRST, before: 60, after: undefined })).toBe(
      'before=1970-01-01T00:01:00Z&per_page=500&page=1',
    );
  });

  test('names one value of a filter without brackets', async () => {
    expect(await queryOf(FIRST, { userIds: ['7642'], operationNames: ['Login'] })).toBe(
      'user_id=7642&operation_name=Login&per_page=500&page=1',
    );
  });

  test('names several values of a filter with brackets', async () => {
    expect(await queryOf(FIRST, { userIds: ['7642', '7650'], operationNames: ['Login', 'StoryCreation'] })).toBe(
      'user_id[]=7642&user_id[]=7650&operation_name[]=Login&operation_name[]=StoryCreation&per_page=500&page=1',
    );
  });

  test('escapes what users type', async () => {
    const typed = 'a&page=9#ü +%';
    await get(clientOf([answer(200, EMPTY)], { userIds: [typed], operationNames: [] }));
    const query = new URL(String(targets[0]), 'https://x').searchParams;
    expect([query.getAll('user_id'), query.getAll('page')]).toEqual([[typed], ['1']]);
  });
});

describe('an answer', () => {
  test('has the page, which frees the body when it is released', async () => {
    const page = await pageOf('{"audit_logs":[{"id":12345678901234567890}],"meta":{"count":7}}');
    expect([page.size, page.idOf(0), page.meta.count, freed]).toEqual([1, '12345678901234567890', 7, 0]);
    page.release();
    expect(freed).toBe(1);
  });

  test("knows the server's clock from the Date header", async () => {
    const client = clientOf([answer(200, EMPTY, { date: 'Sun, 01 Mar 2026 11:55:00 GMT' })]);
    await get(client);
    expect(client.serverNow()).toBe(Date.parse('2026-03-01T11:55:00Z'));
  });

  test('stands still at the end of the year 9999, beyond which no time can be written', async () => {
    const client = clientOf([answer(200, EMPTY, { date: 'Fri, 31 Dec 9999 23:59:59 GMT' })]);
    await get(client);
    await clock.advance(5000);
    expect(client.serverNow()).toBe(Date.parse('9999-12-31T23:59:59.999Z'));
  });

  test.each([undefined, '', 'whenever', 'Sat, 13 Sep 275760 00:00:00 GMT'])(
    "with the Date header %s goes by this machine's clock",
    async (date) => {
      const client = clientOf([answer(200, EMPTY, { date })]);
      await get(client);
      expect(client.serverNow()).toBe(NOW);
    },
  );
});

test.each([203, 206])('a whole page with the status %d is taken', async (status) => {
  const page = await get(clientOf([answer(status, '{"audit_logs":[{"id":1}]}')]));
  expect([page.size, targets.length]).toEqual([1, 1]);
});

test('a part of a page with the status 206 is retried', async () => {
  const page = await get(clientOf([answer(206, '{"audit_logs":[{"id":1'), answer(200, EMPTY)]));
  expect([page.size, targets.length]).toEqual([0, 2]);
});

describe('a 200 that is not whole JSON', () => {
  test.each([
    ['empty', ''],
    ['cut off', '{"audit_logs":[{"id":1},{"i'],
    ['a page of HTML', '<!doctype html><title>Sign in</title>'],
  ])('(%s) is retried', async (_, body) => {
    const page = await get(clientOf([answer(200, body), answer(200, EMPTY)]));
    expect([page.size, logged.length, freed]).toEqual([0, 1, 2]);
  });

  test('is a transient_error when it stays so, without a word of the body', async () => {
    const error = await failure([answer(200, '<title>Confidential</title>')]);
    expect(error.failureType).toBe('transient_error');
    expect(error.message).toContain('the answer was cut off or is not JSON');
    expect(`${error.message}${JSON.stringify(logged)}`).not.toContain('Confidential');
  });
});

describe('a 200 with JSON of another shape', () => {
  const shapes = ['null', '"ok"', '[]', '{"meta":{"count":0}}', '{"audit_logs":{}}', '{"error":"maintenance"}'];

  test.each(shapes)('%s is a config_error after three answers, within seconds', async (body) => {
    const error = await failure([answer(200, body)]);
    expect(error).toMatchObject({ failureType: 'config_error', message: expect.stringContaining(DOMAIN) });
    expect([targets.length, small, freed]).toEqual([3, 3, 6]);
    expect(clock.now() - NOW).toBeLessThan(10_000);
  });

  test('is a transient_error where pages were read before', async () => {
    const client = clientOf([answer(200, EMPTY), answer(200, '{}')]);
    await get(client);
    await expect(get(client)).rejects.toMatchObject({ failureType: 'transient_error' });
    expect(targets).toHaveLength(4);
  });

  test('passes where the third answer is a page', async () => {
    await expect(get(clientOf([answer(200, '{}'), answer(200, '{}'), answer(200, EMPTY)]))).resolves.toBeDefined();
  });
});

describe('404', () => {
  test('asks whether the key works elsewhere', async () => {
    await failure([answer(404), answer(200, '{"stack":{}}')]);
    expect([targets, small]).toEqual([['/api/v1/audit_logs?per_page=500&page=1', '/api/v1/info'], 1]);
  });

  test('is a missing permission where the key works elsewhere', async () => {
    const error = await failure([answer(404), answer(200, '{"stack":{}}')]);
    expect(error).toMatchObject({ failureType: 'config_error', message: expect.stringContaining('AUDIT_LOG_READ') });
  });

  test.each([
    ['is not found either', answer(404)],
    ['answers with more than Tines does', new RequestTooLargeError(new Error('an answer was larger than 65536 bytes'))],
    ['is a page of HTML', answer(200, '<html></html>')],
    ['is JSON of another kind', answer(200, '["hello"]')],
    ['redirects', answer(302, '', { location: 'https://login.example/' })],
  ])('is a wrong domain where the other address %s', async (_, info) => {
    const error = await failure([answer(404), info]);
    expect(error).toMatchObject({ failureType: 'config_error', message: expect.stringContaining(DOMAIN) });
    expect(error.message).toContain('Tenant Domain');
  });

  test('is a wrong key where that is refused elsewhere', async () => {
    expect((await failure([answer(404), answer(401)])).message).toContain('(401)');
  });

  test('names the host that the other address redirects to', async () => {
    const error = await failure([answer(404), answer(302, '', { location: 'https://login.example/' })]);
    expect(error.message).toContain('login.example');
  });

  test('is asked anew when the other address fails for a while', async () => {
    const error = await failure([answer(404), answer(503), answer(404), answer(200, '{}')]);
    expect(error.message).toContain('AUDIT_LOG_READ');
    expect(clock.slept).toEqual([500]);
  });

  test.each([429, 503])('waits as long as the other address asks for with %d', async (status) => {
    await failure([answer(404), answer(status, '', { 'retry-after': '40' }), answer(404), answer(200, '{}')]);
    expect(clock.now() - NOW).toBe(40_000);
  });
});

describe('other statuses', () => {
  test.each([400, 401, 403, 405, 406, 410, 422, 451])(
    '%d is thrown once a small request is refused, too',
    async (status) => {
      const error = await failure([answer(status)]);
      expect(error).toMatchObject({ failureType: 'config_error', message: expect.stringContaining(`${status}`) });
      expect([targets.length, small]).toEqual([1, 1]);
    },
  );

  test('a redirect is not followed', async () => {
    const error = await failure([answer(301, '', { location: 'https://evil.example/api/v1/audit_logs' })]);
    expect(error.message).toContain('evil.example');
    expect([targets.length, small]).toEqual([1, 1]);
  });

  test.each([408, 425, 429, 500, 502, 503])('%d is tried again', async (status) => {
    await expect(get(clientOf([answer(status), answer(200, EMPTY)]))).resolves.toBeDefined();
    expect(targets).toHaveLength(2);
  });

  test.each([
    ['seconds', '40'],
    ["a date by the server's clock", 'Sun, 01 Mar 2026 09:00:40 GMT'],
  ])('of 429 are waited out as long as Retry-After says, in %s', async (_, retryAfter) => {
    const headers = { 'retry-after': retryAfter, date: 'Sun, 01 Mar 2026 09:00:00 GMT' };
    await get(clientOf([answer(429, '', headers), answer(200, EMPTY)]));
    expect(clock.now() - NOW).toBe(40_000);
  });

  test('of 503 are waited out as long as Retry-After says', async () => {
    await get(clientOf([answer(503, '', { 'retry-after': '40' }), answer(200, EMPTY)]));
    expect(clock.slept).toEqual([40_000]);
  });

  test('without a readable Retry-After are tried again all the same', async () => {
    await expect(
      get(clientOf([answer(429, '', { 'retry-after': 'soon' }), answer(200, EMPTY)])),
    ).resolves.toBeDefined();
  });
});

describe('a passing refusal', () => {
  const refusals: [string, HttpResponse][] = [
    ['401', answer(401)],
    ['403', answer(403)],
    ['404', answer(404)],
    ['redirect', answer(302, '', { location: 'https://login.example/' })],
  ];
  /** Answers well but for the requests with these numbers; /info answers as any tenant's. */
  const refusing = (refusal: Reply, from: number, to: number, hasSucceeded = false): TinesClient => {
    let requests = 0;
    const server = (_: URLSearchParams, target: string): Reply => {
      if (target === '/api/v1/info') return answer(200, '{}');
      requests += 1;
      return requests >= from && requests <= to ? refusal : answer(200, EMPTY);
    };
    return clientOfServer(server, { hasSucceeded });
  };
  const asked = (): number => targets.filter((target) => target !== '/api/v1/info').length;

  test.each(refusals)('(%s) as the twentieth answer does not end the sync', async (_, refusal) => {
    const client = refusing(refusal, 20, 25);
    for (let page = 0; page < 25; page += 1) await expect(get(client)).resolves.toBeDefined();
  });

  test.each(refusals)('(%s) is final after four in a row', async (_, refusal) => {
    const client = refusing(refusal, 2, 1000);
    await get(client);
    await expect(get(client)).rejects.toMatchObject({ failureType: 'config_error' });
    expect([asked(), small]).toEqual([5, 4]);
  });

  test.each(refusals)('(%s) is final as the first response, and that to a small request', async (_, refusal) => {
    await expect(get(refusing(refusal, 1, 1000))).rejects.toMatchObject({ failureType: 'config_error' });
    expect([asked(), small]).toEqual([1, 1]);
  });

  test.each(refusals)('(%s) as the first two responses is retried where the tenant is known', async (_, refusal) => {
    await expect(get(refusing(refusal, 1, 2, true))).resolves.toBeDefined();
  });

  test.each(refusals)('(%s) as the first response alone is retried', async (_, refusal) => {
    await expect(get(refusing(refusal, 1, 1))).resolves.toBeDefined();
  });
});

describe('a page beyond the first', () => {
  const SECOND_PAGE: PageRequest = { ...RANGE, page: 2 };

  test.each([301, 302, 400, 401, 403, 404, 406, 410, 416, 422, 451])(
    'that is refused with %d is asked for no further',
    async (status) => {
      const error: unknown = await get(clientOf([answer(status)]), SECOND_PAGE).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(PageRefusedError);
      expect(error).toMatchObject({ status });
      expect([targets.length, small]).toEqual([1, 0]);
    },
  );

  test('that a proxy refuses is refused as any request', async () => {
    const fact = new ProxyError({ type: 'status', status: 403 });
    const refusal = new RefusedError(fact.message, fact);
    await expect(get(clientOf([refusal]), SECOND_PAGE)).rejects.toThrow('The proxy in front of');
  });

  test('that fails is retried', async () => {
    await expect(get(clientOf([answer(503), answer(200, EMPTY)]), SECOND_PAGE)).resolves.toBeDefined();
  });
});

describe('a request that is too large', () => {
  const reset = new RetryableError('the connection failed (ECONNRESET)');
  const timeout = new RetryableError('no whole answer within 30 s');
  const failures: [string, Reply][] = [
    ['500', answer(500)],
    ['504', answer(504)],
    ['a missed deadline', timeout],
    ['a reset', reset],
    ['a body cut off', answer(200, '{"audit_logs":[')],
    ['400', answer(400)],
    ['401', answer(401)],
    ['403', answer(403)],
    ['404', answer(404)],
    ['406', answer(406)],
    ['451', answer(451)],
    ['a redirect', answer(302, '', { location: 'https://block.proxy.example/' })],
    ['JSON of another shape', answer(200, '{"blocked":true}')],
  ];
  /** A server that can only answer the small request. */
  const onlySmall = (reply: Reply) => (_: URLSearchParams, target: string) => {
    if (target === '/api/v1/info') return answer(200, '{}');
    return isSmall(target) ? answer(200, EMPTY) : reply;
  };

  test.each(failures)('(%s) is found after three failures with a small request after each', async (_, reply) => {
    await expect(get(clientOfServer(onlySmall(reply)), RANGE)).rejects.toBeInstanceOf(TooLargeError);
    expect([targets.filter((target) => target !== '/api/v1/info').length, small]).toEqual([3, 3]);
  });

  test.each<[string, Reply, string]>([
    ['a failure', answer(504), 'Tines answered 504'],
    ['a refusal', answer(403), 'Tines answered 403'],
  ])('has the last failure as its cause: %s', async (_, reply, message) => {
    const error: unknown = await get(clientOfServer(onlySmall(reply)), RANGE).catch((e: unknown) => e);
    expect(error).toMatchObject({ cause: { message }, message: expect.stringContaining('it answers others') });
  });

  test('is compared with one row of a second of the year 2000, with the same filters', async () => {
    const asked: string[] = [];
    const server = (query: URLSearchParams, target: string): Reply => {
      if (isSmall(target)) asked.push(decodeURIComponent(query.toString()));
      return onlySmall(answer(500))(query, target);
    };
    const client = clientOfServer(server, { filters: { userIds: ['7'], operationNames: ['Login'] } });
    await expect(get(client, RANGE)).rejects.toThrow(TooLargeError);
    expect(new Set(asked)).toEqual(
      new Set([
        'after=2000-01-01T00:00:00Z&before=2000-01-01T00:00:01Z&user_id=7&operation_name=Login&per_page=1&page=1',
      ]),
    );
  });

  test('is one row as well as many', async () => {
    await expect(get(clientOfServer(onlySmall(answer(500))), ONE_ROW)).rejects.toThrow(TooLargeError);
    expect(targets).toHaveLength(3);
  });

  test('frees the bodies of small requests', async () => {
    await expect(get(clientOfServer(onlySmall(reset)), RANGE)).rejects.toThrow(TooLargeError);
    expect([small, freed]).toEqual([3, 3]);
  });

  test('is not found while the server is down: that is waited for', async () => {
    const up = NOW + 5 * 60_000;
    const client = clientOfServer(() => answer(clock.now() < up ? 502 : 200, EMPTY));
    await expect(get(client, RANGE)).resolves.toBeDefined();
  });

  test('is not found where the server stays down: after ten minutes the sync ends', async () => {
    const error = await failure([answer(502)]);
    expect(error).not.toBeInstanceOf(TooLargeError);
    expect(error).toMatchObject({ failureType: 'transient_error', message: expect.stringContaining('10 minutes') });
  });

  test('is found after a 429 to a small request, by asking once more', async () => {
    const client = clientOfServer((_, target) => {
      if (!isSmall(target)) return answer(500);
      return small === 1 ? answer(429, '', { 'retry-after': '5' }) : answer(200, EMPTY);
    });
    await expect(get(client, RANGE)).rejects.toThrow(TooLargeError);
    expect([small, targets.length]).toEqual([4, 4]);
  });

  test.each<[string, Reply]>([
    ['413', answer(413)],
    ['a body larger than allowed', new RequestTooLargeError(new Error('larger'))],
  ])('(%s) is found at once', async (_, reply) => {
    await expect(get(clientOf([reply]), RANGE)).rejects.toThrow(TooLargeError);
    expect([targets.length, small]).toEqual([1, 0]);
  });

  test('(more fields than memory is spent on) is found at once', async () => {
    // A name that has a column is found ten times as fast as one that is compared with all of them.
    const body = `{"audit_logs":[{"id":1${',"id":1'.repeat(MOST_FIELDS)}}]}`;
    await expect(get(clientOf([answer(200, body)]), RANGE)).rejects.toThrow(TooLargeError);
    expect(targets).toHaveLength(1);
  });

  test('says that others are answered only where one was', async () => {
    const client = clientOf([answer(413), answer(200, EMPTY), answer(413)]);
    await expect(get(client, RANGE)).rejects.toThrow(/^(?!.*it answers others)/);
    await get(client);
    await expect(get(client, RANGE)).rejects.toThrow('it answers others');
  });

  test('counts failures in a row of one request only', async () => {
    const outcomes = [500, 500, 200, 500, 500, 200];
    const client = clientOfServer((_, target) =>
      isSmall(target) ? answer(200, EMPTY) : answer(outcomes[targets.length - 1] ?? 200, EMPTY),
    );
    await get(client, RANGE);
    await get(client, RANGE);
    expect([targets.length, small]).toEqual([6, 4]);
  });

  test('goes through the rate limiter with its small requests', async () => {
    const client = clientOfServer(onlySmall(answer(500)), { requestsPerMinute: 5 });
    await expect(get(client, RANGE)).rejects.toThrow(TooLargeError);
    expect(clock.now() - NOW).toBeGreaterThanOrEqual(60_000);
  });
});

describe('whether a request is answered', () => {
  const isAnswered = (client: TinesClient, request = ONE_ROW): Promise<boolean> =>
    clock.runTo(client.isAnswered(request, never));

  test('is found out by sending it once', async () => {
    expect(await isAnswered(clientOf([answer(200, EMPTY)]))).toBe(true);
    expect([targets, freed]).toEqual([[expect.stringContaining('after=1970-01-01T00%3A16%3A40Z')], 1]);
  });

  test.each<[string, Reply]>([
    ['a failure', answer(503)],
    ['a refusal', answer(403)],
    ['a 404', answer(404)],
    ['a status of size', answer(413)],
    ['a reset', new RetryableError('the connection failed (ECONNRESET)')],
    ['JSON of another shape', answer(200, '{}')],
    ['a body cut off', answer(200, '{"audit_logs":[')],
  ])('is no after %s, without another attempt', async (_, reply) => {
    expect(await isAnswered(clientOf([reply]))).toBe(false);
    expect([targets.length, small, clock.slept]).toEqual([1, 0, []]);
  });

  test('is asked again after a 429', async () => {
    expect(await isAnswered(clientOf([answer(429, '', { 'retry-after': '7' }), answer(200, EMPTY)]))).toBe(true);
    expect(clock.now() - NOW).toBe(7000);
  });

  test('is an error where there is nothing but 429s', async () => {
    await expect(isAnswered(clientOf([answer(429, '', { 'retry-after': '600' })]))).rejects.toThrow('nothing but 429');
  });

  test('is an error where no request succeeds', async () => {
    await expect(isAnswered(clientOf([new CertificateError('CERT_HAS_EXPIRED')]))).rejects.toThrow('CERT_HAS_EXPIRED');
  });

  test('is not found out once stopped', async () => {
    const client = clientOf([answer(200, EMPTY)]);
    await expect(client.isAnswered(ONE_ROW, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(targets).toEqual([]);
  });
});

describe('the limits of one answer', () => {
  test('are half a minute, and 8 MiB for a page or 16 MiB for one row', async () => {
    const client = clientOf([answer(200, EMPTY)]);
    await get(client, RANGE);
    await get(client, ONE_ROW);
    expect(given).toEqual([
      { deadlineMs: 30_000, maxBodyBytes: 8 * 1024 * 1024 },
      { deadlineMs: 30_000, maxBodyBytes: 16 * 1024 * 1024 },
    ]);
  });

  test('are half of what is left of a check', async () => {
    const client = clientOfServer(() => answer(503), { limits: CHECK_RETRY_LIMITS });
    await expect(get(client)).rejects.toThrow(ConnectorError);
    expect(given[0]?.deadlineMs).toBe(7_500);
    expect(given.at(-1)?.deadlineMs).toBe(1000);
    expect(clock.now() - NOW).toBeLessThanOrEqual(15_000);
  });
});

describe('a failure before an answer', () => {
  const reset = new RetryableError('the connection failed (ECONNRESET)');

  test('is retried', async () => {
    await expect(get(clientOf([reset, reset, answer(200, EMPTY)]))).resolves.toBeDefined();
  });

  test('frees its place in the allowance a minute later', async () => {
    const client = clientOfServer(() => reset, { requestsPerMinute: 1 });
    await expect(get(client)).rejects.toThrow('could not be read');
    expect(clock.now() - NOW).toBeGreaterThanOrEqual(10 * 60_000);
  });

  test('is thrown as it is when it is a fault of the program', async () => {
    const fault = new TypeError('x is not a function');
    await expect(get(clientOf([fault]))).rejects.toBe(fault);
  });
});

test('requests are counted, with those that failed, small ones and those to the other address', async () => {
  const client = clientOf([answer(503), answer(404), answer(200, '{}')]);
  await expect(get(client)).rejects.toThrow(ConnectorError);
  expect(client.requestsSent).toBe(5);
});

test('what responses take is known', () => {
  expect(clientOf([answer(200)]).bufferedBytes).toBe(4711);
});

test('once stopped nothing is sent', async () => {
  const client = clientOf([answer(200, EMPTY)]);
  await expect(client.page(FIRST, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(targets).toEqual([]);
});
