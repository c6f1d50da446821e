import type { Page } from '../tines/client';
import type { PageSource } from './page-source';
import { lengthOf, type Window } from './window';
import {
  readWindow,
  type Candidate,
  type DenseSecond,
  type HeldWindow,
  type ReadingLimits,
  type TooBig,
  type WholeWindow,
} from './window-reader';

/** A range that is known to be too big for one window: parts are taken off its beginning. */
interface Uncut {
  readonly kind: 'uncut';
  readonly candidate: Candidate;
  /** Length of the next part, in s. */
  readonly next: number;
  /** Length of the others, in s. */
  readonly step: number;
}

interface Place {
  readonly kind: 'place';
  readonly candidate: Candidate;
  /** Resolves once the window is read, or was replaced by its parts. */
  reading: Promise<void> | undefined;
  outcome: { readonly value: WholeWindow | HeldWindow | DenseSecond } | { readonly error: unknown } | undefined;
}

/**
 * The windows of a range, oldest first, several read at the same time, so that the workers have something to ask for
 * while a window waits for its page 1. A part of the range is cut only when its turn comes near.
 */
export class ReadAhead {
  /** Oldest first; together they are what is left of the range. */
  private line: (Place | Uncut)[];

  /** @param first page 1 of the whole range, where it could be had */
  constructor(
    private readonly pages: PageSource,
    private readonly limits: ReadingLimits,
    range: Window,
    first: Page | undefined,
  ) {
    const candidate = { window: range, parentCount: undefined, trustCount: true };
    const place = placeFor(candidate);
    this.line = [place];
    this.start(place, first);
  }

  /** The next window, undefined after the last. @throws ConnectorError */
  async next(): Promise<WholeWindow | DenseSecond | undefined> {
    for (;;) {
      this.startAhead();
      const front = this.line[0];
      if (front === undefined) return undefined;
      // startAhead cuts an uncut range at the front.
      if (front.kind === 'uncut') continue;
      if (front.outcome === undefined) {
        await front.reading;
        continue;
      }
      if ('error' in front.outcome) throw front.outcome.error;
      const { value } = front.outcome;
      const opened = value.kind === 'held' ? await value.open() : value;
      if (opened.kind === 'too_big') {
        this.replace(front, opened);
        continue;
      }
      this.line.shift();
      this.startAhead();
      return opened;
    }
  }

  /** Starts what may be started: the oldest windows, as many as may be open. */
  private startAhead(): void {
    for (let index = 0; index < Math.min(this.limits.sizes.windowsOpen, this.line.length); index += 1) {
      const place = this.placeAt(index);
      if (place.reading === undefined) this.start(place, undefined);
    }
  }

  /** The place at `index`; a range that is still uncut there loses its first part to it. */
  private placeAt(index: number): Place {
    const item = this.line[index];
    if (item === undefined) throw new RangeError(`no place ${index}`);
    if (item.kind === 'place') return item;
    const { window } = item.candidate;
    const cutAt = window.from + item.next;
    const end = window.to ?? this.pages.now;
    const place = placeFor({ ...item.candidate, window: cutAt >= end ? window : { from: window.from, to: cutAt } });
    const rest: Uncut = {
      ...item,
      next: item.step,
      candidate: { ...item.candidate, window: { from: cutAt, to: window.to } },
    };
    this.line.splice(index, 1, place, ...(cutAt >= end ? [] : [rest]));
    return place;
  }

  private start(place: Place, first: Page | undefined): void {
    place.reading = this.read(place, first);
  }

  /** Never rejects: an error is kept until it is this window's turn. */
  private async read(place: Place, first: Page | undefined): Promise<void> {
    try {
      const reading = await readWindow(this.pages, place.candidate, this.limits, first);
      if (reading.kind === 'too_big') this.replace(place, reading);
      else place.outcome = { value: reading };
    } catch (error) {
      place.outcome = { error };
    }
    this.startAhead();
  }

  private replace(place: Place, tooBig: TooBig): void {
    const parts = cut(tooBig, this.limits.settledBefore, this.pages.now);
    this.line.splice(this.line.indexOf(place), 1, ...parts);
  }
}

function placeFor(candidate: Candidate): Place {
  return { kind: 'place', candidate, reading: undefined, outcome: undefined };
}

/**
 * What stands in the line for a window that is too big. The part that has settled is kept apart from the part where
 * insertions are usual, so that only this one is read page after page.
 */
function cut(tooBig: TooBig, settled: number, now: number): (Place | Uncut)[] {
  const { window } = tooBig;
  const { count: parentCount, trustCount, newest } = tooBig;
  const candidate = { window, parentCount, trustCount, newest };
  if (window.from < settled && (window.to === undefined || window.to > settled)) {
    const older = { ...candidate, window: { from: window.from, to: settled } };
    const newer = { ...candidate, window: { from: settled, to: window.to } };
    const first = tooBig.parts === 1 ? placeFor(older) : uncut(older, tooBig, now);
    return [first, placeFor(newer)];
  }
  return [uncut(candidate, tooBig, now)];
}

function uncut(candidate: Candidate, tooBig: TooBig, now: number): Uncut {
  const { window } = candidate;
  // Before the oldest entry there is nothing: equal parts would be empty ones, so the first part is longer.
  const empty = Math.max(0, (tooBig.oldest ?? window.from) - window.from);
  const length = lengthOf(window, now);
  const step = Math.max(1, Math.ceil((length - empty) / tooBig.parts));
  const next = empty + step < length ? empty + step : Math.max(empty, step);
  return { kind: 'uncut', candidate, next: Math.min(next, Math.max(1, length - 1)), step };
}
