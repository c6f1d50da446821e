import { describe, expect, test } from '@jest/globals';
import { compareEntries, entryOf, oddEntry, TenantEntry, type Oddity } from './tenant-entry';
import { TenantModel } from './tenant-model';

describe('TenantEntry', () => {
  test('writes its text once, when it is asked for', () => {
    const written: number[] = [];
    const entry = new TenantEntry({ at: 0, id: 4 }, (_, index) => `{"written":${written.push(index)}}`, 9);

    expect([written.length, entry.text, entry.text, written]).toEqual([0, '{"written":1}', '{"written":1}', [9]]);
  });
});

describe('entryOf', () => {
  test('takes time, id, user and operation from the object', () => {
    const json = { created_at: '2025-01-11T03:57:28Z', id: 5, user_id: 6, operation_name: 'Login' };

    expect(entryOf(json)).toMatchObject({
      at: Date.UTC(2025, 0, 11, 3, 57, 28),
      id: 5,
      userId: 6,
      operationName: 'Login',
    });
  });

  test('takes `created_at`, which ranges go by, before `timestamp`, and a given time before both', () => {
    const json = { timestamp: '2025-01-01T00:00:00.250Z', created_at: '2024-01-01T00:00:00Z' };

    expect([entryOf(json).at, entryOf(json, { at: 12.5 }).at]).toEqual([Date.UTC(2024, 0, 1), 12.5]);
  });

  test('shows a given text as it is, digit for digit', () => {
    expect(entryOf({ id: 1 }, { at: 0, text: '{"id":12345678901234567890}' }).text).toBe('{"id":12345678901234567890}');
  });

  test('refuses an entry without any time', () => {
    expect(() => entryOf({ id: 1 })).toThrow(RangeError);
  });
});

describe('compareEntries', () => {
  test('goes by time, then by id as a number, or as a text where one is a text', () => {
    const sorted = [
      { at: 2, id: 1 },
      { at: 1, id: 10 },
      { at: 1, id: 9 },
      { at: 3, id: 'b' },
      { at: 3, id: 'a' },
    ].toSorted(compareEntries);

    expect(sorted.map(({ id }) => id)).toEqual([9, 10, 1, 'a', 'b']);
  });
});

const at = Date.UTC(2025, 0, 11, 3, 57, 28);

describe('an odd entry', () => {
  test.each<[Oddity, unknown]>([
    ['year_1', { created_at: '0001-01-01T00:00:00Z', operation_name: 'Login', id: 5, inputs: null }],
    ['lower_case', { created_at: '2025-01-11t03:57:28z', operation_name: 'Login', id: 5, inputs: null }],
    ['without_id', { created_at: '2025-01-11T03:57:28Z', operation_name: 'Login', inputs: null }],
    ['without_time', { operation_name: 'Login', id: 5, inputs: null }],
    ['null', null],
    ['text', 'not an entry'],
  ])('%s is shown as %j, among the entries of its time', (oddity, expected) => {
    const model = new TenantModel({ entries: [oddEntry({ oddity, at, id: 5 })], now: () => at });
    const rows = (query: string): unknown => model.page(new URLSearchParams(query)).audit_logs;

    expect([rows('after=2025-01-11T03:57:27Z'), rows('after=2025-01-11T03:57:28Z')]).toEqual([[expected], []]);
  });

  test('can be visible later than its time', () => {
    const entries = [oddEntry({ oddity: 'null', at, id: 5, visibleAt: at + 1 })];

    expect(new TenantModel({ entries, now: () => at }).visibleEntries()).toEqual([]);
  });
});
