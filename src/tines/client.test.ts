import { beforeEach, describe, expect, test } from '@jest/globals';
import { ConnectorError, type LogLevel } from '@airbyte/cdk-typescript-compat';
import { ManualClock } from '../testing/manual-clock';
import { parsePage, TinesClient, type AuditLogsFilters, type Page, type PageBody, type PageRequest } from './client';
import { PageTooHeavyError, TransientError } from './errors';
import type { HttpGet, HttpResponse } from './http';
import { RateLimiter } from './rate-limiter';
import { Retry, SYNC_RETRY_LIMITS } from './retry';

const DOMAIN = 'acme.tines.com';
const NOW = Date.parse('2026-03-01T12:00:00.500Z');
const never = new AbortController().signal;
const NO_FILTERS: AuditLogsFilters = { userIds: [], operationNames: [] };
const EMPTY = '{"audit_logs":[]}';

let clock: ManualClock;
let targets: string[];
let logged: [LogLevel, string][];

beforeEach(() => {
  clock = new ManualClock(NOW);
  targets = [];
  logged = [];
  freed = 0;
});

let freed: number;

const answer = (status: number, body = '', headers: HttpResponse['headers'] = {}): HttpResponse => ({
  status,
  headers,
  body: { bytes: Buffer.from(body), free: () => (freed += 1) },
});

type Answer = HttpResponse | Error;

/** A client whose requests get these answers one after the other, the last one again and again. */
function clientOf(answers: readonly [Answer, ...Answer[]], filters = NO_FILTERS): TinesClient {
  const http: HttpGet = (target) => {
    const next = answers[Math.min(targets.length, answers.length - 1)] ?? answers[0];
    targets.push(target);
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const limiter = new RateLimiter(
    1000,
    clock,
    () => 0.5,
    () => undefined,
  );
  const retry = new Retry(
    SYNC_RETRY_LIMITS,
    DOMAIN,
    limiter,
    clock,
    () => 0.5,
    (level, message) => logged.push([level, message]),
  );
  return new TinesClient(DOMAIN, filters, http, limiter, retry, clock);
}

const FIRST: PageRequest = { page: 1, perPage: 500 };

const get = (client: TinesClient, request = FIRST, divisible = false): Promise<Page> =>
  clock.runTo(client.page(request, never, divisible));

const pageOf = (body: string, headers?: HttpResponse['headers']): Promise<Page> =>
  get(clientOf([answer(200, body, headers)]));

async function queryOf(request: PageRequest, filters = NO_FILTERS): Promise<string> {
  await get(clientOf([answer(200, EMPTY)], filters), request);
  return decodeURIComponent(String(targets[0]).split('?')[1] ?? '');
}

async function failure(answers: readonly [Answer, ...Answer[]]): Promise<ConnectorError> {
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

describe('a page', () => {
  test('has the rows as they are, with integers beyond 2^53 as texts', async () => {
    const { rows } = await pageOf('{"audit_logs":[{"id":12345678901234567890},"odd",null]}');
    expect(rows).toEqual([{ id: '12345678901234567890' }, 'odd', null]);
  });

  test('knows the size of its body, whose place it leaves', async () => {
    const body = '{"audit_logs":["ü"]}';
    expect((await pageOf(body)).bytes).toBe(Buffer.byteLength(body));
    expect(freed).toBe(1);
  });

  test.each([
    ['242', 242],
    ['0', 0],
    ['"242"', 242],
    ['-1', undefined],
    ['1.5', undefined],
    ['"many"', undefined],
    ['""', undefined],
    ['null', undefined],
    ['true', undefined],
    ['[7]', undefined],
    ['12345678901234567890', undefined],
  ])('of a count of %s counts %s', async (json, count) => {
    const page = await pageOf(`{"audit_logs":[],"meta":{"count":${json},"per_page":${json}}}`);
    expect([page.count, page.perPage]).toEqual([count, count]);
  });

  test.each(['{"audit_logs":[]}', '{"audit_logs":[],"meta":null}', '{"audit_logs":[],"meta":{}}'])(
    '%s has no count',
    async (body) => {
      expect(await pageOf(body)).toMatchObject({ count: undefined, perPage: undefined });
    },
  );

  test("knows the server's clock from the Date header", async () => {
    const page = await pageOf(EMPTY, { date: 'Sun, 01 Mar 2026 11:55:00 GMT' });
    expect(page.serverNow).toBe(Date.parse('2026-03-01T11:55:00Z'));
  });

  test.each([undefined, '', 'whenever'])("with the Date header %s goes by this machine's clock", async (date) => {
    expect((await pageOf(EMPTY, { date })).serverNow).toBe(NOW);
  });
});

describe('what is no page', () => {
  test.each([
    ['empty', ''],
    ['cut off', '{"audit_logs":[{"id":1},{"i'],
    ['a page of HTML', '<!doctype html><title>Sign in</title>'],
    ['null', 'null'],
    ['a text', '"ok"'],
    ['a list', '[]'],
    ['without rows', '{"meta":{"count":0}}'],
    ['with rows in an object', '{"audit_logs":{}}'],
    ['with a list as meta', '{"audit_logs":[],"meta":[]}'],
  ])('%s is tried again', async (_, body) => {
    const client = clientOf([answer(200, body), answer(200, EMPTY)]);
    await expect(get(client)).resolves.toMatchObject({ rows: [] });
    expect(logged).toHaveLength(1);
  });

  test('is a transient_error when it stays so, without a word of the body', async () => {
    const error = await failure([answer(200, '<title>Confidential</title>')]);
    expect(error.failureType).toBe('transient_error');
    expect(error.message).toContain('the answer was cut off or is no page of audit logs');
    expect(`${error.message}${JSON.stringify(logged)}`).not.toContain('Confidential');
  });
});

describe('a page to be parsed later', () => {
  const getBody = (answers: readonly [Answer, ...Answer[]]): Promise<PageBody> =>
    clock.runTo(clientOf(answers).pageBody(FIRST, never));

  test("is handed over as it came, with the server's clock", async () => {
    const date = 'Sun, 01 Mar 2026 11:55:00 GMT';
    const { body, serverNow } = await getBody([answer(200, ' {"audit_logs":[ ]}\n', { date })]);
    expect([body.bytes.toString(), serverNow]).toEqual([' {"audit_logs":[ ]}\n', Date.parse(date)]);
  });

  test('is the same as the page once it is parsed', async () => {
    const body = '{"audit_logs":[{"id":12345678901234567890},"odd"],"meta":{"count":2,"per_page":500}}';
    const { rows, count, perPage } = await pageOf(body);
    expect(parsePage((await getBody([answer(200, body)])).body.bytes)).toEqual({ rows, count, perPage });
  });

  test.each(['', ' \n', '{', '}', '{"audit_logs":[{"id":1},', '<html></html>', '[]', '{"errors":[]}'])(
    '%j is tried again',
    async (body) => {
      expect((await getBody([answer(200, body), answer(200, EMPTY)])).body.bytes.toString()).toBe(EMPTY);
    },
  );

  test.each(['{"audit_logs":[{"id":1}', '{"audit_logs":{}}', '{"audit_logs":[]}}'])(
    '%j turns out to be no page when it is parsed',
    async (body) => {
      expect(parsePage((await getBody([answer(200, body)])).body.bytes)).toBeUndefined();
    },
  );

  test('is given up on as any other', async () => {
    await expect(getBody([answer(401)])).rejects.toThrow('(401)');
  });
});

describe('404', () => {
  test('asks whether the key works elsewhere', async () => {
    await failure([answer(404), answer(200, '{"stack":{}}')]);
    expect(targets).toEqual(['/api/v1/audit_logs?per_page=500&page=1', '/api/v1/info']);
  });

  test('is a missing permission where the key works elsewhere', async () => {
    const error = await failure([answer(404), answer(200, '{"stack":{}}')]);
    expect(error).toMatchObject({ failureType: 'config_error', message: expect.stringContaining('AUDIT_LOG_READ') });
  });

  test.each([
    ['is not found either', answer(404)],
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
  test.each([400, 401, 403, 405, 422])('%d is thrown at once', async (status) => {
    expect((await failure([answer(status)])).failureType).toBe('config_error');
    expect(targets).toHaveLength(1);
  });

  test('a redirect is not followed', async () => {
    const error = await failure([answer(301, '', { location: 'https://evil.example/api/v1/audit_logs' })]);
    expect(error.message).toContain('evil.example');
    expect(targets).toHaveLength(1);
  });

  test.each([408, 425, 429, 500, 502, 503])('%d is tried again', async (status) => {
    await expect(get(clientOf([answer(status), answer(200, EMPTY)]))).resolves.toMatchObject({ rows: [] });
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

describe('what goes wrong before an answer', () => {
  test('is tried again when it passes', async () => {
    const reset = new TransientError('the connection failed (ECONNRESET)');
    await expect(get(clientOf([reset, reset, answer(200, EMPTY)]))).resolves.toMatchObject({ rows: [] });
  });

  test('frees its place in the allowance a minute later', async () => {
    const reset = new TransientError('the connection failed (ECONNRESET)');
    const limiter = new RateLimiter(
      1,
      clock,
      () => 0.5,
      () => undefined,
    );
    const retry = new Retry(
      SYNC_RETRY_LIMITS,
      DOMAIN,
      limiter,
      clock,
      () => 0,
      () => undefined,
    );
    const client = new TinesClient(DOMAIN, NO_FILTERS, () => Promise.reject(reset), limiter, retry, clock);
    const start = clock.now();
    await expect(get(client)).rejects.toThrow('could not be read');
    expect(clock.now() - start).toBeGreaterThanOrEqual(10 * 60_000);
  });

  test('is a page too heavy after three deadlines, where less can be asked for', async () => {
    const timeout = new TransientError('no whole answer within 30 s', { timedOut: true });
    await expect(get(clientOf([timeout]), FIRST, true)).rejects.toThrow(PageTooHeavyError);
    expect(targets).toHaveLength(3);
  });

  test('is given up in the end where nothing less can be asked for', async () => {
    const timeout = new TransientError('no whole answer within 30 s', { timedOut: true });
    await expect(get(clientOf([timeout]), FIRST, false)).rejects.toThrow(ConnectorError);
  });

  test('is thrown as it is when it is a fault of the program', async () => {
    const fault = new TypeError('x is not a function');
    await expect(get(clientOf([fault]))).rejects.toBe(fault);
  });
});

test('requests are counted, with those that failed and those to the other address', async () => {
  const client = clientOf([answer(503), answer(404), answer(200, '{}')]);
  await expect(get(client)).rejects.toThrow(ConnectorError);
  expect(client.requestsSent).toBe(3);
});

test('once stopped nothing is sent', async () => {
  const client = clientOf([answer(200, EMPTY)]);
  await expect(client.page(FIRST, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(targets).toEqual([]);
});
