import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createServer as createSocketServer, type Socket } from 'node:net';
import tls from 'node:tls';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { everythingIn, identityFor, LocalServers, withoutProxies, type Identity } from '../testing/local-servers';
import {
  RefusedError,
  RetryableError,
  TimeoutError,
  CertificateError,
  DebugVariableError,
  RequestTooLargeError,
  TlsError,
} from './errors';
import { createHttp, type HttpOptions, type HttpResponse, type ResponseLimits } from './http';

const KEY = 'a-very-secret-key';
const never = new AbortController().signal;
const servers = new LocalServers();

let identity: Identity;
let otherCertificate: Identity;
let restore: () => void;

beforeAll(async () => {
  // Real sockets: nock has a file of its own.
  nock.restore();
  restore = withoutProxies();
  identity = await identityFor('127.0.0.1');
  otherCertificate = await identityFor('192.0.2.1');
});

afterEach(() => servers.close());

afterAll(() => {
  restore();
});

const serve = (listener: RequestListener, options: ServerOptions = { ...identity }): Promise<string> =>
  servers.serve(listener, options);

type Get = (target: string, signal: AbortSignal, limits?: ResponseLimits) => Promise<HttpResponse>;

const getOf = (host: string, options: Partial<HttpOptions> = {}): Get => {
  const http = createHttp({
    baseUrl: `https://${host}`,
    headers: { Authorization: `Bearer ${KEY}`, Accept: 'application/json' },
    caCertificate: identity.cert,
    maxSockets: 4,
    deadlineMs: 20_000,
    maxBodyBytes: 100_000,
    ...options,
  });
  return (target, signal, limits) => http({ target }, signal, limits);
};

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('was fulfilled'),
    (error: unknown) => error,
  );

/** Writes the beginning of an answer of so many bytes. */
function begin(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'Content-Length': bytes });
  response.write('{"items":[');
}

describe('a server that behaves', () => {
  test('is asked with the key, and its answer is here', async () => {
    const host = await serve((request, response) => {
      response.end(`${String(request.headers.authorization)} ${String(request.url)}`);
    });
    const { status, body } = await getOf(host)('/api/v1/me?x=1', never);
    expect([status, body.bytes.toString()]).toEqual([200, `Bearer ${KEY} /api/v1/me?x=1`]);
  });

  test('may compress', async () => {
    const host = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync('{"items":[]}'));
    });
    expect((await getOf(host)('/', never)).body.bytes.toString()).toBe('{"items":[]}');
  });

  test.each(['br', 'deflate', 'zstd'])(
    'is not decompressed for where it compresses by %s, unasked',
    async (encoding) => {
      const compressed = encoding === 'br' ? brotliCompressSync('{"items":[]}') : deflateSync('{"items":[]}');
      const host = await serve((_, response) => {
        response.setHeader('Content-Encoding', encoding);
        response.end(compressed);
      });
      expect((await getOf(host)('/', never)).body.bytes).toEqual(compressed);
    },
  );

  test('is shown with the version of HTTP that it speaks', async () => {
    const host = await serve((_, response) => response.end('ok'));
    expect((await getOf(host)('/', never)).httpVersion).toBe('1.1');
  });

  test('may name its headers as the functions of whatever reads them are named', async () => {
    const names = ['normalize', 'toJSON', 'get', 'set', 'constructor', '__proto__'];
    const host = await serve((_, response) => {
      for (const name of names) response.setHeader(name, 'mine');
      response.end('ok');
    });
    const { headers, body } = await getOf(host)('/', never);
    expect([headers['normalize'], headers['set'], body.bytes.toString()]).toEqual(['mine', 'mine', 'ok']);
  });

  test('is sent the headers that are given, and what it takes to send them, no name and version of a library', async () => {
    let seen: string[] = [];
    const host = await serve((request, response) => {
      seen = Object.keys(request.headers).sort();
      response.end('ok');
    });
    await getOf(host)('/', never);
    expect(seen).toEqual(['accept', 'accept-encoding', 'authorization', 'connection', 'host']);
  });

  test('may send something after a whole response, in the same packet', async () => {
    const host = await serve((request) => {
      request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokgarbage');
    });
    expect((await getOf(host)('/', never)).body.bytes.toString()).toBe('ok');
  });

  test('may send its answer in chunks', async () => {
    const host = await serve((_, response) => {
      response.write('{"items":');
      setImmediate(() => response.end('[]}'));
    });
    expect((await getOf(host)('/', never)).body.bytes.toString()).toBe('{"items":[]}');
  });

  test('keeps one connection for requests one after the other', async () => {
    const used = new Set<unknown>();
    const host = await serve((request, response) => {
      used.add(request.socket);
      response.end('ok');
    });
    const get = getOf(host);
    for (let request = 0; request < 4; request += 1) await get('/', never);
    expect(used.size).toBe(1);
  });

  test('keeps the connection also after an answer other than 200', async () => {
    const used = new Set<unknown>();
    const host = await serve((request, response) => {
      used.add(request.socket);
      response.writeHead(503).end('busy');
    });
    const get = getOf(host);
    for (let request = 0; request < 3; request += 1) await get('/', never);
    expect(used.size).toBe(1);
  });

  test('gets no more connections than workers', async () => {
    const used = new Set<unknown>();
    const host = await serve((request, response) => {
      used.add(request.socket);
      setImmediate(() => response.end('ok'));
    });
    const get = getOf(host, { maxSockets: 2 });
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
    const host = await serve((_, response) => {
      response.writeHead(302, { Location: `https://${elsewhere}/` }).end();
    });
    expect((await getOf(host)('/', never)).status).toBe(302);
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
        response.write('{"items":[');
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
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('{"items":[]}');
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
    [
      'sends, in one packet, a head and a chunk whose size is no number',
      (request) => {
        request.socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n');
      },
    ],
    [
      'switches to another protocol',
      (request) => {
        request.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
      },
    ],
  ])('and %s is tried again: a transient error without the key', async (_, listener) => {
    const error = await failure(getOf(await serve(listener))('/', never));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).not.toMatchObject({ message: expect.stringContaining('no whole answer') });
    expect(everythingIn(error)).not.toContain(KEY);
  });

  test('and is not there at all is tried again', async () => {
    const host = await serve(() => undefined);
    servers.closeLast();
    const error = await failure(getOf(host)('/', never));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ message: 'the connection failed (ECONNREFUSED)' });
  });

  test('once does not spoil the next request', async () => {
    let requests = 0;
    const host = await serve((request, response) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else response.end('ok');
    });
    const get = getOf(host);
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
    [
      'drips a body that ends where the connection does',
      ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n{"items":[]}');
        const drip = setInterval(() => socket.write(' '), 5);
        socket.on('close', () => {
          clearInterval(drip);
        });
      },
    ],
  ])('ends a request to a server that %s', async (_, listener) => {
    const error = await failure(getOf(await serve(listener), { deadlineMs: 60 })('/', never));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ message: 'no whole answer within 0.06 s', deadlineMs: 60 });
  });

  test('ends a request to a server that accepts connections and says nothing', async () => {
    const silent = createSocketServer((socket) => {
      servers.keep(socket);
    });
    const error = await failure(getOf(await servers.listen(silent), { deadlineMs: 60 })('/', never));
    expect(error).toMatchObject({ message: expect.stringContaining('no whole answer within 0.06 s') });
  });

  test('hangs up', async () => {
    let closed: Promise<unknown> | undefined;
    const host = await serve((_, response) => {
      closed = once(response, 'close');
    });
    // Long enough for the connection, which the server must have seen.
    await failure(getOf(host, { deadlineMs: 1000 })('/', never));
    await expect(closed).resolves.toBeDefined();
  });
});

describe('stopping', () => {
  test("in the middle of an answer hangs up, with the signal's reason", async () => {
    const stop = new AbortController();
    const host = await serve((_, response) => {
      begin(response, 1000);
      stop.abort(new Error('stopped'));
    });
    await expect(getOf(host)('/', stop.signal)).rejects.toThrow('stopped');
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
    const host = await serve(() => undefined);
    const error = await failure(getOf(host)('/', never, { deadlineMs: 50, maxBodyBytes: 10 }));
    expect(error).toMatchObject({ message: 'no whole answer within 0.05 s' });
  });

  test('replace the largest body', async () => {
    const host = await serve((_, response) => response.end('x'.repeat(11)));
    const error = await failure(getOf(host)('/', never, { deadlineMs: 20_000, maxBodyBytes: 10 }));
    expect(error).toBeInstanceOf(RequestTooLargeError);
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
  ])('%s is a request too heavy', async (_, listener) => {
    const error = await failure(getOf(await serve(listener))('/', never));
    expect(error).toBeInstanceOf(RequestTooLargeError);
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

  test('that an unknown authority has signed are trusted when they are configured themselves', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'tines.test' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { key: otherCertificate.key, cert: otherCertificate.cert },
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const host = await serve(greet, { key, cert });
    expect((await getOf(host, { caCertificate: cert })('/', never)).status).toBe(200);
    expect(await failure(getOf(host)('/', never))).toBeInstanceOf(CertificateError);
  });

  test.each<[string, () => ServerOptions, () => string | undefined, RegExp]>([
    ['nobody trusts', () => identity, () => undefined, /DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN/],
    ['another authority signed', () => identity, () => otherCertificate.cert, /SELF_SIGNED|UNABLE_TO/],
    ['names another host', () => otherCertificate, () => otherCertificate.cert, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('that %s are found out before the key is sent', async (_, server, authority, code) => {
    seen.length = 0;
    const host = await serve(greet, server());
    const error = await failure(getOf(host, { caCertificate: authority() })('/', never));
    expect(error).toBeInstanceOf(CertificateError);
    expect(error).toMatchObject({ code: expect.stringMatching(code) });
    expect(everythingIn(error)).not.toContain(KEY);
    expect(seen).toEqual([]);
  });

  test('that have expired are found out', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'tines.test' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date('2020-01-01T00:00:00Z'),
      notAfterDate: new Date('2021-01-01T00:00:00Z'),
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const error = await failure(getOf(await serve(greet, { key, cert }), { caCertificate: cert })('/', never));
    expect(error).toMatchObject({ kind: 'certificate', code: 'CERT_HAS_EXPIRED' });
  });
});

describe('TLS that can not be spoken', () => {
  const weak =
    (options: ServerOptions): (() => Promise<string>) =>
    () =>
      serve((_, response) => response.end('ok'), { ...identity, ciphers: 'DEFAULT@SECLEVEL=0', ...options });

  test.each<[string, () => Promise<string>, RegExp]>([
    ['a server without TLS', () => servers.servePlain((_, response) => response.end('plain')), /WRONG_VERSION/],
    ['TLS 1.0', weak({ minVersion: 'TLSv1', maxVersion: 'TLSv1' }), /PROTOCOL_VERSION/],
    ['TLS 1.1', weak({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }), /PROTOCOL_VERSION/],
    ['no cipher in common', weak({ maxVersion: 'TLSv1.2', ciphers: 'NULL-SHA256:@SECLEVEL=0' }), /HANDSHAKE_FAILURE/],
    ["a server that asks for a client's certificate", weak({ requestCert: true, ca: '' }), /CERTIFICATE_REQUIRED/],
  ])('as with %s is believed at once, and named by its code alone', async (_, start, code) => {
    const error = await failure(getOf(await start())('/', never));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ final: { kind: 'tls', code: expect.stringMatching(code) }, tries: { atFirst: 1 } });
    expect((error as RefusedError).final).toBeInstanceOf(TlsError);
    expect(everythingIn(error)).not.toContain('openssl');
  });
});

describe('a connection', () => {
  /** Serves by one connection after the other, and keeps this end of the last one. */
  async function serveOne(): Promise<{ get: Get; sockets: Socket[] }> {
    const sockets: Socket[] = [];
    const host = await serve((request, response) => {
      if (!sockets.includes(request.socket)) sockets.push(request.socket);
      response.end('asked');
    });
    return { get: getOf(host), sockets };
  }
  const textOf = async (get: Get): Promise<string> => (await get('/', never)).body.bytes.toString();

  test('serves one request after the other', async () => {
    const { get, sockets } = await serveOne();
    for (let request = 0; request < 3; request += 1) expect(await textOf(get)).toBe('asked');
    expect(sockets).toHaveLength(1);
  });

  test('on which the server speaks while it is idle is closed: the next response belongs to its request', async () => {
    const { get, sockets } = await serveOne();
    await textOf(get);
    const closed = once(sockets[0] as Socket, 'close');
    sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged');
    await closed;
    expect(await textOf(get)).toBe('asked');
    expect(sockets).toHaveLength(2);
  });
});

describe('the ciphers', () => {
  const { DEFAULT_CIPHERS } = tls;
  afterEach(() => {
    tls.DEFAULT_CIPHERS = DEFAULT_CIPHERS;
  });

  test('are those of Node, whatever its options say: nothing goes out unencrypted', async () => {
    const ciphers = 'eNULL:@SECLEVEL=0';
    const host = await serve((_, response) => response.end('ok'), { ...identity, maxVersion: 'TLSv1.2', ciphers });
    // As --tls-cipher-list does.
    tls.DEFAULT_CIPHERS = 'ALL:eNULL:aNULL:@SECLEVEL=0';
    for (const caCertificate of [identity.cert, undefined]) {
      expect(await failure(getOf(host, { caCertificate })('/', never))).toMatchObject({ final: { kind: 'tls' } });
    }
  });
});

describe('the environment', () => {
  afterEach(() => {
    for (const name of ['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_DEBUG']) Reflect.deleteProperty(process.env, name);
  });

  test('does not turn the verification of certificates off, which a warning says', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const logged: string[] = [];
    const keys: unknown[] = [];
    const host = await serve((request, response) => {
      keys.push(request.headers.authorization);
      response.end('ok');
    });
    const log: HttpOptions['log'] = (level, message) => logged.push(`${level} ${message}`);
    const get = getOf(host, { caCertificate: undefined, log });
    for (let request = 0; request < 2; request += 1)
      expect(await failure(get('/', never))).toBeInstanceOf(CertificateError);
    expect([logged, keys]).toEqual([[expect.stringMatching(/^WARN NODE_TLS_REJECT_UNAUTHORIZED=0 .* ignored/)], []]);
  });

  test.each(['http', 'HTTPS', 'fs,tls', 'net', 'h*', '*', ' stream'])(
    'with NODE_DEBUG=%s, which prints headers, is refused before anything is sent',
    async (value) => {
      process.env['NODE_DEBUG'] = value;
      let requests = 0;
      const host = await serve((_, response) => {
        requests += 1;
        response.end('ok');
      });
      expect(await failure(getOf(host)('/', never))).toBeInstanceOf(DebugVariableError);
      expect(requests).toBe(0);
    },
  );

  test.each(['', 'fs', 'timers,module', 'httpx'])('with NODE_DEBUG=%s is no matter', async (value) => {
    process.env['NODE_DEBUG'] = value;
    expect((await getOf(await serve((_, response) => response.end('ok')))('/', never)).status).toBe(200);
  });
});
