import { describe, expect, test } from '@jest/globals';
import { generateEntries, type GeneratorOptions } from '../../simulated-tenant/entry-generator';
import { entryOf, oddEntry, type TenantEntry } from '../../simulated-tenant/tenant-entry';
import { answerTo, NOW, pastEntries } from '../testing/probed';
import { fields, ids, source, times, users } from './entries';

const AT = NOW - 7_200_000;
const created = '2026-03-01T10:00:00Z';

const shaped = (options: Partial<GeneratorOptions>): TenantEntry[] =>
  generateEntries({ seed: 2, count: 40, from: NOW - 9e7, to: AT, ...options });

const withFields = (more: Record<string, unknown>): TenantEntry[] => [
  ...pastEntries(10),
  entryOf({ id: 90_000_000, created_at: created, operation_name: 'Login', ...more }),
];

describe('ids', () => {
  test.each([
    ['integers', pastEntries(20)],
    ['integers', [entryOf({ id: '123', created_at: created })]],
    ['UUIDs', shaped({ shape: 'timestamp' })],
    ['mixed', [...pastEntries(20), ...shaped({ shape: 'timestamp' })]],
    ['other', [entryOf({ id: 'abc', created_at: created })]],
    ['missing in some entries', [...pastEntries(20), oddEntry({ oddity: 'without_id', at: AT, id: 1 })]],
    ['too few entries', []],
  ])('are %s', async (expected, entries) => {
    expect((await answerTo(ids, { entries })).answer).toBe(expected);
  });

  test('that come twice on a page are counted', async () => {
    const twice = [1, 2].map(() => entryOf({ id: 5, created_at: created }));
    expect((await answerTo(ids, { entries: twice })).figures['twice_on_a_page']).toBeGreaterThan(0);
  });
});

describe('times', () => {
  test.each([
    ['created_at only', pastEntries(20)],
    ['timestamp only', shaped({ shape: 'timestamp' })],
    ['both', shaped({ timestampDelta: { from: 5, to: 50 } })],
    ['one or the other', [...pastEntries(20), ...shaped({ shape: 'timestamp' })]],
    ['missing in some entries', [...pastEntries(20), oddEntry({ oddity: 'without_time', at: AT, id: 1 })]],
    ['too few entries', []],
  ])('are %s', async (expected, entries) => {
    expect((await answerTo(times, { entries })).answer).toBe(expected);
  });

  test('are shown by their form', async () => {
    const { figures } = await answerTo(times, { entries: shaped({ shape: 'timestamp' }) });
    expect(figures['timestamp']).toBe('3 digits of a second and Z 40');
  });

  test('that differ are shown by how much', async () => {
    const { figures } = await answerTo(times, { entries: shaped({ timestampDelta: { from: 2000, to: 2000 } }) });
    expect(figures['timestamp_less_created_at_ms_at_least']).toBeGreaterThan(1000);
    expect(figures['timestamp_less_created_at_ms_at_most']).toBeLessThan(3001);
  });
});

describe('fields', () => {
  test('are all known in captured shapes', async () => {
    expect((await answerTo(fields)).answer).toBe('all known');
  });

  test('that are not known are shown by name and kind', async () => {
    const { answer, figures } = await answerTo(fields, { entries: withFields({ risk_score: 'high', team: null }) });
    expect([answer, figures['unknown_fields']]).toEqual([
      'some unknown',
      { risk_score: 'missing 10, string 1', team: 'missing 10, null 1' },
    ]);
  });

  test('whose names are no names are shown by length', async () => {
    const { figures } = await answerTo(fields, { entries: withFields({ 'ada@example.com': 1 }) });
    expect(figures['unknown_fields']).toEqual({ '(a name of 15 characters)': 'missing 10, number 1' });
  });

  test('whose names are secrets are shown by length', async () => {
    const mask = (text: string): string => text.replace('secret', '****');
    const { figures } = await answerTo(fields, { entries: withFields({ secret: 1 }), mask });
    expect(figures['unknown_fields']).toEqual({ '(a name of 6 characters)': 'missing 10, number 1' });
  });

  test('of rows that are no objects are not looked for', async () => {
    const entries = [...pastEntries(10), oddEntry({ oddity: 'text', at: AT, id: 1 })];
    expect((await answerTo(fields, { entries })).figures['rows_that_are_no_objects']).toBe(1);
  });

  test('need entries', async () => {
    expect((await answerTo(fields, { entries: [] })).answer).toBe('too few entries');
  });
});

describe('source', () => {
  const WORDS = ['mcp', 'web'];

  test.each<[string, string, readonly unknown[], number]>([
    ['no entry has it', 'absent', [undefined], 0],
    ['it is null in all', 'always null', [null], 0],
    ['it is null in some and missing in others', 'always null', [null, undefined], 0],
    ['some have it', 'in some entries', ['mcp', undefined, null], 1],
    ['all have it', 'in all entries', WORDS, 2],
  ])('where %s is %s', async (_, expected, values, different) => {
    const entries = pastEntries(30).map(({ json }, index) =>
      entryOf({ ...json, source: values[index % values.length] }),
    );
    const { answer, figures } = await answerTo(source, { entries });
    expect([answer, figures['different_values']]).toEqual([expected, different]);
    for (const word of WORDS) expect(JSON.stringify(figures)).not.toContain(word);
  });

  test('needs entries', async () => {
    expect((await answerTo(source, { entries: [] })).answer).toBe('too few entries');
  });
});

describe('users', () => {
  test('can always be there', async () => {
    expect((await answerTo(users)).answer).toBe('always there');
  });

  test('can be null', async () => {
    const entries = withFields({ user_id: null, user_email: 'ada@example.com' });
    const { answer, figures } = await answerTo(users, { entries });
    expect([answer, figures['without_user_id'], figures['without_user_email'], figures['without_user_name']]).toEqual([
      'missing in some entries',
      1,
      0,
      1,
    ]);
  });

  test('need entries', async () => {
    expect((await answerTo(users, { entries: [] })).answer).toBe('too few entries');
  });
});
