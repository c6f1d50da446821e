import { type Random, wholeNumber } from '../../../simulated-tenant/random';
import type { Counters } from './counters';
import { Mutator } from './mutator';
import type { FuzzTarget } from './target';

/** An input at which a target has thrown. */
export interface Finding {
  readonly input: Buffer;
  /** The error's stack, or what else was thrown. */
  readonly error: string;
}

/** What a run has come to. */
export interface FuzzResult {
  /** It ends at the first one. */
  readonly finding: Finding | undefined;
  readonly statistics: FuzzStatistics;
}

/** How much a run has done. */
export interface FuzzStatistics {
  readonly executions: number;
  /** How long it took, in ms. */
  readonly ms: number;
  /** Counters that were raised, of how many. */
  readonly covered: number;
  readonly counters: number;
  readonly features: number;
  /** Inputs that showed something new, seeds included. */
  readonly corpus: number;
  readonly corpusBytes: number;
}

/** What a run needs. */
export interface FuzzOptions {
  readonly target: FuzzTarget;
  readonly seeds: readonly Buffer[];
  readonly counters: Counters;
  readonly random: Random;
  /** Epoch ms. */
  readonly now: () => number;
  /** When it ends, epoch ms; the seeds are executed in any case. */
  readonly until: number;
  /** Called with each input before its execution. */
  readonly onInput: (input: Buffer) => void;
}

/** Executions between two looks at the clock. */
const STEP = 16;
/** How many shorter inputs are tried for a finding. */
const MOST_SHRINKS = 2000;
/** Every other input is made of one of so many latest: what showed something new is near to more of it. */
const LATEST = 16;

/**
 * Coverage-guided fuzzing of one target: inputs are changed at random, and those that reach what none has reached before
 * are kept, to be changed in their turn. Only time decides where it ends; which inputs are tried, and in which order, is
 * given by seeds and random numbers.
 */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #seeds: readonly Buffer[];
  readonly #counters: Counters;
  readonly #random: Random;
  readonly #now: () => number;
  readonly #until: number;
  readonly #onInput: (input: Buffer) => void;
  readonly #mutator: Mutator;
  readonly #corpus: Buffer[] = [];
  #executions = 0;
  #finding: Finding | undefined;

  constructor({ target, seeds, counters, random, now, until, onInput }: FuzzOptions) {
    this.#target = target;
    this.#seeds = seeds;
    this.#counters = counters;
    this.#random = random;
    this.#now = now;
    this.#until = until;
    this.#onInput = onInput;
    const tokens = [...tokensIn(seeds), ...target.tokens.map((token) => Buffer.from(token))];
    this.#mutator = new Mutator({ random, tokens, maxBytes: target.maxBytes });
  }

  /** Executes the seeds, then changed inputs until it is time to end, or something is found. */
  async run(): Promise<FuzzResult> {
    const start = this.#now();
    for (const seed of [Buffer.alloc(0), ...this.#seeds]) {
      await this.#try(seed);
      this.#corpus.push(seed);
    }
    while (this.#finding === undefined && this.#now() < this.#until) {
      for (let left = STEP; left > 0; left -= 1) await this.#try(this.#mutator.mutate(this.#choose(), this.#any()));
    }
    return { finding: this.#finding, statistics: this.#statistics(this.#now() - start) };
  }

  /** One of the latest, or half of the time the shorter of any two: it takes less time, and each byte of it counts more. */
  #choose(): Buffer {
    const random = this.#random;
    const last = this.#corpus.length - 1;
    if (random() < 0.5) return this.#corpus[wholeNumber(random, Math.max(0, last - LATEST), last)] ?? Buffer.alloc(0);
    const [one, other] = [this.#any(), this.#any()];
    return one.length < other.length ? one : other;
  }

  #any(): Buffer {
    return this.#corpus[wholeNumber(this.#random, 0, this.#corpus.length - 1)] ?? Buffer.alloc(0);
  }

  async #try(input: Buffer): Promise<void> {
    if (this.#finding !== undefined) return;
    this.#counters.reset();
    const error = await this.#execute(input);
    if (this.#counters.note() > 0) this.#corpus.push(input);
    if (error !== undefined) this.#finding = { input: await this.#shrunk(input, error), error };
  }

  /** @returns the stack of what was thrown, undefined where nothing was */
  async #execute(input: Buffer): Promise<string | undefined> {
    this.#onInput(input);
    this.#executions += 1;
    try {
      // A target that needs no promise is spared the turn of the event loop.
      const ended = this.#target.run(input);
      if (ended !== undefined) await ended;
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  #shrunk(input: Buffer, error: string): Promise<Buffer> {
    const failsAlike = async (shorter: Buffer): Promise<boolean> => {
      const other = await this.#execute(shorter);
      return other !== undefined && kindOf(other) === kindOf(error);
    };
    return shrink(input, failsAlike, MOST_SHRINKS);
  }

  #statistics(ms: number): FuzzStatistics {
    const counters = this.#counters;
    return {
      executions: this.#executions,
      ms,
      covered: counters.covered,
      counters: counters.size,
      features: counters.features,
      corpus: this.#corpus.length,
      corpusBytes: this.#corpus.reduce((sum, { length }) => sum + length, 0),
    };
  }
}

/** A word, a number, a string of JSON, or a mark. */
const TOKEN = /"(?:[^"\\\n]|\\.){1,60}"|[A-Za-z_][\w-]{1,60}|\d+|[^\s\w]/g;

/** What seeds are made of, each once. */
function tokensIn(seeds: readonly Buffer[]): Buffer[] {
  const texts = seeds.flatMap((seed) => seed.toString('utf8').match(TOKEN) ?? []);
  return [...new Set(texts)].map((text) => Buffer.from(text));
}

/** The kind of an error, and where it was thrown, without what the input has put into its message. */
function kindOf(error: string): string {
  const [first = '', ...lines] = error.split('\n');
  const place = lines.find((line) => line.trimStart().startsWith('at ') && !line.includes('node:')) ?? '';
  return `${first.slice(0, 24)} ${place}`;
}

/**
 * A shorter input that fails in the same way, found by leaving out smaller and smaller pieces.
 * @param fails whether an input does
 * @param most how many inputs are tried
 */
async function shrink(input: Buffer, fails: (input: Buffer) => Promise<boolean>, most: number): Promise<Buffer> {
  let smallest = input;
  let tries = 0;
  for (let size = smallest.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.length;) {
      if (tries >= most) return smallest;
      tries += 1;
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await fails(shorter)) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}
