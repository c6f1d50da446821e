import type { Answer, ProbedTenant } from '../probed-tenant';
import { tooFew, type Question } from '../question';
import { isoSeconds } from '../seconds';

const ANSWERS = {
  'to the end': 'Pages can be numbered as far as there are entries here: a second with many pages is read whole.',
  'empty from some depth on':
    'Deep pages are empty although entries are counted: only a second with more entries than that is at risk, and the last line of the log says what is missing.',
  'refused from some depth on':
    'Deep pages are refused: only a second with more entries than that is at risk, and the connector ends with an error that names it, or says what is missing.',
  'page 1 again':
    'Deep pages show page 1 again: only a second with more entries than that is at risk; the connector sees that nothing new comes and stops.',
} as const;

type Answers = keyof typeof ANSWERS;

/** Rows (from 0) at which other services are known to end, and some between. */
const DEPTHS = [20, 100, 1_000, 9_999, 10_000, 50_000, 100_000];
/** How often the depth between the last row that was shown and the first that was not is halved. */
const MOST_HALVINGS = 7;
/** How often a page may go unanswered: each has cost the server its full time. */
const MOST_TIMEOUTS = 2;

/** Finds out how deep `page` may go. Pages of one row are asked for, which are small. */
export const depth: Question<Answers> = {
  id: 'depth',
  asks: 'How deep may page go?',
  mostRequests: DEPTHS.length + 2 + MOST_HALVINGS,
  answers: ANSWERS,
  ask: async (tenant) => {
    const rows = new RowByRow(tenant);
    const counted = await rows.start();
    if (counted === undefined || counted <= (DEPTHS[0] ?? 0)) return tooFew({ rows_counted: counted ?? 'nothing' });
    let deepest = 0;
    for (const row of [...DEPTHS.filter((row) => row < counted - 1), counted - 1]) {
      const seen = await rows.look(row);
      if (seen === 'shown') deepest = row;
      else return await between(rows, { counted, deepest, missing: row, missingAs: seen });
    }
    return { answer: 'to the end', figures: { rows_counted: counted, rows_shown_down_to: deepest + 1 } };
  },
};

/** Where the rows end that are shown. */
interface End {
  readonly counted: number;
  readonly deepest: number;
  readonly missing: number;
  readonly missingAs: Exclude<Seen, 'shown'>;
}

async function between(rows: RowByRow, end: End) {
  let { deepest, missing, missingAs } = end;
  for (let halving = 0; halving < MOST_HALVINGS && missing - deepest > 1; halving += 1) {
    if (rows.timeouts >= MOST_TIMEOUTS) break;
    const middle = Math.floor((deepest + missing) / 2);
    const seen = await rows.look(middle);
    if (seen === 'shown') deepest = middle;
    else [missing, missingAs] = [middle, seen];
  }
  const figures = {
    rows_counted: end.counted,
    rows_shown_down_to: deepest + 1,
    rows_not_shown_from: missing + 1,
    refusal: rows.refusal,
  };
  return { answer: missingAs, figures };
}

type Seen = 'shown' | Exclude<Answers, 'to the end'>;

/** Looks at one row after the other, of everything that has settled. */
class RowByRow {
  readonly #tenant: ProbedTenant;
  #first: string | undefined;
  /** Why the last row that was refused was refused. */
  refusal = 'none';
  /** How many had no answer in time. */
  timeouts = 0;

  constructor(tenant: ProbedTenant) {
    this.#tenant = tenant;
  }

  /** @returns how many rows are counted */
  async start(): Promise<number | undefined> {
    const { rows, count } = await this.#tenant.page(this.#query(0));
    this.#first = rows[0]?.id;
    return count;
  }

  /** @param row from 0 */
  async look(row: number): Promise<Seen> {
    const { page, refusal }: Answer = await this.#tenant.ask(this.#query(row));
    if (page === undefined) {
      this.refusal = String(refusal);
      if (refusal === 'no answer in time') this.timeouts += 1;
      return 'refused from some depth on';
    }
    const [shown] = page.rows;
    if (shown === undefined) return 'empty from some depth on';
    return shown.id === this.#first ? 'page 1 again' : 'shown';
  }

  #query(row: number) {
    return { before: isoSeconds(this.#tenant.settledBefore), perPage: 1, page: row + 1 };
  }
}
