/** The counters of a file, as Istanbul keeps them: statements, functions, and the ways of each branch. */
export interface FileCounters {
  s: ArrayLike<number>;
  f: ArrayLike<number>;
  b: Record<string, ArrayLike<number>>;
}

/**
 * Feedback from an execution: which counters it has raised, and how far. A feature is a counter together with the
 * magnitude of its count (1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, or more), so that a loop that runs longer is
 * something new, too.
 */
export class Counters {
  readonly #counts: Uint32Array;
  /** By counter, a bit for each magnitude that was seen. */
  readonly #seen: Uint8Array;
  /** How many counters were ever raised. */
  covered = 0;
  /** How many features were ever seen. */
  features = 0;

  /** @param files whose counters are put side by side: from now on they are raised there */
  constructor(files: readonly FileCounters[]) {
    const all = files.flatMap(({ s, f, b }) => [s, f, ...Object.values(b)]);
    this.#counts = new Uint32Array(all.reduce((sum, counts) => sum + lengthOf(counts), 0));
    this.#seen = new Uint8Array(this.#counts.length);
    let used = 0;
    const place = (counts: ArrayLike<number>): Uint32Array => {
      const start = used;
      used += lengthOf(counts);
      return this.#counts.subarray(start, used);
    };
    for (const file of files) {
      file.s = place(file.s);
      file.f = place(file.f);
      for (const [branch, counts] of Object.entries(file.b)) file.b[branch] = place(counts);
    }
  }

  /** How many counters there are. */
  get size(): number {
    return this.#counts.length;
  }

  /** Sets all counters to zero, before an execution. */
  reset(): void {
    this.#counts.fill(0);
  }

  /** Notes the features of the execution since {@link reset}. @returns how many of them are new */
  note(): number {
    const before = this.features;
    const counts = this.#counts;
    for (let index = 0; index < counts.length; index += 1) {
      const count = counts[index] ?? 0;
      if (count === 0) continue;
      const seen = this.#seen[index] ?? 0;
      const magnitude = magnitudeOf(count);
      if ((seen & magnitude) !== 0) continue;
      if (seen === 0) this.covered += 1;
      this.#seen[index] = seen | magnitude;
      this.features += 1;
    }
    return this.features - before;
  }
}

/** Statements and functions are objects whose keys are numbers from 0 on; branches are arrays. */
const lengthOf = (counts: ArrayLike<number>): number => Object.keys(counts).length;

function magnitudeOf(count: number): number {
  if (count < 4) return 1 << (count - 1);
  if (count < 32) return 1 << (32 - Math.clz32(count));
  return count < 128 ? 1 << 6 : 1 << 7;
}
