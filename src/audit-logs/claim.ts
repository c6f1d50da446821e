import type { ServerFacts } from './server-facts';

/**
 * What `meta` says about a page beyond its rows. The range is cut in two, and what the parts show tells whether that was
 * right. `more`: a larger count, or a next page, of a page that isn't full: wrong where the parts show no more than the
 * page. `all`: a full page counts no more than it shows: wrong where they show more.
 */
export class Claim {
  private shownByParts = 0;

  /**
   * @param shown how many rows of the parts the page has shown
   * @param partsLeft how many parts are asked for
   */
  constructor(
    private readonly kind: 'more' | 'all',
    private readonly shown: number,
    private partsLeft: number,
  ) {}

  /** Takes note of how many rows of its range the first answer of a part shows. */
  partShows(rows: number, facts: ServerFacts): void {
    this.shownByParts += rows;
    this.partsLeft -= 1;
    if (this.partsLeft > 0) return;
    const isMore = this.shownByParts > this.shown;
    if (isMore === (this.kind === 'all')) facts.claimWasWrong();
  }
}
