import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../simulated-tenant/random';
import { Mutator } from './mutator';

const SEED = Buffer.from('{"id":1,"tags":["a","b"]}');
const MAX_BYTES = 64;

function inputs(seed: number, count: number): Buffer[] {
  const mutator = new Mutator({ random: seededRandom(seed), tokens: [Buffer.from('"token"')], maxBytes: MAX_BYTES });
  return Array.from({ length: count }, () => mutator.mutate(SEED, Buffer.from('other')));
}

describe('new inputs', () => {
  test('are the same for the same random numbers', () => {
    expect(inputs(1, 200)).toEqual(inputs(1, 200));
  });

  test('never are longer than they may be', () => {
    expect(inputs(2, 2000).filter(({ length }) => length > MAX_BYTES)).toEqual([]);
  });

  test('are of many kinds: with tokens, with pieces of others, shorter, and longer', () => {
    const made = inputs(3, 2000);
    expect(made.some((input) => input.includes('"token"'))).toBe(true);
    expect(made.some((input) => input.includes('other'))).toBe(true);
    expect(made.some(({ length }) => length < SEED.length)).toBe(true);
    expect(made.some(({ length }) => length > SEED.length)).toBe(true);
    expect(new Set(made.map((input) => input.toString('latin1'))).size).toBeGreaterThan(1500);
  });

  test('leave what they are made of as it is', () => {
    const before = Buffer.from(SEED);
    inputs(4, 500);
    expect(SEED).toEqual(before);
  });

  test('can be made of nothing', () => {
    const mutator = new Mutator({ random: seededRandom(5), tokens: [], maxBytes: MAX_BYTES });
    const made = Array.from({ length: 500 }, () => mutator.mutate(Buffer.alloc(0), Buffer.alloc(0)));
    expect(made.some(({ length }) => length > 0)).toBe(true);
  });
});
