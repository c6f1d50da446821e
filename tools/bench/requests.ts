import type { Part } from './part';
import { count } from './statistics';
import type { VolumeRun } from './volume-runs';

const PER_PAGE = 500;
/** Audit log requests for 500 entries delivered, from `LEAST_ENTRIES` on. */
const MOST_REQUESTS = { even: 1.05, office_hours: 1.1 } as const;
const LEAST_ENTRIES = 100_000;

/** How many requests a page's worth of entries costs: 1 would be none for finding out how to cut the range. */
export const requests: Part = {
  letter: 'd',
  name: 'requests',
  run: async (bench) => {
    const runs = await bench.volumes.all(bench);
    return {
      findings: runs.map((run) => ({
        what: `Requests for 500 entries, ${titleOf(run)}`,
        measured: costOf(run).toFixed(3),
        required: run.entries >= LEAST_ENTRIES ? `<= ${MOST_REQUESTS[run.spread]}` : '',
        met: run.entries < LEAST_ENTRIES || costOf(run) <= MOST_REQUESTS[run.spread],
      })),
      charts: [
        {
          title: 'Requests for 500 entries',
          note: 'a full page has 500',
          bars: runs.map((run) => ({
            label: titleOf(run),
            value: costOf(run),
            text: costOf(run).toFixed(3),
            tone: 'connector' as const,
          })),
          line: { value: MOST_REQUESTS.office_hours, label: `limit from ${count(LEAST_ENTRIES)} on, office hours` },
        },
      ],
      figures: {
        runs: runs.map((run) => ({
          entries: run.entries,
          spread: run.spread,
          requests: run.requests,
          requests_per_500_entries: Math.round(costOf(run) * 1000) / 1000,
        })),
      },
    };
  },
};

const costOf = ({ requests: sent, entries }: VolumeRun): number => sent / (entries / PER_PAGE);

const titleOf = ({ entries, spread }: VolumeRun): string => `${count(entries)} ${spread.replace('_', ' ')}`;
