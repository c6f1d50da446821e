import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigError } from '../errors';
import { MAX_LEVELS } from '../json-text';
import { readJsonFile, readTextFile } from './json-file';

const reading = (text: string): Promise<unknown> => readJsonFile('config file', '/c.json', () => Promise.resolve(text));
const failing = (error: Error): Promise<unknown> => readJsonFile('config file', '/c.json', () => Promise.reject(error));

test('a byte order mark in front is no part of the JSON', async () => {
  await expect(reading('\uFEFF{"a":1}')).resolves.toEqual({ a: 1 });
});

test.each(['', ' \n'])('an empty file (%j) says that it is empty', async (text) => {
  await expect(reading(text)).rejects.toThrow('The config file "/c.json" is empty');
});

test.each([
  ['ENOENT', "it doesn't exist"],
  ['EACCES', "isn't permitted"],
  ['EISDIR', 'it is a directory'],
  ['EMFILE', 'EMFILE'],
])('%s is told in words', async (code, words) => {
  const error = Object.assign(new Error(`${code}: ...`), { code });
  await expect(failing(error)).rejects.toThrow(ConfigError);
  await expect(failing(error)).rejects.toThrow(`The config file "/c.json" can't be read: `);
  await expect(failing(error)).rejects.toThrow(words);
});

test.each([
  ['config file', '1 MiB', 1024 * 1024],
  ['configured catalog', '32 MiB', 32 * 1024 * 1024],
  ['state file', '8 MiB', 8 * 1024 * 1024],
] as const)('a %s may have no more than %s', async (what, words, bytes) => {
  const readFile = (_: string, maxBytes: number): Promise<string> =>
    Promise.reject(Object.assign(new Error('too large'), { code: maxBytes === bytes ? 'EFBIG' : 'EOTHER' }));
  const error: unknown = await readJsonFile(what, '/c.json', readFile).catch((caught: unknown) => caught);
  expect(error).toEqual(new ConfigError(`The ${what} "/c.json" can't be read: it is larger than ${words}.`));
});

test('a fault of the reader itself stays one', async () => {
  await expect(failing(new TypeError('x'))).rejects.toThrow(TypeError);
});

test.each(['{"token": topsecret}', '{"token": "topsecret', 'topsecret', '{"token":"topsecret",}'])(
  'JSON that is not valid (%s) is never quoted, in no property of the error',
  async (text) => {
    const error: unknown = await reading(text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigError);
    const { message, stack, cause, internalMessage } = error as ConfigError;
    expect(message).toContain('The config file "/c.json" is not valid JSON');
    expect([message, stack, String(cause), internalMessage].join()).not.toContain('topsecret');
  },
);

test('JSON that is nested too deep to be written again is refused', async () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  await expect(reading(nested(MAX_LEVELS))).resolves.toBeDefined();
  await expect(reading(nested(MAX_LEVELS + 1))).rejects.toThrow(ConfigError);
  await expect(reading(`{"a":${nested(100_000)}}`)).rejects.toThrow('The config file "/c.json" is nested too deep');
});

test('where the JSON breaks is told by line and column', async () => {
  await expect(reading('{\n  "a": 1\n  "b": 2\n}')).rejects.toThrow('(line 3, column 3)');
});

const dir = mkdtempSync(join(tmpdir(), 'text-file-'));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

function fileOf(text: string): string {
  const path = join(dir, 'a.txt');
  writeFileSync(path, text);
  return path;
}

test.each([
  ['nothing', ''],
  ['a letter of several bytes where one read ends', `${'x'.repeat(65_535)}é`],
  ['as much as is allowed', 'x'.repeat(200_000)],
])('a file of %s is read whole', async (_, text) => {
  expect(await readTextFile(fileOf(text), 200_000)).toBe(text);
});

describe('what is larger than allowed', () => {
  test.each<[string, () => string]>([
    ['a file', () => fileOf('x'.repeat(200_001))],
    ['a device without an end', () => '/dev/zero'],
  ])('is not read: %s', async (_, pathOf) => {
    await expect(readTextFile(pathOf(), 200_000)).rejects.toMatchObject({ code: 'EFBIG' });
  });
});

test.each([
  ['that does not exist', () => join(dir, 'none'), 'ENOENT'],
  ['that is a directory', () => dir, 'EISDIR'],
])("a file %s fails with the system's code", async (_, pathOf, code) => {
  await expect(readTextFile(pathOf(), 10)).rejects.toMatchObject({ code });
});
