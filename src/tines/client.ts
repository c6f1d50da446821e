import { isAuditLogsPage } from '../generated/validators';
import type { Clock } from '../clock';
import type { ConnectorError } from '@airbyte/cdk-typescript-compat';
import { errorForStatus, permissionMissingError, TransientError, wrongDomainError } from './errors';
import type { HttpGet, HttpResponse } from './http';
import { parseJson } from './json';
import type { RateLimiter } from './rate-limiter';
import type { Retry } from './retry';
import { parseRetryAfter } from './retry-after';

/** Which rows to bring, beside the range: empty lists bring all. */
export interface AuditLogsFilters {
  readonly userIds: readonly string[];
  readonly operationNames: readonly string[];
}

/** One page of a range. */
export interface PageRequest {
  /** Epoch s; absent: from the oldest. Whether the API includes the second itself is not documented. */
  readonly after?: number | undefined;
  /** Epoch s; absent: to the newest. */
  readonly before?: number | undefined;
  /** From 1. */
  readonly page: number;
  /** 1 to 500; the server may send fewer. */
  readonly perPage: number;
}

/** What came back. */
export interface Page {
  /** As parsed, newest first in every capture; integers beyond 2^53 are strings. */
  readonly rows: readonly unknown[];
  /** How many rows the server counts on all pages; undefined where it doesn't say. */
  readonly count: number | undefined;
  /** How many rows the server says a page has at most. */
  readonly perPage: number | undefined;
  /** The body as it came, which takes a fraction of the memory of its rows: {@link rowsOf} parses it again. */
  readonly body: Buffer;
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
}

/** Most rows the API gives on a page (https://www.tines.com/api/audit-logs). */
export const MAX_PER_PAGE = 500;

const AUDIT_LOGS = '/api/v1/audit_logs';
/** Answers any valid key, whatever its permissions. */
const INFO = '/api/v1/info';
/** Deadlines in a row after which a page counts as too heavy, where less can be asked for. */
const TIMEOUTS_BEFORE_LESS = 3;

/** The audit logs of one tenant, through the rate limiter and the retries. Keeps no rows. */
export class TinesClient {
  private requests = 0;

  constructor(
    private readonly domain: string,
    private readonly filters: AuditLogsFilters,
    private readonly http: HttpGet,
    private readonly limiter: RateLimiter,
    private readonly retry: Retry,
    private readonly clock: Clock,
  ) {}

  /** Requests sent so far, retries included. */
  get requestsSent(): number {
    return this.requests;
  }

  /**
   * Gets one page.
   * @param divisible whether the caller can ask for less: then deadlines missed again and again end the retries
   * @throws ConnectorError for what can't be retried or was in vain, PageTooHeavyError
   */
  async page(request: PageRequest, signal: AbortSignal, divisible = false): Promise<Page> {
    const target = `${AUDIT_LOGS}?${this.query(request)}`;
    const attempt = async (): Promise<Page> => this.parse(await this.get(target, signal));
    const timeouts = divisible ? TIMEOUTS_BEFORE_LESS : undefined;
    return this.retry.run(`page ${request.page} of the audit logs`, attempt, signal, timeouts);
  }

  private query(request: PageRequest): string {
    const query = new URLSearchParams();
    if (request.after !== undefined) query.set('after', isoSeconds(request.after));
    if (request.before !== undefined) query.set('before', isoSeconds(request.before));
    addFilter(query, 'user_id', this.filters.userIds);
    addFilter(query, 'operation_name', this.filters.operationNames);
    query.set('per_page', String(request.perPage));
    query.set('page', String(request.page));
    return query.toString();
  }

  private async get(target: string, signal: AbortSignal): Promise<HttpResponse> {
    const response = await this.send(target, signal);
    if (response.status === 200) return response;
    if (response.status === 404) throw await this.explainNotFound(signal);
    throw errorForStatus(response.status, this.domain, {
      retryAfterMs: parseRetryAfter(response.headers['retry-after'], this.serverNow(response)),
      location: response.headers['location'],
    });
  }

  private async send(target: string, signal: AbortSignal): Promise<HttpResponse> {
    const permit = await this.limiter.acquire(signal);
    try {
      this.requests += 1;
      return await this.http(target, signal);
    } finally {
      permit.answered();
    }
  }

  /** Some accounts answer 404 to a key without the permission: /info tells that from a wrong domain. */
  private async explainNotFound(signal: AbortSignal): Promise<ConnectorError | TransientError> {
    const info = await this.send(INFO, signal);
    if (info.status === 200 && isJsonObject(info.body)) return permissionMissingError();
    return info.status === 404 || info.status === 200
      ? wrongDomainError(this.domain)
      : errorForStatus(info.status, this.domain);
  }

  private parse(response: HttpResponse): Page {
    const { body } = response;
    const json = parseJson(body.toString('utf8'));
    if (json === undefined) throw new TransientError('the answer was cut off or is not JSON');
    if (!isAuditLogsPage(json)) throw new TransientError('the answer is JSON, but not a page of audit logs');
    return {
      rows: json.audit_logs,
      count: wholeNumber(json.meta?.count),
      perPage: wholeNumber(json.meta?.per_page),
      body,
      serverNow: this.serverNow(response),
    };
  }

  private serverNow(response: HttpResponse): number {
    const date = Date.parse(response.headers['date'] ?? '');
    return Number.isNaN(date) ? this.clock.now() : date;
  }
}

/** The rows of a page that was read before. @param body the body of a {@link Page} */
export function rowsOf(body: Buffer): readonly unknown[] {
  const json = parseJson(body.toString('utf8'));
  if (!isAuditLogsPage(json)) throw new TypeError('not the body of a page');
  return json.audit_logs;
}

/** One value goes without brackets, as Tines' own SDK sends it; the bracket form is documented for several. */
function addFilter(query: URLSearchParams, name: string, values: readonly string[]): void {
  for (const value of values) query.append(values.length === 1 ? name : `${name}[]`, value);
}

/** The one form of time that the API is known to take: whole seconds, UTC. */
const isoSeconds = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function isJsonObject(body: Buffer): boolean {
  const json = parseJson(body.toString('utf8'));
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
