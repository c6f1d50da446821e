import { MAX_LEVELS } from '@airbyte/cdk-typescript-compat';

/** Characters of JSON, as bytes. */
const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const BLANK = 0x20;
export const QUOTE = 0x22;
const PLUS = 0x2b;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const ARRAY_START = 0x5b;
export const BACKSLASH = 0x5c;
export const ARRAY_END = 0x5d;
const LETTER_D = 0x64;
export const LETTER_N = 0x6e;
const LETTER_U = 0x75;
export const OBJECT_START = 0x7b;
export const OBJECT_END = 0x7d;
export const NON_ASCII = 0x80;
/** From an opening bracket or brace to its closing one. */
const TO_CLOSING = 2;
/** Containers whose kinds fit into one number. */
const KINDS_PER_WORD = 32;
const codesOf = (characters: string): ReadonlySet<number> => new Set(Buffer.from(characters));
/** What is an escape after a backslash, without digits. */
const ESCAPES = codesOf('"\\/bfnrt');
/** The second digit of an escape that is the first, or the second, half of a character. */
const FIRST_HALF = codesOf('89abAB');
const SECOND_HALF = codesOf('cdefCDEF');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** The longest number: Jackson, the platform's reader, takes 1,000 characters, and `1e600` is written as 601 digits. */
export const MAX_NUMBER_LENGTH = 300;
/** How large an exponent may be, or how small. */
export const MAX_EXPONENT = 600;
/** The longest key, without its quotes, as it is written. Jackson takes 50,000 characters. */
export const MAX_KEY_BYTES = 10_000;

/**
 * Validator of JSON text in UTF-8 that takes what `JSON.parse` takes, nested to any depth, and makes nothing of it:
 * each method goes from the offset where something begins to the offset after it. Where the text stops being JSON it
 * returns `~offset`, which is negative; that offset is the text's length where the text was cut off.
 */
export class JsonScanner {
  readonly view: DataView;
  /** Whether common JSON readers take all that was scanned so far, in every column: it is within the limits above. */
  isPortable = true;
  /** Where the last backslash was met: a string that begins before it and was scanned last has escapes. */
  lastEscape = -1;

  constructor(readonly bytes: Buffer) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The first offset from `at` on that is no white space. */
  blankEnd(at: number): number {
    const { bytes } = this;
    let byte = bytes[at] ?? 0;
    while (byte === BLANK || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB) {
      at += 1;
      byte = bytes[at] ?? 0;
    }
    return at;
  }

  /** The end of the value that begins at `at`. */
  valueEnd(at: number): number {
    const byte = this.bytes[at] ?? 0;
    if (byte === QUOTE) return this.stringEnd(at);
    return byte === OBJECT_START || byte === ARRAY_START ? this.#containerEnd(at) : this.#literalEnd(at, byte);
  }

  /** The end of the string whose opening quote is at `at`. */
  stringEnd(at: number): number {
    const { bytes, view } = this;
    const length = bytes.length;
    const lastWord = length - 4;
    at += 1;
    for (;;) {
      // Four bytes at once: until one of them is a quote, a backslash or a control character.
      while (at <= lastWord) {
        const word = view.getInt32(at, true);
        const quote = word ^ 0x22222222;
        const backslash = word ^ 0x5c5c5c5c;
        const stops =
          (((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash)) &
          0x80808080;
        if (stops !== 0) {
          // Only the lowest of the bits is sure to be a stop.
          at += (31 - Math.clz32(stops & -stops)) >> 3;
          break;
        }
        at += 4;
      }
      if (at >= length) return ~length;
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) return at + 1;
      if (byte < BLANK) return ~at;
      if (byte === BACKSLASH) {
        this.lastEscape = at;
        at = this.#escapeEnd(at);
        if (at < 0) return at;
      } else at += 1;
    }
  }

  /** From a member's opening quote to where its value begins. */
  memberValue(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== QUOTE) return ~at;
    const end = this.stringEnd(at);
    if (end - at - 2 > MAX_KEY_BYTES) this.isPortable = false;
    return end < 0 ? end : this.afterColon(end);
  }

  /** From the end of a member's name to where its value begins. */
  afterColon(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== COLON) at = this.blankEnd(at);
    if (bytes[at] !== COLON) return ~at;
    at += 1;
    return (bytes[at] ?? 0) > BLANK ? at : this.blankEnd(at);
  }

  #escapeEnd(at: number): number {
    const { bytes } = this;
    const letter = bytes[at + 1] ?? 0;
    if (ESCAPES.has(letter)) return at + 2;
    if (letter !== LETTER_U) return ~(at + 1);
    for (let digit = at + 2; digit < at + 6; digit += 1) {
      if (!isHexDigit(bytes[digit] ?? 0)) return ~digit;
    }
    const isPair = isHalf(bytes, at, FIRST_HALF) && isHalf(bytes, at + 6, SECOND_HALF);
    if (isPair && isHexDigit(bytes[at + 10] ?? 0) && isHexDigit(bytes[at + 11] ?? 0)) return at + 12;
    if (!isPair && (isHalf(bytes, at, FIRST_HALF) || isHalf(bytes, at, SECOND_HALF))) this.isPortable = false;
    return at + 6;
  }

  /** Of an array or object. The kinds of the containers that are open are bits, innermost lowest: no recursion. */
  #containerEnd(at: number): number {
    const { bytes } = this;
    const fullWords: number[] = [];
    let kinds = 0;
    let depth = 0;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === OBJECT_START || byte === ARRAY_START) {
        if (depth > 0 && depth % KINDS_PER_WORD === 0) fullWords.push(kinds);
        kinds = (kinds << 1) | (byte === OBJECT_START ? 1 : 0);
        depth += 1;
        if (depth === MAX_LEVELS) this.isPortable = false;
        at = this.blankEnd(at + 1);
        if (bytes[at] !== byte + TO_CLOSING) {
          if (byte === OBJECT_START) at = this.memberValue(at);
          if (at < 0) return at;
          continue;
        }
      } else {
        at = byte === QUOTE ? this.stringEnd(at) : this.#literalEnd(at, byte);
        if (at < 0) return at;
      }
      for (;;) {
        at = this.blankEnd(at);
        const isObject = (kinds & 1) === 1;
        const next = bytes[at] ?? 0;
        if (next === COMMA) {
          at = this.blankEnd(at + 1);
          if (isObject) at = this.memberValue(at);
          if (at < 0) return at;
          break;
        }
        if (next !== (isObject ? OBJECT_START : ARRAY_START) + TO_CLOSING) return ~at;
        at += 1;
        depth -= 1;
        if (depth === 0) return at;
        kinds = depth % KINDS_PER_WORD === 0 ? (fullWords.pop() ?? 0) : kinds >>> 1;
      }
    }
  }

  #literalEnd(at: number, first: number): number {
    if (first === MINUS || isDigit(first)) return this.#numberEnd(at, first);
    const word = first === NULL[0] ? NULL : first === TRUE[0] ? TRUE : FALSE;
    if (first !== word[0]) return ~at;
    for (let index = 1; index < word.length; index += 1) {
      if (this.bytes[at + index] !== word[index]) return ~(at + index);
    }
    return at + word.length;
  }

  #numberEnd(start: number, first: number): number {
    const { bytes } = this;
    const integer = first === MINUS ? start + 1 : start;
    let at = this.#digitsEnd(integer);
    if (at < 0) return at;
    if (at - integer > 1 && bytes[integer] === ZERO) return ~(integer + 1);
    if (bytes[at] === POINT) at = this.#digitsEnd(at + 1);
    if (at >= 0 && ((bytes[at] ?? 0) | 0x20) === 0x65) at = this.#exponentEnd(at + 1);
    if (at - start > MAX_NUMBER_LENGTH) this.isPortable = false;
    return at;
  }

  #exponentEnd(at: number): number {
    const { bytes } = this;
    if (bytes[at] === PLUS || bytes[at] === MINUS) at += 1;
    const end = this.#digitsEnd(at);
    if (end > 0 && Number(bytes.toString('latin1', at, end)) > MAX_EXPONENT) this.isPortable = false;
    return end;
  }

  /** At least one digit. */
  #digitsEnd(at: number): number {
    const { bytes } = this;
    const first = at;
    while (isDigit(bytes[at] ?? 0)) at += 1;
    return at === first ? ~at : at;
  }
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;

const isHexDigit = (byte: number): boolean => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

/** Whether the escape at `at` is such a half of a character. */
const isHalf = (bytes: Uint8Array, at: number, half: ReadonlySet<number>): boolean =>
  bytes[at] === BACKSLASH &&
  bytes[at + 1] === LETTER_U &&
  ((bytes[at + 2] ?? 0) | 0x20) === LETTER_D &&
  half.has(bytes[at + 3] ?? 0);
