import { isDateTime } from '../define/validator';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';

/** The value of a record's cursor field. */
export type CursorValue = string | number;

/** How values of a cursor field are compared, and what is earlier than one by a lookback. */
export interface CursorKind {
  /** What a state must hold, for a message. */
  readonly description: string;
  /** Whether a value is one of this kind. */
  isValue(value: unknown): value is CursorValue;
  /** Negative where `a` comes first. Both are of this kind. */
  compare(a: CursorValue, b: CursorValue): number;
  /** The value by which a source asks its API. */
  asked(value: CursorValue, lookback: number): CursorValue;
  /** The value beyond which nothing can lie at a time (epoch ms); undefined where there is none. */
  limit(now: number): CursorValue | undefined;
}

/**
 * The kind of a cursor field, by its schema: a time where its `format` is `date-time`, a number where its type is, a
 * text otherwise.
 */
export function cursorKind(schema: JsonObject, field: string): CursorKind {
  const properties = schema['properties'];
  const property: unknown = isJsonObject(properties) ? properties[field] : undefined;
  if (!isJsonObject(property)) throw new Error(`The cursor field "${field}" is not declared in the schema.`);
  if (property['format'] === 'date-time') return TIME;
  const types: readonly unknown[] = Array.isArray(property['type']) ? property['type'] : [property['type']];
  return types.includes('integer') || types.includes('number') ? NUMBER : TEXT;
}

/** Times of any precision and time zone. A lookback is in ms, and what is asked for is ISO 8601 in UTC with ms. */
const TIME: CursorKind = {
  description: 'a time such as "2025-01-31T00:00:00Z"',
  isValue: (value): value is CursorValue => typeof value === 'string' && isDateTime(value),
  compare: (a, b) => msOf(a) - msOf(b) || compareTexts(fractionOf(a), fractionOf(b)),
  asked: (value, lookback) => new Date(msOf(value) - lookback).toISOString(),
  limit: (now) => new Date(now).toISOString(),
};

const NUMBER: CursorKind = {
  description: 'a number',
  isValue: (value): value is CursorValue => typeof value === 'number' && Number.isFinite(value),
  compare: (a, b) => Number(a) - Number(b),
  asked: (value, lookback) => Number(value) - lookback,
  limit: () => undefined,
};

/** Compared by their characters; there is no lookback among them. */
const TEXT: CursorKind = {
  description: 'a text',
  isValue: (value): value is CursorValue => typeof value === 'string',
  compare: (a, b) => compareTexts(String(a), String(b)),
  asked: (value) => value,
  limit: () => undefined,
};

/** The latest of some values. */
export function latest(kind: CursorKind, ...values: readonly (CursorValue | undefined)[]): CursorValue | undefined {
  return values.reduce((a, b) => (a === undefined || (b !== undefined && kind.compare(a, b) < 0) ? b : a), undefined);
}

/** Epoch ms. Of a leap second, which `Date` doesn't know, the second before it. */
const msOf = (time: CursorValue): number => Date.parse(String(time).replace(/:60(?=\D)/, ':59'));

/** Digits of the second, without the zeros that mean nothing: what is finer than a ms. */
const fractionOf = (time: CursorValue): string => (/\.(\d+)/.exec(String(time))?.[1] ?? '').replace(/0+$/, '');

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
