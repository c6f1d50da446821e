/** Lines that are framed pieces of one text, all in UTF-8: line i is `head`, `bytes[ends[i - 1] ?? 0, ends[i])`, `tail`. */
export interface FramedLines {
  readonly head: Buffer;
  readonly bytes: Buffer;
  readonly ends: ArrayLike<number>;
  readonly tail: Buffer;
}

/** What ends a line, in UTF-8. */
export const NEWLINE = 0x0a;

/** Copies a line and a newline into `chunk` at `at`. @returns the end of it */
export function frameInto(chunk: Buffer, at: number, lines: FramedLines, start: number, end: number): number {
  const { head, bytes, tail } = lines;
  at += head.copy(chunk, at);
  at += bytes.copy(chunk, at, start, end);
  at += tail.copy(chunk, at);
  chunk[at] = NEWLINE;
  return at + 1;
}
