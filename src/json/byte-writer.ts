/** Bytes that are copied at once. */
const STEP = 8;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;
const ZERO = 0x30;
/** From so many bytes on the runtime's own copying is faster than a loop, in spite of what the call costs. */
const LONG = 400;

/** Valid UTF-8 that can be copied from. */
export interface Utf8Source {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** A text to be copied again and again. */
export interface Utf8Text extends Utf8Source {
  /** In bytes. */
  readonly length: number;
}

/** Prepares a text: some bytes follow it, so that it can be copied in whole steps. */
export function utf8Text(text: string): Utf8Text {
  const bytes = Buffer.from(`${text}${' '.repeat(STEP)}`);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), length: bytes.length - STEP };
}

/** A growing piece of memory into which valid UTF-8 is put together. */
export class ByteWriter {
  /** What is behind {@link length} is undefined. */
  bytes = Buffer.allocUnsafeSlow(64 * 1024);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  /** Makes room for so many more bytes: nothing else looks whether there is enough. */
  reserve(count: number): void {
    const needed = this.length + count + STEP;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** Adds `source[start, end)`. A call of Buffer.copy costs more than most of the fields' bytes do. */
  copy(source: Utf8Source, start: number, end: number): void {
    const from = source.view;
    const to = this.#view;
    const count = end - start;
    let at = this.length;
    this.length = at + count;
    if (count > LONG || start + count + STEP > from.byteLength) {
      source.bytes.copy(this.bytes, at, start, end);
      return;
    }
    // Eight bytes at a time, as a float, of which every bit comes through, unless it is a NaN. None is: the last two
    // bytes of one are 0xf? 0x7f or 0xf? 0xff, which never stand side by side in UTF-8.
    for (; start < end; start += STEP) {
      to.setFloat64(at, from.getFloat64(start, true), true);
      at += STEP;
    }
  }

  /** Adds one byte. */
  byte(value: number): void {
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** Adds a text of ASCII characters. */
  ascii(text: string): void {
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < text.length; index += 1) {
      bytes[at] = text.charCodeAt(index);
      at += 1;
    }
    this.length = at;
  }

  /** Adds a whole number below 100 as two digits. */
  twoDigits(number: number): void {
    this.byte(ZERO + Math.floor(number / 10));
    this.byte(ZERO + (number % 10));
  }

  /**
   * Makes JSON text, from `start` on, one line: line breaks, which stand only between tokens there, become blanks, and the
   * line separators, which stand only in strings, their escapes.
   */
  makeOneLine(start: number): void {
    let grown = 0;
    for (let at = start; at < this.length; at += 1) {
      const byte = this.bytes[at];
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) this.bytes[at] = BLANK;
      const length = separatorLength(this.bytes, at);
      if (length > 0) grown += ESCAPE_LENGTH - length;
    }
    if (grown === 0) return;
    this.reserve(grown);
    const { bytes } = this;
    let from = this.length;
    this.length += grown;
    let to = this.length;
    // From the end, so that nothing is overwritten before it has been moved.
    while (from > start && from < to) {
      from -= 1;
      to -= 1;
      const last = bytes[from] ?? 0;
      bytes[to] = last;
      const length = last >= 0x80 && last < 0xc0 ? separatorEndingAt(bytes, from, start) : 0;
      if (length === 0) continue;
      from -= length - 1;
      to -= ESCAPE_LENGTH - 1;
      bytes.write(length === 2 ? '\\u0085' : last === 0xa8 ? '\\u2028' : '\\u2029', to, 'latin1');
    }
  }
}

const ESCAPE_LENGTH = 6;

/** 2 for U+0085, 3 for U+2028 and U+2029, 0 for what is none. */
function separatorLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead === 0xc2) return bytes[at + 1] === 0x85 ? 2 : 0;
  if (lead !== 0xe2 || bytes[at + 1] !== 0x80) return 0;
  return bytes[at + 2] === 0xa8 || bytes[at + 2] === 0xa9 ? 3 : 0;
}

function separatorEndingAt(bytes: Uint8Array, last: number, start: number): number {
  if (last - 1 >= start && separatorLength(bytes, last - 1) === 2) return 2;
  return last - 2 >= start && separatorLength(bytes, last - 2) === 3 ? 3 : 0;
}
