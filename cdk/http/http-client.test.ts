import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { IncomingMessage, RequestListener } from 'node:http';
import { ConfigError, ConnectorError } from '../src/errors';
import { ManualClock } from '../testing/clocks';
import { LocalServers, withoutProxies } from '../testing/local-servers';
import { basic, bearer, header, query, type Auth } from './auth';
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http-client';
import type { Query } from './request';
import { clientCredentials } from './auth';
import { CHECK_RETRY_LIMITS } from './retry-limits';

const never = new AbortController().signal;
const servers = new LocalServers();
let restore: () => void;
let seen: IncomingMessage[];
let logged: string[];
let debugged: string[];
let clock: ManualClock;

beforeAll(() => {
  nock.restore();
  restore = withoutProxies();
});

beforeEach(() => {
  seen = [];
  logged = [];
  debugged = [];
  clock = new ManualClock(1_000_000);
});

afterEach(() => servers.close());

afterAll(() => {
  restore();
});

const urlsSeen = (): (string | undefined)[] => seen.map(({ url }) => url);

/** Answers one after the other; the last one again and again. */
const answering =
  (...listeners: readonly RequestListener[]): RequestListener =>
  (request, response) => {
    seen.push(request);
    listeners[Math.min(seen.length, listeners.length) - 1]?.(request, response);
  };

const json =
  (value: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
  };

const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(code, headers).end();
  };

async function clientOf(listener: RequestListener, options: Partial<HttpClientOptions> = {}): Promise<HttpClient> {
  const host = await servers.servePlain(listener);
  return createHttpClient({
    service: 'Example',
    baseUrl: `http://${host}/api/`,
    settings: { address: 'URL', credentials: 'API Token' },
    log: (level, message) => (level === 'DEBUG' ? debugged : logged).push(message),
    allowHttp: true,
    clock,
    random: () => 0,
    ...options,
  });
}

const get = async (client: HttpClient, target = '/items', parameters: Query = {}): Promise<unknown> =>
  (await client.getJson(target, parameters, never)).json;

const failure = (client: HttpClient, target?: string): Promise<unknown> =>
  get(client, target).then(
    () => new Error('was fulfilled'),
    (error: unknown) => error,
  );

describe('what is asked for', () => {
  test('lies below the base URL, with the parameters', async () => {
    const client = await clientOf(answering(json([1])));
    expect(await get(client, '/items', { limit: 2, tag: ['a b', 'c'], all: true, none: undefined })).toEqual([1]);
    expect(urlsSeen()).toEqual(['/api/items?limit=2&tag=a+b&tag=c&all=true']);
    expect(seen[0]?.headers).toMatchObject({ accept: 'application/json' });
  });

  test('may be the whole URL of a next page', async () => {
    const client = await clientOf((request, response) => {
      const next = `http://${String(request.headers.host)}/api/items?page=2&limit=2`;
      answering(json({ next }))(request, response);
    });
    const { next } = (await get(client)) as { next: string };
    await get(client, next, { limit: 5 });
    expect(urlsSeen()).toEqual(['/api/items', '/api/items?page=2&limit=5']);
  });

  test.each(['https://evil.example/items', 'http://127.0.0.1:1/items', '//evil.example/items'])(
    'never leaves the origin: %s',
    async (target) => {
      const client = await clientOf(answering(json('stayed')), { auth: bearer('the-token') });
      const result = await failure(client, target);
      expect(urlsSeen()).toEqual(target.startsWith('//') ? ['/api//evil.example/items'] : []);
      expect(String(result)).not.toContain('the-token');
    },
  );

  test('has the headers of the source', async () => {
    await get(await clientOf(answering(json(1)), { headers: { 'User-Agent': 'source-example/1' } }));
    expect(seen[0]?.headers['user-agent']).toBe('source-example/1');
  });
});

describe('an answer', () => {
  test("has its headers, and the server's time", async () => {
    const client = await clientOf(answering(json(1, { Link: '<x>; rel=next', Date: 'Sun, 01 Mar 2026 12:00:00 GMT' })));
    expect(await client.getJson('/items', {}, never)).toMatchObject({
      headers: { link: '<x>; rel=next' },
      serverNow: Date.parse('2026-03-01T12:00:00Z'),
    });
  });
});

describe('an address with http://', () => {
  test('is refused unless it is allowed: nothing is sent', async () => {
    const client = await clientOf(answering(json(1)), { allowHttp: false, auth: bearer('the-token') });
    expect(await failure(client)).toMatchObject({
      failureType: 'config_error',
      message: expect.stringContaining('http://'),
    });
    expect(seen).toEqual([]);
  });

  test('of an authorization server is refused as well', async () => {
    const token = answering(json({ access_token: 'x' }));
    const tokenUrl = `http://${await servers.servePlain(token)}/token`;
    const auth = clientCredentials({ tokenUrl, clientId: 'id', clientSecret: 'secret' });
    const client = await clientOf(answering(json(1)), { baseUrl: 'https://127.0.0.1:1', allowHttp: false, auth });
    expect(await failure(client)).toMatchObject({
      failureType: 'config_error',
      message: expect.stringContaining('http://'),
    });
    expect(seen).toEqual([]);
  });
});

describe('authorization', () => {
  test.each<[string, Auth, object, string]>([
    ['a bearer token', bearer('the-token'), { authorization: 'Bearer the-token' }, '/api/items'],
    ['a name and a password', basic('me', 'päss'), { authorization: 'Basic bWU6cMOkc3M=' }, '/api/items'],
    ['a header', header('X-Api-Key', 'k'), { 'x-api-key': 'k' }, '/api/items'],
    ['a parameter', query('api_key', 'k&y'), {}, '/api/items?api_key=k%26y'],
  ])('by %s', async (_, auth, headers, url) => {
    await get(await clientOf(answering(json(1)), { auth }));
    expect(seen[0]?.headers).toMatchObject(headers);
    expect(urlsSeen()).toEqual([url]);
  });

  test('by an access token is obtained at run time, told to the mask, and renewed when it is refused', async () => {
    let tokens = 0;
    const tokenServer = await servers.servePlain((request, response) => {
      tokens += 1;
      expect([request.method, request.headers['x-own']]).toEqual(['POST', undefined]);
      json({ access_token: `token-${tokens}`, expires_in: 3600 })(request, response);
    });
    const masked: string[] = [];
    const client = await clientOf(answering(json(1), status(401), json(2)), {
      auth: clientCredentials({ tokenUrl: `http://${tokenServer}/token`, clientId: 'id', clientSecret: 'secret' }),
      headers: { 'X-Own': 'for the service alone' },
      mask: (secret) => masked.push(secret),
    });
    expect([await get(client), await runTo(get(client))]).toEqual([1, 2]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(
      [1, 1, 2].map((number) => `Bearer token-${number}`),
    );
    expect(masked).toEqual(['token-1', 'token-2']);
  });

  test('that is refused by the authorization server is a config_error that names the setting', async () => {
    const tokenServer = await servers.servePlain((_, response) => {
      response.writeHead(400).end('{"error":"invalid_client"}');
    });
    const client = await clientOf(answering(json(1)), {
      auth: clientCredentials({ tokenUrl: `http://${tokenServer}/token`, clientId: 'id', clientSecret: 'secret' }),
    });
    const error = await failure(client);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Example gives no access \(invalid_client\).*API Token/),
    });
    expect(seen).toEqual([]);
  });
});

describe('a failure that passes', () => {
  test.each<[string, RequestListener]>([
    ['503', status(503)],
    ['429', status(429, { 'Retry-After': '5' })],
    ['a connection reset', (request) => request.socket.destroy()],
    ['JSON that is cut off', (_, response) => response.end('[1,')],
    ['a web page', (_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>')],
  ])('(%s) is tried again', async (_, listener) => {
    const client = await clientOf(answering(listener, json('here')));
    expect(await runTo(get(client))).toBe('here');
    expect([client.requestsSent, logged.length]).toEqual([2, 1]);
  });

  test('that stays ends with a transient_error that names the service', async () => {
    const client = await clientOf(answering(status(503)), { retryLimits: CHECK_RETRY_LIMITS, random: () => 1 });
    const error = await runTo(failure(client));
    expect(error).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringMatching(
        /^Example at 127\.0\.0\.1:\d+ could not be read within 15 seconds: Example answered 503/,
      ),
    });
  });
});

describe('a connection that the server closes', () => {
  const close: RequestListener = (request) => request.socket.destroy();
  const begin: RequestListener = (request, response) => {
    response.write('[1', () => request.socket.destroy());
  };

  test('between two requests is no failure: the second one is sent again at once', async () => {
    const client = await clientOf(answering(json(1), close, json(2)));
    await get(client);
    expect(await get(client)).toBe(2);
    expect([client.requestsSent, logged]).toEqual([3, []]);
  });

  test('again, after the request was sent again, is one', async () => {
    const client = await clientOf(answering(json(1), close, close, json(2)));
    await get(client);
    expect(await runTo(get(client))).toBe(2);
    expect([client.requestsSent, logged]).toEqual([4, [expect.stringContaining('ECONNRESET')]]);
  });

  test('in the middle of a response is one', async () => {
    const client = await clientOf(answering(json(1), begin, json(2)));
    await get(client);
    expect(await runTo(get(client))).toBe(2);
    expect([client.requestsSent, logged.length]).toEqual([3, 1]);
  });
});

describe('a failure that stays', () => {
  test.each([
    [401, /^Example does not accept the credentials \(401\).*API Token/],
    [403, /^Example does not allow this request \(403\).*API Token/],
    [404, /^Example was not found .*\(404\).*URL/],
    [402, /unexpected status 402.*URL/],
  ])('(%d) is a config_error at once, with what to do', async (code, message) => {
    const error = await failure(await clientOf(answering(status(code))));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(seen).toHaveLength(1);
  });

  test('(a redirect) names the host, and is not followed', async () => {
    const client = await clientOf(answering(status(302, { Location: 'https://login.example/?token=1' })));
    expect(await failure(client)).toMatchObject({
      message: expect.stringContaining('redirects to login.example (302)'),
    });
  });

  test('(a web page in place of JSON) is a config_error after three answers', async () => {
    const client = await clientOf(
      answering((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Sign in')),
    );
    const error = await runTo(failure(client));
    expect(error).toMatchObject({ failureType: 'config_error', message: expect.stringContaining('web page') });
    expect(seen).toHaveLength(3);
  });

  test("is said in the source's own words, where it has some", async () => {
    const client = await clientOf(answering(status(403)), {
      explain: (fact) =>
        fact.kind === 'status' && fact.status === 403 ? new ConnectorError('Ask Bob.', 'config_error') : undefined,
    });
    expect(await failure(client)).toMatchObject({ message: 'Ask Bob.' });
  });
});

test('requests keep to the rate limit, and a wait is told', async () => {
  const waits: number[] = [];
  const client = await clientOf(answering(json(1)), { requestsPerMinute: 2, onWait: (until) => waits.push(until) });
  const start = clock.now();
  for (let request = 0; request < 3; request += 1) await runTo(get(client));
  expect([clock.now() - start, waits]).toEqual([60_000, [start + 60_000]]);
});

/** Lets real requests be answered, and jumps over every sleep. */
async function runTo<T>(promise: Promise<T>): Promise<T> {
  const state = { settled: false };
  const end = (): void => {
    state.settled = true;
  };
  promise.then(end, end);
  while (!state.settled) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.sleeping > 0) await clock.advance(1000);
  }
  return promise;
}
