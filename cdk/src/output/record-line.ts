import { cutAt, deeperThan, MAX_LEVELS } from './deep-json';
import { escapeLineSeparators, isJsonObject } from '../json-text';
import type { FramedLines } from './framed-lines';
import type { JsonObject, JsonRecords, RecordMeta, StreamDescriptor } from '../protocol';

/** Told the names of fields in which something had to be replaced by its JSON text. */
export type OnTooDeep = (fields: readonly string[]) => void;

/** What stands around the data of a RECORD. */
export interface RecordFrame {
  readonly stream: StreamDescriptor;
  /** Epoch ms. */
  readonly emittedAt: number;
  readonly meta?: RecordMeta | undefined;
}

/**
 * Makes the RECORD lines of one stream, without the newline. What a field nests deeper than {@link MAX_LEVELS} becomes
 * a string that holds its JSON text: the field itself keeps its type.
 * @returns a function that throws an Error for what is no object, or one that holds nothing
 */
export function recordLines(frame: RecordFrame, onTooDeep: OnTooDeep): (data: unknown) => string {
  const { head, tail } = textsAround(frame);
  return (data) => {
    if (!isJsonObject(data)) throw new Error('The stream yielded a record that is no object.');
    const text = dataText(data, onTooDeep);
    if (text === '{}') throw new Error('The stream yielded a record that holds nothing.');
    return head + escapeLineSeparators(text) + tail;
  };
}

/** Makes the RECORD lines of records that are JSON text already: they are neither copied nor looked at here. */
export function framedRecords(frame: RecordFrame, { bytes, ends }: JsonRecords): FramedLines {
  const { head, tail } = textsAround(frame);
  return {
    head: Buffer.from(head),
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    ends,
    tail: Buffer.from(tail),
  };
}

function textsAround({ stream, emittedAt, meta }: RecordFrame): { readonly head: string; readonly tail: string } {
  const { name, namespace } = stream;
  const names = JSON.stringify({ namespace, stream: name }).slice(1, -1);
  const metaText = meta === undefined ? '' : `,"meta":${JSON.stringify(meta)}`;
  return {
    head: `{"type":"RECORD","record":{${escapeLineSeparators(names)},"data":`,
    tail: `,"emitted_at":${emittedAt}${escapeLineSeparators(metaText)}}}`,
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
