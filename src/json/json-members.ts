import type { JsonScanner } from './json-scanner';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACE = 0x7b;

/** A member's name, ready to be compared with bytes. Names that are asked for are ASCII and have no escapes. */
export interface JsonKey {
  readonly text: string;
  /** With its quotes. */
  readonly bytes: Uint8Array;
}

/** The key of that name. */
export const jsonKey = (text: string): JsonKey => ({ text, bytes: Buffer.from(JSON.stringify(text)) });

/** Whether the member's name that begins with the quote at `start` is `key`, however it is escaped. */
export function isKey(scanner: JsonScanner, start: number, end: number, key: JsonKey): boolean {
  if (scanner.lastEscape > start && scanner.lastEscape < end) return decode(scanner.bytes, start, end) === key.text;
  const { bytes } = key;
  if (end - start !== bytes.length) return false;
  for (let index = 1; index < bytes.length; index += 1) {
    if (scanner.bytes[start + index] !== bytes[index]) return false;
  }
  return true;
}

/** Members of an object to look up, and what was found: used again for each object, so that none is made. */
export class MemberLookup {
  /**
   * For each of the keys the offset of its value, of the last one where a key comes twice; -1 where there is none, also
   * behind the last key.
   */
  readonly found: Int32Array;

  /** @param nested looked up in the first key's value in the same pass, if that is an object */
  constructor(
    readonly keys: readonly JsonKey[],
    readonly nested?: MemberLookup,
  ) {
    this.found = new Int32Array(keys.length + 1).fill(-1);
  }

  /** Forgets what was found. */
  clear(): void {
    // For so few numbers TypedArray.fill is slower.
    for (let index = 0; index < this.found.length; index += 1) this.found[index] = -1;
    this.nested?.clear();
  }
}

/**
 * Looks up members of an object that was found to be valid.
 * @param at the offset of the object's opening brace
 * @returns the end of the object
 */
export function findMembers(scanner: JsonScanner, at: number, lookup: MemberLookup): number {
  const { bytes } = scanner;
  const { keys, found, nested } = lookup;
  lookup.clear();
  at = scanner.blankEnd(at + 1);
  while (bytes[at] === QUOTE) {
    const end = scanner.stringEnd(at);
    const value = scanner.afterColon(end);
    let place = 0;
    for (const key of keys) {
      if (isKey(scanner, at, end, key)) break;
      place += 1;
    }
    if (place < keys.length) found[place] = value;
    if (place === 0 && nested !== undefined && bytes[value] === OPENING_BRACE) at = findMembers(scanner, value, nested);
    else {
      if (place === 0) nested?.clear();
      at = scanner.valueEnd(value);
    }
    if (bytes[at] !== COMMA) at = scanner.blankEnd(at);
    if (bytes[at] === COMMA) at = scanner.blankEnd(at + 1);
  }
  return at + 1;
}

/** Whether a value that begins at `at` is an object. */
export const isObjectAt = (bytes: Uint8Array, at: number): boolean => at >= 0 && bytes[at] === OPENING_BRACE;

/** Whether a value that begins at `at` is a number. */
export function isNumberAt(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at] ?? 0;
  return byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
}

/** The value of valid JSON text. */
export function decode(bytes: Uint8Array, start: number, end: number): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'));
}
