import { open } from 'node:fs/promises';
import { TOO_LARGE } from './json-file';

/** How much is read at once, in bytes. */
const PIECE_BYTES = 64 * 1024;

/**
 * Reads a whole text file (UTF-8), be it a device or a pipe that says no size.
 * @param maxBytes how large it may be: no more is ever read
 * @throws Error with the system's code, `TOO_LARGE` where it is larger
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  const file = await open(path);
  try {
    const pieces: Buffer[] = [];
    for (let length = 0; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null);
      if (bytesRead === 0) return Buffer.concat(pieces, length).toString();
      length += bytesRead;
      if (length > maxBytes) throw Object.assign(new Error('a file that is too large'), { code: TOO_LARGE });
      pieces.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
