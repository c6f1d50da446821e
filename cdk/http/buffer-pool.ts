import { finished, type Readable } from 'node:stream';

/** A body that is whole. */
export interface StoredBody {
  /** Not to be used after {@link free}. */
  readonly bytes: Buffer;
  /** Gives its buffer back to the pool. Never called, it is left to the garbage collector; called again, it does nothing. */
  free(): void;
}

/** A body that went on for longer than is allowed. */
export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError';

  /** @param most in bytes */
  constructor(readonly most: number) {
    super(`an answer was larger than ${most} bytes`);
  }
}

/** The size of the smallest buffers, in bytes; all others are so many times as large as a power of two says. */
const MIN_BUFFER_BYTES = 32 * 1024;
/** A body that turns out longer moves to a buffer for so many times what has come, so that few in between are left. */
const GROWTH = 8;
/** After so many bytes of pieces of bodies it is worth to free them. */
const PIECES_BYTES = 8 * 1024 * 1024;
/** A larger buffer is left to the garbage collector: a body of that size is rare, and what it is parsed to needs the memory. */
const LARGEST_KEPT_BYTES = 16 * 1024 * 1024;
/** A body takes an unused buffer of at most so many times the size that it needs. */
const LARGEST_WASTE = 2;

/**
 * A pool of buffers that bodies are received into. Left to the garbage collector, the pieces of bodies that arrive at
 * the same time, and the bodies that are held, are freed so late that several times of what is held lies around.
 */
export class BufferPool {
  /** Unused buffers, the smallest first. */
  readonly #unused: Buffer[] = [];
  readonly #receiving = new Set<{ buffer: Buffer }>();
  #usualLength = 0;
  #storedBytes = 0;
  readonly #freePieces: () => void;
  #pieceBytes = 0;

  /** @param freePieces called once in 8 MiB, to free pieces: V8 goes by the size of its own objects, which are small */
  constructor(freePieces: () => void = () => undefined) {
    this.#freePieces = freePieces;
  }

  /** What bodies take, in bytes: those that were not given back, and the buffers of those that are being received. */
  get usedBytes(): number {
    return [...this.#receiving].reduce((sum, { buffer }) => sum + buffer.length, this.#storedBytes);
  }

  /**
   * Receives a body.
   * @param length how long it says to be, in bytes; undefined where it doesn't: then as long as the one before
   * @param most how long it may be, in bytes
   * @throws BodyTooLargeError, and what the stream fails with
   */
  async receive(stream: Readable, length: number | undefined, most: number): Promise<StoredBody> {
    const body = { buffer: this.#take(Math.min(length ?? this.#usualLength, most)), length: 0 };
    this.#receiving.add(body);
    try {
      await new Promise<void>((resolve, reject) => {
        stream.on('data', (piece: Buffer) => {
          const needed = body.length + piece.length;
          if (needed > most) {
            reject(new BodyTooLargeError(most));
            stream.destroy();
            return;
          }
          if (needed > body.buffer.length) {
            const { buffer } = body;
            body.buffer = this.#take(Math.min(GROWTH * needed, most));
            buffer.copy(body.buffer, 0, 0, body.length);
            this.#giveBack(buffer);
          }
          piece.copy(body.buffer, body.length);
          body.length = needed;
          this.#countPiece(piece.length);
        });
        finished(stream, (error) => {
          if (error === undefined || error === null) resolve();
          else reject(error);
        });
      });
    } catch (error) {
      this.#giveBack(body.buffer);
      throw error;
    } finally {
      this.#receiving.delete(body);
    }
    this.#usualLength = body.length;
    return this.#stored(body.buffer, body.length);
  }

  /** A body of so many bytes to be written into, of undefined content. */
  allocate(length: number): StoredBody {
    return this.#stored(this.#take(length), length);
  }

  #countPiece(bytes: number): void {
    this.#pieceBytes += bytes;
    if (this.#pieceBytes < PIECES_BYTES) return;
    this.#pieceBytes = 0;
    this.#freePieces();
  }

  #stored(buffer: Buffer, length: number): StoredBody {
    let isUsed = true;
    this.#storedBytes += length;
    return {
      bytes: buffer.subarray(0, length),
      free: () => {
        if (!isUsed) return;
        isUsed = false;
        this.#storedBytes -= length;
        this.#giveBack(buffer);
      },
    };
  }

  /** A buffer of few sizes, so that others can use it: what of it is not written to takes no memory. */
  #take(length: number): Buffer {
    const size = MIN_BUFFER_BYTES * 2 ** Math.ceil(Math.log2(Math.max(1, length / MIN_BUFFER_BYTES)));
    const index = this.#unused.findIndex((buffer) => buffer.length >= size);
    const found = this.#unused[index];
    if (found === undefined || found.length > size * LARGEST_WASTE) return Buffer.allocUnsafeSlow(size);
    this.#unused.splice(index, 1);
    return found;
  }

  #giveBack(buffer: Buffer): void {
    if (buffer.length > LARGEST_KEPT_BYTES) return;
    const index = this.#unused.findIndex(({ length }) => length >= buffer.length);
    this.#unused.splice(index === -1 ? this.#unused.length : index, 0, buffer);
  }
}
