import type { Answer } from '../probed-tenant';
import { tooFew, type Question } from '../question';
import { isoSeconds } from '../seconds';

const ANSWERS = {
  'both forms': 'A filter works with one name and with several, as the connector sends them.',
  'only without brackets': 'Several names do not work as documented: type one operation name or user id at most.',
  'only with brackets':
    'A single name without brackets does not work, although it is what Tines itself sends: this has to be reported.',
  neither: 'Filters have no effect, or match nothing: leave Operation Names and User IDs empty, and report this.',
} as const;

const PER_PAGE = 100;

/** Finds out whether filters work in the two forms in which the connector sends them. */
export const filters: Question<keyof typeof ANSWERS> = {
  id: 'filters',
  asks: 'Do filters work, with one value without brackets and with several in brackets?',
  mostRequests: 2,
  answers: ANSWERS,
  ask: async (tenant) => {
    const [one, two] = frequentNames(tenant.settled.map(({ entry }) => entry?.['operation_name']));
    if (one === undefined || two === undefined) return tooFew();
    const query = { before: isoSeconds(tenant.settledBefore), perPage: PER_PAGE };
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
function onlyShows({ page }: Answer, names: readonly unknown[]): boolean {
  const shown = page?.rows.map(({ entry }) => entry?.['operation_name']) ?? [];
  return names.every((name) => shown.includes(name)) && shown.every((name) => names.includes(name));
}

const rowsIn = ({ page, refusal }: Answer): number | string =>
  page === undefined ? String(refusal) : page.rows.length;
