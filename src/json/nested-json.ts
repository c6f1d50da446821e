import { JsonScanner } from './json-scanner';
import type { ByteWriter } from './byte-writer';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
/** White space between tokens that a string can't hold as it is. */
const ESCAPED_BLANKS = new Map([
  [0x09, 0x74],
  [0x0a, 0x6e],
  [0x0d, 0x72],
]);

/**
 * Levels of arrays and objects that a column may have. Common JSON readers refuse to go deeper than about 1000 (Jackson,
 * which the platform uses; Python's json), and one such line would end the whole sync.
 */
export const MAX_LEVELS = 800;

/** Whether the value at `at`, valid JSON, is nested more than `levels` deep. A scalar has no level. */
export function isDeeper(body: Buffer, at: number, levels: number): boolean {
  const scanner = new JsonScanner(body);
  scanner.valueEnd(at);
  return scanner.deepest > levels;
}

/** Writes a value, valid JSON, in which what lies below `levels` levels is replaced by a string of its JSON text. */
export function writeCut(out: ByteWriter, body: Buffer, start: number, levels: number): void {
  const scanner = new JsonScanner(body);
  const end = scanner.valueEnd(start);
  // Each byte of what becomes a string may need a backslash.
  out.reserve(2 * (end - start) + 2);
  let depth = 0;
  for (let at = start; at < end;) {
    const byte = body[at] ?? 0;
    const isOpening = byte === OPENING_BRACE || byte === OPENING_BRACKET;
    let next = at + 1;
    if (byte === QUOTE) next = scanner.stringEnd(at);
    else if (isOpening && depth === levels) next = scanner.valueEnd(at);
    else if (isOpening) depth += 1;
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth -= 1;
    if (isOpening && next > at + 1) writeAsString(out, body, at, next);
    else for (let copied = at; copied < next; copied += 1) out.byte(body[copied] ?? 0);
    at = next;
  }
}

function writeAsString(out: ByteWriter, body: Buffer, start: number, end: number): void {
  out.byte(QUOTE);
  for (let at = start; at < end; at += 1) {
    const byte = body[at] ?? 0;
    const escape = byte === QUOTE || byte === BACKSLASH ? byte : ESCAPED_BLANKS.get(byte);
    if (escape !== undefined) out.byte(BACKSLASH);
    out.byte(escape ?? byte);
  }
  out.byte(QUOTE);
}
