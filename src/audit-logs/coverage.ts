import { TooLargeError } from '../tines/errors';
import { Claim, claimOf } from './claim';
import { coversRange, cutOf, restOf } from './cut';
import { readDenseSecond, UnreadableSecondError } from './dense-second';
import { isOneSecond, lengthOf, middleOf, type ClosedRange } from '../tines/range';
import type { Answer, RangeClient } from '../tines/range-client';
import type { ServerFacts } from './server-facts';
import { estimatedRows, rowsBetween } from '../tines/shown';

/*
 * The coverage rule. A second is covered when one answer, given after the sync began, has shown all its rows. A range is
 * read when all its seconds are covered. No two answers have to fit together, so rows that shift, replicas that are
 * behind, counts that lie and depths that a server refuses cost questions, never entries:
 *
 * 1. Page 1 of the range is asked for. If it shows the whole range, every second of the range is covered by that answer.
 * 2. If it shows a part, the range is cut in two where that part ends, and both are asked for. Each is shorter, and what
 *    fits a page is one answer; so this ends, whatever the order of the rows is and whatever is counted.
 * 3. The newer part need not be asked for again where the page has shown it already: the newest rows come first, the
 *    range has settled (nothing appears in it any more), and the next answer proves it, because it counts in the older
 *    part exactly what the page left. If that fails, the newer part is asked for as in 2.
 * 4. A question that is too heavy for the server is cut in two in the middle.
 * 5. One second that doesn't fit a page can't be cut: dense-second.ts.
 *
 * What `meta` counts or names beyond the page is believed until other answers have disproved it several times. A full
 * page is never believed to be everything.
 */

/** What {@link Coverage} reads with. */
export interface CoverageOptions {
  readonly client: RangeClient;
  readonly facts: ServerFacts;
  /** Entries before this second have settled: the newest one shown, less the lookback. Epoch s. */
  readonly settledBefore: number;
  readonly perPage: number;
  /** How much may be held of one range: rows, and bytes of their bodies. */
  readonly mostRows: number;
  readonly mostBytes: number;
}

/** What became of reading a range. */
export type Reading =
  /** `counted`: rows that the first answer counted, edges included; undefined where it didn't, or isn't believed. */
  | { readonly kind: 'covered'; readonly answers: readonly Answer[]; readonly counted: number | undefined }
  /** More than may be held; nothing is kept. `rows`: how many there are, as far as can be told. */
  | { readonly kind: 'too_big'; readonly rows: number }
  /** One second is too much to be held, and is to be read on its own; with an error, it can't be read. Nothing is kept. */
  | { readonly kind: 'split'; readonly second: number; readonly error: UnreadableSecondError | undefined };

/** A part of the range that is to be asked for. */
interface Part {
  readonly range: ClosedRange;
  /** Rule 3: the newer part counts as covered if this part counts exactly `count` rows below its end. */
  readonly proof?: { readonly newer: ClosedRange; readonly count: number };
  /** Whether rule 3 has failed around here. */
  readonly isDisproved?: boolean;
  readonly claim?: Claim | undefined;
}

/** One range with an end, read until all its seconds are covered. To be used once. */
export class Coverage {
  readonly #range: ClosedRange;
  readonly #options: CoverageOptions;
  readonly #answers: Answer[] = [];
  /** What is left to ask for, the newest last: that is asked for first. */
  readonly #parts: Part[];
  #rows = 0;
  #bytes = 0;

  constructor(range: ClosedRange, options: CoverageOptions) {
    this.#range = range;
    this.#options = options;
    this.#parts = [{ range }];
  }

  /** Reads the range. @throws ConnectorError */
  async read(): Promise<Reading> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      const reading = await this.#cover(part);
      if (reading !== undefined) return reading;
      const isTooMuch = this.#rows > this.#options.mostRows || this.#bytes > this.#options.mostBytes;
      if (isTooMuch && this.#parts.length > 0) return this.#tooBig(part.range.from);
    }
    return { kind: 'covered', answers: this.#answers, counted: this.#counted };
  }

  get #counted(): number | undefined {
    return this.#options.facts.believesClaims ? this.#answers[0]?.page.meta.count : undefined;
  }

  async #cover(part: Part): Promise<Reading | undefined> {
    let answer;
    try {
      answer = await this.#ask(part.range);
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      return this.#cutTooHeavy(part, error);
    }
    this.#keep(answer);
    if (part.proof !== undefined && !proves(answer, part.proof)) {
      this.#disprove(part);
      return;
    }
    part.claim?.partShows(answer.shown.inside, this.#options.facts);
    return this.#continueBehind(part, answer);
  }

  /** An answer that shows nothing is worth a second question: its range isn't read again before a refresh. */
  async #ask(range: ClosedRange): Promise<Answer> {
    const answer = await this.#options.client.ask(range);
    return answer.page.size > 0 ? answer : this.#options.client.ask(range);
  }

  #keep(answer: Answer): void {
    this.#answers.push(answer);
    this.#rows += answer.page.size;
    this.#bytes += answer.page.bytes;
  }

  async #continueBehind(part: Part, answer: Answer): Promise<Reading | undefined> {
    const { range } = part;
    const { client, facts, settledBefore, mostRows } = this.#options;
    const isSettled = range.to <= settledBefore;
    const rest = restOf(answer, facts);
    if (await coversRange(answer, { client, facts }, rest)) return undefined;
    if (isOneSecond(range)) return this.#readSecond(range.from);
    if (this.#answers.length === 1) {
      const rows = this.#counted ?? estimatedRows(answer.shown, range);
      if (rows > mostRows) return { kind: 'too_big', rows };
    }
    const cut = cutOf(range, answer.shown);
    const older: ClosedRange = { from: range.from, to: cut.at };
    const newer: ClosedRange = { from: cut.at, to: range.to };
    const { count } = answer.page.meta;
    const isProvable = cut.isNewerShown && isSettled && facts.believesClaims && part.isDisproved !== true;
    const kind = claimOf(answer, rest);
    // As many as a full page shows proves nothing: that may be the page's own number of rows.
    if (isProvable && count !== undefined && kind !== 'all') {
      const shown = rowsBetween(answer.page, older.from, older.to);
      const proof = { newer, count: count - rowsBetween(answer.page, cut.at, Infinity) };
      this.#parts.push({ range: older, proof, claim: kind && new Claim(kind, shown, 1) });
      return undefined;
    }
    const claim = kind && new Claim(kind, answer.shown.inside, 2);
    const isDisproved = part.isDisproved === true;
    this.#parts.push({ range: older, claim, isDisproved }, { range: newer, claim, isDisproved });
    return undefined;
  }

  /** Rule 3 has failed: the newer part is asked for, and then this one again. */
  #disprove({ range, proof, claim }: Part): undefined {
    this.#options.facts.claimWasWrong();
    this.#parts.push({ range, claim });
    if (proof !== undefined) this.#parts.push({ range: proof.newer, isDisproved: true });
  }

  #cutTooHeavy({ range, proof }: Part, error: TooLargeError): Promise<Reading | undefined> | undefined {
    if (isOneSecond(range)) return this.#readSecond(range.from, error);
    const at = middleOf(range);
    this.#parts.push({ range: { from: range.from, to: at } }, { range: { from: at, to: range.to } });
    if (proof !== undefined) this.#parts.push({ range: proof.newer, isDisproved: true });
    return undefined;
  }

  /** A second that doesn't fit a page, if it fits what may be held. */
  async #readSecond(second: number, tooHeavy?: TooLargeError): Promise<Reading | undefined> {
    const { client, facts, perPage, mostRows, mostBytes } = this.#options;
    const smaller = tooHeavy === undefined ? perPage : Math.max(1, Math.floor(perPage / 2));
    try {
      for await (const answer of readDenseSecond(second, { client, facts, perPage: smaller })) {
        this.#keep(answer);
        if (this.#rows > mostRows || this.#bytes > mostBytes) return { kind: 'split', second, error: undefined };
      }
    } catch (error) {
      if (error instanceof UnreadableSecondError) return { kind: 'split', second, error };
      throw error;
    }
    return undefined;
  }

  /** By the density of what was read, which is all that is newer than `from`. */
  #tooBig(from: number): Reading {
    const share = Math.max(1, this.#range.to - from) / lengthOf(this.#range);
    return { kind: 'too_big', rows: Math.ceil(this.#rows / share) };
  }
}

/** Rule 3: whether the older part counts what the page before has left, less what is shown from beyond its end. */
function proves({ page, range }: Answer, { count }: NonNullable<Part['proof']>): boolean {
  if (page.meta.count === undefined) return false;
  return page.meta.count - rowsBetween(page, range.to ?? Infinity, Infinity) === count;
}
