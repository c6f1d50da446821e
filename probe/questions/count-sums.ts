import { NO_COUNTS } from './counts';
import { tooFew, type Question } from '../question';
import { isoSeconds } from '../seconds';

const ANSWERS = {
  'they add up': 'Counts of large ranges are what their parts count, so progress and estimates are right.',
  'the whole counts less':
    'Counts of large ranges are capped, cached or estimated: estimates are too low, and only answers that show all their rows are taken for whole.',
  'the whole counts more':
    'Counts of large ranges are estimates: the last line of a read can name rows as not shown that do not exist.',
  absent: NO_COUNTS,
} as const;

const FEWEST_ROWS = 6;

/** Finds out whether counts of ranges far larger than a page are exact: those of two halves make that of the whole. */
export const countSums: Question<keyof typeof ANSWERS> = {
  id: 'count-sums',
  asks: 'Do the counts of two halves add up to that of the whole?',
  mostRequests: 4,
  answers: ANSWERS,
  ask: async (tenant) => {
    const { settled } = tenant;
    const cut = settled[settled.length >> 1]?.second;
    if (cut === undefined || settled.length < FEWEST_ROWS) return tooFew();
    const end = isoSeconds(tenant.settledBefore);
    const countOf = async (after: string | undefined, before: string) =>
      (await tenant.page({ after, before, perPage: 1 })).count;
    const whole = await countOf(undefined, end);
    const older = await countOf(undefined, isoSeconds(cut));
    const newer = await countOf(isoSeconds(cut), end);
    // Neither half has these, or both do: the edges of a range are another question.
    const atCut = await countOf(isoSeconds(cut - 1), isoSeconds(cut + 1));
    if (whole === undefined || older === undefined || newer === undefined || atCut === undefined) {
      return { answer: 'absent', figures: {} };
    }
    const figures = { whole, older, newer, at_the_cut: atCut };
    const more = older + newer - whole;
    if (Math.abs(more) <= atCut) return { answer: 'they add up', figures };
    return { answer: more > 0 ? 'the whole counts less' : 'the whole counts more', figures };
  },
};
