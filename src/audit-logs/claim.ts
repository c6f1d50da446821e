import type { Rest } from './cut';
import type { Answer } from '../tines/range-client';
import type { ServerFacts } from './server-facts';

/**
 * What `meta` says about a page beyond its rows. `more`: a larger count, or a next page, of a page that isn't full. `much`:
 * the same with a count of more than two pages, or of more rows than fit these: even where some are withheld, the parts show more. `all`: a full
 * page counts no more than it shows.
 */
export type ClaimKind = 'more' | 'much' | 'all';

/** Tells what is claimed about a page that leaves something to be asked. */
export function claimOf({ page, perPage }: Answer, rest: Rest): ClaimKind | undefined {
  if (rest.kind !== 'a_part') return undefined;
  const { count, pages = 1 } = page.meta;
  if (rest.isFull) return count !== undefined && count <= page.size ? 'all' : undefined;
  return pages > 2 || (count ?? 0) > 2 * perPage ? 'much' : 'more';
}

/** A claim, which is judged by what both parts of the range show: more than the page has shown of them, or not. */
export class Claim {
  readonly #kind: ClaimKind;
  readonly #shown: number;
  #partsLeft: number;
  #shownByParts = 0;

  /**
   * @param shown how many rows of the parts the page has shown
   * @param partsLeft how many parts are asked for
   */
  constructor(kind: ClaimKind, shown: number, partsLeft: number) {
    this.#kind = kind;
    this.#shown = shown;
    this.#partsLeft = partsLeft;
  }

  /** Takes note of how many rows of its range the first answer of a part shows. */
  partShows(rows: number, facts: ServerFacts): void {
    this.#shownByParts += rows;
    this.#partsLeft -= 1;
    if (this.#partsLeft > 0) return;
    const isMore = this.#shownByParts > this.#shown;
    // That they show no more says little of a large count: they can have shown the same rows again.
    if (this.#kind === 'much' && isMore) facts.largeCountWas('right');
    if (isMore === (this.#kind === 'all')) facts.claimWasWrong();
  }
}
