import { compactId, isIntegerText, LARGEST_COMPACT_INTEGER, type CompactId } from './compact-id';

/**
 * A set of ids as JSON: those of five minutes under the last second of these (ISO 8601, UTC). Integers alone are one text,
 * the smallest and then each as its difference from the one before; other ids are a list.
 */
export type DeliveredIdsJson = Record<string, BucketJson>;

type BucketJson = string | string[] | { integers: string; others: string[] };

/** Width of a bucket in s: wide enough for long runs of integers, and ids are remembered at most so much too long. */
const BUCKET_SECONDS = 300;
/** The last second of the year 9999, epoch s: later ones have no timestamp. */
const LAST_SECOND = 253_402_300_799;
/** A time with a zone. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
/** Characters of JSON that a bucket takes beside its ids: a timestamp in quotes, colon, comma. */
const KEY_CHARACTERS = 28;

interface Bucket {
  readonly ids: CompactId[];
  /** The ids as JSON; undefined since the last change. */
  encoded: Encoded | undefined;
}

interface Encoded {
  readonly json: BucketJson;
  /** Its length as text. */
  readonly characters: number;
}

/**
 * Set of delivered ids, in buckets of five minutes, so that old ones can be forgotten and integers take two or three
 * characters each in a state. `second` (epoch s) is until when an entry can be shown again: the time by which ranges go.
 */
export class DeliveredIds {
  private readonly buckets = new Map<number, Bucket>();
  /** The one bucket that each id is in. */
  private readonly bucketOf = new Map<CompactId, number>();

  /** The set that {@link toJSON} wrote, or version 0.1. @returns undefined where it can't be read */
  static fromJSON(json: DeliveredIdsJson): DeliveredIds | undefined {
    const delivered = new DeliveredIds();
    for (const [key, value] of Object.entries(json)) {
      const ms = TIMESTAMP.test(key) ? Date.parse(key) : Number.NaN;
      const ids = decode(value);
      if (Number.isNaN(ms) || ids === undefined) return undefined;
      const bucket = bucketAt(Math.floor(ms / 1000));
      for (const id of ids) delivered.put(id, bucket);
    }
    return delivered;
  }

  /** How many ids are known. */
  get size(): number {
    return this.bucketOf.size;
  }

  /** Whether an id is known. */
  has(id: CompactId): boolean {
    return this.bucketOf.has(id);
  }

  /** Adds an id, or remembers a known one for longer where `second` is later. @returns false when it was known */
  add(id: CompactId, second: number): boolean {
    return this.put(id, bucketAt(second));
  }

  /** Forgets the buckets that end before a second: an id added for that second or a later one stays known. */
  forgetBefore(second: number): void {
    for (const bucket of this.buckets.keys()) if (lastSecondOf(bucket) < second) this.forget(bucket);
  }

  /**
   * Forgets the oldest buckets, as many as it takes for the JSON to have no more than `maxCharacters`.
   * @returns how many ids these had
   */
  fit(maxCharacters: number): number {
    let characters = '{}'.length;
    for (const bucket of this.buckets.values()) characters += KEY_CHARACTERS + encodedOf(bucket).characters;
    let forgotten = 0;
    for (const [second, bucket] of this.oldestFirst()) {
      if (characters <= maxCharacters) break;
      characters -= KEY_CHARACTERS + encodedOf(bucket).characters;
      forgotten += bucket.ids.length;
      this.forget(second);
    }
    return forgotten;
  }

  /** The set as JSON, oldest first. Only buckets that have changed since the last call are encoded again. */
  toJSON(): DeliveredIdsJson {
    return Object.fromEntries(
      this.oldestFirst().map(
        ([at, bucket]) => [new Date(lastSecondOf(at) * 1000).toISOString(), encodedOf(bucket).json] as const,
      ),
    );
  }

  private put(id: CompactId, at: number): boolean {
    const known = this.bucketOf.get(id);
    if (known !== undefined && known >= at) return false;
    if (known !== undefined) this.takeOut(id, known);
    this.bucketOf.set(id, at);
    const bucket = this.buckets.get(at);
    if (bucket === undefined) {
      this.buckets.set(at, { ids: [id], encoded: undefined });
    } else {
      bucket.ids.push(id);
      bucket.encoded = undefined;
    }
    return known === undefined;
  }

  private takeOut(id: CompactId, at: number): void {
    const bucket = this.buckets.get(at);
    if (bucket === undefined) return;
    bucket.ids.splice(bucket.ids.indexOf(id), 1);
    bucket.encoded = undefined;
    if (bucket.ids.length === 0) this.buckets.delete(at);
  }

  private forget(at: number): void {
    for (const id of this.buckets.get(at)?.ids ?? []) this.bucketOf.delete(id);
    this.buckets.delete(at);
  }

  private oldestFirst(): [number, Bucket][] {
    return [...this.buckets].sort(([a], [b]) => a - b);
  }
}

const bucketAt = (second: number): number => Math.floor(Math.min(second, LAST_SECOND) / BUCKET_SECONDS);

const lastSecondOf = (bucket: number): number => (bucket + 1) * BUCKET_SECONDS - 1;

function encodedOf(bucket: Bucket): Encoded {
  if (bucket.encoded === undefined) {
    const json = encode(bucket.ids);
    bucket.encoded = { json, characters: JSON.stringify(json).length };
  }
  return bucket.encoded;
}

/** Three shapes that can't be taken for each other: integers alone are a string, others an array, both an object. */
function encode(ids: readonly CompactId[]): BucketJson {
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

function decode(json: BucketJson): CompactId[] | undefined {
  if (typeof json === 'string') return decodeIntegers(json);
  if (Array.isArray(json)) return json.map(compactId);
  const integers = decodeIntegers(json.integers);
  return integers === undefined ? undefined : [...integers, ...json.others.map(compactId)];
}

function decodeIntegers(text: string): CompactId[] | undefined {
  const integers: number[] = [];
  let last = 0;
  for (const difference of text.split(' ')) {
    last += Number(difference);
    if (!isIntegerText(difference) || last > LARGEST_COMPACT_INTEGER) return undefined;
    integers.push(last);
  }
  return integers;
}
