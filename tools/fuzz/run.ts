import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FuzzStatistics } from './engine/fuzzer';
import { runTarget } from './engine/target-run';
import { PLANTED, TARGET_NAMES } from './targets/names';

const FOLDER = join(__dirname, '../../tools/fuzz');
const FINDINGS = join(FOLDER, 'findings');
const USAGE = 'Usage: npm run fuzz -- [TARGET...] [--seconds N]';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string' } } });
const seconds = Number(values.seconds ?? '10');
const known: readonly string[] = [...TARGET_NAMES, PLANTED];
const names = positionals.length > 0 ? positionals : TARGET_NAMES;

/** Fuzzes one target, prints what it has come to, and stores what it has found. @returns whether there is a finding */
async function fuzz(name: string): Promise<boolean> {
  const options = { name, seedFolder: join(FOLDER, 'seeds'), ms: seconds * 1000 };
  const { statistics, finding } = await runTarget({ ...options, worker: join(__dirname, 'worker.js') });
  const done = statistics === undefined ? 'ended early' : textOf(statistics);
  print(`${name.padEnd(12)}${done}${finding === undefined ? '' : ', A FINDING:'}`);
  if (finding === undefined) return false;
  const path = join(FINDINGS, name);
  mkdirSync(FINDINGS, { recursive: true });
  writeFileSync(path, finding.input);
  const { length } = finding.input;
  print(`\n${finding.error}\n\nInput (${length} bytes), stored as tools/fuzz/findings/${name}:`);
  print(JSON.stringify(Buffer.from(finding.input).toString('latin1', 0, 400)));
  return true;
}

function textOf({ executions, ms, covered, counters, features, corpus, corpusBytes }: FuzzStatistics): string {
  return [
    `${(ms / 1000).toFixed(1)} s`,
    `${executions} executions (${Math.round((executions / ms) * 1000)}/s)`,
    `${covered} of ${counters} counters`,
    `${features} features`,
    `corpus ${corpus} (${Math.ceil(corpusBytes / 1024)} kB)`,
  ].join(', ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || !(seconds > 0)) {
    print(`${USAGE}\nTargets: ${TARGET_NAMES.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  let findings = 0;
  for (const name of names) if (await fuzz(name)) findings += 1;
  print(`${names.length} targets fuzzed, ${findings} with a finding`);
  if (findings > 0) process.exitCode = 1;
}

void main();
