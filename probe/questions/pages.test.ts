import { describe, expect, test } from '@jest/globals';
import { answerTo, pastEntries, type ProbedOptions } from '../testing/probed';
import { depth, meta, pastEnd, perPage } from './pages';

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
    const finding = await answerTo(depth, { depthLimit: { rows: 1500, response: answer } });
    expect([finding.answer, finding.figures['refusal']]).toEqual([expected, refusal]);
  });

  test('is narrowed down to few rows', async () => {
    const { figures } = await answerTo(depth, { depthLimit: { rows: 1500, response: 'empty' } });
    const [shown, missing] = [Number(figures['rows_shown_down_to']), Number(figures['rows_not_shown_from'])];
    expect(shown).toBeLessThanOrEqual(1500);
    expect(missing).toBeGreaterThan(1500);
    expect(missing - shown).toBeLessThan(20);
  });

  test('is not searched for long where the server takes all its time', async () => {
    let deep = 0;
    await answerTo(depth, {
      depthLimit: { rows: 1500, response: 'hang' },
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

describe('meta', () => {
  test.each<[string, ProbedOptions]>([
    ['complete', {}],
    ['in part', { meta: { nextPageNumber: false } }],
    ['absent', { meta: { present: false } }],
    ['too few entries', { entries: pastEntries(1) }],
  ])('can be: %s', async (expected, options) => {
    expect((await answerTo(meta, options)).answer).toBe(expected);
  });

  test('is shown by its kinds, and where its next page leads', async () => {
    const { figures } = await answerTo(meta, { meta: { lastNextPage: 'null_string' } });
    expect(figures['on_a_first_page']).toContain('next_page string, next_page_number number');
    expect(figures['on_a_last_page']).toContain('next_page the text null, next_page_number null');
    expect(figures['next_page_leads_to']).toBe('this tenant');
  });

  test('can lead to another host', async () => {
    const { figures } = await answerTo(meta, { domain: 'elsewhere.example' });
    expect(figures['next_page_leads_to']).toBe('another host');
  });
});
