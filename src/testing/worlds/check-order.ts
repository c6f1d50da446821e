import type { DeliveredWindow } from './delivered-window';
import { Breach } from './law';

/** What the order of a sync's records may depend on. */
export interface Ordering {
  /** Whether nothing showed late and each entry has one time: then records ascend over all windows. */
  readonly isWhole: boolean;
  /** The largest spread of the timestamps of a second's entries and its neighbours, in ms. */
  readonly denseSpreadMs: number;
}

/**
 * Checks that records ascend by timestamp, within each window or over all of them. A second that is streamed need not be
 * sorted.
 * @throws Breach
 */
export function checkOrder(windows: readonly DeliveredWindow[], { isWhole, denseSpreadMs }: Ordering): void {
  let before = '';
  for (const { timestamps } of windows) {
    const sorted = timestamps.toSorted();
    const [oldest = '', newest = ''] = [sorted[0], sorted.at(-1)];
    const isStreamed = Date.parse(newest) - Date.parse(oldest) <= denseSpreadMs;
    if (!isStreamed && timestamps.some((timestamp, index) => timestamp !== sorted[index])) {
      throw new Breach(`a window of ${timestamps.length} records does not ascend, ${oldest} to ${newest}`);
    }
    if (isWhole && timestamps.length > 0 && oldest < before) throw new Breach(`${oldest} comes after ${before}`);
    if (newest > before) before = newest;
  }
}
