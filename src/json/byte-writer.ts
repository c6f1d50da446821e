/** Bytes that are copied at once. */
const STEP = 8;
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
}
