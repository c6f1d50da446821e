/** An entry's id: whole numbers in the responses of live tenants, UUIDs in the documented record of another collector. */
export type EntryId = number | string;

/** What the tenant knows of an entry besides its text. */
export interface EntryFacts {
  /** When it happened, epoch milliseconds. A fraction stands for microseconds: responses print less than is stored. */
  readonly at: number;
  readonly id: EntryId;
  /** What the `user_id` filter compares with; undefined if the entry names no user. */
  readonly userId?: EntryId | undefined;
  /** What the `operation_name` filter compares with. */
  readonly operationName?: string | undefined;
  /** From when responses show it, epoch ms; undefined: from `at` on. Later than `at` makes it a late entry. */
  readonly visibleAt?: number | undefined;
}

/** Writes the JSON text of an entry when it is first asked for. `index` is the one the entry was made with. */
export type EntryWriter = (facts: EntryFacts, index: number) => string;

/** One audit log entry of the simulated tenant. Its JSON text is written once, when a page first shows it. */
export class TenantEntry implements EntryFacts {
  readonly at: number;
  readonly id: EntryId;
  readonly userId: EntryId | undefined;
  readonly operationName: string | undefined;
  readonly visibleAt: number | undefined;
  readonly #index: number;
  #text: string | EntryWriter;

  constructor(facts: EntryFacts, text: string | EntryWriter, index = 0) {
    this.at = facts.at;
    this.id = facts.id;
    this.userId = facts.userId;
    this.operationName = facts.operationName;
    this.visibleAt = facts.visibleAt;
    this.#text = text;
    this.#index = index;
  }

  /** The entry as responses show it, JSON. */
  get text(): string {
    if (typeof this.#text === 'function') this.#text = this.#text(this, this.#index);
    return this.#text;
  }

  /** The entry parsed: a new object every time. Integers beyond 2^53 are rounded. */
  get json(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }
}

/**
 * An entry out of an object shaped like the API's, for tests: `at` is taken from `created_at`, or else `timestamp`, unless
 * given (epoch ms), `id`, `user_id` and `operation_name` from the object. `text` replaces its JSON, for what
 * JSON.stringify can't write, such as integers of 20 digits. Throws RangeError if there is no time at all.
 */
export function entryOf(
  json: Readonly<Record<string, unknown>>,
  given: { at?: number; visibleAt?: number; text?: string } = {},
): TenantEntry {
  const { id, user_id: userId, operation_name: operationName } = json;
  const at = given.at ?? Date.parse(String(json['created_at'] ?? json['timestamp']));
  if (Number.isNaN(at)) throw new RangeError('An entry needs a time: give `at`, `created_at` or `timestamp`.');
  const facts = {
    at,
    id: isId(id) ? id : '',
    userId: isId(userId) ? userId : undefined,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    visibleAt: given.visibleAt,
  };
  return new TenantEntry(facts, given.text ?? JSON.stringify(json));
}

/** The order in which the tenant keeps entries, oldest first: by time, then by id. */
export function compareEntries(a: EntryFacts, b: EntryFacts): number {
  if (a.at !== b.at) return a.at - b.at;
  if (typeof a.id === 'number' && typeof b.id === 'number') return a.id - b.id;
  const [idA, idB] = [String(a.id), String(b.id)];
  return idA < idB ? -1 : idA > idB ? 1 : 0;
}

function isId(value: unknown): value is EntryId {
  return typeof value === 'number' || typeof value === 'string';
}

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
