import type { ProbedTenant } from '../probed-tenant';
import type { Question } from '../question';

const ANSWERS = {
  none: 'No header speaks of a limit: Requests per Minute is all that the connector can go by, and after a 429 its own back-off.',
  present:
    'Headers speak of a limit: Requests per Minute could be set by them, and later versions of the connector could go by them.',
} as const;

const LIMIT = /rate-?limit|quota|throttl|^retry-after$/i;

/** Finds out which headers speak of rate limits. Of their values only numbers are shown. */
export const rateLimitHeaders: Question<keyof typeof ANSWERS> = {
  id: 'rate-limit-headers',
  asks: 'Which headers speak of rate limits?',
  mostRequests: 0,
  answers: ANSWERS,
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
