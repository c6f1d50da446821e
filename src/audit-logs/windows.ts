import { inOrder, type SliceReading } from '@airbyte/cdk-typescript-compat/incremental';
import { Coverage, type CoverageOptions } from './coverage';
import { nothingReadableError, type UnreadableSecondError } from './dense-second';
import { askOpenEnd } from './open-end';
import { isClosed, lengthOf, type ClosedRange, type Range } from '../tines/range';
import type { Answer } from '../tines/range-client';
import { expectedBytes, mostRows, windowsFor, type WindowSizes } from './window-size';

/** A window that is ready for delivery. */
export type Window =
  /** Held as the answers that cover it. `counted`: rows that Tines counts in it, see {@link Coverage}. */
  | {
      readonly kind: 'held';
      readonly range: Range;
      readonly answers: readonly Answer[];
      readonly counted: number | undefined;
    }
  /** A second that doesn't fit what may be held, to be read as it is delivered. */
  | { readonly kind: 'dense_second'; readonly range: ClosedRange };

/** How windows are read. */
export interface WindowsOptions extends Omit<CoverageOptions, 'perPage' | 'mostRows' | 'mostBytes'> {
  readonly sizes: WindowSizes;
  /** How many windows are read at the same time, at most. */
  readonly workers: number;
  /** How long an answer takes, in ms. */
  readonly answerMs: () => number;
  /** Where an open range is cut first, epoch s: the later of both clocks after the sync's first answers. */
  readonly now: number;
}

/** A range to be read and, where that is known or can be guessed, how many rows it has. */
export interface Stretch {
  readonly range: Range;
  readonly rows?: number | undefined;
}

/** What stands in the line: a range to be read, or what is known of it already. */
type Slice =
  | {
      readonly kind: 'range';
      readonly range: Range;
      /** How often the open end was followed before. */
      readonly round: number;
      /** How long the windows beside it are, in s; shared by them. */
      readonly step?: Step | undefined;
    }
  | { readonly kind: 'dense_second'; readonly second: number }
  | { readonly kind: 'unreadable'; readonly error: UnreadableSecondError };

interface Step {
  seconds: number;
}

/** How many windows are read at the same time where answers take no time: one more is delivered meanwhile. */
const FEWEST_WINDOWS = 2;
/** For each of so many ms that answers take, one more: what a thousand requests a minute need. */
const MS_PER_WINDOW = 60;
/** How many windows are held then, the one that is delivered included. */
const FEWEST_OPEN = FEWEST_WINDOWS + 1;
/** So many more may be held for each one more that is read at the same time: they finish in any order. */
const OPEN_FOR_EACH = 2;
/** So many seconds in a row that can't be read, with no answer in between, mean that nothing can. */
const UNREADABLE_SECONDS = 3;

/**
 * The windows of touching ranges, oldest first, read several at a time. A range is cut only as its turn comes near, by
 * what is known by then.
 * @throws ConnectorError
 */
export function readWindows(stretches: readonly Stretch[], options: WindowsOptions): AsyncGenerator<Window, void> {
  return new Cutter(options).windows(stretches);
}

class Cutter {
  readonly #options: WindowsOptions;
  /** Seconds that can't be read, since there were so many answers. */
  #unreadable = 0;
  #answers = 0;

  constructor(options: WindowsOptions) {
    this.#options = options;
  }

  windows(stretches: readonly Stretch[]): AsyncGenerator<Window, void> {
    const { sizes, facts, workers, answerMs } = this.#options;
    return inOrder<Slice, Window>(this.#slicesOf(stretches), {
      workers,
      read: (slice) => this.#read(slice),
      hasRoom: (held) => {
        const expected = expectedBytes(sizes, facts);
        const bytes = held.reduce((sum, window) => sum + (window === undefined ? expected : bytesOf(window)), expected);
        const wanted = Math.min(workers, FEWEST_WINDOWS + Math.floor(answerMs() / MS_PER_WINDOW));
        const open = FEWEST_OPEN + OPEN_FOR_EACH * (wanted - FEWEST_WINDOWS);
        const active = held.filter((window) => window === undefined).length;
        return active < wanted && held.length < open && bytes <= Math.min(sizes.bytesHeld, open * expected);
      },
    });
  }

  *#slicesOf(stretches: readonly Stretch[]): Generator<Slice> {
    for (const { range, rows = 0 } of stretches) {
      const { sizes, facts } = this.#options;
      const windows = windowsFor(rows, sizes, facts);
      if (isClosed(range) && windows > 1) yield* cut(range, windows);
      else yield { kind: 'range', range, round: 0 };
    }
  }

  async #read(slice: Slice): Promise<SliceReading<Slice, Window>> {
    switch (slice.kind) {
      case 'dense_second':
        return { kind: 'result', result: { kind: slice.kind, range: { from: slice.second, to: slice.second + 1 } } };
      case 'unreadable':
        throw slice.error;
      case 'range': {
        const { range, round, step } = slice;
        return isClosed(range) ? this.#readClosed(range, step) : this.#readOpen(range, round);
      }
    }
  }

  async #readClosed(range: ClosedRange, step: Step | undefined): Promise<SliceReading<Slice, Window>> {
    const { sizes, client, facts, settledBefore } = this.#options;
    const reading = await new Coverage(range, {
      ...{ client, facts, settledBefore, perPage: sizes.perPage },
      mostRows: mostRows(sizes),
      mostBytes: sizes.bytes * sizes.slack,
    }).read();
    switch (reading.kind) {
      case 'covered': {
        const rows = reading.answers.reduce((sum, { page }) => sum + page.size, 0);
        // Where there is next to nothing, windows grow.
        if (step !== undefined && rows < sizes.perPage / 2) step.seconds *= 2;
        return { kind: 'result', result: { ...reading, kind: 'held', range } };
      }
      case 'too_big':
        if (step !== undefined) step.seconds = Math.max(1, Math.floor(step.seconds / 2));
        return { kind: 'instead', slices: cut(range, Math.max(2, windowsFor(reading.rows, sizes, facts))) };
      case 'split':
        if (reading.error !== undefined) this.#assertAnswers(reading.error);
        return { kind: 'instead', slices: around(reading.second, range, reading.error) };
    }
  }

  /** @throws ConnectorError where the seconds before, too, could not be read: else each second would be tried in turn */
  #assertAnswers(error: UnreadableSecondError): void {
    const { answers } = this.#options.facts;
    this.#unreadable = answers === this.#answers ? this.#unreadable + 1 : 1;
    this.#answers = answers;
    if (this.#unreadable >= UNREADABLE_SECONDS) throw nothingReadableError(error);
  }

  /** What is older than the end that an open range is given comes first; what is newer is asked for in its turn. */
  async #readOpen(range: Range, round: number): Promise<SliceReading<Slice, Window>> {
    const end = await askOpenEnd(range, round, this.#options);
    if (end.kind === 'covered') return { kind: 'result', result: { ...end, kind: 'held', range } };
    const older = this.#slicesOf([{ range: { from: range.from, to: end.at }, rows: end.rows }]);
    const nextRound = range.from < this.#options.now ? 0 : round + 1;
    const newer: Slice = { kind: 'range', range: { from: end.at, to: undefined }, round: nextRound };
    return { kind: 'instead', slices: end.isLastRound ? older : chain(older, newer) };
  }
}

/** A second that is read on its own, or can't be read, and the parts of its range before and behind it. */
function* around(
  second: number,
  { from, to }: ClosedRange,
  error: UnreadableSecondError | undefined,
): Generator<Slice> {
  if (from < second) yield { kind: 'range', range: { from, to: second }, round: 0 };
  // Nothing behind it is delivered.
  if (error !== undefined) {
    yield { kind: 'unreadable', error };
    return;
  }
  yield { kind: 'dense_second', second };
  if (second + 1 < to) yield { kind: 'range', range: { from: second + 1, to }, round: 0 };
}

/** Windows of a range, in equal parts at first: the step may change while they are taken. */
function* cut(range: ClosedRange, windows: number): Generator<Slice> {
  const step = { seconds: Math.ceil(lengthOf(range) / windows) };
  for (let { from } = range; from < range.to;) {
    const to = Math.min(range.to, from + step.seconds);
    yield { kind: 'range', range: { from, to }, round: 0, step };
    from = to;
  }
}

function* chain(first: Iterable<Slice>, last: Slice): Generator<Slice> {
  yield* first;
  yield last;
}

function bytesOf(window: Window): number {
  return window.kind === 'held' ? window.answers.reduce((sum, { page }) => sum + page.bytes, 0) : 0;
}
