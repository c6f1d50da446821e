import { describe, expect, test } from '@jest/globals';
import { answerTo, pastEntries } from '../testing/probed';
import { fractions } from './fractions';

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
