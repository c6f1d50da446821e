import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTextFile } from './text-file';

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
