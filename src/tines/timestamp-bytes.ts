const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
/** `"2025-01-11T03:57:28Z"`, in bytes. */
const SHORTEST = 22;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Epoch s of the JSON string at `start`, where it is a time as Tines prints it, in whole seconds or with a fraction,
 * in UTC: `"2025-01-11T03:57:28Z"`. Such a time takes no string and no Date to read.
 * @param end the offset behind the string's closing quote
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
  // Comparing with NaN is false: so it is asked what must hold.
  const isTime = hour <= 23 && minute <= 59 && second <= 59 && day >= 1 && day <= (DAYS[month - 1] ?? 0);
  if (!isTime || (month === 2 && day === 29 && !isLeapYear(year))) return Number.NaN;
  return ((daysFromCivil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

/** Epoch ms of such a time, see {@link secondsAt}: digits beyond the milliseconds are cut off. */
export function millisecondsAt(bytes: Uint8Array, start: number, end: number): number {
  const seconds = secondsAt(bytes, start, end);
  return end - start === SHORTEST || Number.isNaN(seconds)
    ? seconds * 1000
    : seconds * 1000 + fraction(bytes, start + 21, end - 2);
}

/** The first three digits of a fraction, in ms. */
function fraction(bytes: Uint8Array, at: number, end: number): number {
  const hundreds = 100 * digit(bytes, at);
  const tens = at + 1 < end ? 10 * digit(bytes, at + 1) : 0;
  return hundreds + tens + (at + 2 < end ? digit(bytes, at + 2) : 0);
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
  const value = (bytes[at] ?? 0) - 0x30;
  return value < 0 ? 0xff : value;
}

function two(bytes: Uint8Array, at: number): number {
  const tens = digit(bytes, at);
  const ones = digit(bytes, at + 1);
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/**
 * Days since 1970-01-01 in the Gregorian calendar.
 * Years begin in March there, so that the leap day is a year's last (https://howardhinnant.github.io/date_algorithms.html).
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
