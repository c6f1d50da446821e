/** The ceiling of the first back-off, which doubles with each failure, and that of the last one, in ms. */
const BASE_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * Exponential back-off with full jitter: anything from nothing to the ceiling.
 * @param failures in a row, from 1
 * @param random 0 to 1
 * @returns ms to wait
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_MS, BASE_MS * 2 ** (failures - 1));
}
