import type { Clock } from '../src/clock';
import { AllowanceError } from './errors';
import { backoffMs } from './retry-limits';

/** A request under way. Exactly one of these is called, once, when its response is here or it has failed. */
export interface Permit {
  succeeded(): void;
  /** It failed, or was answered with anything else than a success or a 429. */
  failed(): void;
  /** A 429 that asks for so long a wait, in ms, if it says. @returns for how long all requests pause now, in ms */
  rateLimited(retryAfterMs: number | undefined): number;
}

/** Why requests stand still: `requestsPerMinute` is used up, or a 429 paused them. */
export type WaitReason = 'allowance' | 'paused';

/** What a limiter needs. */
export interface RateLimiterOptions {
  readonly requestsPerMinute: number;
  readonly clock: Clock;
  /** 0 to 1, for the back-off. */
  readonly random: () => number;
  /** A request that would have to wait longer for the allowance is not sent, in ms; Infinity unless given. */
  readonly maxWaitMs?: number | undefined;
  /** Called when requests stand still for seconds, with the epoch ms at which they go on. */
  readonly onWait: (until: number, reason: WaitReason) => void;
}

/** How long a request counts after its response, in ms: then no server that counts by the minute still sees it. */
const MINUTE_MS = 60_000;
/** Refusals in a row that may be chance where the server says how long to wait, as when it refuses every twentieth. */
const CHANCE_REFUSALS = 2;
/** The factor by which repeated 429s shrink the allowance. */
const SHRINK = 0.75;
/** Waits shorter than this are not worth a message, in ms. */
const SILENT_WAIT_MS = 3_000;

/**
 * A sliding-window rate limiter: at most `requestsPerMinute` requests are seen in any 60 seconds, wherever they are counted.
 * A request counts from the moment it is sent until 60 seconds after its response, because the server may have counted it
 * at any moment in between. Requests run freely until the allowance is used up, then wait in line. Shared by all workers.
 *
 * After a 429 all requests pause for as long as the server says. Only where it does not say, or refuses twice more before
 * anything sent after the pause was answered well, does the pause grow and the allowance shrink; successes restore the
 * allowance within a minute. So 429s that come at random cost their own wait, and no more.
 */
export class RateLimiter {
  readonly #requestsPerMinute: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #maxWaitMs: number;
  readonly #onWait: RateLimiterOptions['onWait'];
  #allowance: number;
  /** By how much each success restores a shrunk allowance. */
  #restoring = 0;
  #outstanding = 0;
  /** The requests that still count, ascending by `expiresAt`, epoch ms. */
  #counted: { readonly expiresAt: number; readonly well: boolean }[] = [];
  /** How many pauses there were: a permit from before the last one belongs to what that pause answers. */
  #pauses = 0;
  /** Pauses in a row without a success. `proven`: successes in the minute before, which the server allows at least. */
  #refusals: { readonly count: number; readonly proven: number } | undefined;
  #pausedUntil = 0;
  #pausedSince: number | undefined;
  #pausedBefore = 0;
  #announcedUntil = 0;
  /** Who waits, in the order of their coming. */
  #line: symbol[] = [];
  /** Each ends one sleep before its time. */
  readonly #wakers = new Set<() => void>();

  /** @throws RangeError where not one request may ever be sent */
  constructor(options: RateLimiterOptions) {
    if (!(options.requestsPerMinute >= 1)) throw new RangeError('requestsPerMinute is less than 1');
    this.#requestsPerMinute = options.requestsPerMinute;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#maxWaitMs = options.maxWaitMs ?? Number.POSITIVE_INFINITY;
    this.#onWait = options.onWait;
    this.#allowance = options.requestsPerMinute;
  }

  /** Waits until one request may be sent. @throws AllowanceError; the signal's reason when it is aborted while waiting */
  async acquire(signal: AbortSignal): Promise<Permit> {
    const pauses = await this.#turn(signal);
    return {
      succeeded: () => {
        if (pauses === this.#pauses) this.#refusals = undefined;
        this.#allowance = Math.min(this.#requestsPerMinute, this.#allowance + this.#restoring);
        this.#settle(true);
      },
      failed: () => {
        this.#settle(false);
      },
      rateLimited: (retryAfterMs) => {
        this.#pause(pauses, retryAfterMs);
        this.#settle(false);
        return Math.max(0, this.#pausedUntil - this.#clock.now());
      },
    };
  }

  /** For how long 429s have paused everything so far, in ms. */
  pausedMs(): number {
    if (this.#pausedSince === undefined) return this.#pausedBefore;
    return this.#pausedBefore + Math.min(this.#clock.now(), this.#pausedUntil) - this.#pausedSince;
  }

  /**
   * Waits in line until a request may be sent. First come, first served: else a request that is answered 429 each time
   * could be the first again after each pause, and none of the others would ever be sent.
   * @returns how many pauses there were until then
   */
  async #turn(signal: AbortSignal): Promise<number> {
    const place = Symbol('place');
    this.#line.push(place);
    try {
      for (;;) {
        signal.throwIfAborted();
        const wait = this.#line[0] === place ? this.#waitMs() : Number.POSITIVE_INFINITY;
        if (wait <= 0) {
          // Before the next in line looks.
          this.#outstanding += 1;
          return this.#pauses;
        }
        if (wait !== Number.POSITIVE_INFINITY) this.#announce(wait);
        await this.#sleep(wait, signal);
      }
    } finally {
      this.#line = this.#line.filter((other) => other !== place);
      this.#wake();
    }
  }

  #settle(well: boolean): void {
    this.#outstanding -= 1;
    this.#counted.push({ expiresAt: this.#clock.now() + MINUTE_MS, well });
    this.#wake();
  }

  #pause(pausesWhenSent: number, retryAfterMs: number | undefined): void {
    const now = this.#clock.now();
    if (now >= this.#pausedUntil) {
      this.#pausedBefore = this.pausedMs();
      this.#pausedSince = undefined;
    }
    let ms = retryAfterMs ?? 0;
    // Those sent before the last pause are part of the burst that it answers: one refusal, not ten.
    if (pausesWhenSent === this.#pauses) {
      this.#pauses += 1;
      this.#refusals = {
        count: (this.#refusals?.count ?? 0) + 1,
        proven: this.#refusals?.proven ?? this.#counted.filter(({ expiresAt, well }) => well && expiresAt > now).length,
      };
      if (retryAfterMs === undefined || this.#refusals.count > CHANCE_REFUSALS) {
        this.#shrink(this.#refusals.proven);
        ms = Math.max(ms, backoffMs(this.#refusals.count, this.#random()));
      }
    }
    this.#pausedSince ??= now;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + ms);
  }

  #shrink(proven: number): void {
    this.#allowance = Math.min(this.#allowance, Math.max(1, proven, this.#allowance * SHRINK));
    // As many successes as are allowed in a minute bring it back.
    this.#restoring = (this.#requestsPerMinute - this.#allowance) / Math.floor(this.#allowance);
  }

  /** In ms: 0 when a request may be sent now; Infinity when only a response can tell. */
  #waitMs(): number {
    const now = this.#clock.now();
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    // Refused again and again: one request at a time finds out whether that is over.
    if ((this.#refusals?.count ?? 0) > CHANCE_REFUSALS && this.#outstanding > 0) return Number.POSITIVE_INFINITY;
    const valid = this.#counted.findIndex(({ expiresAt }) => expiresAt > now);
    if (valid !== 0) this.#counted = valid === -1 ? [] : this.#counted.slice(valid);
    const excess = this.#outstanding + this.#counted.length - Math.floor(this.#allowance);
    if (excess < 0) return 0;
    const next = this.#counted[excess];
    return next === undefined ? Number.POSITIVE_INFINITY : next.expiresAt - now;
  }

  /** @throws AllowanceError; not for a pause, which is judged by the error that came of the 429 */
  #announce(ms: number): void {
    const now = this.#clock.now();
    const isPaused = now < this.#pausedUntil;
    if (ms > this.#maxWaitMs && !isPaused) throw new AllowanceError(this.#requestsPerMinute);
    const until = now + ms;
    if (ms < SILENT_WAIT_MS || until < this.#announcedUntil + SILENT_WAIT_MS) return;
    this.#announcedUntil = until;
    this.#onWait(until, isPaused ? 'paused' : 'allowance');
  }

  /** Sleeps for `ms`, or until it is woken or the signal is aborted: neither is an error here. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => {
      woken.abort();
    };
    signal.addEventListener('abort', wake, { once: true });
    this.#wakers.add(wake);
    try {
      await this.#clock.sleep(ms, woken.signal);
    } catch (error) {
      if (!woken.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', wake);
      this.#wakers.delete(wake);
    }
  }

  /** Those who wait look again. */
  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
