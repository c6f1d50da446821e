import { findMembers, isNumberAt, isObjectAt } from '../json/json-members';
import type { JsonScanner } from '../json/json-scanner';
import type { ResourceRule } from './resource';

/**
 * Finder of a resource's id and name in an operation's inputs, which captured entries nest once more: the inner ones
 * count first. It is used again for each entry.
 */
export class ResourceFinder {
  /** Offsets of what the last search found: of a string that isn't empty, or of a number for the id; -1 for nothing. */
  id = -1;
  name = -1;

  /** @param inputs offset of the inputs, valid JSON of any shape; -1 where there are none */
  find(scanner: JsonScanner, rule: ResourceRule, inputs: number): void {
    const { bytes } = scanner;
    this.id = -1;
    this.name = -1;
    const { lookup, nested } = rule;
    if (lookup === undefined || !isObjectAt(bytes, inputs)) return;
    findMembers(scanner, inputs, lookup);
    const innerId = nested.found[rule.id] ?? -1;
    const innerName = nested.found[rule.name] ?? -1;
    this.id = isIdAt(bytes, innerId) ? innerId : (lookup.found[rule.id] ?? -1);
    this.name = isTextAt(bytes, innerName) ? innerName : (lookup.found[rule.name] ?? -1);
    if (!isIdAt(bytes, this.id)) this.id = -1;
    if (!isTextAt(bytes, this.name)) this.name = -1;
  }
}

const QUOTE = 0x22;

/** Whether a value that begins at `at` is a string that isn't empty. */
const isTextAt = (bytes: Uint8Array, at: number): boolean => at >= 0 && bytes[at] === QUOTE && bytes[at + 1] !== QUOTE;

const isIdAt = (bytes: Uint8Array, at: number): boolean => at >= 0 && (isNumberAt(bytes, at) || isTextAt(bytes, at));
