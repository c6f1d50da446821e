// `npm run bench`: measures the built program against simulated tenants on this machine. See `USAGE`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { memory } from './memory';
import { pace } from './pace';
import type { Bench, Part } from './part';
import { json, markdown, textTable, type Finished, type Machine } from './report';
import { requests } from './requests';
import { rivalPart } from './rival/rival';
import { startup } from './startup';
import { picture } from './svg';
import { throughput } from './throughput';
import { VolumeRuns } from './volume-runs';

const PARTS: readonly Part[] = [throughput, pace, memory, requests, startup];

const USAGE = `Usage: npm run bench [-- options]
  --only LETTERS  only these parts, such as a,e: ${PARTS.map(({ letter, name }) => `${letter} ${name}`).join(', ')}, rival
  --rival         also the part rival: against tools/bench/low-code/manifest.yaml; what runs that is installed when missing
  --quick         shorter, for trying out
With all parts, and not --quick, docs/benchmarks.{json,md,svg} are written anew: with --rival with its section, else
without one. Exits with 1 when a requirement is missed.
`;

interface Arguments {
  readonly parts: readonly Part[];
  readonly quick: boolean;
  /** Whether these are all parts that the page needs. */
  readonly complete: boolean;
}

function readArguments(): Arguments {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { only: { type: 'string' }, quick: flag, rival: flag } });
  const letters = values.only?.split(',') ?? PARTS.map(({ letter }) => letter);
  const rival = rivalPart(values.rival);
  if (values.rival && !letters.includes(rival.letter)) letters.push(rival.letter);
  const known = [...PARTS, rival];
  const unknown = letters.find((letter) => !known.some((part) => part.letter === letter));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}".\n\n${USAGE}`);
  return {
    parts: known.filter(({ letter }) => letters.includes(letter)),
    quick: values.quick,
    complete: PARTS.every(({ letter }) => letters.includes(letter)),
  };
}

async function main(): Promise<void> {
  const { parts, quick, complete } = readArguments();
  const folder = mkdtempSync(join(tmpdir(), 'source-tines-bench-'));
  const root = resolve(__dirname, '../..');
  const say = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  try {
    const finished = await runAll(parts, { root, folder, quick, say, volumes: new VolumeRuns() });
    const findings = finished.flatMap(({ result }) => result.findings);
    process.stdout.write(`\n${textTable(findings)}\n`);
    if (complete && !quick) writeDocs(join(root, 'docs'), finished);
    if (findings.some(({ met }) => !met)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(parts: readonly Part[], bench: Bench): Promise<readonly Finished[]> {
  const finished: Finished[] = [];
  for (const part of parts) finished.push({ part, result: await part.run(bench) });
  return finished;
}

function writeDocs(docs: string, finished: readonly Finished[]): void {
  const machine: Machine = {
    date: new Date().toISOString(),
    node: process.versions.node,
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
  };
  const findings = finished.flatMap(({ result }) => result.findings);
  const charts = finished.flatMap(({ result }) => result.charts);
  const sections = finished.flatMap(({ result }) => result.section ?? []);
  const foot = `${machine.date.slice(0, 10)}, Node ${machine.node}, ${machine.cores} cores, one run of npm run bench`;
  mkdirSync(docs, { recursive: true });
  writeFileSync(join(docs, 'benchmarks.json'), json(finished, machine));
  writeFileSync(join(docs, 'benchmarks.md'), markdown(findings, machine, sections));
  writeFileSync(join(docs, 'benchmarks.svg'), picture(charts, foot));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
