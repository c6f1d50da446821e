import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../src/errors';
import { runSource } from '../testing';
import { defineSource } from './define-source';
import { defineSpec } from './define-spec';
import { secret } from './settings';

const source = defineSource({
  spec: defineSpec({
    title: 'Zoo Source Spec',
    settings: { token: secret({ title: 'Token', description: 'Paste it.' }) },
  }),
  check: ({ token }) =>
    token === 'right' ? Promise.resolve() : Promise.reject(new ConfigError('The zoo does not know this token.')),
  streams: () => [],
});

describe('defineSource', () => {
  test('answers spec with the specification', async () => {
    const { spec } = await runSource(source, ['spec']);
    expect(spec?.connectionSpecification['title']).toBe('Zoo Source Spec');
  });

  test.each([
    ['a config that works', 'right', { status: 'SUCCEEDED' }],
    ['a config that the check refuses', 'wrong', { status: 'FAILED', message: 'The zoo does not know this token.' }],
    ['a config that the spec refuses', 7, { status: 'FAILED', message: 'Token must be a text.' }],
  ])('answers check of %s', async (_, token, connectionStatus) => {
    expect((await runSource(source, ['check'], { config: { token } })).connectionStatus).toEqual(connectionStatus);
  });
});
