import { seededRandom, seedOfItem } from '../../simulated-tenant/random';
import type { WorldKind } from './world';

/** How likely something is in a world of each kind; `else` in those that are not named. */
export type Odds = Readonly<Partial<Record<WorldKind, number>> & { else: number }>;

/** Random choices that follow from a seed. */
export class Dice {
  readonly #seed: number;
  readonly #random: () => number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  /** Dice of their own for one part of a world: what other parts draw does not change them. */
  part(index: number): Dice {
    return new Dice(seedOfItem(this.#seed, index));
  }

  /** 0 (included) to 1 (excluded). */
  readonly share = (): number => this.#random();

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** Whether something is drawn that is likelier in worlds of some kinds. */
  likely(kind: WorldKind, odds: Odds): boolean {
    return this.chance(odds[kind] ?? odds.else);
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  /** A whole number of any magnitude: small ones are as likely as large ones. */
  magnitude(from: number, to: number): number {
    return Math.min(to, Math.floor(from * ((to + 1) / from) ** this.#random()));
  }

  /** @throws RangeError where there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** So many things. */
  several<Item>(count: number, make: (index: number) => Item): Item[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }
}
