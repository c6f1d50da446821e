import { describe, expect, test } from '@jest/globals';
import { entryOf, type TenantEntry } from '../../simulated-tenant/tenant-entry';
import { answerTo, NOW, pastEntries } from '../testing/probed';
import { afterEdge, beforeEdge } from './edges';

/** Three rows in one second, of which one is exactly at its beginning; others around it. */
const exact: readonly TenantEntry[] = [-20_000, -10_000, 0, 0.002, 999.9, 10_000, 20_000].map((ms, index) => {
  const at = NOW - 7_200_000 + ms;
  return entryOf({ id: index + 1, created_at: `${new Date(at).toISOString().slice(0, 19)}Z` }, { at });
});

describe('the edge of after', () => {
  test.each([
    ['exact_exclusive', 'included in part'],
    ['exact_inclusive', 'included'],
    ['second_exclusive', 'excluded'],
    ['second_inclusive', 'included'],
  ] as const)('that is %s: %s', async (edge, expected) => {
    expect((await answerTo(afterEdge, { entries: exact, afterEdge: edge })).answer).toBe(expected);
  });

  test('is ignored by a server that ignores ranges', async () => {
    expect((await answerTo(afterEdge, { ignoresRange: true })).answer).toBe('ignored');
  });

  test('is not told by entries of two seconds', async () => {
    expect((await answerTo(afterEdge, { entries: pastEntries(2) })).answer).toBe('too few entries');
  });
});

describe('the edge of before', () => {
  test.each([
    ['exact_exclusive', 'excluded'],
    ['exact_inclusive', 'included in part'],
    ['second_exclusive', 'excluded'],
    ['second_inclusive', 'included'],
  ] as const)('that is %s: %s', async (edge, expected) => {
    expect((await answerTo(beforeEdge, { entries: exact, beforeEdge: edge })).answer).toBe(expected);
  });

  test('is ignored by a server that ignores ranges', async () => {
    expect((await answerTo(beforeEdge, { ignoresRange: true })).answer).toBe('ignored');
  });
});
