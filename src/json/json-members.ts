import { BACKSLASH, COMMA, NON_ASCII, OBJECT_START, QUOTE, type JsonScanner } from './json-scanner';

/** A member's name, ready to be compared with bytes. Names that are looked up are ASCII and have no escapes. */
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
  /** For each of the keys the offset of its value, of the last one where a key comes twice; -1 where there is none. */
  readonly found: Int32Array;
  /** The same keys within the value of `container`. */
  readonly nested: MemberLookup | undefined;

  /** @param keys undefined for one in no object @param container key of an object that is searched in the same pass */
  constructor(
    readonly keys: readonly (JsonKey | undefined)[],
    readonly container?: JsonKey,
  ) {
    this.found = new Int32Array(keys.length).fill(-1);
    this.nested = container === undefined ? undefined : new MemberLookup(keys);
  }

  /** Forgets what was found. */
  clear(): void {
    // For so few numbers TypedArray.fill is slower.
    for (let index = 0; index < this.found.length; index += 1) this.found[index] = -1;
    this.nested?.clear();
  }
}

/** Looks up members of a valid object whose opening brace is at `at`. @returns the end of the object */
export function findMembers(scanner: JsonScanner, at: number, lookup: MemberLookup): number {
  const { bytes } = scanner;
  const { keys, found, container, nested } = lookup;
  lookup.clear();
  at = scanner.blankEnd(at + 1);
  while (bytes[at] === QUOTE) {
    const end = scanner.stringEnd(at);
    const value = scanner.afterColon(end);
    if (container !== undefined && nested !== undefined && isKey(scanner, at, end, container)) {
      nested.clear();
      at = bytes[value] === OBJECT_START ? findMembers(scanner, value, nested) : scanner.valueEnd(value);
    } else {
      for (let place = 0; place < keys.length; place += 1) {
        const key = keys[place];
        if (key === undefined || !isKey(scanner, at, end, key)) continue;
        found[place] = value;
        break;
      }
      at = scanner.valueEnd(value);
    }
    if (bytes[at] !== COMMA) at = scanner.blankEnd(at);
    if (bytes[at] === COMMA) at = scanner.blankEnd(at + 1);
  }
  return at + 1;
}

/** Whether a value that begins at `at` is a number. */
export function isNumberAt(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at] ?? 0;
  return byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
}

/** The value of valid JSON text. */
export const decode = (bytes: Buffer, start: number, end: number): unknown =>
  JSON.parse(bytes.toString('utf8', start, end));

/** The text of a JSON string; undefined for any other value. */
export function textAt(bytes: Buffer, start: number, end: number): string | undefined {
  if (bytes[start] !== QUOTE) return undefined;
  for (let at = start + 1; at < end - 1; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH || byte >= NON_ASCII) return String(decode(bytes, start, end));
  }
  return bytes.toString('latin1', start + 1, end - 1);
}
