import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { gzipSync } from 'node:zlib';
import { ConfigError, ConnectorError } from '../src/errors';
import { pageNumber, paginate } from '../incremental';
import { fakeApi, type FakeApi, type FakeRequest, type FakeResponse } from '../testing/fake-api';
import { LocalServers, withoutProxies } from '../testing/local-servers';
import { bearer, query } from './auth';
import { createHttpClient, pageGetter, type HttpClient, type HttpClientOptions } from './http-client';
import type { Classify } from './limited-http';
import { CHECK_RETRY_LIMITS } from './retry-limits';

const never = new AbortController().signal;
const servers = new LocalServers();
let api: FakeApi;
let answers: FakeResponse[];
let logged: string[];
let now: number;
let restore: () => void;

/** Passes only by sleeping. */
const clock = {
  now: () => now,
  sleep: (ms: number) => {
    now += ms;
    return Promise.resolve();
  },
};

const respond = (): FakeResponse => answers.shift() ?? { json: { items: [] } };

beforeAll(() => {
  nock.restore();
  restore = withoutProxies();
});

beforeEach(async () => {
  answers = [];
  logged = [];
  now = Date.parse('2026-03-01T12:00:00Z');
  api = await fakeApi({
    routes: Object.fromEntries(['GET', 'POST', 'PUT', 'DELETE'].map((method) => [`${method} /api/items`, respond])),
  });
});

afterEach(() => Promise.all([api.close(), servers.close()]));

afterAll(() => {
  restore();
});

const optionsOf = (options: Partial<HttpClientOptions> = {}): HttpClientOptions => ({
  service: 'Example',
  baseUrl: `${api.url}/api`,
  settings: { address: 'URL', credentials: 'API Token' },
  log: (level, message) => logged.push(`${level} ${message}`),
  allowHttp: true,
  clock,
  random: () => 0.5,
  ...options,
});

const clientOf = (options: Partial<HttpClientOptions> = {}): HttpClient => createHttpClient(optionsOf(options));

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('was fulfilled'),
    (error: unknown) => error,
  );

const sent = (index: number): FakeRequest | undefined => api.requests[index];
const path = '/items';

describe('a request', () => {
  test('with JSON is a POST, and the body may have a cursor', async () => {
    answers = [{ json: { next: 7 } }];
    const client = clientOf();
    const { body } = await client.request<{ next: number }>({ path, json: { filter: 'a' } }, never);
    await client.request({ path, json: { filter: 'a', cursor: body?.next } }, never);
    expect(sent(1)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"filter":"a","cursor":7}',
    });
  });

  test('with a form has its fields, lists repeated', async () => {
    await clientOf().request({ path, form: { q: 'a b', tag: ['x', 'y'], none: undefined } }, never);
    expect(sent(0)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'q=a+b&tag=x&tag=y',
    });
  });

  test.each(['GET', 'PUT', 'DELETE'] as const)('may be a %s, with headers of its own', async (method) => {
    await clientOf({ headers: { 'X-One': '1' } }).request({ method, path, headers: { 'X-Two': '2' } }, never);
    expect(sent(0)).toMatchObject({ method, headers: { 'x-one': '1', 'x-two': '2' } });
  });

  test('is read to what its parser makes of it', async () => {
    answers = [{ body: 'a;b' }];
    const parse = ({ body }: { body: { bytes: Buffer } }): string[] => body.bytes.toString().split(';');
    expect((await clientOf().request({ path, parse }, never)).body).toEqual(['a', 'b']);
  });

  test('by POST is sent again after a failure, as a GET is', async () => {
    answers = [{ status: 503 }, { json: 1 }];
    expect((await clientOf().request({ path, json: {} }, never)).body).toBe(1);
  });

  test.each([
    ['goes to another origin', 'https://evil.example/items?key=k', 'a request to evil.example instead of 127.0.0.1'],
    ['has no slash', 'items?key=k', 'the path items is no URL and does not begin with a slash'],
  ])('whose path %s is not sent', async (_, wrong, words) => {
    const error = await failure(clientOf().request({ path: wrong }, never));
    expect(error).toMatchObject({ message: expect.stringContaining(words) });
    expect(api.requests).toEqual([]);
  });

  test('of pages may have its parameters in the body', async () => {
    const toRequest = ({ path: below, query: json }: { path: string; query: object }) => ({ path: below, json });
    const context = { log: () => undefined, signal: never, mask: () => undefined, saveConfig: () => undefined };
    const get = pageGetter<{ items: [] }>(optionsOf(), toRequest)({ ...context, rateLimited: () => undefined });
    expect((await get({ path, query: { after: 'x' } })).json?.items).toEqual([]);
    expect(sent(0)).toMatchObject({ method: 'POST', body: '{"after":"x"}' });
  });
});

describe('a request that must not be sent twice', () => {
  test('ends with a transient_error where it failed', async () => {
    answers = [{ status: 503 }];
    expect(await failure(clientOf().request({ path, json: {}, once: true }, never))).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringContaining('must not be sent twice: Example answered 503.'),
      internalMessage: 'POST /api/items was answered 503: no body',
    });
    expect(api.requests).toHaveLength(1);
  });

  test('is not sent again on a connection that was closed, even if it was idle', async () => {
    const client = clientOf();
    await client.request({ path }, never);
    api.failNext({ kind: 'reset' });
    expect(await failure(client.request({ path, json: {}, once: true }, never))).toBeInstanceOf(ConnectorError);
    expect(api.requests).toHaveLength(2);
  });

  test('is not sent again where its response is not what it should be', async () => {
    answers = [{ body: 'started' }];
    expect(await failure(clientOf().request({ path, json: {}, once: true }, never))).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringContaining('must not be sent twice: the answer was cut off or is not JSON.'),
    });
    expect(api.requests).toHaveLength(1);
  });

  test('is sent again after a 429', async () => {
    answers = [{ status: 429 }, { json: 1 }];
    expect((await clientOf().request({ path, json: {}, once: true }, never)).body).toBe(1);
  });

  test('is refused as any other', async () => {
    answers = [{ status: 401 }];
    expect(await failure(clientOf().request({ path, json: {}, once: true }, never))).toBeInstanceOf(ConfigError);
  });
});

describe('a success', () => {
  test.each([200, 201, 202, 203, 206])('of status %d is read', async (status) => {
    answers = [{ status, json: 1 }];
    expect(await clientOf().request({ path }, never)).toMatchObject({ status, outcome: 'ok', body: 1 });
  });

  test.each([204, 201, 202])('of status %d without a body is empty', async (status) => {
    answers = [{ status }];
    expect(await clientOf().request({ path }, never)).toMatchObject({ outcome: 'empty', body: undefined });
  });

  test.each([undefined, { cursor: 2 }])('of status 200 without a body, to the JSON %j, was cut off', async (json) => {
    answers = [{}, { json: 1 }];
    expect((await clientOf().request({ path, json }, never)).body).toBe(1);
  });

  test('of status 200 without a body is empty where the request must not be sent twice', async () => {
    answers = [{}];
    expect((await clientOf().request({ path, json: {}, once: true }, never)).outcome).toBe('empty');
  });

  test('that is a file in gzip is unpacked', async () => {
    const host = await servers.servePlain((_, response) => response.end(gzipSync('{"a":1}')));
    expect((await clientOf({ baseUrl: `http://${host}` }).request({ path }, never)).body).toEqual({ a: 1 });
  });
});

describe('what is missing', () => {
  test.each([403, 404, 410])('with %d is skipped where a request says so, and a line says it', async (status) => {
    answers = [{ status }];
    const client = clientOf();
    const response = await client.request({ path, query: { of: 4 }, missing: 'skip' }, never);
    expect(response).toMatchObject({ status, outcome: 'skipped', body: undefined });
    expect([client.skipped, warnings()]).toEqual([
      1,
      [`WARN GET /api/items?of=4: Example answered ${status}; this is left out`],
    ]);
  });

  test('with 401 is an error all the same', async () => {
    answers = [{ status: 401 }];
    expect(await failure(clientOf().request({ path, missing: 'skip' }, never))).toBeInstanceOf(ConfigError);
  });

  test('often takes few lines', async () => {
    answers = Array.from({ length: 50 }, () => ({ status: 404 }));
    const client = clientOf();
    for (let request = 0; request < 50; request += 1) await client.request({ path, missing: 'skip' }, never);
    expect([client.skipped, warnings().length]).toEqual([50, 1]);
  });
});

const warnings = (): string[] => logged.filter((line) => line.startsWith('WARN'));

test('a list that is missing or empty ends there', async () => {
  const context = { log: () => undefined, signal: never, mask: () => undefined, saveConfig: () => undefined };
  const get = pageGetter(optionsOf(), (page) => ({ ...page, missing: 'skip' }))({
    ...context,
    rateLimited: () => undefined,
  });
  for (const status of [404, 204]) {
    answers = [{ status }];
    const pages = paginate({ path, get, rows: 'json.items', next: pageNumber() });
    expect(await pages.next()).toEqual({ done: true, value: undefined });
  }
});

describe('classify', () => {
  /** As GitHub does (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
  const github: Classify = ({ status, headers }) =>
    status === 403 && headers['x-ratelimit-remaining'] === '0'
      ? { rateLimitedUntil: Number(headers['x-ratelimit-reset']) * 1000 }
      : undefined;

  test('may say that all requests wait until a time', async () => {
    const reset = now + 90_000;
    const headers = { date: new Date(now).toUTCString(), 'x-ratelimit-remaining': '0' };
    answers = [{ status: 403, headers: { ...headers, 'x-ratelimit-reset': String(reset / 1000) } }, { json: 1 }];
    const waits: number[] = [];
    const client = clientOf({ classify: github, onWait: (until) => waits.push(until) });
    expect((await client.request({ path }, never)).body).toBe(1);
    expect([now, waits]).toEqual([reset, [reset]]);
  });

  test('leaves to the status what it says nothing of', async () => {
    answers = [{ status: 403 }];
    expect(await failure(clientOf({ classify: github }).request({ path }, never))).toBeInstanceOf(ConfigError);
  });

  test('may find an error in a 200', async () => {
    answers = [{ json: { ok: false, error: 'invalid_auth' } }];
    const classify: Classify = ({ json }) =>
      JSON.stringify(json()).includes('invalid_auth') ? { error: new ConfigError('Check API Token.') } : undefined;
    expect(await failure(clientOf({ classify }).request({ path }, never))).toEqual(new ConfigError('Check API Token.'));
    expect(api.requests).toHaveLength(1);
  });

  test.each([
    ['empty', 'empty'],
    ['skip', 'skipped'],
  ] as const)('may say %s', async (verdict, outcome) => {
    expect(await clientOf({ classify: () => verdict }).request({ path }, never)).toMatchObject({ outcome });
  });

  test('may have a 200 sent again, or a 404 read', async () => {
    answers = [{ json: 'busy' }, { status: 404, json: 'none' }];
    const classify: Classify = ({ status }) => (status === 200 ? 'retry' : 'ok');
    expect((await clientOf({ classify }).request({ path }, never)).body).toBe('none');
    expect(api.requests).toHaveLength(2);
  });

  test('may refuse a success', async () => {
    answers = [{ status: 206, json: 1 }];
    const error = await failure(clientOf({ classify: () => 'refuse' }).request({ path }, never));
    expect(error).toMatchObject({ message: expect.stringContaining('unexpected status 206') });
  });
});

describe('a request that the source has put together wrongly', () => {
  const said = `${'{"error": "no such field"}'.padEnd(290)} half-of-a-secret`;

  test.each([400, 405, 409, 415, 422])('(%d) is a system_error with request and response', async (status) => {
    answers = [{ status, body: said }];
    const request = { path, query: { since: '2026-01-01', access_token: 'abc' }, json: {} };
    expect(await failure(clientOf({ auth: query('api_key', 'k') }).request(request, never))).toMatchObject({
      failureType: 'system_error',
      message: `Example refused a request of this source as wrong (${status}). Please report this to the authors of this source, with the log.`,
      internalMessage: `POST /api/items?since=2026-01-01&access_token=**** was answered ${status}: {"error": "no such field"} half-of-a-secret`,
    });
  });

  test.each<[string, object]>([
    ['query', { query: { api_key: 'the+secret' } }],
    ['form', { form: { password: 'the+secret', name: 'Ann' } }],
    ['JSON', { json: { of: { client_secret: 'the+secret' } } }],
  ])('is quoted without what is a secret by its name in the %s', async (_, options) => {
    answers = [{ status: 400, body: 'wrong: the+secret' }];
    expect(await failure(clientOf().request({ path, ...options }, never))).toMatchObject({
      internalMessage: expect.stringMatching(/ was answered 400: wrong: \*{4}$/),
    });
  });

  test('has at most 300 characters of the response, without a word that is cut off', async () => {
    answers = [{ status: 400, body: `${'no '.repeat(98)}a-secret-that-is-long` }];
    expect(await failure(clientOf().request({ path }, never))).toMatchObject({
      internalMessage: `GET /api/items was answered 400: ${'no '.repeat(98)}...`,
    });
  });

  test('has neither query nor response where the client is private', async () => {
    answers = [{ status: 422, body: said }];
    const client = clientOf({ isPrivate: true });
    expect(await failure(client.request({ path, query: { user: 'Ann' } }, never))).toMatchObject({
      internalMessage: 'GET /api/items was answered 422',
    });
    expect(logged).toEqual([`DEBUG GET /api/items: 422, ${said.length} bytes in 0 ms`]);
  });
});

test('each request has a debug line, without headers and credentials', async () => {
  answers = [{ status: 503 }, { json: 1 }];
  await clientOf({ auth: bearer('the-token') }).request({ path, query: { q: 'a b', sig: 'x' } }, never);
  expect(logged.filter((line) => line.startsWith('DEBUG'))).toEqual([
    'DEBUG GET /api/items?q=a+b&sig=****: 503, 0 bytes in 0 ms',
    'DEBUG GET /api/items?q=a+b&sig=****: 200, 1 bytes in 0 ms',
  ]);
});

test("a body that is too large is this client's own limit, which the internal message says how to raise", async () => {
  answers = [{ body: 'x'.repeat(3 * 1024 * 1024) }];
  expect(await failure(clientOf({ maxBodyBytes: 2 * 1024 * 1024 }).request({ path }, never))).toMatchObject({
    failureType: 'system_error',
    message: expect.stringContaining('larger than the 2 MiB that this source takes'),
    internalMessage: expect.stringContaining('raise maxBodyBytes'),
  });
});

test('a check of a name that does not exist ends within 3 seconds', async () => {
  const start = now;
  const client = clientOf({ baseUrl: 'http://no-such-name.invalid', retryLimits: CHECK_RETRY_LIMITS });
  expect(await failure(client.request({ path }, never))).toMatchObject({
    failureType: 'transient_error',
    message: expect.stringMatching(/could not be read within 3 seconds: the connection failed \(ENOTFOUND\)/),
  });
  expect(now - start).toBeLessThanOrEqual(3000);
});
