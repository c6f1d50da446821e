import { describe, expect, test } from '@jest/globals';
import { answerTo, pastEntries, type ProbedOptions } from '../testing/probed';
import { counts, countSums } from './counts';

describe('counts of ranges that fit a page', () => {
  test.each<[ProbedOptions, string]>([
    [{}, 'exact'],
    [{ count: { kind: 'page_rows' } }, 'the rows of the page'],
    [{ count: { kind: 'offset', by: -2 } }, 'too low'],
    [{ count: { kind: 'offset', by: 3 } }, 'too high'],
    [{ count: { kind: 'capped', at: 50 } }, 'right and wrong'],
    [{ meta: { count: false } }, 'absent'],
    [{ entries: pastEntries(3) }, 'too few entries'],
  ])('of %j: %s', async (options, expected) => {
    expect((await answerTo(counts, options)).answer).toBe(expected);
  });
});

describe('counts of large ranges', () => {
  test.each<[ProbedOptions, string]>([
    [{}, 'they add up'],
    [{ afterEdge: 'second_exclusive', beforeEdge: 'second_inclusive' }, 'they add up'],
    [{ afterEdge: 'exact_inclusive', beforeEdge: 'second_inclusive' }, 'they add up'],
    [{ count: { kind: 'capped', at: 1000 } }, 'the whole counts less'],
    [{ count: { kind: 'offset', by: -20 } }, 'the whole counts more'],
    [{ meta: { count: false } }, 'absent'],
    [{ entries: pastEntries(3) }, 'too few entries'],
  ])('of %j: %s', async (options, expected) => {
    expect((await answerTo(countSums, options)).answer).toBe(expected);
  });
});
