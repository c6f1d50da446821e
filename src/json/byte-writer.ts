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
export type Utf8Text = ReturnType<typeof utf8Text>;

/** Prepares a text: some bytes follow it, so that it can be copied in whole steps. */
export function utf8Text(text: string) {
  const bytes = Buffer.from(`${text}${' '.repeat(STEP)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { bytes, view, /** In bytes. */ length: bytes.length - STEP };
}

/** Writer of valid UTF-8 into memory that grows. */
export class ByteWriter {
  /** What comes after {@link length} is undefined. */
  bytes = Buffer.allocUnsafeSlow(64 * 1024);
  length = 0;
  #view = new DataView(this.bytes.buffer);
  /** How far {@link length} may go. */
  #reserved = 0;

  /** Makes room for so many more bytes: what writes does not look whether there is enough, see {@link assertRoom}. */
  reserve(count: number): void {
    this.#reserved = this.length + count;
    const needed = this.#reserved + STEP;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** @throws RangeError where more was written than was reserved */
  assertRoom(): void {
    if (this.length > this.#reserved) throw new RangeError('more was written than was reserved');
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
    // bytes of one are 0xf? 0x7f or 0xf? 0xff, which are never next to each other in UTF-8.
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

  /** Adds a text of any characters. */
  text(text: string): void {
    this.length += this.bytes.write(text, this.length);
  }

  /** Adds a whole number below 100 as two digits. */
  twoDigits(number: number): void {
    this.byte(ZERO + Math.floor(number / 10));
    this.byte(ZERO + (number % 10));
  }
}

/** How many bytes are decoded at once: of a whole body, the text alone would take twice its size. */
const DECODED_AT_ONCE = 16 * 1024;

/** The same text with U+FFFD for what is invalid, in bytes that `allocate` returns; undefined where it does. */
export function validUtf8<T extends { readonly bytes: Buffer }>(
  bytes: Buffer,
  allocate: (length: number) => T | undefined,
): T | undefined {
  let length = 0;
  for (const text of textsOf(bytes)) length += Buffer.byteLength(text);
  const valid = allocate(length);
  let written = 0;
  if (valid !== undefined) for (const text of textsOf(bytes)) written += valid.bytes.write(text, written);
  return valid;
}

function* textsOf(bytes: Buffer): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let start = 0; start < bytes.length; start += DECODED_AT_ONCE) {
    yield decoder.decode(bytes.subarray(start, start + DECODED_AT_ONCE), { stream: true });
  }
  yield decoder.decode();
}
