import { describe, expect, test } from '@jest/globals';
import { ConfigError, type JsonObject } from '@airbyte/cdk-typescript-compat';
import fc from 'fast-check';
import { compactId, DeliveredIds, type LookbackPosition } from '@airbyte/cdk-typescript-compat/incremental';
import { formatState, parseState, type LastSync, type SavedState, type Scope } from './state';
import { formatSeconds, formatTimestamp } from '../tines/time';

const scope: Scope = {
  domain: 'acme.tines.com',
  userIds: ['7642', '12'],
  operationNames: ['Login'],
  excludedOperations: [],
};

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

/** Began on 2026-11-01T00:00:00Z, and the stream on 2026-10-01T00:00:00Z. */
const lastSync: LastSync = { at: 1_793_491_200, start: 1_790_812_800, lookbackMinutes: 10 };

/** What the platform keeps of a position. */
const save = (position: LookbackPosition, of = scope): JsonObject =>
  JSON.parse(JSON.stringify(formatState(position, of, lastSync))) as JsonObject;

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

/** 0.2 wrote what is written now, but for `last_sync`. */
function version02(...ids: readonly string[]): JsonObject {
  const keys = Object.entries(save(positionWith(...ids))).filter(([key]) => key !== 'last_sync');
  return Object.fromEntries(keys);
}

describe('formatState', () => {
  test('has the documented keys in the documented order', () => {
    const json = JSON.stringify(formatState(positionWith('416870', '416872', 'a'), scope, lastSync));
    expect(json).toBe(
      JSON.stringify({
        timestamp: '2026-10-31T23:56:02.532Z',
        id: '416872',
        recent_from: '2026-10-31T23:46:00.000Z',
        recent_ids: { '2026-10-31T23:59:59.000Z': { integers: '416870 2', others: ['a'] } },
        config: '27a8808b5889febb.acdd344b61521d79',
        last_sync: {
          timestamp: '2026-10-31T23:56:02.532Z',
          at: '2026-11-01T00:00:00.000Z',
          start: '2026-10-01T00:00:00.000Z',
          lookback_minutes: 10,
        },
      }),
    );
  });

  test('has null for an id that there is none of', () => {
    expect(formatState({ ...positionWith(), id: undefined }, scope, lastSync).id).toBeNull();
  });

  test('has the last second that a timestamp can name for a time after it', () => {
    const { timestamp, last_sync } = formatState({ ...positionWith(), timestamp: 1e15 }, scope, lastSync);
    expect([timestamp, last_sync?.timestamp]).toEqual(['9999-12-31T23:59:59.000Z', '9999-12-31T23:59:59.000Z']);
  });

  test('is not changed by ids that are delivered later', () => {
    const position = positionWith('a');
    const json = formatState(position, scope, lastSync);
    position.delivered.add('b', 1_793_490_962);
    expect(json.recent_ids).toEqual({ '2026-10-31T23:59:59.000Z': ['a'] });
  });

  test('shows two fingerprints of 16 hex digits, and no setting', () => {
    expect(formatState(positionWith(), scope, lastSync).config).toMatch(/^[0-9a-f]{16}\.[0-9a-f]{16}$/);
  });

  test('leaves the settings as they are', () => {
    const frozen = { ...scope, userIds: Object.freeze(['2', '1']), operationNames: Object.freeze(['b', 'a']) };
    formatState(positionWith(), frozen, lastSync);
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
          isOfTenant: true,
          lastSync,
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
      isOfTenant: true,
      lastSync: undefined,
    });
    expect(idsOfVersion01.filter((id) => saved.delivered.has(compactId(id)))).toEqual(idsOfVersion01);
    expect(saved.delivered.size).toBe(idsOfVersion01.length);
  });

  test('reads a state of version 0.2', () => {
    expect(plain(parseState(version02('1', 'a'), scope))).toEqual({
      timestamp: '2026-10-31T23:56:02.532Z',
      id: 416872,
      recentFrom: 1_793_490_360,
      delivered: positionWith('1', 'a').delivered.toJSON(),
      changed: undefined,
      isOfTenant: true,
      lastSync: undefined,
    });
  });

  test('cuts times to the second, but for the timestamp', () => {
    const json = {
      timestamp: '2026-01-01T00:00:00.900Z',
      recent_from: '2026-01-01T00:00:00.800Z',
      last_sync: {
        timestamp: '2026-01-01T00:00:00.900Z',
        at: '1970-01-01T00:01:40.700Z',
        start: '1970-01-01T00:00:50.600Z',
        lookback_minutes: 0,
      },
    };
    expect(parseState(json, scope)).toMatchObject({
      timestamp: Date.parse('2026-01-01T00:00:00.900Z'),
      recentFrom: Date.UTC(2026, 0, 1) / 1000,
      lastSync: { at: 100, start: 50, lookbackMinutes: 0 },
    });
  });
});

describe('a timestamp', () => {
  const present = save(positionWith('1', 'a'));
  const read = (json: JsonObject): object => {
    const { recentFrom, delivered } = parseState(json, scope);
    return { from: formatSeconds(recentFrom), ids: delivered.size };
  };
  const asWritten = { from: '2026-10-31T23:46:00.000Z', ids: 2 };

  test.each<[string, JsonObject, object]>([
    ['as it was written keeps the start and the ids', present, asWritten],
    [
      'of the same time in another form keeps them, too',
      { ...present, timestamp: '2026-11-01T00:56:02.532+01:00' },
      asWritten,
    ],
    [
      'moved forward by a millisecond is the start, without ids',
      { ...present, timestamp: '2026-10-31T23:56:02.533Z' },
      { from: '2026-10-31T23:56:02.000Z', ids: 0 },
    ],
    [
      'moved back by hand, to after recent_from, is the start, without ids',
      { ...present, timestamp: '2026-10-31T23:50:00Z' },
      { from: '2026-10-31T23:50:00.000Z', ids: 0 },
    ],
    [
      'moved back to before recent_from is the start, without ids',
      { ...present, timestamp: '2026-01-01T00:00:00.700Z' },
      { from: '2026-01-01T00:00:00.000Z', ids: 0 },
    ],
    [
      'of version 0.2, moved back to before recent_from, is the start, without ids',
      { ...version02('1', 'a'), timestamp: '2026-10-31T23:45:59.999Z' },
      { from: '2026-10-31T23:45:59.000Z', ids: 0 },
    ],
    [
      'of version 0.2 at recent_from keeps the ids',
      { ...version02('1', 'a'), timestamp: '2026-10-31T23:46:00Z' },
      asWritten,
    ],
    [
      'of version 0.2 that may have been moved forward keeps the start',
      { ...version02('1', 'a'), timestamp: '2026-12-01T00:00:00Z' },
      asWritten,
    ],
    ['of a state whose last_sync is null counts as one of version 0.2', { ...present, last_sync: null }, asWritten],
  ])('%s', (_, json, expected) => {
    expect(read(json)).toEqual(expected);
  });

  test('moved by hand keeps the id, the last sync, and what is known of the tenant', () => {
    const saved = parseState({ ...present, timestamp: '2026-01-01T00:00:00.700Z' }, scope);
    expect(saved).toMatchObject({
      timestamp: Date.parse('2026-01-01T00:00:00.700Z'),
      id: 416872,
      changed: undefined,
      isOfTenant: true,
      lastSync,
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
      isOfTenant: false,
      lastSync: undefined,
    });
  });

  test('may have an offset', () => {
    expect(byHand({ timestamp: '2025-01-31T01:00:00+01:00' })).toEqual(byHand({ timestamp: '2025-01-31T00:00:00Z' }));
  });

  test('may have nulls', () => {
    const nulls = { id: null, recent_from: null, recent_ids: null, config: null, last_sync: null };
    const json = { timestamp: '2025-01-31T00:00:00Z', ...nulls };
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
  const excluded = save(positionWith('1', 'a'), { ...scope, excludedOperations: ['a', 'b'] });

  test.each<[string, JsonObject, Partial<Scope>, SavedState['changed']]>([
    ['the same settings', present, {}, undefined],
    ['the same filters in another order', present, { userIds: ['12', '7642'] }, undefined],
    ['another domain', present, { domain: 'other.tines.com' }, 'tenant'],
    ['another domain and other filters', both, {}, 'tenant'],
    ['other users', present, { userIds: ['12'] }, 'filters'],
    ['other operations', filters, {}, 'filters'],
    ['an operation that is excluded', present, { excludedOperations: ['ActionRun'] }, 'filters'],
    ['one that is excluded no more', excluded, {}, 'filters'],
    ['the same excluded ones in another order', excluded, { excludedOperations: ['b', 'a'] }, undefined],
    ['one that was wanted and is excluded', filters, { operationNames: [], excludedOperations: ['Login'] }, 'filters'],
    ['one that is excluded since version 0.1', version01, { excludedOperations: ['ActionRun'] }, undefined],
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
      isOfTenant: false,
      lastSync,
    });
  });

  test('of the filters keeps the ids', () => {
    const saved = parseState(present, { ...scope, userIds: [] });
    expect(saved).toMatchObject({ id: 416872, changed: 'filters' });
    expect([saved.delivered.has(1), saved.delivered.has('a')]).toEqual([true, true]);
  });

  test.each<[string, JsonObject, Partial<Scope>, boolean]>([
    ['for the same settings', present, {}, true],
    ['for other filters', present, { userIds: [] }, true],
    ['for the same settings as in version 0.1', version01, {}, true],
    ['not for another domain', present, { domain: 'other.tines.com' }, false],
    ['not where version 0.1 does not say', version01, { userIds: [] }, false],
    ['not in a state written by hand', { ...present, config: null }, {}, false],
  ])('leaves known whether the tenant was read before: %s', (_, json, change, isOfTenant) => {
    expect(parseState(json, { ...scope, ...change }).isOfTenant).toBe(isOfTenant);
  });

  test('is told once: the next state has the settings of today', () => {
    const today = { ...scope, domain: 'other.tines.com' };
    expect(parseState(save(parseState(version01, today), today), today).changed).toBeUndefined();
  });
});

describe('a broken state', () => {
  const valid = save(positionWith('1'));
  const at = formatSeconds(1_793_490_962);
  const last = { timestamp: at, at, start: at, lookback_minutes: 10 };
  const lastWith = (more: JsonObject): JsonObject => ({ ...valid, last_sync: { ...last, ...more } });
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
    ['of a last_sync in words', 'last_sync', { ...valid, last_sync: 'today' }],
    ['of a last_sync of nothing', 'last_sync', { ...valid, last_sync: {} }],
    ['of a last_sync with words as timestamp', 'last_sync', lastWith({ timestamp: 'now' })],
    ['of a last_sync with a leap second', 'last_sync', lastWith({ timestamp: '2016-12-31T23:59:60Z' })],
    ['of a last_sync at a leap second', 'last_sync', lastWith({ at: '2016-12-31T23:59:60Z' })],
    ['of a last_sync with the start in a leap second', 'last_sync', lastWith({ start: '2016-12-31T23:59:60Z' })],
    ['of a last_sync with a lookback in words', 'last_sync', lastWith({ lookback_minutes: 'ten' })],
    ['of a last_sync with half a minute', 'last_sync', lastWith({ lookback_minutes: 0.5 })],
  ])('%s is a config_error that names "%s" and what to do', (_, key, json) => {
    const { message, failureType } = refusal(json);
    expect(failureType).toBe('config_error');
    expect(message).toContain(`"${key}" must be`);
    expect(message).toMatch(/Mend it, or reset/);
  });

  test.each<[string, JsonObject, string]>([
    ['timestamp', {}, 'must be a time such as "2025-01-31T00:00:00.000Z"'],
    ['recent_from', { ...valid, recent_from: 'x' }, 'must be a time such as "2025-01-31T00:00:00.000Z"'],
    [
      'recent_ids',
      { ...valid, recent_ids: ['1'] },
      'must be an object of ids by their time, as this connector wrote it',
    ],
    ['id', { ...valid, id: 7 }, 'must be a text'],
    ['config', { ...valid, config: {} }, 'must be a text'],
    ['last_sync', { ...valid, last_sync: 7 }, 'must be an object, as this connector wrote it'],
  ])('says what "%s" must be', (key, json, expected) => {
    expect(refusal(json).message).toBe(
      `The saved state of the stream audit_logs can't be read: "${key}" ${expected}. Mend it, or reset the stream in Airbyte to read everything again.`,
    );
  });

  test('is one of more ids than any version wrote, and the message says how many there may be', () => {
    const idsOf = (count: number): JsonObject => ({ [at]: Array(count).fill('1').join(' ') });
    const most = 499_985;
    expect(JSON.stringify(idsOf(most))).toHaveLength(1_000_000);
    expect(parseState({ ...valid, recent_ids: idsOf(most) }, scope).delivered.size).toBe(most);
    expect(refusal({ ...valid, recent_ids: idsOf(most + 1) }).message).toContain(
      '"recent_ids" must have no more than 1000000 characters',
    );
  });

  test('is not one that is deeply nested where nothing is read', () => {
    expect(parseState({ ...valid, added_later: nested }, scope).id).toBe(416872);
  });
});
