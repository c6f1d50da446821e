import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const root = join(__dirname, '..');
/** An empty project into which the package is installed as anybody would. */
const project = mkdtempSync(join(tmpdir(), 'cdk-package-'));
const NAME = '@airbyte/cdk-typescript-compat';
const source = /^```ts\n(.*?)^```/ms.exec(readFileSync(join(root, 'cdk/README.md'), 'utf8'))?.[1] ?? '';
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

beforeAll(() => {
  const packed = spawnSync(process.execPath, ['tools/pack-cdk.mjs'], { cwd: root, encoding: 'utf8' });
  const tarball = packed.stdout.trim();
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const failure = failureOf('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball]);
  if (packed.status !== 0 || failure !== '') throw new Error(`${packed.stderr}${packed.stdout}${failure}`);
  for (const types of ['@types/node', 'undici-types']) {
    cpSync(bin(types), join(project, 'node_modules', types), { recursive: true });
  }
  writeFileSync(join(project, 'source.ts'), source);
  writeFileSync(join(project, 'entry-points.ts'), entryPoints);
  for (const format of ['esm', 'cjs'] as const) {
    const { code } = transformSync(source, { loader: 'ts', format });
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
      const rest = [...declarations, '--noEmit', '--target', 'es2023', 'source.ts', 'entry-points.ts'];
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
