import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { TARGET_NAMES } from '../tools/fuzz/targets/names';
import { root } from './connector';

interface Ended {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
}

function fuzz(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'dist/fuzz/run.js'), ...args], (error, stdout) => {
      resolve({ exitCode: error === null ? 0 : error.code, stdout });
    });
  });
}

test('a fault is found by its coverage, far sooner than by chance, and makes the command fail', async () => {
  const { exitCode, stdout } = await fuzz('planted', '--seconds', '60');
  expect(stdout).toContain('the planted fault');
  expect(stdout).toContain('"bug"');
  expect(exitCode).toBe(1);
}, 90_000);

test('no target finds anything in its seeds', async () => {
  const { exitCode, stdout } = await fuzz('--seconds', '0.001');
  expect(stdout).toContain(`${TARGET_NAMES.length} targets fuzzed, 0 with a finding`);
  expect(exitCode).toBe(0);
}, 90_000);

test('an unknown target is refused with the names of the known ones', async () => {
  const { exitCode, stdout } = await fuzz('pages');
  expect(stdout).toContain(TARGET_NAMES.join(', '));
  expect(exitCode).toBe(2);
});
