import type { JsonObject } from '../src/protocol';

/** How many rows, and how many slices of any, may wait for their turn before no other slice is begun. */
const MAX_WAITING_ROWS = 20_000;
const MAX_WAITING_SLICES = 500;

/** What reading a slice has come to: its result, or other slices that stand in its place. */
export type SliceReading<Slice, Result> =
  | { readonly kind: 'result'; readonly result: Result }
  /** Taken from the iterable one by one, only as their turn comes near. */
  | { readonly kind: 'instead'; readonly slices: Iterable<Slice> };

/** How slices are read. */
export interface InOrderOptions<Slice, Result> {
  /** Reads a slice. Called for several at a time, in their order. */
  readonly read: (slice: Slice) => Promise<SliceReading<Slice, Result>>;
  /** How many are read at the same time. */
  readonly workers: number;
  /**
   * Whether another slice may be read ahead.
   * @param held the results that are held, in order: the one handed over last, until the next is asked for, and those that
   *   wait for their turn; undefined for slices that are still being read
   */
  readonly hasRoom: (held: readonly (Result | undefined)[]) => boolean;
}

/** A slice that is being read or was read, or slices that nobody has begun with. */
type Place<Slice, Result> = Started<Result> | { readonly kind: 'untaken'; readonly slices: Iterator<Slice> };

interface Started<Result> {
  readonly kind: 'started';
  /** Resolves when there is an outcome, or others have taken this place. Never rejects. */
  reading: Promise<void>;
  outcome: { readonly result: Result } | { readonly error: unknown } | undefined;
}

/**
 * Results of slices in the order of the slices, several of which are read at the same time and finish in any order. The
 * first slice that was not handed over is always read; others are as far as workers and room go. An error waits until
 * everything before it was handed over.
 */
export async function* inOrder<Slice, Result>(
  slices: Iterable<Slice>,
  options: InOrderOptions<Slice, Result>,
): AsyncGenerator<Result, void> {
  const line = new Line(slices, options);
  for (let next = await line.next(); next !== undefined; next = await line.next()) yield next.result;
}

/** An `hasRoom` for results that are rows. */
export function hasRoomForRows(held: readonly (readonly unknown[] | undefined)[]): boolean {
  return (
    held.length < MAX_WAITING_SLICES && held.reduce((sum, rows) => sum + (rows?.length ?? 0), 0) < MAX_WAITING_ROWS
  );
}

/** All rows of an iterable of pages. */
export async function gathered(pages: AsyncIterable<readonly JsonObject[]>): Promise<readonly JsonObject[]> {
  const all: JsonObject[] = [];
  for await (const rows of pages) for (const row of rows) all.push(row);
  return all;
}

class Line<Slice, Result> {
  readonly #read: InOrderOptions<Slice, Result>['read'];
  readonly #workers: number;
  readonly #mayReadAhead: InOrderOptions<Slice, Result>['hasRoom'];
  /** In order; together they are what is left. */
  readonly #places: Place<Slice, Result>[];
  #handedOver: { readonly result: Result } | undefined;
  #active = 0;

  constructor(slices: Iterable<Slice>, { read, workers, hasRoom }: InOrderOptions<Slice, Result>) {
    this.#read = read;
    this.#workers = workers;
    this.#mayReadAhead = hasRoom;
    this.#places = [untaken(slices)];
  }

  async next(): Promise<{ readonly result: Result } | undefined> {
    this.#handedOver = undefined;
    for (;;) {
      this.#start();
      const [front] = this.#places;
      if (front?.kind !== 'started') return undefined;
      if (front.outcome === undefined) {
        await front.reading;
        continue;
      }
      this.#places.shift();
      if ('error' in front.outcome) throw front.outcome.error;
      this.#handedOver = front.outcome;
      // What comes next is read while this is used.
      this.#start();
      return front.outcome;
    }
  }

  /** Starts what may be started, from the front on. */
  #start(): void {
    for (let index = 0; index < this.#places.length;) {
      const place = this.#places[index];
      if (place?.kind === 'untaken') {
        if (index > 0 && !this.#hasRoom()) return;
        const next = place.slices.next();
        if (next.done === true) this.#places.splice(index, 1);
        else this.#places.splice(index, 0, this.#started(next.value));
      } else {
        index += 1;
      }
    }
  }

  #hasRoom(): boolean {
    const held = this.#places.flatMap((place) =>
      place.kind === 'started'
        ? [place.outcome !== undefined && 'result' in place.outcome ? place.outcome.result : undefined]
        : [],
    );
    if (this.#handedOver !== undefined) held.unshift(this.#handedOver.result);
    return this.#active < this.#workers && this.#mayReadAhead(held);
  }

  #started(slice: Slice): Started<Result> {
    const place: Started<Result> = { kind: 'started', reading: Promise.resolve(), outcome: undefined };
    place.reading = this.#settle(slice, place);
    return place;
  }

  async #settle(slice: Slice, place: Started<Result>): Promise<void> {
    this.#active += 1;
    try {
      const reading = await this.#read(slice);
      if (reading.kind === 'result') place.outcome = { result: reading.result };
      else this.#places.splice(this.#places.indexOf(place), 1, untaken(reading.slices));
    } catch (error) {
      place.outcome = { error };
    }
    this.#active -= 1;
    this.#start();
  }
}

function untaken<Slice>(slices: Iterable<Slice>): { readonly kind: 'untaken'; readonly slices: Iterator<Slice> } {
  return { kind: 'untaken', slices: slices[Symbol.iterator]() };
}
