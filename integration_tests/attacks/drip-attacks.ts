import { createGzip } from 'node:zlib';
import { checkAttack } from './answer-attacks';
import type { Attack } from './attack';
import type { OnRequest } from './hostile-server';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
/** No check waits longer than its limit for such a server. */
const TOO_SLOW = /could not be read within 15 seconds: no whole answer within \d+(\.\d+)? s\. Check Tenant Domain/;
/** Fast enough for a flood, and slow enough for others at the same time. In ms. */
const FLOOD_MS = 20;

/** Sends a beginning, and then the same piece for ever. @param everyMs how often, as long as it is taken */
function forEver(beginning: string, piece: string, everyMs: number): OnRequest {
  return (socket) => {
    socket.write(beginning);
    const timer = setInterval(() => {
      if (!socket.writableNeedDrain) socket.write(piece);
    }, everyMs);
    socket.on('close', () => {
      clearInterval(timer);
    });
  };
}

const forSlow: readonly (readonly [string, OnRequest])[] = [
  ['a status line, a byte a second', forEver('HTTP/1.1 200 ', 'O', 1000)],
  ['a head that never ends, a byte a second', forEver(`${HEAD}X-Slow: `, 'x', 1000)],
  ['a header a second', forEver(HEAD, 'X: y\r\n', 1000)],
  ['a body, a byte a second', forEver(`${HEAD}Content-Length: 1000\r\n\r\n`, ' ', 1000)],
  ['a body without a length, a byte a second', forEver(`${HEAD}\r\n`, ' ', 1000)],
  ['a chunk a second', forEver(CHUNKED, '1\r\n \r\n', 1000)],
  ['an interim answer a second', forEver('', 'HTTP/1.1 100 Continue\r\n\r\n', 1000)],
  [
    'an interim answer after the other, without a pause',
    forEver('', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(500), FLOOD_MS),
  ],
  ['empty pieces of gzip, one a second', gzipWithoutEnd()],
  ['nothing at all', () => undefined],
];

const withoutEnd: readonly (readonly [string, OnRequest, RegExp])[] = [
  ['one header without an end', forEver(`${HEAD}X: `, 'x'.repeat(10_000), FLOOD_MS), /HPE_HEADER_OVERFLOW/],
  ['headers without an end', forEver(HEAD, 'X: yyyyyyyyyyyyyyyy\r\n'.repeat(500), FLOOD_MS), /HPE_HEADER_OVERFLOW/],
  ['a status line without an end', forEver('HTTP/1.1 200 ', 'x'.repeat(10_000), FLOOD_MS), /could not be read within/],
  ['a trailer without an end', forEver(`${CHUNKED}0\r\nX: `, 'x'.repeat(10_000), FLOOD_MS), /could not be read within/],
  ['a body without an end', forEver(`${HEAD}\r\n`, ' '.repeat(65_536), FLOOD_MS), /could not be read within/],
  [
    'chunks without an end',
    forEver(CHUNKED, `ffff\r\n${' '.repeat(65_535)}\r\n`, FLOOD_MS),
    /could not be read within/,
  ],
];

/** Answers that take for ever, and those that never end. */
export const dripAttacks: readonly Attack[] = [
  ...forSlow.map(([name, onRequest]) => checkAttack(name, onRequest, TOO_SLOW)),
  ...withoutEnd.map(([name, onRequest, message]) => checkAttack(name, onRequest, message)),
];

function gzipWithoutEnd(): OnRequest {
  return (socket) => {
    socket.write(`${HEAD}Content-Encoding: gzip\r\n\r\n`);
    const gzip = createGzip();
    gzip.on('data', (bytes: Buffer) => socket.write(bytes));
    const timer = setInterval(() => {
      gzip.write(' ');
      gzip.flush();
    }, 1000);
    socket.on('close', () => {
      clearInterval(timer);
      gzip.destroy();
    });
  };
}
