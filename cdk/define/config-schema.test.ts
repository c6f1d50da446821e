import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../src/protocol';
import { ConfigSchema, type SettingRules } from './config-schema';
import { compileSchema, type Validator } from './validator';

const choice = (kind: string, limit: JsonObject): JsonObject => ({
  type: 'object',
  required: ['kind', 'limit'],
  properties: { kind: { const: kind }, limit: { type: 'integer', title: `Limit of ${kind}`, ...limit } },
});

const schema = {
  type: 'object',
  required: ['region', 'untitled'],
  properties: {
    region: { type: 'string', title: 'Region', enum: ['eu', 'us'], default: 'eu' },
    untitled: { type: 'string', maxLength: 3 },
    'a/b~c %': { type: 'integer', title: 'Odd Name' },
    names: { type: 'array', title: 'Names', minItems: 1, maxItems: 2, items: { type: 'string', minLength: 2 } },
    day: { type: 'string', title: 'Day', format: 'date', examples: ['2025-01-31'] },
    plan: {
      type: 'object',
      title: 'Plan',
      oneOf: [choice('small', { minimum: 1, maximum: 5 }), choice('large', { minimum: 100, maximum: 900 })],
    },
  },
};

async function parse(json: JsonObject, rules: SettingRules = {}): Promise<JsonObject> {
  const isConfig = await compileSchema<JsonObject>(schema);
  return new ConfigSchema(schema, isConfig, rules).parse({ untitled: 'x', ...json });
}

describe('ConfigSchema', () => {
  test('returns the config with the defaults of the schema', async () => {
    expect(await parse({ names: ['ab'], day: null })).toEqual({ untitled: 'x', region: 'eu', names: ['ab'] });
  });

  test.each<[JsonObject, string]>([
    [{ region: 'asia' }, 'Region is not valid. Choose one of: eu, us.'],
    [{ untitled: undefined }, 'untitled is missing.'],
    [{ untitled: 'long' }, 'untitled must be at most 3 characters long.'],
    [{ 'a/b~c %': 1.5 }, 'Odd Name must be a whole number.'],
    [{ names: [] }, 'Names must have at least 1 items.'],
    [{ names: ['ab', 'cd', 'ef'] }, 'Names must have at most 2 items.'],
    [{ names: ['ab', 'c'] }, 'Names, item 2, must be at least 2 characters long.'],
    [{ day: '2025-02-29' }, 'Day must be a date that exists. Type for example 2025-01-31.'],
    [
      { plan: { kind: 'large', limit: 3 } },
      'Limit of large (Plan) must be at least 100. Type a whole number from 100 to 900.',
    ],
  ])('refuses %j', async (json, message) => {
    await expect(parse(json)).rejects.toThrow(expect.objectContaining({ message, failureType: 'config_error' }));
  });

  describe('with a rule for a setting', () => {
    const rules = { untitled: 'must be short. Type x.', names: 'must be a list of names.', plan: 'must be a plan.' };

    test.each<[string, JsonObject, string]>([
      ['it is not valid', { untitled: 7 }, 'untitled must be short. Type x.'],
      ['it is missing', { untitled: undefined }, 'untitled is missing: it must be short. Type x.'],
      ['one of its items is not valid', { names: [7] }, 'Names must be a list of names.'],
      ['a setting inside of it is not valid', { plan: { kind: 'small', limit: 'x' } }, 'Plan must be a plan.'],
      ['another is not valid', { region: 7 }, 'Region must be a text. Choose one of: eu, us.'],
    ])('says so where %s', async (_, json, message) => {
      await expect(parse(json, rules)).rejects.toThrow(message);
    });
  });

  test.each([
    [{ region: 'must be on this planet.' }, 'Region must be on this planet.'],
    [{}, 'Region is not valid.'],
  ])('with the rules %j a source refuses by the same words', (rules, message) => {
    const isConfig: Validator<JsonObject> = (json): json is JsonObject => json !== undefined;
    const cause = new Error('no such region');
    const error = new ConfigSchema(schema, isConfig, rules).refusal('region', cause);
    expect(error).toMatchObject({ message, cause, failureType: 'config_error' });
  });
});
