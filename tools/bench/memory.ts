import type { Finding, Part } from './part';
import { count, megabytes } from './statistics';
import type { ResidentMemory } from './usage-probe';
import { LARGEST_VOLUME, VOLUMES, type VolumeRun } from './volume-runs';

/** axios takes some 7 MB of it. */
const MOST_BYTES = 120e6;
/** With larger entries, and their size in bytes. */
const MOST_BYTES_LARGE = 130e6;
const LARGE_ENTRY = 2000;
/** Of the peak at 1,000,000 entries, at `LARGEST_VOLUME` of them. */
const MOST_RATIO = 1.15;

/** Peak memory at several volumes, with a tenant that responds at once. */
export const memory: Part = {
  letter: 'c',
  name: 'memory',
  run: async (bench) => {
    const runs = await bench.volumes.all(bench);
    const peaks = VOLUMES.map((entries) => ({ entries, bytes: Math.max(...peaksAt(runs, entries)) }));
    const large = Math.max(...(await bench.volumes.get(bench, 100_000, 'even', LARGE_ENTRY)).peakBytes);
    const largest = bench.quick ? undefined : await bench.volumes.get(bench, LARGEST_VOLUME, 'office_hours');
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
        ...(largest === undefined ? [] : [growthOf(runs, largest)]),
        ...runs.flatMap(({ entries, spread, atEnd }) =>
          atEnd === undefined || spread === 'even' ? [] : [consistsOf(entries, atEnd)],
        ),
      ],
      charts: [
        {
          title: 'Peak memory',
          note: 'the highest of several reads, a tenant that responds at once',
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
        runs: [...runs, ...(largest === undefined ? [] : [largest])].map(({ entries, spread, peakBytes, atEnd }) => ({
          entries,
          spread,
          peak_bytes: peakBytes,
          at_end: atEnd,
        })),
      },
    };
  },
};

/** Both are read with entries in office hours, which have the largest windows. */
function growthOf(runs: readonly VolumeRun[], { entries, spread, peakBytes }: VolumeRun): Finding {
  const peak = Math.max(...peakBytes);
  const before = runs.filter((run) => run.spread === spread);
  const ratio = peak / Math.max(...peaksAt(before, 1_000_000));
  return {
    what: `Peak memory at ${count(entries)} entries against ${count(1_000_000)}, ${spread.replace('_', ' ')}`,
    measured: `${ratio.toFixed(2)} (${megabytes(peak)})`,
    required: `<= ${MOST_RATIO}`,
    met: ratio <= MOST_RATIO,
  };
}

function consistsOf(entries: number, { all, files, heap, buffers }: ResidentMemory): Finding {
  const parts = [
    `Node's files ${megabytes(files)}`,
    `V8's heap ${megabytes(heap)}`,
    `buffers ${megabytes(buffers)}`,
    `other ${megabytes(all - files - heap - buffers)}`,
  ];
  const what = `Of it at the end of a read, ${count(entries)} entries`;
  return { what, measured: parts.join(', '), required: '', met: true };
}

/** Of all these reads. */
function peaksAt(runs: readonly VolumeRun[], entries: number): readonly number[] {
  return runs.filter((run) => run.entries === entries).flatMap((run) => run.peakBytes);
}
