import type { ByteWriter } from '../json/byte-writer';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
/** `"2025-01-11T03:57:28Z"`, in bytes. */
const SHORTEST = 22;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY_MS = 86_400_000;
/** Of `2025-01-11T`. */
const DATE_LENGTH = 11;
/** The first millisecond of the year 0, epoch ms. */
const FIRST_MS = -62_167_219_200_000;

/** The last second of the year 9999, epoch s. */
export const LAST_SECOND = 253_402_300_799;

/**
 * Epoch s of the JSON string at `start`, where it is a time as Tines prints it, in whole seconds or with a fraction,
 * in UTC: `"2025-01-11T03:57:28Z"`. Such a time takes no string and no Date to read.
 * @param end the offset after the string's closing quote
 * @returns NaN for anything else, times of other forms included
 */
export function secondsAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < SHORTEST || !hasMarks(bytes, start, end)) return Number.NaN;
  const at = start + 1;
  const year = two(bytes, at) * 100 + two(bytes, at + 2);
  const month = two(bytes, at + 5);
  const day = two(bytes, at + 8);
  const hour = two(bytes, at + 11);
  const minute = two(bytes, at + 14);
  const second = two(bytes, at + 17);
  // Comparing with NaN is false, so the condition is what must hold.
  const isTime = hour <= 23 && minute <= 59 && second <= 59 && day >= 1 && day <= (DAYS[month - 1] ?? 0);
  if (!isTime || (month === 2 && day === 29 && !isLeapYear(year))) return Number.NaN;
  return ((daysFromCivil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

/** Epoch ms of such a time, see {@link secondsAt}: digits beyond the milliseconds are cut off. */
export function millisecondsAt(bytes: Uint8Array, start: number, end: number): number {
  const ms = 1000 * secondsAt(bytes, start, end);
  if (end - start === SHORTEST || Number.isNaN(ms)) return ms;
  const fraction = start + 21;
  const hundreds = 100 * digit(bytes, fraction);
  const tens = fraction + 1 < end - 2 ? 10 * digit(bytes, fraction + 1) : 0;
  return ms + hundreds + tens + (fraction + 2 < end - 2 ? digit(bytes, fraction + 2) : 0);
}

/** Whether a time that {@link millisecondsAt} reads has digits beyond the milliseconds. */
export const hasMoreDigits = (start: number, end: number): boolean => end - start > SHORTEST + 4;

function hasMarks(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    bytes[start] === QUOTE &&
    bytes[start + 5] === MINUS &&
    bytes[start + 8] === MINUS &&
    bytes[start + 11] === LETTER_T &&
    bytes[start + 14] === COLON &&
    bytes[start + 17] === COLON &&
    bytes[end - 2] === LETTER_Z &&
    (end - start === SHORTEST || isFraction(bytes, start + 20, end - 2))
  );
}

function isFraction(bytes: Uint8Array, start: number, end: number): boolean {
  if ((bytes[start] !== POINT && bytes[start] !== COMMA) || end - start < 2) return false;
  for (let at = start + 1; at < end; at += 1) {
    if (digit(bytes, at) > 9) return false;
  }
  return true;
}

/** 0 to 9; more for what is no digit. */
function digit(bytes: Uint8Array, at: number): number {
  const value = (bytes[at] ?? 0) - ZERO;
  return value < 0 ? 0xff : value;
}

function two(bytes: Uint8Array, at: number): number {
  const tens = digit(bytes, at);
  const ones = digit(bytes, at + 1);
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/**
 * Days since 1970-01-01 in the Gregorian calendar. Years begin in March there, so that the leap day is a year's last
 * (https://howardhinnant.github.io/date_algorithms.html).
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * RFC 3339 with a fraction or an offset, its letters in lower case too, and the blank that some servers put for the T.
 */
const ANY_FORM = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?([Zz]|UTC|[+-]\d\d:?\d\d)$/;

/** The text that was parsed last, and its time: ties are common, and pages are in order. */
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
const isInRange = (ms: number): boolean => ms >= FIRST_MS && ms < (LAST_SECOND + 1) * 1000;

/**
 * The normalized form of epoch ms: `2025-01-11T03:57:28.000Z`, UTC with exactly three digits of milliseconds, which
 * compares as text.
 * @returns undefined for what a four-digit year can't hold
 */
export function formatTimestamp(ms: number): string | undefined {
  return isInRange(ms) ? new Date(ms).toISOString() : undefined;
}

/** `2025-01-11T03:57:28.000Z` for epoch s. @throws RangeError outside of the years 0 to 9999 */
export function formatSeconds(seconds: number): string {
  const text = formatTimestamp(seconds * 1000);
  if (text === undefined) throw new RangeError(`no timestamp: ${seconds}`);
  return text;
}

/** Writes instants in the normalized form, see {@link formatTimestamp}. */
export class TimestampWriter {
  /** The last instant's day, since 1970, and its text: making the text of a Date takes longer than all the rest. */
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
