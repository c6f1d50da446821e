/** All three forms of an HTTP date begin so. */
const DAY_NAME = /^(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b/;
/** The last instant that a year of four digits holds, epoch ms: no form has more. */
const LAST_MS = 253_402_300_799_999;

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
