import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import type { CursorValue } from './cursor-kind';
import { compactId, isIntegerText, LARGEST_COMPACT_INTEGER, type CompactId } from './ids';

/**
 * Ids as JSON, by the name of their bucket. Integers alone are one text, the smallest and then each as its difference
 * from the one before; other ids are a list, and so are ids with versions, each after its version.
 */
export type DeliveredIdsJson = Record<string, BucketJson>;

type BucketJson = string | string[] | { integers: string; others: string[] };

/** What ids are remembered by: values are put into buckets, each of which a state names. */
export interface Buckets {
  /** The bucket of a value. That of a bucket is itself. */
  readonly of: (value: CursorValue) => CursorValue;
  /** Negative where bucket `a` comes first. */
  readonly compare: (a: CursorValue, b: CursorValue) => number;
  readonly nameOf: (bucket: CursorValue) => string;
  /** A value of the bucket that has a name; undefined where there is none of that name. */
  readonly valueOf: (name: string) => CursorValue | undefined;
  /** Of how many characters the versions of ids are; 0 where ids have none. */
  readonly versionLength: number;
}

/** The largest set of ids that a state carries, in characters of JSON. */
export const MAX_ID_CHARACTERS = 1_000_000;

/** Width of a bucket in s: wide enough for long runs of integers, and ids are remembered at most so much too long. */
const BUCKET_SECONDS = 300;
/** The last second of the year 9999, epoch s: later ones have no timestamp. */
const LAST_SECOND = 253_402_300_799;
/** A time with a zone. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Seconds (epoch s) by five minutes, each of which is its last second and named by it (ISO 8601, UTC). */
const FIVE_MINUTES: Buckets = {
  of: (second) => (Math.floor(Math.min(Number(second), LAST_SECOND) / BUCKET_SECONDS) + 1) * BUCKET_SECONDS - 1,
  compare: (a, b) => Number(a) - Number(b),
  nameOf: (bucket) => new Date(Number(bucket) * 1000).toISOString(),
  valueOf: (name) => {
    const ms = TIMESTAMP.test(name) ? Date.parse(name) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms / 1000;
  },
  versionLength: 0,
};

/** Stands, repeated, for a version that is not known. */
const NO_VERSION = '.';

interface Bucket {
  readonly ids: CompactId[];
  /** Of those ids that have one. */
  readonly versions: Map<CompactId, string> | undefined;
  /** The ids as JSON; undefined since the last change. */
  encoded: Encoded | undefined;
}

interface Encoded {
  readonly json: BucketJson;
  /** What the bucket takes of a state, its name and a comma included. */
  readonly characters: number;
}

/**
 * The ids that were delivered, each for its bucket of cursor values, and there in its last version: anything else is to
 * be delivered, so an id may be in several buckets. Old buckets can be forgotten. By five minutes, integers take two or
 * three characters each in a state.
 */
export class DeliveredIds {
  readonly #by: Buckets;
  readonly #buckets = new Map<CursorValue, Bucket>();
  /** The buckets that each id is in: nearly always one. */
  readonly #bucketsOf = new Map<CompactId, CursorValue | readonly CursorValue[]>();

  /** @param by left out: five minutes, values being epoch s */
  constructor(by = FIVE_MINUTES) {
    this.#by = by;
  }

  /** The set that {@link toJSON} wrote, or version 0.1. @returns undefined where it can't be read */
  static fromJSON(json: JsonObject, by = FIVE_MINUTES): DeliveredIds | undefined {
    const delivered = new DeliveredIds(by);
    for (const [name, bucket] of Object.entries(json)) {
      const value = by.valueOf(name);
      const ids = decode(bucket, by.versionLength);
      if (value === undefined || ids === undefined) return undefined;
      for (const [id, version] of ids) delivered.add(id, value, version);
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

  /** Whether an id is known for the bucket of a value, and in a version where there is one on both sides. */
  hasAt(id: CompactId, value: CursorValue, version?: string): boolean {
    const at = this.#by.of(value);
    if (!includes(this.#bucketsOf.get(id), at)) return false;
    const known = version === undefined ? undefined : this.#buckets.get(at)?.versions?.get(id);
    return known === undefined || known === version;
  }

  /** Adds an id for the bucket of a value, in place of another version there. It stays known for others. */
  add(id: CompactId, value: CursorValue, version?: string): void {
    const at = this.#by.of(value);
    const known = this.#bucketsOf.get(id);
    const isNew = !includes(known, at);
    if (!isNew && version === undefined) return;
    if (isNew) this.#bucketsOf.set(id, known === undefined ? at : [known, at].flat());
    const bucket = this.#buckets.get(at) ?? this.#newBucket(at);
    if (isNew) bucket.ids.push(id);
    if (version !== undefined) bucket.versions?.set(id, version);
    bucket.encoded = undefined;
  }

  /** Adds what others know for the bucket of a value or a later one. Their versions take the place of others. */
  addFrom(value: CursorValue, others: DeliveredIds): void {
    const first = this.#by.of(value);
    for (const [at, { ids, versions }] of others.#buckets) {
      if (this.#by.compare(at, first) >= 0) for (const id of ids) this.add(id, at, versions?.get(id));
    }
  }

  /** Forgets the buckets before that of a value: an id added for that value or a later one stays known. */
  forgetBefore(value: CursorValue): void {
    const first = this.#by.of(value);
    for (const at of this.#buckets.keys()) if (this.#by.compare(at, first) < 0) this.#forget(at);
  }

  /**
   * The newest bucket that would have to be forgotten for the JSON to have no more than `maxCharacters`.
   * @returns undefined where all fit
   */
  newestExcess(maxCharacters: number): CursorValue | undefined {
    return this.#excess(maxCharacters).at(-1);
  }

  /**
   * Forgets the oldest buckets, as many as it takes for the JSON to have no more than `maxCharacters`.
   * @returns how many ids these had
   */
  fit(maxCharacters: number): number {
    const before = this.size;
    for (const at of this.#excess(maxCharacters)) this.#forget(at);
    return before - this.size;
  }

  /** The set as JSON, oldest first. Only buckets that have changed since the last call are encoded again. */
  toJSON(): DeliveredIdsJson {
    return Object.fromEntries(
      this.#oldestFirst().map(([at, bucket]) => [this.#by.nameOf(at), this.#encoded(at, bucket).json] as const),
    );
  }

  /** The oldest buckets: as many as are too many. */
  #excess(maxCharacters: number): readonly CursorValue[] {
    let characters = '{}'.length;
    for (const [at, bucket] of this.#buckets) characters += this.#encoded(at, bucket).characters;
    const excess: CursorValue[] = [];
    if (characters <= maxCharacters) return excess;
    for (const [at, bucket] of this.#oldestFirst()) {
      if (characters <= maxCharacters) break;
      characters -= this.#encoded(at, bucket).characters;
      excess.push(at);
    }
    return excess;
  }

  #encoded(at: CursorValue, bucket: Bucket): Encoded {
    if (bucket.encoded === undefined) {
      const json = encode(bucket, this.#by.versionLength);
      const characters = JSON.stringify({ [this.#by.nameOf(at)]: json }).length - 1;
      bucket.encoded = { json, characters };
    }
    return bucket.encoded;
  }

  #newBucket(at: CursorValue): Bucket {
    const bucket = { ids: [], versions: this.#by.versionLength > 0 ? new Map() : undefined, encoded: undefined };
    this.#buckets.set(at, bucket);
    return bucket;
  }

  #forget(at: CursorValue): void {
    for (const id of this.#buckets.get(at)?.ids ?? []) {
      const known = this.#bucketsOf.get(id);
      const others = typeof known === 'object' ? known.filter((other) => other !== at) : [];
      if (others.length === 0) this.#bucketsOf.delete(id);
      else this.#bucketsOf.set(id, others);
    }
    this.#buckets.delete(at);
  }

  #oldestFirst(): [CursorValue, Bucket][] {
    return [...this.#buckets].sort(([a], [b]) => this.#by.compare(a, b));
  }
}

const includes = (buckets: CursorValue | readonly CursorValue[] | undefined, bucket: CursorValue): boolean =>
  typeof buckets === 'object' ? buckets.includes(bucket) : buckets === bucket;

/** Three shapes that can't be taken for each other: integers alone are a string, others an array, both an object. */
function encode({ ids, versions }: Bucket, versionLength: number): BucketJson {
  if (versions !== undefined)
    return ids.map((id) => (versions.get(id) ?? NO_VERSION.repeat(versionLength)) + String(id));
  const others: string[] = [];
  const numbers: number[] = [];
  for (const id of ids) {
    if (typeof id === 'number') numbers.push(id);
    else others.push(id);
  }
  if (numbers.length === 0) return others;
  const integers = encodeIntegers(numbers);
  return others.length === 0 ? integers : { integers, others };
}

/** `20000001 3 1`: the smallest, then each as its difference from the one before. */
function encodeIntegers(numbers: number[]): string {
  let before = 0;
  const differences = numbers
    .sort((a, b) => a - b)
    .map((number) => {
      const difference = number - before;
      before = number;
      return difference;
    });
  return differences.join(' ');
}

/** Ids, and their versions where they have any. */
function decode(json: unknown, versionLength: number): readonly (readonly [CompactId, string?])[] | undefined {
  if (typeof json === 'string') return decodeIntegers(json)?.map((id) => [id]);
  if (isJsonObject(json)) {
    const { integers, others } = json;
    if (typeof integers !== 'string' || !Array.isArray(others)) return undefined;
    const all = [decode(integers, 0), decode(others, 0)];
    return all.every((ids) => ids !== undefined) ? all.flat() : undefined;
  }
  if (!Array.isArray(json) || !json.every((text) => typeof text === 'string')) return undefined;
  return json.map((text) => {
    const [version, id] = [text.slice(0, versionLength), compactId(text.slice(versionLength))];
    return version === NO_VERSION.repeat(versionLength) ? [id] : [id, version];
  });
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
