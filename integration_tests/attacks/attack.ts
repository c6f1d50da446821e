import { afterAll, beforeAll, describe, test } from '@jest/globals';

/** One attack: what it does, and what has to come of it. */
export interface Attack {
  /** Ends the sentence that the name of its table begins. */
  readonly name: string;
  /** Attacks, and expects. */
  readonly run: () => Promise<void>;
}

/** Attacks in a table, under the sentence that they have in common. */
export type AttackTable = readonly [sentence: string, attacks: readonly Attack[]];

/**
 * Declares a test for each attack. They begin before the first test and run at the same time, because most of them wait
 * for a clock.
 * @param atOnce how many of them
 */
export function testAttacks(tables: readonly AttackTable[], atOnce: number): void {
  const outcomes = new Map<Attack, Promise<void>>();
  let stopped = false;
  beforeAll(() => {
    const waiting = tables.flatMap(([, attacks]) => attacks);
    const settled = new Map<Attack, { resolve: () => void; reject: (error: unknown) => void }>();
    for (const attack of waiting) {
      const outcome = new Promise<void>((resolve, reject) => settled.set(attack, { resolve, reject }));
      // Its test looks at it later.
      outcome.catch(() => undefined);
      outcomes.set(attack, outcome);
    }
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && !stopped; next = waiting.shift()) {
        const { resolve, reject } = settled.get(next) ?? {};
        await next.run().then(resolve, reject);
      }
    };
    for (let lane = 0; lane < atOnce; lane += 1) void work();
  });
  afterAll(() => {
    stopped = true;
  });
  for (const [sentence, attacks] of tables) {
    describe(sentence, () => {
      for (const attack of attacks) test(attack.name, () => outcomes.get(attack));
    });
  }
}
