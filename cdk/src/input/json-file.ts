import { ConfigError } from '../errors';
import { isError } from '../is-error';
import { jsonErrorOffset } from '../json-text';
import { deeperThan, MAX_LEVELS } from '../output/deep-json';

/** Reads a whole text file (UTF-8). */
export type ReadFile = (path: string) => Promise<string>;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', "it doesn't exist"],
  ['EACCES', "this program isn't permitted to read it"],
  ['EPERM', "this program isn't permitted to read it"],
  ['EISDIR', 'it is a directory'],
]);

/**
 * Reads a JSON file that the user or the platform handed over.
 * @param what names it in messages: "config file"
 * @throws ConfigError that names the file and never quotes its contents
 */
export async function readJsonFile(what: string, path: string, readFile: ReadFile): Promise<unknown> {
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

async function readText(what: string, path: string, readFile: ReadFile): Promise<string> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = isError(error) && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw new ConfigError(`The ${what} "${path}" can't be read: ${REASONS.get(code) ?? code}.`, {
      internalMessage: code,
    });
  }
}

function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1) ?? '').length + 1})`;
}
