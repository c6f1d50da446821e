import { describe, expect, test } from '@jest/globals';
import { entriesAt } from '../../simulated-tenant/entry-generator';
import type { TenantModel } from '../../simulated-tenant/tenant-model';
import { answerTo, NOW, pastEntries } from '../testing/probed';
import { countFreshness, lateEntries, replicas } from './freshness';

/** Entries that come before the last answer, as old as that. */
const adding = (ageMs: number) => (model: TenantModel, number: number) => {
  if (number === 5) model.add(entriesAt({ seed: 3, times: [NOW - ageMs, NOW - ageMs], firstId: 70_000_000 }));
};

describe('counts', () => {
  test('include entries as soon as they show', async () => {
    const { answer, figures } = await answerTo(countFreshness, { onRequest: adding(0) });
    expect([answer, figures]).toEqual(['as new as the rows', { new_rows: 2, counted_more: 2 }]);
  });

  test.each([{ kind: 'frozen' }, { kind: 'stale', ageMs: 60_000 }] as const)(
    'can be behind the rows: %j',
    async (count) => {
      expect((await answerTo(countFreshness, { count, onRequest: adding(0) })).answer).toBe('behind the rows');
    },
  );

  test('tell nothing of their age while nothing comes', async () => {
    expect((await answerTo(countFreshness)).answer).toBe('no new entries');
  });

  test('can be absent', async () => {
    expect((await answerTo(countFreshness, { meta: { count: false } })).answer).toBe('absent');
  });
});

describe('entries that come while the probe runs', () => {
  test('can be in time', async () => {
    expect((await answerTo(lateEntries, { onRequest: adding(0) })).answer).toBe('in time');
  });

  test('can be late', async () => {
    const { answer, figures } = await answerTo(lateEntries, { onRequest: adding(90_000) });
    expect([answer, figures]).toEqual(['late', { new_rows: 2, latest_by_at_least_s: 90 }]);
  });

  test('are told from old ones that had no place on the first page', async () => {
    const shrinking = (model: TenantModel, number: number): void => {
      if (number === 5) model.settings.withholds = ({ at }) => at > NOW - 7_200_000;
    };
    expect((await answerTo(lateEntries, { onRequest: shrinking })).answer).toBe('no new entries');
  });

  test('are all new where there were none before', async () => {
    const { figures } = await answerTo(lateEntries, { entries: [], onRequest: adding(0) });
    expect(figures['new_rows']).toBe(2);
  });

  test('may be none', async () => {
    expect((await answerTo(lateEntries, { entries: pastEntries(20) })).answer).toBe('no new entries');
  });
});

describe('answers that follow each other', () => {
  test('agree where there is one store', async () => {
    expect((await answerTo(replicas)).answer).toBe('agree');
  });

  test('agree also where their order differs', async () => {
    expect((await answerTo(replicas, { order: 'shuffled', entries: pastEntries(50) })).answer).toBe('agree');
  });

  test('differ where a replica is behind', async () => {
    const { answer, figures } = await answerTo(replicas, { replica: { lagEntries: 3 } });
    expect([answer, figures['most_rows_lacking']]).toEqual(['differ', 3]);
  });

  test('are not compared where there are none', async () => {
    expect((await answerTo(replicas, { entries: [] })).answer).toBe('too few entries');
  });
});
