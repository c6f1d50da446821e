/** `2025-01-11T03:57:28Z`, the form of every captured `created_at`. */
const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
/** RFC 3339 with a fraction or an offset, and the blank that some servers put for the T. */
const ANY_FORM = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?(Z|UTC|[+-]\d\d:?\d\d)$/;

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
  if (WHOLE_SECONDS.test(text)) {
    const fast = `${text.slice(0, 19)}.000Z`;
    // Days that don't exist roll over in Date.parse: then only the slow way tells.
    if (Number(text.slice(8, 10)) <= 28) return Number.isNaN(Date.parse(text)) ? undefined : fast;
    return formatTimestamp(Date.parse(text)) === fast ? fast : undefined;
  }
  const [, date, time, fraction = '', zone] = ANY_FORM.exec(text) ?? [];
  if (date === undefined || time === undefined || zone === undefined) return undefined;
  const offset = zone === 'UTC' ? 'Z' : zone;
  return formatTimestamp(Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`));
}

/** `2025-01-11T03:57:28.000Z` for epoch ms; undefined for what a four-digit year can't hold. */
export function formatTimestamp(ms: number): string | undefined {
  if (Number.isNaN(ms) || ms < -62_167_219_200_000 || ms > 253_402_300_799_999) return undefined;
  return new Date(ms).toISOString();
}

/** `2025-01-11T03:57:28.000Z` for epoch s. @throws RangeError outside of the years 0 to 9999 */
export function formatSeconds(seconds: number): string {
  const text = formatTimestamp(seconds * 1000);
  if (text === undefined) throw new RangeError(`no timestamp: ${seconds}`);
  return text;
}

/** Epoch s of a normalized timestamp, rounded down. */
export const secondsOf = (timestamp: string): number => Math.floor(Date.parse(timestamp) / 1000);
