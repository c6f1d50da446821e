import type { ServerFacts } from './server-facts';

/**
 * What `meta` says beyond a page that isn't full: a larger count, or a next page. The range is cut in two because of it;
 * where the parts show nothing that the page hasn't, it was wrong.
 */
export class Claim {
  private shownByParts = 0;

  /**
   * @param shown how many rows of the parts the page has shown
   * @param partsLeft how many parts are asked for
   */
  constructor(
    private readonly shown: number,
    private partsLeft: number,
  ) {}

  /** Takes note of how many rows of its range the first answer of a part shows. */
  partShows(rows: number, facts: ServerFacts): void {
    this.shownByParts += rows;
    this.partsLeft -= 1;
    if (this.partsLeft === 0 && this.shownByParts <= this.shown) facts.claimWasWrong();
  }
}
