import type { Question } from '../question';
import { newestAgain, newRows, NO_NEW_ENTRIES } from '../new-rows';

const ANSWERS = {
  'as new as the rows':
    'The count includes entries as soon as they are shown, so nothing is taken for whole too early.',
  'behind the rows':
    'Counts are cached: they are older than the rows beside them, which the connector sees as rows beyond the count, and stops trusting them.',
  'no new entries': NO_NEW_ENTRIES,
  absent: 'There are no counts that could be cached.',
} as const;

/** Finds out whether counts are cached: entries that came while the probe ran must be counted. */
export const countFreshness: Question<keyof typeof ANSWERS> = {
  id: 'count-freshness',
  asks: 'Does meta.count include entries that have only just come?',
  mostRequests: 1,
  answers: ANSWERS,
  ask: async (tenant) => {
    const [before, now] = [tenant.samples.newest, await newestAgain(tenant)];
    const added = newRows(before, now, tenant.samples.newestQuery).length;
    if (before.count === undefined || now.count === undefined)
      return { answer: 'absent', figures: { new_rows: added } };
    const figures = { new_rows: added, counted_more: now.count - before.count };
    if (added === 0) return { answer: 'no new entries', figures };
    return { answer: figures.counted_more >= added ? 'as new as the rows' : 'behind the rows', figures };
  },
};
