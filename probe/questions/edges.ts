import type { ProbedTenant } from '../probed-tenant';
import { tooFew, type Question, type Reply } from '../question';
import { isoSeconds, knownSecond, rowsOfSecond } from '../seconds';

type Answers = 'included' | 'excluded' | 'included in part' | 'ignored';
type Bound = 'after' | 'before';

const PER_PAGE = 500;
/** How far around the second is asked for, in s. */
const NEAR = 2;

/** Finds out whether `after` shows the entries of the very second that it names. */
export const afterEdge: Question<Answers> = {
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

/** Finds out whether `before` shows the entries of the very second that it names. */
export const beforeEdge: Question<Answers> = {
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

async function edgeOf(tenant: ProbedTenant, bound: Bound): Promise<Reply<Answers>> {
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
