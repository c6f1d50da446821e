import type { Answer } from '../probed-tenant';
import { tooFew, type Question } from '../question';
import { isoEndOf, isoSeconds, knownSecond, rowsOfSecond } from '../seconds';

const ANSWERS = {
  used: 'A fraction counts: ranges could be cut finer than a second, which a second with more than a page of entries would gain by.',
  'cut off': 'A fraction is cut off: nothing is gained by sending one, and the connector sends whole seconds.',
  'bound ignored':
    'A bound with a fraction is dropped without an error: the connector must go on sending whole seconds.',
  refused: 'A bound with a fraction is an error: the connector must go on sending whole seconds.',
} as const;

const PER_PAGE = 500;

/** Finds out what a fraction of a second in a bound does. */
export const fractions: Question<keyof typeof ANSWERS> = {
  id: 'fractions',
  asks: 'Are fractions of a second in after and before used?',
  mostRequests: 4,
  answers: ANSWERS,
  ask: async (tenant) => {
    const known = knownSecond(tenant);
    if (known === undefined) return tooFew();
    const { second } = known;
    const [whole, end] = [isoSeconds(second), isoEndOf(second)];
    const later = { before: isoSeconds(second + 2), perPage: PER_PAGE };
    const earlier = { after: isoSeconds(second - 2), perPage: PER_PAGE };
    const after = await tenant.page({ ...later, after: whole });
    const afterEnd = await tenant.ask({ ...later, after: end });
    const before = await tenant.page({ ...earlier, before: whole });
    const beforeEnd = await tenant.ask({ ...earlier, before: end });
    const figures = {
      shown_after_whole_second: rowsOfSecond(after.rows, second),
      shown_after_its_end: shownOf(afterEnd, second),
      shown_before_whole_second: rowsOfSecond(before.rows, second),
      shown_before_its_end: shownOf(beforeEnd, second),
    };
    if (afterEnd.page === undefined || beforeEnd.page === undefined) return { answer: 'refused', figures };
    const isIgnored =
      afterEnd.page.rows.some((row) => row.second < second) ||
      beforeEnd.page.rows.some((row) => row.second > second + 1);
    if (isIgnored) return { answer: 'bound ignored', figures };
    const isUsed =
      figures.shown_after_whole_second !== figures.shown_after_its_end ||
      figures.shown_before_whole_second !== figures.shown_before_its_end;
    return { answer: isUsed ? 'used' : 'cut off', figures };
  },
};

const shownOf = ({ page, refusal }: Answer, second: number): number | string =>
  page === undefined ? String(refusal) : rowsOfSecond(page.rows, second);
