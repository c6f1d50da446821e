import { setTimeout as sleep } from 'node:timers/promises';
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

/** How many attacks run at the same time, and how long after one began the next may, in ms: starting takes the machine. */
export interface Pace {
  readonly atOnce: number;
  readonly everyMs: number;
}

/**
 * Declares a test for each attack. They begin before the first test and run at the same time, because most of them wait
 * for a clock.
 */
export function testAttacks(tables: readonly AttackTable[], { atOnce, everyMs }: Pace): void {
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
    let startAt = 0;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && !stopped; next = waiting.shift()) {
        const { resolve, reject } = settled.get(next) ?? {};
        startAt = Math.max(Date.now(), startAt + everyMs);
        await sleep(startAt - Date.now());
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
