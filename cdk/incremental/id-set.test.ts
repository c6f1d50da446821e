import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compactId, type CompactId } from './compact-id';
import { IdSet } from './id-set';

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
