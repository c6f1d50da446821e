import { TenantEntry } from './tenant-entry';

/**
 * Rows that no documentation speaks of. `year_1`: dated 0001-01-01, though it lies at another time. `lower_case`:
 * `t` and `z` of its time in lower case. `without_id`, `without_time`: these keys are missing. `null`, `text`: the row is
 * no object.
 */
export const oddities = ['year_1', 'lower_case', 'without_id', 'without_time', 'null', 'text'] as const;

/** One of the oddities of `oddities`. */
export type Oddity = (typeof oddities)[number];

/** What an odd entry is made of. */
export interface OddEntryOptions {
  readonly oddity: Oddity;
  /** Where it lies among the others, epoch ms. */
  readonly at: number;
  readonly id: number;
  /** From when it is visible, epoch ms; from `at` on unless given. */
  readonly visibleAt?: number | undefined;
}

/** A row of a form that a client has to survive. */
export function oddEntry({ oddity, at, id, visibleAt }: OddEntryOptions): TenantEntry {
  return new TenantEntry({ at, id, operationName: 'Login', visibleAt }, textOf(oddity, at, id));
}

function textOf(oddity: Oddity, at: number, id: number): string {
  const created = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const json = { created_at: created, operation_name: 'Login', id, inputs: null };
  switch (oddity) {
    case 'year_1':
      return JSON.stringify({ ...json, created_at: '0001-01-01T00:00:00Z' });
    case 'lower_case':
      return JSON.stringify({ ...json, created_at: created.toLowerCase() });
    case 'without_id':
      return JSON.stringify({ ...json, id: undefined });
    case 'without_time':
      return JSON.stringify({ ...json, created_at: undefined });
    case 'null':
      return 'null';
    case 'text':
      return '"not an entry"';
  }
}
