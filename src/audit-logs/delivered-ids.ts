import type { AuditLogsState } from '../generated/types';
import { formatSeconds, LAST_SECOND, normalizeTimestamp, secondsOf } from '../tines/timestamp';

/** `recent_ids` of the state: for each bucket its ids, by the normalized timestamp of the bucket's last second. */
export type RecentIds = NonNullable<AuditLogsState['recent_ids']>;
type BucketJson = RecentIds[string];

/** Width of a bucket in s: wide enough for long runs of integers, and ids are remembered at most so much too long. */
const BUCKET_SECONDS = 300;
/** An integer without leading zeros that a number holds exactly and that is written as it was given. */
const CANONICAL_INTEGER = /^(?:0|[1-9]\d{0,14})$/;
const LARGEST_INTEGER = 999_999_999_999_999;
/** Characters of JSON that a bucket takes beside its ids: a timestamp in quotes, colon, comma. */
const KEY_CHARACTERS = 28;

/** An integer as a number, which takes less memory and sorts by value; any other id as text. */
type Id = number | string;

interface Bucket {
  readonly ids: Id[];
  /** The ids as JSON; undefined since the last change. */
  encoded: Encoded | undefined;
}

interface Encoded {
  readonly json: BucketJson;
  /** Its length as text. */
  readonly characters: number;
}

/**
 * The set of delivered ids, in buckets of five minutes, so that old ones can be forgotten and integers, which is what
 * Tines' ids are, take two or three characters each in the state. `second` is epoch s by `created_at`, which is what
 * the API's ranges go by: until then the id can be shown again.
 */
export class DeliveredIds {
  private readonly buckets = new Map<number, Bucket>();
  /** The one bucket that each id is in. */
  private readonly bucketOf = new Map<Id, number>();

  /** The set that {@link toJSON} wrote, or version 0.1. @returns undefined where it can't be read */
  static fromJSON(json: RecentIds): DeliveredIds | undefined {
    const delivered = new DeliveredIds();
    for (const [key, value] of Object.entries(json)) {
      const timestamp = normalizeTimestamp(key);
      const ids = decode(value);
      if (timestamp === undefined || ids === undefined) return undefined;
      const bucket = bucketAt(secondsOf(timestamp));
      for (const id of ids) delivered.put(id, bucket);
    }
    return delivered;
  }

  /** How many ids are known. */
  get size(): number {
    return this.bucketOf.size;
  }

  /** Whether an id is known. */
  has(id: string): boolean {
    return this.bucketOf.has(toId(id));
  }

  /** Adds an id, or remembers a known one for longer where `second` is later. @returns false when it was known */
  add(id: string, second: number): boolean {
    return this.put(toId(id), bucketAt(second));
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

  /** `recent_ids` of the state, oldest first. Only buckets that have changed since the last call are encoded again. */
  toJSON(): RecentIds {
    return Object.fromEntries(
      this.oldestFirst().map(([at, bucket]) => [formatSeconds(lastSecondOf(at)), encodedOf(bucket).json] as const),
    );
  }

  private put(id: Id, at: number): boolean {
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

  private takeOut(id: Id, at: number): void {
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

const toId = (text: string): Id => (CANONICAL_INTEGER.test(text) ? Number(text) : text);

function encodedOf(bucket: Bucket): Encoded {
  if (bucket.encoded === undefined) {
    const json = encode(bucket.ids);
    bucket.encoded = { json, characters: JSON.stringify(json).length };
  }
  return bucket.encoded;
}

/** Three shapes that can't be taken for each other: integers alone are a string, others an array, both an object. */
function encode(ids: readonly Id[]): BucketJson {
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

function decode(json: BucketJson): Id[] | undefined {
  if (typeof json === 'string') return decodeIntegers(json);
  if (Array.isArray(json)) return json.map(toId);
  const integers = decodeIntegers(json.integers);
  return integers === undefined ? undefined : [...integers, ...json.others.map(toId)];
}

function decodeIntegers(text: string): Id[] | undefined {
  const integers: number[] = [];
  let last = 0;
  for (const difference of text.split(' ')) {
    last += Number(difference);
    if (!CANONICAL_INTEGER.test(difference) || last > LARGEST_INTEGER) return undefined;
    integers.push(last);
  }
  return integers;
}
