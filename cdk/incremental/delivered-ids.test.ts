import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../src/protocol';
import { compactId } from './ids';
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

/** How many entries these are: an id stands for another one in other five minutes. */
const entriesOf = (added: readonly (readonly [id: string, second: number])[]): number =>
  new Set(added.map(([id, second]) => `${Math.floor(second / 300)} ${id}`)).size;

/** Characters that the set takes: the last bucket has no comma after it. */
const charactersOf = (delivered: DeliveredIds): number => JSON.stringify(delivered).length + 1;

describe('DeliveredIds.add', () => {
  test('makes an id known for the five minutes of its second, and for no others', () => {
    const delivered = withIds(['7', NOON + 300]);
    const seconds = [NOON + 299, NOON + 300, NOON + 599, NOON + 600];
    expect(seconds.map((second) => delivered.hasAt(compactId('7'), second))).toEqual([false, true, true, false]);
    expect(delivered.hasAt(compactId('8'), NOON + 300)).toBe(false);
    expect([delivered.has(compactId('7')), delivered.has(compactId('8'))]).toEqual([true, false]);
  });

  test('makes an id known for further five minutes, too, in whatever order', () => {
    const delivered = withIds(['7', NOON + 300], ['7', NOON], ['7', NOON + 5000]);
    const seconds = [NOON, NOON + 300, NOON + 600, NOON + 5000];
    expect(seconds.map((second) => delivered.hasAt(compactId('7'), second))).toEqual([true, true, false, true]);
  });

  test('adds an id only once for the same five minutes', () => {
    const delivered = withIds(['7', NOON], ['7', NOON + 299], ['7', NOON + 300], ['7', NOON], ['7', NOON + 300]);
    expect(delivered.size).toBe(2);
    expect(Object.values(delivered.toJSON())).toEqual(['7', '7']);
  });

  test('takes ids for the same only if their text is', () => {
    const ids = ['7', '07', '7.0', ' 7', '7e0', '-7', '0', '-0', '00', '9007199254740993', '9007199254740992'];
    const delivered = new DeliveredIds();
    for (const [index, id] of ids.entries()) {
      expect(delivered.has(compactId(id))).toBe(false);
      delivered.add(compactId(id), NOON);
      expect(delivered.size).toBe(index + 1);
    }
    expect(saveAndLoad(delivered).size).toBe(ids.length);
  });

  test('takes any second until the end of the year 9999', () => {
    const delivered = withIds(['7', LAST_SECOND + 2]);
    expect(delivered.toJSON()).toEqual({ '9999-12-31T23:59:59.000Z': '7' });
    expect(delivered.hasAt(compactId('7'), LAST_SECOND)).toBe(true);
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

  test('keeps an id for all five minutes that it was added for, until these have passed', () => {
    const delivered = withIds(['1', NOON + 600], ['1', NOON], ['1', NOON + 300], ['x', NOON]);
    const known = (): readonly boolean[] => [
      ...[NOON, NOON + 300, NOON + 600].map((second) => delivered.hasAt(compactId('1'), second)),
      delivered.has(compactId('1')),
    ];
    delivered.forgetBefore(NOON + 300);
    expect(known()).toEqual([false, true, true, true]);
    expect([delivered.size, delivered.has(compactId('x'))]).toEqual([2, false]);
    delivered.forgetBefore(NOON + 600);
    expect(known()).toEqual([false, false, true, true]);
    delivered.forgetBefore(NOON + 900);
    expect(known()).toEqual([false, false, false, false]);
    expect([delivered.size, delivered.toJSON()]).toEqual([0, {}]);
  });

  test('lets an id that was forgotten be added again', () => {
    const delivered = withIds(['1', NOON]);
    delivered.forgetBefore(NOON + 300);
    expect([delivered.size, delivered.has(compactId('1'))]).toEqual([0, false]);
    delivered.add(compactId('1'), NOON);
    expect([delivered.size, delivered.hasAt(compactId('1'), NOON)]).toEqual([1, true]);
  });

  test('forgets what was added for earlier five minutes, and nothing else, in whatever order', () => {
    fc.assert(
      fc.property(anyAdded, anySecond, (added, before) => {
        const delivered = saveAndLoad(withIds(...added));
        delivered.forgetBefore(before);
        const first = Math.floor(before / 300) * 300;
        const kept = added.filter(([, second]) => second >= first);
        for (const [id, second] of added) {
          expect(delivered.hasAt(compactId(id), second)).toBe(second >= first);
          expect(delivered.has(compactId(id))).toBe(kept.some(([other]) => other === id));
        }
        expect(delivered.size).toBe(entriesOf(kept));
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

  test('has an id in all five minutes that it was added for', () => {
    const delivered = withIds(['1', NOON], ['a', NOON + 900], ['1', NOON + 900], ['2', NOON]);
    expect(delivered.toJSON()).toEqual({
      [keyOf(NOON)]: '1 1',
      [keyOf(NOON + 900)]: { integers: '1', others: ['a'] },
    });
  });

  test('is not changed by what is added later', () => {
    const delivered = withIds(['a', NOON]);
    const json = delivered.toJSON();
    delivered.add(compactId('b'), NOON);
    expect([json, delivered.toJSON()]).toEqual([{ [keyOf(NOON)]: ['a'] }, { [keyOf(NOON)]: ['a', 'b'] }]);
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
        expect(loaded.size).toBe(entriesOf(added));
        expect(added.filter(([id, second]) => !loaded.hasAt(compactId(id), second))).toEqual([]);
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

  test('reads an id under two times as known for both, and one that is there twice once', () => {
    const delivered = DeliveredIds.fromJSON({
      [keyOf(NOON + 900)]: ['1'],
      [keyOf(NOON)]: '1 1',
      '2026-11-24T12:00:07.250Z': ['1', '1'],
    });
    expect(delivered?.size).toBe(3);
    const seconds = [NOON, NOON + 600, NOON + 900];
    expect(seconds.map((second) => delivered?.hasAt(compactId('1'), second))).toEqual([true, false, true]);
  });

  test('takes an integer for the same in whichever of the forms it is written', () => {
    const key = keyOf(NOON);
    for (const json of [{ [key]: '7' }, { [key]: ['7'] }, { [key]: { integers: '5', others: ['a', '7'] } }]) {
      expect(DeliveredIds.fromJSON(json)?.has(7)).toBe(true);
    }
  });

  test('reads integers of up to 15 digits', () => {
    const delivered = DeliveredIds.fromJSON({ [keyOf(NOON)]: '999999999999998 1' });
    expect(delivered?.has(compactId('999999999999999'))).toBe(true);
  });

  test('reads a key without milliseconds', () => {
    expect(DeliveredIds.fromJSON({ '2026-11-24T12:00:07Z': '7' })?.hasAt(7, NOON)).toBe(true);
  });

  test.each<[string, JsonObject]>([
    ['a key that is no time', { 'a/b': ['1'] }],
    ['a day as key', { '2026-11-24': '1' }],
    ['a year of six digits', { '+002026-11-24T12:04:59.000Z': '1' }],
    ['a time with a remark', { '2026-11-24T12:04:59.000Z (UTC)': '1' }],
    ['a key that every object has', JSON.parse('{"__proto__":"1"}') as DeliveredIdsJson],
    ['no integer', { [keyOf(NOON)]: '' }],
    ['words', { [keyOf(NOON)]: '1 b' }],
    ['two blanks', { [keyOf(NOON)]: '1  2' }],
    ['a negative difference', { [keyOf(NOON)]: '5 -2' }],
    ['leading zeros', { [keyOf(NOON)]: '05' }],
    ['an integer of 16 digits', { [keyOf(NOON)]: '1000000000000000' }],
    ['a sum of 16 digits', { [keyOf(NOON)]: '999999999999999 1' }],
    ['words beside other ids', { [keyOf(NOON)]: { integers: 'x', others: ['a'] } }],
    ['a list of integers with other ids', { [keyOf(NOON)]: { integers: ['1'], others: ['a'] } }],
    ['other ids that are integers in a text', { [keyOf(NOON)]: { integers: '1', others: '2' } }],
    ['other ids, one of which is no text', { [keyOf(NOON)]: { integers: '1', others: ['a', 2] } }],
    ['a list, one of which is no text', { [keyOf(NOON)]: ['a', 2] }],
    ['a number', { [keyOf(NOON)]: 7 }],
  ])('is undefined for %s', (_, json) => {
    expect(DeliveredIds.fromJSON(json)).toBeUndefined();
  });
});

describe('DeliveredIds.newestExcess', () => {
  test('is undefined where all fit, to the character', () => {
    const delivered = withIds(['1', NOON], ['b', NOON + 300], ['3', NOON + 600]);
    const characters = charactersOf(delivered);
    const excess = [characters, characters - 1].map((most) => delivered.newestExcess(most));
    expect(excess).toEqual([undefined, NOON + 299]);
    expect(delivered.size).toBe(3);
  });

  test('is undefined where there are none', () => {
    expect(new DeliveredIds().newestExcess(2)).toBeUndefined();
  });

  test('is the last second of the last five minutes that do not fit, wherever the next begin', () => {
    const delivered = withIds(['31', NOON + 900], ['11', NOON], ['x', NOON], ['21', NOON + 300]);
    const newest = charactersOf(withIds(['31', NOON]));
    expect([delivered.newestExcess(newest), delivered.newestExcess(newest - 1)]).toEqual([NOON + 599, NOON + 1199]);
  });
});

describe('DeliveredIds.fit', () => {
  test('drops nothing that fits, to the character', () => {
    const delivered = withIds(['1', NOON], ['b', NOON + 300], ['3', NOON + 600]);
    const characters = charactersOf(delivered);
    expect([delivered.fit(characters), delivered.size]).toEqual([0, 3]);
    expect([delivered.fit(characters - 1), delivered.size]).toEqual([1, 2]);
  });

  test('drops the oldest buckets first and says how many ids they had', () => {
    const delivered = withIds(['31', NOON + 600], ['11', NOON], ['12', NOON], ['x', NOON], ['21', NOON + 300]);
    expect(delivered.fit(70)).toBe(3);
    expect(Object.values(delivered.toJSON())).toEqual(['21', '31']);
  });

  test('counts an id as often as it is dropped, and keeps it where it still fits', () => {
    const delivered = withIds(['7', NOON], ['7', NOON + 300], ['7', NOON + 600]);
    expect(delivered.fit(charactersOf(withIds(['7', NOON])))).toBe(2);
    const seconds = [NOON, NOON + 300, NOON + 600];
    expect(seconds.map((second) => delivered.hasAt(compactId('7'), second))).toEqual([false, false, true]);
  });

  test('makes an id that was dropped unknown', () => {
    const delivered = withIds(['1', NOON]);
    expect([delivered.fit(0), delivered.has(compactId('1')), delivered.size]).toEqual([1, false, 0]);
  });

  test('bounds the JSON, whatever was added and forgotten before, and leaves what comes after newestExcess', () => {
    fc.assert(
      fc.property(anyAdded, anySecond, fc.integer({ min: 2, max: 300 }), (added, before, maxCharacters) => {
        const delivered = withIds(...added);
        delivered.forgetBefore(before);
        const { size } = delivered;
        const from = Math.max(Math.floor(before / 300) * 300, (delivered.newestExcess(maxCharacters) ?? -1) + 1);
        const dropped = delivered.fit(maxCharacters);
        expect(JSON.stringify(delivered).length).toBeLessThanOrEqual(maxCharacters);
        expect(delivered.size).toBe(size - dropped);
        for (const [id, second] of added) expect(delivered.hasAt(compactId(id), second)).toBe(second >= from);
      }),
    );
  });
});
