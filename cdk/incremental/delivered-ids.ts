import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { compactId, isIntegerText, LARGEST_COMPACT_INTEGER, type CompactId } from './ids';

/**
 * Ids as JSON, by the last second of their five minutes (ISO 8601, UTC). Integers alone are one text, the smallest and then
 * each as its difference from the one before; other ids are a list.
 */
export type DeliveredIdsJson = Record<string, BucketJson>;

type BucketJson = string | string[] | { integers: string; others: string[] };

/** The largest set of ids that a state carries, in characters of JSON. */
export const MAX_ID_CHARACTERS = 1_000_000;

/** Width of a bucket in s: wide enough for long runs of integers, and ids are remembered at most so much too long. */
const BUCKET_SECONDS = 300;
/** The last second of the year 9999, epoch s: later ones have no timestamp. */
const LAST_SECOND = 253_402_300_799;
/** A time with a zone. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

interface Bucket {
  readonly ids: CompactId[];
  /** The ids as JSON; undefined since the last change. */
  encoded: Encoded | undefined;
}

interface Encoded {
  readonly json: BucketJson;
  /** What the bucket takes of a state, its name and a comma included. */
  readonly characters: number;
}

/**
 * The ids that were delivered, each for the five minutes of its second (epoch s): anything else is to be delivered, so an
 * id may be in several buckets of five minutes. Old ones can be forgotten. Integers take two or three characters each in a
 * state.
 */
export class DeliveredIds {
  /** By the last second of each. */
  readonly #buckets = new Map<number, Bucket>();
  /** The buckets that each id is in: nearly always one. */
  readonly #bucketsOf = new Map<CompactId, number | readonly number[]>();

  /** The set that {@link toJSON} wrote, or version 0.1. @returns undefined where it can't be read */
  static fromJSON(json: JsonObject): DeliveredIds | undefined {
    const delivered = new DeliveredIds();
    for (const [name, bucket] of Object.entries(json)) {
      const ms = TIMESTAMP.test(name) ? Date.parse(name) : NaN;
      const ids = idsFromJson(bucket);
      if (Number.isNaN(ms) || ids === undefined) return undefined;
      for (const id of ids) delivered.add(id, ms / 1000);
    }
    return delivered;
  }

  /** How many ids are known, each as often as there are buckets that it is in. */
  get size(): number {
    let size = 0;
    for (const { ids } of this.#buckets.values()) size += ids.length;
    return size;
  }

  /** Whether an id is known for any value. */
  has(id: CompactId): boolean {
    return this.#bucketsOf.has(id);
  }

  /** Whether an id is known for the five minutes of a second. */
  hasAt(id: CompactId, second: number): boolean {
    return includes(this.#bucketsOf.get(id), bucketOf(second));
  }

  /** Adds an id for the five minutes of a second. It stays known for others. */
  add(id: CompactId, second: number): void {
    const at = bucketOf(second);
    const known = this.#bucketsOf.get(id);
    if (includes(known, at)) return;
    this.#bucketsOf.set(id, known === undefined ? at : [known, at].flat());
    const bucket = this.#buckets.get(at) ?? { ids: [], encoded: undefined };
    this.#buckets.set(at, bucket);
    bucket.ids.push(id);
    bucket.encoded = undefined;
  }

  /** Forgets the buckets before that of a second: an id added for it or a later one stays known. */
  forgetBefore(second: number): void {
    const first = bucketOf(second);
    for (const at of this.#buckets.keys()) if (at < first) this.#forget(at);
  }

  /**
   * The last second of the newest bucket that would have to be forgotten for the JSON to have no more than
   * `maxCharacters`.
   * @returns undefined where all fit
   */
  newestExcess(maxCharacters: number): number | undefined {
    let characters = '{}'.length;
    const newest = this.#oldestFirst().findLast(([at, bucket]) => {
      characters += encoded(at, bucket).characters;
      return characters > maxCharacters;
    });
    return newest?.[0];
  }

  /**
   * Forgets the oldest buckets, as many as it takes for the JSON to have no more than `maxCharacters`.
   * @returns how many ids these had
   */
  fit(maxCharacters: number): number {
    const before = this.size;
    const excess = this.newestExcess(maxCharacters) ?? -Infinity;
    for (const at of this.#buckets.keys()) if (at <= excess) this.#forget(at);
    return before - this.size;
  }

  /** The set as JSON, oldest first. Only buckets that have changed since the last call are encoded again. */
  toJSON(): DeliveredIdsJson {
    return Object.fromEntries(
      this.#oldestFirst().map(([at, bucket]) => [nameOf(at), encoded(at, bucket).json] as const),
    );
  }

  #forget(at: number): void {
    for (const id of this.#buckets.get(at)?.ids ?? []) {
      const known = this.#bucketsOf.get(id);
      const others = typeof known === 'object' ? known.filter((other) => other !== at) : [];
      if (others.length === 0) this.#bucketsOf.delete(id);
      else this.#bucketsOf.set(id, others);
    }
    this.#buckets.delete(at);
  }

  #oldestFirst(): [number, Bucket][] {
    return [...this.#buckets].sort(([a], [b]) => a - b);
  }
}

const bucketOf = (second: number): number =>
  (Math.floor(Math.min(second, LAST_SECOND) / BUCKET_SECONDS) + 1) * BUCKET_SECONDS - 1;

const nameOf = (bucket: number): string => new Date(bucket * 1000).toISOString();

const includes = (buckets: number | readonly number[] | undefined, bucket: number): boolean =>
  typeof buckets === 'object' ? buckets.includes(bucket) : buckets === bucket;

function encoded(at: number, bucket: Bucket): Encoded {
  if (bucket.encoded === undefined) {
    const json = encode(bucket.ids);
    bucket.encoded = { json, characters: JSON.stringify({ [nameOf(at)]: json }).length - 1 };
  }
  return bucket.encoded;
}

/** Three shapes that can't be taken for each other: integers alone are a string, others an array, both an object. */
function encode(ids: readonly CompactId[]): BucketJson {
  const others = ids.filter((id) => typeof id === 'string');
  const numbers = ids.filter((id) => typeof id === 'number');
  if (numbers.length === 0) return others;
  const integers = encodeIntegers(numbers);
  return others.length === 0 ? integers : { integers, others };
}

/** `20000001 3 1`: the smallest, then each as its difference from the one before. */
function encodeIntegers(numbers: number[]): string {
  const sorted = numbers.sort((a, b) => a - b);
  return sorted.map((number, index) => number - (sorted[index - 1] ?? 0)).join(' ');
}

/** The ids of a bucket; undefined where they can't be read. */
export function idsFromJson(json: unknown): readonly CompactId[] | undefined {
  if (typeof json === 'string') return decodeIntegers(json);
  if (Array.isArray(json)) return json.every((text) => typeof text === 'string') ? json.map(compactId) : undefined;
  if (!isJsonObject(json) || typeof json['integers'] !== 'string' || !Array.isArray(json['others'])) return undefined;
  const [integers, others] = [idsFromJson(json['integers']), idsFromJson(json['others'])];
  return integers === undefined || others === undefined ? undefined : [...integers, ...others];
}

function decodeIntegers(text: string): readonly number[] | undefined {
  const integers: number[] = [];
  let last = 0;
  for (const difference of text.split(' ')) {
    last += Number(difference);
    if (!isIntegerText(difference) || last > LARGEST_COMPACT_INTEGER) return undefined;
    integers.push(last);
  }
  return integers;
}
