import { describe, expect, test } from '@jest/globals';
import type { FaultChooser } from '../../simulated-tenant/tenant-faults';
import { entryOf, type TenantEntry } from '../../simulated-tenant/tenant-entry';
import { answerTo, NOW, pastEntries, type ProbedOptions } from '../testing/probed';
import { afterEdge, beforeEdge, filters, fractions } from './query';

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

describe('fractions of a second', () => {
  test.each([
    ['read', 'used'],
    ['cut', 'cut off'],
    ['unreadable', 'bound ignored'],
  ] as const)('that are %s: %s', async (boundFractions, expected) => {
    expect((await answerTo(fractions, { boundFractions })).answer).toBe(expected);
  });

  test('can be refused', async () => {
    const { answer, figures } = await answerTo(fractions, {
      faultFor: (_, query) =>
        /\.\d/.test(`${query.get('after') ?? ''} ${query.get('before') ?? ''}`)
          ? { kind: 'status', status: 422 }
          : undefined,
    });
    expect([answer, figures['shown_after_its_end']]).toEqual(['refused', '422']);
  });

  test('make no difference to a server that goes by whole seconds', async () => {
    const edges = { afterEdge: 'second_exclusive', beforeEdge: 'second_exclusive', boundFractions: 'cut' } as const;
    expect((await answerTo(fractions, edges)).answer).toBe('cut off');
  });

  test('are not told by entries of two seconds', async () => {
    expect((await answerTo(fractions, { entries: pastEntries(2) })).answer).toBe('too few entries');
  });
});

/** Refuses requests with this parameter. */
const refusing =
  (name: string): FaultChooser =>
  (_, query) =>
    query.has(name) ? { kind: 'status', status: 400 } : undefined;

describe('filters', () => {
  test.each<[string, ProbedOptions]>([
    ['both forms', {}],
    ['neither', { ignoresFilters: true }],
    ['only without brackets', { faultFor: refusing('operation_name[]') }],
    ['only with brackets', { faultFor: refusing('operation_name') }],
    ['too few entries', { entries: pastEntries(1) }],
  ])('work: %s', async (expected, options) => {
    expect((await answerTo(filters, options)).answer).toBe(expected);
  });
});
