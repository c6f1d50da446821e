/** Bytes before the input: two numbers of four. */
const HEAD_BYTES = 8;

/**
 * The input that is being executed, in memory that two threads share: where its execution never ends or kills its
 * thread, the other one can still tell which it was.
 */
export class CurrentInput {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #bytes: Uint8Array;

  /** @param memory the other thread's, or how long inputs are at most, in bytes */
  constructor(memory: SharedArrayBuffer | number) {
    this.memory = typeof memory === 'number' ? new SharedArrayBuffer(HEAD_BYTES + memory) : memory;
    this.#numbers = new Int32Array(this.memory, 0, 2);
    this.#bytes = new Uint8Array(this.memory, HEAD_BYTES);
  }

  /** Called before an execution. */
  set(input: Buffer): void {
    this.#bytes.set(input.subarray(0, this.#bytes.length));
    this.#numbers[1] = Math.min(input.length, this.#bytes.length);
    Atomics.add(this.#numbers, 0, 1);
  }

  /** How many there were; changes with each. */
  get count(): number {
    return Atomics.load(this.#numbers, 0);
  }

  /** A copy. */
  get(): Buffer {
    return Buffer.from(this.#bytes.slice(0, this.#numbers[1]));
  }
}
