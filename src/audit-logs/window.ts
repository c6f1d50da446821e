/** A part of the range: epoch s, `from` included, `to` not. Windows of one range touch and never overlap. */
export interface Window {
  readonly from: number;
  /** Undefined: open to whatever is newest. */
  readonly to: number | undefined;
}

/** What the API is asked for: one second wider than the window, whether it takes its edges in or not. */
export interface Bounds {
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/** The beginning of time: a window from here asks without `after`. */
export const BEGINNING = 0;

/** The bounds of a window. */
export function boundsOf(window: Window): Bounds {
  return {
    after: window.from <= BEGINNING ? undefined : window.from - 1,
    before: window.to === undefined ? undefined : window.to,
  };
}

/** The shortest window: it can't be cut. An open window counts as ending at `now`. */
export const isOneSecond = (window: Window, now: number): boolean => lengthOf(window, now) <= 1;

/** In seconds, at least 1. */
export function lengthOf(window: Window, now: number): number {
  return Math.max(1, (window.to ?? Math.max(now, window.from + 1)) - window.from);
}
