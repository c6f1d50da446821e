import type { JsonObject } from '../../../cdk/src/protocol';
import type { PageMeta } from '../../../src/tines/page';

/** What a page says of itself, by way of objects. */
export function expectedMeta(meta: JsonObject): PageMeta {
  const { count, pages, next_page: nextPage, next_page_number: nextNumber, per_page: perPage } = meta;
  const named = [nextPage, nextNumber].filter((value) => value !== undefined && !isContainer(value));
  return {
    count: wholeNumber(count),
    pages: wholeNumber(pages),
    next:
      named.length === 0 ? undefined : named.some((value) => !['null', '', 0, false, null].some((no) => no === value)),
    perPage: wholeNumber(perPage),
  };
}

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null;

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
