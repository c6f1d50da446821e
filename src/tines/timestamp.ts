import type { ByteWriter } from '../json/byte-writer';

const QUOTE = 0x22;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const LETTER_Z = 0x5a;
const DAY_MS = 86_400_000;
/** Of `2025-01-11T`. */
const DATE_LENGTH = 11;

/** RFC 3339 with a fraction or an offset, its letters in lower case too, and the blank that some servers put for the T. */
const ANY_FORM = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?([Zz]|UTC|[+-]\d\d:?\d\d)$/;

/** The previous answer: ties are common, and pages are in order. */
let lastText = '';
let lastMs: number | undefined;

/**
 * Epoch ms of a time in any of the forms that were seen. Digits beyond the milliseconds are cut off.
 * @returns undefined for what is no time, has no zone, or lies outside of the years 0 to 9999
 */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (value !== lastText) [lastText, lastMs] = [value, parse(value)];
  return lastMs;
}

function parse(text: string): number | undefined {
  const [, date, time, fraction = '', zone] = ANY_FORM.exec(text) ?? [];
  if (date === undefined || time === undefined || zone === undefined || !isDate(date)) return undefined;
  const offset = zone === 'UTC' || zone === 'z' ? 'Z' : zone;
  const ms = Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
  return isInRange(ms) ? ms : undefined;
}

/** Date.parse rolls the 30th of February over into March. */
const isDate = (date: string): boolean => formatTimestamp(Date.parse(date))?.startsWith(date) === true;

/** Whether a year of four digits holds the instant. @param ms epoch ms */
const isInRange = (ms: number): boolean => ms >= -62_167_219_200_000 && ms <= 253_402_300_799_999;

/**
 * The normalized form of epoch ms: `2025-01-11T03:57:28.000Z`, UTC with exactly three digits of milliseconds, which
 * compares as text.
 * @returns undefined for what a four-digit year can't hold
 */
export function formatTimestamp(ms: number): string | undefined {
  return isInRange(ms) ? new Date(ms).toISOString() : undefined;
}

/** The last second of the year 9999, epoch s. */
export const LAST_SECOND = 253_402_300_799;

/** `2025-01-11T03:57:28.000Z` for epoch s. @throws RangeError outside of the years 0 to 9999 */
export function formatSeconds(seconds: number): string {
  const text = formatTimestamp(seconds * 1000);
  if (text === undefined) throw new RangeError(`no timestamp: ${seconds}`);
  return text;
}

/** Writes instants in the normalized form, see {@link formatTimestamp}. */
export class TimestampWriter {
  /** The day of the last one, since 1970, and its text: making the text of a Date takes longer than all the rest. */
  #day = Number.NaN;
  #date = '';

  /** Adds the JSON string of an instant. @param ms epoch ms in the years 0 to 9999 */
  write(out: ByteWriter, ms: number): void {
    const day = Math.floor(ms / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = (formatTimestamp(day * DAY_MS) ?? '').slice(0, DATE_LENGTH);
    }
    const rest = ms - day * DAY_MS;
    out.byte(QUOTE);
    out.ascii(this.#date);
    out.twoDigits(Math.floor(rest / 3_600_000));
    out.byte(COLON);
    out.twoDigits(Math.floor(rest / 60_000) % 60);
    out.byte(COLON);
    out.twoDigits(Math.floor(rest / 1000) % 60);
    out.byte(POINT);
    out.byte(ZERO + Math.floor((rest % 1000) / 100));
    out.twoDigits(rest % 100);
    out.byte(LETTER_Z);
    out.byte(QUOTE);
  }
}
