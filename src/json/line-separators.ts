import { isAscii } from 'node:buffer';
import { LINE_SEPARATORS } from '@airbyte/cdk-typescript-compat';

const ASCII_BREAKS = ['\n', '\r'].map((text) => Buffer.from(text));
const BREAKS = [...ASCII_BREAKS, ...LINE_SEPARATORS.map((text) => Buffer.from(text))];

/**
 * Tells the rows whose text is no single line. JSON allows line breaks between tokens, and in strings the separators
 * U+0085, U+2028 and U+2029.
 * @param rowStarts the offsets of `rows` rows, ascending, and anything behind them
 * @returns 1 for such a row, else 0; undefined where there is none at all, which is the usual case
 */
export function rowsOfSeveralLines(body: Buffer, rowStarts: Uint32Array, rows: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const separator of isAscii(body) ? ASCII_BREAKS : BREAKS) {
    for (let at = body.indexOf(separator); at !== -1;) {
      const next = rowAfter(rowStarts, rows, at);
      if (next > 0) {
        found ??= new Uint8Array(rows);
        found[next - 1] = 1;
      }
      // One is enough to know of in a row; the last one goes on to the end, whatever is behind it.
      at = body.indexOf(separator, next < rows ? rowStarts[next] : body.length);
    }
  }
  return found;
}

/** The first row that begins behind `at`. */
function rowAfter(rowStarts: Uint32Array, rows: number, at: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rowStarts[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
