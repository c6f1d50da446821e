import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import {
  connect,
  createServer as createSocketServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import nock from 'nock';
import { generate } from 'selfsigned';
import { ConfigError } from '@airbyte/cdk-typescript-compat';
import { publicLookup } from '@airbyte/cdk-typescript-compat/http';
import { RetryableError, TooHeavyError } from './errors';
import { createHttpGet, type HttpGet, type HttpOptions } from './http';

const KEY = 'a-very-secret-key';
const never = new AbortController().signal;
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'];

let identity: { readonly key: string; readonly cert: string };
let otherCertificate: { readonly key: string; readonly cert: string };
let servers: (Server | NetServer)[] = [];
/** Those that a server has handed over and doesn't close. */
let sockets: Socket[] = [];
let environment: Record<string, string | undefined>;

async function certificateFor(ip: string): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: `authority of ${ip}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip },
          { type: 2, value: 'tines.test' },
        ],
      },
    ],
  });
  return { key, cert };
}

beforeAll(async () => {
  // Real sockets: nock has a file of its own.
  nock.restore();
  environment = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, process.env[name]]));
  for (const name of PROXY_VARIABLES) Reflect.deleteProperty(process.env, name);
  identity = await certificateFor('127.0.0.1');
  otherCertificate = await certificateFor('192.0.2.1');
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  for (const server of servers) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers = [];
  for (const name of PROXY_VARIABLES) Reflect.deleteProperty(process.env, name);
});

afterAll(() => {
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) process.env[name] = value;
});

async function listen(server: Server | NetServer): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener, options: ServerOptions = identity): Promise<string> =>
  listen(createServer(options, listener));

const getOf = (domain: string, options: Partial<HttpOptions> = {}): HttpGet =>
  createHttpGet({
    domain,
    headers: { Authorization: `Bearer ${KEY}`, Accept: 'application/json' },
    caCertificate: identity.cert,
    maxSockets: 4,
    deadlineMs: 20_000,
    maxBodyBytes: 100_000,
    ...options,
  });

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('was fulfilled'),
    (error: unknown) => error,
  );

/** Writes the beginning of an answer of so many bytes. */
function begin(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'Content-Length': bytes });
  response.write('{"audit_logs":[');
}

describe('a server that behaves', () => {
  test('is asked with the key, and its answer is here', async () => {
    const domain = await serve((request, response) => {
      response.end(`${String(request.headers.authorization)} ${String(request.url)}`);
    });
    const { status, body } = await getOf(domain)('/api/v1/info?x=1', never);
    expect([status, body.bytes.toString()]).toEqual([200, `Bearer ${KEY} /api/v1/info?x=1`]);
  });

  test('may compress', async () => {
    const domain = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toContain('gzip');
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync('{"audit_logs":[]}'));
    });
    expect((await getOf(domain)('/', never)).body.bytes.toString()).toBe('{"audit_logs":[]}');
  });

  test('may send its answer in chunks', async () => {
    const domain = await serve((_, response) => {
      response.write('{"audit_logs":');
      setImmediate(() => response.end('[]}'));
    });
    expect((await getOf(domain)('/', never)).body.bytes.toString()).toBe('{"audit_logs":[]}');
  });

  test('keeps one connection for requests one after the other', async () => {
    const used = new Set<unknown>();
    const domain = await serve((request, response) => {
      used.add(request.socket);
      response.end('ok');
    });
    const get = getOf(domain);
    for (let request = 0; request < 4; request += 1) await get('/', never);
    expect(used.size).toBe(1);
  });

  test('keeps the connection also after an answer other than 200', async () => {
    const used = new Set<unknown>();
    const domain = await serve((request, response) => {
      used.add(request.socket);
      response.writeHead(503).end('busy');
    });
    const get = getOf(domain);
    for (let request = 0; request < 3; request += 1) await get('/', never);
    expect(used.size).toBe(1);
  });

  test('gets no more connections than workers', async () => {
    const used = new Set<unknown>();
    const domain = await serve((request, response) => {
      used.add(request.socket);
      setImmediate(() => response.end('ok'));
    });
    const get = getOf(domain, { maxSockets: 2 });
    await Promise.all(Array.from({ length: 8 }, () => get('/', never)));
    expect(used.size).toBeLessThanOrEqual(2);
  });
});

describe('a server that redirects', () => {
  test('to another host never makes the key go there', async () => {
    const keys: unknown[] = [];
    const elsewhere = await serve((request, response) => {
      keys.push(request.headers.authorization);
      response.end('got it');
    });
    const domain = await serve((_, response) => {
      response.writeHead(302, { Location: `https://${elsewhere}/` }).end();
    });
    expect((await getOf(domain)('/', never)).status).toBe(302);
    expect(keys).toEqual([]);
  });
});

describe('a server that fails', () => {
  test.each<[string, RequestListener]>([
    [
      'cuts its body off',
      (_, response) => {
        begin(response, 1000);
        setImmediate(() => response.destroy());
      },
    ],
    [
      'cuts its chunks off',
      (_, response) => {
        response.write('{"audit_logs":[');
        setImmediate(() => response.destroy());
      },
    ],
    [
      'cuts a compressed body off',
      (_, response) => {
        const body = gzipSync('x'.repeat(1000));
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).write(body.subarray(0, body.length / 2));
        setImmediate(() => response.destroy());
      },
    ],
    [
      'says that it compresses, and does not',
      (_, response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('{"audit_logs":[]}');
      },
    ],
    [
      'resets the connection',
      (request) => {
        request.socket.destroy();
      },
    ],
    [
      'speaks something else than HTTP',
      (request) => {
        request.socket.end('220 mail.example ESMTP\r\n');
      },
    ],
  ])('and %s is tried again: a transient error without the key', async (_, listener) => {
    const error = await failure(getOf(await serve(listener))('/', never));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).not.toMatchObject({ message: expect.stringContaining('no whole answer') });
    expect(everythingIn(error)).not.toContain(KEY);
  });

  test('and is not there at all is tried again', async () => {
    const domain = await serve(() => undefined);
    const [server] = servers.splice(0);
    server?.close();
    const error = await failure(getOf(domain)('/', never));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ message: 'the connection failed (ECONNREFUSED)' });
  });

  test('and speaks no TLS is tried again', async () => {
    const domain = await listen(createPlainServer((_, response) => response.end('plain')));
    expect(await failure(getOf(domain)('/', never))).toBeInstanceOf(RetryableError);
  });

  test('once does not spoil the next request', async () => {
    let requests = 0;
    const domain = await serve((request, response) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else response.end('ok');
    });
    const get = getOf(domain);
    await failure(get('/', never));
    expect((await get('/', never)).body.bytes.toString()).toBe('ok');
  });
});

describe('the deadline', () => {
  test.each<[string, RequestListener]>([
    ['never answers', () => undefined],
    [
      'sends headers and no more',
      (_, response) => {
        begin(response, 1000);
      },
    ],
    [
      'drips, byte by byte',
      (_, response) => {
        begin(response, 1_000_000);
        const drip = setInterval(() => response.write(' '), 5);
        response.on('close', () => {
          clearInterval(drip);
        });
      },
    ],
  ])('ends a request to a server that %s', async (_, listener) => {
    const error = await failure(getOf(await serve(listener), { deadlineMs: 60 })('/', never));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ message: 'no whole answer within 0.06 s' });
  });

  test('ends a request to a server that accepts connections and says nothing', async () => {
    const silent = createSocketServer((socket) => sockets.push(socket.on('error', () => undefined)));
    const error = await failure(getOf(await listen(silent), { deadlineMs: 60 })('/', never));
    expect(error).toMatchObject({ message: expect.stringContaining('no whole answer within 0.06 s') });
  });

  test('hangs up', async () => {
    let closed: Promise<unknown> | undefined;
    const domain = await serve((_, response) => {
      closed = once(response, 'close');
    });
    // Long enough for the connection, which the server must have seen.
    await failure(getOf(domain, { deadlineMs: 1000 })('/', never));
    await expect(closed).resolves.toBeDefined();
  });
});

describe('stopping', () => {
  test("in the middle of an answer hangs up, with the signal's reason", async () => {
    const stop = new AbortController();
    const domain = await serve((_, response) => {
      begin(response, 1000);
      stop.abort(new Error('stopped'));
    });
    await expect(getOf(domain)('/', stop.signal)).rejects.toThrow('stopped');
  });

  test('leaves nothing listening to the signal once the answer is here', async () => {
    const stop = new AbortController();
    let listeners = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => {
        listeners += 1;
        add(...args);
      },
      removeEventListener: (...args: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...args);
      },
    });
    const get = getOf(await serve((_, response) => response.end('ok')));
    await get('/', signal);
    expect(listeners).toBe(0);
  });
});

describe('limits of one request', () => {
  test('replace the deadline', async () => {
    const domain = await serve(() => undefined);
    const error = await failure(getOf(domain)('/', never, { deadlineMs: 50, maxBodyBytes: 10 }));
    expect(error).toMatchObject({ message: 'no whole answer within 0.05 s' });
  });

  test('replace the largest body', async () => {
    const domain = await serve((_, response) => response.end('x'.repeat(11)));
    const error = await failure(getOf(domain)('/', never, { deadlineMs: 20_000, maxBodyBytes: 10 }));
    expect(error).toBeInstanceOf(TooHeavyError);
  });
});

describe('a body that is too large', () => {
  test.each<[string, RequestListener]>([
    [
      'as announced',
      (_, response) => {
        const body = 'x'.repeat(100_001);
        response.writeHead(200, { 'Content-Length': body.length }).end(body);
      },
    ],
    [
      'in chunks without end',
      (_, response) => {
        const flood = setInterval(() => response.write('x'.repeat(20_000)), 1);
        response.on('close', () => {
          clearInterval(flood);
        });
      },
    ],
    [
      'once decompressed',
      (_, response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)));
      },
    ],
  ])('%s is a page too heavy', async (_, listener) => {
    const error = await failure(getOf(await serve(listener))('/', never));
    expect(error).toBeInstanceOf(TooHeavyError);
    expect(everythingIn(error)).not.toContain(KEY);
  });
});

describe('certificates', () => {
  const seen: unknown[] = [];
  const greet: RequestListener = (request, response) => {
    seen.push(request.headers.authorization);
    response.end('ok');
  };

  test('of a private authority are trusted when it is configured', async () => {
    expect((await getOf(await serve(greet))('/', never)).status).toBe(200);
  });

  test('of a private authority that is one of several configured are trusted', async () => {
    const caCertificate = `${otherCertificate.cert}\n${identity.cert}`;
    expect((await getOf(await serve(greet), { caCertificate })('/', never)).status).toBe(200);
  });

  test.each<[string, () => ServerOptions, () => string | undefined, RegExp]>([
    ['nobody trusts', () => identity, () => undefined, /DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN/],
    ['another authority signed', () => identity, () => otherCertificate.cert, /SELF_SIGNED|UNABLE_TO/],
    ['names another host', () => otherCertificate, () => otherCertificate.cert, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('that %s are a config_error, before the key is sent', async (_, server, authority, code) => {
    seen.length = 0;
    const domain = await serve(greet, server());
    const error = await failure(getOf(domain, { caCertificate: authority() })('/', never));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ failureType: 'config_error', message: expect.stringContaining(domain) });
    expect(String(error)).toMatch(code);
    expect(everythingIn(error)).not.toContain(KEY);
    expect(seen).toEqual([]);
  });

  test('that have expired are a config_error', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'tines.test' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date('2020-01-01T00:00:00Z'),
      notAfterDate: new Date('2021-01-01T00:00:00Z'),
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const error = await failure(getOf(await serve(greet, { key, cert }), { caCertificate: cert })('/', never));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain('CERT_HAS_EXPIRED');
  });
});

describe('a name that resolves to a private address', () => {
  test('is a config_error where only public ones are allowed', async () => {
    const domain = await serve((_, response) => response.end('inside'));
    const local = domain.replace('127.0.0.1', 'localhost');
    const error = await failure(getOf(local, { lookup: publicLookup })('/', never));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain('private address');
  });
});

describe('a proxy', () => {
  /** A proxy that lets tunnels through and finds every host here, and what it saw of them. */
  async function startProxy(): Promise<{
    readonly url: string;
    readonly tunnels: string[];
    readonly headers: string[];
  }> {
    const tunnels: string[] = [];
    const headers: string[] = [];
    const proxy = createPlainServer();
    proxy.on('connect', (request, socket: Socket) => {
      tunnels.push(String(request.url));
      headers.push(JSON.stringify(request.headers));
      sockets.push(socket);
      const port = Number(String(request.url).split(':')[1]);
      const upstream = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => upstream.destroy());
      socket.on('close', () => upstream.destroy());
    });
    return { url: `http://${await listen(proxy)}`, tunnels, headers };
  }

  const named = (domain: string): string => domain.replace('127.0.0.1', 'tines.test');

  test('of the environment is used, by one tunnel for all requests', async () => {
    const { url, tunnels } = await startProxy();
    process.env['HTTPS_PROXY'] = url;
    const domain = named(await serve((_, response) => response.end('through')));
    const get = getOf(domain);
    for (let request = 0; request < 3; request += 1)
      expect((await get('/', never)).body.bytes.toString()).toBe('through');
    expect(tunnels).toEqual([domain]);
  });

  test('does not keep the configured authority from being trusted for a tenant given by address', async () => {
    const { url } = await startProxy();
    process.env['HTTPS_PROXY'] = url;
    const domain = await serve((_, response) => response.end('through'));
    expect((await getOf(domain)('/', never)).body.bytes.toString()).toBe('through');
  });

  test('never sees the key', async () => {
    const { url, headers } = await startProxy();
    process.env['HTTPS_PROXY'] = url;
    await getOf(named(await serve((_, response) => response.end('through'))))('/', never);
    expect(headers.join()).not.toContain(KEY);
  });

  test('is not used for hosts that the environment excepts', async () => {
    const { url, tunnels } = await startProxy();
    process.env['HTTPS_PROXY'] = url;
    process.env['NO_PROXY'] = '127.0.0.1';
    await getOf(await serve((_, response) => response.end('direct')))('/', never);
    expect(tunnels).toEqual([]);
  });

  test("does not make the tenant's certificate trusted", async () => {
    const { url } = await startProxy();
    process.env['HTTPS_PROXY'] = url;
    const domain = await serve((_, response) => response.end('through'));
    expect(await failure(getOf(domain, { caCertificate: undefined })('/', never))).toBeInstanceOf(ConfigError);
  });

  test.each(['http://user:100%@127.0.0.1:1', 'http://proxy.example:99999', 'http://[bad'])(
    'whose address is %s is a ConfigError that does not say it',
    async (address) => {
      process.env['HTTPS_PROXY'] = address;
      const error = await failure(getOf('tines.example.com')('/', never));
      expect(error).toBeInstanceOf(ConfigError);
      expect(everythingIn(error)).not.toContain(address);
    },
  );

  test('that leaves tunnels without an answer takes no more than the deadline of each', async () => {
    let tunnels = 0;
    const proxy = createPlainServer();
    proxy.on('connect', (_, socket: Socket) => {
      sockets.push(socket);
      tunnels += 1;
      if (tunnels > 2) socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    process.env['HTTPS_PROXY'] = `http://${await listen(proxy)}`;
    const get = getOf('tines.example.com', { maxSockets: 2, deadlineMs: 300 });
    for (let request = 1; request <= 2; request += 1)
      expect(await failure(get('/', never))).toMatchObject({
        message: expect.stringContaining('no whole answer within 0.3 s'),
      });
    expect((await get('/', never)).status).toBe(502);
  });

  test('that refuses the tunnel is a fault that passes', async () => {
    const proxy = createPlainServer();
    proxy.on('connect', (_, socket: Socket) => {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    process.env['HTTPS_PROXY'] = `http://${await listen(proxy)}`;
    const domain = await serve((_, response) => response.end('through'));
    const error = await failure(
      getOf(domain)('/', never).then(({ status }) => {
        throw new RetryableError(`Tines answered ${status}`);
      }),
    );
    expect(error).toBeInstanceOf(RetryableError);
  });
});

/** All texts that can be reached from a value: properties, hidden ones too, and causes. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.has(value)) return '';
  seen.add(value);
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)}=${everythingIn(Reflect.get(value, key), seen)}`)
    .join('\n');
}
