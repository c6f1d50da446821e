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
import type { Exchange } from './exchange';
import { readPage, type ProbePage, type Row } from './page';
import type { ProbeClient } from './probe-client';

/** A question for one page, as it is sent. */
export interface PageQuery {
  /** As text: also what the connector itself never sends. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** From 1; 1 unless given. */
  readonly page?: number;
  readonly perPage: number;
  /** Filters and their values, such as `operation_name[]`. */
  readonly filters?: readonly (readonly [name: string, value: string])[];
}

/** Why there is no page: the status, or what came in its place. */
export type Refusal = number | 'no answer in time' | 'too large' | 'no connection' | 'no page of audit logs';

/** A page, or why there is none. */
export type Answer =
  { readonly page: ProbePage; readonly refusal?: undefined } | { readonly page?: undefined; readonly refusal: Refusal };

/** A question that needed a page and got none. */
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
  readonly #options: ProbedTenantOptions;

  constructor(options: ProbedTenantOptions) {
    this.#options = options;
  }

  get samples(): Samples {
    return this.#options.samples;
  }

  get domain(): string {
    return this.#options.domain;
  }

  /** Epoch s. */
  get settledBefore(): number {
    return this.#options.settledBefore;
  }

  /** All answers so far. */
  get exchanges(): readonly Exchange[] {
    return this.#options.client.exchanges;
  }

  /** Requests that were sent again so far. */
  get repeats(): number {
    return this.#options.client.repeats;
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
  ask(query: PageQuery): Promise<Answer> {
    return askFor(this.#options.client, query);
  }

  /** Asks for a page that has to come. @throws NotAnsweredError where none does, the signal's reason when stopped */
  async page(query: PageQuery): Promise<ProbePage> {
    const { page, refusal } = await this.ask(query);
    if (page === undefined) throw new NotAnsweredError(refusal);
    return page;
  }

  /** A name that the server has given to a header or a field, where it looks like one; otherwise only its length. */
  nameOf(name: string): string {
    const isName = /^[A-Za-z][\w.-]{0,59}$/.test(name) && this.#options.mask(name) === name;
    return isName ? name : `(a name of ${name.length} characters)`;
  }
}

/** The path and query of a page. */
export function targetOf({ after, before, page = 1, perPage, filters = [] }: PageQuery): string {
  const query = new URLSearchParams();
  if (after !== undefined) query.set('after', after);
  if (before !== undefined) query.set('before', before);
  for (const [name, value] of filters) query.append(name, value);
  query.set('per_page', String(perPage));
  query.set('page', String(page));
  return `/api/v1/audit_logs?${query.toString()}`;
}

/** Asks for a page. @throws NotAnsweredError where the failure says nothing of the question, faults of the program */
async function askFor(client: ProbeClient, query: PageQuery): Promise<Answer> {
  try {
    const response = await client.get(targetOf(query));
    return bringsContent(response.status) ? pageIn(response) : refused(response);
  } catch (error) {
    const refusal = refusalFor(error);
    if (refusal === 429 || refusal === 'no connection') throw new NotAnsweredError(refusal);
    return { refusal };
  }
}

function pageIn({ body, serverNow }: TimedResponse): Answer {
  const page = readPage(body, serverNow);
  return page === undefined ? { refusal: 'no page of audit logs' } : { page };
}

function refused({ status, body }: TimedResponse): Answer {
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
