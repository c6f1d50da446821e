import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { answerOf } from './hostile-server';

/** One MiB in bytes. */
export const MIB = 1024 * 1024;

/** A page of so many bytes of one piece, again and again, between a beginning and an end. */
export function filled(beginning: string, piece: string, end: string, bytes: number): Buffer {
  const [first, last] = [Buffer.from(beginning, 'latin1'), Buffer.from(end, 'latin1')];
  const room = bytes - first.length - last.length;
  const middle = Buffer.alloc(room - (room % piece.length), piece, 'latin1');
  return Buffer.concat([first, middle, last]);
}

/** An answer with a body that is compressed to next to nothing. */
export const gzipped = (body: Buffer, status?: string): Buffer =>
  answerOf(gzipSync(body, { level: 1 }), ['Content-Encoding: gzip'], status);

/** Nothing but zeros, in gzip, which is understood, and in encodings that are not. */
export const zerosIn = {
  gzip: (bytes: number) => gzipped(Buffer.alloc(bytes)),
  deflate: (bytes: number) => answerOf(deflateSync(Buffer.alloc(bytes), { level: 1 }), ['Content-Encoding: deflate']),
  br: (bytes: number) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };
    return answerOf(brotliCompressSync(Buffer.alloc(bytes), { params }), ['Content-Encoding: br']);
  },
};

const ROW =
  '{"id":1,"created_at":"2026-03-01T12:00:00Z","timestamp":"2026-03-01T12:00:00Z","operation_name":"x","inputs":';

/** Bodies by what they are too much of. */
export const bombOf = {
  rows: (bytes: number) => filled('{"audit_logs":[{}', ',{}', ']}', bytes),
  emptyLists: (bytes: number) => filled(`{"audit_logs":[${ROW}[[]`, ',[]', ']}]}', bytes),
  fields: (bytes: number) => filled(`{"audit_logs":[${ROW}0`, ',"a":1', '}]}', bytes),
  knownFields: (bytes: number) => filled(`{"audit_logs":[${ROW}0`, ',"id":1', '}]}', bytes),
  depth: (bytes: number) => {
    const levels = Math.floor((bytes - ROW.length) / 2) - 20;
    return Buffer.from(`{"audit_logs":[${ROW}${'['.repeat(levels)}${']'.repeat(levels)}}]}`);
  },
  openDepth: (bytes: number) => filled('{"audit_logs":[', '[', '', bytes),
  text: (bytes: number) => filled(`{"audit_logs":[${ROW}"`, 'x', '"}]}', bytes),
  escapes: (bytes: number) => filled(`{"audit_logs":[${ROW}"`, '\\u0001', '"}]}', bytes),
  separators: (bytes: number) => filled(`{"audit_logs":[${ROW}"`, '\xe2\x80\xa8', '"}]}', bytes),
  invalidText: (bytes: number) => filled(`{"audit_logs":[${ROW}"`, '\xff', '"}]}', bytes),
  blanks: (bytes: number) => filled('{"audit_logs":[', ' ', ']}', bytes),
  id: (bytes: number) => filled('{"audit_logs":[{"created_at":"2026-03-01T12:00:00Z","id":"', 'x', '"}]}', bytes),
  escapedId: (bytes: number) =>
    filled('{"audit_logs":[{"created_at":"2026-03-01T12:00:00Z","id":"', '\\n', '"}]}', bytes),
  digits: (bytes: number) => filled('{"audit_logs":[{"created_at":"2026-03-01T12:00:00Z","id":1', '0', '}]}', bytes),
  time: (bytes: number) => filled('{"audit_logs":[{"id":1,"created_at":"', '\\u0030', '"}]}', bytes),
  meta: (bytes: number) => filled('{"audit_logs":[],"meta":{"count":1', ',"a":[]', '}}', bytes),
  members: (bytes: number) => filled('{"a":[[]', ',[]', ']}', bytes),
} as const satisfies Readonly<Record<string, (bytes: number) => Buffer>>;
