import { cutAt, deeperThan, escapeLineSeparators, isJsonObject, MAX_LEVELS, mayBeDeep } from '../json-text';
import type { FramedLines } from './message-writer';
import type { JsonObject, JsonRecords, RecordMeta, StreamDescriptor } from '../protocol';

/** Called with the names of fields in which something had to be replaced, because common JSON readers don't take it. */
type OnReplaced = (fields: readonly string[]) => void;

/** What stands around the data of a RECORD. */
export interface RecordFrame {
  readonly stream: StreamDescriptor;
  /** Epoch ms. */
  readonly emittedAt: number;
  readonly meta?: RecordMeta | undefined;
  /** The fields that are written; all where it is absent. */
  readonly columns?: ReadonlySet<string> | undefined;
}

/**
 * Makes the RECORD lines of one stream, without the newline. What a field nests deeper than {@link MAX_LEVELS} becomes
 * a string that holds its JSON text: the field itself keeps its type. Half a surrogate pair becomes U+FFFD.
 * @returns a function that throws an Error for what is no object, or one that holds nothing
 */
export function recordLines(frame: RecordFrame, onReplaced: OnReplaced): (data: unknown) => string {
  const { head, tail } = textsAround(frame);
  const { columns } = frame;
  return (data) => {
    if (!isJsonObject(data)) throw new Error('The stream yielded a record that is no object.');
    const isSelected = ([field]: readonly [string, unknown]) => columns?.has(field);
    const selected = columns === undefined ? data : Object.fromEntries(Object.entries(data).filter(isSelected));
    const text = dataText(selected, onReplaced);
    // One of which nothing is selected is a row all the same.
    if (text === '{}' && columns === undefined) throw new Error('The stream yielded a record that holds nothing.');
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

function textsAround({ stream, emittedAt, meta }: RecordFrame) {
  const { name, namespace } = stream;
  const names = JSON.stringify({ namespace, stream: name }).slice(1, -1);
  const metaText = meta === undefined ? '' : `,"meta":${JSON.stringify(meta)}`;
  return {
    head: `{"type":"RECORD","record":{${escapeLineSeparators(names)},"data":`,
    tail: `,"emitted_at":${emittedAt}${escapeLineSeparators(metaText)}}}`,
  };
}

function dataText(data: JsonObject, onReplaced: OnReplaced): string {
  try {
    const text = JSON.stringify(data);
    // So begins the escape of half a surrogate pair, or what looks like it after a backslash.
    if (!text.includes('\\ud') && !(mayBeDeep(text) && deeperThan(MAX_LEVELS + 1, data))) return text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return readableText(data, onReplaced);
}

function readableText(data: JsonObject, onReplaced: OnReplaced): string {
  const replaced: string[] = [];
  const members: string[] = [];
  for (const [field, value] of Object.entries(data)) {
    const isDeep = deeperThan(MAX_LEVELS, value);
    const member = JSON.stringify({ [field]: isDeep ? cutAt(MAX_LEVELS, value) : value }).slice(1, -1);
    const wellFormed = member.replace(ESCAPE, (escape, half?: string) => (half === undefined ? escape : '\ufffd'));
    if (isDeep || wellFormed !== member) replaced.push(field);
    if (member !== '') members.push(wellFormed);
  }
  if (replaced.length > 0) onReplaced(replaced);
  return `{${members.join(',')}}`;
}

/** An escape; half a surrogate pair, which JSON.stringify escapes only where the other half is missing, is captured. */
const ESCAPE = /\\(?:u(d[89a-f]..)|.)/g;
