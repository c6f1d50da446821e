/** All three forms of an HTTP date begin so. */
const DAY_NAME = /^(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b/;
/** The last instant that a year of four digits holds, epoch ms: no form has more. */
export const LAST_MS = 253_402_300_799_999;
/** Seconds of any number of digits stay a number that JSON can hold. In ms. */
const LONGEST_WAIT_MS = Number.MAX_SAFE_INTEGER;

/**
 * Reads an HTTP date (RFC 9110, 5.6.7), as in the headers Date and Retry-After.
 * @returns epoch ms, never negative; undefined when absent or malformed
 */
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
