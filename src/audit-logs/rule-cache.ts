import type { JsonScanner } from '../json/json-scanner';
import { textAt } from '../tines/page';
import { NO_RULE, resourceRule, type ResourceRule } from './resource';

/** Places of {@link RuleCache}: several times as many as there are operations. */
const PLACES = 1024;
/** A shorter name has not the bytes that its place is made of. */
const SHORTEST_NAME = 4;

/**
 * Cache of the rules of operations as they stand in answers: no string is made of a name that was met before. Each name
 * has one place, which it takes from any other.
 */
export class RuleCache {
  readonly #names: (Buffer | undefined)[] = Array.from({ length: PLACES });
  readonly #rules: ResourceRule[] = Array.from({ length: PLACES }, () => NO_RULE);

  /** @param start of a JSON string, its quotes included */
  find(scanner: JsonScanner, start: number, end: number): ResourceRule {
    const { bytes, view } = scanner;
    if (end - start < SHORTEST_NAME + 2) return resourceRule(textAt(bytes, start, end) ?? '');
    const ends = view.getInt32(start + 1, true) ^ view.getInt32(end - 5, true);
    const middle = view.getInt32((start + end - 4) >> 1, true);
    const place = Math.imul(ends ^ Math.imul(middle, 31) ^ (end - start), 0x9e3779b1) >>> 22;
    const name = this.#names[place];
    if (name !== undefined && isSame(name, bytes, start, end)) return this.#rules[place] ?? NO_RULE;
    const rule = resourceRule(textAt(bytes, start, end) ?? '');
    this.#names[place] = Buffer.from(bytes.subarray(start, end));
    this.#rules[place] = rule;
    return rule;
  }
}

function isSame(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 1; index < name.length; index += 1) {
    if (name[index] !== bytes[start + index]) return false;
  }
  return true;
}
