import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../src/protocol';
import { LocalServers, withoutProxies } from '../testing/local-servers';
import { createHttpClient, type HttpClientOptions } from './http-client';
import type { RequestOptions } from './request';
import { csv, ndjson, type RowFormat } from './rows';

const servers = new LocalServers();
let seen: number;
let restore: () => void;

beforeAll(() => {
  nock.restore();
  restore = withoutProxies();
});

beforeEach(() => {
  seen = 0;
});

afterEach(() => servers.close());

afterAll(() => {
  restore();
});

const clock = { now: () => 1_000_000, sleep: () => Promise.resolve() };

/** All rows that come of servers that answer one after the other. */
async function rowsOf(
  format: RowFormat,
  listeners: readonly RequestListener[],
  options: Partial<HttpClientOptions> = {},
  request: Partial<RequestOptions> = {},
): Promise<JsonObject[]> {
  const host = await servers.servePlain((request, response) => {
    seen += 1;
    listeners[Math.min(seen, listeners.length) - 1]?.(request, response);
  });
  const client = createHttpClient({
    service: 'Example',
    baseUrl: `http://${host}`,
    settings: { address: 'URL' },
    log: () => undefined,
    allowHttp: true,
    clock,
    random: () => 0,
    ...options,
  });
  const rows: JsonObject[] = [];
  const all = client.rows({ path: '/export', ...request }, format, new AbortController().signal);
  for await (const some of all) rows.push(...some);
  return rows;
}

/** Sends these pieces, one after the other, and ends the response or breaks the connection. */
const pieces =
  (texts: readonly (string | Buffer)[], { breaks = false, type = 'text/plain' } = {}): RequestListener =>
  async (request, response) => {
    response.writeHead(200, { 'Content-Type': type });
    for (const text of texts) {
      response.write(text);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (breaks) request.socket.destroy();
    else response.end();
  };

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('was fulfilled'),
    (error: unknown) => error,
  );

describe('NDJSON', () => {
  test('is read line by line, wherever the pieces end', async () => {
    const texts = ['\uFEFF{"id":1}\n{"id"', ':2}\r\n\n{"id":3}\n', '{"id":4}'];
    expect(await rowsOf(ndjson, [pieces(texts)])).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]);
  });

  test('keeps a character whole that comes in two pieces', async () => {
    const bytes = Buffer.from('{"name":"Zoë"}\n');
    const cut = bytes.indexOf(0xc3) + 1;
    expect(await rowsOf(ndjson, [pieces([bytes.subarray(0, cut), bytes.subarray(cut)])])).toEqual([{ name: 'Zoë' }]);
  });

  test('with a line that is no object is an error of the source that names the line, and nothing in it', async () => {
    expect(await failure(rowsOf(ndjson, [pieces(['{"id":1}\n\n"secret"\n'])]))).toMatchObject({
      failureType: 'system_error',
      message:
        "Rows of Example can't be read: line 3 is no JSON object. Please report this to the authors of this source.",
      internalMessage: 'GET /export: line 3 is no JSON object',
    });
  });

  test('that is a JSON list is an error of the source', async () => {
    expect(await failure(rowsOf(ndjson, [pieces(['[{"id":1}]'])]))).toMatchObject({ failureType: 'system_error' });
  });

  test('that ends within a row was cut off: it is requested again, and ends with a transient_error', async () => {
    const cut = pieces(['{"id":1}\n{"id":']);
    expect(await rowsOf(ndjson, [cut, pieces(['{"id":1}\n{"id":2}\n'])])).toEqual([{ id: 1 }, { id: 2 }]);
    seen = 0;
    expect(await failure(rowsOf(ndjson, [cut]))).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringContaining('they end within line 2, which is cut off or malformed.'),
    });
    expect(seen).toBe(3);
  });

  test('may have no row larger than the limit, however large it is as a whole', async () => {
    const row = `{"text":"${'x'.repeat(60_000)}"}\n`;
    expect(await rowsOf(ndjson, [pieces(Array(20).fill(row))], { maxBodyBytes: 100_000 })).toHaveLength(20);
    const long = Array(40).fill('x'.repeat(60_000));
    expect(await failure(rowsOf(ndjson, [pieces(long)], { maxBodyBytes: 100_000 }))).toMatchObject({
      message: expect.stringContaining('larger than the 100000 bytes that this source takes'),
    });
  });
});

describe('CSV', () => {
  test('is read by the names in its first line', async () => {
    const texts = ['\uFEFFid,name\r\n1,"a ""quoted"",', ' one"\r\n\r\n2,"two\nlines"\r\n3,'];
    expect(await rowsOf(csv(), [pieces(texts)])).toEqual([
      { id: '1', name: 'a "quoted", one' },
      { id: '2', name: 'two\nlines' },
      { id: '3', name: '' },
    ]);
  });

  test('may have another delimiter, and names that are given', async () => {
    const format = csv({ delimiter: ';', columns: ['id', 'name'] });
    expect(await rowsOf(format, [pieces(['1;a\n2;b\n'])])).toEqual([
      { id: '1', name: 'a' },
      { id: '2', name: 'b' },
    ]);
  });

  test('that ends within quotes was cut off, and is requested again', async () => {
    const texts = ['id,name\n1,"a"\n2,"b'];
    expect(await rowsOf(csv(), [pieces(texts), pieces([...texts, '"\n'])])).toEqual([
      { id: '1', name: 'a' },
      { id: '2', name: 'b' },
    ]);
  });

  test.each<[string, string, RowFormat]>([
    ['in its first line', 'id;name;id\n1;secret;2\n', csv({ delimiter: ';' })],
    ['of its author', '1;secret;2\n', csv({ delimiter: ';', columns: ['id', 'name', 'id'] })],
  ])('with a name twice %s is an error of the source, not a row without one of the values', async (_, text, format) => {
    expect(await failure(rowsOf(format, [pieces([text])]))).toMatchObject({
      failureType: 'system_error',
      message: expect.stringContaining(': columns 1 and 3 have the same name.'),
    });
  });

  test('may have another encoding, wherever the pieces end', async () => {
    const bytes = Buffer.from('\uFEFFid,name\r\n1,Zo\u00EB\r\n', 'utf16le');
    const format = csv({ encoding: 'utf-16le' });
    expect(await rowsOf(format, [pieces([bytes.subarray(0, 7), bytes.subarray(7)])])).toEqual([
      { id: '1', name: 'Zoë' },
    ]);
    const latin = pieces([Buffer.from('id,name\n1,Zo\u00EB\n', 'latin1')]);
    expect(await rowsOf(csv({ encoding: 'windows-1252' }), [latin])).toEqual([{ id: '1', name: 'Zoë' }]);
  });

  test('in another encoding than the source says is an error of the source', async () => {
    const latin = Buffer.from('id,name\n1,Zo\u00EB\n', 'latin1');
    expect(await failure(rowsOf(csv(), [pieces([latin])]))).toMatchObject({
      failureType: 'system_error',
      message: expect.stringContaining('they are not in the encoding utf-8'),
    });
  });

  test('comes in lists while it is sent', async () => {
    const lines = Array.from({ length: 1200 }, (_, index) => `${index}\n`).join('');
    expect(await rowsOf(csv(), [pieces([`id\n${lines}`])])).toHaveLength(1200);
  });

  test('with a row of another length is an error of the source that names the line, and nothing in it', async () => {
    expect(await failure(rowsOf(csv(), [pieces(['id,name\n1,a\nsecret\n'])]))).toMatchObject({
      failureType: 'system_error',
      message: expect.stringMatching(/^Rows of Example can't be read: CSV_\w+ in line 3\./),
    });
  });
});

describe('a file in gzip', () => {
  const rows = Array.from({ length: 3000 }, (_, id) => ({ id, text: `row ${id * 7919}` }));
  const file = gzipSync(rows.map((row) => JSON.stringify(row)).join('\n'));

  test('is unpacked while it comes', async () => {
    const texts = [file.subarray(0, 1), file.subarray(1, 5000), file.subarray(5000)];
    expect(await rowsOf(ndjson, [pieces(texts)])).toEqual(rows);
  });

  test('that ends too early is requested again', async () => {
    const cut = pieces([file.subarray(0, file.length - 20)]);
    expect(await rowsOf(ndjson, [cut, pieces([file])])).toEqual(rows);
    expect(seen).toBe(2);
  });
});

describe('a connection that breaks', () => {
  const first = '{"id":1}\n{"id":2}\n{"i';

  test('is made again, and the rows go on after the last one', async () => {
    const whole = '{"id":1}\n{"id":2}\n{"id":3}\n{"id":4}\n';
    expect(await rowsOf(ndjson, [pieces([first], { breaks: true }), pieces([whole])])).toEqual(
      [1, 2, 3, 4].map((id) => ({ id })),
    );
  });

  test('is not made again for a request that must not be sent twice', async () => {
    const sent = rowsOf(ndjson, [pieces([first], { breaks: true })], {}, { json: {}, once: true });
    expect(await failure(sent)).toMatchObject({ message: expect.stringContaining('must not be sent twice') });
    expect(seen).toBe(1);
  });

  test('ends the read with a transient_error where the body has changed meanwhile', async () => {
    const other = pieces(['{"id":9}\n{"id":1}\n{"id":2}\n{"id":3}\n']);
    expect(await failure(rowsOf(ndjson, [pieces([first], { breaks: true }), other]))).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringContaining('its connection broke'),
    });
  });

  test('before anything came is a failure as any other', async () => {
    expect(await rowsOf(ndjson, [(request) => request.socket.destroy(), pieces(['{"id":1}'])])).toEqual([{ id: 1 }]);
  });
});

test('a body that stops coming is requested again after the deadline', async () => {
  const stops: RequestListener = (_, response) => response.write('{"id":1}\n');
  expect(await rowsOf(ndjson, [stops, pieces(['{"id":1}\n{"id":2}\n'])], { deadlineMs: 200 })).toEqual([
    { id: 1 },
    { id: 2 },
  ]);
});

test('a web page in place of rows is no error of the source', async () => {
  const page = pieces(['<html>'], { type: 'text/html; charset=utf-8' });
  expect(await failure(rowsOf(ndjson, [page]))).toMatchObject({
    failureType: 'config_error',
    message: expect.stringContaining('web page'),
  });
});

test('a 204 has no rows', async () => {
  expect(await rowsOf(ndjson, [(_, response) => response.writeHead(204).end()])).toEqual([]);
});

test('a reader that ends early closes the connection', async () => {
  const closed = new Promise<void>((resolve) => {
    void servers
      .servePlain((request, response) => {
        request.socket.once('close', () => {
          resolve();
        });
        response.write('{"id":1}\n');
      })
      .then(async (host) => {
        const client = createHttpClient({
          service: 'Example',
          baseUrl: `http://${host}`,
          settings: { address: 'URL' },
          log: () => undefined,
          allowHttp: true,
        });
        for await (const rows of client.rows({ path: '/' }, ndjson, new AbortController().signal)) {
          expect(rows).toEqual([{ id: 1 }]);
          break;
        }
      });
  });
  await expect(closed).resolves.toBeUndefined();
});
