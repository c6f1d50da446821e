import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import type { CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import { TooLargeError } from '../tines/errors';
import type { Answer } from '../tines/range-client';
import { SecondPass, UnreadableRowError, type SecondPassOptions } from './second-pass';
import { formatSeconds } from '../tines/timestamp';

/** How often a second is read from its first page on, at most. */
const MOST_PASSES = 36;
/** How many passes in a row may show nothing new before the rest counts as not to be had. */
const MOST_FRUITLESS_PASSES = 8;

/** What the passes over a second came to. */
export interface DenseSecondResult {
  /** How many rows `meta` counts at most; undefined where it doesn't count. */
  readonly counted: number | undefined;
  /** How many distinct rows were shown, neighbours at the edges included. */
  readonly shown: number;
}

/** What {@link readDenseSecond} needs. */
export interface DenseSecondOptions extends SecondPassOptions {
  readonly perPage: number;
}

/**
 * A second that shows more rows than a page has: the only place where pages are numbered. Nothing ties two answers
 * together, so that rows can shift from one page to another in between. Therefore the second is read once and again, as
 * long as a pass shows something new or fewer rows were shown than are counted. Answers are handed over as they come, in
 * the order of the pages; rows can be among them several times.
 * @param second epoch s
 * @throws ConnectorError; transient_error when a single row can't be had, or when the pages have no end
 */
export async function* readDenseSecond(
  second: number,
  { client, facts, perPage }: DenseSecondOptions,
): AsyncGenerator<Answer, DenseSecondResult> {
  const seen = new Set<CompactId>();
  let counted: number | undefined;
  let fruitless = 0;
  let isProven = false;
  let end: number | undefined;
  perPage = facts.lightPage(perPage);
  for (let passes = 0; passes < MOST_PASSES && fruitless < MOST_FRUITLESS_PASSES;) {
    const before = seen.size;
    const pass: SecondPass = new SecondPass(second, perPage, { client, facts }, end);
    try {
      for await (const answer of pass.answers()) {
        for (const id of pass.ids) seen.add(id);
        yield answer;
      }
    } catch (error) {
      if (error instanceof UnreadableRowError) throw new UnreadableSecondError(second, error.cause);
      if (!(error instanceof TooLargeError)) throw error;
      if (perPage <= 1) throw new UnreadableSecondError(second, error);
      perPage = Math.floor(perPage / 2);
      end = undefined;
      facts.pageWasLight(perPage);
      continue;
    }
    facts.pageWasLight(perPage);
    end = pass.refused;
    passes += 1;
    if (pass.counted !== undefined) counted = Math.max(pass.counted, counted ?? 0);
    // A count that more rows than that disprove says nothing.
    if (counted !== undefined && seen.size > counted) counted = undefined;
    const isComplete = counted !== undefined && seen.size === counted;
    // A row on two pages may have pushed another one out: then a count that is one too low looks complete.
    isProven = isComplete && facts.believesClaims;
    if (isProven && pass.isConsistent) break;
    const isFruitless = passes > 1 && seen.size === before;
    // Pages that fit together and show nothing new are the whole second, if nothing counts more.
    if (isFruitless && pass.isConsistent && (counted === undefined || isComplete)) {
      isProven = !pass.isCutOff;
      break;
    }
    fruitless = isFruitless ? fruitless + 1 : 0;
  }
  if (!isProven) facts.mayHideRows();
  if (counted !== undefined && seen.size < counted) facts.claimWasWrong();
  const isMuch = (counted ?? 0) > 2 * perPage && seen.size <= facts.pageSize(perPage);
  if (isMuch) facts.largeCountWas('wrong');
  return { counted, shown: seen.size };
}

/** For a server that can't give a single row of several seconds, and has answered nothing else in between. */
export function nothingReadableError({ cause }: UnreadableSecondError): ConnectorError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? ` (${cause.cause.message})` : '';
  return new ConnectorError(
    `Tines gives no answer that can be used, however little is asked for${reason}. Check Tenant Domain, and ask whoever runs the tenant, or the proxy in front of it, why. A sync goes on from its last state when Airbyte tries again.`,
    'transient_error',
    { cause },
  );
}

/** A second with a row that the server can't give, even alone. */
export class UnreadableSecondError extends ConnectorError {
  /** @param second epoch s */
  constructor(
    readonly second: number,
    cause: unknown,
  ) {
    // A range from the next second on is asked for a second wider, and shows the entry again.
    const next = formatSeconds(second + 2);
    super(
      `Tines can't give an entry of the second ${formatSeconds(second)}: it fails or is too large, even when it is asked for alone. Everything older was delivered. To go on without what is left of that second and the next, set the state of audit_logs in Airbyte to {"timestamp": "${next}"}; tell Tines' support about the entry.`,
      'transient_error',
      { cause },
    );
    this.name = 'UnreadableSecondError';
  }
}
