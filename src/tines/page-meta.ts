import { decode, findMembers, jsonKey, MemberLookup } from '../json/json-members';
import type { JsonScanner } from '../json/json-scanner';

/** What a page says of itself and of the others. */
export interface PageMeta {
  /** Rows on all pages: a whole number, also where it is given as text. */
  readonly count: number | undefined;
  /** Number of pages, likewise. */
  readonly pages: number | undefined;
  /**
   * Whether there is a next page: false where `next_page` or `next_page_number` is there and names none (null, also as
   * the text "null", as one product's fixture has it); undefined where both are absent. One that names a page outweighs
   * one that doesn't.
   */
  readonly next: boolean | undefined;
  /** Rows that a page can have, likewise a whole number; in every captured response. */
  readonly perPage: number | undefined;
}

/** Of a page without a `meta`. */
export const NO_META: PageMeta = { count: undefined, pages: undefined, next: undefined, perPage: undefined };

const LOOKUP = new MemberLookup(['count', 'pages', 'next_page', 'next_page_number', 'per_page'].map(jsonKey));

/** Reads the object `meta`, valid JSON at that offset. */
export function pageMeta(scanner: JsonScanner, at: number): PageMeta {
  findMembers(scanner, at, LOOKUP);
  const [count, pages, nextPage, nextNumber, perPage] = Array.from(LOOKUP.found, (value) => scalarAt(scanner, value));
  const named = [nextPage, nextNumber].map(namesPage);
  const next = named.includes(true) ? true : named.includes(false) ? false : undefined;
  return { count: wholeNumber(count), pages: wholeNumber(pages), next, perPage: wholeNumber(perPage) };
}

/** Undefined where there is none, or where it is an array or an object. */
function scalarAt(scanner: JsonScanner, at: number): unknown {
  if (at === -1) return undefined;
  const value = scanner.bytes[at];
  return value === 0x7b || value === 0x5b ? undefined : decode(scanner.bytes, at, scanner.valueEnd(at));
}

function namesPage(value: unknown): boolean | undefined {
  if (value === undefined) return undefined;
  return value !== null && value !== false && value !== 0 && value !== '' && value !== 'null';
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
