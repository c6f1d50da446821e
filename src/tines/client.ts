import { isJsonObject } from '@airbyte/cdk-typescript-compat';
import {
  AllowanceError,
  RateLimitedError,
  RefusedError,
  RequestTooLargeError,
  RetryableError,
  StatusError,
  type BufferPool,
  type HttpClient,
  type TimedResponse,
  type Until,
} from '@airbyte/cdk-typescript-compat/http';
import { numberText } from '../wording';
import { PageRefusedError, permissionMissingError, unexpectedJsonError } from './errors';
import { parsePage, type SlicedPage } from './page';
import { auditLogsPath, describeRequest, type AuditLogsFilters, type PageRequest } from './request';

/** The longest that a whole response may take, in ms. */
export const DEADLINE_MS = 30_000;
/** Several pages are buffered at once: fewer rows are asked for where they are larger. In bytes. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** One row can't be asked for in parts. What it takes to read it is several times as much memory. In bytes. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;
/** Nothing but who the key belongs to. In bytes. */
const MAX_INFO_BYTES = 64 * 1024;
/** Answers any valid key, whatever its permissions. */
const INFO = '/api/v1/info';
/** A page of so many times the rows that were asked for is no page: it would only fill the memory. */
const MOST_ROWS_FOR_ONE = 50;
/** The least that can be asked for: the first second of 2000, without entries, so that neither size nor content matters. */
const SMALLEST: PageRequest = { after: 946_684_800, before: 946_684_801, page: 1, perPage: 1 };

/** The audit logs of one tenant, through the rate limiter and the retries. Keeps no rows. */
export class TinesClient {
  readonly #http: HttpClient;
  readonly #filters: AuditLogsFilters;
  readonly #bodies: Pick<BufferPool, 'usedBytes' | 'allocate'>;

  /** @param bodies where those of responses are received */
  constructor(http: HttpClient, filters: AuditLogsFilters, bodies: Pick<BufferPool, 'usedBytes' | 'allocate'>) {
    this.#http = http;
    this.#filters = filters;
    this.#bodies = bodies;
  }

  /** The same connection without filters. */
  unfiltered(): TinesClient {
    return new TinesClient(this.#http, { userIds: [], operationNames: [] }, this.#bodies);
  }

  /** Requests sent so far, with retries, small ones and those to other addresses. */
  get requestsSent(): number {
    return this.#http.requestsSent;
  }

  /** How long a response takes, in ms: a moving average, without the waits before a request is sent. */
  get responseMs(): number {
    return this.#http.responseMs;
  }

  /** The server's clock, epoch ms, by the last Date header; this machine's before there is one. */
  serverNow(): number {
    return this.#http.serverNow();
  }

  /** What the bodies of responses take that are being received or were not released, in bytes. */
  get bufferedBytes(): number {
    return this.#bodies.usedBytes;
  }

  /** Gets one page. @throws TooLargeError, PageRefusedError after page 1, ConnectorError, the signal's reason */
  async page(request: PageRequest, signal: AbortSignal): Promise<SlicedPage> {
    const name = describeRequest(request);
    const attempt = (until: Until) => this.#attempt(request, until, signal);
    const attemptSmall = async (until: Until) => {
      (await this.#get(SMALLEST, until, signal)).release();
    };
    return this.#http.retry({ name, attempt, attemptSmall }, signal);
  }

  /** Whether a request, sent once, is answered with a page; 429s are waited out. @throws as {@link page} */
  async isAnswered(request: PageRequest, signal: AbortSignal): Promise<boolean> {
    const unanswered = new Error('no page came');
    const attempt = async (until: Until): Promise<void> => {
      try {
        (await this.#get(request, until, signal)).release();
      } catch (error) {
        throw isAboutOneRequest(error) ? unanswered : error;
      }
    };
    try {
      await this.#http.retry({ name: describeRequest(request), attempt }, signal);
      return true;
    } catch (error) {
      if (error === unanswered) return false;
      throw error;
    }
  }

  /** Sends a request once, and says of a refusal what it means, unless it comes from a proxy on the way. */
  async #attempt(request: PageRequest, until: Until, signal: AbortSignal): Promise<SlicedPage> {
    try {
      return await this.#get(request, until, signal);
    } catch (error) {
      if (!(error instanceof RefusedError && error.final instanceof StatusError)) throw error;
      const { status } = error.final;
      if (request.page > 1) throw new PageRefusedError(status);
      if (status === 404 && (await this.#worksElsewhere(until, signal))) {
        throw new RefusedError('Tines answered 404', permissionMissingError());
      }
      throw error;
    }
  }

  /** Sends a request once. */
  #get(request: PageRequest, until: Until, signal: AbortSignal): Promise<SlicedPage> {
    const path = auditLogsPath(request, this.#filters);
    const bytes = request.perPage > 1 ? MAX_PAGE_BYTES : MAX_ROW_BYTES;
    const rows = request.perPage * MOST_ROWS_FOR_ONE;
    const allocate = (length: number) => this.#bodies.allocate(length);
    const parse = ({ body }: TimedResponse): SlicedPage => {
      const page = parsePage(body, { rows, bytes, allocate });
      switch (page) {
        case 'not_a_page':
          throw unexpectedJsonError();
        case 'too_many_fields':
          throw tooLarge('an answer had too many fields');
        case 'too_large':
          throw tooLarge(`an answer was larger than ${numberText(bytes)} bytes in valid UTF-8`);
        case 'cut_off':
        case 'not_json':
          throw new RetryableError('the answer was cut off or is not JSON');
        default:
          return page;
      }
    };
    return this.#http.send({ path, maxBodyBytes: bytes, parse }, until, signal);
  }

  /** Whether key and domain are right: some accounts answer 404 to a key without permission. @throws as a request */
  #worksElsewhere(until: Until, signal: AbortSignal): Promise<boolean> {
    const parse = ({ body }: TimedResponse): boolean => {
      const isTines = isJsonObjectText(body.bytes);
      body.free();
      return isTines;
    };
    const sent = this.#http.send({ path: INFO, maxBodyBytes: MAX_INFO_BYTES, parse }, until, signal);
    return sent.catch((error: unknown) => {
      // More than Tines answers.
      if (error instanceof RequestTooLargeError) return false;
      throw error;
    });
  }
}

const tooLarge = (text: string): RequestTooLargeError => new RequestTooLargeError(new Error(text));

/** Whether a failure may go with another request, and is neither a 429 nor of the allowance. */
const isAboutOneRequest = (error: unknown): boolean =>
  (error instanceof RetryableError || error instanceof RequestTooLargeError) &&
  !(error instanceof RateLimitedError || error instanceof AllowanceError);

/** Whether a body is a JSON object, as all that Tines' API answers well. */
export function isJsonObjectText(body: Buffer): boolean {
  try {
    return isJsonObject(JSON.parse(body.toString()));
  } catch {
    return false;
  }
}
