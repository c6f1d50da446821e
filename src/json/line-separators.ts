import { isAscii } from 'node:buffer';

const ASCII_BREAKS = ['\n', '\r'].map((text) => Buffer.from(text));
const BREAKS = [...ASCII_BREAKS, ...['\u0085', '\u2028', '\u2029'].map((text) => Buffer.from(text))];

/**
 * Tells the rows whose text is no single line. JSON allows line breaks between tokens, and in strings the separators
 * U+0085, U+2028 and U+2029.
 * @param rowStarts the rows' offsets, ascending
 * @returns 1 for such a row, else 0; undefined where there is none at all, which is the usual case
 */
export function rowsOfSeveralLines(body: Buffer, rowStarts: Uint32Array): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const separator of isAscii(body) ? ASCII_BREAKS : BREAKS) {
    let row = 0;
    // One is enough to know of in a row.
    for (let at = body.indexOf(separator); at !== -1; at = body.indexOf(separator, rowStarts[row] ?? body.length)) {
      row = rowAfter(rowStarts, at);
      if (row === 0) continue;
      found ??= new Uint8Array(rowStarts.length);
      found[row - 1] = 1;
    }
  }
  return found;
}

/** The first row that begins behind `at`. */
function rowAfter(rowStarts: Uint32Array, at: number): number {
  let low = 0;
  let high = rowStarts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rowStarts[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
