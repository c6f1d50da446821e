import { createHash } from 'node:crypto';
import { isJsonObject } from '@airbyte/cdk-typescript-compat';
import { isNumberAt } from './json-members';
import { QUOTE, JsonScanner } from './json-scanner';

/** Digits that a number with a fraction or an exponent holds exactly. */
const EXACT_DIGITS = 15;

/**
 * Hash of a row's content, 32 hexadecimal digits, which stands for an id where the API gave none. The same row has the
 * same hash in every sync, whatever the order of its keys, its white space and its depth. @param json valid JSON
 */
export function contentHash(json: Buffer): string {
  const row: unknown = JSON.parse(withLongNumbersAsStrings(json));
  const hash = createHash('sha256');
  const pieces: unknown[] = [isJsonObject(row) ? row : { entry: row }];
  while (pieces.length > 0) {
    const piece = pieces.pop();
    if (Array.isArray(piece)) {
      hash.update(`[${piece.length}`);
      for (const item of piece) pieces.push(item);
    } else if (isJsonObject(piece)) {
      const keys = Object.keys(piece).sort();
      hash.update(`{${JSON.stringify(keys)}`);
      for (const key of keys) pieces.push(piece[key]);
    } else {
      hash.update(`${typeof piece}${typeof piece === 'string' ? JSON.stringify(piece) : String(piece)};`);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** JSON.parse would round them: two rows that differ in their last digits only would be one. */
function withLongNumbersAsStrings(json: Buffer): string {
  const scanner = new JsonScanner(json);
  let text = '';
  let copied = 0;
  let end: number;
  for (let at = 0; at < json.length; at = end) {
    const isNumber = isNumberAt(json, at);
    end = isNumber || json[at] === QUOTE ? scanner.valueEnd(at) : at + 1;
    if (!isNumber || isExact(json.toString('latin1', at, end))) continue;
    text += `${json.toString('utf8', copied, at)}"${json.toString('latin1', at, end)}"`;
    copied = end;
  }
  return text + json.toString('utf8', copied);
}

/** Whether JavaScript's number has all the digits. */
function isExact(number: string): boolean {
  if (/^-?\d+$/.test(number)) return Number.isSafeInteger(Number(number));
  return Number.isFinite(Number(number)) && number.replace(/[eE].*$/, '').replace(/\D/g, '').length <= EXACT_DIGITS;
}
