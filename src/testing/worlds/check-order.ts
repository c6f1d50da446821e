import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { Breach } from './law';
import { streamedSeconds } from './sync-end';
import type { Tally } from './tally';

/** The second of each entry that all stores have shown since before the sync, epoch s, by its record's id. */
export type SecondOf = (id: string) => number | undefined;

/**
 * Checks the order of a sync's records: timestamps ascend within each window, and seconds over all windows. A second that
 * the sync has said to be streamed need not be sorted; what showed late, or has no time, may come with a later window.
 * @param ends how many records there were at the end of each window
 * @throws Breach
 */
export function checkOrder(run: SourceRun, ends: readonly number[], secondOf: SecondOf, tally: Tally): void {
  const streamed = streamedSeconds(run);
  let before = -Infinity;
  for (const [window, end] of ends.entries()) {
    const records = run.records.slice(ends[window - 1] ?? 0, end).map(({ data }) => data);
    const ids = records.map((record) => String(record['id']));
    const timestamps = records.map((record) => String(record['timestamp']));
    const seconds = ids.map(secondOf).filter((second) => second !== undefined);
    tally.records += ids.length;
    tally.late += ids.length - seconds.length;
    if (timestamps.some((timestamp, index) => timestamp < (timestamps[index - 1] ?? ''))) {
      // An answer for a second shows its neighbours.
      const isStreamed = streamed.some((streamedSecond) =>
        seconds.every((second) => Math.abs(second - streamedSecond) <= 1),
      );
      if (!isStreamed)
        throw new Breach(`a window of ${ids.length} records does not ascend, from ${timestamps[0] ?? ''}`);
      tally.streamed += ids.length;
    }
    const first = Math.min(...seconds);
    if (first < before) throw new Breach(`a record of ${isoOf(first)} comes after one of ${isoOf(before)}`);
    before = Math.max(before, ...seconds);
  }
}

const isoOf = (second: number): string => new Date(second * 1000).toISOString();
