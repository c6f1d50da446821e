import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The runner of low-code manifests, and the manifest that is measured with it. All are paths. */
export interface LowCode {
  readonly python: string;
  /** Runs the command in `python` and writes what it used. */
  readonly measuredScript: string;
  /** Airbyte's `source-declarative-manifest`. */
  readonly command: string;
  readonly manifest: string;
}

const PYTHONS = ['python3.11', 'python3.12', 'python3.10', 'python3'] as const;
const SUITABLE = 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 13))';

/** Where they are. @throws Error that says how to get them when they aren't there */
export function findLowCode(root: string): LowCode {
  const { folder, stampFile, stamp } = installationIn(root);
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    throw new Error(
      'What runs the low-code manifest is missing: npm run bench -- --only rival --rival installs it from PyPI, into .venv/low-code.',
    );
  }
  const measuredScript = join(root, 'tools/bench/low-code/measured.py');
  const manifest = join(root, 'tools/bench/low-code/manifest.yaml');
  const bin = join(folder, 'bin');
  return { python: join(bin, 'python'), measuredScript, command: join(bin, 'source-declarative-manifest'), manifest };
}

/** Installs them unless they are there: a virtual environment of Python's. @throws Error when that fails */
export function installLowCode(root: string, say: (text: string) => void): void {
  const { folder, stampFile, stamp, requirements, constraints } = installationIn(root);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const python = PYTHONS.find((name) => spawnSync(name, ['-c', SUITABLE], { stdio: 'ignore' }).status === 0);
  if (python === undefined)
    throw new Error('Python 3.10 to 3.12 with the module venv is needed for the low-code rival.');
  say(`rival: installing ${requirements} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  run(python, ['-m', 'venv', folder]);
  const options = ['--disable-pip-version-check', '--quiet', '-r', requirements, '-c', constraints];
  run(join(folder, 'bin/python'), ['-m', 'pip', 'install', ...options]);
  writeFileSync(stampFile, stamp);
}

function installationIn(root: string) {
  const folder = join(root, '.venv/low-code');
  const requirements = join(root, 'tools/bench/low-code/requirements.txt');
  const constraints = join(root, 'integration_tests/platform/requirements/suites.lock.txt');
  const stamp = createHash('sha256').update(readFileSync(requirements)).update(readFileSync(constraints)).digest('hex');
  return { folder, requirements, constraints, stamp, stampFile: join(folder, '.stamp') };
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
}
