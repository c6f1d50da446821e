import { describe, expect, test } from '@jest/globals';
import { compileSchema, valueAt } from './validator';

const keywordsOf = async (schema: object, value: unknown, options = {}): Promise<readonly string[]> => {
  const validator = await compileSchema({ ...schema }, options);
  return validator(value) ? [] : (validator.errors ?? []).map(({ keyword }) => keyword);
};

describe('compileSchema', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'date-time',
      ['2025-01-31T00:00:00Z', '2024-02-29t10:20:30.123456z', '2026-11-26 13:01:44.604Z', '2025-01-31T23:59:60+01:00'],
      [
        '2025-01-31',
        '2025-02-29T00:00:00Z',
        '2025-13-01T00:00:00Z',
        '2025-00-10T00:00:00Z',
        '2025-01-00T00:00:00Z',
        '2025-01-31T24:00:00Z',
        '2025-01-31T00:60:00Z',
        '2025-01-31T00:00:61Z',
        '2025-01-31T00:00:00',
        '2025-01-31T00:00:00+25:00',
        '',
      ],
    ],
    ['date', ['2025-01-31', '2000-02-29'], ['1900-02-29', '2025-1-31', '2025-01-32', '']],
    ['uri', ['https://a.example', 'urn:x:y'], ['a.example', '']],
    ['of-another-kind', ['anything'], []],
  ])('checks the format %s', async (format, valid, invalid) => {
    for (const text of valid) expect([text, await keywordsOf({ format }, text)]).toEqual([text, []]);
    for (const text of invalid) expect([text, await keywordsOf({ format }, text)]).toEqual([text, ['format']]);
  });

  test('knows a key of every object as absent where the config does not have it itself', async () => {
    expect(await keywordsOf({ required: ['constructor'] }, {})).toEqual(['required']);
    expect(await keywordsOf({ properties: { constructor: { type: 'string' } } }, {})).toEqual([]);
  });

  test("takes Airbyte's own keywords, and refuses one of JSON Schema that has a value it can't have", async () => {
    expect(await keywordsOf({ type: 'string', airbyte_secret: true, order: 3, group: 'a' }, 'x')).toEqual([]);
    await expect(compileSchema({ minLength: 'long' })).rejects.toThrow('minLength');
  });

  test('names the first error alone, unless all are asked for', async () => {
    const schema = { properties: { a: { type: 'string' }, b: { minimum: 3 } } };
    expect(await keywordsOf(schema, { a: 1, b: 1 })).toEqual(['type']);
    expect(await keywordsOf(schema, { a: 1, b: 1 }, { allErrors: true })).toEqual(['type', 'minimum']);
  });
});

test.each<[string | readonly string[], unknown]>([
  ['', { a: { b: [1, { c: 2 }] }, 'd.e': 3 }],
  ['a.b.0', 1],
  ['a.b.1.c', 2],
  [['d.e'], 3],
  ['a.x.y', undefined],
  ['a.b.0.c', undefined],
  ['constructor', undefined],
])('the value at %j is what is there', (path, value) => {
  expect(valueAt({ a: { b: [1, { c: 2 }] }, 'd.e': 3 }, path)).toEqual(value);
});
