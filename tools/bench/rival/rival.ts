import type { Bench, Part } from '../part';
import { contestants } from './contestant';
import { findLowCode, installLowCode } from './low-code';
import { playBoth } from './play';
import { resultOf, type PlayedSituation } from './rival-result';
import { situations } from './situations';
import { compareSpeeds, compareStarts } from './speed';

/**
 * The connector compared with the low-code manifest that one would write instead of it, in the same situations.
 * @param installs whether what runs the manifest is installed when it is missing; if not, the run fails and says how
 */
export function rivalPart(installs: boolean): Part {
  return {
    letter: 'rival',
    name: 'rival',
    run: async (bench) => {
      if (installs) installLowCode(bench.root, bench.say);
      const lowCode = findLowCode(bench.root);
      const both = contestants(bench.root, lowCode);
      const starts = compareStarts(both, bench);
      const speeds = await compareSpeeds(bench, lowCode);
      return resultOf({ starts, speeds, played: await playAll(both, bench) });
    },
  };
}

async function playAll(both: ReturnType<typeof contestants>, bench: Bench): Promise<readonly PlayedSituation[]> {
  const played: PlayedSituation[] = [];
  for (const situation of situations) {
    const [connector, rival] = await playBoth(both, situation, bench);
    played.push({ situation, connector, rival });
  }
  return played;
}
