import { describe, expect, test } from '@jest/globals';
import { ConfigError, type JsonObject } from '@airbyte/cdk-typescript-compat';
import fc from 'fast-check';
import { configFingerprint, formatState, parseState, type SavedState } from './state';

const saved: SavedState = {
  timestamp: '2026-10-31T23:56:02.000Z',
  id: '416872',
  recentFrom: '2026-10-31T23:46:00.000Z',
  recentIds: new Map([
    ['2026-10-31T23:55:12.000Z', ['416870']],
    ['2026-10-31T23:56:02.000Z', ['416871', '416872']],
  ]),
  config: '0123456789abcdef',
};

function refusal(json: JsonObject): ConfigError {
  try {
    parseState(json);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('writing and reading', () => {
  test('the JSON has the documented keys in the documented order', () => {
    expect(JSON.stringify(formatState(saved))).toBe(
      JSON.stringify({
        timestamp: '2026-10-31T23:56:02.000Z',
        id: '416872',
        recent_from: '2026-10-31T23:46:00.000Z',
        recent_ids: {
          '2026-10-31T23:55:12.000Z': ['416870'],
          '2026-10-31T23:56:02.000Z': ['416871', '416872'],
        },
        config: '0123456789abcdef',
      }),
    );
  });

  test('a timestamp that was moved back by hand moves the start back with it', () => {
    const state = { timestamp: '2026-01-01T00:00:00.000Z', recent_from: '2026-02-01T00:00:00.000Z' };
    expect(parseState(state).recentFrom).toBe('2026-01-01T00:00:00.000Z');
  });

  test('what was written is read as it was', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => new Date(s * 1000).toISOString());
    const state = fc.record({
      timestamp: seconds,
      id: fc.option(fc.string(), { nil: undefined }),
      recentFrom: seconds,
      recentIds: fc
        .uniqueArray(fc.tuple(seconds, fc.array(fc.string())), { selector: ([at]) => at })
        .map((groups) => new Map(groups)),
      config: fc.option(fc.string(), { nil: undefined }),
    });
    const written = state.filter(({ timestamp, recentFrom }) => recentFrom <= timestamp);
    fc.assert(
      fc.property(written, (each) => {
        expect(parseState(JSON.parse(JSON.stringify(formatState(each))) as JsonObject)).toEqual(each);
      }),
    );
  });

  test('what is written does not change with the state that it was made from', () => {
    const ids = ['1'];
    const json = formatState({ ...saved, recentIds: new Map([['2026-10-31T23:55:12.000Z', ids]]) });
    ids.push('2');
    expect(json.recent_ids).toEqual({ '2026-10-31T23:55:12.000Z': ['1'] });
  });
});

describe('a state written by hand', () => {
  test('of only a timestamp starts there', () => {
    expect(parseState({ timestamp: '2025-01-31T00:00:00Z' })).toEqual({
      timestamp: '2025-01-31T00:00:00.000Z',
      id: undefined,
      recentFrom: '2025-01-31T00:00:00.000Z',
      recentIds: new Map(),
      config: undefined,
    });
  });

  test('may have an offset', () => {
    expect(parseState({ timestamp: '2025-01-31T01:00:00+01:00' }).timestamp).toBe('2025-01-31T00:00:00.000Z');
  });

  test('may have nulls', () => {
    const json = { timestamp: '2025-01-31T00:00:00Z', id: null, recent_from: null, recent_ids: null, config: null };
    expect(parseState(json)).toEqual(parseState({ timestamp: '2025-01-31T00:00:00Z' }));
  });

  test('may have fields that a later version added', () => {
    expect(parseState({ ...formatState(saved), added_later: [1] })).toEqual(saved);
  });

  test('keeps all ids where two ways to write a time mean the same', () => {
    const recent_ids = { '2025-01-31T00:00:00Z': ['1'], '2025-01-31T00:00:00.000Z': ['2'] };
    const { recentIds } = parseState({ timestamp: '2025-01-31T00:00:00Z', recent_ids });
    expect([...recentIds.values()].flat().toSorted()).toEqual(['1', '2']);
  });
});

describe('a broken state', () => {
  const valid = formatState(saved);

  test.each<[string, string, JsonObject]>([
    ['without a timestamp', 'timestamp', {}],
    ['of a null timestamp', 'timestamp', { ...valid, timestamp: null }],
    ['of a numeric timestamp', 'timestamp', { ...valid, timestamp: 1_738_281_600 }],
    ['of a day as timestamp', 'timestamp', { ...valid, timestamp: '2025-01-31' }],
    ['of a timestamp without a zone', 'timestamp', { ...valid, timestamp: '2025-01-31T00:00:00' }],
    ['of a day that does not exist', 'timestamp', { ...valid, timestamp: '2025-02-30T00:00:00.000Z' }],
    ['of a leap second', 'timestamp', { ...valid, timestamp: '2016-12-31T23:59:60Z' }],
    ['of words as recent_from', 'recent_from', { ...valid, recent_from: 'yesterday' }],
    ['of a numeric recent_from', 'recent_from', { ...valid, recent_from: 7 }],
    ['of recent_ids in a list', 'recent_ids', { ...valid, recent_ids: ['1'] }],
    ['of recent_ids without lists', 'recent_ids', { ...valid, recent_ids: { '2025-01-31T00:00:00.000Z': '1' } }],
    ['of numeric recent_ids', 'recent_ids', { ...valid, recent_ids: { '2025-01-31T00:00:00.000Z': [1] } }],
    ['of recent_ids without a time', 'recent_ids', { ...valid, recent_ids: { 'a/b': ['1'] } }],
    ['of a numeric id', 'id', { ...valid, id: 7 }],
    ['of a config that is an object', 'config', { ...valid, config: {} }],
  ])('%s is a config_error that names "%s" and what to do', (_, key, json) => {
    const { message, failureType } = refusal(json);
    expect(failureType).toBe('config_error');
    expect(message).toContain(`"${key}" must be`);
    expect(message).toMatch(/Mend it, or reset/);
  });
});

describe('the fingerprint of the settings', () => {
  const config = { domain: 'acme.tines.com', userIds: ['1', '2'], operationNames: ['Login', 'StoryCreation'] };

  test('is 16 hex digits', () => {
    expect(configFingerprint(config)).toMatch(/^[0-9a-f]{16}$/);
  });

  test('does not depend on the order of the filters', () => {
    const reordered = { ...config, userIds: ['2', '1'], operationNames: ['StoryCreation', 'Login'] };
    expect(configFingerprint(reordered)).toBe(configFingerprint(config));
  });

  test.each([
    ['tenant', { domain: 'other.tines.com' }],
    ['users', { userIds: ['1'] }],
    ['operations', { operationNames: [] }],
    ['kind of filter', { userIds: ['Login', 'StoryCreation'], operationNames: ['1', '2'] }],
    ['cut between names', { operationNames: ['Login,StoryCreation'] }],
  ])('changes with the %s', (_, change) => {
    expect(configFingerprint({ ...config, ...change })).not.toBe(configFingerprint(config));
  });

  test('leaves the settings as they are', () => {
    const frozen = { ...config, userIds: Object.freeze(['2', '1']) };
    expect(() => configFingerprint(frozen)).not.toThrow();
    expect(frozen.userIds).toEqual(['2', '1']);
  });
});
