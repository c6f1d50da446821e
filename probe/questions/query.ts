import { isoSeconds } from '../page';
import { knownSecond, rowsOfSecond, type PageOrRefusal, type ProbedTenant } from '../probed-tenant';
import { tooFew, type Question, type Reply } from '../question';

type EdgeAnswer = 'included' | 'excluded' | 'included in part' | 'ignored';
type Bound = 'after' | 'before';

const PER_PAGE = 500;
/** How far around the second is asked for, in s. */
const NEAR = 2;

/** Finds out whether `after` returns the entries of the very second that it names. */
export const afterEdge: Question<EdgeAnswer> = {
  id: 'after-edge',
  asks: 'Does after=T show the entries whose time is printed as T?',
  mostRequests: 2,
  answers: {
    included:
      'Entries of the second are shown, as the connector takes for possible: it asks from a second before, and leaves out what it does not want.',
    excluded:
      'Entries of the second are left out, as the connector takes for possible: it asks from a second before, so none is missed.',
    'included in part':
      'The stored time is finer than the printed one and decides: the connector asks from a second before, so none is missed.',
    ignored:
      'The bound has no effect: the connector ends its syncs with an error that says so, and delivers nothing wrong.',
  },
  ask: (tenant) => edgeOf(tenant, 'after'),
};

/** Finds out whether `before` returns the entries of the very second that it names. */
export const beforeEdge: Question<EdgeAnswer> = {
  id: 'before-edge',
  asks: 'Does before=T show the entries whose time is printed as T?',
  mostRequests: 2,
  answers: {
    included:
      'Entries of the second are shown, too: the connector leaves out those that are not of the range it asked for.',
    excluded: 'Entries of the second are left out, as the end of a range in the connector is meant.',
    'included in part':
      'The stored time is finer than the printed one and decides: the connector leaves out those that are not of its range.',
    ignored:
      'The bound has no effect: the connector ends its syncs with an error that says so, and delivers nothing wrong.',
  },
  ask: (tenant) => edgeOf(tenant, 'before'),
};

async function edgeOf(tenant: ProbedTenant, bound: Bound): Promise<Reply<EdgeAnswer>> {
  const known = knownSecond(tenant);
  if (known === undefined) return tooFew();
  const { second } = known;
  const around = { after: isoSeconds(second - NEAR), before: isoSeconds(second + NEAR), perPage: PER_PAGE };
  const wide = await tenant.page(around);
  const narrow = await tenant.page({ ...around, [bound]: isoSeconds(second) });
  const all = rowsOfSecond(wide.rows, second);
  const shown = rowsOfSecond(narrow.rows, second);
  const beyond = narrow.rows.filter((row) => (bound === 'after' ? row.second < second : row.second > second)).length;
  const figures = { rows_of_the_second: all, rows_shown: shown, rows_beyond: beyond };
  if (beyond > 0) return { answer: 'ignored', figures };
  if (all === 0) return tooFew(figures);
  return { answer: shown === 0 ? 'excluded' : shown < all ? 'included in part' : 'included', figures };
}

const FRACTION_ANSWERS = {
  used: 'A fraction counts: ranges could be cut finer than a second, which a second with more than a page of entries would gain by.',
  'cut off': 'A fraction is cut off: nothing is gained by sending one, and the connector sends whole seconds.',
  'bound ignored':
    'A bound with a fraction is dropped without an error: the connector must go on sending whole seconds.',
  refused: 'A bound with a fraction is an error: the connector must go on sending whole seconds.',
} as const;

/** Finds out what a fraction of a second in a bound does. */
export const fractions: Question<keyof typeof FRACTION_ANSWERS> = {
  id: 'fractions',
  asks: 'Are fractions of a second in after and before used?',
  mostRequests: 4,
  answers: FRACTION_ANSWERS,
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

const shownOf = ({ page, refusal }: PageOrRefusal, second: number): number | string =>
  page === undefined ? String(refusal) : rowsOfSecond(page.rows, second);

/** The last microsecond of a second, `2025-01-11T03:57:28.999999Z`, for epoch s. */
const isoEndOf = (second: number): string => isoSeconds(second).replace('Z', '.999999Z');

const FILTER_ANSWERS = {
  'both forms': 'A filter works with one name and with several, as the connector sends them.',
  'only without brackets': 'Several names do not work as documented: type one operation name or user id at most.',
  'only with brackets':
    'A single name without brackets does not work, although it is what Tines itself sends: this has to be reported.',
  neither: 'Filters have no effect, or match nothing: leave Operation Names and User IDs empty, and report this.',
} as const;

const FILTERED_PER_PAGE = 100;

/** Finds out whether filters work in the two forms in which the connector sends them. */
export const filters: Question<keyof typeof FILTER_ANSWERS> = {
  id: 'filters',
  asks: 'Do filters work, with one value without brackets and with several in brackets?',
  mostRequests: 2,
  answers: FILTER_ANSWERS,
  ask: async (tenant) => {
    const [one, two] = frequentNames(tenant.settled.map(({ entry }) => entry?.['operation_name']));
    if (one === undefined || two === undefined) return tooFew();
    const query = { before: isoSeconds(tenant.settledBefore), perPage: FILTERED_PER_PAGE };
    const bare = await tenant.ask({ ...query, filters: [['operation_name', one]] });
    const several = [one, two].map((name) => ['operation_name[]', name] as const);
    const bracketed = await tenant.ask({ ...query, filters: several });
    const figures = { rows_with_one_name: rowsIn(bare), rows_with_two_names: rowsIn(bracketed) };
    const works = { bare: onlyShows(bare, [one]), bracketed: onlyShows(bracketed, [one, two]) };
    if (works.bare) return { answer: works.bracketed ? 'both forms' : 'only without brackets', figures };
    return { answer: works.bracketed ? 'only with brackets' : 'neither', figures };
  },
};

/** The names, the most frequent first; there must be a third, or a filter that is ignored would not show. */
function frequentNames(values: readonly unknown[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const value of values) if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
  const names = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
  return names.length < 3 ? [] : names;
}

/** Whether there are rows, and all of them are of these names, and the first of them is among them. */
function onlyShows({ page }: PageOrRefusal, names: readonly unknown[]): boolean {
  const shown = page?.rows.map(({ entry }) => entry?.['operation_name']) ?? [];
  return names.every((name) => shown.includes(name)) && shown.every((name) => names.includes(name));
}

const rowsIn = ({ page, refusal }: PageOrRefusal): number | string =>
  page === undefined ? String(refusal) : page.rows.length;
