import { renameSync, rmSync } from 'node:fs';

const IN_THE_WAY = ['ENOTEMPTY', 'EEXIST'];

/**
 * Puts a folder in another's place at once, so that no program meets half a folder, and two builds at the same time end
 * with all of the one or all of the other. Both must be on one file system.
 */
export function replaceFolder(target, built) {
  const old = `${built}.old`;
  for (;;) {
    try {
      renameSync(target, old);
    } catch (error) {
      // In an image being built, a folder of an earlier layer can't be renamed.
      if (error.code === 'EXDEV') rmSync(target, { recursive: true, force: true });
      else if (error.code !== 'ENOENT') throw error;
    }
    try {
      renameSync(built, target);
      return;
    } catch (error) {
      // Another build was faster.
      if (!IN_THE_WAY.includes(error.code)) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}
