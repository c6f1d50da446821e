import { ConfigError, isError } from '../errors';
import { deeperThan, jsonErrorOffset, MAX_LEVELS } from '../json-text';

/** Code of the error for a file that has more bytes than allowed: the system's own for such cases. */
export const TOO_LARGE = 'EFBIG';

/** Reads a whole text file (UTF-8), and fails with the code {@link TOO_LARGE} where it has more than `maxBytes`. */
export type ReadFile = (path: string, maxBytes: number) => Promise<string>;

const MIB = 1024 * 1024;

/** What is handed over, as messages name it, with how large it may be, in MiB. */
const MAX_MIB = { 'config file': 1, 'configured catalog': 32, 'state file': 8 } as const;

/** A file that the user or the platform hands over. */
export type InputFile = keyof typeof MAX_MIB;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', "it doesn't exist"],
  ['EACCES', "this program isn't permitted to read it"],
  ['EPERM', "this program isn't permitted to read it"],
  ['EISDIR', 'it is a directory'],
]);

/**
 * Reads a JSON file that the user or the platform handed over.
 * @throws ConfigError that names the file and never quotes its contents
 */
export async function readJsonFile(what: InputFile, path: string, readFile: ReadFile): Promise<unknown> {
  // Editors on Windows put a byte order mark in front, which JSON.parse refuses.
  const text = (await readText(what, path, readFile)).replace(/^\uFEFF/, '');
  if (text.trim() === '') throw new ConfigError(`The ${what} "${path}" is empty. It must hold JSON.`);
  const json = parse(what, path, text);
  if (!deeperThan(MAX_LEVELS, json)) return json;
  throw new ConfigError(`The ${what} "${path}" is nested too deep: more than ${MAX_LEVELS} levels.`);
}

function parse(what: string, path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The error must not become the cause: its message quotes the text.
    const offset = isError(error) ? jsonErrorOffset(error) : undefined;
    throw new ConfigError(`The ${what} "${path}" is not valid JSON${offset === undefined ? '' : place(text, offset)}.`);
  }
}

async function readText(what: InputFile, path: string, readFile: ReadFile): Promise<string> {
  try {
    return await readFile(path, MAX_MIB[what] * MIB);
  } catch (error) {
    const code = isError(error) && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    const reason = code === TOO_LARGE ? `it is larger than ${MAX_MIB[what]} MiB` : (REASONS.get(code) ?? code);
    throw new ConfigError(`The ${what} "${path}" can't be read: ${reason}.`, { internalMessage: code });
  }
}

function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1) ?? '').length + 1})`;
}

/** How much is read at once, in bytes. */
const PIECE_BYTES = 64 * 1024;

/**
 * Reads a whole text file (UTF-8), be it a device or a pipe that says no size.
 * @param maxBytes how large it may be: no more is ever read
 * @throws Error with the system's code, `TOO_LARGE` where it is larger
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  // `spec` reads no file, and need not wait for what does.
  const { open } = await import('node:fs/promises');
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
