/** A body that was received whole. */
export interface StoredBody {
  /** As it came. Not to be used after {@link free}. */
  readonly bytes: Buffer;
  /** Lets its place be used again. Who never calls it leaves the place to the garbage collector. */
  free(): void;
}

/** A body went on for longer than is allowed. */
export class BodyTooLargeError extends Error {
  /** @param most in bytes */
  constructor(readonly most: number) {
    super(`a body of more than ${most} bytes`);
    this.name = 'BodyTooLargeError';
  }
}

/** Places are of multiples of this size, in bytes. */
const PLACE_STEP = 32 * 1024;
/** A body doesn't take a place of more than so many times its size. */
const LARGEST_WASTE = 2;

/**
 * Receives bodies into places that are used again. Left to the garbage collector, the pieces of bodies that arrive at
 * the same time, and the bodies that are held, are freed so late that several times of what is held lies around.
 */
export class BodyStore {
  /** Free places, the smallest first. */
  private readonly places: Buffer[] = [];

  /**
   * Receives a body.
   * @param expected how long it will be, in bytes, as far as that is known
   * @param most how long it may be, in bytes
   * @throws BodyTooLargeError, and whatever the pieces are interrupted with
   */
  async receive(pieces: AsyncIterable<Buffer>, expected: number, most: number): Promise<StoredBody> {
    let place = this.placeFor(Math.min(expected, most));
    let length = 0;
    for await (const piece of pieces) {
      const needed = length + piece.length;
      if (needed > most) throw new BodyTooLargeError(most);
      if (needed > place.length) {
        const larger = this.placeFor(2 * needed);
        place.copy(larger, 0, 0, length);
        this.free(place);
        place = larger;
      }
      piece.copy(place, length);
      length = needed;
    }
    return {
      bytes: place.subarray(0, length),
      free: () => {
        this.free(place);
      },
    };
  }

  private placeFor(length: number): Buffer {
    const size = Math.max(1, Math.ceil(length / PLACE_STEP)) * PLACE_STEP;
    const index = this.places.findIndex((place) => place.length >= size);
    const found = this.places[index];
    if (found === undefined || found.length > size * LARGEST_WASTE) return Buffer.allocUnsafeSlow(size);
    this.places.splice(index, 1);
    return found;
  }

  private free(place: Buffer): void {
    const index = this.places.findIndex(({ length }) => length >= place.length);
    this.places.splice(index === -1 ? this.places.length : index, 0, place);
  }
}
