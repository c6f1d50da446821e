import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { ByteWriter } from './byte-writer';
import { isNumberAt } from './json-members';
import { JsonScanner, MAX_KEY_BYTES } from './json-scanner';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const NON_ASCII = 0x80;

const LINE_BREAKS = ['\n', '\r', '\u0085', '\u2028', '\u2029'].map((text) => Buffer.from(text));
const ASCII_LINE_BREAKS = LINE_BREAKS.slice(0, 2);
const LINE_SEPARATORS = /[\u0085\u2028\u2029]/g;
/** Each escape of a JSON string, a pair of surrogates as one; what is half a pair alone is captured. */
const ESCAPES = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)/g;
/** How many times as long a text becomes at most: U+0085, two bytes, is written as six; a long key gets a hash, too. */
export const MOST_GROWTH = 4;

/**
 * Writes JSON text as one line that common readers take. Line breaks between tokens become blanks, line separators
 * their escapes. What a reader may refuse (see {@link JsonScanner.isPortable}) is replaced: a number, or what lies
 * below the last level, by a string of its JSON text; half a surrogate pair by U+FFFD; and a member whose key is too
 * long by one with a hash as its key and, as its value, a string of the JSON text `{"key":value}`.
 * @param out has room for {@link MOST_GROWTH} times the text
 * @param start where a value begins, or the name of a member; all of it is valid
 * @param levels of arrays and objects that the value may have
 * @returns whether something was replaced
 */
export function writePortable(out: ByteWriter, body: Buffer, start: number, end: number, levels: number): boolean {
  const scanner = new JsonScanner(body);
  let depth = 0;
  let hasReplaced = false;
  for (let at = start; at < end;) {
    const byte = body[at] ?? 0;
    let next = at + 1;
    if (byte === QUOTE) {
      next = longMemberEnd(scanner, at);
      if (next === -1) {
        next = scanner.stringEnd(at);
        if (scanner.lastEscape < at && isAsciiAt(body, at, next)) out.copy(scanner, at, next);
        else hasReplaced = writeString(out, body.toString('utf8', at, next)) || hasReplaced;
      } else {
        writeLongMember(out, body, at, scanner.stringEnd(at), next);
        hasReplaced = true;
      }
    } else if (isOpening(byte) && depth === levels) {
      next = scanner.valueEnd(at);
      writeAsString(out, body.toString('utf8', at, next));
      hasReplaced = true;
    } else if (isNumberAt(body, at)) {
      next = scanner.valueEnd(at);
      const isPortable = isPortableNumber(scanner, at);
      if (isPortable) out.copy(scanner, at, next);
      else writeAsString(out, body.toString('utf8', at, next));
      hasReplaced ||= !isPortable;
    } else {
      if (isOpening(byte)) depth += 1;
      else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth -= 1;
      out.byte(byte === LINE_FEED || byte === CARRIAGE_RETURN ? BLANK : byte);
    }
    at = next;
  }
  return hasReplaced;
}

const isOpening = (byte: number): boolean => byte === OPENING_BRACE || byte === OPENING_BRACKET;

function isPortableNumber(scanner: JsonScanner, at: number): boolean {
  scanner.isPortable = true;
  scanner.valueEnd(at);
  return scanner.isPortable;
}

/** For short texts, `isAscii` costs more than the loop. */
function isAsciiAt(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) >= NON_ASCII) return false;
  return true;
}

/** The end of the member whose name, too long, begins at `at`; -1 for any other string. */
function longMemberEnd(scanner: JsonScanner, at: number): number {
  const end = scanner.stringEnd(at);
  if (end - at - 2 <= MAX_KEY_BYTES || scanner.bytes[scanner.blankEnd(end)] !== COLON) return -1;
  return scanner.valueEnd(scanner.afterColon(end));
}

function writeLongMember(out: ByteWriter, body: Buffer, start: number, nameEnd: number, end: number): void {
  const hash = createHash('sha256').update(body.subarray(start, nameEnd)).digest('hex').slice(0, 32);
  out.text(`"long_key_${hash}":`);
  writeAsString(out, `{${body.toString('utf8', start, end)}}`);
}

/** Writes a JSON string. @returns whether it had half a surrogate pair */
function writeString(out: ByteWriter, json: string): boolean {
  let hasReplaced = false;
  const portable = inOneLine(json).replace(ESCAPES, (escape, half?: string) => {
    if (half === undefined) return escape;
    hasReplaced = true;
    return '\ufffd';
  });
  out.text(portable);
  return hasReplaced;
}

/** Writes JSON text as a JSON string. */
function writeAsString(out: ByteWriter, json: string): void {
  out.text(inOneLine(JSON.stringify(json)));
}

/** A JSON string with escapes in place of its line separators. */
const inOneLine = (json: string): string =>
  json.replace(LINE_SEPARATORS, (separator) => `\\u${separator.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Finds the rows whose text is no single line. JSON allows line breaks between tokens, and in strings the separators
 * U+0085, U+2028 and U+2029.
 * @param rowStarts the offsets of `rows` rows, ascending, and anything after them
 * @returns 1 for such a row, else 0; undefined where there is none at all, which is the usual case
 */
export function rowsOfSeveralLines(body: Buffer, rowStarts: Uint32Array, rows: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const separator of isAscii(body) ? ASCII_LINE_BREAKS : LINE_BREAKS) {
    for (let at = body.indexOf(separator); at !== -1;) {
      const next = rowAfter(rowStarts, rows, at);
      if (next > 0) {
        found ??= new Uint8Array(rows);
        found[next - 1] = 1;
      }
      // One is enough to know of in a row; the last one goes on to the end, whatever comes after it.
      at = body.indexOf(separator, next < rows ? rowStarts[next] : body.length);
    }
  }
  return found;
}

/** The first row that begins after `at`. */
function rowAfter(rowStarts: Uint32Array, rows: number, at: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rowStarts[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
