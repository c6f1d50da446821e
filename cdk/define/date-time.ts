const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|[+-]([01]\d|2[0-3]):?([0-5]\d))$/i;

/** Whether a text is a day that exists, such as `2025-01-31` (RFC 3339, `full-date`). */
export function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = DATE.exec(text) ?? [];
  // The 0th day of the next month is the last of this one.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return month >= '01' && month <= '12' && day >= '01' && Number(day) <= lastDay;
}

/**
 * Whether a text is a time that exists, with a time zone, such as `2025-01-31T00:00:00Z` (RFC 3339, `date-time`, which
 * allows a blank in place of the T and a leap second).
 */
export function isDateTime(text: string): boolean {
  const [, date = '', hour = '', minute = '', second = ''] = DATE_TIME.exec(text) ?? [];
  if (!isDate(date) || hour > '23' || minute > '59') return false;
  return second <= '59' || (second === '60' && minute === '59');
}
