import { afterEach, describe, expect, test } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { generate } from 'selfsigned';
import { fakeApi, type FakeApi, type FakeApiOptions, type Fault } from './fake-api';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function start(more: Partial<FakeApiOptions> = {}): Promise<FakeApi> {
  const routes: FakeApiOptions['routes'] = {
    'GET /cats': ({ query }) => ({ json: { cats: [query['name']] } }),
    'GET /cats/:cat/kittens': ({ params }) => ({ json: params }),
    'POST /cats': ({ body }) => ({ status: 201, body }),
  };
  api = await fakeApi({ routes, ...more });
  return api;
}

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const send = (path: string, { method = 'GET', body = '' } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const url = `${api?.url ?? ''}${path}`;
    const isTls = url.startsWith('https:');
    const options = { method, agent: isTls ? new Agent({ rejectUnauthorized: false }) : undefined };
    const sent = (isTls ? httpsRequest : httpRequest)(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], body: text });
      });
      response.on('error', reject);
    });
    sent.on('error', reject).end(body);
  });

describe('fakeApi', () => {
  test.each<[string, string, { method?: string; body?: string }, Partial<Answer>]>([
    ['a route with its query', '/cats?name=Tom', {}, { status: 200, body: '{"cats":["Tom"]}' }],
    ['a route with names in its path', '/cats/a%20b/kittens', {}, { status: 200, body: '{"cat":"a b"}' }],
    ['another method with a body', '/cats', { method: 'POST', body: 'Tom' }, { status: 201, body: 'Tom' }],
    ['404 to another path', '/dogs', {}, { status: 404, body: '' }],
    ['404 to another method', '/cats', { method: 'PUT' }, { status: 404 }],
  ])('answers %s', async (_, path, options, answer) => {
    await start();
    expect(await send(path, options)).toMatchObject(answer);
  });

  test('keeps the requests', async () => {
    const { requests } = await start();
    await send('/cats?name=Tom');
    await send('/cats/1/kittens');
    expect(requests).toMatchObject([
      { method: 'GET', path: '/cats', query: { name: 'Tom' }, params: {} },
      { path: '/cats/1/kittens', params: { cat: '1' }, headers: { connection: 'keep-alive' } },
    ]);
  });

  test('answers 401 to who is not allowed', async () => {
    await start({ allows: ({ headers }) => headers.authorization === 'Bearer right' });
    expect((await send('/cats')).status).toBe(401);
  });

  test('answers 429 beyond its rate limit, until the interval has passed', async () => {
    let now = 0;
    await start({ rateLimit: { requests: 2, perMs: 1000, retryAfterSeconds: 1 }, now: () => now });
    const statuses = [(await send('/cats')).status, (await send('/cats')).status];
    const refused = await send('/cats');
    now = 1000;
    expect([...statuses, refused.status, refused.retryAfter, (await send('/cats')).status]).toEqual([
      200,
      200,
      429,
      '1',
      200,
    ]);
  });

  test('speaks HTTPS with a key and a certificate', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'cats.example' }], { keyType: 'ec' });
    await start({ tls: { key, cert } });
    expect((await send('/cats?name=Tom')).body).toBe('{"cats":["Tom"]}');
  });

  test('answers 500 where a route throws', async () => {
    await start({ routes: { 'GET /cats': () => Promise.reject(new Error('no cats')) } });
    expect(await send('/cats')).toMatchObject({ status: 500, body: 'Error: no cats' });
  });

  test('gives the next requests their faults, and answers again after them', async () => {
    const { failNext } = { failNext: (await start()).failNext.bind(api) };
    failNext({ status: 503, headers: { 'retry-after': '7' } }, { status: 500, json: { why: 'broken' } });
    expect(await send('/cats')).toEqual({ status: 503, retryAfter: '7', body: '' });
    expect(await send('/cats')).toMatchObject({ status: 500, body: '{"why":"broken"}' });
    expect((await send('/cats')).status).toBe(200);
  });

  test.each<[Fault, string]>([
    [{ kind: 'reset' }, 'socket hang up'],
    [{ kind: 'cut' }, 'aborted'],
  ])('breaks the connection: %j', async (fault, message) => {
    (await start()).failNext(fault);
    await expect(send('/cats?name=Tom')).rejects.toThrow(message);
  });

  test('drips an answer', async () => {
    (await start()).failNext({ kind: 'drip', bytes: 3, everyMs: 1 });
    expect((await send('/cats?name=Tom')).body).toBe('{"cats":["Tom"]}');
  });

  test('never answers, and lets go of the connection in the end', async () => {
    const server = await start();
    server.failNext({ kind: 'hang' });
    const hanging = expect(send('/cats')).rejects.toThrow('socket hang up');
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    api = undefined;
    await hanging;
  });

  test('lets a test decide about each request', async () => {
    (await start()).faultFor = ({ path }, index) => (path === '/cats' && index > 0 ? { status: 502 } : undefined);
    expect([(await send('/cats')).status, (await send('/cats')).status]).toEqual([200, 502]);
  });
});
