import type { ProbedTenant } from './probed-tenant';

/**
 * A figure of a finding: a count, a duration, yes or no, or a word of this program. Of what the server sends only names
 * get in, by {@link ProbedTenant.nameOf}; nothing of an entry ever does.
 */
export type Figure = number | boolean | string;

/** Figures by name; names of durations end in their unit. */
export type Figures = Readonly<Record<string, Figure | readonly Figure[] | Readonly<Record<string, Figure>>>>;

/** What one question found out. */
export interface Reply<Answer extends string = string> {
  readonly answer: Answer | 'too few entries';
  readonly figures: Figures;
}

/** One thing that is not documented about Tines' API, and how to find it out. */
export interface Question<Answer extends string = string> {
  /** In kebab-case; stays what it is, because reports of different tenants are compared by it. */
  readonly id: string;
  /** One sentence, which ends with a question mark. */
  readonly asks: string;
  /** How many requests it makes at most, those aside that are sent again because they failed. */
  readonly mostRequests: number;
  /** All answers, each with what it means for the connector, in one sentence. */
  readonly answers: Readonly<Record<Answer, string>>;
  /** @throws NotAnsweredError when the tenant does not answer, the signal's reason when stopped */
  ask(tenant: ProbedTenant): Promise<Reply<Answer>>;
}

/** The answers that every question can have, with what they mean. */
export const COMMON_ANSWERS = {
  'too few entries': 'This tenant has too few entries to tell; ask another one, or this one later.',
  'not answered': 'The tenant did not answer what was asked: ask again later, and report the figures if it stays so.',
} as const;

/** The reply of a question that this tenant has too little for. */
export const tooFew = (figures: Figures = {}): Reply<never> => ({ answer: 'too few entries', figures });

/** The kind of a JSON value, `missing` where there is none. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** How often each word occurs, in the order in which they first do. */
export function tally(words: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** How often each word occurs, in words, the most frequent first. */
export function tallyText(words: readonly string[]): string {
  return Object.entries(tally(words))
    .sort(([, a], [, b]) => b - a)
    .map(([word, count]) => `${word} ${count}`)
    .join(', ');
}
