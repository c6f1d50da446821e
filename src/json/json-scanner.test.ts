import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MAX_LEVELS } from '@airbyte/cdk-typescript-compat';
import fc from 'fast-check';
import { JsonScanner, MAX_EXPONENT, MAX_KEY_BYTES, MAX_NUMBER_LENGTH } from './json-scanner';

/** Where the value that is the whole text ends, or `~offset` of the fault. */
function scan(bytes: Buffer): number {
  const scanner = new JsonScanner(bytes);
  const end = scanner.valueEnd(scanner.blankEnd(0));
  if (end < 0) return end;
  const rest = scanner.blankEnd(end);
  return rest === bytes.length ? rest : ~rest;
}

const isTaken = (bytes: Buffer): boolean => scan(bytes) >= 0;

function isParsed(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Texts for which the scanner and `JSON.parse` differ. */
const disputed = (texts: readonly Buffer[]): string[] =>
  texts.filter((bytes) => isTaken(bytes) !== isParsed(bytes)).map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('what is JSON', () => {
  test.each([
    'null',
    ' true\t',
    '\r\nfalse\n',
    '0',
    '-0',
    '10',
    '-1.50e+10',
    '2E-3',
    '1e400',
    '"\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\ud800"',
    '"\u007f\u0085\u2028"',
    '[]',
    '[ ]',
    '{ }',
    '[1 , 2]',
    '{"a" : [ { } , [ ] ] , "a":null}',
    `"${'x'.repeat(33)}"`,
  ])('%j is taken', (text) => {
    expect(scan(Buffer.from(text))).toBe(Buffer.byteLength(text));
  });

  test('a text of any length is taken, wherever the quote stands', () => {
    const texts = Array.from({ length: 40 }, (_, length) => Buffer.from(`["${'é'.repeat(length)}x","",1]`));
    expect(texts.every(isTaken)).toBe(true);
  });
});

describe('what is not', () => {
  test.each([
    ['01', 1],
    ['-', 1],
    ['1.', 2],
    ['.5', 0],
    ['+1', 0],
    ['1e', 2],
    ['1e+', 3],
    ['[1,]', 3],
    ['[,1]', 1],
    ['[1 2]', 3],
    ['[1}', 2],
    ['{"a":1]', 6],
    ['{"a" 1}', 5],
    ['{"a":}', 5],
    ['{a:1}', 1],
    ['{"a":1,}', 7],
    ['"\t"', 1],
    ['"\\x"', 2],
    ['"\\u12g4"', 5],
    ['nul1', 3],
    ['undefined', 0],
    ["'a'", 0],
    ['1 2', 2],
    ['\u00a01', 0],
    ['<html>', 0],
  ])('%j is refused at its first wrong byte', (text, offset) => {
    expect(scan(Buffer.from(text))).toBe(~offset);
  });

  test.each(['', ' ', '{', '{"a', '{"a":', '{"a":1', '{"a":1,', '[', '["\\', '["\\u12', '[tru', '[-', '[1.', '[1e+'])(
    '%j is refused at its end: it was cut off',
    (text) => {
      expect(scan(Buffer.from(text))).toBe(~text.length);
    },
  );
});

describe('nesting', () => {
  test.each([1, 31, 32, 33, 64, 65, 1000, 100_000])('of %d levels is taken', (levels) => {
    const opening = Array.from({ length: levels }, (_, level) => (level % 3 === 0 ? '{"a":' : '['));
    const closing = opening.map((each) => (each === '[' ? ']' : '}')).reverse();
    const bytes = Buffer.from(`${opening.join('')}1${closing.join('')}`);
    expect(scan(bytes)).toBe(bytes.length);
  });

  test.each([1, 31, 32, 33, 64, 65, 100_000])('of %d levels with a wrong end is refused there', (levels) => {
    const text = `${'['.repeat(levels)}1${']'.repeat(levels - 1)}}`;
    expect(scan(Buffer.from(text))).toBe(~(text.length - 1));
  });
});

describe('what common readers take is told from what they may refuse:', () => {
  const isPortable = (json: string): boolean => {
    const bytes = Buffer.from(json);
    const scanner = new JsonScanner(bytes);
    expect(scanner.valueEnd(0)).toBe(bytes.length);
    return scanner.isPortable;
  };
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  test.each([
    ['a number of 300 characters', `-${'9'.repeat(MAX_NUMBER_LENGTH - 1)}`],
    ['a fraction of 300 characters', `1.${'9'.repeat(MAX_NUMBER_LENGTH - 2)}`],
    ['an exponent of 600', `1E+${MAX_EXPONENT}`],
    ['an exponent of -600', `1e-${MAX_EXPONENT}`],
    ['a key of 10,000 characters', `{"${'k'.repeat(MAX_KEY_BYTES)}":1}`],
    ['a text of 100,000', `"${'x'.repeat(100_000)}"`],
    ['189 levels', nested(MAX_LEVELS - 1)],
    ['189 levels after as many', `[${nested(MAX_LEVELS - 2)},${nested(MAX_LEVELS - 2)}]`],
    ['a surrogate pair', String.raw`"\ud83d\ude80"`],
    ['surrogate pairs one after the other', String.raw`"\uD83D\uDE80\udbff\udfff"`],
    ['what looks like a surrogate', String.raw`"\\ud83d \ud7ff \ue000"`],
  ])('they take %s', (_, json) => {
    expect(isPortable(json)).toBe(true);
  });

  test.each([
    ['a number of 301 characters', `-${'9'.repeat(MAX_NUMBER_LENGTH)}`],
    ['a fraction of 301 characters', `1.${'9'.repeat(MAX_NUMBER_LENGTH - 1)}`],
    ['an exponent of 601', `1E+${MAX_EXPONENT + 1}`],
    ['an exponent of -601', `1e-${MAX_EXPONENT + 1}`],
    ['an exponent of eleven digits', '1e99999999999'],
    ['an exponent of a thousand digits', `1e${'9'.repeat(1000)}`],
    ['a key of 10,001 characters', `{"${'k'.repeat(MAX_KEY_BYTES + 1)}":1}`],
    ['190 levels, for in additional_fields they are 191', nested(MAX_LEVELS)],
    ['the first half of a surrogate pair', String.raw`"\ud83d"`],
    ['the second half of a surrogate pair', String.raw`"\ude80"`],
    ['half a surrogate pair before a whole one', String.raw`"\ud83d\ud83d\ude80"`],
    ['halves in the wrong order', String.raw`"\ude80\ud83d"`],
    ['the halves of a pair with a letter between them', String.raw`"\ud83dx\ude80"`],
    ['half a pair after a backslash and what looks like the other half', String.raw`"\\ud83d\ude80"`],
    ['half a pair in a key', String.raw`{"\udbff":1}`],
  ])('they may refuse %s', (_, json) => {
    expect(isPortable(json)).toBe(false);
    expect(isPortable(`[1,{"a":${json}},2]`)).toBe(false);
  });
});

describe('JSON.parse agrees', () => {
  const small = fc.oneof(
    fc.json({ maxDepth: 3, stringUnit: 'binary' }),
    fc.constantFrom(
      '{"a":[1,-2.5e+3,true,null],"\\u0061":"\\"é\u2028"}',
      ' [ { } , "\\\\\\/" , 0.1E1 ]\n',
      '{"id":12345678901234567890,"x":"\u{1F680}"}',
    ),
  );

  test('on any document', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), fc.nat(4), (json, indent) => {
        const spaced = JSON.stringify(JSON.parse(json), null, indent);
        expect(disputed([Buffer.from(json), Buffer.from(spaced)])).toEqual([]);
        expect(isTaken(Buffer.from(spaced))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('on every cut of a document', () => {
    fc.assert(
      fc.property(small, (json) => {
        const bytes = Buffer.from(json);
        const cuts = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
        expect(disputed(cuts)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('on every byte put for every other in a document', () => {
    fc.assert(
      fc.property(small, (json) => {
        const bytes = Buffer.from(json.slice(0, 60));
        expect(disputed(mutations(bytes))).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  test('on random bytes, and on random pieces of JSON', () => {
    const piece = fc.constantFrom(
      ...Array.from('{}[]:,"\\ -+.0123eEtfn\n\tux/b'),
      'true',
      'null',
      '"a":',
      '\\u00',
      'é',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc.array(piece, { maxLength: 14 }).map((pieces) => Buffer.from(pieces.join(''))),
    );
    fc.assert(
      fc.property(bytes, (text) => {
        expect(disputed([text, Buffer.concat([Buffer.from('"'), text, Buffer.from('"')])])).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });

  test('on invalid UTF-8, which counts as replaced', () => {
    const odd = ['c3', 'e280', 'f09f98', 'c080', 'eda080', 'f4908080', 'ff', 'fe80', '80', 'e2', 'c2', 'efbbbf'];
    const texts = odd.flatMap((hex) => {
      const bytes = Buffer.from(hex, 'hex');
      return ['"', '["x', '"\\'].flatMap((before) =>
        ['"', '"]', 'x"', '\\""', ''].map((after) => Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])),
      );
    });
    expect(disputed(texts)).toEqual([]);
  });
});

function mutations(bytes: Buffer): Buffer[] {
  return Array.from(bytes).flatMap((given, index) =>
    Array.from({ length: 256 }, (_, byte) => {
      const copy = Buffer.from(bytes);
      copy[index] = given ^ byte;
      return copy;
    }),
  );
}

/** See its README. */
const SUITE = join(__dirname, '../../testing/json-test-suite');

describe('the public JSONTestSuite', () => {
  const files = readdirSync(SUITE).filter((name) => name.endsWith('.json'));
  const bytesOf = (name: string): Buffer => readFileSync(join(SUITE, name));
  const filesOf = (kind: string): string[] => files.filter((name) => name.startsWith(`${kind}_`));

  test('is there', () => {
    expect(['y', 'n', 'i'].map((kind) => filesOf(kind).length)).toEqual([95, 188, 35]);
  });

  test('what it says must be accepted is accepted', () => {
    expect(filesOf('y').filter((name) => !isTaken(bytesOf(name)))).toEqual([]);
  });

  test('what it says must be refused is refused', () => {
    expect(filesOf('n').filter((name) => isTaken(bytesOf(name)))).toEqual([]);
  });

  test('what it leaves open is accepted where JSON.parse does', () => {
    expect(filesOf('i').filter((name) => isTaken(bytesOf(name)) !== isParsed(bytesOf(name)))).toEqual([]);
  });
});
