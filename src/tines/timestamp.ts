/** `2025-01-11T03:57:28Z`, the form of every captured `created_at`, on a day that every month has. */
const WHOLE_SECONDS = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
/** RFC 3339 with a fraction or an offset, its letters in lower case too, and the blank that some servers put for the T. */
const ANY_FORM = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?([Zz]|UTC|[+-]\d\d:?\d\d)$/;

/** The previous answer: ties are common, and pages are in order. */
let lastText = '';
let lastTimestamp: string | undefined;

/**
 * Brings a time into the one form that compares as text: UTC, with exactly three digits of milliseconds. More digits
 * are cut off.
 * @returns undefined for what is no time, or has no zone
 */
export function normalizeTimestamp(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value === lastText) return lastTimestamp;
  lastTimestamp = parse(value);
  lastText = value;
  return lastTimestamp;
}

function parse(text: string): string | undefined {
  if (WHOLE_SECONDS.test(text)) return `${text.slice(0, 19)}.000Z`;
  const [, date, time, fraction = '', zone] = ANY_FORM.exec(text) ?? [];
  if (date === undefined || time === undefined || zone === undefined || !isDate(date)) return undefined;
  const offset = zone === 'UTC' || zone === 'z' ? 'Z' : zone;
  return formatTimestamp(Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`));
}

/** Date.parse rolls the 30th of February over into March. */
const isDate = (date: string): boolean => formatTimestamp(Date.parse(date))?.startsWith(date) === true;

/** `2025-01-11T03:57:28.000Z` for epoch ms; undefined for what a four-digit year can't hold. */
export function formatTimestamp(ms: number): string | undefined {
  if (Number.isNaN(ms) || ms < -62_167_219_200_000 || ms > 253_402_300_799_999) return undefined;
  return new Date(ms).toISOString();
}

/** The last second of the year 9999, epoch s. */
export const LAST_SECOND = 253_402_300_799;

/** `2025-01-11T03:57:28.000Z` for epoch s. @throws RangeError outside of the years 0 to 9999 */
export function formatSeconds(seconds: number): string {
  const text = formatTimestamp(seconds * 1000);
  if (text === undefined) throw new RangeError(`no timestamp: ${seconds}`);
  return text;
}

/** Epoch s of a normalized timestamp, rounded down. */
export const secondsOf = (timestamp: string): number => Math.floor(Date.parse(timestamp) / 1000);
