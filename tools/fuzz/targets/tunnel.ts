import { ok } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { RetryableError } from '../../../cdk/http/errors';
import { openTunnel } from '../../../cdk/http/proxy';
import { tlsOptions } from '../../../cdk/http/agent';
import type { FuzzTarget } from '../engine/target';

/**
 * A head, and nothing behind it, that says 200; interim answers may come before. Node's parser takes a carriage return for
 * the end of a line, whatever comes next.
 */
const OPENS = /^[\r\n]*(?:HTTP\/\d\.\d 1\d\d[^]*?[\r\n]{2})*[\r\n]*HTTP\/\d\.\d 200[^]*[\r\n]{2}$/;

let answer: Buffer = Buffer.alloc(0);
const proxyServer = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.end(answer));
});

let url = new URL('http://127.0.0.1');

/** What a proxy answers to CONNECT: a tunnel stands only where it says 200 and nothing else. */
export const tunnel: FuzzTarget = {
  name: 'tunnel',
  maxBytes: 2048,
  tokens: [
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.0 ',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'Content-Length: ',
    'Transfer-Encoding: chunked\r\n',
    'Retry-After: ',
    'Date: ',
    'Connection: close\r\n',
    'Upgrade: x\r\n',
    '\r\n\r\n',
  ],
  async start() {
    proxyServer.listen(0, '127.0.0.1');
    await once(proxyServer, 'listening');
    const address = proxyServer.address();
    url = new URL(`http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`);
  },
  async stop() {
    proxyServer.close();
    await once(proxyServer, 'close');
  },
  async run(input) {
    answer = input;
    const proxy = { url, authorization: undefined, publicOnly: false };
    try {
      const options = { proxy, tls: tlsOptions(undefined), deadlineMs: 5000 };
      const socket = await openTunnel('acme.tines.com', 443, options);
      socket.on('error', () => undefined).destroy();
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      return;
    }
    ok(OPENS.test(input.toString('latin1')), 'a tunnel through something else than a 200');
  },
};
