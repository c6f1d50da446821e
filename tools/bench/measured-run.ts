import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Bench } from './part';
import type { Usage } from './usage-probe';

/** A program to be measured. */
export interface MeasuredProgram {
  /** What runs the script, and writes a `Usage` to BENCH_USAGE_FILE at its end; Node unless given. */
  readonly launcher?: readonly string[];
  readonly script: string;
  readonly args: readonly string[];
  /** Added to this process' own. */
  readonly env: Readonly<Record<string, string>>;
  /** What is counted of the output before it is thrown away. */
  readonly counts: keyof typeof readers;
}

/** One run of it. */
export interface MeasuredRun extends Usage {
  /** From start to exit, in s. */
  readonly seconds: number;
  /** Bytes or RECORDs of the output. */
  readonly counted: number;
}

/** They read a pipe faster than any program here can fill it. */
const readers = {
  bytes: 'wc -c',
  records: `LC_ALL=C grep -c '^{"type":"RECORD"'`,
} as const;

/**
 * Runs a program as Airbyte runs a source, its output going into a pipe, and measures it.
 * @throws Error with what it wrote to stderr when it fails
 */
export async function measure(
  { launcher, script, args, env, counts }: MeasuredProgram,
  bench: Bench,
): Promise<MeasuredRun> {
  const usageFile = join(bench.folder, 'usage.json');
  rmSync(usageFile, { force: true });
  const probe = join(bench.root, 'dist/bench/usage-probe.js');
  const program = [...(launcher ?? [process.execPath, '--require', probe]), script, ...args];
  const started = performance.now();
  const shell = spawn('/bin/sh', ['-c', `"$@" | ${readers[counts]}`, 'sh', ...program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, BENCH_USAGE_FILE: usageFile },
  });
  const closed = once(shell, 'close');
  const [counted, stderr] = await Promise.all([textOf(shell.stdout), textOf(shell.stderr)]);
  await closed;
  const seconds = (performance.now() - started) / 1000;
  const usage = usageIn(usageFile);
  if (usage?.exitCode !== 0) throw new Error(`${script} failed:\n${stderr}`);
  return { ...usage, seconds, counted: Number(counted) };
}

function usageIn(file: string): Usage | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Usage;
  } catch {
    return undefined;
  }
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}
