import type { Output } from '../src/output/message-writer';

type Event = 'drain' | 'close' | 'error';

/** An output that keeps what is written, and whose reader can be made to stall or to go away. */
export class MemoryOutput implements Output {
  /** What has been written, one string a write. */
  readonly chunks: string[] = [];
  readonly #onChunk: (chunk: string) => void;
  readonly #listeners: { readonly event: Event; readonly listener: (error: Error) => void }[] = [];
  #stalled: (() => void)[] | undefined;

  /** @param onChunk called with each chunk as it is written */
  constructor(onChunk: (chunk: string) => void = () => undefined) {
    this.#onChunk = onChunk;
  }

  /** All that has been written. */
  get text(): string {
    return this.chunks.join('');
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean {
    const text = Buffer.from(bytes).toString('utf8');
    this.chunks.push(text);
    this.#onChunk(text);
    if (this.#stalled === undefined)
      void Promise.resolve().then(() => {
        done();
      });
    else this.#stalled.push(done);
    return this.#stalled === undefined;
  }

  on(event: 'drain' | 'close', listener: () => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: Event, listener: (error: Error) => void): this {
    this.#listeners.push({ event, listener });
    return this;
  }

  /** From now on, nothing written gets through until {@link resume}. */
  stall(): void {
    this.#stalled ??= [];
  }

  /** The reader takes all there is and wants more. */
  resume(): void {
    const stalled = this.#stalled ?? [];
    this.#stalled = undefined;
    for (const done of stalled) done();
    this.#emit('drain');
  }

  /** The output breaks as a pipe does whose reader has closed it. */
  breakPipe(): void {
    this.fail(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }

  /** The output breaks. */
  fail(error: Error): void {
    this.#emit('error', error);
    this.#emit('close');
  }

  #emit(event: Event, error = new Error(event)): void {
    for (const entry of this.#listeners) if (entry.event === event) entry.listener(error);
  }
}
