import type { ByteWriter } from '../json/byte-writer';
import { COLON, COMMA, MINUS, POINT, QUOTE, ZERO } from '../json/json-scanner';

const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
/** `"2025-01-11T03:57:28Z"`, in bytes. */
const SHORTEST = 22;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY_MS = 86_400_000;
/** The first millisecond of the year 0, epoch ms. */
const FIRST_MS = -62_167_219_200_000;

/** The last second of the year 9999, epoch s. */
export const LAST_SECOND = 253_402_300_799;

/**
 * Epoch ms of the JSON string from `start` to `end`, where it is a time as Tines prints it, in whole seconds or with a
 * fraction, in UTC: `"2025-01-11T03:57:28Z"`; NaN for anything else. Such a time takes no string and no Date to read.
 * Digits beyond the milliseconds are cut off.
 */
export function millisecondsAt(bytes: Uint8Array, start: number, end: number): number {
  if (!hasMarks(bytes, start, end)) return Number.NaN;
  const year = two(bytes, start + 1) * 100 + two(bytes, start + 3);
  const month = two(bytes, start + 6);
  const day = two(bytes, start + 9);
  const hour = two(bytes, start + 12);
  const minute = two(bytes, start + 15);
  const second = two(bytes, start + 18);
  // Comparing with NaN is false, so the condition is what must hold.
  const isTime = hour <= 23 && minute <= 59 && second <= 59 && day >= 1 && day <= (DAYS[month - 1] ?? 0);
  if (!isTime || (month === 2 && day === 29 && !isLeapYear(year))) return Number.NaN;
  let ms = (((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
  let unit = 100;
  for (let at = start + 21; at < end - 2; at += 1) {
    ms += digit(bytes, at) * unit;
    unit = Math.floor(unit / 10);
  }
  return ms;
}

/** Whether a time that {@link millisecondsAt} reads has digits beyond the milliseconds. */
export const hasMoreDigits = (start: number, end: number): boolean => end - start > SHORTEST + 4;

function hasMarks(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  const mark = bytes[start + 20];
  return (
    bytes[start] === QUOTE &&
    bytes[start + 5] === MINUS &&
    bytes[start + 8] === MINUS &&
    bytes[start + 11] === LETTER_T &&
    bytes[start + 14] === COLON &&
    bytes[start + 17] === COLON &&
    bytes[end - 2] === LETTER_Z &&
    (length === SHORTEST || (length > SHORTEST + 1 && (mark === POINT || mark === COMMA)))
  );
}

/** NaN for what is no digit. */
function digit(bytes: Uint8Array, at: number): number {
  const value = (bytes[at] ?? 0) - ZERO;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

const two = (bytes: Uint8Array, at: number): number => digit(bytes, at) * 10 + digit(bytes, at + 1);

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days since 1970-01-01, with years that begin in March (https://howardhinnant.github.io/date_algorithms.html). */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leapDays + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719_469;
}

/** RFC 3339 with a fraction or an offset, also with its letters in lower case, and a blank in place of the T. */
const ANY_FORM = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?([Zz]|UTC|[+-]\d\d:?\d\d)$/;

/** Epoch ms of a time in any form that was seen; undefined for anything else, or outside of the years 0 to 9999. */
export function parseTimestamp(value: unknown): number | undefined {
  const parts = typeof value === 'string' ? ANY_FORM.exec(value) : null;
  const [, date = '', time = '', fraction = '', zone = ''] = parts ?? [];
  // Date.parse rolls the 30th of February over into March.
  if (formatTimestamp(Date.parse(date))?.startsWith(date) !== true) return undefined;
  const offset = zone === 'UTC' || zone === 'z' ? 'Z' : zone;
  const ms = Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
  return isInRange(ms) ? ms : undefined;
}

/** Whether a year of four digits holds the instant. @param ms epoch ms */
const isInRange = (ms: number): boolean => ms >= FIRST_MS && ms < (LAST_SECOND + 1) * 1000;

/** `2025-01-11T03:57:28.000Z` for epoch ms, which compares as text; undefined for what a four-digit year can't hold. */
export function formatTimestamp(ms: number): string | undefined {
  return isInRange(ms) ? new Date(ms).toISOString() : undefined;
}

/** `2025-01-11T03:57:28.000Z` for epoch s. @throws RangeError outside of the years 0 to 9999 */
export function formatSeconds(seconds: number): string {
  const text = formatTimestamp(seconds * 1000);
  if (text === undefined) throw new RangeError(`no timestamp: ${seconds}`);
  return text;
}

/** The day that was written last, since 1970, and its text: making the text of a Date takes longer than all the rest. */
let lastDay = Number.NaN;
let lastDate = '';

/** Writes the JSON string of an instant in the normalized form. @param ms epoch ms in the years 0 to 9999 */
export function writeTimestamp(out: ByteWriter, ms: number): void {
  const day = Math.floor(ms / DAY_MS);
  if (day !== lastDay) {
    lastDay = day;
    lastDate = new Date(day * DAY_MS).toISOString().slice(0, '2025-01-11T'.length);
  }
  const rest = ms - day * DAY_MS;
  out.byte(QUOTE);
  out.ascii(lastDate);
  out.twoDigits(Math.floor(rest / 3_600_000));
  out.byte(COLON);
  out.twoDigits(Math.floor(rest / 60_000) % 60);
  out.byte(COLON);
  out.twoDigits(Math.floor(rest / 1000) % 60);
  out.byte(POINT);
  out.byte(ZERO + Math.floor((rest % 1000) / 100));
  out.twoDigits(rest % 100);
  out.ascii('Z"');
}
