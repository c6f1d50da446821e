import type { JsonObject } from './protocol';

/** Tells a JSON object from every other value that `JSON.parse` returns. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Where `JSON.parse` gave up, as an offset into the text, or undefined where its error doesn't say. Its message itself
 * must not be passed on: it may quote the text, which may hold secrets.
 */
export function jsonErrorOffset(error: Error): number | undefined {
  const offset = /\bat position (\d+)/.exec(error.message)?.[1];
  return offset === undefined ? undefined : Number(offset);
}

const LINE_SEPARATORS = /[\u0085\u2028\u2029]/g;

/**
 * Escapes the three characters that JSON leaves as they are but at which some readers (Python's `str.splitlines`, for
 * one) break lines. `text` is JSON: there they stand only inside of strings.
 */
export function escapeLineSeparators(text: string): string {
  // Three searches for one character cost next to nothing on a text without them; the expression costs a lot.
  if (!text.includes('\u2028') && !text.includes('\u2029') && !text.includes('\u0085')) return text;
  return text.replace(LINE_SEPARATORS, (separator) => {
    switch (separator) {
      case '\u0085':
        return '\\u0085';
      case '\u2028':
        return '\\u2028';
      default:
        return '\\u2029';
    }
  });
}
