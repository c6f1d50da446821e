import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { expect } from '@jest/globals';
import { identityFor, type LocalServers } from '../../cdk/testing/local-servers';
import { API_KEY } from '../tenant';
import type { Attack } from './attack';
import {
  answering,
  answerOf,
  EMPTY_PAGE,
  hostileConfig,
  hostileRead,
  withHostileServer,
  type HostileServer,
} from './hostile-server';
import { failedCheck, failedRead } from './provoke';
import { SecretSearch } from './secret-search';

const PASSWORD = 'its-pass+word/Q7z';
const BASIC = Buffer.from(`operator:${PASSWORD}`).toString('base64');
/** What is in the output of no run behind a proxy. */
const secrets = [API_KEY, PASSWORD, BASIC];

/** What a hostile proxy does when the head of a CONNECT has arrived. */
type OnConnect = (socket: Socket, head: string) => void;

/** A hostile proxy, and all that it was ever sent. */
interface HostileProxy {
  readonly env: Readonly<Record<string, string>>;
  readonly received: () => string;
}

async function hostileProxy(servers: LocalServers, onConnect: OnConnect, scheme = 'http'): Promise<HostileProxy> {
  let all = '';
  const onSocket = (socket: Socket): void => {
    servers.keep(socket);
    let head = '';
    const listener = (bytes: Buffer): void => {
      all += bytes.toString('latin1');
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const [whole] = head.split('\r\n\r\n');
      head = '\r\n\r\n';
      socket.off('data', listener).on('data', (more: Buffer) => {
        all += more.toString('latin1');
      });
      onConnect(socket, whole ?? '');
    };
    socket.on('data', listener);
  };
  const identity = scheme === 'https' ? await identityFor('127.0.0.1') : undefined;
  const proxy = identity === undefined ? createTcpServer(onSocket) : createTlsServer(identity, onSocket);
  const address = await servers.listen(proxy);
  const url = `${scheme}://operator:${encodeURIComponent(PASSWORD)}@${address}`;
  return { env: { HTTPS_PROXY: url, DEBUG: '*' }, received: () => all };
}

/** What comes of it: the server was sent nothing, the proxy never the key. */
async function behindProxy(
  onConnect: OnConnect,
  attack: (server: HostileServer, proxy: HostileProxy) => Promise<void>,
  scheme?: string,
): Promise<void> {
  await withHostileServer(answering(EMPTY_PAGE), async (server) => {
    const proxy = await hostileProxy(server.servers, onConnect, scheme);
    await attack(server, proxy);
    expect(server.heads).toEqual([]);
    expect(new SecretSearch([API_KEY]).findIn(proxy.received())).toBeUndefined();
  });
}

const failing = (name: string, onConnect: OnConnect, message: RegExp, scheme?: string): Attack => ({
  name,
  run: () =>
    behindProxy(
      onConnect,
      async (server, { env }) => {
        const failed = await failedCheck({ config: hostileConfig(server), env, secrets });
        expect(failed.said).toMatch(message);
        expect(failed.message).not.toMatch(/API key/i);
      },
      scheme,
    ),
});

const says =
  (answer: string): OnConnect =>
  (socket) =>
    socket.end(answer);

const ROW = '{"id":1,"created_at":"2026-03-01T12:00:00Z","timestamp":"2026-03-01T12:00:00Z"}';
const FORGED = answerOf(`{"audit_logs":[${ROW}]}`).toString();
const OPENED = 'HTTP/1.1 200 Connection established\r\n\r\n';

const forgeries: readonly (readonly [string, OnConnect])[] = [
  ['103, then 200 with a forged page', says(`HTTP/1.1 103 Early Hints\r\n\r\n${FORGED}`)],
  ['100, then 200 with a forged page', says(`HTTP/1.1 100 Continue\r\n\r\n${FORGED}`)],
  ['200 with a forged page at once', says(FORGED)],
  ['200, and a forged page in the same packet', says(`${OPENED}${FORGED}`)],
  [
    '200, and a forged page when the client speaks',
    (socket) => {
      socket.write(OPENED);
      socket.once('data', () => socket.end(FORGED));
    },
  ],
  ['200 in chunks, with a forged page in them', says(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${FORGED}`)],
  ['204 with a forged page', says(`HTTP/1.1 204 No Content\r\n\r\n${FORGED}`)],
  ['a forged page as HTTP/0.9', says(`{"audit_logs":[${ROW}]}`)],
  ['a server of its own, with a certificate of its own', impostor()],
];

/** A forged record would be delivered by a read, too; but no read ends early where only the network fails. */
const forged = forgeries.map(([name, onConnect]): Attack => ({
  name,
  run: () =>
    behindProxy(onConnect, async (server, { env }) => {
      const { message } = await failedCheck({ config: hostileConfig(server), env, secrets });
      expect(message).toMatch(/127\.0\.0\.1/);
    }),
}));

const forgedRead: Attack = {
  name: '103, then 200 with a forged page, to a read',
  run: () =>
    behindProxy(says(`HTTP/1.1 103 Early Hints\r\n\r\n${FORGED}`), async (server, { env }) => {
      const { run } = await failedRead({ ...hostileRead(server), env, secrets });
      expect(run.ids).toEqual([]);
    }),
};

const echo = [PASSWORD, encodeURIComponent(PASSWORD), BASIC, PASSWORD.toUpperCase(), `operator:${PASSWORD}`].join(' ');
const REFUSES = /^The proxy in front of/;
const FAILS = /proxy/;
const SILENT = /could not be reached within 15 seconds: the connection to the proxy failed \(ETIMEDOUT\)/;

const echoes: readonly Attack[] = [
  ...[301, 401, 403, 404, 407].map((status) =>
    failing(
      `${status} with what it got of credentials`,
      says(`HTTP/1.1 ${status} ${echo}\r\nX: ${echo}\r\nLocation: http://${echo}/\r\n\r\n${echo}`),
      REFUSES,
    ),
  ),
  failing('503 with what it got of credentials', says(`HTTP/1.1 503 ${echo}\r\nX: ${echo}\r\n\r\n${echo}`), FAILS),
  failing('credentials where no header can be', says(`HTTP/1.1 407 No\r\n${echo}\r\n\r\n${echo}`), FAILS),
  failing('credentials in place of a status line', says(`${echo}\r\n\r\n`), FAILS),
  failing('credentials in an opened tunnel', says(`${OPENED}${echo}`), FAILS),
  failing('a certificate that nobody trusts', says(OPENED), /proxy .* can't be spoken to \(/, 'https'),
];

const floods: readonly Attack[] = [
  failing('nothing', () => undefined, SILENT),
  failing('a byte a second', dripping('HTTP/1.1 200 OK\r\nX: ', 'x'), SILENT),
  failing('interim answers without an end', dripping('HTTP/1.1 102 Processing\r\n\r\n'), FAILS),
  failing('one header without an end', dripping('HTTP/1.1 200 OK\r\nX: ', 'x'.repeat(20_000)), FAILS),
  failing('a tunnel in which nothing is said', (socket) => socket.write(OPENED), /no whole answer within/),
  failing('a tunnel that is closed at once', (socket) => socket.end(OPENED), /could not be (read|reached)/),
  failing('a reset', (socket) => socket.resetAndDestroy(), FAILS),
];

/** Proxies that forge, echo, drip and hang. */
export const proxyAttacks: readonly Attack[] = [...forged, forgedRead, ...echoes, ...floods];

function dripping(first: string, piece = first): OnConnect {
  return (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(piece), 1000);
    socket.on('close', () => {
      clearInterval(timer);
    });
  };
}

/** Speaks TLS in the tunnel itself, with a certificate for the right address by an authority of its own. */
function impostor(): OnConnect {
  return (socket) => {
    socket.write(OPENED);
    void identityFor('127.0.0.1').then(({ key, cert }) => {
      const secured = new TLSSocket(socket, { isServer: true, key, cert });
      secured.on('error', () => undefined).on('data', () => secured.end(FORGED));
    });
  };
}
