import type { Exchange } from '../probe-client';
import type { ProbedTenant } from '../probed-tenant';
import { tally, tooFew, type Question } from '../question';

const DATE_ANSWERS = {
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
export const dateHeader: Question<keyof typeof DATE_ANSWERS> = {
  id: 'date-header',
  asks: "How does the Date header compare with this machine's clock and with the newest entry?",
  mostRequests: 0,
  answers: DATE_ANSWERS,
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

const LIMIT_ANSWERS = {
  none: 'No header speaks of a limit: Requests per Minute is all that the connector can go by, and after a 429 its own back-off.',
  present:
    'Headers speak of a limit: Requests per Minute could be set by them, and later versions of the connector could go by them.',
} as const;

const LIMIT = /rate-?limit|quota|throttl|^retry-after$/i;

/** Finds out which headers speak of rate limits. Of their values only numbers are kept. */
export const rateLimitHeaders: Question<keyof typeof LIMIT_ANSWERS> = {
  id: 'rate-limit-headers',
  asks: 'Which headers speak of rate limits?',
  mostRequests: 0,
  answers: LIMIT_ANSWERS,
  ask: (tenant) => {
    const names = [...new Set(tenant.exchanges.flatMap(({ headers }) => Object.keys(headers)))];
    const figures = Object.fromEntries(
      names.filter((name) => LIMIT.test(name)).map((name) => [tenant.nameOf(name), valuesOf(name, tenant)]),
    );
    return Promise.resolve({ answer: names.some((name) => LIMIT.test(name)) ? 'present' : 'none', figures });
  },
};

/** The numbers in the first and in the last value of a header. */
function valuesOf(name: string, { exchanges }: ProbedTenant): string {
  const values = exchanges.flatMap(({ headers }) => headers[name] ?? []);
  const numbers = [values.at(0), values.at(-1)].map((value = '') => value.match(NUMBER)?.slice(0, 4).join(', ') ?? '');
  const [first = '', last = ''] = numbers.map((text) => (text === '' ? 'no number' : text));
  return first === last ? first : `${first} at first, ${last} in the end`;
}

/** Longer ones are no limits, but could be the number of something. */
const NUMBER = /(?<![\w.-])\d{1,10}(?![\w.-])/g;

const TRANSPORT_ANSWERS = {
  gzip: 'Answers are compressed with gzip, which the connector asks for.',
  br: 'Answers are compressed with Brotli, which was not asked for and is not understood: this has to be reported.',
  'not compressed': 'Answers are not compressed, so the network carries several times as much as it had to.',
  other: 'Answers are encoded in a way that was not asked for, or in several: this has to be reported.',
} as const;

/** Finds out how responses are sent. */
export const transport: Question<keyof typeof TRANSPORT_ANSWERS> = {
  id: 'transport',
  asks: 'How are answers compressed, and which version of HTTP carries them?',
  mostRequests: 0,
  answers: TRANSPORT_ANSWERS,
  ask: ({ exchanges }) => {
    const pages = exchanges.filter(({ status }) => status === 200);
    const encodings = pages.map(encodingOf);
    const lengths = pages.filter(({ headers }) => headers['content-length'] !== undefined);
    const sent = lengths.reduce((sum, { headers }) => sum + Number(headers['content-length']), 0);
    const received = lengths.reduce((sum, { bytes }) => sum + bytes, 0);
    const figures = {
      answers: pages.length,
      encodings: tally(encodings),
      http_versions: tally(pages.map(({ httpVersion = 'unknown' }) => httpVersion)),
      answers_that_tell_their_length: lengths.length,
      ...(sent > 0 ? { times_smaller_when_sent: Math.round((10 * received) / sent) / 10 } : {}),
    };
    const [encoding, ...others] = new Set(encodings);
    if (encoding === undefined) return Promise.resolve(tooFew(figures));
    return Promise.resolve({ answer: others.length === 0 ? encoding : 'other', figures });
  },
};

function encodingOf({ headers }: Exchange): keyof typeof TRANSPORT_ANSWERS {
  switch (headers['content-encoding']?.toLowerCase()) {
    case undefined:
    case 'identity':
      return 'not compressed';
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'br':
      return 'br';
    default:
      return 'other';
  }
}

const FAILURE_ANSWERS = {
  none: 'No request failed, and none had to be sent again.',
  some: 'Some requests failed or were refused: a sync tries them again or asks for less; if it is slow, lower Requests per Minute.',
} as const;

/** Finds out how the tenant bore the questions: statuses, times and sizes of all responses. Comes last. */
export const failures: Question<keyof typeof FAILURE_ANSWERS> = {
  id: 'failures',
  asks: 'How long did answers take, how large were they, and did requests fail?',
  mostRequests: 0,
  answers: FAILURE_ANSWERS,
  ask: ({ exchanges, repeats }) => {
    const durations = exchanges.map(({ sentAt, receivedAt }) => receivedAt - sentAt).sort((a, b) => a - b);
    const figures = {
      answers_by_status: tally(exchanges.map(({ status }) => String(status))),
      sent_again: repeats,
      median_ms: durations[durations.length >> 1] ?? 0,
      slowest_ms: durations.at(-1) ?? 0,
      largest_bytes: Math.max(0, ...exchanges.map(({ bytes }) => bytes)),
    };
    const failed = repeats > 0 || exchanges.some(({ status }) => status >= 500 || status === 429);
    return Promise.resolve({ answer: failed ? 'some' : 'none', figures });
  },
};
