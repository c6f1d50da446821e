import { isoSeconds, sameRows, type Row } from '../page';
import { tooFew, type Question } from '../question';

const ANSWERS = {
  'newest first, time and id descend':
    'The newest rows come first, so a page that shows a part covers its newer seconds with one question, as planned.',
  'by time, ids in any order':
    'Rows are sorted by time: the connector orders by time itself and needs no order of ids, so nothing changes.',
  'by id, times in any order':
    'Rows are sorted by id, so a late entry stands among newer ones; the counts decide what a page covers, and ranges are cut in two more often.',
  'oldest first':
    'The newest rows come last: each range that does not fit a page is cut in two, which takes more requests.',
  unordered: 'No order can be used: each range that does not fit a page is cut in two, which takes more requests.',
  'another order in each answer':
    'Numbered pages would repeat and leave out rows: each range that does not fit a page is cut in two, and a second with more than a page is read again until nothing new shows.',
} as const;

type Answers = keyof typeof ANSWERS;

const PER_PAGE = 500;

/** Finds out how rows are sorted, and whether they always are. */
export const order: Question<Answers> = {
  id: 'order',
  asks: 'Are rows sorted by time or by id, and is the order the same in each answer?',
  mostRequests: 3,
  answers: ANSWERS,
  ask: async (tenant) => {
    const query = { before: isoSeconds(tenant.settledBefore), perPage: PER_PAGE };
    const first = await tenant.page(query);
    const again = await tenant.page(query);
    const second = first.rows.length < PER_PAGE ? [] : (await tenant.page({ ...query, page: 2 })).rows;
    const rows = [...first.rows, ...second];
    const steps = { time: stepsOf(rows, byTime), id: stepsOf(rows, byId) };
    const figures = {
      rows: rows.length,
      time_descends: steps.time.down,
      time_ascends: steps.time.up,
      id_descends: steps.id.down,
      id_ascends: steps.id.up,
      same_when_asked_again: sameRows(first.rows, again.rows),
      same_times_when_asked_again: sameSeconds(first.rows, again.rows),
    };
    if (steps.time.down + steps.time.up < 2) return tooFew(figures);
    return { answer: figures.same_when_asked_again ? answerOf(steps) : 'another order in each answer', figures };
  },
};

/** How often the next row is lower, or higher, than the one before it. */
interface Steps {
  readonly down: number;
  readonly up: number;
}

function answerOf({ time, id }: { readonly time: Steps; readonly id: Steps }): Answers {
  if (time.up === 0)
    return id.up === 0 && id.down > 0 ? 'newest first, time and id descend' : 'by time, ids in any order';
  if (id.up === 0 && id.down > 0) return 'by id, times in any order';
  return time.down === 0 || (id.down === 0 && id.up > 0) ? 'oldest first' : 'unordered';
}

function stepsOf(rows: readonly Row[], compare: (a: Row, b: Row) => number): Steps {
  const steps = rows.slice(1).map((row, index) => compare(row, rows[index] ?? row));
  return { down: steps.filter((step) => step < 0).length, up: steps.filter((step) => step > 0).length };
}

const byTime = (a: Row, b: Row): number => a.second - b.second;

/** Ids that are no whole numbers have no order. */
function byId(a: Row, b: Row): number {
  if (![a, b].every(({ id }) => /^\d+$/.test(id))) return 0;
  const [idA, idB] = [BigInt(a.id), BigInt(b.id)];
  return idA < idB ? -1 : idA > idB ? 1 : 0;
}

const sameSeconds = (a: readonly Row[], b: readonly Row[]): boolean =>
  a.length === b.length && a.every(({ second }, index) => second === b[index]?.second);
