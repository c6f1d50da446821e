import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTenant } from '../bench-tenant';
import { connectorInputs, UNLIMITED } from '../connector-inputs';
import { measure, type MeasuredProgram, type MeasuredRun } from '../measured-run';
import type { Bench } from '../part';
import { median } from '../statistics';
import type { Contestant } from './contestant';
import type { LowCode } from './low-code';

const ENTRIES = 60_000;
const ENTRIES_QUICK = 10_000;
const ROUNDS = 5;
const STARTS = 9;

/** One program's figures: medians, and the highest peak. */
export interface Speed {
  readonly recordsPerSecond: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** All three read the same entries of the same tenant, in turn. */
export interface Speeds {
  readonly entries: number;
  readonly rounds: number;
  readonly connector: Speed;
  readonly manifest: Speed;
  /** The manifest without its record filter, which costs time and is there for servers whose edges differ. */
  readonly unfiltered: Speed;
}

/** How long `spec` takes, in ms: medians. */
export interface Starts {
  readonly runs: number;
  readonly connectorMs: number;
  readonly rivalMs: number;
}

/** Complete reads of a tenant that responds at once. @throws Error when one fails or is not complete */
export async function compareSpeeds(bench: Bench, lowCode: LowCode): Promise<Speeds> {
  const [entries, rounds] = bench.quick ? [ENTRIES_QUICK, 1] : [ENTRIES, ROUNDS];
  bench.say(`rival: ${entries} entries, ${rounds} times each, a tenant that responds at once`);
  const { tenant, caFile } = await startTenant(bench, entries);
  try {
    const connector = connectorInputs(bench, tenant, caFile, { requests_per_minute: UNLIMITED });
    const rival = (manifest: string): MeasuredProgram => ({
      launcher: [lowCode.python],
      script: lowCode.measuredScript,
      args: [...connector.args, '--manifest-path', manifest],
      env: { REQUESTS_CA_BUNDLE: caFile, NO_PROXY: '127.0.0.1' },
      counts: 'records',
    });
    const programs: readonly MeasuredProgram[] = [
      { ...connector, counts: 'records' },
      rival(lowCode.manifest),
      rival(withoutFilter(bench, lowCode)),
    ];
    const [first, second, third] = await measureInTurn(bench, programs, { entries, rounds });
    return { entries, rounds, connector: speedOf(first), manifest: speedOf(second), unfiltered: speedOf(third) };
  } finally {
    await tenant.stop();
  }
}

interface Volume {
  readonly entries: number;
  readonly rounds: number;
}

async function measureInTurn(
  bench: Bench,
  programs: readonly MeasuredProgram[],
  { entries, rounds }: Volume,
): Promise<readonly (readonly MeasuredRun[])[]> {
  const runs = programs.map((): MeasuredRun[] => []);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, program] of programs.entries()) {
      const run = await measure(program, bench);
      if (run.counted !== entries) throw new Error(`${program.script}: ${run.counted} records of ${entries} entries`);
      runs[index]?.push(run);
    }
    bench.say(
      `  round ${round} of ${rounds}: ${runs.map((of) => `${of.at(-1)?.seconds.toFixed(2) ?? ''} s`).join(', ')}`,
    );
  }
  return runs;
}

function speedOf(runs: readonly MeasuredRun[] = []): Speed {
  return {
    recordsPerSecond: median(runs.map(({ counted, seconds }) => counted / seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
  };
}

function withoutFilter({ folder }: Bench, { manifest }: LowCode): string {
  const whole = readFileSync(manifest, 'utf8');
  const rest = whole.replace(/^ +record_filter:\n +type: RecordFilter\n +condition: .*\n/m, '');
  if (rest === whole) throw new Error(`no record filter was found in ${manifest}`);
  const path = join(folder, 'manifest-without-filter.yaml');
  writeFileSync(path, rest);
  return path;
}

/** Starts both in turn. @throws Error when one fails */
export function compareStarts([connector, rival]: readonly [Contestant, Contestant], bench: Bench): Starts {
  const runs = bench.quick ? 3 : STARTS;
  bench.say(`rival: ${runs} starts of spec each`);
  const connectorMs: number[] = [];
  const rivalMs: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const [one, other] = [specMs(connector), specMs(rival)];
    // The first ones fill the disk's cache.
    if (run === 0) continue;
    connectorMs.push(one);
    rivalMs.push(other);
  }
  return { runs, connectorMs: median(connectorMs), rivalMs: median(rivalMs) };
}

/** Of the runner itself: it reads no manifest for `spec`. @throws Error when it fails */
function specMs({ command: [command, ...before], name }: Contestant): number {
  const started = performance.now();
  const { status } = spawnSync(command, [...before, 'spec'], { stdio: 'ignore' });
  const ended = performance.now();
  if (status !== 0) throw new Error(`${name}: spec failed`);
  return ended - started;
}
