import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateEntries } from '../simulated-tenant/entry-generator';
import { scattered } from '../simulated-tenant/tenant-faults';
import { MOST_REPEATS, TooManyRequestsError } from './probe-client';
import { requestLimit, type Finding } from './probe';
import { COMMON_ANSWERS, type Question } from './question';
import { QUESTIONS } from './questions';
import { order } from './questions/order';
import { reportJson, tableRow } from './report';
import { NOW, pastEntries, probed, type ProbedOptions } from './testing/probed';

const variants: readonly (readonly [string, ProbedOptions])[] = [
  ['an ordinary tenant', {}],
  ['an empty tenant', { entries: [] }],
  ['one entry', { entries: pastEntries(1) }],
  [
    'the other shape',
    { entries: generateEntries({ seed: 4, count: 900, from: NOW - 9e8, to: NOW, shape: 'timestamp' }) },
  ],
  ['depths that are empty', { depthLimit: { rows: 137, response: 'empty' } }],
  ['depths without an answer', { depthLimit: { rows: 21, response: 'hang' } }],
  ['ranges and pages that are ignored', { ignoresRange: true, ignoresPage: true, ignoresFilters: true }],
  ['no meta and no Date', { meta: { present: false }, dateHeader: false }],
  ['rows in any order', { order: 'shuffled', count: { kind: 'capped', at: 700 }, pastEnd: 'last_page' }],
  ['a third of all answers 503', { faultFor: scattered({ kind: 'status', status: 503 }, { share: 0.3, seed: 3 }) }],
  ['a third of all connections lost', { faultFor: scattered({ kind: 'reset' }, { share: 0.3, seed: 4 }) }],
];

describe('a probe', () => {
  const { planned, again } = requestLimit(QUESTIONS);

  test.each(variants)('makes no more requests than it tells: %s', async (_, options) => {
    const { findings, requests } = await probed(QUESTIONS, options);
    expect(findings.map(({ question }) => question)).toEqual(QUESTIONS.map(({ id }) => id));
    expect(requests).toBeLessThanOrEqual(planned + again);
    const beyond = findings.filter(
      ({ question, requests: made }) => made > mostOf(question) + MOST_REPEATS || made > planned + again,
    );
    expect(beyond).toEqual([]);
  });

  test.each(variants.slice(0, 9))('stays within what each question has told: %s', async (_, options) => {
    const { findings } = await probed(QUESTIONS, options);
    const failed = findings.filter(
      ({ figures }) => figures['instead_of_a_page'] === new TooManyRequestsError().message,
    );
    expect(failed).toEqual([]);
  });

  test('goes on where a question is not answered', async () => {
    const unanswered: ProbedOptions = {
      faultFor: (request) => (request > 4 ? { kind: 'status', status: 400 } : undefined),
    };
    const [finding] = (await probed([order, ...QUESTIONS], unanswered)).findings;
    expect([finding?.answer, finding?.meaning, finding?.figures]).toEqual([
      'not answered',
      COMMON_ANSWERS['not answered'],
      { instead_of_a_page: 400 },
    ]);
  });

  test.each([
    [{ kind: 'status', status: 429, headers: { 'retry-after': '1' } }, 429],
    [{ kind: 'reset' }, 'no connection'],
    [{ kind: 'hang' }, 'no answer in time'],
    [{ kind: 'html' }, 'no page of audit logs'],
  ] as const)('says why a question is not answered: %j', async (fault, expected) => {
    const faultFor = (request: number) => (request > 4 ? fault : undefined);
    const [finding] = (await probed([order], { faultFor })).findings;
    expect(finding?.figures).toEqual({ instead_of_a_page: expected });
  });

  test('never makes more requests for a question than it has told', async () => {
    const greedy: Question = {
      ...order,
      mostRequests: 1,
      ask: async (tenant) => {
        await tenant.page({ perPage: 1 });
        await tenant.page({ perPage: 1 });
        return { answer: 'unordered', figures: {} };
      },
    };
    const { findings, requests } = await probed([greedy]);
    expect([findings[0]?.answer, findings[0]?.requests, requests]).toEqual(['not answered', 1, 5]);
  });
});

const mostOf = (id: string): number => QUESTIONS.find((question) => question.id === id)?.mostRequests ?? 0;

describe('what a probe shows', () => {
  /** Texts and long numbers of an entry, at any depth. */
  function contents(value: unknown): string[] {
    if (typeof value === 'string') return [value];
    if (typeof value === 'number') return [String(value)];
    if (typeof value !== 'object' || value === null) return [];
    return Object.values(value).flatMap(contents);
  }
  const shownOf = (findings: readonly Finding[]): string => {
    const limit = requestLimit(QUESTIONS);
    const facts = { version: '1', node: '20', madeAt: NOW, ending: 'complete', limit } as const;
    const json = reportJson({ ...facts, requestsSent: 1, requestsPerMinute: 950, findings }, (text) => text);
    return `${json}${findings.map(tableRow).join('')}`;
  };

  test.each(variants.slice(0, 9))('holds nothing of the entries: %s', async (_, options) => {
    const entries = options.entries ?? pastEntries(900);
    const ownWords = `${JSON.stringify(QUESTIONS)}${shownOf((await probed(QUESTIONS, { entries: [] })).findings)}`;
    const shown = shownOf((await probed(QUESTIONS, { ...options, entries })).findings);
    const said = new Set(entries.flatMap(({ json }) => contents(json)).filter((text) => text.trim().length > 5));
    expect([...said].filter((text) => shown.includes(text) && !ownWords.includes(text))).toEqual([]);
    expect(shown).not.toContain('simulated.tines.example');
  });
});

describe('the questions', () => {
  const page = readFileSync(join(__dirname, '../docs/probe.md'), 'utf8').replace(/\s+/g, ' ');

  test('have ids of their own, and ask something', () => {
    expect(new Set(QUESTIONS.map(({ id }) => id)).size).toBe(QUESTIONS.length);
    expect(QUESTIONS.filter(({ id, asks }) => !/^[a-z-]+$/.test(id) || !asks.endsWith('?'))).toEqual([]);
  });

  test.each(QUESTIONS.map((question) => [question.id, question] as const))(
    'are on the page with all their answers: %s',
    (id, { asks, answers }) => {
      expect(page).toContain(`### ${id} ${asks} `);
      const missing = Object.entries(answers).filter(
        ([answer, meaning]) => !page.includes(`- **${answer}.** ${meaning}`),
      );
      expect(missing).toEqual([]);
    },
  );

  test.each(Object.entries(COMMON_ANSWERS))('can all be answered: %s', (answer, meaning) => {
    expect(page).toContain(`- **${answer}.** ${meaning}`);
  });

  test('are as many, and take as many requests, as the page says', () => {
    const { planned, again } = requestLimit(QUESTIONS);
    expect(page).toContain(`${QUESTIONS.length} questions take at most ${planned} requests, and ${again} more`);
  });
});
