import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { connect, type Server as NetServer, type Socket } from 'node:net';
import { generate } from 'selfsigned';

/** A private key and its certificate, PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** The name in every certificate of {@link identityFor}; a proxy of {@link LocalServers} finds it on this machine. */
export const LOCAL_NAME = 'server.test';

/** A self-signed identity for an address, and for {@link LOCAL_NAME}. */
export const identityFor = (ip: string): Promise<Identity> =>
  selfSigned([
    { type: 7, ip },
    { type: 2, value: LOCAL_NAME },
  ]);

/** A self-signed identity for one name and nothing else. */
export const identityForName = (name: string): Promise<Identity> => selfSigned([{ type: 2, value: name }]);

type AltName = { readonly type: 2; readonly value: string } | { readonly type: 7; readonly ip: string };

async function selfSigned(altNames: AltName[]): Promise<Identity> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'authority of a test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { key, cert };
}

/** What a proxy does with a CONNECT: it is handed the request and the bare socket. */
export type OnConnect = (request: IncomingMessage, socket: Socket) => void;

/** Servers and proxies on 127.0.0.1, for tests of what talks HTTP. Addresses are `127.0.0.1:port`. */
export class LocalServers {
  #servers: (Server | NetServer)[] = [];
  /** Those that a server has handed over and doesn't close. */
  #sockets: Socket[] = [];

  /** Starts any server. */
  async listen(server: Server | NetServer): Promise<string> {
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  }

  /** Starts a server that speaks TLS. */
  serve(listener: RequestListener, options: ServerOptions): Promise<string> {
    return this.listen(createServer(options, listener));
  }

  /** Starts a server that doesn't. */
  servePlain(listener: RequestListener): Promise<string> {
    return this.listen(createPlainServer(listener));
  }

  /** Starts a proxy, which speaks TLS where it is given an identity. */
  async proxy(onConnect: OnConnect, identity?: Identity): Promise<string> {
    const proxy = identity === undefined ? createPlainServer() : createServer({ ...identity });
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      this.keep(socket);
      onConnect(request, socket);
    });
    return `${identity === undefined ? 'http' : 'https'}://${await this.listen(proxy)}`;
  }

  /** Starts a proxy that answers every CONNECT with these bytes, and ends. */
  proxySaying(answer: string): Promise<string> {
    return this.proxy((_, socket) => socket.end(answer));
  }

  /** Opens a tunnel to the asked port, on this machine whatever the name. */
  readonly letThrough: OnConnect = (request, socket) => {
    const port = Number(String(request.url).split(':').at(-1));
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on('error', () => upstream.destroy());
    socket.on('close', () => upstream.destroy());
  };

  /** Destroys a socket with the servers. */
  keep(socket: Socket): void {
    this.#sockets.push(socket.on('error', () => undefined));
  }

  /** Closes the server that was started last. */
  closeLast(): void {
    this.#servers.pop()?.close();
  }

  /** Ends all of it. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    for (const server of this.#servers.splice(0)) {
      if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
        server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }
}

const PROXY_VARIABLES = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
];

/** Takes the variables out of the environment that name a proxy. @returns what puts them back */
export function withoutProxies(): () => void {
  const saved = PROXY_VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of PROXY_VARIABLES) Reflect.deleteProperty(process.env, name);
  return () => {
    for (const [name, value] of saved) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}

/** All texts that can be reached from a value: properties, hidden ones too, and causes. */
export function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.has(value)) return '';
  seen.add(value);
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)}=${everythingIn(Reflect.get(value, key), seen)}`)
    .join('\n');
}
