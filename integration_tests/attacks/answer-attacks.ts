import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import type { Attack } from './attack';
import { answering, answerOf, hostileConfig, withHostileServer, type OnRequest } from './hostile-server';
import { failedCheck } from './provoke';

const CHUNKED = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const gzip = (body: string | Buffer, encoding = 'gzip'): Buffer => answerOf(body, [`Content-Encoding: ${encoding}`]);

/** An attack on check by one kind of answer. */
export function checkAttack(name: string, onRequest: OnRequest, message: RegExp): Attack {
  return {
    name,
    run: () =>
      withHostileServer(onRequest, async (server) => {
        expect((await failedCheck({ config: hostileConfig(server) })).said).toMatch(message);
      }),
  };
}

const UNREAD = /^Tines at .* could not be read within 15 seconds: .*Check Tenant Domain/;
const NOT_A_PAGE = /JSON(?:, but| that is) not a page of audit logs/;
const ODD_STATUS = /unexpected status \d+\. Check Tenant Domain/;

const malformed: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['a chunk whose size is no number', `${CHUNKED}zz\r\n{}\r\n0\r\n\r\n`, UNREAD],
  ['a chunk of more bytes than can be counted', `${CHUNKED}${'f'.repeat(20)}\r\n{}\r\n0\r\n\r\n`, UNREAD],
  ['a chunk that is longer than it says', `${CHUNKED}1\r\n{"audit_logs":[]}\r\n0\r\n\r\n`, UNREAD],
  ['chunks without an end', `${CHUNKED}11\r\n{"audit_logs":[]}\r\n`, UNREAD],
  ['a long extension of a chunk', `${CHUNKED}11;${'x'.repeat(200_000)}\r\n`, UNREAD],
  ['a length that is longer than the body', `${PLAIN}Content-Length: 99\r\n\r\n{"audit_logs":[]}`, UNREAD],
  ['a length that cuts the body', `${PLAIN}Content-Length: 10\r\n\r\n{"audit_logs":[]}`, UNREAD],
  ['a negative length', `${PLAIN}Content-Length: -1\r\n\r\n{"audit_logs":[]}`, UNREAD],
  ['a length that is no number', `${PLAIN}Content-Length: 1e3\r\n\r\n{"audit_logs":[]}`, UNREAD],
  ['two lengths', `${PLAIN}Content-Length: 17\r\nContent-Length: 3\r\n\r\n{"audit_logs":[]}`, UNREAD],
  ['a length and chunks', `${CHUNKED.slice(0, -2)}Content-Length: 17\r\n\r\n0\r\n\r\n`, UNREAD],
  ['a body without a head, as HTTP/0.9', '{"audit_logs":[]}', UNREAD],
  ['another protocol', 'ICY 200 OK\r\n\r\n{"audit_logs":[]}', UNREAD],
  ['a version that there is not', 'HTTP/9.9 200 OK\r\nContent-Length: 17\r\n\r\n{"audit_logs":[]}', UNREAD],
  ['a status of five digits', 'HTTP/1.1 20000 OK\r\n\r\n', UNREAD],
  ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n', UNREAD],
  ['a header with a line break in its name', `${PLAIN}X\r: y\r\n\r\n{}`, UNREAD],
  ['a header without a colon', `${PLAIN}nothing\r\n\r\n{}`, UNREAD],
  ['a NUL in a header', `${PLAIN}X: \0\r\n\r\n{}`, UNREAD],
  ['another protocol to switch to', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n{}', UNREAD],
  ['a whole answer that is only an interim one', 'HTTP/1.1 103 Early Hints\r\n\r\n', UNREAD],
  ['nothing', '', UNREAD],
];

const bodies: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['gzip that is none', gzip('{"audit_logs":[]}'), UNREAD],
  ['gzip that is cut off', gzip(gzipSync('{"audit_logs":[]}').subarray(0, 25)), UNREAD],
  ['gzip of gzip', gzip(gzipSync(gzipSync('{"audit_logs":[]}'))), UNREAD],
  ['an encoding that was not asked for', gzip(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), 'zstd'), UNREAD],
  ['two encodings', gzip(gzipSync(gzipSync('{}')), 'gzip, gzip'), UNREAD],
  ['Brotli, which was not asked for', gzip(brotliCompressSync('{"audit_logs":[]}'), 'br'), UNREAD],
  ['UTF-16', answerOf(Buffer.from('\uFEFF{"audit_logs":[]}', 'utf16le')), UNREAD],
  ['NULs', answerOf(Buffer.alloc(1000)), UNREAD],
  ['a web page', answerOf('<!DOCTYPE html><html></html>'), UNREAD],
  ['JSON that is cut off', answerOf('{"audit_logs":[{"id":1'), UNREAD],
  ['JSON with more behind it', answerOf('{"audit_logs":[]}{"audit_logs":[]}'), UNREAD],
  ['null', answerOf('null'), NOT_A_PAGE],
  ['a list', answerOf('[{"id":1}]'), NOT_A_PAGE],
  ['rows that are no list', answerOf('{"audit_logs":{"id":1}}'), NOT_A_PAGE],
  ['an object whose prototype is given', answerOf('{"__proto__":{"audit_logs":[]}}'), NOT_A_PAGE],
];

const statuses: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ...['201 Created', '402 Pay', '410 Gone'].map(
    (status) => [`the status ${status}`, answerOf('{"audit_logs":[]}', [], status), ODD_STATUS] as const,
  ),
  ['the status 204', 'HTTP/1.1 204 No Content\r\n\r\n', ODD_STATUS],
  ['the status 304', 'HTTP/1.1 304 Not Modified\r\n\r\n', /redirects \(304\)/],
  ['the status 999', answerOf('', [], '999 x'), UNREAD],
  ...['0'.repeat(400) + '99999', '9'.repeat(400), '99999999999999999999'].map(
    (wait) =>
      [
        `429 with a wait of ${wait.length} digits`,
        answerOf('', [`Retry-After: ${wait}`], '429 Too Many'),
        /asks to wait (28 hours|more than a year) before/,
      ] as const,
  ),
  [
    '503 until the year 9999',
    answerOf('', ['Retry-After: Fri, 31 Dec 9999 23:59:59 GMT'], '503 x'),
    /asks to wait (28 hours|more than a year) before/,
  ],
];

/** Answers that are no HTTP, no JSON, no page or no success. */
export const answerAttacks: readonly Attack[] = [...malformed, ...bodies, ...statuses].map(([name, answer, message]) =>
  checkAttack(name, answering(answer), message),
);
