import { ConfigError } from '../src/errors';
import type { JsonObject } from '../src/protocol';
import { NO_STATE } from '../src/source';
import { latest, type CursorKind, type CursorValue } from './cursor-kind';
import { DeliveredKeys } from './delivered-keys';

/** How a stream goes forward by a cursor. */
export interface CursorRules {
  readonly stream: string;
  /** The key of the state. */
  readonly stateKey: string;
  /** The field of the rows. */
  readonly field: string;
  readonly kind: CursorKind;
  readonly start: CursorValue | undefined;
  /** In ms for times, in units for numbers. */
  readonly lookback: number;
  /** Fields that tell rows apart; none where nothing does: then rows at the edge of two reads come twice. */
  readonly primaryKey: readonly string[];
  /** What no position goes beyond, however rows are dated; undefined where the kind knows no such thing. */
  readonly limit: () => CursorValue | undefined;
}

const KEYS = 'delivered_keys';

/**
 * How far a stream was delivered: the highest cursor value, and the keys of the rows that the next read is shown again.
 * Rows dated in the future are delivered but don't take the position with them: what comes after them would be lost.
 */
export class CursorPosition {
  readonly #rules: CursorRules;
  readonly #saved: CursorValue | undefined;
  /** Of earlier reads: these stay known until this one ends, in whichever order its rows come. */
  readonly #known: DeliveredKeys;
  readonly #delivered: DeliveredKeys;
  /** Where reading begins, as the API is asked; undefined: with everything. */
  readonly from: CursorValue | undefined;
  #highest: CursorValue | undefined;

  /** @throws ConfigError for a state that can't be read */
  constructor(rules: CursorRules, state: JsonObject | undefined) {
    const { kind, start, lookback } = rules;
    this.#rules = rules;
    this.#saved = state === undefined ? undefined : savedCursor(rules, state);
    this.#known = state === undefined ? new DeliveredKeys(kind) : savedKeys(rules, state);
    this.#delivered = new DeliveredKeys(kind);
    const first = start === undefined ? undefined : kind.asked(start, 0);
    this.from = this.#saved === undefined ? first : latest(kind, first, kind.asked(this.#saved, lookback));
  }

  /** The highest cursor value that was delivered, or where reading began; undefined where nothing is known yet. */
  get cursor(): CursorValue | undefined {
    const { kind, limit, start } = this.#rules;
    const highest = this.#highest;
    const end = limit();
    const isBeyond = highest !== undefined && end !== undefined && kind.compare(highest, end) > 0;
    return latest(kind, this.#saved ?? start, isBeyond ? end : highest);
  }

  /** A later read that goes on from a cursor value asks from here on. */
  resumesAt(cursor: CursorValue | undefined): CursorValue | undefined {
    return cursor === undefined ? undefined : this.#rules.kind.asked(cursor, this.#rules.lookback);
  }

  /** The cursor value of a row; undefined where it has none. */
  valueOf(row: JsonObject): CursorValue | undefined {
    const value = row[this.#rules.field];
    return this.#rules.kind.isValue(value) ? value : undefined;
  }

  /** Whether a cursor value lies before another; false where either is missing. */
  isBefore(value: CursorValue | undefined, other: CursorValue | undefined): boolean {
    return value !== undefined && other !== undefined && this.#rules.kind.compare(value, other) < 0;
  }

  /** Counts a row as delivered. @returns whether it is to be delivered now: it is new, and not before the beginning */
  take(row: JsonObject): boolean {
    const value = this.valueOf(row);
    if (value === undefined) return true;
    if (this.isBefore(value, this.from)) return false;
    const key = keyOf(row, this.#rules.primaryKey);
    if (key !== undefined) {
      if (this.#known.has(key, value) || this.#delivered.has(key, value)) return false;
      if (!this.isBefore(value, this.resumesAt(this.cursor))) this.#delivered.add(key, value);
    }
    this.#highest = latest(this.#rules.kind, this.#highest, value);
    return true;
  }

  /**
   * The state of a read that was delivered up to a cursor value.
   * @param onForgotten told how many keys were left out because the state would be too large
   */
  state(cursor = this.cursor, onForgotten: (count: number) => void = () => undefined): JsonObject {
    const from = this.resumesAt(cursor);
    if (cursor === undefined || from === undefined) return NO_STATE;
    const keys = this.#delivered.mergedFrom(from, this.#known);
    const forgotten = keys.fit();
    if (forgotten > 0) onForgotten(forgotten);
    const json = keys.toJSON();
    return { [this.#rules.stateKey]: cursor, ...(json === undefined ? {} : { [KEYS]: json }) };
  }

  /** Forgets what no later state needs, once nothing before the position can come any more. */
  settle(): void {
    const from = this.resumesAt(this.cursor);
    if (from !== undefined) this.#delivered.forgetBefore(from);
  }
}

function savedCursor({ stateKey, kind, stream }: CursorRules, state: JsonObject): CursorValue {
  const saved = state[stateKey];
  if (kind.isValue(saved)) return saved;
  throw stateError(stream, `"${stateKey}" must be ${kind.description}`);
}

function savedKeys({ kind, stream }: CursorRules, state: JsonObject): DeliveredKeys {
  const keys = DeliveredKeys.fromJSON(kind, state[KEYS] ?? {});
  if (keys !== undefined) return keys;
  throw stateError(stream, `"${KEYS}" must be as this source wrote it`);
}

function stateError(stream: string, what: string): ConfigError {
  return new ConfigError(
    `The saved state of the stream ${stream} can't be read: ${what}. Mend it, or reset the stream in Airbyte to read everything again.`,
  );
}

/** What tells a row apart; undefined where a part is missing. */
function keyOf(row: JsonObject, fields: readonly string[]): string | undefined {
  const parts = fields.map((field) => row[field]);
  if (parts.length === 0 || parts.some((part) => part === undefined || part === null)) return undefined;
  return parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : JSON.stringify(parts);
}
