import { describe, expect, test } from '@jest/globals';
import { countByHour, countByOperation } from './picture';

const recordOf = (timestamp: string, operation_name: string | null = 'Login') => ({ timestamp, operation_name });

describe('The picture of the demo', () => {
  test('counts entries by day and hour, in UTC', () => {
    const day = Date.UTC(2026, 2, 1);
    const times = ['2026-03-01T00:00:00.000Z', '2026-03-01T23:59:59.999Z', '2026-03-01T23:00:00.000Z'];
    expect(countByHour(times.map((time) => recordOf(time)))).toEqual([
      { day, hour: 0, entries: 1 },
      { day, hour: 23, entries: 2 },
    ]);
  });

  test('has a bar for each of the most frequent operations, and sums up the others', () => {
    const names = ['b', 'a', 'c', 'c', 'c', 'd', 'd', null];
    const records = names.map((name) => recordOf('2026-03-01T00:00:00.000Z', name));
    expect(countByOperation(records, 2)).toEqual({
      frequent: [
        { operation: 'c', entries: 3 },
        { operation: 'd', entries: 2 },
      ],
      others: 3,
      entriesOfOthers: 3,
    });
    const { frequent, others } = countByOperation(records);
    expect([frequent.map(({ operation }) => operation), others]).toEqual([['c', 'd', '(without a name)', 'a', 'b'], 0]);
  });
});
