/**
 * What `meta.count` says. `offset`: so many more (fewer, if negative) than there are; a function of the request's
 * number, if it is another in each answer. `capped`: at most `at`. `stale`: what there was `ageMs` ago, in ms.
 * `frozen`: what the first answer to the same range and filters said. `page_rows`: the page's own number of rows.
 * `rounded`: to a multiple of `to`. `told`: this number, whatever there is, in the responses for which there is one.
 */
export type CountRule =
  | { readonly kind: 'true' }
  | { readonly kind: 'offset'; readonly by: number | ((requestNumber: number) => number) }
  | { readonly kind: 'capped'; readonly at: number }
  | { readonly kind: 'stale'; readonly ageMs: number }
  | { readonly kind: 'frozen' }
  | { readonly kind: 'page_rows' }
  | { readonly kind: 'rounded'; readonly to: number }
  | { readonly kind: 'told'; readonly count: (requestNumber: number) => number | undefined };

/** What a count can be made of. */
export interface Counted {
  /** How many rows match. */
  readonly rows: number;
  /** How many rows the page shows. */
  readonly shown: number;
  readonly requestNumber: number;
  /** How many of the rows became visible within the last so many ms. */
  readonly fresh: (withinMs: number) => number;
  /** Range and filters of the query: what counts that are kept are kept by. */
  readonly question: () => string;
}

/** Counts as one server shows them. */
export class RowCounter {
  readonly #frozen = new Map<string, number>();

  /** The count to show, 0 or more. */
  count(rule: CountRule, { rows, shown, requestNumber, fresh, question }: Counted): number {
    switch (rule.kind) {
      case 'true':
        return rows;
      case 'offset':
        return Math.max(0, rows + (typeof rule.by === 'number' ? rule.by : rule.by(requestNumber)));
      case 'capped':
        return Math.min(rows, rule.at);
      case 'stale':
        return rows - fresh(rule.ageMs);
      case 'frozen': {
        const key = question();
        const count = this.#frozen.get(key) ?? rows;
        this.#frozen.set(key, count);
        return count;
      }
      case 'page_rows':
        return shown;
      case 'rounded':
        return Math.round(rows / rule.to) * rule.to;
      case 'told':
        return rule.count(requestNumber) ?? rows;
    }
  }
}
