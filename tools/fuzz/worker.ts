import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../simulated-tenant/random';
import { Counters, type FileCounters } from './engine/counters';
import { CurrentInput } from './engine/current-input';
import { Fuzzer } from './engine/fuzzer';
import type { WorkerOptions } from './engine/target-run';
import { targets } from './targets';

declare global {
  /** Where Istanbul keeps the counters of each file. */
  var __coverage__: Record<string, FileCounters> | undefined;
}

const SEED = 20_261_126;

/** Fuzzes one target in this thread, and tells the thread that has started it. */
async function work({ name, seedFolder, ms, memory }: WorkerOptions): Promise<void> {
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const current = new CurrentInput(memory);
  const fuzzer = new Fuzzer({
    target,
    seeds: readSeeds(seedFolder, name),
    counters: new Counters(Object.values(globalThis.__coverage__ ?? {})),
    random: seededRandom(SEED),
    now: Date.now,
    until: Date.now() + ms,
    onInput: (input) => {
      current.set(input);
    },
  });
  await target.start?.();
  const result = await fuzzer.run();
  await target.stop?.();
  parentPort?.postMessage(result);
}

void work(workerData as WorkerOptions);

/** The seeds of a target, in the order of their names: small inputs to begin with. None where there is no such folder. */
function readSeeds(folder: string, target: string): Buffer[] {
  const path = join(folder, target);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .toSorted()
    .map((name) => readFileSync(join(path, name)));
}
