import { describe, expect, test } from '@jest/globals';
import { ConfigError, type JsonObject } from '@airbyte/cdk-typescript-compat';
import fc from 'fast-check';
import { compactId, DeliveredIds, type LookbackPosition } from '@airbyte/cdk-typescript-compat/incremental';
import { formatState, parseState, type SavedState, type Scope } from './state';
import { formatSeconds, formatTimestamp } from '../tines/timestamp';

const scope: Scope = { domain: 'acme.tines.com', userIds: ['7642', '12'], operationNames: ['Login'] };

/** Written by version 0.1 for the settings in `scope`. */
const version01 = {
  timestamp: '2026-11-23T17:36:02.000Z',
  id: '20080085',
  recent_from: '2026-11-23T17:26:02.000Z',
  recent_ids: {
    '2026-11-23T17:27:07.000Z': ['20079903'],
    '2026-11-23T17:30:48.250Z': ['20079906', '20079907'],
    '2026-11-23T17:31:00.000Z': ['6f1c-9 a', '007'],
    '2026-11-23T17:35:48.000Z': ['20080085'],
  },
  config: '82d06a22d057c0b3',
};
const idsOfVersion01 = ['20079903', '20079906', '20079907', '6f1c-9 a', '007', '20080085'];

/** What the platform keeps of a position. */
const save = (position: LookbackPosition, of = scope): JsonObject =>
  JSON.parse(JSON.stringify(formatState(position, of))) as JsonObject;

function positionWith(...ids: readonly string[]): LookbackPosition {
  const delivered = new DeliveredIds();
  for (const id of ids) delivered.add(compactId(id), 1_793_490_962);
  return { timestamp: Date.parse('2026-10-31T23:56:02.532Z'), id: 416872, recentFrom: 1_793_490_360, delivered };
}

/** A state as plain data. */
const plain = ({ delivered, timestamp, ...rest }: SavedState): object => ({
  ...rest,
  timestamp: formatTimestamp(timestamp),
  delivered: delivered.toJSON(),
});

function refusal(json: JsonObject): ConfigError {
  try {
    parseState(json, scope);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('formatState', () => {
  test('has the documented keys in the documented order', () => {
    const json = JSON.stringify(formatState(positionWith('416870', '416872', 'a'), scope));
    expect(json).toBe(
      JSON.stringify({
        timestamp: '2026-10-31T23:56:02.532Z',
        id: '416872',
        recent_from: '2026-10-31T23:46:00.000Z',
        recent_ids: { '2026-10-31T23:59:59.000Z': { integers: '416870 2', others: ['a'] } },
        config: '27a8808b5889febb.acdd344b61521d79',
      }),
    );
  });

  test('has null for an id that there is none of', () => {
    expect(formatState({ ...positionWith(), id: undefined }, scope).id).toBeNull();
  });

  test('is not changed by ids that are delivered later', () => {
    const position = positionWith('a');
    const json = formatState(position, scope);
    position.delivered.add('b', 1_793_490_962);
    expect(json.recent_ids).toEqual({ '2026-10-31T23:59:59.000Z': ['a'] });
  });

  test('shows two fingerprints of 16 hex digits, and no setting', () => {
    expect(formatState(positionWith(), scope).config).toMatch(/^[0-9a-f]{16}\.[0-9a-f]{16}$/);
  });

  test('leaves the settings as they are', () => {
    const frozen = { ...scope, userIds: Object.freeze(['2', '1']), operationNames: Object.freeze(['b', 'a']) };
    formatState(positionWith(), frozen);
    expect([frozen.userIds, frozen.operationNames]).toEqual([
      ['2', '1'],
      ['b', 'a'],
    ]);
  });
});

describe('parseState', () => {
  test('reads what formatState wrote', () => {
    const ids = fc.oneof(fc.nat().map(String), fc.string());
    const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
    const position = fc.record({
      from: seconds,
      lookback: fc.nat({ max: 604_800_000 }),
      id: fc.option(ids, { nil: undefined }),
      delivered: fc.array(fc.tuple(ids, seconds)),
    });
    fc.assert(
      fc.property(position, ({ from, lookback, id, delivered }) => {
        const ofState = new DeliveredIds();
        for (const [each, second] of delivered) ofState.add(compactId(each), second);
        const timestamp = formatTimestamp(from * 1000 + lookback) ?? '9999-12-31T23:59:59.999Z';
        const compact = id === undefined ? undefined : compactId(id);
        const json = save({ timestamp: Date.parse(timestamp), id: compact, recentFrom: from, delivered: ofState });
        expect(plain(parseState(json, scope))).toEqual({
          timestamp,
          id: compact,
          recentFrom: from,
          delivered: ofState.toJSON(),
          changed: undefined,
        });
        expect(save(parseState(json, scope))).toEqual(json);
      }),
    );
  });

  test('reads a state of version 0.1', () => {
    const saved = parseState(version01, scope);
    expect(saved).toMatchObject({
      timestamp: Date.parse('2026-11-23T17:36:02.000Z'),
      id: 20080085,
      recentFrom: Date.UTC(2026, 10, 23, 17, 26, 2) / 1000,
      changed: undefined,
    });
    expect(idsOfVersion01.filter((id) => saved.delivered.has(compactId(id)))).toEqual(idsOfVersion01);
    expect(saved.delivered.size).toBe(idsOfVersion01.length);
  });

  test('takes a timestamp that was moved back by hand for the start', () => {
    const state = { timestamp: '2026-01-01T00:00:00.700Z', recent_from: '2026-02-01T00:00:00.000Z' };
    expect(parseState(state, scope)).toMatchObject({
      timestamp: Date.parse('2026-01-01T00:00:00.700Z'),
      recentFrom: Date.UTC(2026, 0, 1) / 1000,
    });
  });
});

describe('a state written by hand', () => {
  const byHand = (json: JsonObject): object => plain(parseState(json, scope));

  test('of only a timestamp starts there', () => {
    expect(byHand({ timestamp: '2025-01-31T00:00:00Z' })).toEqual({
      timestamp: '2025-01-31T00:00:00.000Z',
      id: undefined,
      recentFrom: Date.UTC(2025, 0, 31) / 1000,
      delivered: {},
      changed: undefined,
    });
  });

  test('may have an offset', () => {
    expect(byHand({ timestamp: '2025-01-31T01:00:00+01:00' })).toEqual(byHand({ timestamp: '2025-01-31T00:00:00Z' }));
  });

  test('may have nulls', () => {
    const json = { timestamp: '2025-01-31T00:00:00Z', id: null, recent_from: null, recent_ids: null, config: null };
    expect(byHand(json)).toEqual(byHand({ timestamp: '2025-01-31T00:00:00Z' }));
  });

  test('may have fields that a later version added', () => {
    expect(byHand({ ...version01, added_later: [1] })).toEqual(byHand(version01));
  });
});

describe('a change of settings', () => {
  const present = save(positionWith('1', 'a'));
  const both = save(positionWith('1', 'a'), { ...scope, domain: 'other.tines.com', userIds: [] });
  const filters = save(positionWith('1', 'a'), { ...scope, operationNames: [] });

  test.each<[string, JsonObject, Partial<Scope>, SavedState['changed']]>([
    ['the same settings', present, {}, undefined],
    ['the same filters in another order', present, { userIds: ['12', '7642'] }, undefined],
    ['another domain', present, { domain: 'other.tines.com' }, 'tenant'],
    ['another domain and other filters', both, {}, 'tenant'],
    ['other users', present, { userIds: ['12'] }, 'filters'],
    ['other operations', filters, {}, 'filters'],
    ['operations that were users', present, { userIds: ['Login'], operationNames: ['7642', '12'] }, 'filters'],
    ['names that are cut elsewhere', present, { userIds: ['7642,12'] }, 'filters'],
    ['the same settings as in version 0.1', version01, {}, undefined],
    ['the settings of version 0.1 in another order', version01, { userIds: ['12', '7642'] }, undefined],
    ['another domain than in version 0.1', version01, { domain: 'other.tines.com' }, 'tenant'],
    ['other filters than in version 0.1: the tenant may have changed', version01, { userIds: [] }, 'tenant'],
    ['a config written by hand', { ...present, config: 'mine' }, {}, 'tenant'],
    ['an empty config', { ...present, config: '' }, {}, 'tenant'],
    ['no config', { ...present, config: null }, { domain: 'other.tines.com' }, undefined],
  ])('is told for %s', (_, json, change, changed) => {
    expect(parseState(json, { ...scope, ...change }).changed).toBe(changed);
  });

  test('of the tenant leaves out the ids and keeps where reading stands', () => {
    const saved = parseState(present, { ...scope, domain: 'other.tines.com' });
    expect(plain(saved)).toEqual({
      timestamp: '2026-10-31T23:56:02.532Z',
      id: undefined,
      recentFrom: 1_793_490_360,
      delivered: {},
      changed: 'tenant',
    });
  });

  test('of the filters keeps the ids', () => {
    const saved = parseState(present, { ...scope, userIds: [] });
    expect(saved).toMatchObject({ id: 416872, changed: 'filters' });
    expect([saved.delivered.has(1), saved.delivered.has('a')]).toEqual([true, true]);
  });

  test('is told once: the next state has the settings of today', () => {
    const today = { ...scope, domain: 'other.tines.com' };
    expect(parseState(save(parseState(version01, today), today), today).changed).toBeUndefined();
  });
});

describe('a broken state', () => {
  const valid = save(positionWith('1'));
  const at = formatSeconds(1_793_490_962);
  const nested = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as unknown;

  test.each<[string, string, JsonObject]>([
    ['without a timestamp', 'timestamp', {}],
    ['of a null timestamp', 'timestamp', { ...valid, timestamp: null }],
    ['of a numeric timestamp', 'timestamp', { ...valid, timestamp: 1_738_281_600 }],
    ['of a day as timestamp', 'timestamp', { ...valid, timestamp: '2025-01-31' }],
    ['of a timestamp without a zone', 'timestamp', { ...valid, timestamp: '2025-01-31T00:00:00' }],
    ['of a day that does not exist', 'timestamp', { ...valid, timestamp: '2025-02-30T00:00:00.000Z' }],
    ['of a leap second', 'timestamp', { ...valid, timestamp: '2016-12-31T23:59:60Z' }],
    ['of a deeply nested timestamp', 'timestamp', { ...valid, timestamp: nested }],
    ['of words as recent_from', 'recent_from', { ...valid, recent_from: 'yesterday' }],
    ['of a leap second as recent_from', 'recent_from', { ...valid, recent_from: '2016-12-31T23:59:60Z' }],
    ['of a numeric recent_from', 'recent_from', { ...valid, recent_from: 7 }],
    ['of a recent_from on a day that does not exist', 'recent_from', { ...valid, recent_from: '2025-02-30T00:00:00Z' }],
    ['of recent_ids in a list', 'recent_ids', { ...valid, recent_ids: ['1'] }],
    ['of recent_ids in words', 'recent_ids', { ...valid, recent_ids: { [at]: 'one, two' } }],
    ['of a number for recent_ids', 'recent_ids', { ...valid, recent_ids: { [at]: 1 } }],
    ['of numbers in recent_ids', 'recent_ids', { ...valid, recent_ids: { [at]: [1] } }],
    ['of integers without others', 'recent_ids', { ...valid, recent_ids: { [at]: { integers: '1' } } }],
    [
      'of more than integers and others',
      'recent_ids',
      { ...valid, recent_ids: { [at]: { integers: '1', others: [], a: 1 } } },
    ],
    ['of recent_ids without a time', 'recent_ids', { ...valid, recent_ids: { 'a/b': ['1'] } }],
    ['of deeply nested recent_ids', 'recent_ids', { ...valid, recent_ids: { [at]: nested } }],
    ['of a numeric id', 'id', { ...valid, id: 7 }],
    ['of a deeply nested id', 'id', { ...valid, id: nested }],
    ['of a config that is an object', 'config', { ...valid, config: {} }],
  ])('%s is a config_error that names "%s" and what to do', (_, key, json) => {
    const { message, failureType } = refusal(json);
    expect(failureType).toBe('config_error');
    expect(message).toContain(`"${key}" must be`);
    expect(message).toMatch(/Mend it, or reset/);
  });

  test('is not one that is deeply nested where nothing is read', () => {
    expect(parseState({ ...valid, added_later: nested }, scope).id).toBe(416872);
  });
});
