/** Lines that are framed pieces of one text, all in UTF-8: line i is `head`, `bytes[ends[i - 1] ?? 0, ends[i])`, `tail`. */
export interface FramedLines {
  readonly head: Buffer;
  readonly bytes: Buffer;
  readonly ends: ArrayLike<number>;
  readonly tail: Buffer;
}

/** What ends a line, in UTF-8. */
export const NEWLINE = 0x0a;

/** Bytes of a line, without a newline. */
export function lengthOf({ head, ends, tail }: FramedLines, index: number): number {
  return head.length + endOf(ends, index) - startOf(ends, index) + tail.length;
}

/** Copies a line and a newline into `chunk` at `at`. @returns the end of it */
export function frameInto(chunk: Buffer, at: number, { head, bytes, ends, tail }: FramedLines, index: number): number {
  at += head.copy(chunk, at);
  at += bytes.copy(chunk, at, startOf(ends, index), endOf(ends, index));
  at += tail.copy(chunk, at);
  chunk[at] = NEWLINE;
  return at + 1;
}

const startOf = (ends: ArrayLike<number>, index: number): number => ends[index - 1] ?? 0;

const endOf = (ends: ArrayLike<number>, index: number): number => ends[index] ?? startOf(ends, index);
