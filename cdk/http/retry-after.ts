import { parseHttpDate } from './http-date';

/** Seconds of any number of digits stay a number that JSON can hold. In ms. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER;

/**
 * Reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date.
 * @param serverNow epoch ms by the server's clock, which a date refers to
 * @returns ms to wait, never negative or infinite; undefined when absent or malformed, which never stops a retry
 */
export function parseRetryAfter(header: string | undefined, serverNow: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST_MS, Math.ceil(Number(text) * 1000));
  const date = parseHttpDate(text);
  return date === undefined ? undefined : Math.max(0, date - serverNow);
}
