import { SimulatedTenant } from '../../../simulated-tenant/simulated-tenant';
import type { Bench } from '../part';
import type { Contestant } from './contestant';
import { allowed, type Situation } from './situations';
import { sync, type Sync } from './sync';
import { tally, type Tally } from './tally';

/** How a program came through a situation. */
export interface Played {
  readonly tally: Tally;
  /** Entries that had to come. */
  readonly entries: number;
  readonly ends: readonly Sync['end'][];
  /** From start to exit of each sync, in s. */
  readonly seconds: readonly number[];
}

/** Lets both go through a situation at the same time, each with a tenant of its own. */
export async function playBoth(
  [connector, rival]: readonly [Contestant, Contestant],
  situation: Situation,
  bench: Bench,
): Promise<readonly [Played, Played]> {
  bench.say(`rival: ${situation.name}`);
  return Promise.all([play(connector, situation, bench), play(rival, situation, bench)]);
}

async function play(program: Contestant, situation: Situation, { folder }: Bench): Promise<Played> {
  const tenant = await SimulatedTenant.start(situation.tenant());
  try {
    const { syncs, expected } = await situation.play({
      tenant,
      sync: (options) => sync(program, tenant, folder, options),
    });
    return {
      tally: tally(syncs, expected),
      entries: expected.length,
      ends: syncs.map(({ end }) => end),
      seconds: syncs.map(({ seconds }) => Math.round(seconds * 10) / 10),
    };
  } finally {
    await tenant.stop();
  }
}

/** Whether it is what the connector must reach. */
export function meetsAll({ tally: found, ends }: Played, situation: Situation): boolean {
  const most = allowed(situation);
  return (
    ends.every((end) => end === 'complete' || end === 'killed') &&
    found.lost <= most.lost &&
    found.repeated <= most.repeated &&
    found.outOfOrder <= most.outOfOrder
  );
}
