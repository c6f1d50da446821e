import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../src/protocol';
import { validateConfig } from './validate-config';

const spec = {
  connectionSpecification: {
    type: 'object',
    required: ['region', 'untitled'],
    properties: {
      region: { type: 'string', title: 'Region', enum: ['eu', 'us'], default: 'eu' },
      untitled: { type: 'string', maxLength: 3 },
      names: { type: 'array', title: 'Names', minItems: 1, maxItems: 2, items: { type: 'string', minLength: 2 } },
      day: { type: 'string', title: 'Day', format: 'date', examples: ['2025-01-31'] },
    },
  },
} as const;

const validate = (json: JsonObject): JsonObject => validateConfig(spec, { untitled: 'x', ...json });

describe('validateConfig', () => {
  test('returns the config with the defaults of the spec', () => {
    expect(validate({ names: ['ab'], day: null })).toEqual({ untitled: 'x', region: 'eu', names: ['ab'] });
  });

  test.each<[JsonObject, string]>([
    [{ region: 'asia' }, 'Region is not valid. Choose one of: eu, us.'],
    [{ untitled: undefined }, 'untitled is missing.'],
    [{ untitled: 'long' }, 'untitled must be at most 3 characters long.'],
    [{ names: [] }, 'Names must have at least 1 items.'],
    [{ names: ['ab', 'cd', 'ef'] }, 'Names must have at most 2 items.'],
    [{ names: ['ab', 'c'] }, 'Names, item 2, must be at least 2 characters long.'],
    [{ day: '2025-02-29' }, 'Day must be a date that exists. Type for example 2025-01-31.'],
  ])('refuses %j', (json, message) => {
    expect(() => validate(json)).toThrow(expect.objectContaining({ message, failureType: 'config_error' }));
  });
});
