import { createHash } from 'node:crypto';
import { isJsonObject } from '@airbyte/cdk-typescript-compat';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Digits that a number with a fraction or an exponent holds exactly. */
const EXACT_DIGITS = 15;

/**
 * Hash of a row's content, which stands for an id where the API gave none. The same row has the same hash in every
 * sync, whatever the order of its keys, its white space and its depth; numbers that JavaScript can't hold count as they are written.
 * @param json the row, valid JSON in UTF-8
 * @returns 32 hexadecimal digits
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
  let text = '';
  let copied = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = closingQuote(json, at);
    else if (isNumberByte(byte)) {
      const end = numberEnd(json, at);
      const number = json.toString('latin1', at, end);
      if (!isExact(number)) {
        text += `${json.toString('utf8', copied, at)}"${number}"`;
        copied = end;
      }
      at = end - 1;
    }
  }
  return text + json.toString('utf8', copied);
}

/** Whether JavaScript's number has all the digits. */
function isExact(number: string): boolean {
  if (/^-?\d+$/.test(number)) return Number.isSafeInteger(Number(number));
  return Number.isFinite(Number(number)) && number.replace(/[eE].*$/, '').replace(/\D/g, '').length <= EXACT_DIGITS;
}

function closingQuote(json: Buffer, at: number): number {
  at += 1;
  while (json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

const isNumberByte = (byte: number): boolean => byte === 0x2d || (byte >= 0x30 && byte <= 0x39);

/** Digits, sign, point and exponent. */
function numberEnd(json: Buffer, at: number): number {
  let byte = json[at] ?? 0;
  while (isNumberByte(byte) || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65) {
    at += 1;
    byte = json[at] ?? 0;
  }
  return at;
}
