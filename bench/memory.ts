import type { Finding, Part } from './part';
import { count, median, megabytes } from './statistics';
import type { ResidentMemory } from './usage-probe';
import { VOLUMES, type VolumeRun, type Volume } from './volume-runs';

const MOST_BYTES = 100e6;
/** With larger entries, and their size in bytes. */
const MOST_BYTES_LARGE = 130e6;
const LARGE_ENTRY = 2000;
/** From 100,000 entries to 1,000,000. */
const MOST_GROWTH = 0.1;

/** Peak memory at several volumes, with a tenant that answers at once. */
export const memory: Part = {
  letter: 'c',
  name: 'memory',
  run: async (bench) => {
    const runs = await bench.volumes.all(bench);
    const peaks = VOLUMES.map((entries) => ({ entries, bytes: Math.max(...peaksAt(runs, entries)) }));
    const large = Math.max(...(await bench.volumes.get(bench, 100_000, 'even', LARGE_ENTRY)).peakBytes);
    const growth = median(peaksAt(runs, 1_000_000)) / median(peaksAt(runs, 100_000)) - 1;
    return {
      findings: [
        ...peaks.map(({ entries, bytes }) => ({
          what: `Peak memory at ${count(entries)} entries`,
          measured: megabytes(bytes),
          required: `< ${megabytes(MOST_BYTES)}`,
          met: bytes < MOST_BYTES,
        })),
        {
          what: `Peak memory at ${count(100_000)} entries of ${LARGE_ENTRY / 1000} kB`,
          measured: megabytes(large),
          required: `< ${megabytes(MOST_BYTES_LARGE)}`,
          met: large < MOST_BYTES_LARGE,
        },
        {
          what: 'Growth of its median from 100,000 to 1,000,000 entries',
          measured: `${(growth * 100).toFixed(0)} %`,
          required: `<= ${MOST_GROWTH * 100} %`,
          met: growth <= MOST_GROWTH,
        },
        ...runs.flatMap(({ entries, spread, atEnd }) =>
          atEnd === undefined || spread === 'even' ? [] : [consistsOf(entries, atEnd)],
        ),
      ],
      charts: [
        {
          title: 'Peak memory',
          note: 'the highest of several reads, a tenant that answers at once',
          bars: peaks.map(({ entries, bytes }) => ({
            label: `${count(entries)} entries`,
            value: bytes,
            text: megabytes(bytes),
            tone: 'connector' as const,
          })),
          line: { value: MOST_BYTES, label: 'limit' },
        },
      ],
      figures: {
        peak_bytes_of_2_kb_entries: large,
        growth: Math.round(growth * 1000) / 1000,
        runs: runs.map(({ entries, spread, peakBytes, atEnd }) => ({
          entries,
          spread,
          peak_bytes: peakBytes,
          at_end: atEnd,
        })),
      },
    };
  },
};

function consistsOf(entries: Volume, { all, files, heap, buffers }: ResidentMemory): Finding {
  const parts = [
    `Node's files ${megabytes(files)}`,
    `V8's heap ${megabytes(heap)}`,
    `buffers ${megabytes(buffers)}`,
    `other ${megabytes(all - files - heap - buffers)}`,
  ];
  const what = `Of it at the end of a read, ${count(entries)} entries`;
  return { what, measured: parts.join(', '), required: '', met: true };
}

/** Of all reads, of both spreads. */
function peaksAt(runs: readonly VolumeRun[], entries: Volume): readonly number[] {
  return runs.filter((run) => run.entries === entries).flatMap((run) => run.peakBytes);
}
