import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import type { Part } from './part';
import { median } from './statistics';

const RUNS = 101;
/** Of the time that Node itself takes. */
const MOST_RATIO = 1.2;

/** How long `spec` takes, compared with Node doing nothing. */
export const startup: Part = {
  letter: 'e',
  name: 'startup',
  run: (bench) => {
    bench.say(`start-up: ${RUNS} runs of spec and of nothing in turn`);
    const program = join(bench.root, 'bin/source-tines');
    const spec: number[] = [];
    const nothing: number[] = [];
    for (let run = 0; run <= RUNS; run += 1) {
      const specMs = milliseconds(program, ['spec']);
      const nothingMs = milliseconds(process.execPath, ['-e', '0']);
      // The first ones fill the disk's cache.
      if (run === 0) continue;
      spec.push(specMs);
      nothing.push(nothingMs);
    }
    return Promise.resolve(resultOf(median(spec), median(nothing)));
  },
};

/** @throws Error when it fails */
function milliseconds(program: string, args: readonly string[]): number {
  // The program's first line looks Node up in the path.
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const started = performance.now();
  const { status } = spawnSync(program, args, { stdio: 'ignore', env: { ...process.env, PATH: path } });
  const ended = performance.now();
  if (status !== 0) throw new Error(`${program} failed`);
  return ended - started;
}

function resultOf(specMs: number, nothingMs: number): Awaited<ReturnType<Part['run']>> {
  const ratio = specMs / nothingMs;
  return {
    findings: [
      {
        what: 'Start-up: spec against node -e 0',
        measured: `${ratio.toFixed(2)} (${specMs.toFixed(0)} ms)`,
        required: `<= ${MOST_RATIO}`,
        met: ratio <= MOST_RATIO,
      },
    ],
    charts: [
      {
        title: 'Start-up',
        note: `median of ${RUNS} runs`,
        bars: [
          { label: 'source-tines spec', value: specMs, text: `${specMs.toFixed(0)} ms`, tone: 'connector' },
          { label: 'node -e 0', value: nothingMs, text: `${nothingMs.toFixed(0)} ms`, tone: 'other' },
        ],
        line: { value: nothingMs * MOST_RATIO, label: 'limit' },
      },
    ],
    figures: {
      runs: RUNS,
      ratio: Math.round(ratio * 1000) / 1000,
      spec_ms: Math.round(specMs * 10) / 10,
      node_ms: Math.round(nothingMs * 10) / 10,
    },
  };
}
