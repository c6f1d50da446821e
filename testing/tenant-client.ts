import {
  ConnectionError,
  RequestTooLargeError,
  RetryableError,
  TimeoutError,
  type ResponseLimits,
  type Http,
  type HttpResponse,
} from '@airbyte/cdk-typescript-compat/http';
import type { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { bytesOf, type TenantResponse } from '../simulated-tenant/tenant-faults';
import { TenantModel, type TenantModelOptions } from '../simulated-tenant/tenant-model';
import type { TenantRequest } from '../simulated-tenant/tenant-settings';
import type { TinesClient } from '../src/tines/client';
import { PageRefusedError, TooLargeError } from '../src/tines/errors';
import type { SlicedPage } from '../src/tines/page';
import { auditLogsPath, type PageRequest } from '../src/tines/request';
import { pageOf } from './page-of';

/** How requests are sent to a simulated tenant, and who watches. */
export interface TenantHttpOptions {
  /** Waits for responses pass on it. */
  readonly clock: VirtualClock;
  /** How long a request takes, in ms. */
  readonly latencyMs: (request: number) => number;
  /** Called as a request is sent, with its number. */
  readonly onSent?: (request: number) => void;
  /** Called with each request as it gets its response. */
  readonly onRequest?: (request: TenantRequest) => void;
  /** Called with each response that arrives, not with those that don't. */
  readonly onResponse?: (response: TenantResponse, request: TenantRequest) => void;
}

/** A simulated tenant over a simulated network: what it responds with arrives, or the connection ends with an error. */
export function tenantHttp(model: TenantModel, options: TenantHttpOptions): Http {
  const { clock, latencyMs, onSent, onRequest, onResponse } = options;
  let sent = 0;
  return async ({ target }, signal, limits) => {
    sent += 1;
    const number = sent;
    onSent?.(number);
    await clock.sleep(latencyMs(number), signal);
    const request = { number, ...partsOf(target) };
    onRequest?.(request);
    const response = model.respond(request.query, request);
    const arrived = await arrive(response, clock, signal, limits);
    onResponse?.(response, request);
    return arrived;
  };
}

/** Of a real request, in ms. */
const DEADLINE_MS = 30_000;

/** @throws the error that the connection would end with */
async function arrive(
  response: TenantResponse,
  clock: VirtualClock,
  signal: AbortSignal,
  limits: ResponseLimits | undefined,
): Promise<HttpResponse> {
  switch (response.fault?.kind) {
    case 'reset':
    case 'reset_in_body':
      throw new ConnectionError('ECONNRESET', 'read');
    case 'hang':
    case 'drip':
      await clock.sleep(DEADLINE_MS, signal);
      throw new TimeoutError(DEADLINE_MS);
    case undefined: {
      const bytes = bytesOf(response);
      const most = limits?.maxBodyBytes ?? Infinity;
      if (bytes.length > most) throw new RequestTooLargeError(new Error(`an answer was larger than ${most} bytes`));
      return {
        status: response.status,
        headers: response.headers,
        httpVersion: '1.1',
        body: { bytes, free: () => undefined },
      };
    }
  }
}

function partsOf(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const [path = '', query] = target.split('?', 2);
  return { path, query: new URLSearchParams(query) };
}

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

  /** As {@link TinesClient.serverNow}: that of the last response. */
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
    const response = this.model.respond(partsOf(auditLogsPath(request, NO_FILTERS)).query);
    const date = response.headers['date'];
    if (date !== undefined) this.#serverNow = Date.parse(date);
    if (response.status !== 200 || response.fault !== undefined) throw errorOf(response, request);
    const page = pageOf(response.body, () => this.held.delete(page));
    this.held.add(page);
    return page;
  }
}

function errorOf({ status, fault }: TenantResponse, { page }: PageRequest): Error {
  if (page > 1 && fault === undefined && status < 500) return new PageRefusedError(status);
  const text = fault?.kind ?? String(status);
  const cause = status === 413 ? new Error(text) : new RetryableError(text);
  return new TooLargeError(cause, { hasAnswered: true, isSync: true });
}
