import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A word, a number, a string of JSON, or a mark. */
const TOKEN = /"(?:[^"\\\n]|\\.){1,60}"|[A-Za-z_][\w-]{1,60}|\d+|[^\s\w]/g;

/** The seeds of a target, in the order of their names: small inputs to begin with. None where there is no such folder. */
export function readSeeds(folder: string, target: string): Buffer[] {
  const path = join(folder, target);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .toSorted()
    .map((name) => readFileSync(join(path, name)));
}

/** What seeds are made of, each once. */
export function tokensIn(seeds: readonly Buffer[]): Buffer[] {
  const texts = seeds.flatMap((seed) => seed.toString('utf8').match(TOKEN) ?? []);
  return [...new Set(texts)].map((text) => Buffer.from(text));
}
