import { describe, expect, test } from '@jest/globals';
import { generateEntries } from '../../simulated-tenant/entry-generator';
import { entryOf } from '../../simulated-tenant/tenant-entry';
import { answerTo, NOW, pastEntries } from '../testing/probed';
import { order } from './order';

describe('the order', () => {
  test('is by time and id where both descend', async () => {
    const { answer, figures } = await answerTo(order);
    expect([answer, figures['rows'], figures['id_ascends']]).toEqual(['newest first, time and id descend', 1000, 0]);
  });

  test('is by id where a late entry with a higher id stands among newer ones', async () => {
    const late = generateEntries({ seed: 8, count: 3, from: NOW - 9e7, to: NOW - 8e7, firstId: 90_000_000 });
    const { answer } = await answerTo(order, { entries: [...pastEntries(900), ...late], order: 'highest_id_first' });
    expect(answer).toBe('by id, times in any order');
  });

  test('is by time where a late entry with a higher id stands among older ones', async () => {
    const late = generateEntries({ seed: 8, count: 3, from: NOW - 9e7, to: NOW - 8e7, firstId: 90_000_000 });
    expect((await answerTo(order, { entries: [...pastEntries(900), ...late] })).answer).toBe(
      'by time, ids in any order',
    );
  });

  test('is by time where ids are UUIDs', async () => {
    const entries = generateEntries({ seed: 8, count: 600, from: NOW - 9e8, to: NOW - 8e7, shape: 'timestamp' });
    expect((await answerTo(order, { entries })).answer).toBe('by time, ids in any order');
  });

  test('can be oldest first', async () => {
    expect((await answerTo(order, { order: 'oldest_first' })).answer).toBe('oldest first');
  });

  test.each([
    ['shuffled', false],
    ['shuffled_seconds', true],
  ] as const)('that is %s differs between answers', async (rowOrder, sameTimes) => {
    const { answer, figures } = await answerTo(order, { order: rowOrder });
    expect([answer, figures['same_times_when_asked_again']]).toEqual(['another order in each answer', sameTimes]);
  });

  test('can be none that shows, and still the same in each answer', async () => {
    const entries = pastEntries(60).map(({ json }, index) =>
      entryOf({ ...json, id: (index * 37) % 61 }, { at: NOW - 7_200_000 + ((index * 23) % 61) }),
    );
    expect((await answerTo(order, { entries })).answer).toBe('unordered');
  });

  test('of one entry is not told', async () => {
    expect((await answerTo(order, { entries: pastEntries(1) })).answer).toBe('too few entries');
  });
});
