import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import type { CursorKind, CursorValue } from './cursor-kind';

/** How many keys a state holds at most: some hundred kB. */
const MAX_KEYS = 10_000;

/**
 * The keys of delivered records by their cursor value, as far back as the next read asks again. A record with another
 * cursor value is another version of it, and not the one that was delivered.
 */
export class DeliveredKeys {
  readonly #kind: CursorKind;
  readonly #keys = new Map<CursorValue, Set<string>>();

  constructor(kind: CursorKind) {
    this.#kind = kind;
  }

  /** What {@link toJSON} made. @returns undefined where it can't be read */
  static fromJSON(kind: CursorKind, json: unknown): DeliveredKeys | undefined {
    const delivered = new DeliveredKeys(kind);
    if (!isJsonObject(json)) return undefined;
    for (const [text, keys] of Object.entries(json)) {
      const number = Number(text);
      const cursor = [text, number].find((value) => kind.isValue(value));
      if (cursor === undefined || !Array.isArray(keys) || !keys.every((key) => typeof key === 'string'))
        return undefined;
      for (const key of keys) delivered.add(key, cursor);
    }
    return delivered;
  }

  has(key: string, cursor: CursorValue): boolean {
    return this.#keys.get(cursor)?.has(key) === true;
  }

  add(key: string, cursor: CursorValue): void {
    const keys = this.#keys.get(cursor);
    if (keys === undefined) this.#keys.set(cursor, new Set([key]));
    else keys.add(key);
  }

  /** A copy of this and others, of what lies at a cursor value or after it. */
  mergedFrom(cursor: CursorValue, others: DeliveredKeys): DeliveredKeys {
    const merged = new DeliveredKeys(this.#kind);
    for (const source of [this, others]) {
      for (const [at, keys] of source.#keys) {
        if (this.#kind.compare(at, cursor) >= 0) for (const key of keys) merged.add(key, at);
      }
    }
    return merged;
  }

  /** Forgets what lies before a cursor value. */
  forgetBefore(cursor: CursorValue): void {
    for (const at of this.#keys.keys()) if (this.#kind.compare(at, cursor) < 0) this.#keys.delete(at);
  }

  /** Forgets the oldest where there are more than a state should hold. @returns how many: their records come again */
  fit(max = MAX_KEYS): number {
    let forgotten = 0;
    let size = [...this.#keys.values()].reduce((sum, keys) => sum + keys.size, 0);
    for (const at of [...this.#keys.keys()].sort((a, b) => this.#kind.compare(a, b))) {
      if (size <= max) break;
      const count = this.#keys.get(at)?.size ?? 0;
      this.#keys.delete(at);
      size -= count;
      forgotten += count;
    }
    return forgotten;
  }

  /** Keys by cursor value; undefined where there are none. */
  toJSON(): JsonObject | undefined {
    if (this.#keys.size === 0) return undefined;
    return Object.fromEntries([...this.#keys].map(([at, keys]) => [String(at), [...keys]]));
  }
}
