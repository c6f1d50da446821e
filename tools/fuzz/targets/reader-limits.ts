/** A text with the colon behind it that makes it a name, a number, or a bracket. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|[{}[\]]/gs;
/** Half of a pair alone: with the flag, a whole pair is one character. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Why a common JSON reader may refuse a text, which is JSON; undefined where none does. The limits are far within those of
 * Jackson 2.19, with the settings of Airbyte's platform, and of PyAirbyte's pydantic.
 * @param levels of arrays and objects that the text may have
 * @param keyBytes of a key, as it is written
 */
export function readerLimit(text: string, levels: number, keyBytes: number): string | undefined {
  let depth = 0;
  for (const [token, quoted, colon, number] of text.matchAll(TOKEN)) {
    if (quoted !== undefined) {
      if (LONE_SURROGATE.test(JSON.parse(quoted) as string)) return 'half a surrogate pair';
      if (colon !== undefined && Buffer.byteLength(quoted) - 2 > keyBytes)
        return `a key of more than ${keyBytes} bytes`;
    } else if (number !== undefined) {
      if (number.length > 300) return 'a number of more than 300 characters';
      if (Math.abs(Number(/[eE](.*)/.exec(number)?.[1] ?? 0)) > 600) return 'an exponent beyond 600';
    } else {
      depth += token === '{' || token === '[' ? 1 : -1;
      if (depth > levels) return `more than ${levels} levels`;
    }
  }
  return undefined;
}
