import { describe, expect, test } from '@jest/globals';
import { answerTo, pastEntries } from '../testing/probed';
import { pastEnd } from './past-end';

describe('a page behind the last one', () => {
  test.each([
    ['empty', 'empty'],
    ['last_page', 'the last page again'],
    ['first_page', 'page 1 again'],
    [404, 'refused as no such page'],
    [500, 'refused otherwise'],
    ['hang', 'refused otherwise'],
  ] as const)('that is %j: %s', async (behind, expected) => {
    expect((await answerTo(pastEnd, { pastEnd: behind })).answer).toBe(expected);
  });

  test('can show other rows, where the order changes', async () => {
    expect((await answerTo(pastEnd, { order: 'shuffled', pastEnd: 'last_page' })).answer).toBe('other rows');
  });

  test('is not told by one entry', async () => {
    expect((await answerTo(pastEnd, { entries: pastEntries(1) })).answer).toBe('too few entries');
  });
});
