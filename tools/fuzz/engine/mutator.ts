import { pick, type Random, wholeNumber } from '../../../simulated-tenant/random';

/** What a {@link Mutator} works with. */
export interface MutatorOptions {
  /** 0 to 1. */
  readonly random: Random;
  /** Put in as they are. */
  readonly tokens: readonly Buffer[];
  /** Results are cut off there, in bytes. */
  readonly maxBytes: number;
}

/** Bytes at which something often changes: ends of ranges, and what JSON and HTTP are made of. */
const INTERESTING_BYTES = [...Buffer.from('\0\t\n\r "#%+,-./09:;=AZ[\\]az{}~\x7f\u0085\u2028\u00e9\ufeff\ud83d\ude00')];
const INTERESTING_NUMBERS = [
  '0',
  '00',
  '01',
  '-01',
  '1.',
  '.5',
  '1.0e+1',
  '-0',
  '-1',
  '1e400',
  '1e-400',
  '0.1',
  '255',
  '65536',
  '2147483648',
  '9007199254740993',
  '12345678901234567890',
].map((text) => Buffer.from(text));
/** A piece is repeated up to so many times: what nests or counts is to get deep or many. */
const MOST_REPEATS = 3000;
const MOST_CHANGES = 5;

/** Maker of new inputs from known ones. The same random numbers make the same inputs. */
export class Mutator {
  readonly #random: Random;
  readonly #tokens: readonly Buffer[];
  readonly #maxBytes: number;
  readonly #changes: readonly ((input: Buffer, other: Buffer) => Buffer)[] = [
    (input) => this.#setByte(input),
    (input) => this.#flipBit(input),
    (input) => this.#replaced(input, this.#place(input, 1), Buffer.of(pick(this.#random, INTERESTING_BYTES))),
    (input) => this.#removed(input),
    (input) => this.#removed(input),
    (input) => this.#moved(input),
    (input) => this.#repeated(input, wholeNumber(this.#random, 2, 4)),
    (input) => this.#repeated(input, 2 ** wholeNumber(this.#random, 2, 11)),
    (input) => this.#replaced(input, this.#place(input, 0), this.#token()),
    (input) => this.#replaced(input, this.#place(input, 12), this.#token()),
    (input) => this.#wordReplaced(input),
    (input) => this.#numberReplaced(input),
    (input, other) => this.#replaced(input, this.#place(input, 24), this.#piece(other)),
    (input, other) => this.#replaced(input, this.#place(input, 0), this.#piece(other)),
  ];

  constructor({ random, tokens, maxBytes }: MutatorOptions) {
    this.#random = random;
    this.#tokens = tokens;
    this.#maxBytes = maxBytes;
  }

  /** @param other a piece of it may come in */
  mutate(input: Buffer, other: Buffer): Buffer {
    let changed = input;
    let left = this.#random() < 0.5 ? 1 : wholeNumber(this.#random, 2, MOST_CHANGES);
    for (; left > 0; left -= 1) changed = pick(this.#random, this.#changes)(changed, other);
    return Buffer.from(changed.subarray(0, this.#maxBytes));
  }

  #setByte(input: Buffer): Buffer {
    return this.#replaced(input, this.#place(input, 1), Buffer.of(wholeNumber(this.#random, 0, 255)));
  }

  #flipBit(input: Buffer): Buffer {
    const at = wholeNumber(this.#random, 0, Math.max(0, input.length - 1));
    return replaced(input, [at, at + 1], Buffer.of((input[at] ?? 0) ^ (1 << wholeNumber(this.#random, 0, 7))));
  }

  #removed(input: Buffer): Buffer {
    return this.#replaced(input, this.#place(input, Math.max(1, input.length >> 2)), Buffer.alloc(0));
  }

  #moved(input: Buffer): Buffer {
    const [start, end] = this.#place(input, 64);
    const rest = replaced(input, [start, end], Buffer.alloc(0));
    return this.#replaced(rest, this.#place(rest, 0), input.subarray(start, end));
  }

  #repeated(input: Buffer, times: number): Buffer {
    const [start, end] = this.#place(input, 16);
    const room = Math.max(0, this.#maxBytes - input.length) / Math.max(1, end - start);
    const count = Math.floor(Math.min(times, room, MOST_REPEATS));
    return replaced(input, [end, end], Buffer.concat(Array.from({ length: count }, () => input.subarray(start, end))));
  }

  #wordReplaced(input: Buffer): Buffer {
    return this.#matchReplaced(input, /[A-Za-z_]+/g, () => this.#token());
  }

  #numberReplaced(input: Buffer): Buffer {
    return this.#matchReplaced(input, /\d+/g, (digits) => {
      const near = Number(digits) + wholeNumber(this.#random, -2, 2);
      return this.#random() < 0.5 ? pick(this.#random, INTERESTING_NUMBERS) : Buffer.from(String(near));
    });
  }

  #matchReplaced(input: Buffer, pattern: RegExp, replacement: (found: string) => Buffer): Buffer {
    const matches = [...input.toString('latin1').matchAll(pattern)];
    if (matches.length === 0) return input;
    const { 0: found, index } = pick(this.#random, matches);
    return replaced(input, [index, index + found.length], replacement(found));
  }

  #replaced(input: Buffer, place: readonly [number, number], by: Buffer): Buffer {
    return replaced(input, place, by);
  }

  #token(): Buffer {
    return this.#tokens.length === 0 ? this.#randomBytes() : pick(this.#random, this.#tokens);
  }

  #randomBytes(): Buffer {
    const length = wholeNumber(this.#random, 1, 8);
    return Buffer.from(Array.from({ length }, () => wholeNumber(this.#random, 0, 255)));
  }

  #piece(other: Buffer): Buffer {
    const [start, end] = this.#place(other, other.length);
    return other.subarray(start, end);
  }

  /** A place of up to so many bytes, from and to. */
  #place(input: Buffer, most: number): readonly [number, number] {
    const start = wholeNumber(this.#random, 0, input.length);
    return [start, Math.min(input.length, start + (most === 0 ? 0 : wholeNumber(this.#random, 1, most)))];
  }
}

function replaced(input: Buffer, [start, end]: readonly [number, number], by: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, start), by, input.subarray(end)]);
}
