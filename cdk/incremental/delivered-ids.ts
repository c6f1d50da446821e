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
/** Characters of JSON that a bucket takes in addition to its ids: a timestamp in quotes, colon, comma. */
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
 * characters each in a state. Seconds (epoch s) are of the time by which ranges go. An id may be in several buckets: a
 * service that was set back to an earlier copy gives ids out again.
 */
export class DeliveredIds {
  private readonly buckets = new Map<number, Bucket>();
  /** The buckets that each id is in: nearly always one. */
  private readonly bucketsOf = new Map<CompactId, number | readonly number[]>();

  /** The set that {@link toJSON} wrote, or version 0.1. @returns undefined where it can't be read */
  static fromJSON(json: DeliveredIdsJson): DeliveredIds | undefined {
    const delivered = new DeliveredIds();
    for (const [key, value] of Object.entries(json)) {
      const ms = TIMESTAMP.test(key) ? Date.parse(key) : Number.NaN;
      const ids = decode(value);
      if (Number.isNaN(ms) || ids === undefined) return undefined;
      for (const id of ids) delivered.add(id, ms / 1000);
    }
    return delivered;
  }

  /** How many ids are known, each as often as there are buckets that it is in. */
  get size(): number {
    let size = 0;
    for (const { ids } of this.buckets.values()) size += ids.length;
    return size;
  }

  /** Whether an id is known for any time. */
  has(id: CompactId): boolean {
    return this.bucketsOf.has(id);
  }

  /** Whether an id is known for the five minutes of a second. */
  hasAt(id: CompactId, second: number): boolean {
    return includes(this.bucketsOf.get(id), bucketAt(second));
  }

  /** Adds an id for the five minutes of a second. It stays known for others. */
  add(id: CompactId, second: number): void {
    const at = bucketAt(second);
    const known = this.bucketsOf.get(id);
    if (includes(known, at)) return;
    this.bucketsOf.set(id, known === undefined ? at : [known, at].flat());
    const bucket = this.buckets.get(at);
    if (bucket === undefined) {
      this.buckets.set(at, { ids: [id], encoded: undefined });
    } else {
      bucket.ids.push(id);
      bucket.encoded = undefined;
    }
  }

  /** Forgets the buckets that end before a second: an id added for that second or a later one stays known. */
  forgetBefore(second: number): void {
    for (const at of this.buckets.keys()) if (lastSecondOf(at) < second) this.forget(at);
  }

  /**
   * The second after the newest bucket that would have to be forgotten for the JSON to have no more than `maxCharacters`.
   * @returns epoch s; undefined where all fit
   */
  fittingFrom(maxCharacters: number): number | undefined {
    const newest = this.excess(maxCharacters).at(-1);
    return newest === undefined ? undefined : lastSecondOf(newest) + 1;
  }

  /**
   * Forgets the oldest buckets, as many as it takes for the JSON to have no more than `maxCharacters`.
   * @returns how many ids these had
   */
  fit(maxCharacters: number): number {
    const before = this.size;
    for (const at of this.excess(maxCharacters)) this.forget(at);
    return before - this.size;
  }

  /** The set as JSON, oldest first. Only buckets that have changed since the last call are encoded again. */
  toJSON(): DeliveredIdsJson {
    return Object.fromEntries(
      this.oldestFirst().map(
        ([at, bucket]) => [new Date(lastSecondOf(at) * 1000).toISOString(), encodedOf(bucket).json] as const,
      ),
    );
  }

  /** The oldest buckets: as many as are too many. */
  private excess(maxCharacters: number): readonly number[] {
    let characters = '{}'.length;
    for (const bucket of this.buckets.values()) characters += KEY_CHARACTERS + encodedOf(bucket).characters;
    const excess: number[] = [];
    for (const [at, bucket] of this.oldestFirst()) {
      if (characters <= maxCharacters) break;
      characters -= KEY_CHARACTERS + encodedOf(bucket).characters;
      excess.push(at);
    }
    return excess;
  }

  private forget(at: number): void {
    for (const id of this.buckets.get(at)?.ids ?? []) {
      const known = this.bucketsOf.get(id);
      const others = typeof known === 'object' ? known.filter((other) => other !== at) : [];
      if (others.length === 0) this.bucketsOf.delete(id);
      else this.bucketsOf.set(id, others);
    }
    this.buckets.delete(at);
  }

  private oldestFirst(): [number, Bucket][] {
    return [...this.buckets].sort(([a], [b]) => a - b);
  }
}

const bucketAt = (second: number): number => Math.floor(Math.min(second, LAST_SECOND) / BUCKET_SECONDS);

const includes = (buckets: number | readonly number[] | undefined, bucket: number): boolean =>
  typeof buckets === 'object' ? buckets.includes(bucket) : buckets === bucket;

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
