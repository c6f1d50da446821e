import { TooLargeError } from '../tines/errors';
import { coversRange } from './cut';
import type { Range } from '../tines/range';
import type { Answer, RangeClient } from '../tines/range-client';
import type { ServerFacts } from './server-facts';

/** What an open range comes to: one answer that covers it, or an end, behind which it goes on open. */
export type OpenEnd =
  | { readonly kind: 'covered'; readonly answers: readonly Answer[]; readonly counted: number | undefined }
  | {
      readonly kind: 'cut';
      /** Epoch s. */
      readonly at: number;
      /** Rows that the older part may have; undefined where they aren't counted. */
      readonly rows: number | undefined;
      /** Whether what is newer is left to the next sync. */
      readonly isLastRound: boolean;
    };

/** How often the newest end is followed, while entries come in faster than they are read. */
const MOST_ROUNDS = 3;
/** How often the newest end may be too heavy: each time it is cut off twice as far ahead. */
const MOST_HEAVY_ROUNDS = 12;
/** How far ahead that begins, in s. */
const HEAVY_END_SECONDS = 60;

/**
 * Asks for a range without an end. Where one answer doesn't show it whole, it is given one: first the time of the sync's
 * first answer, so that no clock moves it while it is read; then what was newest in the answer. Entries from after the
 * sync's start need not be chased: the next sync reads them.
 * @param round how often the end has been followed before
 * @throws ConnectorError, TooLargeError
 */
export async function askOpenEnd(
  range: Range,
  round: number,
  { client, facts, now }: { readonly client: RangeClient; readonly facts: ServerFacts; readonly now: number },
): Promise<OpenEnd> {
  try {
    const answer = await client.ask(range);
    const { count } = answer.page.meta;
    if (await coversRange(answer, { client, facts })) {
      return { kind: 'covered', answers: [answer], counted: facts.believesClaims ? count : undefined };
    }
    const at = range.from < now ? now : Math.max(range.from, answer.shown.newest) + 1;
    return { kind: 'cut', at, rows: count, isLastRound: at > now && round >= MOST_ROUNDS };
  } catch (error) {
    if (!(error instanceof TooLargeError) || round >= MOST_HEAVY_ROUNDS) throw error;
    const at = range.from < now ? now : range.from + HEAVY_END_SECONDS * 2 ** round;
    return { kind: 'cut', at, rows: undefined, isLastRound: false };
  }
}
