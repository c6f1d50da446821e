/** When to stop trying, for a command that nobody watches: a fault of minutes is no reason to end it. All in ms. */
export interface OutageLimits {
  readonly kind: 'outage';
  /** How long everything may fail without one success in between; pauses after a 429 don't count. */
  readonly maxOutageMs: number;
  /** How long nothing but 429s may come, and how long one request may fail while others succeed. */
  readonly maxStallMs: number;
  /** A Retry-After beyond this is not waited for. */
  readonly maxRetryAfterMs: number;
}

/** For a command that somebody waits for. Each attempt has half of the time that is left, so that there is another. */
export interface DeadlineLimits {
  readonly kind: 'deadline';
  /** How long all requests together may take, pauses included, in ms. */
  readonly totalMs: number;
}

/** When to stop trying. */
export type RetryLimits = OutageLimits | DeadlineLimits;

/** For a sync. */
export const SYNC_RETRY_LIMITS: OutageLimits = {
  kind: 'outage',
  maxOutageMs: 10 * 60_000,
  maxStallMs: 60 * 60_000,
  maxRetryAfterMs: 15 * 60_000,
};

/** For a connection check. */
export const CHECK_RETRY_LIMITS: DeadlineLimits = { kind: 'deadline', totalMs: 15_000 };

/** The ceiling of the first back-off, which doubles with each failure, and that of the last one, in ms. */
const BASE_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

/** Exponential back-off with full jitter, from 0 ms to a ceiling. @param failures in a row, from 1 @param random 0 to 1 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(MAX_BACKOFF_MS, BASE_BACKOFF_MS * 2 ** (failures - 1));
}

/** All three forms of an HTTP date begin so. */
const DAY_NAME = /^(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b/;
/** The last instant that a year of four digits holds, epoch ms: no form has more. */
export const LAST_MS = 253_402_300_799_999;
/** Seconds of any number of digits stay a number that JSON can hold. In ms. */
const LONGEST_WAIT_MS = Number.MAX_SAFE_INTEGER;

/** Reads an HTTP date (RFC 9110, 5.6.7). @returns epoch ms, never negative; undefined when absent or malformed */
export function parseHttpDate(header: string | undefined): number | undefined {
  const text = header?.trim() ?? '';
  // Date.parse takes "After 5" for a date, and a date without a zone for one of this machine's.
  if (!DAY_NAME.test(text)) return undefined;
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return ms >= 0 && ms <= LAST_MS ? ms : undefined;
}

/**
 * Reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date.
 * @param serverNow epoch ms by the server's clock, which a date refers to
 * @returns ms to wait, never negative or infinite; undefined when absent or malformed, which never stops a retry
 */
export function parseRetryAfter(header: string | undefined, serverNow: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST_WAIT_MS, Math.ceil(Number(text) * 1000));
  const date = parseHttpDate(text);
  return date === undefined ? undefined : Math.max(0, date - serverNow);
}
