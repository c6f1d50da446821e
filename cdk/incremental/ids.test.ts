import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compactId, compareIds, IdSet, type CompactId } from './ids';

describe('compactId', () => {
  test.each([
    ['0', 0],
    ['20079903', 20_079_903],
    ['999999999999999', 999_999_999_999_999],
    ['1000000000000000', '1000000000000000'],
    ['007', '007'],
    ['-1', '-1'],
    ['1.0', '1.0'],
    ['1e3', '1e3'],
    ['', ''],
    ['6f1c-9 a', '6f1c-9 a'],
  ])('of "%s" is %j', (text, id) => {
    expect(compactId(text)).toBe(id);
  });

  test('of any text is written as that text again', () => {
    const text = fc.oneof(fc.stringMatching(/^-?[0-9]{1,20}$/), fc.string());
    fc.assert(
      fc.property(text, (id) => {
        expect(String(compactId(id))).toBe(id);
      }),
    );
  });
});

describe('compareIds', () => {
  test.each([
    ['digits by their value', ['10', '9', '100', '2'], ['2', '9', '10', '100']],
    [
      'digits beyond 2^53 too',
      ['9007199254740993', '9007199254740992', '10'],
      ['10', '9007199254740992', '9007199254740993'],
    ],
    ['digits before texts', ['a', '10', 'B', '9'], ['9', '10', 'B', 'a']],
    ['texts by code unit', ['b', 'a-2', 'a', 'a-10'], ['a', 'a-10', 'a-2', 'b']],
    ['zeros in front by what follows', ['010', '9', '0011'], ['9', '010', '0011']],
  ])('sorts %s', (_, ids, sorted) => {
    expect(ids.map(compactId).toSorted(compareIds).map(String)).toEqual(sorted);
  });

  test('is a total order: antisymmetric, transitive, and 0 only for the same id', () => {
    const id = fc.oneof(fc.stringMatching(/^[0-9]{1,20}$/), fc.string({ maxLength: 4 })).map(compactId);
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

describe('The set of ids', () => {
  test('tells whether an id is new', () => {
    const ids = new IdSet();
    const all: CompactId[] = [7, 7, '7x', '7x', 0, 0];
    expect(all.map((id) => ids.add(id))).toEqual([true, false, true, false, true, false]);
    expect(ids.size).toBe(3);
  });

  test('tells whether an id is in it, and adds none by that', () => {
    const ids = new IdSet();
    for (const id of [7, 'x']) ids.add(id);
    expect([7, 'x', 8, 'y', '7x'].map((id) => ids.has(id))).toEqual([true, true, false, false, false]);
    expect(ids.size).toBe(2);
  });

  test('is empty once it is cleared', () => {
    const ids = new IdSet();
    for (const id of [7, 'x']) ids.add(id);
    ids.clear();
    expect([ids.size, ids.has(7), ids.has('x'), ids.add(7), ids.add('x')]).toEqual([0, false, false, true, true]);
  });

  test('has room for a hundred thousand integers, large ones too', () => {
    const ids = new IdSet();
    const all = Array.from({ length: 100_000 }, (_, index) => index * 7_919_000_003);
    expect(all.filter((id) => !ids.add(id))).toEqual([]);
    expect(all.filter((id) => ids.add(id))).toEqual([]);
    expect(ids.size).toBe(100_000);
  });

  test('is a set, whatever is added in whatever order', () => {
    const anyId = fc.oneof(fc.nat({ max: 30 }).map(String), fc.maxSafeNat().map(String), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(anyId), fc.array(anyId), (before, texts) => {
        const ids = new IdSet();
        for (const text of before) ids.add(compactId(text));
        ids.clear();
        const expected = new Set<CompactId>();
        for (const id of texts.map(compactId)) {
          expect(ids.has(id)).toBe(expected.has(id));
          expect(ids.add(id)).toBe(!expected.has(id));
          expected.add(id);
        }
        expect(ids.size).toBe(expected.size);
      }),
    );
  });
});
