import type { Exchange } from '../exchange';
import type { ProbedTenant } from '../probed-tenant';
import type { Question } from '../question';

const ANSWERS = {
  'agrees with this machine': "The server's clock and this machine's agree, so either tells where the lookback begins.",
  'ahead of this machine':
    "The server's clock is ahead of this machine's: the connector goes by the server's and by the newest entry shown, so nothing is lost.",
  'behind this machine':
    "The server's clock is behind this machine's: the connector goes by the server's and by the newest entry shown, so nothing is lost.",
  'behind the newest entry':
    'Entries are newer than the Date beside them: the lookback counts from the newest entry shown, but from no later than the later of the two clocks.',
  'differs between answers':
    'Answers come from machines with different clocks: the connector looks back from the newest entry shown, so nothing is lost.',
  absent: "There is no Date header: the connector goes by this machine's clock and by the newest entry shown.",
} as const;

/** Differences up to this are usual, in ms. */
const USUAL_MS = 2_000;

/** Finds out whose clock the header `Date` shows. */
export const dateHeader: Question<keyof typeof ANSWERS> = {
  id: 'date-header',
  asks: "How does the Date header compare with this machine's clock and with the newest entry?",
  mostRequests: 0,
  answers: ANSWERS,
  ask: (tenant) => Promise.resolve(replyOf(tenant)),
};

function replyOf({ exchanges, samples }: ProbedTenant) {
  const offsets = exchanges.flatMap((exchange) => offsetOf(exchange) ?? []);
  if (offsets.length === 0) return { answer: 'absent' as const, figures: { answers: exchanges.length } };
  const ahead = Math.max(...offsets.map(({ least }) => least));
  const behind = Math.min(...offsets.map(({ most }) => most));
  const newest = Math.max(...samples.newest.rows.map(({ second }) => second).filter((second) => !Number.isNaN(second)));
  const age = Math.floor(samples.newest.serverNow / 1000) - newest;
  const figures = {
    answers: offsets.length,
    date_less_this_clock_s_at_least: seconds(Math.min(...offsets.map(({ least }) => least))),
    date_less_this_clock_s_at_most: seconds(Math.max(...offsets.map(({ most }) => most))),
    ...(Number.isFinite(age) ? { newest_entry_older_than_date_by_s: age } : {}),
  };
  if (ahead - behind > USUAL_MS) return { answer: 'differs between answers' as const, figures };
  if (Number.isFinite(age) && age * 1000 < -USUAL_MS) return { answer: 'behind the newest entry' as const, figures };
  if (ahead > USUAL_MS) return { answer: 'ahead of this machine' as const, figures };
  return {
    answer: behind < -USUAL_MS ? ('behind this machine' as const) : ('agrees with this machine' as const),
    figures,
  };
}

/** By how many ms the server's clock is ahead: a Date is cut to the second, and was written between sending and receiving. */
function offsetOf({ headers, sentAt, receivedAt }: Exchange): { least: number; most: number } | undefined {
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(date) ? undefined : { least: date - receivedAt, most: date + 999 - sentAt };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
