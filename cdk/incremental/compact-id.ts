/** Id of an entry: an integer of up to 15 digits as a number, which takes less memory; any other as its text. */
export type CompactId = number | string;

/** The largest integer that is kept as a number. */
export const LARGEST_COMPACT_INTEGER = 999_999_999_999_999;

/** Without leading zeros, so that the number is written as it was given. */
const INTEGER = /^(?:0|[1-9]\d{0,14})$/;
const DIGITS = /^\d+$/;

/** Whether a text is an integer that is kept as a number. */
export const isIntegerText = (text: string): boolean => INTEGER.test(text);

/** The compact form of an id's text. `String` makes the text of it again. */
export const compactId = (text: string): CompactId => (isIntegerText(text) ? Number(text) : text);

/** Order of ids for sorting: digits before other texts, digits by value, texts by code unit. 0 only for the same id. */
export function compareIds(a: CompactId, b: CompactId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareTexts(String(a), String(b));
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const aIsNumber = DIGITS.test(a);
  if (aIsNumber !== DIGITS.test(b)) return aIsNumber ? -1 : 1;
  if (aIsNumber && a.length !== b.length) {
    const difference = BigInt(a) - BigInt(b);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return a < b ? -1 : 1;
}
