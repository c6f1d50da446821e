import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import type { JsonObject } from '../src/protocol';
import { schemaViolation } from './schema-violation';

const keywordOf = (schema: JsonObject, value: unknown): string | undefined => schemaViolation(schema, value)?.keyword;

describe('schemaViolation', () => {
  test.each<[string, JsonObject, readonly unknown[], readonly unknown[]]>([
    ['type', { type: 'integer' }, [1, -3, 2.0], [1.5, '1', null, true]],
    ['type', { type: ['null', 'string'] }, [null, ''], [1, {}, []]],
    ['type', { type: 'object' }, [{}], [[], null, 'x']],
    ['type', { type: 'boolean' }, [true, false], ['true', 0]],
    ['const', { const: { a: [1] } }, [{ a: [1] }], [{ a: [2] }]],
    ['enum', { enum: ['a', 2] }, ['a', 2], ['b', '2']],
    ['minLength', { minLength: 2 }, ['ab', '\u{1F418}\u{1F418}', 7], ['a', '\u{1F418}']],
    ['maxLength', { maxLength: 1 }, ['a', '\u{1F418}'], ['ab']],
    ['pattern', { pattern: '^a+$' }, ['aa', 7], ['ab']],
    ['minimum', { minimum: 1 }, [1, 'x'], [0.9]],
    ['maximum', { maximum: 1 }, [1], [1.1]],
    ['exclusiveMinimum', { exclusiveMinimum: 1 }, [1.1], [1]],
    ['exclusiveMaximum', { exclusiveMaximum: 1 }, [0.9], [1]],
    ['multipleOf', { multipleOf: 5 }, [10], [11]],
    ['minItems', { minItems: 1 }, [[1]], [[]]],
    ['maxItems', { maxItems: 1 }, [[1]], [[1, 2]]],
    ['uniqueItems', { uniqueItems: true }, [[1, 2]], [[{ a: 1 }, { a: 1 }]]],
    ['additionalProperties', { properties: { a: {} }, additionalProperties: false }, [{ a: 1 }], [{ b: 1 }]],
    ['oneOf', { oneOf: [{ type: 'string' }, { type: 'null' }] }, ['a', null], [7]],
    ['anyOf', { anyOf: [{ type: 'string' }, { minimum: 3 }] }, ['a', 4], [2]],
  ])('checks %s', (keyword, schema, valid, invalid) => {
    for (const value of valid) expect([value, keywordOf(schema, value)]).toEqual([value, undefined]);
    for (const value of invalid) expect([value, keywordOf(schema, value)]).toEqual([value, keyword]);
  });

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
  ])('checks the format %s', (format, valid, invalid) => {
    for (const text of valid) expect([text, keywordOf({ format }, text)]).toEqual([text, undefined]);
    for (const text of invalid) expect([text, keywordOf({ format }, text)]).toEqual([text, 'format']);
  });

  test('says where the violation is', () => {
    const item = { type: 'object', required: ['id'], properties: { id: { type: 'string', title: 'Id' } } };
    const schema = { properties: { list: { type: 'array', items: item } }, additionalProperties: { type: 'integer' } };
    expect(schemaViolation(schema, { list: [{ id: 'a' }, {}] })).toEqual({
      path: ['list', 1, 'id'],
      keyword: 'required',
      schema: { type: 'string', title: 'Id' },
    });
    expect(schemaViolation(schema, { other: 'x' })?.path).toEqual(['other']);
  });

  test('takes null for absent, unless the schema allows it', () => {
    const schema = {
      required: ['a'],
      properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: ['null', 'string'] } },
    };
    expect(keywordOf(schema, { a: 'x', b: null, c: null })).toBeUndefined();
    expect(keywordOf(schema, { a: null })).toBe('required');
    expect(
      keywordOf({ required: ['c'], properties: { c: { type: ['null', 'string'] } } }, { c: null }),
    ).toBeUndefined();
  });

  test('finds the violation in the option that the constants choose', () => {
    const option = (kind: string, key: string): JsonObject => ({
      required: ['kind', key],
      properties: { kind: { const: kind }, [key]: { type: 'string' } },
    });
    const schema = { oneOf: [option('a', 'x'), option('b', 'y')] };
    expect(schemaViolation(schema, { kind: 'b', y: 7 })?.path).toEqual(['y']);
    expect(keywordOf(schema, { kind: 'c' })).toBe('oneOf');
    expect(keywordOf(schema, 'text')).toBe('oneOf');
  });

  test.each(['$ref', 'allOf', 'not', 'if', 'patternProperties', 'dependencies'])(
    'refuses a schema with %s',
    (keyword) => {
      expect(() => schemaViolation({ properties: { a: { [keyword]: {} } } }, { a: 1 })).toThrow(
        `"a" uses "${keyword}"`,
      );
    },
  );

  test('refuses a schema that lists its items', () => {
    expect(() => schemaViolation({ items: [{}] }, [1])).toThrow('lists its items');
  });

  test('agrees with ajv on any schema and value', () => {
    const ajv = new Ajv({ strict: false, validateSchema: false });
    addFormats(ajv);
    fc.assert(
      fc.property(schemas(), json(3), (schema, value) => {
        expect(schemaViolation(schema, value) === undefined).toBe(ajv.validate(schema, value));
      }),
      { numRuns: 500 },
    );
  });
});

/**
 * As `JSON.parse` gives it: without a negative zero, which JSON.stringify doesn't write, and without keys by which ajv's
 * comparison of values throws, as they hide an object's own methods.
 */
const json = (maxDepth: number): fc.Arbitrary<unknown> =>
  fc
    .json({ maxDepth })
    .filter((text) => !/"(toString|valueOf)"/.test(text))
    .map((text) => JSON.parse(JSON.stringify(JSON.parse(text))) as unknown);

/** Schemas without nulls among properties, which ajv sees in another way. */
function schemas(): fc.Arbitrary<JsonObject> {
  const small = fc.nat(3);
  const types = fc.constantFrom('string', 'number', 'integer', 'boolean', 'array', 'object', 'null');
  return fc.letrec<{ schema: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.record(
        {
          type: fc.oneof(types, fc.uniqueArray(types, { minLength: 1 })),
          minLength: small,
          maxLength: small,
          minimum: small,
          maximum: small,
        },
        { requiredKeys: [] },
      ),
      fc.record(
        { minItems: small, maxItems: small, uniqueItems: fc.boolean(), items: tie('schema') },
        { requiredKeys: [] },
      ),
      fc.record({ enum: fc.array(json(1), { minLength: 1 }) }),
      fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    ),
  })).schema;
}
