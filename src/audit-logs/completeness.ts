import { TooLargeError } from '../tines/errors';
import type { RangeRequests } from '../tines/responses';
import type { GatheredWindow } from './delivery';
import type { Opening } from './opening';
import { isMuch, type ServerFacts } from './server-facts';
import type { Window } from './windows';

/** A window is doubted if it has less than this share of the rows that were likely, and that is so much of a page. */
const DOUBTED_SHARE = 0.1;
const DOUBTED_PAGES = 0.25;
/** So often a window is read again because of a difference that may mean nothing. */
const EXACT_ATTEMPTS = 3;

/** What a window returned, held against what was counted. */
type WindowRead = Pick<Window, 'range' | 'counted' | 'missing' | 'isUncertain' | 'unreadable'>;

/**
 * The proof that a sync is complete: its first response is the witness. It has counted the rows of the whole range, and
 * returned the newest of them. What is read afterwards must come to the same, or a store was behind, or down for a moment.
 */
export class Completeness {
  readonly #opening: Opening;
  readonly #requests: RangeRequests;
  readonly #facts: ServerFacts;
  /** Rows of the opening's range that were delivered, or were known. */
  #rows = 0;
  #missing = 0;
  #isInexact = false;
  /** Whether less came than the opening had counted or returned: the next sync must start no later than this one. */
  isBehind = false;
  /** Whether the next sync must start no later than this one unless the sum at the end says otherwise. */
  isHeld = false;
  /** Whether a second may have more rows than were returned, though nothing counts them. */
  isUncertain = false;
  /** How many rows there are after the last window that was doubted, as was counted then. */
  rowsAfter: number | undefined;

  constructor(opening: Opening, requests: RangeRequests, facts: ServerFacts) {
    this.#opening = opening;
    this.#requests = requests;
    this.#facts = facts;
  }

  /** Rows that were counted and never returned. */
  get missing(): number {
    const { counted } = this.#opening;
    return counted === undefined ? this.#missing : Math.min(this.#missing, Math.max(0, counted - this.#rows));
  }

  /**
   * Whether a window should be read again, because it returned less than was counted.
   * @param attempt how often it was read again before
   * @throws ConnectorError
   */
  async isShort(window: WindowRead, gathered: GatheredWindow, attempt: number): Promise<boolean> {
    this.rowsAfter = undefined;
    if (window.unreadable !== undefined) return false;
    const counted = window.counted ?? 0;
    const lack = counted - window.missing - gathered.rows;
    const deficit = window.range.to === undefined ? this.#deficitWith(window, gathered) : 0;
    if (isMuch(lack, counted) || isMuch(deficit, this.#opening.counted ?? 0)) return true;
    if ((lack > 0 || deficit > 0) && !this.#isInexact && attempt === 0) return true;
    // Where counts aren't exact, that is so in each window.
    if (lack > 0 || deficit > 0) this.#isInexact = true;
    return (
      window.range.to !== undefined && this.#isDoubtful(window, gathered) && this.#isGap(window, gathered, attempt)
    );
  }

  /** Takes note of what a window has returned, once it is not read again. */
  gathered(window: WindowRead, gathered: GatheredWindow): void {
    const isLast = window.range.to === undefined;
    this.isBehind ||= gathered.lacksRows || (isLast && this.#deficitWith(window, gathered) > 0);
    this.isUncertain ||= window.isUncertain;
    this.#rows += gathered.summed;
    this.#missing += missingOf(window, gathered);
  }

  /** Rows that the opening counted and that have not come, were the sync at its end with this window. */
  #deficitWith(window: WindowRead, gathered: GatheredWindow): number {
    const rows = this.#rows + gathered.summed;
    return (this.#opening.counted ?? 0) - rows - this.#missing - missingOf(window, gathered);
  }

  /** Whether a window has far less than is likely, if what is left lies evenly. */
  #isDoubtful({ range: { from, to } }: WindowRead, { own }: GatheredWindow): boolean {
    const { counted, newest, laterNow } = this.#opening;
    if (counted === undefined || to === undefined) return false;
    const end = Math.max((newest ?? laterNow) + 1, to);
    const likely = ((counted - this.#rows - this.#missing) * (to - from)) / (end - from);
    const fewest = this.#facts.pageSize(this.#requests.perPage) * DOUBTED_PAGES;
    return likely >= fewest && own < likely * DOUBTED_SHARE;
  }

  /** Whether the rows that are missing in a window are not counted after it either: then it isn't a gap. */
  async #isGap({ range, missing }: WindowRead, { summed }: GatheredWindow, attempt: number): Promise<boolean> {
    const rest = await this.#countFrom(range.to ?? range.from);
    const total = this.#opening.counted ?? 0;
    if (rest === undefined) return false;
    const deficit = total - this.#rows - this.#missing - missing - summed - rest;
    const isShort = isMuch(deficit, attempt < EXACT_ATTEMPTS ? 0 : total);
    if (isShort) return true;
    this.rowsAfter = rest;
    // Few rows may be a gap, or not: only the sum at the end tells.
    this.isHeld ||= deficit > 0;
    return false;
  }

  async #countFrom(from: number): Promise<number | undefined> {
    try {
      const { page } = await this.#requests.ask({ from, to: undefined }, { perPage: 1 });
      page.release();
      return page.meta.count;
    } catch (error) {
      if (error instanceof TooLargeError) return undefined;
      throw error;
    }
  }
}

/** Rows that a window has counted and never returned. */
export function missingOf({ counted, missing }: WindowRead, { rows }: GatheredWindow): number {
  return counted === undefined ? missing : Math.max(0, Math.min(missing, counted - rows));
}
