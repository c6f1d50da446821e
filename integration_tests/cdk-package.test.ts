import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { fakeApi } from '@airbyte/cdk-typescript-compat/testing';

const root = join(__dirname, '..');
/** An empty project into which the package is installed as anybody would. */
const project = mkdtempSync(join(tmpdir(), 'cdk-package-'));
const NAME = '@airbyte/cdk-typescript-compat';
const blocks = [...readFileSync(join(root, 'cdk/README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)];
/** The source of the README that launches under this name. */
const sourceOf = (name: string): string =>
  blocks.map(([, text = '']) => text).find((text) => text.includes(`launch({ name: '${name}'`)) ?? '';
const entryPoints = `
import { launch, type Source } from '${NAME}';
import { createHttp, type Http } from '${NAME}/http';
import { inOrder, type SliceReading } from '${NAME}/incremental';
import { runSource, type SourceRun } from '${NAME}/testing';

export type Types = [Source<object>, Http, SliceReading<number, number>, SourceRun];
export const values: readonly unknown[] = [launch, createHttp, inOrder, runSource];
`;

/** The Node that runs this, and those that OTHER_NODES names: paths, with colons between. */
const nodes = [process.execPath, ...(process.env['OTHER_NODES'] ?? '').split(':').filter((path) => path !== '')];

/** What a program has said, where it failed. */
function failureOf(program: string, args: readonly string[], cwd = project): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  return status === 0 ? '' : `${program} ended with ${status ?? 'a signal'}:\n${stdout}${stderr}`;
}

const bin = (file: string): string => join(root, 'node_modules', file);
const node = (...args: string[]): string => failureOf(process.execPath, args);

let tarball: string;

beforeAll(() => {
  const packed = spawnSync(process.execPath, ['tools/pack-cdk.mjs'], { cwd: root, encoding: 'utf8' });
  tarball = packed.stdout.trim();
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const failure = failureOf('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball]);
  if (packed.status !== 0 || failure !== '') throw new Error(`${packed.stderr}${packed.stdout}${failure}`);
  for (const types of ['@types/node', 'undici-types']) {
    cpSync(bin(types), join(project, 'node_modules', types), { recursive: true });
  }
  writeFileSync(join(project, 'source.ts'), sourceOf('source-files'));
  writeFileSync(join(project, 'issues.ts'), sourceOf('source-issues'));
  writeFileSync(join(project, 'entry-points.ts'), entryPoints);
  for (const format of ['esm', 'cjs'] as const) {
    const { code } = transformSync(sourceOf('source-files'), { loader: 'ts', format });
    writeFileSync(join(project, format === 'esm' ? 'source.mjs' : 'source.cjs'), code);
  }
  writeFileSync(join(project, 'config.json'), JSON.stringify({ folder: project }));
}, 300_000);
afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

describe('the package of the CDK', () => {
  test('has no dependency but optional ones of a project', () => {
    const manifest = JSON.parse(readFileSync(join(project, 'node_modules', NAME, 'package.json'), 'utf8')) as {
      dependencies?: object;
      peerDependencies: object;
      peerDependenciesMeta: Record<string, object>;
    };
    expect(manifest.dependencies).toBeUndefined();
    for (const peer of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
    }
  });

  test.each([
    // Node's own types are all that a source needs; a project that names no lib has those of browsers, too.
    ['nodenext', ['--module', 'nodenext', '--lib', 'es2023']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])(
    'compiles in a strict project of %s, its declarations included',
    (_, options) => {
      const strict = ['--strict', '--exactOptionalPropertyTypes', '--verbatimModuleSyntax'];
      // All declarations but TypeScript's own, which take longest.
      const declarations = ['--skipLibCheck', 'false', '--skipDefaultLibCheck', 'true', '--types', 'node'];
      const rest = [...declarations, '--noEmit', '--target', 'es2023', 'source.ts', 'issues.ts', 'entry-points.ts'];
      expect(node(bin('typescript/bin/tsc'), ...strict, ...options, ...rest)).toBe('');
    },
    180_000,
  );

  test.each(
    nodes.flatMap((path) => [
      ['source.mjs', path],
      ['source.cjs', path],
    ]),
  )('runs a source from %s with %s', (file, path) => {
    const { stdout } = spawnSync(path, [file, 'check', '--config', 'config.json'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stdout.split('\n')).toEqual([
      '{"type":"LOG","log":{"level":"INFO","message":"source-files 0.1.0"}}',
      '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}',
      '',
    ]);
  });

  test.each(['', '/http', '/incremental', '/testing'])('%s is loaded without what it may depend on', (entryPoint) => {
    expect(node('--input-type=module', '--eval', `await import('${NAME}${entryPoint}')`)).toBe('');
    expect(node('--input-type=commonjs', '--eval', `require('${NAME}${entryPoint}')`)).toBe('');
  });

  test('is well made, as publint and attw see it', () => {
    const made = join(root, 'dist/cdk');
    expect(node(bin('publint/src/cli.js'), made, '--strict')).toBe('');
    expect(node(bin('@arethetypeswrong/cli/dist/index.js'), '--pack', made)).toBe('');
  }, 180_000);
});

describe('create-source', () => {
  const parent = mkdtempSync(join(tmpdir(), 'create-source-'));
  const folder = join(parent, 'my-source');
  const config = { base_url: '', api_token: 'the-token' };
  afterAll(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  /** Runs a program in the folder of the source. */
  const inFolder = (program: string, ...args: string[]): string => failureOf(program, args, folder);

  /** By npm, or, where it reaches no registry, of what is installed here. */
  function install(): string {
    const failure = inFolder('npm', 'install', '--prefer-offline', '--fetch-retries=0', '--no-audit', '--no-fund');
    if (!/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(failure)) return failure;
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      const place = join(folder, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      if (name === NAME) cpSync(join(root, 'dist/cdk'), place, { recursive: true });
      else symlinkSync(bin(name), place);
    }
    symlinkSync(bin('.bin'), join(folder, 'node_modules/.bin'));
    return '';
  }

  test('takes an empty folder to a source that builds and passes the suite', () => {
    const create = ['--yes', '--offline', '--cache', join(parent, 'cache'), '--package', tarball];
    expect(failureOf('npx', [...create, 'create-source', 'my-source'], parent)).toBe('');
    expect(install()).toBe('');
    expect(inFolder('npm', 'test')).toBe('');
  }, 180_000);

  test('the source depends on the file that create-source was run from', () => {
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toContain(`"${NAME}": "file:../`);
  });

  test('the source reads its API, and makes a configured catalog as its README says', async () => {
    const issues = Array.from({ length: 5 }, (_, id) => ({ id, updated_at: `2026-01-01T00:00:0${id}Z` }));
    const api = await fakeApi({ routes: { 'GET /issues': () => ({ json: issues }) } });
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets/config.json'), JSON.stringify({ ...config, base_url: api.url }));
    const [, , commands = ''] = readFileSync(join(folder, 'README.md'), 'utf8')
      .split(/^```(?:sh)?\n/m)
      .filter((_, index) => index % 2 === 1);
    const { stdout } = await promisify(execFile)('sh', ['-euc', commands], { cwd: folder }).finally(() => api.close());
    const records = stdout.split('\n').filter((line) => line.includes('"RECORD"'));
    expect(records).toHaveLength(5);
    expect(stdout).toContain('"COMPLETE"');
  });
});
