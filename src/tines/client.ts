import { isAuditLogsPage } from '../generated/validators';
import type { Clock } from '../clock';
import { isJsonObject, type ConnectorError } from '@airbyte/cdk-typescript-compat';
import { errorForStatus, permissionMissingError, TransientError, wrongDomainError } from './errors';
import type { StoredBody } from './body-store';
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

/** What every answer says. */
interface Answer {
  /** The server's clock, epoch ms, cut to the second; this machine's where there is no Date header. */
  readonly serverNow: number;
}

/** An answer that was looked at only so far as to see that it begins and ends as a page does. */
export interface PageBody extends Answer {
  /** As it came, which takes a fraction of the memory of its rows. Free it once it is parsed. */
  readonly body: StoredBody;
}

/** What is on a page. */
export interface PageContents {
  /** As parsed, newest first in every capture; integers beyond 2^53 are strings. */
  readonly rows: readonly unknown[];
  /** How many rows the server counts on all pages; undefined where it doesn't say. */
  readonly count: number | undefined;
  /** How many rows the server says a page has at most. */
  readonly perPage: number | undefined;
}

/** One page, parsed. */
export interface Page extends Answer, PageContents {
  /** The body's size in bytes. */
  readonly bytes: number;
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
    return this.attempt(request, signal, divisible, ({ body, serverNow }) => {
      const page = parsePage(body.bytes);
      const bytes = body.bytes.length;
      body.free();
      if (page === undefined) throw new TransientError('the answer was cut off or is no page of audit logs');
      return { ...page, bytes, serverNow };
    });
  }

  /**
   * Gets one page, to be parsed later by {@link parsePage}. Parameters and errors as of {@link page}; most of
   * what is cut off is found here, the rest when it is parsed.
   */
  async pageBody(request: PageRequest, signal: AbortSignal, divisible = false): Promise<PageBody> {
    return this.attempt(request, signal, divisible, (answer) => {
      if (!looksLikePage(answer.body.bytes)) {
        throw new TransientError('the answer was cut off or is no page of audit logs');
      }
      return answer;
    });
  }

  private async attempt<T>(
    request: PageRequest,
    signal: AbortSignal,
    divisible: boolean,
    read: (answer: PageBody) => T,
  ): Promise<T> {
    const target = `${AUDIT_LOGS}?${this.query(request)}`;
    const attempt = async (): Promise<T> => {
      const response = await this.get(target, signal);
      return read({ body: response.body, serverNow: this.serverNow(response) });
    };
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
    throw response.status === 404 ? await this.explainNotFound(signal) : this.errorFor(response);
  }

  private errorFor(response: HttpResponse): ConnectorError | TransientError {
    return errorForStatus(response.status, this.domain, {
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
    if (info.status === 200 && isJsonObject(parseJson(info.body.bytes))) return permissionMissingError();
    return info.status === 200 ? wrongDomainError(this.domain) : this.errorFor(info);
  }

  private serverNow(response: HttpResponse): number {
    const date = Date.parse(response.headers['date'] ?? '');
    return Number.isNaN(date) ? this.clock.now() : date;
  }
}

/** Parses the body of a page. @returns undefined when it is none */
export function parsePage(body: Buffer): PageContents | undefined {
  const json = parseJson(body);
  if (!isAuditLogsPage(json)) return undefined;
  const { audit_logs: rows, meta } = json;
  return { rows, count: wholeNumber(meta?.count), perPage: wholeNumber(meta?.per_page) };
}

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const BLANK = 0x20;

/** Whether a body begins and ends as a JSON object does, blanks aside, and names the audit logs. */
function looksLikePage(body: Buffer): boolean {
  let first = 0;
  let last = body.length - 1;
  while (first < last && (body[first] ?? 0) <= BLANK) first += 1;
  while (last > first && (body[last] ?? 0) <= BLANK) last -= 1;
  return body[first] === OPENING_BRACE && body[last] === CLOSING_BRACE && body.includes('"audit_logs"');
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
