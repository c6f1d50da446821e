import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { generate } from 'selfsigned';
import {
  everythingIn,
  identityFor,
  identityForName,
  LOCAL_NAME,
  LocalServers,
  withoutProxies,
  type Identity,
} from '../testing/local-servers';
import {
  RefusedError,
  RetryableError,
  TimeoutError,
  CertificateError,
  PrivateAddressError,
  ProxyError,
} from './errors';
import { createHttp, type HttpOptions, type HttpResponse, type ResponseLimits } from './http';

const KEY = 'a-very-secret-key';
const never = new AbortController().signal;
const servers = new LocalServers();
let identity: Identity;
let otherIdentity: Identity;
let restore: () => void;
/** What servers behind a proxy were asked with. */
let seen: string[];

beforeAll(async () => {
  nock.restore();
  restore = withoutProxies();
  identity = await identityFor('127.0.0.1');
  otherIdentity = await identityFor('192.0.2.1');
});

afterEach(async () => {
  await servers.close();
  withoutProxies();
});

afterAll(() => {
  restore();
});

async function serve(): Promise<string> {
  seen = [];
  return servers.serve(
    (request, response) => {
      seen.push(String(request.headers.authorization));
      response.end('through');
    },
    { ...identity },
  );
}

const named = (host: string): string => host.replace('127.0.0.1', LOCAL_NAME);

type Get = (target: string, signal: AbortSignal, limits?: ResponseLimits) => Promise<HttpResponse>;

const getOf = (host: string, options: Partial<HttpOptions> = {}): Get => {
  const http = createHttp({
    baseUrl: `https://${host}`,
    headers: { Authorization: `Bearer ${KEY}` },
    caCertificate: identity.cert,
    maxSockets: 4,
    deadlineMs: 20_000,
    maxBodyBytes: 100_000,
    ...options,
  });
  return (target, signal, limits) => http({ target }, signal, limits);
};

const textOf = async (get: Get): Promise<string> => (await get('/', never)).body.bytes.toString();

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('was fulfilled'),
    (error: unknown) => error,
  );

describe('a proxy that lets through', () => {
  let tunnels: string[];
  let headers: string[];

  const start = (secured?: Identity): Promise<string> => {
    tunnels = [];
    headers = [];
    return servers.proxy((request, socket) => {
      tunnels.push(String(request.url));
      headers.push(JSON.stringify(request.rawHeaders));
      servers.letThrough(request, socket);
    }, secured);
  };

  test('is taken from the environment, and one tunnel serves all requests', async () => {
    process.env['HTTPS_PROXY'] = await start();
    const host = named(await serve());
    const get = getOf(host);
    for (let request = 0; request < 3; request += 1) expect(await textOf(get)).toBe('through');
    expect(tunnels).toEqual([host]);
  });

  test('is taken from its option, which outweighs the environment', async () => {
    const proxyUrl = await start();
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1';
    expect(await textOf(getOf(named(await serve()), { proxyUrl }))).toBe('through');
  });

  test('does not keep the configured authority from being trusted for a server given by address', async () => {
    process.env['HTTPS_PROXY'] = await start();
    expect(await textOf(getOf(await serve()))).toBe('through');
  });

  test('may be spoken to by TLS, by a configured authority', async () => {
    const proxyUrl = await start(identity);
    expect(await textOf(getOf(named(await serve()), { proxyUrl }))).toBe('through');
  });

  describe('by TLS, proves its own name and not that of the server', () => {
    /** The address of a proxy with a certificate for this name alone, by another name of its own. */
    const startNamed = async (certified: string): Promise<{ proxyUrl: string; caCertificate: string }> => {
      const other = await identityForName(certified);
      const proxyUrl = (await start(other)).replace('127.0.0.1', 'localhost');
      return { proxyUrl, caCertificate: `${identity.cert}\n${other.cert}` };
    };

    test.each(['setting', 'variable'])('named by a %s', async (by) => {
      const { proxyUrl, caCertificate } = await startNamed('localhost');
      const host = named(await serve());
      if (by === 'variable') process.env['HTTPS_PROXY'] = proxyUrl;
      const get = getOf(host, { caCertificate, proxyUrl: by === 'setting' ? proxyUrl : undefined });
      expect([await textOf(get), tunnels]).toEqual(['through', [host]]);
    });

    test.each(['setting', 'variable'])(
      "and is sent nothing, no password either, with a certificate for the server's: named by a %s",
      async (by) => {
        const { proxyUrl, caCertificate } = await startNamed(LOCAL_NAME);
        const withPassword = proxyUrl.replace('//', '//user:its-password@');
        if (by === 'variable') process.env['HTTPS_PROXY'] = withPassword;
        const get = getOf(named(await serve()), {
          caCertificate,
          proxyUrl: by === 'setting' ? withPassword : undefined,
        });
        const error = await failure(textOf(get));
        const fault = { type: 'certificate', code: 'ERR_TLS_CERT_ALTNAME_INVALID' } as const;
        expect([error, tunnels, seen]).toEqual([expect.objectContaining({ final: new ProxyError(fault) }), [], []]);
      },
    );
  });

  test('lets requests without TLS through, too, in a tunnel', async () => {
    const proxyUrl = await start();
    const host = await servers.servePlain((_, response) => response.end('plain'));
    expect(await textOf(getOf(host, { proxyUrl, baseUrl: `http://${named(host)}`, allowHttp: true }))).toBe('plain');
    expect(tunnels).toEqual([named(host)]);
  });

  test('never sees the key', async () => {
    process.env['HTTPS_PROXY'] = await start();
    await textOf(getOf(named(await serve())));
    expect(headers.join()).not.toContain(KEY);
  });

  test('gets its credentials, of which the mask is told in all their forms', async () => {
    const address = new URL(await start());
    address.username = 'us er';
    address.password = 'pass:w@rd';
    const secrets: string[] = [];
    const get = getOf(named(await serve()), { proxyUrl: address.href, mask: (secret) => secrets.push(secret) });
    expect(await textOf(get)).toBe('through');
    const basic = Buffer.from('us er:pass:w@rd').toString('base64');
    expect(headers.join()).toContain(`Basic ${basic}`);
    expect(secrets).toEqual(expect.arrayContaining(['pass:w@rd', address.password, basic]));
  });

  test('is not used for hosts that the environment excepts', async () => {
    process.env['HTTPS_PROXY'] = await start();
    process.env['NO_PROXY'] = '127.0.0.1';
    expect(await textOf(getOf(await serve()))).toBe('through');
    expect(tunnels).toEqual([]);
  });

  test("does not make the server's certificate trusted", async () => {
    process.env['HTTPS_PROXY'] = await start();
    const error = await failure(textOf(getOf(await serve(), { caCertificate: undefined })));
    expect([error, seen]).toEqual([expect.any(CertificateError), []]);
  });

  test('does not make a certificate for another name trusted', async () => {
    const proxyUrl = await start();
    const host = (await serve()).replace('127.0.0.1', 'other.test');
    const error = await failure(textOf(getOf(host, { proxyUrl })));
    expect([error, seen]).toEqual([expect.objectContaining({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), []]);
  });

  test('does not make a certificate trusted that has the name as a common name alone', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: LOCAL_NAME }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 1, value: 'somebody@server.test' }] }],
    });
    const proxyUrl = await start();
    const host = await servers.serve((_, response) => response.end('through'), { key, cert });
    const error = await failure(textOf(getOf(named(host), { proxyUrl, caCertificate: cert })));
    expect(error).toMatchObject({ kind: 'certificate', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('does not turn verification off with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const proxyUrl = await start();
      const error = await failure(textOf(getOf(named(await serve()), { proxyUrl, caCertificate: undefined })));
      expect([error, seen]).toEqual([expect.any(CertificateError), []]);
    } finally {
      Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED');
    }
  });
});

describe("a proxy's address", () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])(
    'without a scheme, in %s, is spoken to by HTTP',
    async (name) => {
      const address = await servers.proxySaying('HTTP/1.1 403 No\r\n\r\n');
      process.env[name] = address.replace('http://', 'user:its-password@');
      const error = await failure(textOf(getOf('service.example.com')));
      expect(error).toMatchObject({ final: new ProxyError({ type: 'status', status: 403 }) });
    },
  );

  test.each(['http://user:100%@127.0.0.1:1', 'http://proxy.example:99999', 'http://[bad', 'socks5://127.0.0.1:1080'])(
    'that is %s is told as the reason, without being said',
    async (address) => {
      process.env['HTTPS_PROXY'] = address;
      const error = await failure(textOf(getOf('service.example.com')));
      expect(error).toBeInstanceOf(ProxyError);
      expect(error).toMatchObject({ fault: { type: 'address' } });
      expect(everythingIn(error)).not.toContain(address);
    },
  );
});

describe('a proxy that does not open the way', () => {
  const fault = (type: string, more: object): object => ({ kind: 'proxy', fault: { type, ...more } });

  test.each([401, 403, 404, 407, 302, 103, 101, 204])(
    'but answers %d is believed at once, and it is the proxy that refuses',
    async (status) => {
      const proxyUrl = await servers.proxySaying(`HTTP/1.1 ${status} No\r\nLocation: https://evil.example/\r\n\r\n`);
      const error = await failure(textOf(getOf(named(await serve()), { proxyUrl })));
      expect(error).toBeInstanceOf(RefusedError);
      expect(error).toMatchObject({
        message: `the proxy answered ${status}`,
        final: fault('status', { status }),
        tries: { atFirst: 1 },
      });
      expect(seen).toEqual([]);
    },
  );

  test.each([429, 500, 502, 503, 504])('but answers %d is asked again, as long as it says', async (status) => {
    const proxyUrl = await servers.proxySaying(`HTTP/1.1 ${status} No\r\nRetry-After: 7\r\n\r\n`);
    const error = await failure(textOf(getOf(named(await serve()), { proxyUrl })));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).not.toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ retryAfterMs: 7000, cause: fault('status', { status }) });
  });

  test.each([
    ['a 103, then a 200 with a body in plain text', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['a 100, then the same', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['a 200 with something behind it', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])("never answers in the server's place: %s", async (_, first) => {
    const forged = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\nforged';
    const proxyUrl = await servers.proxySaying(`${first}${forged}`);
    const get = getOf(named(await serve()), { proxyUrl });
    const error = await failure(textOf(get));
    expect(error).toMatchObject({ final: { kind: 'proxy' } });
    expect(seen).toEqual([]);
  });

  test('but speaks plain text in the tunnel never answers either', async () => {
    const proxyUrl = await servers.proxy((_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged'));
    });
    const error = await failure(textOf(getOf(named(await serve()), { proxyUrl })));
    expect(error).toMatchObject({ final: { kind: 'tls' } });
  });

  test('and is not there at all is asked again, and named', async () => {
    const proxyUrl = await servers.proxySaying('');
    servers.closeLast();
    const error = await failure(textOf(getOf(named(await serve()), { proxyUrl })));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ cause: fault('connection', { code: 'ECONNREFUSED' }) });
  });

  test('and has a certificate that nobody trusts is believed at once, and named', async () => {
    const proxyUrl = await servers.proxy(servers.letThrough, otherIdentity);
    const error = await failure(textOf(getOf(named(await serve()), { proxyUrl })));
    expect(error).toMatchObject({
      final: fault('certificate', { code: expect.stringMatching(/SELF_SIGNED|ALTNAME/) }),
    });
  });

  test('and leaves tunnels without an answer takes no more than the deadline of each', async () => {
    let tunnels = 0;
    const proxyUrl = await servers.proxy((_, socket) => {
      tunnels += 1;
      if (tunnels > 2) socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    const get = getOf('service.example.com', { proxyUrl, maxSockets: 2, deadlineMs: 300 });
    for (let request = 1; request <= 2; request += 1)
      expect(await failure(get('/', never))).toMatchObject({ cause: fault('connection', { code: 'ETIMEDOUT' }) });
    expect(await failure(get('/', never))).toMatchObject({ message: 'the proxy answered 502' });
  });

  test('and leaves a tunnel without an answer takes no more than the deadline of a request that has less', async () => {
    const proxyUrl = await servers.proxy(() => undefined);
    const get = getOf('service.example.com', { proxyUrl, deadlineMs: 60_000 });
    const error = await failure(get('/', never, { deadlineMs: 50, maxBodyBytes: 1000 }));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ cause: fault('connection', { code: 'ETIMEDOUT' }) });
  });

  test('is not blamed where its tunnel stands and the server says nothing', async () => {
    const proxyUrl = await servers.proxy(servers.letThrough);
    const host = named(await servers.serve(() => undefined, { ...identity }));
    const get = getOf(host, { proxyUrl, deadlineMs: 500 });
    expect(await failure(get('/', never))).toEqual(new TimeoutError(500));
  });

  test.each([
    ['a header without a colon', (echo: string) => `HTTP/1.1 407 No\r\n${echo}\r\n\r\n`],
    ['a reason', (echo: string) => `HTTP/1.1 502 ${echo}\r\n\r\n`],
    ['a body', (echo: string) => `HTTP/1.1 407 No\r\n\r\n${echo}`],
    ['no HTTP at all', (echo: string) => `${echo}\r\n`],
    ['a header of more than is allowed', (echo: string) => `HTTP/1.1 407 No\r\nX: ${echo.repeat(2000)}\r\n\r\n`],
  ])('and echoes its credentials in %s leaves no trace of them in the error', async (_, answer) => {
    const proxyUrl = new URL(
      await servers.proxy((request, socket) => {
        socket.end(answer(`${String(request.headers['proxy-authorization'])} user:its-password`));
      }),
    );
    proxyUrl.username = 'user';
    proxyUrl.password = 'its-password';
    const error = await failure(textOf(getOf(named(await serve()), { proxyUrl: proxyUrl.href })));
    const everything = everythingIn(error);
    expect(everything).toContain('proxy');
    expect(everything).not.toContain('its-password');
    expect(everything).not.toContain(Buffer.from('user:its-password').toString('base64'));
  });
});

describe('where only public addresses may be reached', () => {
  test('a name that resolves to a private one is refused', async () => {
    const local = (await serve()).replace('127.0.0.1', 'localhost');
    const error = await failure(textOf(getOf(local, { publicOnly: true })));
    expect([error, seen]).toEqual([expect.any(PrivateAddressError), []]);
  });

  test.each(['127.0.0.1', '10.1.2.3:8443', '0x7f.1', '169.254.169.254', '168.63.129.16', '[::1]', '[::ffff:10.0.0.1]'])(
    'the address %s is refused',
    async (host) => {
      expect(await failure(textOf(getOf(host, { publicOnly: true })))).toBeInstanceOf(PrivateAddressError);
    },
  );

  test('a name that resolves to a private one is refused behind a proxy, too, which is not even asked', async () => {
    const tunnels: string[] = [];
    process.env['HTTPS_PROXY'] = await servers.proxy((request, socket) => {
      tunnels.push(String(request.url));
      servers.letThrough(request, socket);
    });
    const local = (await serve()).replace('127.0.0.1', 'localhost');
    const error = await failure(textOf(getOf(local, { publicOnly: true })));
    expect([error, tunnels, seen]).toEqual([expect.any(PrivateAddressError), [], []]);
  });

  test("the operator's proxy may lie at a private address", async () => {
    const proxy = (await servers.proxySaying('HTTP/1.1 403 No\r\n\r\n')).replace('127.0.0.1', 'localhost');
    process.env['HTTPS_PROXY'] = proxy;
    const error = await failure(textOf(getOf('1.1.1.1', { publicOnly: true })));
    expect(error).toMatchObject({ final: { kind: 'proxy', fault: { status: 403 } } });
  });

  test.each(['localhost', '127.0.0.1', '0x7f.1'])(
    "a user's proxy may not: %s is not even connected to",
    async (host) => {
      let connections = 0;
      const proxyUrl = await servers.proxy((request, socket) => {
        connections += 1;
        servers.letThrough(request, socket);
      });
      const options = { publicOnly: true, proxyUrl: proxyUrl.replace('127.0.0.1', host) };
      const error = await failure(textOf(getOf('1.1.1.1', options)));
      const fact = error instanceof RefusedError ? error.final : error;
      expect([fact, connections]).toEqual([expect.objectContaining({ fault: { type: 'private_address' } }), 0]);
    },
  );
});
