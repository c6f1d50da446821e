// An esbuild plugin that counts, in the files it is given, how often each statement, branch and function runs: by these
// counters the fuzzer sees that an input has reached something new. Istanbul puts them in, as for a test's coverage.
import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';
import { createInstrumenter } from 'istanbul-lib-instrument';

/** @param filter which files, as a regular expression for their paths */
export const coverageCounters = (filter) => ({
  name: 'coverage-counters',
  setup(build) {
    const instrumenter = createInstrumenter({ esModules: true, compact: true });
    build.onLoad({ filter }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'node20' });
      return { contents: instrumenter.instrumentSync(code, path), loader: 'js' };
    });
  },
});
