import type { Opening } from './opening';
import { RETENTION_SECONDS, type ClosedRange } from '../tines/range';
import type { Answer } from '../tines/range-client';
import type { ServerFacts } from './server-facts';
import { estimatedRows, rowsBetween } from '../tines/shown';
import type { Stretch } from './windows';

/** Entries may be kept for a while longer. In s. */
const RETENTION_GRACE_SECONDS = 30 * 24 * 3600;

/**
 * The parts of a sync's range, oldest first: what is older than Tines keeps, where next to nothing is expected; what has
 * settled; and the open rest, in which entries may still appear.
 * @param settledBefore epoch s
 */
export function stretchesOf(
  { first, now }: Opening,
  from: number,
  settledBefore: number,
  facts: ServerFacts,
): Stretch[] {
  const oldestKept = now - RETENTION_SECONDS - RETENTION_GRACE_SECONDS;
  const start = from < oldestKept && oldestKept < settledBefore ? oldestKept : from;
  const stretches: Stretch[] = start > from ? [{ range: { from, to: start } }] : [];
  if (settledBefore <= start) return [...stretches, { range: { from: start, to: undefined } }];
  const settled: ClosedRange = { from: start, to: settledBefore };
  return [
    ...stretches,
    { range: settled, rows: settledRows(first, settled, now, facts) },
    { range: { from: settledBefore, to: undefined } },
  ];
}

/** By the count of the first answer, or by the density of what it shows; undefined where there was no first answer. */
function settledRows(
  first: Answer | undefined,
  settled: ClosedRange,
  now: number,
  facts: ServerFacts,
): number | undefined {
  if (first === undefined) return undefined;
  const { count } = first.page.meta;
  const isCounted = count !== undefined && count >= first.page.size && facts.believesClaims;
  const all = isCounted ? count : estimatedRows(first.shown, { from: settled.from, to: Math.max(now, settled.to) });
  return Math.max(0, all - rowsBetween(first.page, settled.to, Infinity));
}
