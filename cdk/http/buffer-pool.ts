/** A body that was received whole. */
export interface StoredBody {
  /** As it came. Not to be used after {@link free}. */
  readonly bytes: Buffer;
  /** Gives its buffer back to the pool. Never called, it is left to the garbage collector; called again, it does nothing. */
  free(): void;
}

/** A body that went on for longer than is allowed. */
export class BodyTooLargeError extends Error {
  /** In bytes. */
  readonly most: number;

  /** @param most in bytes */
  constructor(most: number) {
    super(`a body of more than ${most} bytes`);
    this.name = 'BodyTooLargeError';
    this.most = most;
  }
}

/** Buffers have multiples of this size, in bytes. */
const BUFFER_STEP = 32 * 1024;
/** A body doesn't take a buffer of more than so many times its size. */
const LARGEST_WASTE = 2;

/**
 * A pool of buffers that bodies are received into. Left to the garbage collector, the pieces of bodies that arrive at
 * the same time, and the bodies that are held, are freed so late that several times of what is held lies around.
 */
export class BufferPool {
  /** Unused buffers, the smallest first. */
  readonly #unused: Buffer[] = [];

  /**
   * Receives a body.
   * @param expected how long it will be, in bytes, as far as that is known
   * @param most how long it may be, in bytes
   * @throws BodyTooLargeError, and whatever the pieces are interrupted with
   */
  async receive(pieces: AsyncIterable<Buffer>, expected: number, most: number): Promise<StoredBody> {
    let buffer = this.#take(Math.min(expected, most));
    let length = 0;
    for await (const piece of pieces) {
      const needed = length + piece.length;
      if (needed > most) throw new BodyTooLargeError(most);
      if (needed > buffer.length) {
        const larger = this.#take(2 * needed);
        buffer.copy(larger, 0, 0, length);
        this.#giveBack(buffer);
        buffer = larger;
      }
      piece.copy(buffer, length);
      length = needed;
    }
    let held = true;
    return {
      bytes: buffer.subarray(0, length),
      free: () => {
        if (held) this.#giveBack(buffer);
        held = false;
      },
    };
  }

  #take(length: number): Buffer {
    const size = Math.max(1, Math.ceil(length / BUFFER_STEP)) * BUFFER_STEP;
    const index = this.#unused.findIndex((buffer) => buffer.length >= size);
    const found = this.#unused[index];
    if (found === undefined || found.length > size * LARGEST_WASTE) return Buffer.allocUnsafeSlow(size);
    this.#unused.splice(index, 1);
    return found;
  }

  #giveBack(buffer: Buffer): void {
    const index = this.#unused.findIndex(({ length }) => length >= buffer.length);
    this.#unused.splice(index === -1 ? this.#unused.length : index, 0, buffer);
  }
}
