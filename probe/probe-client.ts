import type { Clock } from '@airbyte/cdk-typescript-compat';
import {
  GivenUpError,
  LimitedHttp,
  RateLimitedError,
  RefusedError,
  RetryableError,
  TimeoutError,
  type Http,
  type RateLimiter,
  type TimedResponse,
} from '@airbyte/cdk-typescript-compat/http';
import { DEADLINE_MS } from '../src/tines/client';

/** One response without its body, and when it came. */
export interface Exchange {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Such as `1.1`. */
  readonly httpVersion: string | undefined;
  /** By this machine's clock, epoch ms. */
  readonly sentAt: number;
  /** When the whole response was there, by this machine's clock, epoch ms. */
  readonly receivedAt: number;
  /** Size of the body in bytes, after decompression. */
  readonly bytes: number;
}

/** What a {@link ProbeClient} needs. */
export interface ProbeClientOptions {
  readonly http: Http;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  /** Aborted when the probe is to end. */
  readonly signal: AbortSignal;
}

/** How many requests that fail are sent again, in all. */
export const MOST_REPEATS = 20;
/** How often one request is sent at most. */
const MOST_ATTEMPTS = 3;
/** How long is waited before a failed request is sent again, in ms; after a 429, as long as the server says. */
const REPEAT_AFTER_MS = 1_000;
/** Somebody waits for the end: a longer pause after a 429 is not waited for. In ms. */
const LONGEST_PAUSE_MS = 120_000;
/** What the connector asks for in one page is no larger, either. In bytes. */
const MOST_BYTES = 8 * 1024 * 1024;

/** More requests were to be made than had been announced: a fault of the question. */
export class TooManyRequestsError extends Error {
  constructor() {
    super('a question asked for more than it had told');
    this.name = 'TooManyRequestsError';
  }
}

/** Raw responses of one server, through the rate limiter, of a number that is limited beforehand. */
export class ProbeClient {
  /** All responses so far, in the order in which they came. */
  readonly exchanges: Exchange[] = [];
  readonly #limited: LimitedHttp;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #sent = 0;
  #left = 0;
  #repeatsLeft = MOST_REPEATS;

  constructor(options: ProbeClientOptions) {
    const { limiter, clock, signal } = options;
    this.#clock = clock;
    this.#signal = signal;
    const http = observed(options.http, clock, {
      sent: () => (this.#sent += 1),
      received: (exchange) => this.exchanges.push(exchange),
    });
    this.#limited = new LimitedHttp({ service: 'Tines', http, limiter, clock });
  }

  /** Requests sent so far, with those that were sent again. */
  get requestsSent(): number {
    return this.#sent;
  }

  /** Requests that were sent again so far. */
  get repeats(): number {
    return MOST_REPEATS - this.#repeatsLeft;
  }

  /** Sets how many requests may be made from now on, those aside that are sent again. */
  allow(requests: number): void {
    this.#left = requests;
  }

  /**
   * Sends a request; again where it fails in a way that passes, but not where no response came in time: it would be as slow
   * again.
   * @returns the response, of any status but 429; its body is the caller's to free
   * @throws TooManyRequestsError, GivenUpError, RetryableError, an HttpFact, the signal's reason
   */
  async get(target: string): Promise<TimedResponse> {
    if (this.#left === 0) throw new TooManyRequestsError();
    this.#left -= 1;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#limited.send({ target }, () => LIMITS, this.#signal);
        if (response.status < 500 || !this.#mayRepeat(attempt)) return response;
        response.body.free();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!passes(error) || !this.#mayRepeat(attempt)) throw error;
      }
      this.#repeatsLeft -= 1;
      await this.#clock.sleep(REPEAT_AFTER_MS, this.#signal);
    }
  }

  #mayRepeat(attempt: number): boolean {
    return attempt < MOST_ATTEMPTS && this.#repeatsLeft > 0;
  }
}

const LIMITS = { deadlineMs: DEADLINE_MS, maxBodyBytes: MOST_BYTES };

/** @throws GivenUpError */
function passes(error: unknown): boolean {
  if (error instanceof RateLimitedError && error.pauseMs > LONGEST_PAUSE_MS) {
    throw new GivenUpError('wait_too_long', error.pauseMs, error);
  }
  return error instanceof RetryableError && !(error instanceof TimeoutError) && !(error instanceof RefusedError);
}

/** Sends requests as before, and reports each that was sent and each response, whatever its status. */
function observed(
  http: Http,
  clock: Clock,
  watch: { readonly sent: () => void; readonly received: (exchange: Exchange) => void },
): Http {
  return async (request, signal, limits) => {
    const sentAt = clock.now();
    watch.sent();
    const response = await http(request, signal, limits);
    const { status, headers, httpVersion, body } = response;
    watch.received({ status, headers, httpVersion, sentAt, receivedAt: clock.now(), bytes: body.bytes.length });
    return response;
  };
}
