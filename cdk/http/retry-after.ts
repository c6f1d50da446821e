/** All three forms of an HTTP date begin so. */
const DAY_NAME = /^(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b/;

/** A longer wait can't be told: it would be said to be Infinity. In ms. */
const LONGEST_WAIT_MS = Number.MAX_SAFE_INTEGER;

/**
 * Reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date.
 * @param serverNow epoch ms by the server's clock, which a date refers to
 * @returns ms to wait, never negative; undefined when absent or malformed, which never stops a retry
 */
export function parseRetryAfter(header: string | undefined, serverNow: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST_WAIT_MS, Math.ceil(Number(text) * 1000));
  // Date.parse takes "After 5" for a date, and a date without a zone for one of this machine's.
  if (!DAY_NAME.test(text)) return undefined;
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - serverNow);
}
