import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/protocol';
import { recordProblems } from './record-rules';

const stream = {
  name: 'cats',
  supported_sync_modes: ['full_refresh'] as const,
  json_schema: {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string' },
      age: { type: ['null', 'integer'] },
      owner: { type: 'object', properties: { name: { type: 'string' } } },
      toys: { type: 'array', items: { type: 'string' } },
    },
  },
};

describe('recordProblems', () => {
  test.each<[string, JsonObject]>([
    ['that fits the schema', { id: 'a', age: 3, owner: { name: 'b' }, toys: ['c'] }],
    ['with null where the schema allows it', { id: 'a', age: null }],
    ['with null for what may be absent', { id: 'a', owner: { name: null }, toys: null }],
  ])('finds none in a record %s', async (_, record) => {
    expect(await recordProblems(stream, [record])).toEqual([]);
  });

  test.each<[string, JsonObject, string]>([
    ['null for what is required', { id: null }, 'a record breaks "required" at "id".'],
    ['null among the items of a list', { id: 'a', toys: ['b', null] }, 'a record breaks "type" at "toys.1".'],
    ['another type inside of an object', { id: 'a', owner: { name: 7 } }, 'a record breaks "type" at "owner.name".'],
  ])('finds %s', async (_, record, problem) => {
    expect(await recordProblems(stream, [record])).toEqual([`Stream cats: ${problem}`]);
  });
});
