import { ConfigError, isError } from '../errors';
import { deeperThan, jsonErrorOffset, MAX_LEVELS } from '../json-text';

/** The system's own code for a file that has more bytes than allowed. */
const TOO_LARGE = 'EFBIG';

/** As {@link readTextFile}. */
export type ReadFile = (path: string, maxBytes: number) => Promise<string>;

/** What is handed over, as messages name it, with how large it may be, in MiB. */
const MAX_MIB = { 'config file': 1, 'configured catalog': 32, 'state file': 8 } as const;
type InputFile = keyof typeof MAX_MIB;

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
    const before = text.slice(0, offset).split('\n');
    const place = ` (line ${before.length}, column ${(before.at(-1) ?? '').length + 1})`;
    throw new ConfigError(`The ${what} "${path}" is not valid JSON${offset === undefined ? '' : place}.`);
  }
}

async function readText(what: InputFile, path: string, readFile: ReadFile): Promise<string> {
  try {
    return await readFile(path, MAX_MIB[what] * 1024 * 1024);
  } catch (error) {
    const code = isError(error) && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    const reason = code === TOO_LARGE ? `it is larger than ${MAX_MIB[what]} MiB` : (REASONS.get(code) ?? code);
    throw new ConfigError(`The ${what} "${path}" can't be read: ${reason}.`, { internalMessage: code });
  }
}

/**
 * Reads a whole text file (UTF-8), be it a device or a pipe that says no size.
 * @param maxBytes how large it may be: no more is kept
 * @throws Error with the system's code, `EFBIG` where it is larger
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  // `spec` reads no file, and need not wait for what does.
  const [{ createReadStream }, { text }] = await Promise.all([import('node:fs'), import('node:stream/consumers')]);
  const file = createReadStream(path, { end: maxBytes });
  const read = await text(file);
  if (file.bytesRead > maxBytes) throw Object.assign(new Error('a file that is too large'), { code: TOO_LARGE });
  return read;
}
