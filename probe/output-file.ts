import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the report goes: a file that does not exist yet.
 * @param directory where it goes unless a file is named
 * @param now epoch ms
 * @returns undefined where the named file exists
 */
export function outputFile(named: string | undefined, directory: string, now: number): string | undefined {
  if (named !== undefined) return existsSync(named) ? undefined : named;
  const date = new Date(now).toISOString().slice(0, 10);
  for (let number = 1; ; number += 1) {
    const path = join(directory, number === 1 ? `probe-${date}.json` : `probe-${date}-${number}.json`);
    if (!existsSync(path)) return path;
  }
}
