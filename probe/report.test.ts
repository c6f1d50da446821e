import { describe, expect, test } from '@jest/globals';
import { tableRow } from './report';

describe('a row of the table', () => {
  test('shows the answer, the figures and what it means, in lines of whole words', () => {
    const finding = {
      question: 'order',
      answer: 'oldest first',
      meaning: `${'many words '.repeat(10)}end`,
      figures: { rows: 12, same_again: true, kinds: { integer: 3 }, names: ['a', 'b'], none: {}, no_names: [] },
      requests: 3,
    };
    const lines = tableRow(finding).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'order                 oldest first',
      '                      rows: 12; same again: yes; kinds: integer 3; names: a, b; none: none; no names: none',
    ]);
    expect(lines[2]).toMatch(/^ {22}-> many words/);
    expect(lines.filter((line) => line.length > 110)).toEqual([]);
  });
});
