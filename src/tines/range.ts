/** A half-open range of seconds (epoch s): `from` is in it, `to` is not; without `to` it is open to whatever is newest. */
export interface Range {
  readonly from: number;
  readonly to: number | undefined;
}

/** A range with an end. */
export interface ClosedRange extends Range {
  readonly to: number;
}

/** The lower end of a range that reaches back to the oldest entry: it is asked for without `after`. Epoch s. */
export const BEGINNING = 0;

/** The length of a closed range in s. */
export const lengthOf = ({ from, to }: ClosedRange): number => to - from;

/** The middle of a closed range that is longer than a second, as the first second of its newer half. Epoch s. */
export const middleOf = (range: ClosedRange): number => range.from + Math.max(1, Math.floor(lengthOf(range) / 2));

/** Narrowing of a range to one that has an end. */
export const isClosed = (range: Range): range is ClosedRange => range.to !== undefined;

/** Whether a range is one second, which can't be cut any further: the API takes whole seconds only. */
export const isOneSecond = (range: Range): boolean => range.to !== undefined && range.to - range.from <= 1;

/** How long Tines keeps audit logs, in s: two years (https://www.tines.com/docs/admin/audit-logs). */
export const RETENTION_SECONDS = 2 * 365 * 24 * 3600;
