import { ConfigError } from '../src/errors';
import type { JsonObject } from '../src/protocol';
import { NO_STATE } from '../src/source';
import { kindError, latest, type CursorKind, type CursorValue } from './cursor-kind';
import { hashOf, keyOf, namedRows, NO_HASH, ROWS, savedRows, type DeliveredRow } from './delivered-rows';

/** Cursor values from one to before another. */
export interface CursorRange<Value extends CursorValue = CursorValue> {
  /** Undefined: from the first row on. */
  readonly from: Value | undefined;
  /** Undefined: to the last row. */
  readonly to: Value | undefined;
}

/** How a stream goes forward by a cursor. */
export interface CursorRules {
  readonly stream: string;
  /** The stream whose rows are read: the same, or its parent. */
  readonly name: string;
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
  /** Epoch ms: no position goes beyond it, however rows are dated. */
  readonly now: () => number;
}

/**
 * How far a stream was delivered: the highest cursor value, and the keys and hashes of the rows that the next read is
 * given again. One that has changed meanwhile is delivered again, also under the same cursor value.
 * Rows dated in the future are delivered but don't take the position with them: what comes after them would be lost.
 */
export class CursorPosition {
  /** The stream whose rows are read, and their field. */
  readonly name: string;
  readonly field: string;
  readonly #stateKey: string;
  readonly #kind: CursorKind;
  readonly #lookback: number;
  readonly #primaryKey: readonly string[];
  readonly #now: () => number;
  /** The cursor of the state, or the start. */
  readonly #base: CursorValue | undefined;
  /** Of earlier reads: these stay known until this one ends, in whichever order its rows come. */
  readonly #known: readonly DeliveredRow[];
  /** Of this read, in the order of their delivery. Rows are only added: the states of earlier checkpoints begin as it does. */
  #delivered: DeliveredRow[] = [];
  /** The last hash of each row. */
  readonly #hashes = new Map<string, string>();
  /** How many delivered rows were left when some were forgotten last. */
  #left = 0;
  /** Where reading begins, as the API is asked; undefined: with everything. */
  readonly from: CursorValue | undefined;
  #highest: CursorValue | undefined;

  /** @throws ConfigError for a state that can't be read */
  constructor(rules: CursorRules, state: JsonObject | undefined) {
    const { stream, stateKey, kind, start } = rules;
    this.name = rules.name;
    this.#stateKey = stateKey;
    this.field = rules.field;
    this.#kind = kind;
    this.#lookback = rules.lookback;
    this.#primaryKey = rules.primaryKey;
    this.#now = rules.now;
    const saved = state?.[stateKey];
    if (state !== undefined && !kind.isValue(saved))
      throw stateError(stream, `"${stateKey}" must be ${kind.description}`);
    this.#base = kind.isValue(saved) ? saved : start;
    const known = savedRows(kind, state ?? {});
    if (typeof known === 'string') throw stateError(stream, `"${known}" must be as this source wrote it`);
    this.#known = known;
    for (const row of known) this.#hashes.set(nameOf(row), row.hash);
    const first = start === undefined ? undefined : this.#asked(start, 0);
    this.from = kind.isValue(saved) ? latest(kind, first, this.resumesAt(saved)) : first;
  }

  /** The highest cursor value that was delivered, or where reading began; undefined where nothing is known yet. */
  get cursor(): CursorValue | undefined {
    const { scale } = this.#kind;
    const limit = scale?.isTime === true ? scale.fromNumber(this.#now()) : undefined;
    const isBeyond = this.#isBefore(limit, this.#highest);
    return latest(this.#kind, this.#base, isBeyond ? limit : this.#highest);
  }

  /** A later read that goes on from a cursor value asks from here on. */
  resumesAt(cursor: CursorValue | undefined): CursorValue | undefined {
    return cursor === undefined ? undefined : this.#asked(cursor, this.#lookback);
  }

  /**
   * The cursor value of a row; undefined where it has none, or an empty text.
   * @throws ConnectorError (system_error) for a value of another kind
   */
  valueOf(row: JsonObject): CursorValue | undefined {
    const value = row[this.field];
    if (this.#kind.isValue(value)) return value;
    if (value === undefined || value === null || value === '') return undefined;
    throw kindError(this.name, this.field, this.#kind, value);
  }

  /** Ranges of a length (ms), as many as begin before now; the last has no end. */
  *slices(length: number): Generator<CursorRange> {
    const { scale } = this.#kind;
    let { from } = this;
    if (from !== undefined && scale !== undefined) {
      const now = this.#now();
      for (let end = scale.toNumber(from) + length; end < now; end += length) {
        const to = scale.fromNumber(end);
        yield { from, to };
        from = to;
      }
    }
    yield { from, to: undefined };
  }

  /** Whether a row lies in a range. One without a cursor value is in the one that has no end. */
  isIn(row: JsonObject, { from, to }: CursorRange): boolean {
    const value = this.valueOf(row);
    return !this.#isBefore(value, from) && (to === undefined || this.#isBefore(value, to));
  }

  /** Whether none of some rows lies before what a read that went on from the rows before it would ask for. */
  isAscending(rows: readonly JsonObject[]): boolean {
    let highest = this.cursor;
    return rows.every((row) => {
      const value = this.valueOf(row);
      const isInOrder = !this.#isBefore(value, this.resumesAt(highest)) || this.#isBefore(value, this.from);
      highest = latest(this.#kind, highest, value);
      return isInOrder;
    });
  }

  /** Counts a row as delivered. @returns whether it is to be delivered now: it is new, and not before the beginning */
  take(row: JsonObject): boolean {
    const value = this.valueOf(row);
    if (value === undefined) return true;
    if (this.#isBefore(value, this.from)) return false;
    const key = keyOf(row, this.#primaryKey);
    if (key !== undefined && this.#isKnown(key, value, row)) return false;
    this.#highest = latest(this.#kind, this.#highest, value);
    return true;
  }

  /** Whether a row was delivered as it is. It is remembered as it is now, for as long as it may come again. */
  #isKnown(key: string, value: CursorValue, row: JsonObject): boolean {
    const name = nameOf({ value, key });
    const last = this.#hashes.get(name);
    if (last === undefined && this.#isBefore(value, this.resumesAt(this.cursor))) return false;
    const hash = hashOf(row);
    if (hash === last) return true;
    this.#delivered.push({ value, key, hash });
    this.#hashes.set(name, hash);
    return last === NO_HASH;
  }

  /**
   * Of a read that was delivered up to a cursor value: a function that makes the state as it is now, at whichever time it
   * is called; {@link NO_STATE} where the value is unknown.
   * @param maxCharacters of the rows that it names
   * @param onForgotten called with how many rows were left out because the state would be too large
   */
  state(
    cursor: CursorValue | undefined,
    maxCharacters: number,
    onForgotten: (count: number) => void,
  ): JsonObject | (() => JsonObject) {
    const from = this.resumesAt(cursor);
    if (cursor === undefined || from === undefined) return NO_STATE;
    const delivered = this.#delivered;
    const count = delivered.length;
    return () => {
      const rows = [...this.#known, ...delivered.slice(0, count)].filter(({ value }) => !this.#isBefore(value, from));
      const { json, forgotten } = namedRows(this.#kind, rows, maxCharacters);
      if (forgotten > 0) onForgotten(forgotten);
      return { [this.#stateKey]: cursor, ...(forgotten === rows.length ? {} : { [ROWS]: json }) };
    };
  }

  /**
   * Forgets what no later state needs, once nothing before the position can come any more; only where the rows have
   * doubled since, so that it costs no more than these.
   */
  settle(): void {
    if (this.#delivered.length < 2 * this.#left) return;
    const from = this.resumesAt(this.cursor);
    const left: DeliveredRow[] = [];
    for (const row of this.#delivered) {
      if (this.#isBefore(row.value, from)) this.#hashes.delete(nameOf(row));
      else left.push(row);
    }
    this.#delivered = left;
    this.#left = left.length;
  }

  #asked(value: CursorValue, lookback: number): CursorValue {
    const { scale } = this.#kind;
    return scale === undefined ? value : scale.fromNumber(scale.toNumber(value) - lookback);
  }

  #isBefore(value: CursorValue | undefined, other: CursorValue | undefined): boolean {
    return value !== undefined && other !== undefined && this.#kind.compare(value, other) < 0;
  }
}

const nameOf = ({ value, key }: Pick<DeliveredRow, 'value' | 'key'>): string => `${value}\n${key}`;

/** What is thrown for a state that can't be read. */
export function stateError(stream: string, what: string): ConfigError {
  return new ConfigError(
    `The saved state of the stream ${stream} can't be read: ${what}. Mend it, or reset the stream in Airbyte to read everything again.`,
  );
}
