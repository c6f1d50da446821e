import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import ts from 'typescript';
import { parseMessage } from './testing';
import { catalogOf, stateOf } from './testing/fake-source';

const dir = mkdtempSync(join(tmpdir(), 'readme-'));
const program = join(dir, 'source.js');
/** The one in README.md; the file itself is not on disk. */
const file = join(__dirname, 'source-of-the-readme.ts');
const text = /^```ts\n(.*?)^```/ms.exec(readFileSync(join(__dirname, 'README.md'), 'utf8'))?.[1] ?? '';

beforeAll(() => {
  buildSync({
    stdin: { contents: text, resolveDir: __dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    outfile: program,
  });
  const write = (name: string, content: unknown): void => {
    writeFileSync(join(dir, name), JSON.stringify(content));
  };
  write('config.json', { folder: dir });
  write('missing.json', { folder: join(dir, 'missing') });
  write('catalog.json', catalogOf('files'));
  write('state.json', [stateOf('files', { modified: '2100-01-01T00:00:00.000Z' })]);
  utimesSync(join(dir, 'state.json'), new Date('2100-01-02'), new Date('2100-01-02'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

function run(verb: string, files: Readonly<Record<string, string>> = {}) {
  const args = Object.entries(files).flatMap(([option, name]) => [`--${option}`, join(dir, `${name}.json`)]);
  const { stdout, status } = spawnSync(process.execPath, [program, verb, ...args], { encoding: 'utf8' });
  return { status, messages: stdout.trimEnd().split('\n').map(parseMessage) };
}

test("the README's source compiles as strictly as this project", () => {
  const { config } = ts.readConfigFile(join(__dirname, '../tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(__dirname, '..'));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => path === file || disk.fileExists(path),
    getSourceFile: (path, ...rest) =>
      path === file ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2023) : disk.getSourceFile(path, ...rest),
  };
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  expect(ts.formatDiagnostics(found, host)).toBe('');
}, 60_000);

test("the README's source answers spec, check and discover", () => {
  expect(run('spec')).toMatchObject({ status: 0, messages: [{ type: 'SPEC' }] });
  expect(run('check', { config: 'config' }).messages).toMatchObject([
    { log: { message: 'source-files 0.1.0' } },
    { connectionStatus: { status: 'SUCCEEDED' } },
  ]);
  expect(run('check', { config: 'missing' }).messages.at(-1)).toMatchObject({
    connectionStatus: { status: 'FAILED', message: expect.stringContaining("Folder can't be read") },
  });
  expect(run('discover', { config: 'config' }).messages.at(-1)).toMatchObject({
    catalog: { streams: [{ name: 'files' }] },
  });
});

test("the README's source reads everything, then what has changed", () => {
  const namesIn = (messages: ReturnType<typeof run>['messages']): unknown[] =>
    messages.flatMap((message) => (message.type === 'RECORD' ? [message.record.data['name']] : [])).toSorted();
  const first = run('read', { config: 'config', catalog: 'catalog' });
  expect(first.status).toBe(0);
  expect(namesIn(first.messages)).toEqual(['catalog.json', 'config.json', 'missing.json', 'source.js', 'state.json']);
  const later = run('read', { config: 'config', catalog: 'catalog', state: 'state' });
  expect(later.status).toBe(0);
  expect(namesIn(later.messages)).toEqual(['state.json']);
  expect(later.messages.at(-2)).toMatchObject({
    state: { stream: { stream_state: { modified: expect.any(String) } } },
  });
});
