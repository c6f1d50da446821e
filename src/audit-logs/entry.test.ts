import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pageOf } from '../testing/page-of';
import { compareEntries, compareIds } from './entry';

describe('order', () => {
  const page = pageOf('{"audit_logs":[{}]}');
  const dated = (timestamp: string, id: string) => ({ timestamp, id, second: 0, page, row: 0 });

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
        const isChain = compareIds(a, b) <= 0 && compareIds(b, c) <= 0;
        expect(isChain && compareIds(a, c) > 0).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
