import { isDate, isDateTime } from '../define/validator';
import { ConnectorError } from '../src/errors';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';

/** The value of a record's cursor field. */
export type CursorValue = string | number;

/**
 * What values of a cursor field are. Those that are known by name are `CursorKindName`; another is an object like this.
 */
export interface CursorKind<Value extends CursorValue = CursorValue> {
  /** What a state must hold, for messages, such as `a version such as "1.10.2"`. */
  readonly description: string;
  /** Whether a value is one of this kind. */
  isValue(value: unknown): value is Value;
  /** Negative where `a` comes first. */
  compare(a: Value, b: Value): number;
  /** Left out: there are no distances between values, so neither lookback nor slices. */
  readonly scale?: CursorScale<Value>;
}

/** Values as numbers. */
export interface CursorScale<Value extends CursorValue = CursorValue> {
  /** Whether the numbers are epoch ms: only then there are slices, and a limit of the future. */
  readonly isTime: boolean;
  toNumber(value: Value): number;
  /** The value of a number, or the one before it where values are coarser. */
  fromNumber(number: number): Value;
}

/** Kinds that are known by name. */
export type CursorKindName = 'date-time' | 'date' | 'epoch-seconds' | 'epoch-milliseconds' | 'number' | 'text';

/** The kind of a cursor, by its name or of one's own. */
export type AnyCursorKind = CursorKindName | CursorKind;

/** The type that values of a kind have. */
export type CursorValueOf<Kind extends AnyCursorKind> =
  Kind extends CursorKind<infer Value>
    ? Value
    : Kind extends 'number' | 'epoch-seconds' | 'epoch-milliseconds'
      ? number
      : Kind extends 'date-time' | 'date' | 'text'
        ? string
        : never;

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const byNumber = (a: CursorValue, b: CursorValue): number => Number(a) - Number(b);

const KINDS: Readonly<Record<CursorKindName, CursorKind>> = {
  /** Of any precision and time zone. What is asked for is ISO 8601 in UTC with ms. */
  'date-time': {
    description: 'a time such as "2025-01-31T00:00:00Z"',
    isValue: (value): value is string => isText(value) && isDateTime(value),
    compare: (a, b) => msOf(a) - msOf(b) || compareTexts(fractionOf(a), fractionOf(b)),
    scale: { isTime: true, toNumber: msOf, fromNumber: (ms) => new Date(ms).toISOString() },
  },
  /** The days of UTC. */
  date: {
    description: 'a day such as "2025-01-31"',
    isValue: (value): value is string => isText(value) && isDate(value),
    compare: compareTexts,
    scale: { isTime: true, toNumber: msOf, fromNumber: (ms) => new Date(ms).toISOString().slice(0, 10) },
  },
  /** Until the year 9999: what is larger are ms. */
  'epoch-seconds': {
    description: 'a time in seconds since 1970 such as 1738281600',
    isValue: (value): value is number => isNumber(value) && Math.abs(value) < 253_402_300_800,
    compare: byNumber,
    scale: { isTime: true, toNumber: (value) => Number(value) * 1000, fromNumber: (ms) => Math.floor(ms / 1000) },
  },
  /** From the year 1973 on: what is smaller are seconds. 0 is what it says. */
  'epoch-milliseconds': {
    description: 'a time in milliseconds since 1970 such as 1738281600000',
    isValue: (value): value is number => isNumber(value) && (value === 0 || Math.abs(value) >= 100_000_000_000),
    compare: byNumber,
    scale: { isTime: true, toNumber: Number, fromNumber: Math.floor },
  },
  number: {
    description: 'a number',
    isValue: isNumber,
    compare: byNumber,
    scale: { isTime: false, toNumber: Number, fromNumber: Number },
  },
  /** Compared by their characters. */
  text: { description: 'a text', isValue: isText, compare: compareTexts },
};

/**
 * The kind of a cursor field: the one that is given, or by its schema a time or a day where its `format` says so, a number
 * where its type is, a text otherwise.
 * @throws ConnectorError (system_error) for a field that the schema doesn't declare
 */
export function cursorKind(
  stream: string,
  schema: JsonObject,
  { field, kind }: { readonly field: string; readonly kind?: AnyCursorKind | undefined },
): CursorKind {
  const column = columnOf(stream, schema, field);
  if (typeof kind === 'object') return kind;
  return KINDS[kind ?? kindNameOf(column)];
}

/**
 * The schema of a field.
 * @throws ConnectorError (system_error) for one that is not declared, with those that are
 */
export function columnOf(stream: string, schema: JsonObject, field: string, role = 'cursor field'): JsonObject {
  const columns = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const column = columns[field];
  if (isJsonObject(column)) return column;
  const declared = Object.keys(columns).map((name) => `"${name}"`);
  throw authorError(
    stream,
    `the ${role} "${field}" is not in the schema, which declares ${declared.join(', ') || 'no column'}`,
  );
}

function kindNameOf({ type, format }: JsonObject): CursorKindName {
  if (format === 'date-time' || format === 'date') return format;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.includes('integer') || types.includes('number') ? 'number' : 'text';
}

/** The latest of some values. */
export function latest(kind: CursorKind, ...values: readonly (CursorValue | undefined)[]): CursorValue | undefined {
  return values.reduce((a, b) => (a === undefined || (b !== undefined && kind.compare(a, b) < 0) ? b : a), undefined);
}

/** A mistake of the author of a source, found when the source is made. */
export function authorError(stream: string, what: string): ConnectorError {
  return new ConnectorError(
    `Stream "${stream}" can't be read as its source describes it: ${what}. Please report this to the authors of this source.`,
    'system_error',
  );
}

/** What is thrown where a row has a cursor value of another kind: its form, and nothing of what it says. */
export function kindError(stream: string, field: string, kind: CursorKind, value: unknown): ConnectorError {
  const fitting = Object.entries(KINDS).flatMap(([name, one]) =>
    name !== 'text' && one.isValue(value) ? [`"${name}"`] : [],
  );
  const other = fitting.length === 0 ? '' : ` or say that the cursor's kind is ${fitting.join(' or ')}`;
  return new ConnectorError(
    `Stream "${stream}" can't be followed by "${field}": a row has ${formOf(value)} there, and not ${kind.description}. Please report this to the authors of this source.`,
    'system_error',
    { internalMessage: `Turn "${field}" into ${kind.description} in "map"${other}.` },
  );
}

/** How many characters of a text are described. */
const MAX_FORM = 40;

function formOf(value: unknown): string {
  if (typeof value === 'number') return `a number of ${String(Math.trunc(Math.abs(value))).length} digits`;
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
  const text = value.slice(0, MAX_FORM);
  const form = text
    .replace(/\p{L}/gu, (letter, at: number) =>
      'TZ'.includes(letter) && /\d/.test(text.charAt(at - 1)) ? letter : 'a',
    )
    .replace(/\p{N}/gu, '9');
  return `a text of the form "${form}"`;
}

/** Epoch ms. Of a leap second, which `Date` doesn't know, the second before it. */
function msOf(time: CursorValue): number {
  return Date.parse(String(time).replace(/:60(?=\D)/, ':59'));
}

/** Digits of the second, without the zeros that mean nothing: what is finer than a ms. */
const fractionOf = (time: CursorValue): string => (/\.(\d+)/.exec(String(time))?.[1] ?? '').replace(/0+$/, '');

function compareTexts(a: CursorValue, b: CursorValue): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
