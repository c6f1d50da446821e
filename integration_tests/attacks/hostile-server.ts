import type { Server as NetServer, Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { identityFor, LocalServers, type Identity } from '../../cdk/testing/local-servers';
import { API_KEY, catalogOf } from '../tenant';

/** What a server does when the head of a request has arrived. */
export type OnRequest = (socket: Socket, head: string, number: number) => void;

/** A server that speaks TLS as it should, and above that whatever it is asked to. */
export interface HostileServer {
  /** Host and port, as `tenant_domain` takes them. */
  readonly domain: string;
  /** The certificate to trust. */
  readonly caCertificate: string;
  /** The heads of all requests so far. */
  readonly heads: readonly string[];
  /** For more servers and proxies, which end with this one. */
  readonly servers: LocalServers;
}

/** What a hostile server may differ in. */
export interface HostileOptions {
  readonly tls?: TlsOptions;
  /** Called with each connection as soon as TLS stands. */
  readonly onConnection?: (socket: Socket) => void;
}

const HEAD_END = '\r\n\r\n';

/** Turns to start a process, which takes the machine: on a busy one, many that start keep each other from their servers. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Waits for a turn. @returns what ends it, once */
  async next(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}

const turns = new Turns(2);

/** Servers of an attack. The first connection to any of them ends its turn: from then on it mostly waits. */
class AttackedServers extends LocalServers {
  constructor(readonly endTurn: () => void) {
    super();
  }

  override listen(server: NetServer): Promise<string> {
    server.once('connection', this.endTurn);
    return super.listen(server);
  }
}

/** One for all servers of a test file: to make one takes longer than to serve with it. */
let identityHere: Promise<Identity> | undefined;

/** Runs an attack with a hostile server of its own. */
export async function withHostileServer(
  onRequest: OnRequest,
  attack: (server: HostileServer) => Promise<void>,
  options: HostileOptions = {},
): Promise<void> {
  const servers = new AttackedServers(await turns.next());
  const identity = await (identityHere ??= identityFor('127.0.0.1'));
  const heads: string[] = [];
  const server = createServer({ ...identity, ...options.tls }, (socket) => {
    servers.keep(socket);
    options.onConnection?.(socket);
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      for (let end = received.indexOf(HEAD_END); end !== -1; end = received.indexOf(HEAD_END)) {
        const head = received.slice(0, end);
        received = received.slice(end + HEAD_END.length);
        onRequest(socket, head, heads.push(head));
      }
    });
  });
  server.on('connection', (socket: Socket) => {
    servers.keep(socket);
  });
  try {
    await attack({ domain: await servers.listen(server), caCertificate: identity.cert, heads, servers });
  } finally {
    servers.endTurn();
    await servers.close();
  }
}

/** The settings for a hostile server. */
export function hostileConfig({ domain, caCertificate }: HostileServer, settings: JsonObject = {}): JsonObject {
  return { tenant_domain: domain, api_key: API_KEY, ca_certificate: caCertificate, ...settings };
}

/** The files of a read from a hostile server, of entries since the end of February 2026. */
export const hostileRead = (server: HostileServer) => ({
  config: hostileConfig(server, { backfill_start_time: '2026-02-28T00:00:00Z' }),
  catalog: catalogOf(),
});

/** A server that answers each request with these bytes, and hangs up where it is asked to. */
export function answering(answer: string | Buffer, { hangsUp = true } = {}): OnRequest {
  return (socket) => {
    if (hangsUp) socket.end(answer);
    else socket.write(answer);
  };
}

/** An answer with a body, in whole. */
export function answerOf(body: string | Buffer, headers: readonly string[] = [], status = '200 OK'): Buffer {
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status}`, 'Content-Type: application/json', `Content-Length: ${bytes.length}`, ...headers];
  return Buffer.concat([Buffer.from(lines.join('\r\n') + HEAD_END), bytes]);
}

/** An answer with an empty page. */
export const EMPTY_PAGE = answerOf('{"audit_logs":[]}');
