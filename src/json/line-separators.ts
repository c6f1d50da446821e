const SEPARATORS = ['\u0085', '\u2028', '\u2029'].map((separator) => Buffer.from(separator));

/**
 * Tells the rows in which one of the three line separators stands that JSON allows in strings: U+0085, U+2028, U+2029.
 * @param rowStarts the rows' offsets, ascending
 * @returns 1 for such a row, else 0; undefined where there is none at all, which is the usual case
 */
export function rowsWithLineSeparators(body: Buffer, rowStarts: Uint32Array): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const separator of SEPARATORS) {
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
