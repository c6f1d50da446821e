import { isAscii } from 'node:buffer';
import { parse as parseLossless } from 'lossless-json';

/** An integer of so many digits may be beyond 2^53, where JSON.parse would round it. */
const LONG_DIGITS = 16;
/** The same outside of a text, or in one that looks as if: no matter. */
const LONG_INTEGER = /[:,[]\s*-?\d{16}/;

/**
 * Parses a body (UTF-8). Integers beyond 2^53 become strings, digit for digit; everything else is as JSON.parse makes it.
 * @returns undefined when it isn't JSON (null is JSON, and null)
 */
export function parseJson(body: Buffer): unknown {
  // The same text for ASCII, and several times faster.
  const text = body.toString(isAscii(body) ? 'latin1' : 'utf8');
  try {
    return hasLongDigits(body) && LONG_INTEGER.test(text) ? parseLongIntegers(text) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every sixteenth byte is looked at: so many digits in a row can't hide in between. An expression looks at each. */
function hasLongDigits(body: Buffer): boolean {
  for (let index = LONG_DIGITS - 1; index < body.length; index += LONG_DIGITS) {
    if (!isDigit(body[index])) continue;
    let first = index;
    let last = index;
    while (isDigit(body[first - 1])) first -= 1;
    while (isDigit(body[last + 1])) last += 1;
    if (last - first + 1 >= LONG_DIGITS) return true;
  }
  return false;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function parseLongIntegers(text: string): unknown {
  try {
    return parseLossless(text, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    // lossless-json recurses: nested too deeply for it, a rounded number beats a page that never arrives.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

function parseNumber(text: string): number | string {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? text : number;
}
