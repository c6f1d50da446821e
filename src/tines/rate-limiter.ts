import type { Clock } from '../clock';

/** A request under way. Call `answered` once, when its answer is here or it has failed. */
export interface Permit {
  answered(): void;
}

/** How long a request counts after its answer, in ms: then no server that counts by the minute still sees it. */
const MINUTE_MS = 60_000;
/** What a 429 leaves of the allowance, at most once a pause. */
const SHRINK = 0.75;
/** The longest wait after a 429 that doesn't say how long, in ms. */
const LONGEST_BACKOFF_MS = 60_000;
/** Waits shorter than this are not worth a message, in ms. */
const SILENT_WAIT_MS = 3_000;

/**
 * Lets at most `requestsPerMinute` requests be seen in any 60 seconds by whoever counts them: a request counts from
 * the moment it is sent until 60 seconds after its answer, because the server may have counted it at any moment in
 * between. Requests run freely until the allowance is used up, then wait. Shared by all workers.
 */
export class RateLimiter {
  private allowance: number;
  private outstanding = 0;
  /** When each answered request stops counting, epoch ms, ascending. */
  private expiries: number[] = [];
  private pausedUntil = 0;
  private pausedSince: number | undefined;
  private pausedBefore = 0;
  private refusals = 0;
  private grantedSinceRefusal = true;
  private announcedUntil = 0;
  private wakers: (() => void)[] = [];

  /**
   * @param random 0 to 1, for the back-off
   * @param onWait called when requests stand still for seconds, with the epoch ms at which they go on
   */
  constructor(
    private readonly requestsPerMinute: number,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly onWait: (until: number) => void,
  ) {
    this.allowance = requestsPerMinute;
  }

  /** Waits for leave to send one request. @throws the signal's reason when it is aborted while waiting */
  async acquire(signal: AbortSignal): Promise<Permit> {
    for (;;) {
      signal.throwIfAborted();
      const wait = this.waitMs();
      if (wait <= 0) break;
      await this.waitOrWake(wait, signal);
    }
    this.outstanding += 1;
    this.grantedSinceRefusal = true;
    return {
      answered: () => {
        this.outstanding -= 1;
        this.expiries.push(this.clock.now() + MINUTE_MS);
        this.wake();
      },
    };
  }

  /** After a 429: all requests wait for `retryAfterMs`, or for a growing back-off, and fewer are allowed from then on. */
  refused(retryAfterMs: number | undefined): void {
    const now = this.clock.now();
    if (now >= this.pausedUntil) this.endPause();
    if (this.grantedSinceRefusal) {
      // The others of the same burst are refused as well: that is one refusal, not ten.
      this.grantedSinceRefusal = false;
      this.allowance = Math.max(1, Math.floor(this.allowance * SHRINK));
      this.refusals += 1;
    }
    const longest = Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** this.refusals);
    const pause = retryAfterMs ?? longest / 2 + (this.random() * longest) / 2;
    this.pausedSince ??= now;
    this.pausedUntil = Math.max(this.pausedUntil, now + pause);
    this.wake();
  }

  /** After a success: the allowance comes back, one request at a time. */
  succeeded(): void {
    this.refusals = 0;
    if (this.allowance >= this.requestsPerMinute) return;
    this.allowance += 1;
    this.wake();
  }

  /** For how long 429s have paused everything so far, in ms. */
  pausedMs(): number {
    if (this.pausedSince === undefined) return this.pausedBefore;
    return this.pausedBefore + Math.min(this.clock.now(), this.pausedUntil) - this.pausedSince;
  }

  /** 0 when a request may be sent now; Infinity when only an answer can tell. */
  private waitMs(): number {
    const now = this.clock.now();
    if (now < this.pausedUntil) return this.pausedUntil - now;
    this.endPause();
    const expired = this.expiries.findIndex((expiry) => expiry > now);
    this.expiries = expired === -1 ? [] : expired === 0 ? this.expiries : this.expiries.slice(expired);
    const excess = this.outstanding + this.expiries.length - this.allowance;
    if (excess < 0) return 0;
    const expiry = this.expiries[excess];
    return expiry === undefined ? Number.POSITIVE_INFINITY : expiry - now;
  }

  private endPause(): void {
    this.pausedBefore = this.pausedMs();
    this.pausedSince = undefined;
  }

  private async waitOrWake(ms: number, signal: AbortSignal): Promise<void> {
    this.announce(ms);
    const woken = new AbortController();
    const wake = (): void => {
      woken.abort();
    };
    signal.addEventListener('abort', wake, { once: true });
    this.wakers.push(wake);
    try {
      await this.clock.sleep(ms, woken.signal);
    } catch (error) {
      if (!woken.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', wake);
      this.wakers = this.wakers.filter((waker) => waker !== wake);
    }
  }

  private announce(ms: number): void {
    const now = this.clock.now();
    if (ms < SILENT_WAIT_MS || ms === Number.POSITIVE_INFINITY || now + ms < this.announcedUntil + SILENT_WAIT_MS)
      return;
    this.announcedUntil = now + ms;
    this.onWait(now + ms);
  }

  /** Something changed: whoever waits looks again. */
  private wake(): void {
    for (const wake of this.wakers) wake();
  }
}
