import { Story } from './story';
import type { Tally } from './tally';
import { drawWorld, type WorldKind } from './world';

/** Plays the world of a seed. @throws Breach that names the seed, where the connector breaks the law */
export async function playWorld(kind: WorldKind, seed: number): Promise<Tally> {
  return new Story(drawWorld(kind, seed)).play();
}
