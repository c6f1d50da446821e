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
type Place<Slice, Result> = Started<Result> | { readonly untaken: Iterator<Slice> };

interface Started<Result> {
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
  { read, workers, hasRoom }: InOrderOptions<Slice, Result>,
): AsyncGenerator<Result, void> {
  /** In order; together they are what is left. */
  const places: Place<Slice, Result>[] = [{ untaken: slices[Symbol.iterator]() }];
  let handedOver: readonly Result[] = [];
  let active = 0;

  const mayReadAhead = (): boolean => {
    const held = places.flatMap((place) => ('untaken' in place ? [] : [resultOf(place)]));
    return active < workers && hasRoom([...handedOver, ...held]);
  };
  const settle = async (slice: Slice, place: Started<Result>): Promise<void> => {
    active += 1;
    try {
      const reading = await read(slice);
      if (reading.kind === 'result') place.outcome = { result: reading.result };
      else places.splice(places.indexOf(place), 1, { untaken: reading.slices[Symbol.iterator]() });
    } catch (error) {
      place.outcome = { error };
    }
    active -= 1;
    start();
  };
  /** Starts what may be started, from the front on. */
  const start = (): void => {
    for (let index = 0; index < places.length;) {
      const place = places[index];
      if (place === undefined || !('untaken' in place)) {
        index += 1;
        continue;
      }
      if (index > 0 && !mayReadAhead()) return;
      const next = place.untaken.next();
      if (next.done === true) {
        places.splice(index, 1);
        continue;
      }
      const started: Started<Result> = { reading: Promise.resolve(), outcome: undefined };
      places.splice(index, 0, started);
      started.reading = settle(next.value, started);
    }
  };

  for (;;) {
    start();
    const [front] = places;
    if (front === undefined || 'untaken' in front) return;
    if (front.outcome === undefined) {
      await front.reading;
      continue;
    }
    places.shift();
    if ('error' in front.outcome) throw front.outcome.error;
    handedOver = [front.outcome.result];
    // What comes next is read while this is used.
    start();
    yield front.outcome.result;
    handedOver = [];
  }
}

const resultOf = <Result>({ outcome }: Started<Result>): Result | undefined =>
  outcome !== undefined && 'result' in outcome ? outcome.result : undefined;

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
