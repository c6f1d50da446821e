import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import {
  bringsContent,
  isHttpFact,
  RateLimitedError,
  RefusedError,
  RetryableError,
  TimeoutError,
  type TimedResponse,
} from '@airbyte/cdk-typescript-compat/http';
import { isoSeconds, readPage, targetOf, type PageQuery, type ProbePage, type Row } from './page';
import type { Exchange, ProbeClient } from './probe-client';

/** Why there is no page: the status, or what came in its place. */
export type Refusal = number | 'no answer in time' | 'too large' | 'no connection' | 'no page of audit logs';

/** A page, or why there is none. */
export type PageOrRefusal =
  { readonly page: ProbePage; readonly refusal?: undefined } | { readonly page?: undefined; readonly refusal: Refusal };

/** A question needed a page and got none. */
export class NotAnsweredError extends Error {
  constructor(readonly refusal: Refusal) {
    super(`no page: ${refusal}`);
    this.name = 'NotAnsweredError';
  }
}

/** What was read of a tenant before the first question. */
export interface Samples {
  /** The newest entries: page 1 of everything. */
  readonly newest: ProbePage;
  /** What `newest` was asked by. */
  readonly newestQuery: PageQuery;
  /** Entries of longer ago, as far as there are any. */
  readonly older: readonly ProbePage[];
}

/** What a {@link ProbedTenant} is made of. */
export interface ProbedTenantOptions {
  readonly client: ProbeClient;
  readonly samples: Samples;
  /** Host, with a port where it isn't 443. */
  readonly domain: string;
  /** Before this second (epoch s) nothing is expected to change while the probe runs. */
  readonly settledBefore: number;
  /** Replaces secrets in a text. */
  readonly mask: (text: string) => string;
}

/** The tenant that questions are put to. */
export class ProbedTenant {
  readonly samples: Samples;
  /** Host, with a port where it isn't 443. */
  readonly domain: string;
  /** Before this second (epoch s) nothing is expected to change while the probe runs. */
  readonly settledBefore: number;
  readonly #client: ProbeClient;
  readonly #mask: (text: string) => string;

  constructor({ client, samples, domain, settledBefore, mask }: ProbedTenantOptions) {
    this.samples = samples;
    this.domain = domain;
    this.settledBefore = settledBefore;
    this.#client = client;
    this.#mask = mask;
  }

  /** All responses so far. */
  get exchanges(): readonly Exchange[] {
    return this.#client.exchanges;
  }

  /** Requests that were sent again so far. */
  get repeats(): number {
    return this.#client.repeats;
  }

  /** The rows of all samples, each once. */
  get sampled(): readonly Row[] {
    const { newest, older } = this.samples;
    const rows = [newest, ...older].flatMap((page) => page.rows);
    return [...new Map(rows.map((row) => [row.id, row])).values()];
  }

  /** The rows of the samples that have settled, the newest first. */
  get settled(): readonly Row[] {
    return this.sampled.filter(({ second }) => second < this.settledBefore).sort((a, b) => b.second - a.second);
  }

  /** The objects among the rows of the samples. */
  get entries(): readonly JsonObject[] {
    return this.sampled.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  }

  /**
   * Asks for a page.
   * @throws NotAnsweredError where there was no connection, or nothing but 429s; the signal's reason when stopped
   */
  ask(query: PageQuery): Promise<PageOrRefusal> {
    return askFor(this.#client, query);
  }

  /** Asks for a page that has to come. @throws NotAnsweredError where none does, the signal's reason when stopped */
  async page(query: PageQuery): Promise<ProbePage> {
    const { page, refusal } = await this.ask(query);
    if (page === undefined) throw new NotAnsweredError(refusal);
    return page;
  }

  /** A name that the server has given to a header or a field, where it looks like one; otherwise only its length. */
  nameOf(name: string): string {
    const isName = /^[A-Za-z][\w.-]{0,59}$/.test(name) && this.#mask(name) === name;
    return isName ? name : `(a name of ${name.length} characters)`;
  }
}

/** Asks for a page. @throws NotAnsweredError where the failure says nothing of the question, faults of the program */
async function askFor(client: ProbeClient, query: PageQuery): Promise<PageOrRefusal> {
  try {
    const response = await client.get(targetOf(query));
    return bringsContent(response.status) ? pageIn(response) : refused(response);
  } catch (error) {
    const refusal = refusalFor(error);
    if (refusal === 429 || refusal === 'no connection') throw new NotAnsweredError(refusal);
    return { refusal };
  }
}

function pageIn({ body, serverNow }: TimedResponse): PageOrRefusal {
  const page = readPage(body, serverNow);
  return page === undefined ? { refusal: 'no page of audit logs' } : { page };
}

function refused({ status, body }: TimedResponse): PageOrRefusal {
  body.free();
  return { refusal: status };
}

/** @throws the error where it is none of a request */
function refusalFor(error: unknown): Refusal {
  if (error instanceof TimeoutError) return 'no answer in time';
  if (error instanceof RateLimitedError) return 429;
  if (error instanceof RefusedError || error instanceof RetryableError) return 'no connection';
  if (!isHttpFact(error)) throw error;
  switch (error.kind) {
    case 'too_large':
      return 'too large';
    case 'given_up':
      return 429;
    case 'status':
      return error.status;
    case 'unexpected_body':
    case 'token_refused':
    case 'certificate':
    case 'tls':
    case 'unencrypted_url':
    case 'private_address':
    case 'proxy':
    case 'debug_variable':
      return 'no connection';
  }
}

/** A second whose rows are known to exist, between others. */
export interface KnownSecond {
  /** Epoch s. */
  readonly second: number;
  /** How many rows the samples have of it. */
  readonly rows: number;
}

/** Rows beyond that may not fit a page with their neighbours. */
const MOST_ROWS_OF_A_SECOND = 100;

/**
 * The settled second with the most rows, neither the first nor the last of the samples, so that there are older and newer
 * rows; undefined where there is none.
 */
export function knownSecond({ settled }: ProbedTenant): KnownSecond | undefined {
  const rowsOf = new Map<number, number>();
  for (const { second } of settled) rowsOf.set(second, (rowsOf.get(second) ?? 0) + 1);
  const inner = [...rowsOf].sort(([a], [b]) => a - b).slice(1, -1);
  const usable = inner.filter(([, rows]) => rows <= MOST_ROWS_OF_A_SECOND);
  const [most] = usable.sort(([, a], [, b]) => b - a);
  return most === undefined ? undefined : { second: most[0], rows: most[1] };
}

/** A range of whole seconds, `to` excluded, epoch s. */
export interface SecondRange {
  readonly from: number;
  readonly to: number;
}

/** The range of the newest settled rows, so many where there are that many; undefined where there are fewer than `least`. */
export function settledRange({ settled }: ProbedTenant, least: number, most: number): SecondRange | undefined {
  const rows = settled.slice(0, most);
  const [newest, oldest] = [rows.at(0), rows.at(-1)];
  if (rows.length < least || newest === undefined || oldest === undefined) return undefined;
  return { from: oldest.second, to: newest.second + 1 };
}

/** The bounds of a range, a second wider before it, as the connector asks for it. */
export const boundsOf = ({ from, to }: SecondRange): { readonly after: string; readonly before: string } => ({
  after: isoSeconds(from - 1),
  before: isoSeconds(to),
});

/** How many of the rows are of a second (epoch s). */
export const rowsOfSecond = (rows: readonly Row[], second: number): number =>
  rows.filter((row) => row.second === second).length;
