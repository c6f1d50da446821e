import { parse as parseLossless } from 'lossless-json';

/** An integer this long may be beyond 2^53, where JSON.parse would round it. It may also be in a text: no matter. */
const LONG_INTEGER = /[:,[]\s*-?\d{16}/;

/**
 * Parses a body. Integers beyond 2^53 become strings, digit for digit; everything else is as JSON.parse makes it.
 * @returns undefined when it isn't JSON (null is JSON, and null)
 */
export function parseJson(text: string): unknown {
  try {
    return LONG_INTEGER.test(text) ? parseLongIntegers(text) : JSON.parse(text);
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
