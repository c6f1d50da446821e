/** Decoded at once, in bytes: of a whole body, the text alone would take twice its size. */
const STEP = 16 * 1024;
/** Bytes of a character after its first one. */
const MOST_CONTINUATIONS = 3;

/**
 * Writes the same text in valid UTF-8: what is invalid is replaced by U+FFFD, as `Buffer.toString` does it.
 * @param out has room for {@link validUtf8Length}
 */
export function writeValidUtf8(out: Buffer, bytes: Buffer): void {
  let written = 0;
  for (const text of textsOf(bytes)) written += out.write(text, written);
}

/** How long a text is in valid UTF-8, in bytes: three for each byte that is invalid. */
export function validUtf8Length(bytes: Buffer): number {
  let length = 0;
  for (const text of textsOf(bytes)) length += Buffer.byteLength(text);
  return length;
}

function* textsOf(bytes: Buffer): Generator<string> {
  for (let start = 0; start < bytes.length;) {
    let end = start + STEP;
    while (mayLieWithin(bytes, end)) end += 1;
    yield bytes.toString('utf8', start, end);
    start = end;
  }
}

/** Whether an offset may lie within a character. */
function mayLieWithin(bytes: Buffer, at: number): boolean {
  if (!isContinuation(bytes[at])) return false;
  for (let before = 1; before <= MOST_CONTINUATIONS; before += 1) if (!isContinuation(bytes[at - before])) return true;
  return false;
}

const isContinuation = (byte = 0): boolean => byte >> 6 === 0b10;
