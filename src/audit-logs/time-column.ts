import { textAt } from '../tines/page';
import { formatTimestamp, parseTimestamp } from '../tines/timestamp';
import { hasMoreDigits, millisecondsAt, secondsAt } from '../tines/timestamp-bytes';
import type { ByteWriter } from '../json/byte-writer';

const COMMA = 0x2c;
const COLON = 0x3a;
const POINT = 0x2e;
const QUOTE = 0x22;
const LETTER_Z = 0x5a;
const ZERO = 0x30;
/** Behind the opening quote and the whole seconds. */
const FRACTION = 20;
/** Of `2025-01-11T`. */
const DATE_LENGTH = 11;
const DAY_MS = 86_400_000;

const RFC_3339 = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/** Digits beyond the milliseconds, which the cursor's form doesn't hold. */
const LOST_DIGITS = /[.,]\d{4}/;

/** Whether a JSON value may stand in a column of times as it is: the column's type promises RFC 3339. */
export function isTimeColumn(body: Buffer, start: number, end: number): boolean {
  if (!Number.isNaN(secondsAt(body, start, end))) return body[start + FRACTION] !== COMMA;
  const text = textAt(body, start, end);
  return text !== undefined && RFC_3339.test(text) && parseTimestamp(text) !== undefined;
}

/** Whether a JSON value says just what the normalized timestamp of an instant (epoch ms) says. */
export function isTimeOf(ms: number, body: Buffer, start: number, end: number): boolean {
  const given = millisecondsAt(body, start, end);
  if (!Number.isNaN(given)) return given === ms && !hasMoreDigits(start, end);
  const text = textAt(body, start, end);
  return text !== undefined && parseTimestamp(text) === ms && !LOST_DIGITS.test(text);
}

/** Writer of normalized timestamps. It remembers the day: making the text of a Date takes longer than all the rest. */
export class TimestampWriter {
  #day = Number.NaN;
  #date = '';

  /** Adds the JSON string of an instant, epoch ms in the years 0 to 9999. */
  write(out: ByteWriter, ms: number): void {
    const day = Math.floor(ms / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = (formatTimestamp(day * DAY_MS) ?? '').slice(0, DATE_LENGTH);
    }
    const rest = ms - day * DAY_MS;
    out.byte(QUOTE);
    out.ascii(this.#date);
    writeTwo(out, Math.floor(rest / 3_600_000));
    out.byte(COLON);
    writeTwo(out, Math.floor(rest / 60_000) % 60);
    out.byte(COLON);
    writeTwo(out, Math.floor(rest / 1000) % 60);
    out.byte(POINT);
    out.byte(ZERO + Math.floor((rest % 1000) / 100));
    writeTwo(out, rest % 100);
    out.byte(LETTER_Z);
    out.byte(QUOTE);
  }
}

function writeTwo(out: ByteWriter, number: number): void {
  out.byte(ZERO + Math.floor(number / 10));
  out.byte(ZERO + (number % 10));
}
