import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareEntries, compareIds, hasOwnId, toEntry } from './entry';

const captured = {
  id: 19_990_840,
  created_at: '2025-01-11T03:57:28Z',
  operation_name: 'StoryCreation',
  inputs: { inputs: { name: 'x', teamId: 7 } },
};
const documented = {
  id: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
  timestamp: '2025-08-11T23:46:52.179Z',
  operation_name: 'story.created',
};

describe('both shapes', () => {
  test('a captured entry: a number as id, and created_at', () => {
    expect(toEntry(captured)).toEqual({ id: '19990840', timestamp: '2025-01-11T03:57:28.000Z', fields: captured });
  });

  test('the documented record: a UUID as id, and timestamp', () => {
    expect(toEntry(documented)).toEqual({ id: documented.id, timestamp: documented.timestamp, fields: documented });
  });

  test('timestamp goes before created_at', () => {
    expect(toEntry({ ...captured, timestamp: '2025-01-11T03:57:28.123Z' }).timestamp).toBe('2025-01-11T03:57:28.123Z');
  });

  test('a timestamp that is none makes place for created_at', () => {
    expect(toEntry({ ...captured, timestamp: 'now' }).timestamp).toBe('2025-01-11T03:57:28.000Z');
  });

  test('an entry without a time has none', () => {
    expect(toEntry({ id: 1 }).timestamp).toBeUndefined();
  });
});

describe('ids', () => {
  test.each([
    ['a number', 7, '7'],
    ['zero', 0, '0'],
    ['a text of digits', '0007', '0007'],
    ['a text', 'abc', 'abc'],
    ['an integer beyond 2^53, which is a text', '12345678901234567890', '12345678901234567890'],
  ])('%s is an id', (_, id, text) => {
    const entry = toEntry({ id });
    expect({ id: entry.id, own: hasOwnId(entry) }).toEqual({ id: text, own: true });
  });

  test.each([
    ['missing', {}],
    ['null', { id: null }],
    ['empty', { id: '' }],
    ['blank', { id: ' \t' }],
    ['true', { id: true }],
    ['an object', { id: { id: 1 } }],
    ['a list', { id: [1] }],
  ])('where the id is %s, a hash of the content stands for it', (_, row) => {
    const entry = toEntry({ ...row, operation_name: 'Login' });
    expect({ id: entry.id, own: hasOwnId(entry) }).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), own: false });
  });
});

describe('the hash of an entry without an id', () => {
  const row = { operation_name: 'Login', user: 'x', inputs: { a: 1, b: { c: 2, d: 3 } } };

  test('is the same in every sync', () => {
    expect(toEntry(structuredClone(row)).id).toBe(toEntry(row).id);
  });

  test('does not depend on the order of the keys', () => {
    expect(toEntry({ inputs: row.inputs, user: 'x', operation_name: 'Login' }).id).toBe(toEntry(row).id);
  });

  test('does not depend on the order of nested keys', () => {
    expect(toEntry({ ...row, inputs: { b: { d: 3, c: 2 }, a: 1 } }).id).toBe(toEntry(row).id);
  });

  test('differs with any value', () => {
    const rows = [row, { ...row, user: 'y' }, { ...row, inputs: null }, { ...row, extra: null }, {}];
    expect(new Set(rows.map((each) => toEntry(each).id)).size).toBe(rows.length);
  });

  test('is found for rows that are nested as deep as JSON.parse can read', () => {
    const row = JSON.parse(`{"inputs":${'['.repeat(20_000)}${']'.repeat(20_000)}}`) as unknown;
    expect(toEntry(row).id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('rows that are no objects', () => {
  test.each([['text'], [42], [null], [true], [[1, 2]]])('%j is wrapped, so that it comes through', (row) => {
    const entry = toEntry(row);
    expect(entry.fields).toEqual({ entry: row });
    expect(entry.id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('order', () => {
  const dated = (timestamp: string, id: string) => ({ timestamp, id, fields: {} });

  test('is by time first', () => {
    const [old, young] = [dated('2025-01-01T00:00:00.000Z', '9'), dated('2025-01-01T00:00:00.001Z', '1')];
    expect([young, old].toSorted(compareEntries)).toEqual([old, young]);
  });

  test('is by id among entries of the same time', () => {
    const entries = ['9', '10', '1'].map((id) => dated('2025-01-01T00:00:00.000Z', id));
    expect(entries.toSorted(compareEntries).map(({ id }) => id)).toEqual(['1', '9', '10']);
  });

  test.each([
    ['digits by their value', ['10', '9', '100', '2'], ['2', '9', '10', '100']],
    [
      'digits beyond 2^53 too',
      ['9007199254740993', '9007199254740992', '10'],
      ['10', '9007199254740992', '9007199254740993'],
    ],
    ['digits before texts', ['a', '10', 'B', '9'], ['9', '10', 'B', 'a']],
    ['texts by code unit', ['b', 'a-2', 'a', 'a-10'], ['a', 'a-10', 'a-2', 'b']],
    ['zeros in front do not count', ['010', '9', '0011'], ['9', '010', '0011']],
  ])('compares %s', (_, ids, sorted) => {
    expect(ids.toSorted(compareIds)).toEqual(sorted);
  });

  test('an order of ids is total: antisymmetric, transitive, and 0 only for the same id', () => {
    const id = fc.oneof(fc.stringMatching(/^[0-9]{1,20}$/), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        expect(Math.sign(compareIds(a, b)) + Math.sign(compareIds(b, a))).toBe(0);
        expect(compareIds(a, b) === 0).toBe(a === b);
        if (compareIds(a, b) <= 0 && compareIds(b, c) <= 0) expect(compareIds(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

test('texts that hold what looks like the end of a text do not have the same hash as others', () => {
  const [a, b] = [{ x: ['b', 'a;stringc'] }, { x: ['c;stringb', 'a'] }].map((row) => toEntry(row).id);
  expect(a).not.toBe(b);
});
