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

/** The characters that JSON leaves as they are but at which some readers (Python's `str.splitlines`, for one) break lines. */
export const LINE_SEPARATORS: readonly string[] = ['\u0085', '\u2028', '\u2029'];

const ANY_LINE_SEPARATOR = new RegExp(LINE_SEPARATORS.join('|'), 'g');

/** Escapes the {@link LINE_SEPARATORS} of JSON text, in which they stand only inside of strings. */
export function escapeLineSeparators(text: string): string {
  // Three searches for one character cost next to nothing on a text without them; the expression costs a lot.
  if (!LINE_SEPARATORS.some((separator) => text.includes(separator))) return text;
  return text.replace(ANY_LINE_SEPARATOR, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Levels of arrays and objects that a field of a record, or a file that is read, may have. Readers drop lines that are
 * deeper, and save the STATE after them: PyAirbyte, which reads with pydantic, those of more than 200 levels in all; the
 * platform, with Jackson, of more than 1,000.
 */
export const MAX_LEVELS = 190;

/**
 * What a log line says of fields in which something was replaced.
 * @param holders subject and verb: `3 entries hold`
 */
export function replacedText(holders: string, fields: readonly string[]): string {
  const names = fields.map((field) => `"${field}"`).join(', ');
  return `${holders} in ${names} what common JSON readers can't take: it is replaced by a string of its JSON text, half a surrogate pair by U+FFFD.`;
}

/** Whether JSON text has as many brackets as {@link MAX_LEVELS} take: what has fewer need not be looked into. */
export function mayBeDeep(text: string): boolean {
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1 && count <= MAX_LEVELS; at = text.indexOf(bracket, at + 1))
      count += 1;
  }
  return count > MAX_LEVELS;
}

/** Whether arrays and objects are nested in `value` more than `levels` deep. A scalar has no level. */
export function deeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  // The recursion ends at `levels`, however deep the value.
  return Object.values(value).some((child) => typeof child === 'object' && deeperThan(levels - 1, child));
}

/** A copy in which what lies below `levels` levels of arrays and objects is replaced by its JSON text. */
export function cutAt(levels: number, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return jsonOfAnyDepth(value);
  if (Array.isArray(value)) return value.map((child: unknown) => cutAt(levels - 1, child));
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, cutAt(levels - 1, child)]));
}

/**
 * What `JSON.stringify` returns for a value that came from JSON, but for any depth: that throws a RangeError after some
 * thousand levels.
 */
export function jsonOfAnyDepth(value: unknown): string {
  let json = '';
  const rest: (string | { readonly value: unknown })[] = [{ value }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === 'string') json += next;
    else if (typeof next.value !== 'object' || next.value === null) json += JSON.stringify(next.value ?? null);
    else {
      const isList = Array.isArray(next.value);
      const members = Object.entries<unknown>({ ...next.value }).filter(([, member]) => isList || member !== undefined);
      json += isList ? '[' : '{';
      rest.push(isList ? ']' : '}');
      // What comes last is taken first.
      for (const [index, [key, member]] of [...members.entries()].reverse()) {
        rest.push({ value: member }, (index > 0 ? ',' : '') + (isList ? '' : `${JSON.stringify(key)}:`));
      }
    }
  }
  return json;
}
