import { cutAt, deeperThan } from './deep-json';
import { escapeLineSeparators } from './json-text';
import type { FramedLines } from './message-writer';
import type { JsonObject, JsonRecords } from './protocol';

/**
 * Levels of arrays and objects that a field of a record may have. Common JSON readers refuse to go deeper than about
 * 1000 (Jackson, which the platform uses; Python's json), and one such line would end the whole sync.
 */
export const MAX_LEVELS = 800;

/** Told the names of fields in which something had to be replaced by its JSON text. */
export type OnTooDeep = (fields: readonly string[]) => void;

/**
 * Makes the RECORD lines of one stream, without the newline. What a field nests deeper than {@link MAX_LEVELS} becomes
 * a string that holds its JSON text: the field itself keeps its type.
 * @param emittedAt epoch ms
 */
export function recordLines(stream: string, emittedAt: number, onTooDeep: OnTooDeep): (data: JsonObject) => string {
  const { head, tail } = frameOf(stream, emittedAt);
  return (data) => head + escapeLineSeparators(dataText(data, onTooDeep)) + tail;
}

/**
 * Makes the RECORD lines of records that are JSON text already: they are neither copied nor looked at here.
 * @param emittedAt epoch ms
 */
export function framedRecords(stream: string, emittedAt: number, { bytes, ends }: JsonRecords): FramedLines {
  const { head, tail } = frameOf(stream, emittedAt);
  return {
    head: Buffer.from(head),
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    ends,
    tail: Buffer.from(tail),
  };
}

function frameOf(stream: string, emittedAt: number): { readonly head: string; readonly tail: string } {
  return {
    head: `{"type":"RECORD","record":{"stream":${escapeLineSeparators(JSON.stringify(stream))},"data":`,
    tail: `,"emitted_at":${emittedAt}}}`,
  };
}

function dataText(data: JsonObject, onTooDeep: OnTooDeep): string {
  try {
    const text = JSON.stringify(data);
    // Each level takes two brackets, so that most records need not be looked into.
    if (text.length < 2 * MAX_LEVELS || !deeperThan(MAX_LEVELS + 1, data)) return text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return shallowText(data, onTooDeep);
}

function shallowText(data: JsonObject, onTooDeep: OnTooDeep): string {
  const replaced: string[] = [];
  const shallow = Object.entries(data).map(([field, value]): [string, unknown] => {
    if (!deeperThan(MAX_LEVELS, value)) return [field, value];
    replaced.push(field);
    return [field, cutAt(MAX_LEVELS, value)];
  });
  if (replaced.length > 0) onTooDeep(replaced);
  return JSON.stringify(Object.fromEntries(shallow));
}
