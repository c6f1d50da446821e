import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { kindOf } from '../kinds';
import type { ProbedTenant } from '../probed-tenant';
import { tooFew, type Question } from '../question';
import { boundsOf, settledRange } from '../seconds';

const ANSWERS = {
  complete:
    'Count, pages and next page are all there, so the connector can tell a whole range from a part in each way it knows.',
  'in part': 'Parts of meta are missing, as on older servers: the connector goes by those that are there.',
  absent: 'There is no meta: the connector goes by whether pages are full, and asks for page 2 where one is.',
} as const;

const KNOWN = ['current_page', 'previous_page', 'next_page', 'next_page_number', 'per_page', 'pages', 'count'] as const;
/** What the connector reads. */
const USED = ['next_page', 'next_page_number', 'pages', 'count'] as const;

/** Finds out what `meta` says, on a page that others follow and on one that is the last. */
export const meta: Question<keyof typeof ANSWERS> = {
  id: 'meta',
  asks: 'Which of count, pages, next_page and next_page_number does meta have, and what do they say on a last page?',
  mostRequests: 2,
  answers: ANSWERS,
  ask: async (tenant) => {
    const range = settledRange(tenant, 3, 30);
    if (range === undefined) return tooFew();
    const first = (await tenant.page({ ...boundsOf(range), perPage: 2 })).meta;
    const last = (await tenant.page({ ...boundsOf(range), perPage: 500 })).meta;
    if (first === undefined || last === undefined) return { answer: 'absent', figures: {} };
    const unknown = Object.keys(first).filter((name) => !KNOWN.some((known) => known === name));
    const figures = {
      on_a_first_page: kindsIn(first),
      on_a_last_page: kindsIn(last),
      next_page_leads_to: targetKind(first['next_page'], tenant),
      unknown_parts: unknown.map((name) => tenant.nameOf(name)),
    };
    return { answer: USED.every((name) => name in first) ? 'complete' : 'in part', figures };
  },
};

const kindsIn = (page: JsonObject): string => KNOWN.map((name) => `${name} ${partKind(page[name])}`).join(', ');

/** One product's fixture has the text "null". */
const partKind = (value: unknown): string => (value === 'null' ? 'the text null' : kindOf(value));

/** Where the URL of the next page leads, without the URL. */
function targetKind(value: unknown, { domain }: ProbedTenant): string {
  if (typeof value !== 'string') return kindOf(value);
  const url = URL.parse(value);
  if (url === null) return 'no whole URL';
  return url.host === domain ? 'this tenant' : 'another host';
}
