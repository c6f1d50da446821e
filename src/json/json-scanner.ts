const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;
/** From an opening bracket or brace to its closing one. */
const TO_CLOSING = 2;
/** Containers whose kinds fit into one number. */
const KINDS_PER_WORD = 32;
/** `"\/bfnrt`: what stands behind a backslash alone. */
const ESCAPES = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)));
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/**
 * Validator of JSON text in UTF-8 that takes what `JSON.parse` takes, nested to any depth, and makes nothing of it:
 * each method goes from the offset where something begins to the offset behind it. Where the text stops being JSON it
 * returns `~offset`, which is negative; that offset is the text's length where the text was cut off.
 */
export class JsonScanner {
  readonly view: DataView;
  /** The most levels of arrays and objects that a value had so far. */
  deepest = 0;
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
    return byte === OPENING_BRACE || byte === OPENING_BRACKET ? this.#containerEnd(at) : this.#literalEnd(at, byte);
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
    if (letter !== 0x75) return ~(at + 1);
    for (let digit = at + 2; digit < at + 6; digit += 1) {
      if (!isHexDigit(bytes[digit] ?? 0)) return ~digit;
    }
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
      if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        if (depth > 0 && depth % KINDS_PER_WORD === 0) fullWords.push(kinds);
        kinds = (kinds << 1) | (byte === OPENING_BRACE ? 1 : 0);
        depth += 1;
        if (depth > this.deepest) this.deepest = depth;
        at = this.blankEnd(at + 1);
        if (bytes[at] !== byte + TO_CLOSING) {
          if (byte === OPENING_BRACE) at = this.memberValue(at);
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
        if (next !== (isObject ? OPENING_BRACE : OPENING_BRACKET) + TO_CLOSING) return ~at;
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

  #numberEnd(at: number, first: number): number {
    const { bytes } = this;
    if (first === MINUS) at += 1;
    const integer = at;
    at = this.#digitsEnd(at);
    if (at < 0) return at;
    if (at - integer > 1 && bytes[integer] === ZERO) return ~(integer + 1);
    if (bytes[at] === POINT) at = this.#digitsEnd(at + 1);
    if (at < 0 || ((bytes[at] ?? 0) | 0x20) !== 0x65) return at;
    const sign = bytes[at + 1];
    return this.#digitsEnd(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }

  /** At least one digit. */
  #digitsEnd(at: number): number {
    const { bytes } = this;
    const first = at;
    while (isDigit(bytes[at] ?? 0)) at += 1;
    return at === first ? ~at : at;
  }
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

const isHexDigit = (byte: number): boolean => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
