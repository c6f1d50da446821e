import { RetryableError } from '@airbyte/cdk-typescript-compat/http';
import type { TenantAnswer } from '../simulated-tenant/tenant-faults';
import { TenantModel, type TenantModelOptions } from '../simulated-tenant/tenant-model';
import type { TinesClient } from '../src/tines/client';
import { PageRefusedError, TooLargeError } from '../src/tines/errors';
import type { SlicedPage } from '../src/tines/page';
import { auditLogsPath, type PageRequest } from '../src/tines/request';
import { pageOf } from './page-of';

const NO_FILTERS = { userIds: [], operationNames: [] };
/** No test needs so many: it goes round in circles. */
const MOST_REQUESTS = 3000;

/** The pages of a simulated tenant as the client gets them, without network, retries and waits. */
export class TenantClient implements Pick<TinesClient, 'page' | 'isAnswered' | 'serverNow'> {
  readonly model: TenantModel;
  /** The pages that were asked for, with those that were only looked at, in their order. */
  readonly requests: (PageRequest & { readonly isLookedAt: boolean })[] = [];
  /** The pages that were returned and not released. */
  readonly held = new Set<SlicedPage>();
  #serverNow = 0;

  constructor(options: TenantModelOptions) {
    this.model = new TenantModel(options);
  }

  /** As {@link TinesClient.page}: what is refused or fails is too large. */
  page(request: PageRequest, signal: AbortSignal): Promise<SlicedPage> {
    return this.#page({ ...request, isLookedAt: false }, signal);
  }

  /** As {@link TinesClient.serverNow}: that of the last answer. */
  serverNow(): number {
    return this.#serverNow;
  }

  /** As {@link TinesClient.isAnswered}. */
  async isAnswered(request: PageRequest, signal: AbortSignal): Promise<boolean> {
    try {
      (await this.#page({ ...request, isLookedAt: true }, signal)).release();
      return true;
    } catch (error) {
      if (error instanceof TooLargeError || error instanceof PageRefusedError) return false;
      throw error;
    }
  }

  /**
   * The requests in words: `0-60` for the seconds from `from` (epoch s) on, `#2` for a page after the first, `/5` for fewer
   * rows than the largest request had, `?` before a page that was only looked at.
   */
  words(from: number): string {
    const most = Math.max(...this.requests.map(({ perPage }) => perPage));
    const word = ({ after = from - 1, before, page, perPage, isLookedAt }: (typeof this.requests)[number]): string => {
      const range = `${after + 1 - from}-${before === undefined ? '' : before - from}`;
      return `${isLookedAt ? '?' : ''}${range}${page === 1 ? '' : `#${page}`}${perPage === most ? '' : `/${perPage}`}`;
    };
    return this.requests.map(word).join(' ');
  }

  async #page(request: (typeof this.requests)[number], signal: AbortSignal): Promise<SlicedPage> {
    signal.throwIfAborted();
    this.requests.push(request);
    if (this.requests.length > MOST_REQUESTS) throw new Error(`more than ${MOST_REQUESTS} requests`);
    await Promise.resolve();
    const answer = this.model.answer(
      new URL(auditLogsPath(request, NO_FILTERS), 'https://tenant.example').searchParams,
    );
    const date = answer.headers['date'];
    if (date !== undefined) this.#serverNow = Date.parse(date);
    if (answer.status !== 200 || answer.fault !== undefined) throw errorOf(answer, request);
    const page = pageOf(answer.body, () => this.held.delete(page));
    this.held.add(page);
    return page;
  }
}

function errorOf({ status, fault }: TenantAnswer, { page }: PageRequest): Error {
  if (page > 1 && fault === undefined && status < 500) return new PageRefusedError(status);
  const text = fault?.kind ?? String(status);
  const cause = status === 413 ? new Error(text) : new RetryableError(text);
  return new TooLargeError(cause, { hasAnswered: true, isSync: true });
}
