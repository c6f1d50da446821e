import { describe, expect, test } from '@jest/globals';
import { answerTo, pastEntries } from '../testing/probed';
import { replicas } from './replicas';

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
