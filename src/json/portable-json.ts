import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { escapeLineSeparators, LINE_SEPARATORS } from '@airbyte/cdk-typescript-compat';
import type { ByteWriter } from './byte-writer';
import { isNumberAt } from './json-members';
import {
  ARRAY_END,
  ARRAY_START,
  BLANK,
  CARRIAGE_RETURN,
  COLON,
  JsonScanner,
  LINE_FEED,
  MAX_KEY_BYTES,
  NON_ASCII,
  OBJECT_END,
  OBJECT_START,
  QUOTE,
} from './json-scanner';

const LINE_BREAKS = ['\n', '\r', ...LINE_SEPARATORS].map((text) => Buffer.from(text));
const ASCII_LINE_BREAKS = LINE_BREAKS.slice(0, 2);
/** Each escape of a JSON string, a pair of surrogates as one; what is half a pair alone is captured. */
const ESCAPES = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)/g;
/** How many times as long a text becomes at most: U+0085, two bytes, is written as six; a long key gets a hash, too. */
export const MOST_GROWTH = 4;

/**
 * Writes JSON text as one line that common readers take. Line breaks between tokens become blanks, separators their
 * escapes. What a reader may refuse (see {@link JsonScanner.isPortable}) is replaced: a number, or what lies below the
 * last level, by a string of its JSON text; half a surrogate pair by U+FFFD; and a member whose key is too long by one
 * with a hash as its key and, as its value, a string of the JSON text `{"key":value}`.
 * @param out has room for {@link MOST_GROWTH} times the text
 * @param start where a value begins, or the name of a member; all of it is valid
 * @param levels of arrays and objects that the value may have @returns whether something was replaced
 */
export function writePortable(out: ByteWriter, body: Buffer, start: number, end: number, levels: number): boolean {
  const scanner = new JsonScanner(body);
  let depth = 0;
  let hasReplaced = false;
  for (let at = start; at < end;) {
    const byte = body[at] ?? 0;
    let next = at + 1;
    if (byte === QUOTE) {
      next = scanner.stringEnd(at);
      if (next - at - 2 > MAX_KEY_BYTES && body[scanner.blankEnd(next)] === COLON) {
        next = writeLongMember(out, scanner, at, next);
        hasReplaced = true;
      } else if (scanner.lastEscape < at && isAsciiAt(body, at, next)) out.copy(scanner, at, next);
      else hasReplaced = writeString(out, body.toString('utf8', at, next)) || hasReplaced;
    } else if (isNumberAt(body, at) || (isOpening(byte) && depth === levels)) {
      scanner.isPortable = !isOpening(byte);
      next = scanner.valueEnd(at);
      if (scanner.isPortable) out.copy(scanner, at, next);
      else writeAsString(out, body.toString('utf8', at, next));
      hasReplaced ||= !scanner.isPortable;
    } else {
      if (isOpening(byte)) depth += 1;
      else if (byte === OBJECT_END || byte === ARRAY_END) depth -= 1;
      out.byte(byte === LINE_FEED || byte === CARRIAGE_RETURN ? BLANK : byte);
    }
    at = next;
  }
  return hasReplaced;
}

const isOpening = (byte: number): boolean => byte === OBJECT_START || byte === ARRAY_START;

/** For short texts, `isAscii` costs more than the loop. */
function isAsciiAt(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) >= NON_ASCII) return false;
  return true;
}

/** Writes a member whose name is too long. @returns the end of its value */
function writeLongMember(out: ByteWriter, scanner: JsonScanner, start: number, nameEnd: number): number {
  const { bytes } = scanner;
  const end = scanner.valueEnd(scanner.afterColon(nameEnd));
  const hash = createHash('sha256').update(bytes.subarray(start, nameEnd)).digest('hex').slice(0, 32);
  out.text(`"long_key_${hash}":`);
  writeAsString(out, `{${bytes.toString('utf8', start, end)}}`);
  return end;
}

/** Writes a JSON string. @returns whether it had half a surrogate pair */
function writeString(out: ByteWriter, json: string): boolean {
  let hasReplaced = false;
  const portable = escapeLineSeparators(json).replace(ESCAPES, (escape, half?: string) => {
    if (half === undefined) return escape;
    hasReplaced = true;
    return '\ufffd';
  });
  out.text(portable);
  return hasReplaced;
}

/** Writes JSON text as a JSON string. */
function writeAsString(out: ByteWriter, json: string): void {
  out.text(escapeLineSeparators(JSON.stringify(json)));
}

/** Whether JSON text is one line: breaks may lie between tokens, and in strings U+0085, U+2028 and U+2029. */
export function isOneLine(json: Buffer): boolean {
  return !(isAscii(json) ? ASCII_LINE_BREAKS : LINE_BREAKS).some((each) => json.includes(each));
}
