import { parse as parseLossless } from 'lossless-json';

/** So many digits in a row may be an integer beyond 2^53, which JSON.parse would round. Quick to look for. */
const LONG_DIGITS = /\d{16}/;
/** The same outside of a text, or in one that looks as if: no matter. */
const LONG_INTEGER = /[:,[]\s*-?\d{16}/;

/**
 * Parses a body. Integers beyond 2^53 become strings, digit for digit; everything else is as JSON.parse makes it.
 * @returns undefined when it isn't JSON (null is JSON, and null)
 */
export function parseJson(text: string): unknown {
  try {
    return LONG_DIGITS.test(text) && LONG_INTEGER.test(text) ? parseLongIntegers(text) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

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
