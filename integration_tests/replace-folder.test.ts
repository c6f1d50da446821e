import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const tools = pathToFileURL(resolve(__dirname, '../tools/replace-folder.mjs')).href;

/** Makes folders of two files of the same content, and puts each in place of `dist`. */
const builder = (name: string, times: number): string => `
  import { mkdirSync, writeFileSync } from 'node:fs';
  import { replaceFolder } from '${tools}';
  for (let time = 0; time < ${times}; time += 1) {
    const built = '${name}' + time;
    mkdirSync(built);
    for (const file of ['a', 'b']) writeFileSync(built + '/' + file, built);
    replaceFolder('dist', built);
  }
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const build = (name: string, times: number) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '--eval', builder(name, times)], { cwd: folder });

const filesOf = (name: string): string[] => readdirSync(join(folder, name));
const contentOf = (file: string): string => readFileSync(join(folder, 'dist', file), 'utf8');

describe('A folder that a build puts in place', () => {
  test('is there, where there was none', async () => {
    await build('new', 1);
    expect([filesOf('.'), contentOf('a')]).toEqual([['dist'], 'new0']);
  });

  test('has nothing of the one before, of which nothing is left', async () => {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'old'), '');
    await build('new', 1);
    expect([filesOf('.'), filesOf('dist')]).toEqual([['dist'], ['a', 'b']]);
  });

  test('is all of one build where three run at the same time', async () => {
    await Promise.all(['one', 'two', 'three'].map((name) => build(name, 100)));
    expect([filesOf('.'), filesOf('dist')]).toEqual([['dist'], ['a', 'b']]);
    expect(contentOf('a')).toBe(contentOf('b'));
  });
});
