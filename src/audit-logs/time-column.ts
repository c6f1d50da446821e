import { textAt } from '../tines/page';
import { normalizeTimestamp } from '../tines/timestamp';
import { hasMilliseconds, hasWholeSeconds, secondsAt } from '../tines/timestamp-bytes';

const COMMA = 0x2c;
/** Behind the opening quote and the whole seconds. */
const FRACTION = 20;
/** Of `2025-01-11T03:57:28`. */
const SECONDS_LENGTH = 19;

const RFC_3339 = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/** Digits beyond the milliseconds, which the cursor's form doesn't hold. */
const LOST_DIGITS = /[.,]\d{4}/;

/** Whether a JSON value may stand in a column of times as it is: the column's type promises RFC 3339. */
export function isTimeColumn(body: Buffer, start: number, end: number): boolean {
  if (!Number.isNaN(secondsAt(body, start, end))) return body[start + FRACTION] !== COMMA;
  const text = textAt(body, start, end);
  return text !== undefined && RFC_3339.test(text) && normalizeTimestamp(text) !== undefined;
}

/** Whether a JSON value says just what a normalized timestamp says. */
export function isPrintedAs(body: Buffer, start: number, end: number, timestamp: string): boolean {
  if (hasMilliseconds(body, start, end) && isAt(body, start + 1, timestamp, timestamp.length)) return true;
  if (hasWholeSeconds(start, end) && timestamp.endsWith('.000Z') && isAt(body, start + 1, timestamp, SECONDS_LENGTH)) {
    if (!Number.isNaN(secondsAt(body, start, end))) return true;
  }
  const text = textAt(body, start, end);
  return normalizeTimestamp(text) === timestamp && text !== undefined && !LOST_DIGITS.test(text);
}

function isAt(body: Buffer, at: number, text: string, length: number): boolean {
  for (let index = 0; index < length; index += 1) {
    if (body[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
