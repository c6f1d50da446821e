import { escapeLineSeparators } from '../json-text';
import type { AirbyteMessage } from '../protocol';

/** The part of a writable stream that a {@link MessageWriter} needs; `process.stdout` is one. */
export interface Output {
  /**
   * Returns false when the caller should wait for 'drain'. `done` is called when the bytes (UTF-8) have left the
   * process; until then they stay as they are.
   */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Lines that are framed pieces of one text, all in UTF-8: line i is `head`, `bytes[ends[i - 1] ?? 0, ends[i])`, `tail`. */
export interface FramedLines {
  readonly head: Buffer;
  readonly bytes: Buffer;
  readonly ends: ArrayLike<number>;
  readonly tail: Buffer;
}

/** What ends a line, in UTF-8. */
const NEWLINE = 0x0a;
/** Bytes gathered before they are handed to the output: one write a line costs more than making the line. */
const CHUNK_BYTES = 64 * 1024;
/** A chunk's last line may be as long as this, in bytes, beyond the others; a longer one is a chunk of its own. */
const LONGEST_SHARED_LINE_BYTES = 192 * 1024;
/** Bytes that a UTF-16 unit takes at most in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * The one owner of the output: encodes and writes lines in the order of the calls, in chunks. Records are gathered until
 * a chunk is full or another message follows. When nobody reads the output any more it says so once, and drops what
 * comes later.
 */
export class MessageWriter {
  readonly #output: Output;
  readonly #onClosed: () => void;
  readonly #mask: (text: string) => string;
  /** Lines are encoded one by one: a long text that is joined first is as slow as its widest character. */
  #chunk = newChunk();
  #length = 0;
  /** Chunks that were written, to be used again. */
  readonly #spare: Buffer[] = [];
  #closedBy: Error | undefined;
  #congested = false;
  #unwritten = 0;
  readonly #waitingForDrain: (() => void)[] = [];
  readonly #waitingForAll: (() => void)[] = [];

  /**
   * @param mask replaces the secrets in a text: every one in a LOG, a TRACE or a CONNECTION_STATUS passes through it
   * @param onClosed called once when the output takes nothing any more; {@link closedBy} then says why
   */
  constructor(output: Output, mask: (text: string) => string, onClosed: () => void) {
    this.#mask = mask;
    this.#output = output;
    this.#onClosed = onClosed;
    output.on('drain', () => {
      this.#drained();
    });
    output.on('error', (error) => {
      this.#closed(error);
    });
    output.on('close', () => {
      this.#closed(Object.assign(new Error('The output was closed.'), { code: 'ERR_STREAM_DESTROYED' }));
    });
  }

  /** Why the output takes nothing any more; undefined as long as it does. */
  get closedBy(): Error | undefined {
    return this.#closedBy;
  }

  /** Whether the reader of the output is slower than the writer: await {@link drained} before writing more. */
  get congested(): boolean {
    return this.#congested;
  }

  /** Writes a message and hands it to the output at once. */
  message(message: AirbyteMessage): void {
    this.line(escapeLineSeparators(jsonOf(message, this.#mask)));
    this.push();
  }

  /** Adds a line (one JSON object, separators escaped, without the newline) to the chunk. Not masked. */
  line(line: string): void {
    this.#add(line.length * MAX_BYTES_PER_UNIT, (chunk, at) => at + chunk.write(line, at));
  }

  /**
   * Adds one of the lines, as {@link line} does, but by copying it.
   * @returns its length in bytes
   */
  framedLine({ head, bytes, ends, tail }: FramedLines, index: number): number {
    const start = ends[index - 1] ?? 0;
    const end = ends[index] ?? start;
    const length = head.length + end - start + tail.length;
    this.#add(length, (chunk, at) => {
      at += head.copy(chunk, at);
      at += bytes.copy(chunk, at, start, end);
      return at + tail.copy(chunk, at);
    });
    return length;
  }

  /**
   * @param most bytes that the line takes
   * @param encode writes it into a chunk from a place on, and returns its end
   */
  #add(most: number, encode: (chunk: Buffer, at: number) => number): void {
    if (this.#closedBy !== undefined) return;
    const isShared = most < LONGEST_SHARED_LINE_BYTES;
    if (!isShared) this.push();
    const chunk = isShared ? this.#chunk : Buffer.allocUnsafeSlow(most + 1);
    const end = encode(chunk, isShared ? this.#length : 0);
    chunk[end] = NEWLINE;
    if (isShared) this.#length = end + 1;
    else this.#write(chunk, end + 1, () => undefined);
    if (this.#length >= CHUNK_BYTES) this.push();
  }

  /** Hands what has been gathered to the output, without waiting. */
  push(): void {
    if (this.#length === 0 || this.#closedBy !== undefined) return;
    const chunk = this.#chunk;
    const length = this.#length;
    this.#chunk = this.#spare.pop() ?? newChunk();
    this.#length = 0;
    this.#write(chunk, length, () => {
      this.#spare.push(chunk);
    });
  }

  #write(chunk: Buffer, length: number, written: () => void): void {
    this.#unwritten += 1;
    try {
      this.#congested = !this.#output.write(chunk.subarray(0, length), (error) => {
        written();
        if (error) this.#closed(error);
        this.#unwritten -= 1;
        if (this.#unwritten === 0) callAll(this.#waitingForAll);
      });
    } catch (error) {
      // A file is written synchronously, so a full disk throws right here.
      this.#closed(error instanceof Error ? error : new Error(String(error), { cause: error }));
    }
  }

  /** Resolves when the output can take more, or takes nothing any more. */
  async drained(): Promise<void> {
    if (!this.#congested || this.#closedBy !== undefined) return;
    await new Promise<void>((resolve) => this.#waitingForDrain.push(resolve));
  }

  /** Resolves when every line has left the process, or can't any more. */
  async flush(): Promise<void> {
    this.push();
    if (this.#unwritten === 0 || this.#closedBy !== undefined) return;
    await new Promise<void>((resolve) => this.#waitingForAll.push(resolve));
  }

  #drained(): void {
    this.#congested = false;
    callAll(this.#waitingForDrain);
  }

  #closed(error: Error): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = error;
    this.#length = 0;
    this.#drained();
    callAll(this.#waitingForAll);
    this.#onClosed();
  }
}

function newChunk(): Buffer {
  return Buffer.allocUnsafeSlow(CHUNK_BYTES + LONGEST_SHARED_LINE_BYTES);
}

function callAll(waiting: (() => void)[]): void {
  for (const resolve of waiting.splice(0)) resolve();
}

const READER_GONE: readonly string[] = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'];

/** Whether the output ended because its reader went away, rather than, say, because a disk is full. */
export function isReaderGone(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && READER_GONE.includes(error.code);
}

/** The texts of a message that a person reads, but for those of the types that hold none: names, records and states. */
const READ_BY_PEOPLE = ['message', 'internal_message', 'stack_trace'];
const READ_BY_PROGRAMS = ['RECORD', 'STATE', 'SPEC', 'CATALOG', 'CONTROL'];

function jsonOf(message: AirbyteMessage, mask: (text: string) => string): string {
  if (READ_BY_PROGRAMS.includes(message.type)) return JSON.stringify(message);
  return JSON.stringify(message, (key, value: unknown) =>
    READ_BY_PEOPLE.includes(key) && typeof value === 'string' ? mask(value) : value,
  );
}
