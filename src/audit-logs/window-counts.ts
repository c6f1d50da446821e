import type { Range } from '../tines/range';
import { formatSeconds, LAST_SECOND } from '../tines/timestamp';

/** What became of one window. */
export interface WindowCounts {
  readonly range: Range;
  /** Entries that are new, and entries that an earlier sync has delivered. */
  readonly delivered: number;
  readonly known: number;
  /** How many entries Tines counts in it; undefined where it doesn't count, or its counts proved wrong. */
  readonly counted: number | undefined;
  /** How many of them it doesn't show. */
  readonly missing: number;
  readonly withoutId: number;
  readonly withoutTime: number;
  /** Whether two rows were shown that have one id and not the same content. */
  readonly hasConflicts: boolean;
}

/** What is to be warned of in a window, one text each. Never an entry's contents. */
export function warningsOf({ range, missing, withoutId, withoutTime, hasConflicts }: WindowCounts): string[] {
  const { from, to = Infinity } = range;
  const between = `between ${formatSeconds(from)} and ${to > LAST_SECOND ? 'now' : formatSeconds(to)}`;
  const warnings: string[] = [];
  if (missing > 0) {
    warnings.push(
      `Tines counts ${missing} more entries ${between} than it shows, also when read again. What it shows was delivered.`,
    );
  }
  if (hasConflicts) {
    warnings.push(
      `Tines shows entries ${between} that have one id and not the same content. The one that was shown first was delivered.`,
    );
  }
  if (withoutId > 0) {
    warnings.push(`${withoutId} entries ${between} have no id: a hash of their content stands for it.`);
  }
  if (withoutTime > 0) {
    warnings.push(
      `${withoutTime} entries ${between} have no time that fits: the start of the range that was asked for stands for it.`,
    );
  }
  return warnings;
}
