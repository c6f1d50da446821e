import { describe, expect, test } from '@jest/globals';
import { compactId, type CompactId } from '@airbyte/cdk-typescript-compat/incremental';
import fc from 'fast-check';
import { IdMap } from './id-map';

describe('IdMap', () => {
  test('keeps the first value of an id', () => {
    const ids = new IdMap();
    expect([ids.add(7, 1), ids.add(7, 2), ids.add('7x', 3), ids.add('7x', 4), ids.add(0, -1), ids.add(0, 6)]).toEqual([
      ...[undefined, 1, undefined, 3, undefined, -1],
    ]);
    expect(ids.size).toBe(3);
  });

  test('is empty once it is cleared', () => {
    const ids = new IdMap();
    for (const id of [7, 'x']) ids.add(id, 1);
    ids.clear();
    expect([ids.size, ids.add(7, 2), ids.add('x', 2)]).toEqual([0, undefined, undefined]);
  });

  test('holds a hundred thousand integers, large ones too', () => {
    const ids = new IdMap();
    const all = Array.from({ length: 100_000 }, (_, index) => index * 7_919_000_003);
    expect(all.filter((id, index) => ids.add(id, index) !== undefined)).toEqual([]);
    expect(all.filter((id, index) => ids.add(id, 0) !== index)).toEqual([]);
    expect(ids.size).toBe(100_000);
  });

  test('is a map, whatever is added in whatever order', () => {
    const anyId = fc.oneof(fc.nat({ max: 30 }).map(String), fc.maxSafeNat().map(String), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(anyId), fc.array(anyId), (before, texts) => {
        const ids = new IdMap();
        for (const text of before) ids.add(compactId(text), -7);
        ids.clear();
        const expected = new Map<CompactId, number>();
        for (const [value, id] of texts.map(compactId).entries()) {
          expect(ids.add(id, value)).toBe(expected.get(id));
          if (!expected.has(id)) expected.set(id, value);
        }
        expect(ids.size).toBe(expected.size);
      }),
    );
  });
});
