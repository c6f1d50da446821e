/**
 * Reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date.
 * @param serverNow epoch ms by the server's clock, which a date refers to
 * @returns ms to wait, never negative; undefined when absent or malformed, which never stops a retry
 */
export function parseRetryAfter(header: string | undefined, serverNow: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Date.parse takes "-5" and "12 parsecs" for dates: all three forms of an HTTP date begin with the day's name.
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - serverNow);
}
