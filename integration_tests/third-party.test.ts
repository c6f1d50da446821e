import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { root, run } from './connector';
import { configFor, withTenant } from './tenant';

interface Component {
  readonly type: string;
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  /** The files that it consists of. */
  readonly components?: readonly Component[];
}

interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

const built = (file: string): string => readFileSync(join(root, 'dist', file), 'utf8');
const bill = (): Bill => JSON.parse(built('source-tines.cdx.json')) as Bill;

const programFiles = readdirSync(join(root, 'dist/program')).sort();

/** The packages that the bundle itself names, in esbuild's comments before the code of each file. */
function packagesInBundle(): string[] {
  const program = programFiles.map((file) => built(`program/${file}`)).join('\n');
  const names = program.matchAll(/^ *\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
  return [...new Set([...names].map(([, name]) => name ?? ''))].sort();
}

const versionOf = (name: string): string | undefined =>
  (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as Component).version;

describe('the bill of materials of the program', () => {
  test('is valid CycloneDX 1.6', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(built('source-tines.cdx.json'))).toBeNull();
  });

  test('lists the packages that are in the bundle and the CDK in their versions, Node without one, and nothing else', () => {
    const listed = bill().components.map(({ group, name, version }) => [group ? `${group}/${name}` : name, version]);
    const packages = packagesInBundle();
    expect(packages).not.toHaveLength(0);
    expect(listed.sort()).toEqual(
      [
        ...[...packages, '@airbyte/cdk-typescript-compat'].map((name) => [name, versionOf(name)]),
        ['node', undefined],
      ].sort(),
    );
  });

  test('names every file of the program by its digest', () => {
    const { name, components } = bill().metadata.component;
    const digestOf = (file: string): string =>
      createHash('sha256')
        .update(built(`program/${file}`))
        .digest('hex');
    expect(name).toBe('source-tines');
    expect(components?.map(({ type, name, hashes }) => ({ type, name, hashes }))).toEqual(
      programFiles.map((name) => ({ type: 'file', name, hashes: [{ alg: 'SHA-256', content: digestOf(name) }] })),
    );
  });

  test("does not repeat package.json's placeholder as the place of the sources", () => {
    expect(JSON.stringify(bill().metadata)).not.toContain('git.example.com');
  });

  test('names every package by the SHA-512 that the lock file names', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
    const hashes = new Map(bill().components.map(({ name, hashes: given }) => [name, given]));
    for (const name of packagesInBundle()) {
      const [algorithm, base64 = ''] = packages[`node_modules/${name}`]?.integrity?.split('-') ?? [];
      expect(algorithm).toBe('sha512');
      expect(hashes.get(name)).toEqual([{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }]);
    }
  });

  const ofTheMachine = ['serialNumber', 'timestamp', root, process.versions.node];
  test.each(ofTheMachine)('holds nothing that changes from build to build or machine to machine: no %s', (text) => {
    expect(built('source-tines.cdx.json')).not.toContain(text);
  });
});

test('the licence text of each package in the bundle lies beside it', () => {
  const texts = built('THIRD-PARTY-LICENSES.txt');
  for (const name of packagesInBundle()) {
    expect(texts).toContain(`\n${name} ${versionOf(name)} (`);
    expect(texts).toContain(readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim());
  }
});

test('the image installs what the lock file names, and no package runs code of its own', () => {
  const commands = readFileSync(join(root, 'Dockerfile'), 'utf8').match(/\b(?:npm|npx|yarn|pnpm) .*/g) ?? [];
  const installs = commands.filter((command) => /^\S+ (?:ci|i|install|add|exec)\b/.test(command));
  expect(installs).toEqual(['npm ci --ignore-scripts']);
});

describe('of axios, the program', () => {
  const filesWith = (text: string): string[] => programFiles.filter((file) => built(`program/${file}`).includes(text));

  test.each(['follow-redirects', 'https-proxy-agent', 'agent-base', 'debug', 'form-data', 'supports-color'])(
    'does not hold what it brings and is never reached: %s',
    (name) => {
      expect(packagesInBundle()).not.toContain(name);
      expect(filesWith(`require("${name}")`)).toEqual([]);
    },
  );

  test.each(['adapters/fetch.js', 'adapters/xhr.js', 'require("http2")'])(
    'does not hold another way to send: %s',
    (text) => {
      expect(filesWith(text)).toEqual([]);
    },
  );

  test('lies in a file of its own, which is loaded by what sends a request, and not by spec', async () => {
    const [file, ...others] = filesWith('node_modules/axios/');
    expect([file, others]).toEqual([expect.stringMatching(/^axios-/), []]);
    const folder = mkdtempSync(join(tmpdir(), 'source-tines-loaded-'));
    const [hook, loaded] = [join(folder, 'hook.cjs'), join(folder, 'loaded.json')];
    const report = `require('node:fs').writeFileSync(${JSON.stringify(loaded)}, JSON.stringify([...Object.keys(require.cache), ...process.moduleLoadList]))`;
    writeFileSync(hook, `process.on('exit', () => ${report});`);
    const loadedOnes = (): string[] => JSON.parse(readFileSync(loaded, 'utf8')) as string[];
    const env = { NODE_OPTIONS: `--require ${hook}` };
    const axios = join(root, 'dist/program', String(file));
    await withTenant({}, async (tenant) => {
      await run('spec', { env });
      expect(loadedOnes()).not.toContain(axios);
      await run('check', { env, config: configFor(tenant) });
      expect(loadedOnes()).toContain(axios);
      // Node's own fetch, which takes 5 MB.
      expect(loadedOnes().filter((name) => name.includes('undici'))).toEqual([]);
    });
    rmSync(folder, { recursive: true });
  });
});

describe('a bundle', () => {
  const project = mkdtempSync(join(tmpdir(), 'source-tines-third-party-'));
  const at = (file: string): string => join(project, file);
  const write = (file: string, content: unknown): void => {
    mkdirSync(dirname(at(file)), { recursive: true });
    writeFileSync(at(file), typeof content === 'string' ? content : JSON.stringify(content));
  };

  interface Library {
    readonly code?: string;
    readonly license?: string | undefined;
    readonly licenceFile?: string;
    /** What the lock file says of it; null where it says nothing. */
    readonly locked?: Readonly<Record<string, unknown>> | null;
  }

  /** Bundles a program that uses this library. Returns what the build says when it fails, '' otherwise. */
  function build({ code = 'exports.x = 1;', locked = {}, licenceFile = 'LICENSE', ...manifest }: Library): string {
    rmSync(at('node_modules'), { recursive: true, force: true });
    write('main.js', 'console.log(require("library"));');
    write('node_modules/library/index.js', code);
    write('node_modules/library/package.json', { name: 'library', version: '1.2.3', license: 'MIT', ...manifest });
    write(`node_modules/library/${licenceFile}`, 'Do with it what you like.\r\n');
    const entry = locked && { 'node_modules/library': { version: '1.2.3', integrity: 'sha512-AAAA', ...locked } };
    write('package-lock.json', { packages: { '': {}, ...entry } });
    write('bill.json', {
      metadata: { component: { 'bom-ref': 'main' } },
      components: [],
      dependencies: [{ ref: 'main' }],
    });
    const options = { root: project, folder: project, bill: 'bill.json', program: at('dist') };
    const script = `
      import { build } from 'esbuild';
      import { describeThirdParty } from ${JSON.stringify(pathToFileURL(join(root, 'tools/third-party.mjs')))};
      const { metafile } = await build({
        absWorkingDir: ${JSON.stringify(project)}, entryPoints: ['main.js'], outdir: 'dist',
        bundle: true, platform: 'node', metafile: true, logLevel: 'silent',
      });
      describeThirdParty({ ...${JSON.stringify(options)}, metafile });`;
    return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, encoding: 'utf8' })
      .stderr;
  }

  beforeAll(() => {
    expect(build({})).toBe('');
  });
  afterAll(() => {
    rmSync(project, { recursive: true });
  });

  test.each<[string, Library, string]>([
    ['a package that only a development install has', { locked: { dev: true } }, 'marks it "dev"'],
    ['a package that an optional one may bring', { locked: { devOptional: true } }, 'marks it "devOptional"'],
    ['a package that an install may lack', { locked: { optional: true } }, 'marks it "optional"'],
    ['a package that the lock file does not know', { locked: null }, 'library is not in package-lock.json'],
    ['a package of which the lock file has no digest', { locked: { integrity: undefined } }, 'library has no SHA-512'],
    ['a package of which it has an old one', { locked: { integrity: 'sha1-AAAA' } }, 'library has no SHA-512'],
    [
      'another version than the locked one',
      { locked: { version: '1.2.4' } },
      'installed as 1.2.3, and locked as 1.2.4',
    ],
    [
      'a package under another licence',
      { license: 'AGPL-3.0-only' },
      'the licence "AGPL-3.0-only", not an allowed one',
    ],
    ['a package of which no licence is known', { license: undefined }, 'the licence undefined, not an allowed one'],
    ['a package without a licence text', { licenceFile: 'readme' }, 'library has no licence text'],
    [
      'an import that only some installs can resolve',
      { code: 'try { require("supports-color"); } catch {}' },
      'supports-color is required at run time, and is not in the bundle',
    ],
  ])('is refused with %s', (_, library, message) => {
    expect(build(library)).toContain(message);
  });

  test.each(['LICENCE.md', 'license-MIT', 'COPYING', 'NOTICE.txt'])('takes the text of %s along', (licenceFile) => {
    expect(build({ licenceFile })).toBe('');
    const text = readFileSync(at('THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(text).toContain('library 1.2.3 (MIT)');
    expect(text).toContain('Do with it what you like.');
  });
});
