import { boundsOf, settledRange, type SecondRange } from '../seconds';
import type { ProbePage } from '../page';
import type { ProbedTenant } from '../probed-tenant';
import { tooFew, type Question } from '../question';

/** What it means that `meta` counts nothing. */
export const NO_COUNTS =
  'There are no counts: the connector goes by full pages and by next pages instead, and can prove less.';

const ANSWERS = {
  exact: 'meta.count is the number of rows, so what is left of a page can be left out where the counts add up.',
  'the rows of the page':
    'meta.count counts the rows of its own page: the connector never takes a full page for the whole because of its count.',
  'too low':
    'Counts are too low: the connector sees that when more rows show than are counted, and stops trusting them.',
  'too high':
    'Counts are too high, or rows are withheld: both look the same, and the last line of a read says how many are not shown.',
  'right and wrong': 'Counts vary from question to question: the first that does not fit ends their being trusted.',
  absent: NO_COUNTS,
} as const;

type Answers = keyof typeof ANSWERS;

const FEWEST_ROWS = 6;
const SMALL_PAGE = 5;

/** Finds out whether counts are right, where all rows that are counted fit a page. */
export const counts: Question<Answers> = {
  id: 'counts',
  asks: 'Is meta.count the number of rows, where they fit a page?',
  mostRequests: 3,
  answers: ANSWERS,
  ask: async (tenant) => {
    const [long, short] = [settledRange(tenant, FEWEST_ROWS, 200), settledRange(tenant, FEWEST_ROWS, 20)];
    if (long === undefined || short === undefined) return tooFew();
    const pages = [await wholeOf(tenant, long), await wholeOf(tenant, short)];
    const part = await tenant.page({ ...boundsOf(long), perPage: SMALL_PAGE });
    const [all = 0] = pages.map(({ rows }) => rows.length);
    const figures = {
      rows: all,
      counted: pages[0]?.count ?? 'nothing',
      rows_of_another_range: pages[1]?.rows.length ?? 0,
      counted_in_it: pages[1]?.count ?? 'nothing',
      counted_with_5_a_page: part.count ?? 'nothing',
    };
    const differences = pages.map(({ rows, count }) => (count === undefined ? undefined : count - rows.length));
    if (part.count === undefined || differences.includes(undefined)) return { answer: 'absent', figures };
    if (part.count === part.rows.length && all > part.rows.length) return { answer: 'the rows of the page', figures };
    return { answer: answerOf([...differences.map((value) => value ?? 0), part.count - all]), figures };
  },
};

const wholeOf = (tenant: ProbedTenant, range: SecondRange): Promise<ProbePage> =>
  tenant.page({ ...boundsOf(range), perPage: 500 });

function answerOf(differences: readonly number[]): Answers {
  if (differences.every((difference) => difference === 0)) return 'exact';
  if (differences.every((difference) => difference < 0)) return 'too low';
  return differences.every((difference) => difference > 0) ? 'too high' : 'right and wrong';
}
