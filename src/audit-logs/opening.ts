import { PageRefusedError, TooLargeError } from '../tines/errors';
import { coversRange } from './cut';
import type { Range } from '../tines/range';
import type { Answer, Paging, RangeClient } from '../tines/range-client';
import type { ServerFacts } from './server-facts';

/** What a sync knows after its first questions. Seconds are epoch s. */
export interface Opening {
  /** Page 1 of the whole range; undefined where that is too heavy for the server. */
  readonly first: Answer | undefined;
  /** Whether it shows the whole range. */
  readonly isWhole: boolean;
  /** The server's clock at the first answer: where open ranges are cut. */
  readonly now: number;
  /** The newest entry shown; undefined where nothing was. */
  readonly newest: number | undefined;
}

/** What {@link openSync} needs. */
export interface OpeningOptions {
  readonly client: RangeClient;
  readonly facts: ServerFacts;
  /** This machine's clock, epoch ms. */
  readonly clock: { now(): number };
  /** In s. */
  readonly lookback: number;
}

/**
 * Asks what there is: page 1 of the whole range, which tells the newest entry where the newest come first or all are
 * shown. Elsewhere the newest part is asked for on its own. Everything is read after this, so that the lookback of the
 * next sync, which counts back from the newest entry, misses nothing that showed late meanwhile.
 * @throws ConnectorError
 */
export async function openSync(range: Range, options: OpeningOptions): Promise<Opening> {
  const { client, facts, clock, lookback } = options;
  const first = await askIfAnswerable(client, range);
  const isWhole = first !== undefined && (await coversRange(first, { client, facts }));
  const serverNow = first?.serverNow ?? clock.now();
  const now = Math.floor(serverNow / 1000);
  const known = first === undefined ? undefined : newestOf(first);
  if (isWhole || first?.shown.rise === 0) return { first, isWhole, now, newest: plausible(known, now, clock) };
  const earlierNow = Math.floor(Math.min(serverNow, clock.now()) / 1000);
  const newest = range.from < earlierNow - lookback ? await newestBefore(earlierNow, range.from, options) : undefined;
  return { first, isWhole, now, newest: plausible(newest ?? known, now, clock) };
}

function plausible(newest: number | undefined, serverNow: number, clock: OpeningOptions['clock']): number | undefined {
  return newest === undefined ? undefined : newestPlausible(newest, serverNow, Math.floor(clock.now() / 1000));
}

/**
 * Looks back ever further until something is shown, and less far where that is too heavy. Where a full page is too heavy
 * however short the range, single rows tell.
 * @param now epoch s
 */
async function newestBefore(
  now: number,
  from: number,
  { client, lookback }: OpeningOptions,
): Promise<number | undefined> {
  // In s back from now: what shows nothing, and what is too heavy.
  let [empty, heavy] = [0, Infinity];
  for (let back = lookback; heavy - empty > 1;) {
    const start = Math.max(from, now - back);
    const answer = await askIfAnswerable(client, { from: start, to: undefined });
    const newest = answer === undefined ? undefined : newestOf(answer);
    if (newest !== undefined || (answer !== undefined && start === from)) return newest;
    if (answer === undefined) heavy = back;
    else empty = back;
    back = heavy === Infinity ? Math.max(3600, back * 8) : empty + Math.max(1, Math.floor((heavy - empty) / 2));
  }
  return newestOfRows(client, { from: Math.max(from, now - heavy), to: undefined });
}

/** Rows without a time are rare: so many in a row are not passed over. */
const MOST_ROWS_ASKED = 4;

/** Asks for single rows until one has a time. */
async function newestOfRows(client: RangeClient, range: Range): Promise<number | undefined> {
  for (let page = 1; page <= MOST_ROWS_ASKED; page += 1) {
    const row = await askIfAnswerable(client, range, { page, perPage: 1 });
    const newest = row === undefined ? undefined : newestOf(row);
    if (row === undefined || row.page.size === 0 || newest !== undefined) return newest;
  }
  return undefined;
}

/** Undefined where the server can't answer: too much is asked for, or it refuses such a page. */
async function askIfAnswerable(client: RangeClient, range: Range, paging?: Paging): Promise<Answer | undefined> {
  try {
    return await client.ask(range, paging);
  } catch (error) {
    if (error instanceof TooLargeError || error instanceof PageRefusedError) return undefined;
    throw error;
  }
}

const newestOf = ({ shown }: Answer): number | undefined => (Number.isFinite(shown.newest) ? shown.newest : undefined);

/**
 * The newest entry shown, as far as it can be believed: one beyond both clocks is misdated, and counts as the later of
 * these. One clock alone is not believed, for it may be behind. All in epoch s.
 * @param serverNow the server's `Date`
 * @param now this machine's clock
 */
export function newestPlausible(newest: number, serverNow: number, now: number): number {
  return Math.min(newest, Math.max(serverNow, now));
}
