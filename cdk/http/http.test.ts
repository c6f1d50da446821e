import { afterEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { everythingIn } from '../testing/local-servers';
import { RetryableError, RequestTooLargeError } from './errors';
import { createHttp, type HttpOptions } from './http';

const KEY = 'a-very-secret-key';
const never = new AbortController().signal;
const TARGET = '/api/v1/items?per_page=500&page=1';

const OPTIONS: HttpOptions = {
  baseUrl: 'https://acme.service.example',
  headers: { Authorization: `Bearer ${KEY}`, Accept: 'application/json', 'User-Agent': 'source-example/1.2.3' },
  caCertificate: undefined,
  maxSockets: 2,
  deadlineMs: 5000,
  maxBodyBytes: 1000,
};

const service = (): nock.Scope => nock('https://acme.service.example');
const getOf = (options: Partial<HttpOptions> = {}) => {
  const http = createHttp({ ...OPTIONS, ...options });
  return (target: string, signal: AbortSignal) => http({ target }, signal);
};

afterEach(() => {
  expect(nock.isDone()).toBe(true);
});

describe('a request', () => {
  test('goes to the target, by GET, with the headers', async () => {
    service()
      .get(TARGET)
      .matchHeader('authorization', `Bearer ${KEY}`)
      .matchHeader('accept', 'application/json')
      .matchHeader('user-agent', 'source-example/1.2.3')
      .reply(200, 'ok');
    expect((await getOf()(TARGET, never)).status).toBe(200);
  });

  test('goes to the configured port', async () => {
    nock('https://acme.service.example:8443').get('/x').reply(200, 'ok');
    expect((await getOf({ baseUrl: 'https://acme.service.example:8443' })('/x', never)).status).toBe(200);
  });

  test.each(['//evil.example/x', 'https://evil.example/x'])(
    'never leaves the origin, whatever the target: %s',
    async (target) => {
      service()
        .get(/evil\.example\/x$/)
        .reply(200, 'stayed');
      expect((await getOf()(target, never)).body.bytes.toString()).toBe('stayed');
    },
  );
});

test('a request may go to a path below another', async () => {
  nock('https://acme.service.example').get('/base/x').reply(200, 'ok');
  expect((await getOf({ baseUrl: 'https://acme.service.example/base' })('/x', never)).status).toBe(200);
});

test('a request may go without TLS, where the base URL says so', async () => {
  nock('http://acme.service.example:8080').get('/x').reply(200, 'ok');
  expect((await getOf({ baseUrl: 'http://acme.service.example:8080', allowHttp: true })('/x', never)).status).toBe(200);
});

describe('an answer', () => {
  test.each([200, 204, 301, 400, 401, 404, 429, 500, 503])('of status %d is handed over', async (status) => {
    service().get('/x').reply(status);
    expect((await getOf()('/x', never)).status).toBe(status);
  });

  test('has its header names in lower case, and only texts', async () => {
    service()
      .get('/x')
      .reply(429, '', { 'Retry-After': '7', Date: 'Sun, 01 Mar 2026 12:00:00 GMT', 'Set-Cookie': ['a=1', 'b=2'] });
    const { headers } = await getOf()('/x', never);
    expect(headers).toEqual({ 'retry-after': '7', date: 'Sun, 01 Mar 2026 12:00:00 GMT' });
  });

  test('has its body as bytes, not parsed', async () => {
    service().get('/x').reply(200, '{"cut":', { 'Content-Type': 'application/json' });
    const { body } = await getOf()('/x', never);
    expect(body.bytes.toString()).toBe('{"cut":');
  });

  test('without a body has an empty one', async () => {
    service().get('/x').reply(204);
    expect((await getOf()('/x', never)).body.bytes).toHaveLength(0);
  });

  test('as large as allowed is accepted', async () => {
    service().get('/x').reply(200, 'x'.repeat(1000));
    expect((await getOf()('/x', never)).body.bytes).toHaveLength(1000);
  });

  test('that is larger is a request too heavy', async () => {
    service().get('/x').reply(200, 'x'.repeat(1001));
    await expect(getOf()('/x', never)).rejects.toThrow(RequestTooLargeError);
  });
});

describe('a redirect', () => {
  test('is handed over, not followed', async () => {
    service().get('/x').reply(302, '', { Location: 'https://evil.example/x' });
    const elsewhere = nock('https://evil.example').get('/x').reply(200, 'followed');
    const { status, headers } = await getOf()('/x', never);
    expect([status, headers['location'], elsewhere.isDone()]).toEqual([302, 'https://evil.example/x', false]);
    nock.cleanAll();
  });
});

describe('a connection that fails', () => {
  test.each(['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'EPROTO'])(
    'with %s is transient, and named',
    async (code) => {
      service()
        .get('/x')
        .replyWithError(Object.assign(new Error('it failed'), { code }));
      const error = await getOf()('/x', never).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ message: `the connection failed (${code})` });
    },
  );

  test('leaves no trace of the key in the error, nor in its causes', async () => {
    service()
      .get('/x')
      .replyWithError(Object.assign(new Error('it failed'), { code: 'ECONNRESET' }));
    const error: unknown = await getOf()('/x', never).catch((reason: unknown) => reason);
    expect(everythingIn(error)).not.toContain(KEY);
  });

  test('leaves nothing of the library that sent the request, which keeps it in its errors', async () => {
    service()
      .get('/x')
      .replyWithError(Object.assign(new Error('it failed'), { code: 'ECONNRESET' }));
    const error: unknown = await getOf()('/x', never).catch((reason: unknown) => reason);
    expect(everythingIn(error)).not.toMatch(/axios/i);
  });
});

describe('stopping', () => {
  test('beforehand sends nothing', async () => {
    service().get('/x').reply(200, 'ok');
    await expect(getOf()('/x', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(nock.pendingMocks()).toHaveLength(1);
    nock.cleanAll();
  });
});
