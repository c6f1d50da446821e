import { describe, expect, test } from '@jest/globals';
import { answerTo, pastEntries, type ProbedOptions } from '../testing/probed';
import { perPage } from './per-page';

describe('a per_page above 500', () => {
  test.each<[ProbedOptions, string]>([
    [{}, 'the maximum, 500'],
    [{ maxPerPage: 1000 }, 'more than 500'],
    [{ overMaxPerPage: 'default' }, 'fewer than 500'],
    [{ maxPerPage: 100 }, 'fewer than 500, also when 500 are asked for'],
    [{ entries: pastEntries(10) }, 'the maximum, 500'],
    [{ entries: pastEntries(10), meta: { present: false } }, 'too few entries'],
  ])('of %j: %s', async (options, expected) => {
    expect((await answerTo(perPage, options)).answer).toBe(expected);
  });

  test('can be refused', async () => {
    const { answer, figures } = await answerTo(perPage, {
      faultFor: (_, query) => (query.get('per_page') === '1000' ? { kind: 'status', status: 400 } : undefined),
    });
    expect([answer, figures['with_1000']]).toEqual(['refused', 400]);
  });
});
