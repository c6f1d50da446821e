import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildSync } from 'esbuild';
import ts from 'typescript';
import { fakeApi, parseMessage, type FakeApi, type FakeRequest, type FakeResponse } from './testing';
import { catalogOf, stateOf } from './testing/fake-source';

const dir = mkdtempSync(join(tmpdir(), 'readme-'));
const readme = readFileSync(join(__dirname, 'README.md'), 'utf8');
/** Whole sources of README.md, by a name for each: those that call `launch`. None of them is a file on disk. */
const sources = new Map(
  [...readme.matchAll(/^```ts\n(.*?)^```/gms)]
    .map(([, source = '']) => source)
    .filter((source) => source.includes('void launch('))
    .map((source) => [/name: '(source-\w+)'/.exec(source)?.[1] ?? '', source]),
);
const programOf = (name: string): string => join(dir, `${name}.js`);
let api: FakeApi;

beforeAll(async () => {
  for (const [name, source] of sources) {
    // Nothing else speaks HTTP without TLS here; the fake API does.
    const contents = source.replace('auth: bearer(token),', 'auth: bearer(token), allowHttp: true,');
    const stdin = { contents, resolveDir: __dirname, loader: 'ts' } as const;
    buildSync({ stdin, bundle: true, platform: 'node', outfile: programOf(name), logLevel: 'error' });
  }
  api = await fakeApi({ routes: { 'GET /issues': issuesOf } });
  const write = (name: string, content: unknown): void => {
    writeFileSync(join(dir, name), JSON.stringify(content));
  };
  write('config.json', { folder: dir });
  write('api.json', { base_url: api.url, token: TOKEN });
  write('missing.json', { folder: join(dir, 'missing') });
  write('catalog.json', catalogOf('files'));
  write('issues.json', catalogOf('issues'));
  write('seen.json', [stateOf('issues', { updated_at: '2026-01-02T00:00:00Z' })]);
  write('state.json', [stateOf('files', { modified: '2100-01-01T00:00:00.000Z' })]);
  utimesSync(join(dir, 'state.json'), new Date('2100-01-02'), new Date('2100-01-02'));
});
afterAll(async () => {
  await api.close();
  rmSync(dir, { recursive: true, force: true });
});

const TOKEN = 'issues-token-8Yc3';
const ISSUES = [1, 2, 3].map((id) => ({ id, title: `Issue ${id}`, updated_at: `2026-01-0${id}T00:00:00Z` }));

/** Lists the issues that changed since, one a page, and links to the next page. */
function issuesOf({ headers, query }: FakeRequest): FakeResponse {
  if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401 };
  const { since = '', page = '0' } = query;
  const rows = ISSUES.filter(({ updated_at }) => updated_at >= since);
  const next = `/issues?${new URLSearchParams({ ...query, page: String(Number(page) + 1) }).toString()}`;
  const isLast = Number(page) + 1 >= rows.length;
  return {
    json: rows.slice(Number(page), Number(page) + 1),
    headers: isLast ? {} : { link: `<${next}>; rel="next"` },
  };
}

/** Does not block, as the fake API runs in this process. */
async function run(name: string, verb: string, files: Readonly<Record<string, string>> = {}) {
  const args = Object.entries(files).flatMap(([option, file]) => [`--${option}`, join(dir, `${file}.json`)]);
  const child = spawn(process.execPath, [programOf(name), verb, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [stdout, ended] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const status: unknown = ended[0];
  return { status, messages: stdout.trimEnd().split('\n').map(parseMessage) };
}

/** The values of a field of all records. */
const valuesIn = ({ messages }: Awaited<ReturnType<typeof run>>, field: string): unknown[] =>
  messages.flatMap((message) => (message.type === 'RECORD' ? [message.record.data[field]] : []));

test("the README's sources compile as strictly as this project", () => {
  const files = new Map([...sources].map(([name, source]) => [join(__dirname, `${name}-of-the-readme.ts`), source]));
  const { config } = ts.readConfigFile(join(__dirname, '../tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(__dirname, '..'));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    getSourceFile: (path, ...rest) => {
      const source = files.get(path);
      return source === undefined
        ? disk.getSourceFile(path, ...rest)
        : ts.createSourceFile(path, source, ts.ScriptTarget.ES2023);
    },
  };
  const compilation = ts.createProgram([...files.keys()], options, host);
  // What they import is checked with the rest of the project.
  const found = [...files.keys()].flatMap((path) =>
    ts.getPreEmitDiagnostics(compilation, compilation.getSourceFile(path)),
  );
  expect(ts.formatDiagnostics(found, host)).toBe('');
}, 60_000);

test('its first source reads all issues, page by page, then those that have changed', async () => {
  expect(await run('source-issues', 'spec')).toMatchObject({ status: 0, messages: [{ type: 'SPEC' }] });
  expect((await run('source-issues', 'check', { config: 'api' })).messages.at(-1)).toMatchObject({
    connectionStatus: { status: 'SUCCEEDED' },
  });
  const first = await run('source-issues', 'read', { config: 'api', catalog: 'issues' });
  expect(first.status).toBe(0);
  expect(valuesIn(first, 'id')).toEqual([1, 2, 3]);
  const later = await run('source-issues', 'read', { config: 'api', catalog: 'issues', state: 'seen' });
  expect(valuesIn(later, 'id')).toEqual([2, 3]);
});

test('its source of files answers spec, check and discover', async () => {
  expect(await run('source-files', 'spec')).toMatchObject({ status: 0, messages: [{ type: 'SPEC' }] });
  expect((await run('source-files', 'check', { config: 'config' })).messages).toMatchObject([
    { log: { message: 'source-files 0.1.0' } },
    { connectionStatus: { status: 'SUCCEEDED' } },
  ]);
  expect((await run('source-files', 'check', { config: 'missing' })).messages.at(-1)).toMatchObject({
    connectionStatus: { status: 'FAILED', message: expect.stringContaining("Folder can't be read") },
  });
  expect((await run('source-files', 'discover', { config: 'config' })).messages.at(-1)).toMatchObject({
    catalog: { streams: [{ name: 'files' }] },
  });
});

test('its source of files reads everything, then what has changed', async () => {
  const first = await run('source-files', 'read', { config: 'config', catalog: 'catalog' });
  expect(first.status).toBe(0);
  expect(valuesIn(first, 'name')).toEqual(expect.arrayContaining(['catalog.json', 'config.json', 'state.json']));
  const later = await run('source-files', 'read', { config: 'config', catalog: 'catalog', state: 'state' });
  expect(later.status).toBe(0);
  expect(valuesIn(later, 'name')).toEqual(['state.json']);
  expect(later.messages.at(-2)).toMatchObject({
    state: { stream: { stream_state: { modified: expect.any(String) } } },
  });
});
