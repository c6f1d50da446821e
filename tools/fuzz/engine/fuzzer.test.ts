import { expect, test } from '@jest/globals';
import { seededRandom } from '../../../simulated-tenant/random';
import { Counters } from './counters';
import { Fuzzer, type FuzzResult } from './fuzzer';
import type { FuzzTarget } from './target';

/** Fuzzes for so many looks at a clock that counts them. */
function fuzz(
  run: FuzzTarget['run'],
  seeds: readonly string[],
  looks: number,
  onInput: (input: Buffer) => void = () => undefined,
) {
  let now = 0;
  const fuzzer = new Fuzzer({
    target: { name: 'planted', maxBytes: 32, tokens: [], run },
    seeds: seeds.map((seed) => Buffer.from(seed)),
    counters: new Counters([]),
    random: seededRandom(1),
    now: () => now++,
    until: looks,
    onInput,
  });
  return fuzzer.run();
}

const found = ({ finding }: FuzzResult) => finding?.input.toString();

test('a seed that fails is a finding, without the bytes that have nothing to do with it', async () => {
  const fails = (input: Buffer): void => {
    if (input.includes('ab')) throw new Error('found');
  };
  expect(found(await fuzz(fails, ['fine', 'xxabyyyy'], 0))).toBe('ab');
});

test('a rejected promise is a finding, too', async () => {
  const fails = (input: Buffer) => (input.length > 3 ? Promise.reject(new Error('found')) : Promise.resolve());
  expect((await fuzz(fails, ['12345'], 0)).finding?.error).toContain('Error: found');
});

test('a shorter input that fails in another place is not the same finding', async () => {
  const fails = (input: Buffer): void => {
    if (input.length === 8) throw new Error('long');
    if (input.length > 0) throw new TypeError('short');
  };
  expect(found(await fuzz(fails, ['12345678'], 0))).toBe('12345678');
});

test('without a finding a run ends in time, and the same run tries the same inputs', async () => {
  const trace = async (): Promise<string[]> => {
    const inputs: string[] = [];
    const { finding } = await fuzz(
      () => undefined,
      ['{"a":1}'],
      50,
      (input) => void inputs.push(input.toString('latin1')),
    );
    expect(finding).toBeUndefined();
    return inputs;
  };
  const first = await trace();
  expect(first.length).toBeGreaterThan(500);
  expect(await trace()).toEqual(first);
});
