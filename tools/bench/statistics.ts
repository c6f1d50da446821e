import { numberText } from '../../src/wording';

/** The middle value; of an even number of values the mean of the two in the middle. @throws RangeError without values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const above = sorted[Math.floor(sorted.length / 2)];
  const below = sorted[Math.floor((sorted.length - 1) / 2)];
  if (above === undefined || below === undefined) throw new RangeError('no values');
  return (above + below) / 2;
}

/** `1234567` as `1,234,567`, rounded to a whole number. */
export const count = (value: number): string => numberText(Math.round(value));

/** A number of bytes as `98.7 MB`, in millions. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
