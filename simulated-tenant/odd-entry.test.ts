import { describe, expect, test } from '@jest/globals';
import { oddEntry, type Oddity } from './odd-entry';
import { TenantModel } from './tenant-model';

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
