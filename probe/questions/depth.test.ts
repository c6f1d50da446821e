import { describe, expect, test } from '@jest/globals';
import { answerTo, pastEntries } from '../testing/probed';
import { depth } from './depth';

describe('the depth of page', () => {
  test('can be all there is', async () => {
    const { answer, figures } = await answerTo(depth);
    expect([answer, figures['rows_shown_down_to']]).toEqual(['to the end', 3000]);
  });

  test.each([
    ['empty', 'empty from some depth on', 'none'],
    [400, 'refused from some depth on', '400'],
    [500, 'refused from some depth on', '500'],
    ['hang', 'refused from some depth on', 'no answer in time'],
  ] as const)('can end: %j', async (answer, expected, refusal) => {
    const finding = await answerTo(depth, { depthLimit: { rows: 1500, answer } });
    expect([finding.answer, finding.figures['refusal']]).toEqual([expected, refusal]);
  });

  test('is narrowed down to few rows', async () => {
    const { figures } = await answerTo(depth, { depthLimit: { rows: 1500, answer: 'empty' } });
    const [shown, missing] = [Number(figures['rows_shown_down_to']), Number(figures['rows_not_shown_from'])];
    expect(shown).toBeLessThanOrEqual(1500);
    expect(missing).toBeGreaterThan(1500);
    expect(missing - shown).toBeLessThan(20);
  });

  test('is not searched for long where the server takes all its time', async () => {
    let deep = 0;
    await answerTo(depth, {
      depthLimit: { rows: 1500, answer: 'hang' },
      onRequest: (_, __, query) => {
        if (Number(query.get('page')) > 1500) deep += 1;
      },
    });
    expect(deep).toBe(2);
  });

  test('is not told where the connection is lost', async () => {
    const { answer } = await answerTo(depth, {
      faultFor: (_, query) => (Number(query.get('page')) > 1500 ? { kind: 'reset' } : undefined),
    });
    expect(answer).toBe('not answered');
  });

  test('is none where page is ignored', async () => {
    expect((await answerTo(depth, { ignoresPage: true })).answer).toBe('page 1 again');
  });

  test.each([{ entries: pastEntries(5) }, { meta: { count: false } }])('is not told by %#', async (options) => {
    expect((await answerTo(depth, options)).answer).toBe('too few entries');
  });
});
