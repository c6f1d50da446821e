import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from './json';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

describe('integers beyond 2^53', () => {
  test.each(['9007199254740992', '9007199254740993', '12345678901234567890', '-9007199254740993', '1'.repeat(400)])(
    '%s becomes a text, digit for digit',
    (digits) => {
      expect(parse(`{"id":${digits}}`)).toEqual({ id: digits });
    },
  );

  test('are found at any depth, in lists, and behind blanks', () => {
    expect(parse('{"a":[1, 12345678901234567,\n\t12345678901234568],"b":{"c": -12345678901234567}}')).toEqual({
      a: [1, '12345678901234567', '12345678901234568'],
      b: { c: '-12345678901234567' },
    });
  });

  test('are found wherever they stand in the body', () => {
    for (let blanks = 0; blanks < 40; blanks += 1) {
      const text = `{"a":"${'x'.repeat(blanks)}","id":9007199254740993,"b":"ü"}`;
      expect(parse(text)).toMatchObject({ id: '9007199254740993' });
    }
  });

  test('leave the largest safe integers numbers', () => {
    expect(parse('[9007199254740991,-9007199254740991]')).toEqual([9_007_199_254_740_991, -9_007_199_254_740_991]);
  });

  test('leave floats of many digits as JSON.parse makes them', () => {
    const text = '[1234567890123456.75,12345678901234567890.5,1234567890123456789e-3,-1234567890123456e2]';
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test('leave texts of digits alone', () => {
    expect(parse('{"a":"12345678901234567890","b":": 12345678901234567890"}')).toEqual({
      a: '12345678901234567890',
      b: ': 12345678901234567890',
    });
  });
});

/** Makes the careful parser read a text. */
const beside = (json: string): string => `{"long":12345678901234567890,"value":${json}}`;

/** Large floats without an exponent look like integers in JSON. */
const isLong = (value: unknown): boolean =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(String(value));

describe('beside a long integer everything else is as JSON.parse makes it', () => {
  test('any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const json = JSON.stringify(value);
        const expected = JSON.parse(json, (_, each: unknown) => (isLong(each) ? String(each) : each)) as unknown;
        expect(parse(beside(json))).toEqual({ long: '12345678901234567890', value: expected });
      }),
      { numRuns: 300 },
    );
  });

  test('of the same key twice the last one counts', () => {
    expect(parse(beside('{"a":1,"b":2,"a":3}'))).toMatchObject({ value: { a: 3, b: 2 } });
  });

  test('__proto__ is a key like any other', () => {
    const { value } = parse(beside('{"__proto__":{"id":1}}')) as { value: object };
    expect(Object.entries(value)).toEqual([['__proto__', { id: 1 }]]);
    expect('id' in value).toBe(false);
  });

  test.each([String.raw`"\u2028\ud83d\ude00\ud800"`, '1e400', '-0', '" "', String.raw`"\/\b\f\n\r\t\"\\"`])(
    '%s',
    (json) => {
      expect(parse(beside(json))).toMatchObject({ value: JSON.parse(json) as unknown });
    },
  );
});

describe('deep nesting', () => {
  const nested = (inner: string): string => `${'['.repeat(50_000)}${inner}${']'.repeat(50_000)}`;

  test('is read as far as JSON.parse reads it', () => {
    expect(Array.isArray(parse(nested('1')))).toBe(true);
  });

  test('beside a long integer costs its last digits, not the page', () => {
    const page = parse(`{"audit_logs":[{"id":12345678901234567890,"inputs":${nested('1')}}]}`) as {
      audit_logs: { id: unknown }[];
    };
    expect(Number(page.audit_logs[0]?.id)).toBe(12_345_678_901_234_567_890);
  });
});

describe('what is not JSON', () => {
  test.each([
    '',
    ' ',
    '<html></html>',
    '{"audit_logs":[{"id":1',
    '{"id":12345678901234567',
    '[1,]',
    '{"id":12345678901234567,}',
    '01',
    'undefined',
    '{"a":1}{"b":2}',
  ])('%j is undefined', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test('null is JSON', () => {
    expect(parse('null')).toBeNull();
  });
});
