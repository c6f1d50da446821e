import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compactId } from './compact-id';
import { DeliveredIds, type DeliveredIdsJson } from './delivered-ids';

/** 2026-11-24T12:00:00Z, the first second of a bucket. */
const NOON = 1_795_521_600;
/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;
const keyOf = (second: number): string => new Date((Math.floor(second / 300) * 300 + 299) * 1000).toISOString();

function withIds(...ids: readonly (readonly [id: string, second: number])[]): DeliveredIds {
  const delivered = new DeliveredIds();
  for (const [id, second] of ids) delivered.add(compactId(id), second);
  return delivered;
}

/** As the platform does it between two syncs. */
function saveAndLoad(delivered: DeliveredIds): DeliveredIds {
  const loaded = DeliveredIds.fromJSON(JSON.parse(JSON.stringify(delivered)) as DeliveredIdsJson);
  if (loaded === undefined) throw new Error('was refused');
  return loaded;
}

/** All kinds of ids, few enough for the same to come twice. */
const anyId = fc.oneof(
  fc.nat({ max: 40 }).map(String),
  fc.integer({ min: 19_999_990, max: 20_000_030 }).map(String),
  fc.constantFrom('', '0', '00', '007', '-1', '1.0', '1e3', ' 7', '1 2', '999999999999999', '1000000000000000', 'a"\n'),
  fc.uuid(),
  fc.string({ maxLength: 4 }),
);
const anySecond = fc.integer({ min: NOON, max: NOON + 2000 });
const anyAdded = fc.array(fc.tuple(anyId, anySecond), { maxLength: 60 });

describe('DeliveredIds.add', () => {
  test('is true for an id that comes for the first time, and false from then on', () => {
    const delivered = new DeliveredIds();
    expect([
      delivered.add(compactId('7'), NOON),
      delivered.add(compactId('7'), NOON),
      delivered.add(compactId('8'), NOON),
    ]).toEqual([true, false, true]);
  });

  test('is false for an id that comes again with another second', () => {
    const delivered = withIds(['7', NOON]);
    expect([delivered.add(compactId('7'), NOON + 5000), delivered.add(compactId('7'), NOON - 5000)]).toEqual([
      false,
      false,
    ]);
    expect(delivered.size).toBe(1);
  });

  test('takes ids for the same only if their text is', () => {
    const ids = ['7', '07', '7.0', ' 7', '7e0', '-7', '0', '-0', '00', '9007199254740993', '9007199254740992'];
    const delivered = new DeliveredIds();
    expect(ids.filter((id) => delivered.add(compactId(id), NOON))).toEqual(ids);
    expect(saveAndLoad(delivered).size).toBe(ids.length);
  });

  test('takes any second until the end of the year 9999', () => {
    const delivered = withIds(['7', LAST_SECOND + 2]);
    expect(delivered.toJSON()).toEqual({ '9999-12-31T23:59:59.000Z': '7' });
  });
});

describe('DeliveredIds.forgetBefore', () => {
  test('keeps a bucket until its last second', () => {
    const delivered = withIds(['1', NOON - 1], ['2', NOON], ['3', NOON + 299], ['4', NOON + 300]);
    delivered.forgetBefore(NOON + 299);
    expect(['1', '2', '3', '4'].map((id) => delivered.has(compactId(id)))).toEqual([false, true, true, true]);
    delivered.forgetBefore(NOON + 300);
    expect(['1', '2', '3', '4'].map((id) => delivered.has(compactId(id)))).toEqual([false, false, false, true]);
  });

  test('keeps an id until the latest second that it was added for', () => {
    const delivered = withIds(['1', NOON], ['x', NOON], ['1', NOON + 900], ['x', NOON + 600], ['x', NOON]);
    delivered.forgetBefore(NOON + 600);
    expect([delivered.has(compactId('1')), delivered.has(compactId('x'))]).toEqual([true, true]);
    delivered.forgetBefore(NOON + 900);
    expect([delivered.has(compactId('1')), delivered.has(compactId('x'))]).toEqual([true, false]);
  });

  test('lets an id that was forgotten be new again', () => {
    const delivered = withIds(['1', NOON]);
    delivered.forgetBefore(NOON + 300);
    expect([delivered.size, delivered.add(compactId('1'), NOON)]).toEqual([0, true]);
  });

  test('never forgets an id that was added for that second or a later one, in whatever order', () => {
    fc.assert(
      fc.property(anyAdded, anySecond, (added, before) => {
        const delivered = saveAndLoad(withIds(...added));
        delivered.forgetBefore(before);
        expect(added.filter(([, second]) => second >= before).filter(([id]) => !delivered.has(compactId(id)))).toEqual(
          [],
        );
      }),
    );
  });
});

describe('DeliveredIds.toJSON', () => {
  test('writes integers as the first and the differences, ascending, by the last second of their five minutes', () => {
    const delivered = withIds(
      ['20000012', NOON + 1],
      ['20000001', NOON + 299],
      ['9', NOON],
      ['20000004', NOON],
      ['5', NOON + 300],
    );
    expect(delivered.toJSON()).toEqual({
      '2026-11-24T12:04:59.000Z': '9 19999992 3 8',
      '2026-11-24T12:09:59.000Z': '5',
    });
  });

  test.each([
    ['integers', ['0', '1'], '0 1'],
    ['other ids', ['b', '00', '1000000000000000'], ['b', '00', '1000000000000000']],
    ['both', ['b', '7', '5'], { integers: '5 2', others: ['b'] }],
    ['a text that looks like integers', ['5 2'], ['5 2']],
  ])('has a shape of its own for %s', (_, ids, json) => {
    const delivered = withIds(...ids.map((id) => [id, NOON] as const));
    expect(delivered.toJSON()).toEqual({ [keyOf(NOON)]: json });
  });

  test('is in the order of time', () => {
    const delivered = withIds(['1', NOON + 900], ['2', NOON], ['3', NOON + 600]);
    expect(Object.values(delivered.toJSON())).toEqual(['2', '3', '1']);
  });

  test('has no bucket whose ids have all moved on', () => {
    const delivered = withIds(['1', NOON], ['1', NOON + 900]);
    expect(delivered.toJSON()).toEqual({ [keyOf(NOON + 900)]: '1' });
  });

  test('is not changed by what is added later', () => {
    const delivered = withIds(['a', NOON]);
    const json = delivered.toJSON();
    delivered.add(compactId('b'), NOON);
    expect([json, delivered.toJSON()]).toEqual([{ [keyOf(NOON)]: ['a'] }, { [keyOf(NOON)]: ['a', 'b'] }]);
  });

  test('has an id that moved on only where it is now', () => {
    const delivered = withIds(['1', NOON], ['2', NOON]);
    delivered.toJSON();
    delivered.add(compactId('1'), NOON + 300);
    expect(delivered.toJSON()).toEqual({ [keyOf(NOON)]: '2', [keyOf(NOON + 300)]: '1' });
  });

  test('encodes a bucket once until it changes', () => {
    const delivered = withIds(['a', NOON], ['b', NOON + 300]);
    const before = Object.values(delivered.toJSON());
    delivered.add(compactId('c'), NOON + 300);
    delivered.add(compactId('a'), NOON);
    const after = Object.values(delivered.toJSON());
    expect(after.map((json, index) => json === before[index])).toEqual([true, false]);
  });

  test('names seven days of 20,000 entries a day in less than 400,000 characters', () => {
    const count = 140_000;
    const delivered = new DeliveredIds();
    let id = 20_000_000;
    for (let nth = 0; nth < count; nth += 1) {
      id += 1 + ((nth * 5) % 7);
      delivered.add(id, NOON + Math.floor((nth * 7 * 86_400) / count));
    }
    expect(JSON.stringify(delivered).length).toBeLessThan(400_000);
    expect(saveAndLoad(delivered).size).toBe(count);
  });
});

describe('DeliveredIds.fromJSON', () => {
  test('reads what toJSON wrote', () => {
    fc.assert(
      fc.property(anyAdded, (added) => {
        const delivered = withIds(...added);
        const loaded = saveAndLoad(delivered);
        expect(loaded.toJSON()).toEqual(delivered.toJSON());
        expect(loaded.size).toBe(new Set(added.map(([id]) => id)).size);
        expect(added.filter(([id]) => !loaded.has(compactId(id)))).toEqual([]);
      }),
    );
  });

  test('reads the lists of version 0.1, whose keys are any times', () => {
    const delivered = DeliveredIds.fromJSON({
      '2026-11-24T12:00:07.250Z': ['20079903', '007'],
      '2026-11-24T12:01:00.000Z': ['6f1c-9 a', '20079900', '1 2'],
    });
    expect(delivered?.toJSON()).toEqual({
      '2026-11-24T12:04:59.000Z': { integers: '20079900 3', others: ['007', '6f1c-9 a', '1 2'] },
    });
  });

  test('keeps the later of two times of one id', () => {
    const delivered = DeliveredIds.fromJSON({ [keyOf(NOON + 900)]: ['1'], [keyOf(NOON)]: '1 1' });
    delivered?.forgetBefore(NOON + 600);
    expect([delivered?.has(compactId('1')), delivered?.has(compactId('2'))]).toEqual([true, false]);
  });

  test('reads integers of up to 15 digits', () => {
    const delivered = DeliveredIds.fromJSON({ [keyOf(NOON)]: '999999999999998 1' });
    expect(delivered?.has(compactId('999999999999999'))).toBe(true);
  });

  test.each<[string, DeliveredIdsJson]>([
    ['a key that is no time', { 'a/b': ['1'] }],
    ['a day as key', { '2026-11-24': '1' }],
    ['a key that every object has', JSON.parse('{"__proto__":"1"}') as DeliveredIdsJson],
    ['no integer', { [keyOf(NOON)]: '' }],
    ['words', { [keyOf(NOON)]: '1 b' }],
    ['two blanks', { [keyOf(NOON)]: '1  2' }],
    ['a negative difference', { [keyOf(NOON)]: '5 -2' }],
    ['leading zeros', { [keyOf(NOON)]: '05' }],
    ['an integer of 16 digits', { [keyOf(NOON)]: '1000000000000000' }],
    ['a sum of 16 digits', { [keyOf(NOON)]: '999999999999999 1' }],
    ['words beside other ids', { [keyOf(NOON)]: { integers: 'x', others: ['a'] } }],
  ])('is undefined for %s', (_, json) => {
    expect(DeliveredIds.fromJSON(json)).toBeUndefined();
  });
});

describe('DeliveredIds.fit', () => {
  test('drops nothing that fits, to the character', () => {
    const delivered = withIds(['1', NOON], ['b', NOON + 300], ['3', NOON + 600]);
    // The last bucket has no comma behind it.
    const characters = JSON.stringify(delivered).length + 1;
    expect([delivered.fit(characters), delivered.size]).toEqual([0, 3]);
    expect([delivered.fit(characters - 1), delivered.size]).toEqual([1, 2]);
  });

  test('drops the oldest buckets first and says how many ids they had', () => {
    const delivered = withIds(['31', NOON + 600], ['11', NOON], ['12', NOON], ['x', NOON], ['21', NOON + 300]);
    expect(delivered.fit(70)).toBe(3);
    expect(Object.values(delivered.toJSON())).toEqual(['21', '31']);
  });

  test('makes an id that was dropped new again', () => {
    const delivered = withIds(['1', NOON]);
    expect([delivered.fit(0), delivered.has(compactId('1')), delivered.add(compactId('1'), NOON)]).toEqual([
      1,
      false,
      true,
    ]);
  });

  test('bounds the JSON, whatever was added, moved and forgotten before', () => {
    fc.assert(
      fc.property(anyAdded, anySecond, fc.integer({ min: 2, max: 300 }), (added, before, maxCharacters) => {
        const delivered = withIds(...added);
        delivered.forgetBefore(before);
        const { size } = delivered;
        const dropped = delivered.fit(maxCharacters);
        expect(JSON.stringify(delivered).length).toBeLessThanOrEqual(maxCharacters);
        expect(delivered.size).toBe(size - dropped);
      }),
    );
  });
});
